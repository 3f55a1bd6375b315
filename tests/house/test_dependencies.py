"""No package comes in without its reason, its licence and a plan for the day on which nobody keeps it."""

from __future__ import annotations

import re

import pytest

from consulta.shell.cli.dossier import licence
from tests.house.source import ROOT
from tests.house.test_lock import asked

PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
ROW = re.compile(r"^\| `([\w.-]+)` \|(?:.*\|)? ([^|]+) \| \d{4}-\d{2} \|$", re.MULTILINE)
TOLD = dict(ROW.findall((ROOT / "docs" / "dependencies.md").read_text("utf-8")))

pytestmark = pytest.mark.gate


def test_each_package_has_its_reason_beside_it() -> None:
    without = [each.name for each in asked() if not re.search(rf'"{each.name}[\[=>][^#\n]*#', PROJECT)]
    assert without == [], "say in pyproject.toml, in the same line, what it is for"


def test_the_page_of_dependencies_has_each_with_its_licence() -> None:
    there = {each.name for each in asked()}
    assert TOLD.keys() == there, "docs/dependencies.md"
    assert {name: licence(name) for name in there} == TOLD, "docs/dependencies.md"
