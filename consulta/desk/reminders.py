"""Reminders: only to seats that have not voted, at hours planned by the secretariat, or now.

This module decides when a reminder may be sent. Whether a seat has voted is checked twice: when the
reminder is written, and when it is sent (`letters`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.models import Reminder, Round
from consulta.rounds import notices
from consulta.rounds.service import hold, known, require_voting, subject

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work

APART = timedelta(hours=24)  # two reminders closer than that need to be confirmed


def list_reminders(work: Work, round_key: str) -> list[Reminder]:
    """Return the reminders planned for a round and those that have passed. Problem: `round.unknown`."""
    require(work, "mail.read")
    return of_round(work.session, known(work, round_key).id)


def plan_reminder(work: Work, round_key: str, local: str) -> int:
    """Plan a reminder at an hour of the round's zone, and return its number.

    Problems: `round.unknown`, `round.not_open` (neither draft nor open), those of `deadlines.resolve`,
    `plan.past`, `reminder.late` (not before the deadline), `reminder.twice`.
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    if found.state not in {State.DRAFT, State.OPEN}:
        raise Problem("round.not_open", key=found.key)
    due_at = deadlines.resolve(local, found.zone)
    if due_at <= work.now:
        raise Problem("plan.past")
    if due_at >= found.closes_at:
        raise Problem("reminder.late")
    if _is_moment(work, found, due_at):
        raise Problem("reminder.twice")
    made = Reminder(round_id=found.id, local=local, due_at=due_at)
    work.session.add(made)
    work.session.flush()
    work.record("reminders.planned", subject(found), {"local": local, "zone": found.zone})
    return made.id


def plan_usual(work: Work, round_key: str) -> list[datetime]:
    """Plan the usual reminders of a round that are to come; return when all go that are planned now.

    Problems: those of `plan_reminder`.
    """
    found = hold(work, round_key)
    taken = {each.local for each in of_round(work.session, found.id)}
    for _days, local, _at in deadlines.reminders(found.closes_local, found.zone, work.now, taken):
        plan_reminder(work, round_key, local)
    return planned_for(work, found)


def planned_for(work: Work, found: Round) -> list[datetime]:
    """Return when the reminders that are planned for a round go."""
    return [each.due_at for each in of_round(work.session, found.id) if each.done_at is None]


def remove_reminder(work: Work, round_key: str, number: int) -> None:
    """Give up a planned moment. Problems: `round.unknown`, `reminder.unknown` (none, or kept already)."""
    require(work, "mail.write")
    found = hold(work, round_key)
    query = select(Reminder).where(Reminder.round_id == found.id, Reminder.id == number)
    planned = work.session.scalars(query).first()
    if planned is None or planned.done_at is not None:
        raise Problem("reminder.unknown")
    work.session.delete(planned)
    work.record("reminders.removed", subject(found), {"local": planned.local, "zone": found.zone})


def last_reminder(work: Work, round_key: str) -> tuple[datetime | None, bool]:
    """Return when the last reminder went, and whether another one now needs to be confirmed.

    Problems: `round.unknown`, `round.not_open`.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    require_voting(work, found)
    last_at = last_done(work.session, found.id)
    return last_at, _is_recent(work, last_at)


def remind_now(work: Work, round_key: str, *, confirmed: bool = False) -> int:
    """Queue a reminder for every contact of a seat that has not voted, and return how many.

    Within 24 hours of the last reminder `confirmed` is needed.
    Problems: `round.unknown`, `round.not_open`, `reminder.recent` (not confirmed, or one at this same
    moment), `reminder.nobody` (no contact to remind).
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    require_voting(work, found)
    at_once = _is_moment(work, found, work.now)  # sent twice: one reminder
    if at_once or (not confirmed and _is_recent(work, last_done(work.session, found.id))):
        raise Problem("reminder.recent", hours=APART // timedelta(hours=1))
    queued = notices.remind(work, found, work.now)
    if not queued:
        raise Problem("reminder.nobody")
    local = deadlines.local(work.now, found.zone)
    work.session.add(
        Reminder(round_id=found.id, local=local, due_at=work.now, done_at=work.now, queued=queued)
    )
    work.record("reminders.sent", subject(found), {"count": queued})
    return queued


# -- done by the worker


def due_rounds(work: Work) -> list[str]:
    """Return the keys of the rounds in which a planned reminder is due."""
    query = (
        select(Round.key)
        .join(Reminder, Reminder.round_id == Round.id)
        .where(Reminder.due_at <= work.now, Reminder.done_at.is_(None))
        .order_by(Reminder.due_at)
    )
    return list(dict.fromkeys(work.session.scalars(query)))


def remind_as_planned(work: Work, round_key: str) -> int | None:
    """Send one reminder for all planned moments that have come; return how many contacts get it.

    Return None if there is no such moment, for instance because another worker did it. In a round that
    is not open, the moments are marked as done, no reminder is sent, and 0 is returned.
    """
    require(work, "mail.send")
    found = hold(work, round_key)
    due = [r for r in of_round(work.session, found.id) if r.done_at is None and r.due_at <= work.now]
    if not due:
        return None
    is_open = found.state == State.OPEN and work.now < found.closes_at
    queued = notices.remind(work, found, due[-1].due_at) if is_open else 0
    for each in due:
        each.done_at, each.queued = work.now, 0
    due[-1].queued = queued
    work.record("reminders.sent", subject(found), {"count": queued})
    return queued


def _is_recent(work: Work, last_at: datetime | None) -> bool:
    return last_at is not None and work.now - last_at < APART


def of_round(session: Session, round_id: int) -> list[Reminder]:
    """Return all moments of reminding of a round, in their order."""
    return list(
        session.scalars(select(Reminder).where(Reminder.round_id == round_id).order_by(Reminder.due_at))
    )


def last_done(session: Session, round_id: int) -> datetime | None:
    """Return when a reminder of a round last made any messages, or None."""
    query = select(func.max(Reminder.done_at)).where(Reminder.round_id == round_id, Reminder.queued > 0)
    return session.scalar(query)


def _is_moment(work: Work, found: Round, moment: datetime) -> bool:
    """Return whether a round has a reminder at this moment."""
    query = select(Reminder.id).where(Reminder.round_id == found.id, Reminder.due_at == moment)
    return work.session.scalar(query) is not None
