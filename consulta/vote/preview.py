"""A ballot as the contacts of a chosen organisation see it, for the desk: before the opening too.

Nothing can be sent from it: there is no session of a seat, and of a draft there is no seat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.disclosure.countries import country_minimum
from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.listing import PAGE
from consulta.platform.settings import SMALL_CELL
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import FEWEST_THEMES, line_of, sized
from consulta.vote import casting, queries

if TYPE_CHECKING:
    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.values import BallotView


@dataclass(frozen=True, slots=True)
class BallotPreview:
    """A ballot of a round; `seats`: the first that can be chosen, as key and name. None: too few themes."""

    round: RoundLine
    seats: tuple[tuple[str, str], ...]
    ballot: BallotView | None


def ballot(
    work: Work, round_key: str, seat_key: str = "", text: str = "", small_cell: int = SMALL_CELL
) -> BallotPreview:
    """Return the ballot of a seat, by default of the first, without any vote on it.

    Of a draft the organisations, and those that are alike, are those that it would have if it opened now with
    this `small_cell`; the order of its themes is settled at the opening. Where `text` is given, each of its
    words is in the names of those that can be chosen. Problem: `round.unknown`.
    """
    require(work, "rounds.read")
    found, sizes = sized(work, round_key, contents=True)
    seats = _seats(work, found, seat_key, text)
    chosen = next((each for each in seats if each.key == seat_key), seats[0] if seats else None)
    chosen = chosen or _seats(work, found, seat_key, "")[0]
    seen: BallotView | None = None
    if len(found.themes) >= FEWEST_THEMES:
        seen = casting.view_of(work, chosen, None)
        seen = replace(seen, takes_votes=True, ended_at=None, nominations_until=None)
        if found.state == State.DRAFT.value:
            least = country_minimum(found.secrecy, small_cell)
            seen = replace(
                seen, joined_below=least, alike=_alike(work, found, chosen, joined=least is not None)
            )
    return BallotPreview(
        line_of(found, sizes, work.now), tuple((each.key, each.name) for each in seats), seen
    )


def _alike(work: Work, found: Round, chosen: Seat, *, joined: bool) -> int | None:
    """Return how many organisations would be alike, as `ballots.alike` does, if the round opened now.

    None where ballots are not public without names, and of an organisation that is invented or lacks a
    category: no round opens with it.
    """
    if found.secrecy != "pseudonymous" or chosen.organisation_id is None:
        return None
    marks = {
        number: (dimensions.categories_of(country, entered), base, None if joined else country)
        for number, country, entered, base in rounds_queries.electorate_marks(work.session, found.voters)
    }
    its = marks[chosen.organisation_id]
    whole = {*dimensions.every()} == {dimensions.COUNTRY, *its[0]}
    return [*marks.values()].count(its) if whole else None


def _seats(work: Work, found: Round, key: str, text: str) -> list[Seat]:
    """Return the seat with this key and the first others; of a draft, those that it would have.

    Without any member it is an invented one.
    """
    if found.state != State.DRAFT.value:
        seats = queries.first_seats(work.session, found.id, text, key, PAGE)
        if seats or text:
            return seats
    words = catalogue.mail_words(work.languages[0])
    members = sorted(
        rounds_queries.electorate_names(work.session, found.voters),
        key=lambda each: (each[1], fold(each[0]), each[2]),
    )
    named: list[tuple[str, str, int | None]] = [*members] or [(words["sample_organisation"], "PA", None)]
    there = [
        (f"p{place}", place, *each)
        for place, each in enumerate(named, start=1)
        if all(word in fold(each[0]) for word in fold(text).split())
    ]
    kept = [*(each for each in there if each[0] == key), *(each for each in there if each[0] != key)]
    return [queries.imagined(found, *each[1:]) for each in kept[:PAGE]]
