"""The way of a vote: what is traced, and how it is told."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from bench import way
from bench.load import PAGES
from bench.pages import told_by


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """The way of one vote over SQLite."""
    return told_by(way.PROGRAM, Namespace(before="", database="sqlite"))


@pytest.mark.slow
def test_each_request_of_a_vote_is_traced(told: dict[str, dict[str, Any]]) -> None:
    assert list(told["now"]) == list(PAGES)
    send, ballot = told["now"]["send"], told["now"]["ballot"]
    assert "consulta/voting/casting.py" in send["files"]
    assert "templates/voting/ballot.html" in ballot["files"]
    assert not any(name.startswith("templates/") for name in send["files"]), "it leads to another page"
    assert send["functions"]["consulta/voting/casting.py:take"] == 1
    assert "web > voting cast.<locals>.<lambda>" in send["changes"]
    assert way.report(told, "send").endswith("\n" + send["changes"][-1])


@pytest.mark.slow
def test_the_paper_on_the_house_says_how_long_the_way_is(told: dict[str, dict[str, Any]]) -> None:
    """To a twentieth: a call more is no fault, and a way that became longer is to be looked at."""
    paper = " ".join((Path(__file__).parents[2] / "docs" / "architecture.md").read_text().split())
    said = {
        "send": re.search(r"sends it runs functions of (\d+) files and changes (\d+) times", paper),
        "ballot": re.search(r"the page of the ballot, (\d+) files and (\d+) changes", paper),
    }
    for page, found in said.items():
        assert found is not None
        measured = [len(told["now"][page][what]) for what in ("files", "changes")]
        assert measured == pytest.approx([int(figure) for figure in found.groups()], rel=0.05), page


def test_files_of_several_requests_count_once_and_changes_each_time() -> None:
    page = {
        "files": ["consulta/app.py"],
        "changes": ["web > voting cast"],
        "functions": {"consulta/app.py:x": 2},
    }
    lines = [
        [cell.strip() for cell in line.split("|")]
        for line in way.report({"now": dict.fromkeys(PAGES, page)}).split("\n")
    ]
    assert lines[0][1:-1] == ["request", "now: files", "now: changes of folder", "now: functions"]
    assert lines[2][1:-1] == ["link", "1", "1", "2"]
    assert lines[-1][1:-1] == ["all", "1", "7", "14"]
