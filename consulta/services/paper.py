"""Ballots to be filled in by hand: one for each organisation of a roll, with its own order of themes.

No personal link and no contact's name is on them, and nothing of what an organisation voted before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.services import casting
from consulta.services.access import require
from consulta.services.labels import name_of
from consulta.services.rounds import line_of, sized
from consulta.services.views import PaperBallot, PaperView
from consulta.store import rounds as rows

if TYPE_CHECKING:
    from consulta.services.work import Work


def ballots(work: Work, round_key: str, seat_key: str | None = None) -> PaperView:
    """The ballots of an open round in the order of its roll; one organisation's where its seat is named.

    Problems: `round.unknown`, `round.not_open`, `seat.unknown`.
    """
    require(work, "ballot.assist")
    found, sizes = sized(work, round_key)
    if found.state != State.OPEN.value:
        raise Problem("round.not_open", key=round_key)
    whole = rows.whole(work.session, round_key, roll=True)
    seats = [seat for seat in whole.seats if seat_key in {None, seat.key}] if whole else []
    if not seats and seat_key is not None:
        raise Problem("seat.unknown")
    written = {seat.id: contact.language for seat, contact in reversed(rows.voters(work.session, found.id))}
    countries = catalogue.countries_by_code()
    return PaperView(
        line_of(found, sizes, work.now),
        tuple(
            PaperBallot(
                casting.view_of(work, seat, None),
                name_of("country", seat.country),
                written.get(seat.id, countries[seat.country].language),
            )
            for seat in seats
        ),
    )
