"""What objections ask of the rows: each with its seat, and the ballots that were taken out of the count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import joinedload

from consulta.platform.models import (
    Ballot,
    BallotExclusion,
    CurrentBallot,
    Message,
    Objection,
    Round,
    Seat,
    Staff,
)
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import FromClause
    from sqlalchemy.orm import Session

WHOLE = (
    joinedload(Objection.seat),
    joinedload(Objection.seat_address),
    joinedload(Objection.ballot).joinedload(Ballot.contact),
    joinedload(Objection.ballot).joinedload(Ballot.assistance),
    joinedload(Objection.asker),
    joinedload(Objection.decider),
)


CLOSING_WAITS = (Message.kind == "closing", Message.state == "queued")
CLOSING_LEFT = (Message.kind == "closing", Message.state == "sent")


class ClosingMails(NamedTuple):
    """The progress of a round's closing mails. A failed one no longer counts as waiting."""

    waiting: int = 0
    left_at: datetime | None = None  # of the last one that was delivered


class Numbers(NamedTuple):
    """How many objections a round has in each state, and how many ballots were taken out."""

    open: int = 0
    withdrawn: int = 0
    asked: int = 0
    upheld: int = 0
    rejected: int = 0
    excluded: int = 0
    alone: int = 0  # of those upheld, by one person, where there was no second one
    restored: int = 0  # of the ballots taken out, those in whose place an earlier one counts

    @property
    def made(self) -> int:
        """Return the number of all objections, including withdrawn ones."""
        return self.open + self.withdrawn + self.asked + self.upheld + self.rejected

    @property
    def undecided(self) -> int:
        """Return the number of objections that wait for a decision, or for a second person."""
        return self.open + self.asked


def last_ballots(*, at_closing: bool) -> FromClause:
    """Return seats and ballots as `CurrentBallot` has them: those that count.

    With `at_closing` those that counted when voting closed: `CurrentBallot` may have an earlier version of a
    seat since, whose ballot was taken out.
    """
    if not at_closing:
        counts = still_counts(CurrentBallot.ballot_id)
        return select(CurrentBallot.seat_id, CurrentBallot.ballot_id).where(counts).subquery()
    taken_out = select(Ballot.seat_id, Ballot.id.label("ballot_id")).join(
        BallotExclusion, BallotExclusion.ballot_id == Ballot.id
    )
    untouched = select(CurrentBallot.seat_id, CurrentBallot.ballot_id).where(
        CurrentBallot.seat_id.not_in(select(taken_out.subquery().c.seat_id))
    )
    return union_all(untouched, taken_out).subquery()


def earlier_own(session: Session, ballot: Ballot) -> Ballot | None:
    """Return the vote that counts if this ballot is taken out, or None.

    It is the newest earlier version that the organisation sent itself: not entered by staff, nor sent by a
    contact or from an address added after the opening. None where that version is an abstention, and where
    this ballot is itself such a version: the organisation disowned its own vote.
    """
    if ballot.abstains or not (ballot.assisted or ballot.young):
        return None
    query = select(Ballot).where(
        Ballot.seat_id == ballot.seat_id,
        Ballot.version < ballot.version,
        Ballot.assisted.is_(False),
        Ballot.young.is_(False),
    )
    own = session.scalars(query.order_by(Ballot.version.desc()).limit(1)).first()
    return None if own is None or own.abstains else own


def marked_at_closing(session: Session, round_id: int) -> list[tuple[Seat, Ballot]]:
    """Return the ballots that counted at the closing and that the organisation did not send itself."""
    last = last_ballots(at_closing=True)
    query = (
        select(Seat, Ballot)
        .join(last, last.c.seat_id == Seat.id)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(False), or_(Ballot.assisted, Ballot.young))
    )
    return [(seat, ballot) for seat, ballot in session.execute(query)]


def restored(session: Session, ballot: Ballot) -> Ballot | None:
    """Return the ballot that counts in place of one that was taken out, or None."""
    query = (
        select(Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .where(CurrentBallot.seat_id == ballot.seat_id, Ballot.version < ballot.version)
    )
    return session.scalars(query).first()


def taken_out_after(session: Session, current: Ballot) -> int:
    """Return the version in whose place this ballot counts again, since it was taken out; 0 if none was."""
    query = (
        select(Ballot.version)
        .join(BallotExclusion, BallotExclusion.ballot_id == Ballot.id)
        .where(Ballot.seat_id == current.seat_id, Ballot.version > current.version)
    )
    return session.scalars(query).first() or 0


def of_round(session: Session, round_id: int) -> list[Objection]:
    """Return every objection of a round, the oldest first."""
    query = select(Objection).where(Objection.round_id == round_id).options(*WHOLE)
    return list(session.scalars(query.order_by(Objection.id)))


def of_seat(session: Session, seat_id: int) -> list[Objection]:
    """Return every objection of a seat, the oldest first."""
    query = select(Objection).where(Objection.seat_id == seat_id).options(*WHOLE)
    return list(session.scalars(query.order_by(Objection.id)))


def find(session: Session, round_id: int, number: int) -> Objection | None:
    """Return one objection of a round, or None."""
    query = select(Objection).where(Objection.round_id == round_id, Objection.id == number)
    return session.scalars(query.options(*WHOLE)).first()


def numbers(session: Session, round_id: int) -> Numbers:
    """Return how many objections there are in each state, and how many ballots were taken out.

    `alone` counts the upheld ones that one person both asked for and decided.
    """
    query = select(Objection.state, func.count()).where(Objection.round_id == round_id)
    states = {row[0]: row[1] for row in session.execute(query.group_by(Objection.state))}
    alone = select(func.count()).where(
        Objection.round_id == round_id,
        Objection.state == "upheld",
        Objection.asked_by == Objection.decided_by,
    )
    out = excluded(session, round_id)
    return Numbers(
        excluded=len(out),
        alone=session.scalar(alone) or 0,
        restored=sum(restored(session, ballot) is not None for _, ballot, _ in out),
        **states,
    )


def excluded(
    session: Session, round_id: int, *, abstains: bool = False
) -> list[tuple[Seat, Ballot, Objection]]:
    """Return the ballots that were taken out, by receipt code; this order carries no information.

    Abstentions that were taken out are not among them, since no count had them; with `abstains` these alone.
    """
    query = (
        select(Seat, Ballot, Objection)
        .select_from(BallotExclusion)
        .join(Ballot, Ballot.id == BallotExclusion.ballot_id)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Objection, Objection.id == BallotExclusion.objection_id)
        .where(BallotExclusion.round_id == round_id, Ballot.abstains.is_(abstains))
        .order_by(Ballot.receipt)
    )
    return [(seat, ballot, objection) for seat, ballot, objection in session.execute(query)]


def any_excluded(session: Session, round_id: int) -> bool:
    """Return whether any ballot or abstention of a round was taken out."""
    query = select(BallotExclusion.id).where(BallotExclusion.round_id == round_id)
    return session.scalars(query.limit(1)).first() is not None


def is_excluded(session: Session, ballot_id: int) -> bool:
    """Return whether a ballot was taken out of the count."""
    query = select(BallotExclusion.id).where(BallotExclusion.ballot_id == ballot_id)
    return session.scalar(query) is not None


def seat_of(session: Session, seat_id: int) -> tuple[Seat, Round] | None:
    """Return a seat with its round, or None; the round is locked for this transaction and read anew."""
    query = select(Seat, Round).join(Round, Round.id == Seat.round_id).where(Seat.id == seat_id)
    held = query.with_for_update(of=Round).execution_options(populate_existing=True)
    found = session.execute(held).first()
    return None if found is None else (found[0], found[1])


def current_ballot(session: Session, seat_id: int) -> Ballot | None:
    """Return the ballot of a seat that counted at the closing, with its sender, or None."""
    last = last_ballots(at_closing=True)
    query = (
        select(Ballot)
        .join(last, last.c.ballot_id == Ballot.id)
        .where(last.c.seat_id == seat_id)
        .options(joinedload(Ballot.contact), joinedload(Ballot.assistance))
    )
    return session.scalars(query).first()


def deciders(session: Session) -> list[int]:
    """Return the accounts that may decide an objection: active ones of the secretariat."""
    query = select(Staff.id).where(Staff.active, Staff.role.in_(("secretariat", "admin")))
    return list(session.scalars(query.order_by(Staff.id)))


def at_closing(session: Session, round_id: int) -> dict[int, int]:
    """Return a mapping from seat to the ballot that counted at the closing.

    Ballots that were taken out since are included.
    """
    last = last_ballots(at_closing=True)
    query = (
        select(last.c.seat_id, last.c.ballot_id)
        .join(Seat, Seat.id == last.c.seat_id)
        .where(Seat.round_id == round_id)
    )
    return {row.seat_id: row.ballot_id for row in session.execute(query)}


def closing_mails(session: Session, round_id: int) -> ClosingMails:
    """Return how many closing mails of a round wait, and when the last delivered one left."""
    of_round = Message.round_id == round_id
    waiting = session.scalar(select(func.count()).where(of_round, *CLOSING_WAITS))
    return ClosingMails(
        waiting or 0, session.scalar(select(func.max(Message.left_at)).where(of_round, *CLOSING_LEFT))
    )
