"""Participation against the roll, by every dimension. The content of votes is not read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.ballots.queries import archive as archive_queries
from consulta.core.problems import Problem
from consulta.data import dimensions
from consulta.infra.access import require
from consulta.infra.labels import name_of
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import line_of, sized
from consulta.voting.values import ParticipationView, SeatLine, TurnoutLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consulta.infra.listing import Found, Wanted
    from consulta.infra.models import Round, Seat
    from consulta.infra.work import Work
    from consulta.rounds.queries.rounds import KindTurnout


def participation(work: Work, round_key: str) -> ParticipationView:
    """Return the turnout of an opened round, in all and by every dimension.

    Organisations that abstained took part; how many they are is read once voting has ended.

    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    _require_opened(found)
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    return ParticipationView(
        round=line_of(found, sizes, work.now),
        seats=sum(kind.seats for kind in kinds),
        voted=sum(kind.voted for kind in kinds),
        turnout=tuple((dimension, _lines(dimension, kinds)) for dimension in _dimensions(kinds)),
        abstained=None
        if found.state == "open"
        else archive_queries.numbers(work.session, found.id).abstained,
    )


def list_seats(
    work: Work, round_key: str, wanted: Wanted, names: Mapping[str, Mapping[str, str]] | None = None
) -> Found:
    """Return the organisations of the roll that `wanted` names, as `SeatLine`: whether each has voted.

    `rounds.queries.rounds.seats_wanted` says what can be asked.
    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, _sizes = sized(work, round_key)
    _require_opened(found)
    return rounds_queries.seats_wanted(work.session, found.id, wanted, names or {}, seat_line)


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
