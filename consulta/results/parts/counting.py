"""A round in parts, counted and verified: what the commands ask."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from consulta.core.counting import count as core
from consulta.results.parts import engines, files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from consulta.core.counting.divided import Divided


def count(
    path: Path, engine: str | None = None, scheduler: str | None = None, workers: int | None = None
) -> bytes:
    """Return the result's file of a folder with a round in parts.

    Problems: those of the folder, of its parts and of the engine.
    """
    with _opened(path, engine, scheduler, workers) as found:
        return core.count(found).to_json()


def verify_parts(path: Path, number: int | None = None) -> Iterator[str]:
    """Yield the name of each part, or of one, that is as the manifest says. Raise the first problem."""
    yield from files.verify(files.open_folder(path), number)


def verify_result(path: Path, result: bytes) -> str | None:
    """Return the path of the first place where a result differs from a new count of the parts, if any."""
    with _opened(path) as found:
        return core.verify(found, result)


@contextmanager
def _opened(
    path: Path, engine: str | None = None, scheduler: str | None = None, workers: int | None = None
) -> Iterator[Divided]:
    """Give a folder as it is counted by an engine: by default this process for one part, else several."""
    folder = files.open_folder(path)
    usual = "dask" if scheduler else "processes" if len(folder.manifest.parts) > 1 else "here"
    with _engine(engine or usual, scheduler, workers) as run:
        yield folder.divided(engines.asking(run, folder))


def _engine(name: str, scheduler: str | None, workers: int | None) -> AbstractContextManager[engines.Engine]:
    match name:
        case "processes":
            return engines.processes(workers)
        case "dask":
            return engines.dask(scheduler, workers)
        case _:  # "here"
            return nullcontext(engines.here)
