"""The programs that people run alone: put together alike everywhere, in every language of the list."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from consulta.platform import programs
from consulta.platform.data import tongues
from consulta.platform.paths import PACKAGE, resource
from tools import strings

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = (programs.WITNESS,)
CODE = "xx"  # of no language; its locale is one that CLDR knows and nobody grows up with
LOCALE = "vo"
BUILD = """
from pathlib import Path
from consulta.platform import programs
for each in (programs.WITNESS,):
    Path(each.file_name).write_bytes(programs.source(each))
"""


WORDS = f"""
from consulta.results import verifier
said = verifier.words()["{CODE}"]
print(said.texts["all"], said.phrases["# rows"])
"""


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.folder)
class TestEachProgram:
    def test_is_one_module_that_defines_each_name_once(self, program: programs.Program) -> None:
        """Two parts with a name in common would be two things in development, and one in the file."""
        tree = ast.parse(programs.source(program))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        names += [
            name.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        ]
        assert sorted(names) == sorted({*names})
        assert "consulta." not in {
            str(node.module)[:9] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }

    def test_has_parts_that_use_only_parts_before_them(self, program: programs.Program) -> None:
        folder = f"consulta.platform.data.{program.folder}.program"
        head = ast.parse((program.parts / "__init__.py").read_text("utf-8"))
        (order,) = [ast.literal_eval(node.value) for node in head.body if isinstance(node, ast.Assign)]
        assert {*order, "__init__"} == {path.stem for path in program.parts.glob("*.py")}
        for place, name in enumerate(order):
            tree = ast.parse((program.parts / f"{name}.py").read_text("utf-8"))
            top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            every = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert every == top, f"{name} imports in the middle"
            assert not [alias for node in every for alias in node.names if alias.asname], name
            asked = {
                node.module.removeprefix(f"{folder}.")
                for node in every
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("consulta")
            }
            assert asked <= {*order[:place]}, name
            assert ast.get_docstring(tree)

    def test_speaks_every_language_of_the_list(self, program: programs.Program) -> None:
        module = programs.loaded(program)
        assert tuple(module.TEXTS) == tongues.codes()
        assert module.__doc__.count(" / ") == len(tongues.codes()) - 1
        assert not re.search(r"\{(title|languages)\}", module.__doc__)


def test_they_have_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    assert python(tmp_path, "-c", BUILD).returncode == 0
    for each in PROGRAMS:
        assert (tmp_path / each.file_name).read_bytes() == programs.source(each)


def with_another_language(folder: Path) -> None:
    """Write an installation that has another line in the list and another catalogue, and the same code."""
    shutil.copytree(
        PACKAGE,
        folder / "consulta",
        copy_function=os.link,
        ignore=shutil.ignore_patterns("__pycache__", "static", "tongues.toml"),
    )
    shutil.copytree(resource("translations"), folder / "translations", copy_function=os.link)
    known = (PACKAGE / "platform" / "data" / "tongues.toml").read_text("utf-8")
    (section,) = re.findall(r"^\[pt\][\s\S]*?(?=^\[(?!pt\b)|\Z)", known, re.MULTILINE)
    section = section.replace("[pt", f"[{CODE}").replace("pt_BR", LOCALE)
    (folder / "consulta" / "platform" / "data" / "tongues.toml").write_text(f"{known}\n{section}", "utf-8")
    catalogue = Catalog(locale=LOCALE)
    for text in strings.read(strings.TEMPLATE):
        if text.id and text.context:
            catalogue.add(text.id, f"⟦{text.id}⟧", context=text.context)
    target = folder / "translations" / LOCALE / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)


def test_a_language_is_data(tmp_path: Path) -> None:
    """The programs of an installation with a language more speak it, and no code was changed for that."""
    with_another_language(tmp_path)
    done = python(tmp_path, "-c", BUILD)
    assert done.returncode == 0, done.stderr
    said = python(tmp_path, "-c", WORDS)
    assert (said.returncode, said.stdout) == (0, "⟦Everything agrees.⟧ ⟦# rows⟧\n"), said.stderr
    shutil.rmtree(tmp_path / "consulta")
    shown = python(tmp_path, "-I", "testigo.py", "--lang", CODE, "--folder", "kept", "show")
    assert (shown.returncode, shown.stdout) == (0, "⟦This witness has kept nothing yet.⟧\n")
