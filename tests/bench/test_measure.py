"""Programs are run apart, given up when slow, and what went wrong is said in a line; tables read well."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import data, measure, peers, table
from bench.measure import Failed, Measured, Patience
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Patience(limit=30, enough=0.0001)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    data.save_round(data.make_round(1_000), folder, ("subregion", "sector"))
    return folder


def program(tmp_path: Path, text: str) -> list[str]:
    script = tmp_path / "program.py"
    script.write_text(text, "utf-8")
    return [sys.executable, str(script)]


def test_our_own_count_runs_as_a_program_and_its_answers_come_back(inputs: Path) -> None:
    found = measure.measure(measure.own("ours_count.py"), "count", inputs, QUICK)
    assert isinstance(found, Measured), found
    assert found.answers["pairs"].shape == (12, 12)
    assert len(found.answers["values"]) == 1_000
    assert found.run > 0
    assert found.runs == 1


def test_our_own_weights_run_as_a_program(tmp_path: Path) -> None:
    data.save_sample(data.make_sample("bounded", 1_000), tmp_path)
    found = measure.measure(measure.own("ours_weights.py"), "weights", tmp_path, QUICK)
    assert isinstance(found, Measured), found
    assert found.answers["weights"].mean() == pytest.approx(1, abs=1e-6)


def test_one_pass_reads_everything(inputs: Path) -> None:
    found = measure.measure(measure.own("numpy_pass.py"), "pass", inputs, QUICK)
    assert isinstance(found, Measured), found
    assert found.answers["largest"][0] == 12


def test_a_slow_program_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "START", 0.0)
    found = measure.measure(program(tmp_path, "import time; time.sleep(60)"), "x", tmp_path, Patience(0.2))
    assert found == Failed("over 0 s", too_long=True)


@for_each(
    "text, reason",
    [
        ("raise ValueError('too few')", "ValueError: too few"),
        ("import sys; sys.exit('some Error:\\n  bounds\\n  hint')", "bounds"),
        ("raise SystemExit(3)", "it stopped without a word"),
    ],
)
def test_a_program_that_fails_says_why(tmp_path: Path, text: str, reason: str) -> None:
    assert measure.measure(program(tmp_path, text), "x", tmp_path, QUICK) == Failed(reason)


def test_every_program_named_exists_and_every_one_there_is_named() -> None:
    named = {peer.script for peer in (*peers.COUNTING, *peers.WEIGHING, peers.R, *peers.PANELS)}
    there = {path.name for path in peers.PROGRAMS.iterdir() if path.suffix in {".py", ".R"}}
    own = {"milp_panel.py", "ours_count.py", "ours_panel.py", "ours_store.py", "ours_weights.py"}
    assert there == named | own | {"harness.py", "numpy_pass.py", "vote_pages.py", "vote_way.py"}


def test_what_an_installer_said_becomes_one_line() -> None:
    said = "No solution found:\n  ╰─▶ Because this Python (3.11) does not satisfy >=3.12,\n      it fails."
    assert peers.short(said) == "Because this Python (3.11) does not satisfy >=3.12,"
    assert peers.short("") == "no reason given"


@for_each(
    "value, text",
    [
        (0.000123456, "0.00012"),
        (0.0123456, "0.0123"),
        (0.5, "0.500"),
        (7.513, "7.51"),
        (29.13, "29.1"),
        (120.4, "120"),
    ],
)
def test_seconds_have_three_digits(value: float, text: str) -> None:
    assert table.seconds(value) == text


def test_rows_say_what_was_not_measured_and_what_is_not_believed() -> None:
    absent = table.Row(1_000, "peer", "Borda", "not installed: too old")
    wrong = table.Row(10**6, "peer", "Borda", "DIFFERS: pairs", build=1.0, run=2.0, ratio=4.0, believed=False)
    right = table.Row(10**6, "peer", "Borda", "pairs exactly as ours", build=1.0, run=2.0, ratio=4.0)
    assert absent.cells() == ("10³", "peer", "Borda", "", "", "", "", "", "not installed: too old")
    assert wrong.cells()[3:7] == ("(1.00)", "(2.00)", "(3.00)", "")
    assert right.cells()[3:7] == ("1.00", "2.00", "3.00", "4")


def test_tables_line_up() -> None:
    lines = table.section(
        "Title", "Text.", [table.Row(10, "a", "b", "c"), table.Row(10**7, "dd", "b", "c")]
    ).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 4
    assert len({len(line) for line in rows}) == 1
    assert [line.count("|") for line in rows] == [len(table.HEADINGS) + 1] * 4


def test_sizes_are_powers_where_they_are() -> None:
    assert [table.power(n) for n in (10, 1_000, 10**7, 1_500)] == ["10¹", "10³", "10⁷", "1500"]


def test_the_inputs_of_one_size_hold_no_objects(inputs: Path) -> None:
    assert {np.load(path).dtype.kind for path in inputs.glob("*.npy")} <= {"i", "u"}
