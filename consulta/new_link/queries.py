"""What requests for a new link ask of the rows: how often, what waits, and who may vote at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from consulta.addresses.queries.addresses import may_get_links
from consulta.infra.models import Attempt, Contact, LinkRequest, Round, Seat

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def attempts(session: Session, subject: str, since: datetime) -> int:
    """Return how many attempts were noted for `subject` since then."""
    query = select(func.count()).where(Attempt.subject_sha256 == subject, Attempt.at > since)
    return session.scalar(query) or 0


def note(session: Session, subjects: Iterable[str], at: datetime) -> None:
    """Store one attempt for each of these subjects."""
    session.add_all(Attempt(subject_sha256=subject, at=at) for subject in subjects)


def forget_attempts(session: Session, until: datetime) -> None:
    """Delete the attempts up to `until`, which are too old to be counted."""
    session.execute(delete(Attempt).where(Attempt.at <= until))


def add(session: Session, address: str, at: datetime) -> None:
    """Store a request that the worker is to answer."""
    session.add(LinkRequest(address=address, at=at))


def waiting(session: Session) -> list[int]:
    """Return the numbers of the requests not yet answered, the oldest first."""
    return list(session.scalars(select(LinkRequest.id).order_by(LinkRequest.id)))


def take(session: Session, number: int) -> str | None:
    """Delete a request and return its address; None where it is already deleted."""
    return session.scalar(delete(LinkRequest).where(LinkRequest.id == number).returning(LinkRequest.address))


def voters_at(session: Session, address: str, now: datetime) -> list[tuple[Seat, Contact]]:
    """Return the seats for which contacts with this address may vote now, with those contacts."""
    return _voters(session, func.lower(Contact.email) == address, now)


def seats_of(session: Session, contact_id: int, now: datetime) -> list[tuple[Seat, Contact]]:
    """Return the seats for which this contact may vote now, with the contact."""
    return _voters(session, Contact.id == contact_id, now)


def _voters(session: Session, who: ColumnElement[bool], now: datetime) -> list[tuple[Seat, Contact]]:
    query = (
        select(Seat, Contact)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .join(Round, Round.id == Seat.round_id)
        .where(who, Contact.active, Contact.may_vote, may_get_links())
        .where(Round.state == "open", Round.closes_at > now)
        .order_by(Seat.round_id, Seat.position, Contact.id)
    )
    return [(seat, contact) for seat, contact in session.execute(query)]
