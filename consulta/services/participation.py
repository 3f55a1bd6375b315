"""Who has voted, against the roll: by subregion, country and sector. How anybody voted is not asked here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.services.access import require
from consulta.services.labels import name_of
from consulta.services.rounds import DIMENSIONS, line_of, sized, subject
from consulta.services.views import ParticipationView, SeatLine, TurnoutLine
from consulta.store import electorate
from consulta.store import rounds as rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from consulta.services.work import Work
    from consulta.store.models import Round, Seat


@dataclass(frozen=True, slots=True)
class SeatFilter:
    """Which organisations are asked for; what is left empty asks for all."""

    voted: str = ""  # "yes", "no"
    subregion: str = ""
    country: str = ""
    sector: str = ""

    def keeps(self, seat: SeatLine) -> bool:
        """Whether `seat` is asked for."""
        by_vote = not self.voted or (self.voted == "yes") == (seat.voted_at is not None)
        by_category = all(getattr(self, name) in {"", getattr(seat, name)} for name in DIMENSIONS)
        return by_vote and by_category


def participation(work: Work, round_key: str) -> ParticipationView:
    """Turnout of an opened round, and every organisation with whether it has voted.

    Problems: `round.unknown`, `round.unopened`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seats = _seats(work, found)
    return ParticipationView(
        round=line_of(found, sizes, work.now),
        seats=seats,
        voted=sum(seat.voted_at is not None for seat in seats),
        turnout=tuple((dimension, _turnout(dimension, seats)) for dimension in DIMENSIONS),
    )


def export_participation(work: Work, round_key: str, wanted: SeatFilter) -> ParticipationView:
    """The participation with only the organisations asked for; the log keeps that they were taken out.

    Problems: those of `participation`.
    """
    require(work, "participation.read")
    found, sizes = sized(work, round_key)
    seats = tuple(seat for seat in _seats(work, found) if wanted.keeps(seat))
    work.record("participation.exported", subject(found), {"rows": len(seats)})
    voted = sum(seat.voted_at is not None for seat in seats)
    return ParticipationView(line_of(found, sizes, work.now), seats, voted, ())


def turnout(work: Work, found: Round) -> tuple[int, tuple[tuple[str, tuple[TurnoutLine, ...]], ...]]:
    """How many have voted, in all and in each subregion and sector; no organisation by name.

    Whoever asks has seen to it that it may be told. Problem: `round.unopened`.
    """
    if found.opened_at is None:
        raise Problem("round.unopened", key=found.key)
    kinds = rows.turnout_by_kind(work.session, found.id)
    lines = {
        dimension: _lines(dimension, ((getattr(kind, dimension), kind.seats, kind.voted) for kind in kinds))
        for dimension in DIMENSIONS
        if dimension != "country"
    }
    return sum(kind.voted for kind in kinds), tuple(lines.items())


def _seats(work: Work, found: Round) -> tuple[SeatLine, ...]:
    if found.opened_at is None:
        raise Problem("round.unopened", key=found.key)
    marks = electorate.marks(work.session, found.id)
    return tuple(
        seat_line(seat, cast_at, marks.get(seat.id, ""))
        for seat, cast_at in rows.turnout(work.session, found.id)
    )


def seat_line(seat: Seat, cast_at: datetime | None, mark: str = "") -> SeatLine:
    """A seat with when its vote was cast, and how that vote is marked."""
    return SeatLine(
        seat=seat.key,
        organisation=seat.name,
        country=seat.country,
        country_name=name_of("country", seat.country),
        subregion=seat.subregion,
        subregion_name=name_of("subregion", seat.subregion),
        sector=seat.sector,
        sector_name=name_of("sector", seat.sector),
        voted_at=cast_at,
        mark=mark,
    )


def _turnout(dimension: str, seats: Iterable[SeatLine]) -> tuple[TurnoutLine, ...]:
    """Each category with its organisations counted, the lowest turnout first: that is where to write to."""
    return _lines(dimension, ((getattr(seat, dimension), 1, seat.voted_at is not None) for seat in seats))


def _lines(dimension: str, numbers: Iterable[tuple[str, int, int]]) -> tuple[TurnoutLine, ...]:
    """Return the lines of categories; `numbers` are seats and how many of these voted, of each kind."""
    totals: dict[str, list[int]] = {}
    for key, seats, voted in numbers:
        total = totals.setdefault(key, [0, 0])
        total[0] += seats
        total[1] += voted
    lines = [
        TurnoutLine(dimension, key, name_of(dimension, key), count, voted)
        for key, (count, voted) in totals.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.voted / line.seats, -line.seats, line.key)))
