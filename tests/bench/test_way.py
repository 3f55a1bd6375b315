"""The way of a vote: what is traced, and how it is told."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest

from bench import way
from bench.load import PAGES
from bench.pages import told_by


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """The way of one vote over SQLite."""
    return told_by(way.PROGRAM, Namespace(before="", database="sqlite"))


@pytest.mark.deep
@pytest.mark.slow
def test_each_request_of_a_vote_is_traced(told: dict[str, dict[str, Any]]) -> None:
    assert list(told["now"]) == list(PAGES)
    send, ballot = told["now"]["send"], told["now"]["ballot"]
    assert "consulta/vote/casting.py" in send["files"]
    assert "templates/voting/ballot.html" in ballot["files"]
    assert not any(name.startswith("templates/") for name in send["files"]), "it leads to another page"
    assert send["functions"]["consulta/vote/casting.py:take"] == 1
    assert "web > voting cast.<locals>.<lambda>" in send["changes"]
    assert way.report(told, "send").endswith("\n" + send["changes"][-1])


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
