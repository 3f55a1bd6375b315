"""Writers of one process wait for each other before SQLite's lock, so that none of them is left out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.work import COMMAND
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def test_twelve_writers_at_once_are_inside_one_by_one_and_none_is_refused(bench: Bench) -> None:
    refused: list[Problem] = []
    inside: list[int] = []
    together: list[int] = []

    def write(number: int) -> None:
        for _ in range(10):
            try:
                with bench.work(COMMAND, moment()) as work:
                    work.record("turn.begun", f"turn:{number}")
                    inside.append(number)
                    work.record("turn.ended", f"turn:{number}")
                    together.append(len(inside))
                    inside.remove(number)
            except Problem as problem:
                refused.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert together == [1] * 120


def test_a_turn_is_passed_on_when_a_unit_fails(bench: Bench) -> None:
    def fail() -> None:
        with bench.work(COMMAND, moment()) as work:
            work.record("turn.begun", "turn:1")
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fail()


def test_a_turn_that_does_not_come_in_time_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(db.PRAGMAS, "busy_timeout", 50)
    begun, end = threading.Event(), threading.Event()

    def hold() -> None:
        with bench.work(COMMAND, moment()) as work:
            work.record("turn.begun", "turn:1")
            begun.set()
            end.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(20)
    with pytest.raises(Problem, match=r"store\.unavailable"), bench.work(COMMAND, moment()) as work:
        work.record("turn.begun", "turn:2")
    end.set()
    thread.join()
    with bench.work(COMMAND, moment()) as work:
        work.record("turn.begun", "turn:3")
