"""A member's vote: from the personal link, over the review, to the receipt.

This module decides whose link opens a ballot. The seat is always that of the session: no form entry can
lead to another. `casting` decides how a vote is taken from any sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform.access import require
from consulta.platform.door import Purpose
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import VOTE, Seat
from consulta.platform.work import Actor
from consulta.rounds import addresses, ballots, heads
from consulta.rounds.public_rounds import round_of, theme_line
from consulta.vote import casting, queries
from consulta.vote.values import EarlierVote

if TYPE_CHECKING:
    from consulta.core.counting.choice import Entries
    from consulta.platform.models import Ballot, Link
    from consulta.platform.work import Work
    from consulta.rounds.values import HeadView, Inclusion, ThemeLine
    from consulta.vote.values import BallotView, CastBallot, Late, ListedBallot, Review, SentBallot


def _voter(work: Work, seat_id: int, contact_id: int | None) -> Actor | None:
    """Return the contact of a link; None unless active, allowed to vote, and at an address for the seat.

    An address whose change waits, or was stopped, may get no link to it.
    """
    if contact_id is None:
        return None
    return _named(seat_id, contact_id, addresses.voter_of(work.session, seat_id, contact_id))


def _named(seat_id: int, contact_id: int | None, name: str | None) -> Actor | None:
    return None if name is None else Actor("voter", contact_id, name, seat_id=seat_id)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    found = ballots.times(work.session, link.subject_id)
    return {"key": found[0]} if found is not None and found[1] != State.DRAFT else None


def _entered(work: Work, link: Link) -> None:
    work.record("ballot.entered", f"seat:{link.subject_id}", {"link": link.id})


PURPOSES = (
    Purpose(
        VOTE,
        way="v",
        subject=Seat,
        role="voter",
        page="vote.ballot",
        texts="voting/door.html",
        reader_of=_voter,
        name_asked=addresses.NAME_OF_VOTER,
        reader_named=_named,
        place=_place,
        entered=_entered,
    ),
)


def ballot(work: Work, round_key: str) -> BallotView:
    """Return the ballot of the session's seat.

    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    return casting.view_of(work, seat, ballots.current(work.session, seat.id))


def ballot_and_earlier(work: Work, round_key: str) -> tuple[BallotView, EarlierVote | None]:
    """Return what `ballot` and `earlier` return.

    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    require(work, "ballot.read_own")
    return ballot(work, round_key), earlier(work, round_key)


def takes_votes(work: Work, round_key: str) -> bool:
    """Return whether the round of the session's seat takes votes now, read from the database as it is.

    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    require(work, "ballot.read_own")
    found = ballots.times(work.session, _seat_id(work))
    if found is None or found[0] != round_key:
        raise Problem("vote.elsewhere")
    _, state, closes_at = found
    return casting.takes_votes(work, state, closes_at)


def earlier(work: Work, round_key: str) -> EarlierVote | None:
    """Return what the session's organisation voted in the last round that ended, or None.

    It is for contacts who could vote when that vote was sent, not for those who came later.
    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    found = queries.earlier_vote(work.session, seat.id)
    if found is None or not casting.may_read(work, found):
        return None
    titles = {theme.key: theme.title for theme in found.seat.round.themes}
    return EarlierVote(found.seat.round.title, tuple(titles[key] for tier in found.ranking for key in tier))


def review(work: Work, round_key: str, entries: Entries) -> Review | Late:
    """Return the choice that the entries give, and their faults; nothing is recorded.

    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    return casting.reviewed(ballot(work, round_key), entries)


def cast(
    work: Work, round_key: str, entries: Entries, idempotency_key: str, seen: int | None = None
) -> CastBallot | Late:
    """Record a vote as the version that counts, and return it; the same form gives the same version.

    The vote that counts already, sent again by the same contact, also gives the same version.
    `idempotency_key` is new for each review page and secret. A vote after the end is not stored: the log
    says that one came, and `Late` is returned. `seen` is the version that the sender knows to be replaced (0:
    none); None asks for nothing.
    Problems: `vote.elsewhere`, `vote.changed` (another version counts by now), and the first fault of the
    entries.
    """
    require(work, "ballot.cast")
    ballots.hold(work.session, _seat_id(work))
    return casting.take(work, _seat(work, round_key), entries, idempotency_key, seen=seen)


def abstain(work: Work, round_key: str, idempotency_key: str) -> CastBallot | Late:
    """Record that the session's seat abstains on purpose, and return that; again: the same version.

    After the end nothing is stored: the log says that one came, and `Late` is returned.
    Problems: `vote.elsewhere`, `abstain.voted` (a vote is recorded, and stays).
    """
    require(work, "ballot.cast")
    ballots.hold(work.session, _seat_id(work))
    return casting.abstain(work, _seat(work, round_key), idempotency_key)


def refuse_late(work: Work, round_key: str) -> None:
    """Record in the log that a vote was tried after the end.

    Raise Problem `vote.elsewhere` if the seat is of another round.
    """
    require(work, "ballot.cast")
    casting.record_late(work, _seat(work, round_key))


def receipt(
    work: Work, round_key: str, version: int | None = None
) -> tuple[BallotView, SentBallot, HeadView | None]:
    """Return the ballot, a version of it, by default the current one, and the log's head for it.

    The head is that just after the version was sent, always the same for the same version.
    Problems: `vote.elsewhere`, `vote.unknown` (there is no such version), `vote.unread` (the reader could
    not vote when it was sent).
    """
    view, cast, _ = _received(work, round_key, version)
    if not cast[0].readable:
        raise Problem("vote.unread")
    return view, *cast


def whole_receipt(
    work: Work, round_key: str, version: int | None = None
) -> tuple[BallotView, SentBallot, HeadView, int, Inclusion | None]:
    """Return what `receipt` does, to how many addresses on file a receipt was written, and the inclusion.

    A vote that the reader may not read is without its content. Problems: `vote.elsewhere`, `vote.unknown`.
    """
    view, (cast, head), found = _received(work, round_key, version)
    copies = outbox.receipts_of(work.session, found)
    return view, cast, head, copies, heads.of_row(work, head.size)


def _received(
    work: Work, round_key: str, version: int | None
) -> tuple[BallotView, tuple[SentBallot, HeadView], Ballot]:
    require(work, "ballot.read_own")
    seat = _seat(work, round_key)
    current = ballots.current(work.session, seat.id)
    found = current
    if version is not None and (current is None or current.version != version):
        found = ballots.version(work.session, seat.id, version)
    if found is None:
        raise Problem("vote.unknown")
    view = casting.view_of(work, seat, current)
    counts = found is current
    cast = view.current if counts and view.current else casting.cast_view(work, found, counts=counts)
    return view, (cast, heads.of_receipt(work, found)), found


def inclusion(work: Work, round_key: str, version: int) -> Inclusion | None:
    """Return which signed head covers a version of the ballot, and who holds it; None where none does yet.

    Problems: `vote.elsewhere`, `vote.unknown`.
    """
    return heads.of_ballot(work, _version(work, round_key, version))


def proof_comes(work: Work) -> bool:
    """Return whether heads of this log are signed, so that one will cover a vote that none covers yet."""
    require(work, "ballot.read_own")
    return heads.comes(work)


def proof(work: Work, round_key: str, version: int) -> str:
    """Return the proof that a version of the ballot is in the log, as a file.

    Problems: `vote.elsewhere`, `vote.unknown`, `vote.unproved` (no signed head covers it yet).
    """
    return or_problem(heads.proof(work, _version(work, round_key, version)), "vote.unproved")


def _version(work: Work, round_key: str, version: int) -> Ballot:
    require(work, "ballot.read_own")
    return or_problem(ballots.version(work.session, _seat(work, round_key).id, version), "vote.unknown")


def themes_of(work: Work, round_key: str) -> tuple[ThemeLine, ...]:
    """Return the themes of a public round; empty if there is no such round."""
    require(work, "published.read")
    found = round_of(work.session, round_key)
    return tuple(theme_line(theme) for theme in found.themes) if found else ()


def listed(work: Work, round_key: str, *, people: bool) -> ListedBallot | None:
    """Return what can be chosen in a public round, without a seat; None if there is no such round.

    Who may be endorsed is not public: `people` says that the reader has been shown it.
    """
    require(work, "published.read")
    found = round_of(work.session, round_key)
    return casting.listed(found, people=people) if found else None


def _seat_id(work: Work) -> int:
    if work.actor.seat_id is None:
        raise Problem("vote.elsewhere")
    return work.actor.seat_id


def _seat(work: Work, round_key: str) -> Seat:
    """Return the session's seat.

    Raise Problem `vote.elsewhere` if it is of another round.
    """
    seat = ballots.seat(work.session, _seat_id(work))
    if seat is None or seat.round.key != round_key:
        raise Problem("vote.elsewhere")
    return seat
