"""How often a worker looks for what is to be erased, and how long it erases before all else is done."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from consulta.operations import retention
from consulta.platform.work import Bench
from consulta.shell.worker import erasing
from consulta.shell.worker.erasing import Erasing
from consulta.shell.worker.running import Running
from tests.platform.mailer.desk import Clock

if TYPE_CHECKING:
    from consulta.platform.settings import Settings


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The looks at what is to be erased; what is announced is 40 rows of contacts, ten at a time."""
    found: list[object] = []
    left = [10, 10, 10, 10]

    def look(work: object, _days: object) -> list[str]:
        found.append(work)
        return ["contacts"] if left else []

    monkeypatch.setattr(retention, "look", look)
    monkeypatch.setattr(retention, "erase", lambda *_: left.pop() if left else 0)
    return found


def test_it_looks_once_an_hour(bench: Bench, settings: Settings, looks: list[object]) -> None:
    clock = Clock()
    part = Erasing(Running(bench, settings, clock))
    seen = []
    for minutes in (0, 1, 58, 1, 59, 1):
        clock.now += timedelta(minutes=minutes)
        part.erase_due()
        seen.append(len(looks))
    assert seen == [1, 1, 1, 2, 2, 3]


def test_after_fifteen_seconds_the_rest_waits_for_the_next_look(
    bench: Bench, settings: Settings, looks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    present = [0.0]

    def monotonic() -> float:
        present[0] += 5
        return present[0]

    recorded: list[dict[str, int]] = []
    monkeypatch.setattr(erasing, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(retention, "record", lambda _work, found: recorded.append(dict(found)))
    part = Erasing(Running(bench, settings, Clock()))
    part.erase_due()
    part.erase_due()
    part.erase_due()
    assert recorded == [{"contacts": 20}, {"contacts": 20}]
    assert len(looks) == 3, "the first two looks ended before all was erased"
    part.erase_due()
    assert len(looks) == 3


def test_a_worker_that_is_told_to_stop_erases_nothing_more(
    bench: Bench, settings: Settings, looks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[dict[str, int]] = []
    monkeypatch.setattr(retention, "record", lambda _work, found: recorded.append(dict(found)))
    running = Running(bench, settings, Clock())
    running.stopping.set()
    Erasing(running).erase_due()
    assert recorded == []


def test_what_was_erased_leaves_nothing_in_the_files_of_the_database(
    bench: Bench, settings: Settings, looks: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiped: list[Bench] = []

    def wipe(bench: Bench) -> None:
        wiped.append(bench)

    monkeypatch.setattr(Bench, "wipe", wipe)
    monkeypatch.setattr(retention, "record", lambda *_: None)
    clock = Clock()
    part = Erasing(Running(bench, settings, clock))
    part.erase_due()
    assert len(looks) == len(wiped) == 1
    clock.forward(hours=1)
    part.erase_due()
    assert len(looks) == 2
    assert len(wiped) == 1, "nothing was erased"
