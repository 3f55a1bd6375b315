"""What a worker does at its hour: one entry each, and one that fails stops no other."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.platform.work import Bench
from consulta.rounds import ending
from consulta.shell.worker.jobs import Job, do, jobs
from consulta.shell.worker.loop import Worker
from tests.cases import for_each
from tests.drafts import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work


@pytest.fixture
def worker(bench: Bench, settings: Settings) -> Worker:
    return Worker(bench, settings, clock=lambda: NOW)


def due(*keys: str) -> Callable[[Work], tuple[str, ...]]:
    return lambda _work: keys


def test_a_job_is_done_for_each_key_and_one_that_fails_keeps_none_from_it(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def act(_work: Work, key: str) -> bool:
        done.append(key)
        if key == "b":
            raise RuntimeError("of this key alone")
        if key == "c":
            raise Problem("round.unknown")
        return True

    with caplog.at_level(logging.INFO, "consulta.shell.worker"):
        do(worker.running, Job("new", due("a", "b", "c", "d"), act, "new.done key=%s"))
    assert done == ["a", "b", "c", "d"]
    said = caplog.messages
    assert [line for line in said if line.startswith("new.done")] == ["new.done key=a", "new.done key=d"]
    assert "worker.failed at=new code=round.unknown" in said
    assert said.count("worker.failed at=new") == 1


def test_what_failed_to_be_asked_is_no_reason_to_stop(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_work: Work) -> tuple[str, ...]:
        raise RuntimeError("no list")

    do(worker.running, Job("new", broken, lambda _work, _key: True))
    assert "worker.failed at=new" in caplog.messages


@pytest.mark.parametrize(
    ("returned", "lines"),
    [
        (None, []),
        (False, []),
        (True, ["new.done key=a"]),
        (0, ["new.done key=a n=0"]),
        (7, ["new.done key=a n=7"]),
    ],
)
def test_the_log_tells_what_was_done(
    worker: Worker, caplog: pytest.LogCaptureFixture, returned: object, lines: list[str]
) -> None:
    told = "new.done key=%s" if isinstance(returned, bool) else "new.done key=%s n=%d"
    with caplog.at_level(logging.INFO, "consulta.shell.worker"):
        do(worker.running, Job("new", due("a"), lambda _work, _key: returned, told))
    assert [line for line in caplog.messages if line.startswith("new")] == lines


def test_why_it_could_not_be_done_is_kept_in_a_unit_of_work_of_its_own(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    units: list[Work] = []
    kept: list[tuple[str, str]] = []

    def act(work: Work, key: str) -> None:
        units.append(work)
        raise Problem("store.unavailable" if key == "b" else "round.themes")

    def keep(work: Work, key: str, problem: Problem) -> None:
        units.append(work)
        kept.append((key, problem.code))

    job = Job("new", due("a", "b"), act, refused=keep, log_refused="new.not_done key=%s code=%s")
    do(worker.running, job)
    assert kept == [("a", "round.themes")], "a database that is away is no reason of the round"
    assert units[0] is not units[1]
    assert "new.not_done key=a code=round.themes" in caplog.messages
    assert "worker.failed at=new code=store.unavailable" in caplog.messages


@for_each("promised, ahead, found", [(True, 600, ()), (True, 0, ("a",)), (False, 600, ("a",))])
def test_what_was_promised_waits_for_the_clock_of_the_database(
    worker: Worker, promised: bool, ahead: int, found: tuple[str, ...]
) -> None:
    done: list[str] = []
    worker.running.apart = lambda _work: -ahead
    job = Job(
        "new",
        lambda work: ["a"] if work.now >= NOW else [],
        lambda _work, key: done.append(key),
        promised=promised,
    )
    do(worker.running, job)
    assert tuple(done) == found


def test_a_clock_that_is_behind_or_ahead_within_the_slack_is_asked_no_second_time(worker: Worker) -> None:
    """Where nothing is due the database is not asked for its clock."""
    asked: list[Work] = []

    def apart(work: Work) -> int:
        asked.append(work)
        return seconds

    worker.running.apart = apart
    done: list[str] = []
    for seconds, times_done in ((1 - ending.SLACK, 1), (-ending.SLACK, 1), (ending.SLACK, 2), (600, 3)):
        job = Job(
            "new",
            lambda work: ["a"] if work.now >= NOW else [],
            lambda _work, key: done.append(key),
            promised=True,
        )
        do(worker.running, job)
        assert len(done) == times_done, seconds
    asked.clear()
    do(worker.running, Job("new", due(), lambda _work, _key: True, promised=True))
    assert asked == []


@for_each("wipes", [True, False])
def test_what_was_deleted_leaves_nothing_in_the_files_of_the_database(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, wipes: bool
) -> None:
    wiped: list[Bench] = []

    def wipe(bench: Bench) -> None:
        wiped.append(bench)

    monkeypatch.setattr(Bench, "wipe", wipe)
    do(worker.running, Job("new", due("a"), lambda _work, _key: True, wipes=wipes))
    assert len(wiped) == wipes


def test_what_opens_and_closes_waits_for_both_clocks_and_reasons_are_wiped(settings: Settings) -> None:
    all_of_them = jobs(settings)
    assert {each.name for each in all_of_them if each.promised} == {
        "proposing opens",
        "proposing ends",
        "open",
        "close",
    }
    assert {each.name for each in all_of_them if each.wipes} == {"reasons"}
    assert max(Counter(each.name for each in all_of_them).values()) == 1
    names = [each.name for each in all_of_them]
    assert names.index("close") < names.index("count") < names.index("remind"), (
        "none is reminded of what closed"
    )
