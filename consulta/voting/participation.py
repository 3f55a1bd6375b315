"""Participation against the roll, by every dimension. The content of votes is not read here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.data import dimensions
from consulta.infra.access import require
from consulta.infra.labels import name_of
from consulta.rounds.queries import electorate
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import line_of, sized, subject
from consulta.voting.values import ParticipationView, SeatLine, TurnoutLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consulta.infra.models import Round, Seat
    from consulta.infra.work import Work
    from consulta.rounds.queries.rounds import KindTurnout


@dataclass(frozen=True, slots=True)
class SeatFilter:
    """Filter of organisations; an empty field matches all."""

    voted: str = ""  # "yes", "no"
    categories: Mapping[str, str] = field(default_factory=dict)  # by dimension

    def keeps(self, seat: SeatLine) -> bool:
        """Return whether `seat` passes the filter."""
        by_vote = not self.voted or (self.voted == "yes") == (seat.voted_at is not None)
        by_category = all(
            wanted in {"", seat.categories.get(name, "")} for name, wanted in self.categories.items()
        )
        return by_vote and by_category


def participation(work: Work, round_key: str) -> ParticipationView:
    """Return the turnout of an opened round, and for every organisation whether it has voted.

    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seats = _seats(work, found)
    kinds = [rounds_queries.KindTurnout(seat.categories, 1, int(seat.voted_at is not None)) for seat in seats]
    return ParticipationView(
        round=line_of(found, sizes, work.now),
        seats=seats,
        voted=sum(seat.voted_at is not None for seat in seats),
        turnout=tuple((dimension, _lines(dimension, kinds)) for dimension in _dimensions(kinds)),
    )


def export_participation(work: Work, round_key: str, wanted: SeatFilter) -> ParticipationView:
    """Return the participation of the organisations that match, and record the export in the log.

    Problems: those of `participation`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seats = tuple(seat for seat in _seats(work, found) if wanted.keeps(seat))
    work.record("participation.exported", subject(found), {"rows": len(seats)})
    voted = sum(seat.voted_at is not None for seat in seats)
    return ParticipationView(line_of(found, sizes, work.now), seats, voted, ())


def turnout(work: Work, found: Round) -> tuple[int, tuple[tuple[str, tuple[TurnoutLine, ...]], ...]]:
    """Return how many seats have voted, in all and by category; without countries and names.

    The caller ensures that the reader may see it. Raise Problem `round.unopened` if the round never
    opened.
    """
    if found.opened_at is None:
        raise Problem("round.unopened", key=found.key)
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    shown = (dimension for dimension in _dimensions(kinds) if dimension != "country")
    voted = sum(kind.voted for kind in kinds)
    return voted, tuple((dimension, _lines(dimension, kinds)) for dimension in shown)


def _seats(work: Work, found: Round) -> tuple[SeatLine, ...]:
    if found.opened_at is None:
        raise Problem("round.unopened", key=found.key)
    marks = electorate.marks(work.session, found.id)
    return tuple(
        seat_line(seat, cast_at, marks.get(seat.id, ""))
        for seat, cast_at in rounds_queries.turnout(work.session, found.id)
    )


def seat_line(seat: Seat, cast_at: datetime | None, mark: str = "") -> SeatLine:
    """Return a seat with the time of its vote, and how that vote is marked."""
    categories = {"country": seat.country, **seat.categories}
    return SeatLine(
        seat=seat.key,
        organisation=seat.name,
        categories=categories,
        names={dimension: name_of(dimension, key) for dimension, key in categories.items()},
        voted_at=cast_at,
        mark=mark,
    )


def _dimensions(kinds: Iterable[KindTurnout]) -> tuple[str, ...]:
    """Return the dimensions of a roll, in the order in which they are shown."""
    return dimensions.in_order({name for kind in kinds for name in kind.categories} or dimensions.every())


def _lines(dimension: str, kinds: Iterable[KindTurnout]) -> tuple[TurnoutLine, ...]:
    """Return each category with its seats and votes, the lowest turnout first: where to remind first."""
    totals: dict[str, list[int]] = {}
    for categories, seats, voted in kinds:
        total = totals.setdefault(categories.get(dimension, ""), [0, 0])
        total[0] += seats
        total[1] += voted
    lines = [
        TurnoutLine(dimension, key, name_of(dimension, key), count, voted)
        for key, (count, voted) in totals.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.voted / line.seats, -line.seats, line.key)))
