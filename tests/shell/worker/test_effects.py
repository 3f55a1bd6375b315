"""What votes did is worked out in pieces: what is left waits for the next look, and nothing is done twice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from consulta.panel import votes as panel_votes
from consulta.results import your_vote
from consulta.shell.worker import effects
from consulta.shell.worker.effects import Effects
from consulta.shell.worker.running import Running
from tests.cases import for_each
from tests.drafts import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

SECONDS = 0.04  # that one seat takes here


class Round:
    """A published round with seats that wait, its result or its panel."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seats: int, kind: str = "result") -> None:
        self.waiting = {f"s{number:03}": number for number in range(seats)}
        self.present = 0.0
        self.worked: list[str] = []
        self.kept: list[set[int]] = []
        self.finished: list[str] = []
        self.before: list[object] = []
        self.of_result = kind == "result"
        here, there = ("due", "panels_due") if self.of_result else ("panels_due", "due")
        names = ("keep", "finish") if self.of_result else ("keep_panels", "finish_panels")
        monkeypatch.setattr(your_vote, here, lambda _work: [] if self.finished else ["2027-1"])
        monkeypatch.setattr(your_vote, there, lambda _work: [])
        monkeypatch.setattr(your_vote, "task_of", lambda _work, _key, before: self.task(before))
        monkeypatch.setattr(panel_votes, "task_of", lambda _work, _key, _least, before: self.task(before))
        monkeypatch.setattr(your_vote, names[0], self.keep)
        monkeypatch.setattr(your_vote, names[1], self.finish)
        monkeypatch.setattr(effects, "time", SimpleNamespace(monotonic=lambda: self.present))

    def task(self, before: object) -> Round | None:
        self.before.append(before)
        return self if self.waiting else None

    def of_seat(self, name: str) -> str:
        self.present += SECONDS
        self.worked.append(name)
        return f"told {name}"

    def keep(self, _work: Work, told: Mapping[int, str]) -> int:
        self.kept.append({*told})
        return len(told)

    def finish(self, _work: Work, key: str) -> bool:
        self.finished.append(key)
        return True


@pytest.fixture
def running(bench: Bench, settings: Settings) -> Running:
    return Running(bench, settings, lambda: NOW)


@for_each("kind", ["result", "panel"])
def test_all_are_worked_out_in_batches_and_then_the_round_is_done(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    found = Round(monkeypatch, 120, kind)
    with caplog.at_level("INFO", "consulta.shell.worker"):
        Effects(running).work_out()
    assert [len(each) for each in found.kept] == [50, 50, 20]
    assert found.finished == ["2027-1"]
    assert "round.votes_told key=2027-1 seats=120 done=True" in caplog.messages


def test_after_five_seconds_the_rest_waits_for_the_next_look_with_what_was_read(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = Round(monkeypatch, 180)
    part = Effects(running)
    with caplog.at_level("INFO", "consulta.shell.worker"):
        part.work_out()
        assert sum(map(len, found.kept)) == 125, "a hundred and twenty-five times 0.04 seconds"
        assert found.finished == []
        part.work_out()
    assert found.before == [None, found], "the round is read once"
    assert found.finished == ["2027-1"]
    assert len(found.worked) == len({*found.worked}) == 180
    assert [line for line in caplog.messages if line.startswith("round.votes_told")] == [
        "round.votes_told key=2027-1 seats=125 done=False",
        "round.votes_told key=2027-1 seats=55 done=True",
    ]


def test_a_worker_that_is_told_to_stop_keeps_what_it_has_worked_out(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Round(monkeypatch, 60)
    running.stopping.set()
    Effects(running).work_out()
    assert (found.worked, found.kept, found.finished) == (["s000"], [{0}], [])


def test_a_round_of_which_nothing_is_left_is_done(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Round(monkeypatch, 0)
    Effects(running).work_out()
    assert (found.kept, found.finished) == ([], ["2027-1"])
