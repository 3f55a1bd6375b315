"""The programs that people run alone, as the files that people get."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from consulta.platform import programs

if TYPE_CHECKING:
    from types import ModuleType

_FOLDER = TemporaryDirectory(prefix="built")  # which goes when this process ends


@cache
def file(program: programs.Program) -> Path:
    """Where the built program is."""
    path = Path(_FOLDER.name) / program.file_name
    path.write_bytes(programs.source(program))
    return path


def load(program: programs.Program) -> ModuleType:
    """The built program, loaded anew."""
    path = file(program)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
