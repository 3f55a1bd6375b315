"""End of a round's voting, and the closing mail that tells every organisation how it appears.

This module decides who gets the closing mail: every address on file for every seat since the opening,
whether or not its organisation voted, and regardless of changes of its contact. The effects of closing
on the round are in `rounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.rounds import State, move
from consulta.platform.access import require
from consulta.platform.texts import line
from consulta.rounds import addresses, ballots, notices
from consulta.rounds import service as rounds
from consulta.vote import marking

if TYPE_CHECKING:
    from consulta.platform.work import Work
    from consulta.vote.values import Marking


@dataclass(frozen=True, slots=True)
class ObjectionLink:
    """A link by which one address can object: whose it is, and whether its organisation voted."""

    name: str
    token: str
    voted: bool


def close(work: Work, round_key: str, reason: str = "", objection_hours: int = 0) -> None:
    """End the voting, and tell every address on file how its organisation appears.

    For so many hours each of them can object. Problems: those of `rounds.service.close_round`.
    """
    rounds.close_round(work, round_key, reason, objection_hours)
    notices.round_closed(work, rounds.hold(work, round_key))


def cancel(work: Work, round_key: str, reason: str) -> None:
    """Give a round up for good, and tell all who were promised something, with the reason.

    Problems: those of `rounds.service.cancel_round`.
    """
    rounds.cancel_round(work, round_key, reason)
    notices.round_cancelled(work, rounds.hold(work, round_key), line(reason))


def hand_out(work: Work, round_key: str) -> tuple[ObjectionLink, ...]:
    """Create a link to object, like that of the closing mail, for every address on file.

    Return the links, each with the name of its reader and whether the organisation voted. Needed in an
    installation without mail. Empty if no objection can be made any more.

    Problem: `round.unknown`.
    """
    require(work, "links.hand_out")
    found = rounds.hold(work, round_key)
    readers = addresses.told(work, found.id)
    voted = ballots.at_closing(work.session, found.id)
    tokens = notices.links_to_object(work, found, readers)
    return tuple(
        ObjectionLink(reader.name, tokens[reader.id], reader.seat_id in voted)
        for reader in readers
        if reader.id in tokens
    )


def before_closing(work: Work, round_key: str, small_cell: int) -> tuple[bool, Marking | None]:
    """Return whether closing a round now is before its deadline, and how many votes mark people.

    Problems: `round.unknown`, `round.move` and `round.already` (the round is not open).
    """
    require(work, "rounds.close")
    found, _sizes = rounds.sized(work, round_key)
    move(State(found.state), State.CLOSED)
    return work.now < found.closes_at, marking.of_round(work, found, small_cell)
