"""A ballot as the contacts of a chosen organisation see it, for the desk: before the opening too.

Nothing can be sent from it: there is no session of a seat, and of a draft there is no seat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.infra.access import require
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import FEWEST_THEMES, line_of, sized
from consulta.voting import casting, queries

if TYPE_CHECKING:
    from consulta.infra.models import Round, Seat
    from consulta.infra.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.voting.values import BallotView


@dataclass(frozen=True, slots=True)
class BallotPreview:
    """A ballot of a round; `seats` are those that can be chosen, as key and name. None: too few themes."""

    round: RoundLine
    seats: tuple[tuple[str, str], ...]
    ballot: BallotView | None


def ballot(work: Work, round_key: str, seat_key: str = "") -> BallotPreview:
    """Return the ballot of a seat, by default of the first, without any vote on it.

    Of a draft the organisations are those that it would have if it opened now; the order of its themes is
    settled at the opening. Problem: `round.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = sized(work, round_key, contents=True)
    seats = _seats(work, found)
    chosen = next((each for each in seats if each.key == seat_key), seats[0])
    return BallotPreview(
        line_of(found, sizes, work.now),
        tuple((each.key, each.name) for each in seats),
        replace(casting.view_of(work, chosen, None), takes_votes=True, ended_at=None, nominations_until=None)
        if len(found.themes) >= FEWEST_THEMES
        else None,
    )


def _seats(work: Work, found: Round) -> list[Seat]:
    """Return the seats of a round, or those that a draft would have; an invented one without any member."""
    if found.state != State.DRAFT.value and found.seats:
        return list(found.seats)
    members = sorted(
        rounds_queries.electorate(work.session), key=lambda each: (each.country, fold(each.name), each.id)
    )
    words = catalogue.mail_words(work.languages[0])
    named = [(each.name, each.country) for each in members] or [(words["sample_organisation"], "PA")]
    return [queries.imagined(found, place, *each) for place, each in enumerate(named, start=1)]
