"""A member's vote: from the personal link, over the review, to the receipt.

It decides which link opens a session. The seat is always the one of the session: nothing that a form says can
lead to another. How a vote is taken, whoever sends it, is in `casting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.accounts import service as accounts
from consulta.ballots.queries import ballots as ballots_queries
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.infra.access import require
from consulta.mailer.queries import outbox
from consulta.rounds import heads
from consulta.rounds.public import theme_line
from consulta.rounds.queries.public import round_of
from consulta.voting import casting
from consulta.voting.values import Entrance

if TYPE_CHECKING:
    from consulta.core.counting.choice import Entries
    from consulta.infra.models import Link, Seat
    from consulta.infra.work import Work
    from consulta.rounds.values import HeadView, ThemeLine
    from consulta.voting.values import BallotView, CastBallot, Late, Review


def enter(work: Work, token: str) -> Entrance | None:
    """A new session at the seat of a personal link, as often as it is opened; None where the link is no good.

    Unknown, revoked and expired links, and those of a contact who may not vote any more, all answer alike.
    """
    require(work, "ballot.open_link")
    link = _opening_link(work, token)
    if link is None:
        return None
    session = accounts.start_session(work, link_id=link.id)
    work.record("ballot.entered", f"seat:{link.seat_id}", {"link": link.id})
    return Entrance(session, link.seat.round.key, link.contact_id, link.seat_id)


def opens(work: Work, token: str) -> bool:
    """Whether `enter` would open a session; asked in a unit that only reads, so guesses stop nobody."""
    require(work, "ballot.open_link")
    return _opening_link(work, token) is not None


def ballot(work: Work, round_key: str) -> BallotView:
    """The ballot of the session's seat. Problem: `vote.elsewhere` (the seat is of another round)."""
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    return casting.view_of(work, seat, ballots_queries.current(work.session, seat.id))


def review(work: Work, round_key: str, entries: Entries) -> Review | Late:
    """What the entries say, or what is wrong with them; nothing is recorded. Problem: `vote.elsewhere`."""
    return casting.reviewed(ballot(work, round_key), entries)


def cast(work: Work, round_key: str, entries: Entries, idempotency_key: str) -> CastBallot | Late:
    """Record a vote as the version that counts; the same form sent again gives the same version.

    So does the vote that counts already, sent again by the same contact. `idempotency_key` is fresh for each
    review page and nobody else knows it. Problems: `vote.elsewhere`, and the first fault of the entries.
    """
    require(work, "ballot.cast")
    ballots_queries.hold(work.session, _seat_id(work))
    return casting.take(work, _seat(work, round_key), entries, idempotency_key)


def refuse_late(work: Work, round_key: str) -> None:
    """Let the log say that somebody tried to vote after the end. Problem: `vote.elsewhere`."""
    require(work, "ballot.cast")
    casting.record_late(work, _seat(work, round_key))


def receipt(
    work: Work, round_key: str, version: int | None = None
) -> tuple[BallotView, CastBallot, HeadView | None]:
    """A version of the seat's ballot, the current one unless said; with the ballot as it stands.

    And the log's head just after it was sent, always the same for the same version.

    Problems: `vote.elsewhere`, `vote.unknown` (there is no such version).
    """
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    current = ballots_queries.current(work.session, seat.id)
    found = current if version is None else ballots_queries.version(work.session, seat.id, version)
    if found is None:
        raise Problem("vote.unknown")
    return (
        casting.view_of(work, seat, current),
        casting.cast_view(work, found, counts=found is current),
        heads.of_receipt(work, found),
    )


def copies(work: Work, round_key: str, version: int) -> int:
    """How many contacts a receipt of this version was written to. Problem: `vote.elsewhere`."""
    require(work, "ballot.read_own")
    found = ballots_queries.version(work.session, _seat(work, round_key).id, version)
    return outbox.receipts_of(work.session, found) if found else 0


def themes_of(work: Work, round_key: str) -> tuple[ThemeLine, ...]:
    """The themes of a round that the public knows of; none where there is no such round."""
    require(work, "published.read")
    found = round_of(work.session, round_key)
    return tuple(theme_line(theme) for theme in found.themes) if found else ()


def _opening_link(work: Work, token: str) -> Link | None:
    link = ballots_queries.link(work.session, accounts.digest(token))
    if link is None or not accounts.link_works(work, link) or link.seat.round.state == State.DRAFT:
        return None
    return link


def _seat_id(work: Work) -> int:
    if work.actor.seat_id is None:
        raise Problem("vote.elsewhere")
    return work.actor.seat_id


def _seat(work: Work, round_key: str) -> Seat:
    """The session's seat; an address of another round leads nowhere."""
    seat = ballots_queries.seat(work.session, _seat_id(work))
    if seat is None or seat.round.key != round_key:
        raise Problem("vote.elsewhere")
    return seat
