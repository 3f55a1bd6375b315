"""Participation against the roll, by every dimension. The content of votes is not read here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import dimensions
from consulta.platform.labels import name_of
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import ballots
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.registered import registered_of
from consulta.rounds.service import line_of, sized
from consulta.vote import marking, queries
from consulta.vote.lacking import lacking
from consulta.vote.values import Curve, Flag, ParticipationView, Person, SeatLine, TurnoutLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Work
    from consulta.rounds.queries.rounds import KindTurnout
    from consulta.rounds.values import RoundLine

MOST_STEPS = 62  # bars of a curve


def participation(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> ParticipationView:
    """Return the turnout of an opened round, in all and by every dimension.

    Organisations that abstained took part. How many they are is a part of the result: it is told once that
    was read, which is recorded (`infra.seen`). So this page tells nothing of the votes of a round that can be
    opened again.

    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, line = line_of_opened(work, round_key)
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    return ParticipationView(
        round=line,
        seats=sum(kind.seats for kind in kinds),
        voted=sum(kind.voted for kind in kinds),
        turnout=tuple((dimension, _lines(dimension, kinds)) for dimension in _dimensions(kinds)),
        abstained=None if _is_unread(found) else ballots.abstained(work.session, found.id),
        curve=_curve(work, found, line),
        registered=len(registered_of(work, found)),
        marking=marking.of_round(work, found, small_cell),
        lacking=lacking(parse_rules(found.rules), kinds) if found.state == "open" else (),
    )


def _is_unread(found: Round) -> bool:
    return found.state == "open" or (found.state == "closed" and found.result_seen_at is None)


def line_of_opened(work: Work, round_key: str) -> tuple[Round, RoundLine]:
    """Return an opened round, and its line. Problems: `round.unknown`, `round.unopened`."""
    found, sizes = sized(work, round_key)
    _require_opened(found)
    return found, line_of(found, sizes, work.now)


def list_seats(
    work: Work, round_key: str, wanted: Wanted, names: Mapping[str, Mapping[str, str]] | None = None
) -> Found:
    """Return the organisations of the roll that `wanted` names, as `SeatLine`: whether each has voted.

    `rounds.queries.rounds.seats_wanted` says what can be asked.
    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, _line = line_of_opened(work, round_key)

    def told(seat: Seat, cast_at: datetime | None, mark: str) -> tuple[Seat, datetime | None, str]:
        return seat, cast_at, mark

    there = rounds_queries.seats_wanted(
        work.session, found.id, wanted, names or {}, told, queries.names(wanted.text)
    )
    people = people_of(work, found.id, [seat for seat, _at, _mark in there.rows], whole=wanted.page is None)
    lines = (
        seat_line(seat, cast_at, mark, people.get(seat.organisation_id, ()))
        for seat, cast_at, mark in there.rows
    )
    return replace(there, rows=tuple(lines))


def people_of(
    work: Work, round_id: int, seats: Sequence[Seat], *, whole: bool
) -> dict[int, tuple[Person, ...]]:
    """Return by organisation the contacts of these seats who may vote, or of the `whole` roll."""
    wanted = None if whole else {seat.organisation_id for seat in seats}
    found: dict[int, list[Person]] = {}
    for each in queries.people(work.session, wanted, round_id):
        found.setdefault(each.organisation_id, []).append(copied(Person, each))
    return {number: tuple(people) for number, people in found.items()}


def _require_opened(found: Round) -> None:
    if found.opened_at is None:
        raise Problem("round.unopened", key=found.key)


def turnout(work: Work, found: Round) -> tuple[int, tuple[tuple[str, tuple[TurnoutLine, ...]], ...]]:
    """Return how many seats have voted, in all and by category; without countries and names.

    The caller ensures that the reader may see it. Raise Problem `round.unopened` if the round never
    opened.
    """
    _require_opened(found)
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    shown = (dimension for dimension in _dimensions(kinds) if dimension != "country")
    voted = sum(kind.voted for kind in kinds)
    return voted, tuple((dimension, _lines(dimension, kinds)) for dimension in shown)


def _curve(work: Work, found: Round, line: RoundLine) -> Curve:
    """Return the votes of an opened round by day of its zone, or by several days where it is long."""
    opened, until = found.opened_at or work.now, found.closed_at or found.closes_at
    ends, days = steps(opened, until, found.zone)
    over = [end for end in ends if end <= work.now]
    running = [*over, work.now] if len(over) < len(ends) else over
    earlier = queries.round_before(work.session, found)
    before: list[int] = []
    by_now = 0
    if earlier and earlier[0].opened_at:
        first, _days = steps(earlier[0].opened_at, until, earlier[0].zone, days=days, count=len(ends))
        lasted = [end for end in first if end < (earlier[0].closed_at or end) + timedelta(days=days)]
        same = earlier[0].opened_at + (min(work.now, until) - opened)
        *before, by_now = queries.voted_before(work.session, earlier[0].id, [*lasted, same])
    return Curve(
        opened=opened,
        ends=ends,
        days=days,
        seats=line.seats,
        voted=queries.voted_before(work.session, found.id, running),
        before=tuple(before),
        before_by_now=by_now,
        before_seats=earlier[1] if earlier else 0,
        before_title=earlier[0].title if earlier else Text(),
        flags=_flags(work, found, until),
    )


def _flags(work: Work, found: Round, until: datetime) -> tuple[Flag, ...]:
    """Return the reminders of a round, and, while it is open, those that are proposed."""
    known = queries.reminders(work.session, found.id)
    flags = [
        Flag(each.done_at or each.due_at, "planned" if each.done_at is None else "sent")
        for each in known
        if each.done_at is not None or work.now < until
    ]
    if found.closed_at is None:  # none is free after the end
        taken = {each.local for each in known}
        free = deadlines.reminders(found.closes_local, found.zone, work.now, taken)
        flags += [Flag(at, "proposed") for _days, _hour, at in free]
    return tuple(sorted(flags, key=lambda each: each.at))


def steps(
    opened: datetime, until: datetime, zone: str, days: int = 0, count: int = 0
) -> tuple[tuple[datetime, ...], int]:
    """Return the ends of the steps of a curve, and how many days each has.

    Steps end at midnight of `zone`; with more than `MOST_STEPS` days a step has several. `days` and `count`
    give another round steps like those of a first one.
    """
    there = ZoneInfo(zone)
    first, last = opened.astimezone(there).date(), until.astimezone(there).date()
    whole = max((last - first).days + 1, 1)
    days = days or -(-whole // MOST_STEPS)
    count = count or -(-whole // days)
    ends = (first + timedelta(days=days * (place + 1)) for place in range(count))
    return tuple(datetime.combine(end, time(), there).astimezone(UTC) for end in ends), days


def seat_line(
    seat: Seat, cast_at: datetime | None, mark: str = "", people: tuple[Person, ...] = ()
) -> SeatLine:
    """Return a seat with the time of its vote, how that vote is marked, and who can be called."""
    categories = {"country": seat.country, **seat.categories}
    return SeatLine(
        seat=seat.key,
        organisation=seat.name,
        categories=categories,
        names={dimension: name_of(dimension, key) for dimension, key in categories.items()},
        voted_at=cast_at,
        mark=mark,
        people=people,
    )


def _dimensions(kinds: Iterable[KindTurnout]) -> tuple[str, ...]:
    """Return the dimensions of a roll, in the order in which they are shown."""
    return dimensions.in_order({name for kind in kinds for name in kind.categories} or dimensions.every())


def _lines(dimension: str, kinds: Iterable[KindTurnout]) -> tuple[TurnoutLine, ...]:
    """Return each category with its seats and votes, the lowest turnout first: where to remind first."""
    totals: dict[str, list[int]] = {}
    for categories, _base, seats, voted in kinds:
        total = totals.setdefault(categories.get(dimension, ""), [0, 0])
        total[0] += seats
        total[1] += voted
    lines = [
        TurnoutLine(dimension, key, name_of(dimension, key), count, voted)
        for key, (count, voted) in totals.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.voted / line.seats, -line.seats, line.key)))
