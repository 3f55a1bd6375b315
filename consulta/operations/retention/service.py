"""Erasures on time: what is due is announced a week before the first of a kind, and then done each day.

The worker asks `look` and then `erase`. A kind is announced anew where its period became shorter, where the
worker had not looked for a week, and where the clock was set back: a clock that jumps ahead erases nothing
before a person had a week to see it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.operations import retention_people
from consulta.operations.retention.kinds import KINDS
from consulta.operations.retention.values import Announced, KindView, Overview, RunView
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.models import RetentionKind, RetentionMark, RetentionRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.operations.retention.kinds import Kind
    from consulta.platform.work import Work

NOTICE = timedelta(days=7)  # from the announcement of a kind to its first erasure
GAP = timedelta(days=7)  # without a look of the worker, after which a kind is announced anew
DAILY = timedelta(days=1)  # from one look that is written down to the next
AHEAD = timedelta(days=30)
BATCH = 200  # rows that are erased in one unit of work
SHOWN = 50  # erasures on the page
_BY_NAME = {kind.name: kind for kind in KINDS}


def look(work: Work, days: Mapping[str, int]) -> tuple[str, ...]:
    """Announce the kinds of which something is due, and return those that are to be erased now."""
    require(work, "retention.erase")
    _mark(work)
    known, ready = retention_people.kinds(work.session), []
    for kind in KINDS:
        row = known.get(kind.name)
        if row is None:
            row = RetentionKind(kind=kind.name, days=days[kind.name], looked_at=work.now)
            work.session.add(row)
        elif _is_to_be_announced_anew(work, row, days[kind.name]):
            row.announced_at = row.begins_at = None
        if row.looked_at > work.now or work.now - row.looked_at >= DAILY or row.announced_at is None:
            row.looked_at = work.now
        row.days = days[kind.name]
        rows = _due(work, kind, row.days)
        if rows and row.begins_at is None:
            row.announced_at, row.begins_at = work.now, work.now + NOTICE
            told = {"kind": kind.name, "days": row.days, "rows": rows, "begins_at": as_text(row.begins_at)}
            work.record("retention.announced", f"retention:{kind.name}", told)
        elif rows and row.begins_at is not None and row.begins_at <= work.now:
            ready.append(kind.name)
    return tuple(ready)


def erase(work: Work, name: str, days: Mapping[str, int]) -> int:
    """Erase some rows of a kind that are due, and return how many; 0 where nothing is left.

    Problem: `retention.unknown`.
    """
    require(work, "retention.erase")
    kind = _kind(name)
    row = retention_people.kinds(work.session).get(name)
    if row is None or row.begins_at is None or row.begins_at > work.now or row.days > days[name]:
        return 0
    until = work.now - timedelta(days=days[name])
    for step in kind.steps:
        numbers = retention_people.first(work.session, step.due(until), BATCH)
        if numbers:
            step.erase(work.session, numbers, work.now)
            work.session.flush()
            _note(work, name, len(numbers))
            return len(numbers)
    return 0


def are_erased(work: Work, numbers: Sequence[int]) -> set[int]:
    """Return which of these mails have lost their text: their files go too."""
    require(work, "retention.erase")
    return retention_people.without_text(work.session, numbers)


def record(work: Work, erased: Mapping[str, int]) -> None:
    """Tell the log how many rows of each kind were erased in this look."""
    require(work, "retention.erase")
    for name, rows in erased.items():
        work.record("retention.erased", f"retention:{_kind(name).name}", {"kind": name, "rows": rows})


def overview(work: Work, days: Mapping[str, int]) -> Overview:
    """Return what will be erased when, by kind, and what was erased."""
    require(work, "retention.read")
    known = retention_people.kinds(work.session)
    runs = retention_people.runs(work.session, SHOWN)
    last = retention_people.last_runs(work.session)
    views = []
    for kind in KINDS:
        row, due = known.get(kind.name), _due(work, kind, days[kind.name])
        later = sum(
            retention_people.count(work.session, step.due(work.now + AHEAD - timedelta(days=days[kind.name])))
            for step in kind.steps
        )
        run = last.get(kind.name)
        views.append(
            KindView(
                kind.name,
                days[kind.name],
                due,
                max(later - due, 0),
                row is not None and row.begins_at is not None,
                row.begins_at if row is not None and row.begins_at and row.begins_at > work.now else None,
                run.at if run else None,
                run.rows if run else 0,
            )
        )
    return Overview(tuple(views), tuple(RunView(each.kind, each.rows, each.at) for each in runs))


def announced(work: Work) -> Announced | None:
    """Return the first erasures of kinds that are to come, as the desk tells of them; None without any."""
    require(work, "retention.read")
    found = [
        (row.begins_at, _due(work, _BY_NAME[row.kind], row.days))
        for row in retention_people.kinds(work.session).values()
        if row.begins_at is not None and row.begins_at > work.now and row.kind in _BY_NAME
    ]
    if not found:
        return None
    return Announced(len(found), sum(rows for _at, rows in found), min(at for at, _rows in found))


def _is_to_be_announced_anew(work: Work, row: RetentionKind, days: int) -> bool:
    """Return whether the period became shorter, the worker was away, or the clock was set back."""
    away = work.now - row.looked_at >= GAP
    back = row.looked_at - work.now > DAILY
    return days < row.days or away or back


def _due(work: Work, kind: Kind, days: int) -> int:
    until = work.now - timedelta(days=days)
    return sum(retention_people.count(work.session, step.due(until)) for step in kind.steps)


def _note(work: Work, name: str, rows: int) -> None:
    """Count an erasure into the run of the day."""
    run = retention_people.run_of_day(work.session, name, work.now)
    if run is None:
        work.session.add(RetentionRun(kind=name, rows=rows, at=work.now))
    else:
        run.rows += rows


def _kind(name: str) -> Kind:
    if name not in _BY_NAME:
        raise Problem("retention.unknown", kind=name)
    return _BY_NAME[name]


def _mark(work: Work) -> None:
    """Note since when accounts, contacts and institutions are out of use, and forget it of those in use."""
    out = retention_people.out_of_use(work.session)
    known = {(each.kind, each.number): each for each in retention_people.marks(work.session)}
    for kind, numbers in out.items():
        for number in numbers:
            mark = known.get((kind, number))
            if mark is None:
                work.session.add(RetentionMark(kind=kind, number=number, since=work.now))
            elif mark.since > work.now:  # the clock was ahead then
                mark.since = work.now
    for (kind, number), mark in known.items():
        if number not in out.get(kind, ()):
            work.session.delete(mark)
    work.session.flush()
