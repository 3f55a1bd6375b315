"""The tests that `make check` asks of what is new: each says which list of which file has to name it."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.house.source import ROOT, written

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = re.compile(r"\b(?:consulta|tests|tools|docs)/[\w./{}-]+\b/?|\b\w+\.py\b|`[\w.]+`")
MARK = "pytest.mark.gate"


def marked() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield each test with the mark, by the module that it stands in."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text("utf-8")
        if MARK not in source or path.parent.name == "house":
            continue
        tree = ast.parse(source)
        whole = any(isinstance(each, ast.Assign) and written(each.value) == MARK for each in tree.body)
        for each in tree.body:
            is_test = isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
            if is_test and (whole or MARK in map(written, each.decorator_list)):
                yield f"{path.relative_to(ROOT)}::{each.name}", each


GATES = dict(marked())


def said(message: ast.expr) -> str:
    """Return the words of a message."""
    parts = (node.value for node in ast.walk(message) if isinstance(node, ast.Constant))
    return "".join(part for part in parts if isinstance(part, str))


@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_fails_names_a_file(name: str) -> None:
    messages = [said(each.msg) for each in ast.walk(GATES[name]) if isinstance(each, ast.Assert) and each.msg]
    for call in (each for each in ast.walk(GATES[name]) if isinstance(each, ast.Call)):
        messages += [said(call)] if written(call.func) == "pytest.fail" else []
    assert any(FILE.search(each) for each in messages), "say in the message which list of which file to edit"


def test_there_are_gates_for_what_is_added_most() -> None:
    folders = {name.split("/")[1] for name in GATES}
    assert folders >= {"site", "letters", "retention", "infra", "door", "core", "lifecycle"}


def test_make_check_asks_all_of_them() -> None:
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("check:"))
    asked = next(line.strip() for line in lines[at + 1 :] if "$(PYTEST)" in line)
    pytest_of, files = asked.removesuffix(" || failed=1; \\").split("$$(")
    assert lines[at + 1].strip() == "@$(MAKE) --no-print-directory lint || failed=1; \\", "lint stops nothing"
    assert pytest_of == "$(PYTEST) -q -m 'gate and not slow and not postgres' tests/house "
    found = subprocess.run(
        ["sh", "-c", files.removesuffix(")")],  # noqa: S607  # as make runs it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {name.partition("::")[0] for name in GATES} <= set(found)
