"""Moments of reminding, by round; and who voted in the round that closed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import Ballot, Correction, CurrentBallot, Reminder, Round, Seat
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int) -> list[Reminder]:
    """Return all moments of reminding of a round, in their order."""
    return list(
        session.scalars(select(Reminder).where(Reminder.round_id == round_id).order_by(Reminder.due_at))
    )


def reminders(session: Session) -> list[Reminder]:
    """Return all moments of reminding of all rounds, in their order."""
    return list(session.scalars(select(Reminder).order_by(Reminder.due_at, Reminder.id)))


def find(session: Session, round_id: int, number: int) -> Reminder | None:
    """Return one moment of reminding of a round, or None."""
    return session.scalars(
        select(Reminder).where(Reminder.round_id == round_id, Reminder.id == number)
    ).first()


def at(session: Session, round_id: int, moment: datetime) -> Reminder | None:
    """Return the reminder of a round at a moment, or None."""
    return session.scalars(
        select(Reminder).where(Reminder.round_id == round_id, Reminder.due_at == moment)
    ).first()


def objections(session: Session, since: datetime | None) -> list[Correction]:
    """Return the objections to changes of members' data, with their organisations; those since a moment."""
    query = (
        select(Correction).where(Correction.kind == "objection").options(joinedload(Correction.organisation))
    )
    if since is not None:
        query = query.where(Correction.asked_at >= since)
    return list(session.scalars(query.order_by(Correction.id)))


def last_done(session: Session, round_id: int) -> datetime | None:
    """Return when a reminder of a round last made any messages, or None."""
    query = select(func.max(Reminder.done_at)).where(Reminder.round_id == round_id, Reminder.queued > 0)
    return session.scalar(query)


def rounds_due(session: Session, now: datetime) -> list[str]:
    """Return the keys of rounds with a reminder that is due and not done."""
    due = session.scalars(
        select(Reminder)
        .where(Reminder.due_at <= now, Reminder.done_at.is_(None))
        .options(joinedload(Reminder.round))
        .order_by(Reminder.due_at)
    )
    return list(dict.fromkeys(each.round.key for each in due))


def closed_last(session: Session, *, example: bool) -> Round | None:
    """Return the closed round whose voting ended last, of examples or of others; None if there is none."""
    query = select(Round).where(Round.state.in_(("closed", "published")), Round.example.is_(example))
    return session.scalars(query.order_by(Round.closed_at.desc(), Round.id.desc())).first()


def voted(session: Session, round_id: int) -> dict[int, bool]:
    """Return whether each organisation of a round's roll has a ballot that is counted, by its number."""
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    query = (
        select(Seat.organisation_id, Ballot.id)
        .select_from(Seat)
        .outerjoin(CurrentBallot, counts)
        .outerjoin(Ballot, and_(Ballot.id == CurrentBallot.ballot_id, Ballot.abstains.is_(False)))
        .where(Seat.round_id == round_id)
    )
    return {number: ballot is not None for number, ballot in session.execute(query) if number is not None}
