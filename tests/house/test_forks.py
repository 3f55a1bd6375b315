"""Forks that run the tests: each test once, what fails is told, and a process that dies fails its test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.forks import PIECE, Plan
from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import os, sys
import pytest

@pytest.fixture(scope="session")
def folder(tmp_path_factory, worker_id):
    assert tmp_path_factory.getbasetemp().name == worker_id
    yield tmp_path_factory.mktemp("kept")
    (tmp_path_factory.getbasetemp() / "torn down").touch()

@pytest.mark.parametrize("number", range(60))
def test_passes(number, folder, capfd):
    print("heard", number)
    assert capfd.readouterr().out == f"heard {number}\\n"
    (folder / f"{number}.txt").touch()

def test_fails(folder):
    print("said before")
    assert {"this": 1} == {"this": 2}

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass
"""
DIES = """
import os

def test_dies():
    os._exit(9)

def test_after():
    pass
"""


def run(folder: Path, *words: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "--forks", "2", "-rA", "--basetemp", "made"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.forks"]\n')
    (tmp_path / "test_some.py").write_text(TESTS)
    return tmp_path


def test_each_test_runs_once_and_what_fails_is_told(folder: Path) -> None:
    (folder / "test_others.py").write_text(DIES)
    told = run(folder, "-p", "no:randomly")
    assert "2 failed, 61 passed, 1 skipped" in told
    assert "{'this': 1} == {'this': 2}" in told
    assert re.search(r"FAILED test_others\.py::test_dies - the process of this test ended: 9", told)
    assert "said before" in told, "what a test printed is there"
    made = [path.name for path in (folder / "made").glob("*/kept0/*.txt")]
    assert sorted(made) == sorted(f"{number}.txt" for number in range(60))
    ended = len([*(folder / "made").glob("*/torn down")])
    assert ended == len([*(folder / "made").glob("*/kept0")]), "what a session holds is given back"


def test_the_first_failure_stops_all(folder: Path) -> None:
    told = run(folder, "-x", "test_some.py", "-k", "fails or passes", "-p", "no:randomly")
    assert "stopping after 1 failures" in told


class Item:
    """What a plan asks of a test."""

    def __init__(self, path: Path, *fixtures: str) -> None:
        self.path, self.fixturenames = path, fixtures

    def get_closest_marker(self, name: str) -> None:
        """No test here has one."""


def test_a_process_stays_with_a_file_and_only_one_begins_with_the_demonstration(tmp_path: Path) -> None:
    short = [Item(tmp_path / "short.py") for _ in range(5)]
    browser = [Item(tmp_path / "tests/browser/long.py") for _ in range(2 * PIECE)]
    demo = [Item(tmp_path / "of_demo.py", "demo") for _ in range(3)]
    plan = Plan([*short, *browser, *demo])  # type: ignore[list-item]
    first, second = plan.shares(0), plan.shares(1)
    assert next(first) == range(len(short) + len(browser), len(plan.items))
    assert [*next(second), *next(second)] == list(range(len(short), len(short) + len(browser)))
    assert [*first, *second] == [range(len(short))]


def test_a_process_stays_in_a_folder_once_the_long_tests_have_begun(tmp_path: Path) -> None:
    paths = ("one/a.py", "two/a.py", "one/b.py", "two/b.py", "tests/browser/a.py")
    plan = Plan([Item(tmp_path / path) for path in paths])  # type: ignore[list-item]
    first, second = plan.shares(0), plan.shares(1)
    begun = [next(first), next(second), next(first), next(second), next(first)]
    assert [paths[share.start] for share in begun] == [
        "tests/browser/a.py",
        "one/a.py",
        "two/a.py",
        "one/b.py",
        "two/b.py",
    ]
