"""What requests for a new link ask of the rows: how often, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from consulta.platform.models import Attempt, LinkRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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


def add(session: Session, address: str, at: datetime, purpose: str) -> None:
    """Store a request that the worker is to answer."""
    session.add(LinkRequest(address=address, at=at, purpose=purpose))


def waiting(session: Session) -> list[int]:
    """Return the numbers of the requests not yet answered, the oldest first."""
    return list(session.scalars(select(LinkRequest.id).order_by(LinkRequest.id)))


def take(session: Session, number: int) -> tuple[str, str] | None:
    """Delete a request and return its address and purpose; None where it is already deleted."""
    query = delete(LinkRequest).where(LinkRequest.id == number)
    row = session.execute(query.returning(LinkRequest.address, LinkRequest.purpose)).first()
    return (row[0], row[1]) if row is not None else None
