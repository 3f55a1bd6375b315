"""Ballots to be filled in by hand: one for each organisation of a roll, with its own order of themes.

No personal link and no contact's name is on them, and nothing of what an organisation voted before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import line_of, sized
from consulta.vote import casting, questions
from consulta.vote.values import PaperBallot, PaperView

if TYPE_CHECKING:
    from consulta.platform.work import Work


def ballots(work: Work, round_key: str, seat_key: str | None = None, some: slice = slice(None)) -> PaperView:
    """Return the paper ballots of an open round in the order of its roll, or that of one seat.

    `some`: the part of the roll whose ballots are asked for. Problems: `round.unknown`, `round.not_open`,
    `seat.unknown`.
    """
    require(work, "ballot.assist")
    found, sizes = sized(work, round_key)
    if found.state != State.OPEN.value:
        raise Problem("round.not_open", key=round_key)
    whole = rounds_queries.whole(work.session, round_key, roll=True)
    seats = [seat for seat in whole.seats if seat_key in {None, seat.key}] if whole else []
    if not seats and seat_key is not None:
        raise Problem("seat.unknown")
    written = {
        seat.id: contact.language for seat, contact in reversed(rounds_queries.voters(work.session, found.id))
    }
    countries, asked = catalogue.countries_by_code(), questions.of_round(work, found)
    return PaperView(
        line_of(found, sizes, work.now),
        tuple(
            PaperBallot(
                casting.view_of(work, seat, None),
                name_of("country", seat.country),
                written.get(seat.id, countries[seat.country].language),
                asked,
            )
            for seat in seats[some]
        ),
        tuple(seat.name for seat in seats),
    )
