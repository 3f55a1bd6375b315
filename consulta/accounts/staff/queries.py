"""What is read and written of accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.platform.door import queries as door
from consulta.platform.models import (
    Link,
    LogEntry,
    Message,
    Passkey,
    PendingAct,
    RecoveryCode,
    SignedIn,
    Staff,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


def people(session: Session) -> Sequence[Staff]:
    """Return all accounts, ordered by name."""
    return session.scalars(select(Staff).order_by(func.lower(Staff.name), Staff.id)).all()


def by_email(session: Session, email: str) -> Staff | None:
    """Return the account of an address, or None."""
    return session.scalars(select(Staff).where(Staff.email == email.strip().lower())).first()


def account(session: Session, staff_id: int) -> Staff | None:
    """Return an account, or None."""
    return session.get(Staff, staff_id)


def other_admins(session: Session, staff_id: int) -> int:
    """Return how many active administrators there are besides one account.

    They are held, so that two who end each other at the same moment do not leave none.
    """
    query = select(Staff.id).where(Staff.role == "admin", Staff.active).order_by(Staff.id).with_for_update()
    return sum(number != staff_id for number in session.scalars(query))


def active(session: Session, roles: Sequence[str]) -> Sequence[Staff]:
    """Return the active accounts with one of these roles, by number."""
    return session.scalars(select(Staff).where(Staff.role.in_(roles), Staff.active).order_by(Staff.id)).all()


def last_sign_in(session: Session, staff_id: int) -> datetime | None:
    """Return when the last session of an account began that did not stay at the first step."""
    return session.scalar(
        select(func.max(SignedIn.created_at)).where(
            SignedIn.staff_id == staff_id, SignedIn.factor != "waiting"
        )
    )


def changes_of_accounts(session: Session, actions: Sequence[str], since: datetime) -> list[tuple[int, int]]:
    """Return who did such acts to which other account later than `since`, by number, the oldest first.

    Acts of people alone. Of an act that one asked for and another confirmed there is a pair for each of them.
    """
    query = select(LogEntry.actor, LogEntry.subject, LogEntry.details).where(
        LogEntry.action.in_(actions), LogEntry.at > since.isoformat(timespec="microseconds")
    )
    found = []
    for actor, subject, details in session.execute(query.order_by(LogEntry.seq)):
        role, _, number = actor.partition(":")
        if role in {"mail", "secretariat", "admin"} and number.isdecimal():
            account = int(subject.partition(":")[2])
            both = {int(number), json.loads(details).get("asked_by", int(number))}
            found += [(each, account) for each in sorted(both - {account})]
    return found


def end_links(session: Session, purpose: str, staff_id: int, now: datetime) -> None:
    """End all links of an account that are in force."""
    door.end(session, now, Link.purpose == purpose, Link.subject_id == staff_id)


def remove_factors(session: Session, person: Staff) -> None:
    """Take all second factors from an account, recovery codes too."""
    person.second_factor, person.second_step = None, 0
    for table in (Passkey, RecoveryCode):  # row by row, so that no other row is sealed anew as it stands
        for each in session.scalars(select(table).where(table.staff_id == person.id)):
            session.delete(each)
    session.flush()
    session.expire(person, ["passkeys"])


def act(session: Session, number: int, *, hold: bool = False) -> PendingAct | None:
    """Return an act that was asked for, or None; `hold` keeps others from deciding it meanwhile."""
    return session.get(PendingAct, number, with_for_update=True if hold else None)


def waiting_acts(session: Session, now: datetime) -> Sequence[PendingAct]:
    """Return the acts that wait for another person, the oldest first."""
    query = select(PendingAct).where(
        PendingAct.state == "waiting", PendingAct.decided_at.is_(None), PendingAct.expires_at > now
    )
    return session.scalars(query.order_by(PendingAct.id)).all()


def mails(session: Session, keys: Sequence[str]) -> list[tuple[str, str]]:
    """Return of the mails with these keys which there are, each with its state."""
    query = select(Message.once, Message.state).where(Message.once.in_(keys))
    return [(once, state) for once, state in session.execute(query)]


def ended_acts(session: Session, since: datetime, until: datetime) -> Sequence[int]:
    """Return the acts whose time ended since a moment without another person; `decided_at` notes: told."""
    query = select(PendingAct.id).where(
        PendingAct.state == "waiting",
        PendingAct.decided_at.is_(None),
        PendingAct.expires_at > since,
        PendingAct.expires_at <= until,
    )
    return session.scalars(query.order_by(PendingAct.id)).all()
