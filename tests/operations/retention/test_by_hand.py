"""When something is announced and when it is erased: each moment by hand, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.operations.retention import service
from consulta.operations.retention.kinds import Kind, Step
from consulta.operations.retention.values import Announced, RunView
from consulta.platform.models import RetentionKind, RetentionMark, RetentionRun
from consulta.platform.work import WORKER, Actor
from tests.cases import for_each

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
STAFF = Actor("secretariat", None, "Mariana")
SECOND, DAY, WEEK = timedelta(seconds=1), timedelta(days=1), timedelta(days=7)


class Store:
    """What is kept of kinds, runs and marks, and how many rows each step has due until a moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *due: Any) -> None:
        self.rows: dict[str, Any] = {}
        self.added: list[Any] = []
        self.told: list[tuple[object, ...]] = []
        self.erased: list[tuple[int, list[int]]] = []
        self.run: Any = None
        self.marked: list[Any] = []
        self.out: dict[str, set[int]] = {}
        self.deleted: list[Any] = []
        steps = tuple(
            Step(each, lambda _session, numbers, _now, place=place: self.erased.append((place, [*numbers])))  # type: ignore[misc]
            for place, each in enumerate(due)
        )
        kind = Kind("links", steps)
        monkeypatch.setattr(service, "KINDS", (kind,))
        monkeypatch.setattr(service, "_BY_NAME", {"links": kind})
        for name, found in {
            "kinds": lambda _session: self.rows,
            "count": lambda _session, number: number,
            "first": lambda _session, number, most: [*range(min(number, most))],
            "run_of_day": lambda *_given: self.run,
            "out_of_use": lambda _session: self.out,
            "marks": lambda _session: self.marked,
            "runs": lambda _session, most: [SimpleNamespace(kind="links", rows=most, at=NOW)],
            "last_runs": lambda _session: {} if self.run is None else {"links": self.run},
            "without_text": lambda _session, numbers: {*numbers[:1]},
        }.items():
            monkeypatch.setattr(service.retention_people, name, found)

    def work(self, now: datetime = NOW, actor: Any = WORKER) -> Any:
        session = SimpleNamespace(add=self._add, flush=lambda: None, delete=self.deleted.append)
        return SimpleNamespace(
            session=session, now=now, actor=actor, record=lambda *given: self.told.append(given)
        )

    def _add(self, row: Any) -> None:
        self.added.append(row)
        if isinstance(row, RetentionKind):
            self.rows[row.kind] = row

    def look(self, now: datetime, days: int = 90) -> tuple[str, ...]:
        return service.look(self.work(now), {"links": days})


def test_what_is_due_is_announced_once_and_erased_a_week_later(monkeypatch: pytest.MonkeyPatch) -> None:
    due = {"rows": 0}
    store = Store(monkeypatch, lambda _until: due["rows"], lambda _until: 2)
    assert store.look(NOW) == ()
    row = store.rows["links"]
    assert (row.days, row.looked_at, row.announced_at, row.begins_at) == (90, NOW, NOW, NOW + WEEK)
    told = {"kind": "links", "days": 90, "rows": 2, "begins_at": "2027-03-08T12:00:00Z"}
    assert store.told == [("retention.announced", "retention:links", told)]
    due["rows"] = 5
    for later in (DAY - SECOND, DAY, 3 * DAY, WEEK - SECOND):
        assert store.look(NOW + later) == ()
    assert store.look(NOW + WEEK) == ("links",)
    assert store.look(NOW + WEEK + SECOND) == ("links",)
    assert len(store.told) == 1


def test_a_look_is_written_down_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch, lambda _until: 1)
    store.look(NOW)
    row = store.rows["links"]
    for later, written in ((DAY - SECOND, NOW), (DAY, NOW + DAY), (DAY - SECOND, NOW + DAY - SECOND)):
        store.look(NOW + later)
        assert row.looked_at == written
    empty = Store(monkeypatch, lambda _until: 0)
    empty.look(NOW)
    empty.look(NOW + SECOND)
    row = empty.rows["links"]
    assert (row.looked_at, row.announced_at, empty.told) == (NOW + SECOND, None, [])


@for_each(
    "looked, days, anew",
    [
        (-WEEK, 90, True),
        (SECOND - WEEK, 90, False),
        (DAY, 90, False),
        (DAY + SECOND, 90, True),
        (timedelta(0), 89, True),
        (timedelta(0), 91, False),
    ],
)
def test_a_kind_is_announced_anew_after_a_gap_a_clock_set_back_and_a_shorter_period(
    monkeypatch: pytest.MonkeyPatch, looked: timedelta, days: int, anew: bool
) -> None:
    store = Store(monkeypatch, lambda _until: 1)
    store.rows["links"] = SimpleNamespace(
        kind="links", days=90, looked_at=NOW + looked, announced_at=NOW - WEEK, begins_at=NOW
    )
    assert store.look(NOW, days) == (() if anew else ("links",))
    row = store.rows["links"]
    assert (row.days, row.begins_at) == (days, NOW + WEEK if anew else NOW)
    assert len(store.told) == anew


def test_rows_are_erased_in_small_parts_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [0, 350]
    asked: list[datetime] = []
    store = Store(monkeypatch, lambda until: asked.append(until) or left[0], lambda _until: left[1])
    store.rows["links"] = SimpleNamespace(begins_at=NOW, days=90)

    def erase(now: datetime = NOW, days: int = 90) -> int:
        return service.erase(store.work(now), "links", {"links": days})

    assert erase() == 200
    assert asked == [NOW - 90 * DAY]
    (run,) = store.added
    assert isinstance(run, RetentionRun)
    assert (run.kind, run.rows, run.at) == ("links", 200, NOW)
    store.run, left[1] = run, 150
    assert erase() == 150
    left[0] = 3
    assert erase() == 3
    assert (run.rows, len(store.added)) == (353, 1)
    assert [(place, len(numbers)) for place, numbers in store.erased] == [(1, 200), (1, 150), (0, 3)]
    left[:] = [0, 0]
    assert erase() == 0
    left[0] = 1
    assert [erase(NOW - SECOND), erase(days=89), erase(days=91)] == [0, 0, 1]
    store.rows["links"].begins_at = None
    assert erase() == 0
    store.rows.clear()
    assert erase() == 0
    with pytest.raises(Problem, match=r"retention\.unknown"):
        service.erase(store.work(), "votes", {})


def test_what_was_erased_is_told_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(monkeypatch)
    service.record(store.work(), {"links": 4})
    assert store.told == [("retention.erased", "retention:links", {"kind": "links", "rows": 4})]
    with pytest.raises(Problem, match=r"retention\.unknown"):
        service.record(store.work(), {"votes": 4})
    assert service.are_erased(store.work(), [7, 8]) == {7}


def test_since_when_somebody_is_out_of_use_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of who is in use again it is forgotten; a moment ahead of the clock becomes the present one."""
    store = Store(monkeypatch, lambda _until: 0)
    store.out = {"contact": {1, 2, 3}}
    before, ahead = NOW - DAY, NOW + SECOND
    store.marked = [
        SimpleNamespace(kind="contact", number=1, since=before),
        SimpleNamespace(kind="contact", number=2, since=ahead),
        SimpleNamespace(kind="contact", number=4, since=before),
        SimpleNamespace(kind="staff", number=1, since=before),
    ]
    store.look(NOW)
    assert [each.since for each in store.marked] == [before, NOW, before, before]
    assert store.deleted == store.marked[2:]
    (new,) = [each for each in store.added if isinstance(each, RetentionMark)]
    assert (new.kind, new.number, new.since) == ("contact", 3, NOW)


def test_the_desk_sees_what_goes_in_the_next_thirty_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven rows are due until now, of which one step has two; ten until thirty days later."""
    at = NOW - 90 * DAY
    steps = (lambda until: {at: 5, at + 30 * DAY: 7}[until], lambda until: 2 + (until > at))
    store = Store(monkeypatch, *steps)

    def view() -> Any:
        (one,) = service.overview(store.work(actor=STAFF), {"links": 90}).kinds
        return one

    one = view()
    assert (one.name, one.days, one.due, one.soon) == ("links", 90, 7, 3)
    assert (one.announced, one.begins_at, one.last_at, one.last_rows) == (False, None, None, 0)
    alike = Store(monkeypatch, lambda _until: 5)
    (same,) = service.overview(alike.work(actor=STAFF), {"links": 90}).kinds
    assert (same.due, same.soon) == (5, 0)
    store = Store(monkeypatch, *steps)
    row = store.rows["links"] = SimpleNamespace(kind="links", days=90, begins_at=NOW)
    store.run = SimpleNamespace(at=NOW - DAY, rows=9)
    one = view()
    assert (one.announced, one.begins_at, one.last_at, one.last_rows) == (True, None, NOW - DAY, 9)
    assert service.announced(store.work(actor=STAFF)) is None
    row.begins_at = NOW + SECOND
    assert view().begins_at == NOW + SECOND
    store.rows["gone"] = SimpleNamespace(kind="gone", days=1, begins_at=NOW + SECOND)
    assert service.announced(store.work(actor=STAFF)) == Announced(1, 7, NOW + SECOND)
    monkeypatch.setitem(
        service._BY_NAME, "staff", Kind("staff", (Step(lambda _until: 4, lambda *_given: None),))
    )
    store.rows["staff"] = SimpleNamespace(kind="staff", days=90, begins_at=NOW + DAY)
    assert service.announced(store.work(actor=STAFF)) == Announced(2, 11, NOW + SECOND)
    store.rows.pop("staff")
    row.begins_at = None
    assert service.announced(store.work(actor=STAFF)) is None
    assert service.overview(store.work(actor=STAFF), {"links": 90}).runs == (RunView("links", 50, NOW),)
