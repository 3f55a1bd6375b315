"""Focal points as rows, and the mails about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from consulta.platform.models import FocalPoint, Message, Organisation

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_LOCK = 4_701  # of PostgreSQL: one writer of terms at a time
HOLDING = ("asked", "accepted", "replaced")  # states in which a focal point holds its territory for its term


def hold(session: Session) -> None:
    """Let no other work change terms until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def find(session: Session, number: int, *, hold: bool = False) -> FocalPoint | None:
    """Return a focal point with its member, or None; with `hold` other writers of it wait."""
    query = _whole().where(FocalPoint.id == number)
    return session.scalars(query.with_for_update(of=FocalPoint) if hold else query).first()


def listed(session: Session) -> list[FocalPoint]:
    """Return all focal points, the newest first."""
    return list(session.scalars(_whole().order_by(FocalPoint.id.desc())))


def count_named(session: Session) -> int:
    """Return how many focal points wait for the secretariat."""
    return session.scalar(select(func.count()).where(FocalPoint.state == "named")) or 0


def of_organisation(session: Session, organisation_id: int) -> list[FocalPoint]:
    """Return the focal points that are of a member, the newest first."""
    query = _whole().where(FocalPoint.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(FocalPoint.id.desc())))


def of_territory(session: Session, territory: str) -> list[FocalPoint]:
    """Return the focal points of a territory, the newest first."""
    query = _whole().where(FocalPoint.territory == territory)
    return list(session.scalars(query.order_by(FocalPoint.id.desc())))


def in_term(session: Session, day: str) -> list[FocalPoint]:
    """Return the focal points that accepted, whose term holds on a day, of active members."""
    query = (
        _whole()
        .join(Organisation, Organisation.id == FocalPoint.organisation_id)
        .where(
            FocalPoint.state.in_(("accepted", "replaced")),
            FocalPoint.starts <= day,
            FocalPoint.ends >= day,
            Organisation.active,
        )
    )
    return list(session.scalars(query.order_by(FocalPoint.id)))


def organisation(session: Session, number: int) -> Organisation | None:
    """Return an organisation with its contacts, or None."""
    query = select(Organisation).where(Organisation.id == number).options(joinedload(Organisation.contacts))
    return session.scalars(query).unique().first()


def organisations(session: Session) -> list[tuple[int, str]]:
    """Return id and name of every active member."""
    query = select(Organisation.id, Organisation.name).where(Organisation.active)
    return [(number, name) for number, name in session.execute(query)]


def written(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these messages, by what must not be sent twice, there are already."""
    return set(session.scalars(select(Message.once).where(Message.once.in_(keys))))


def mails(session: Session, number: int) -> list[Message]:
    """Return the mails about a focal point, of whatever kind, the newest first."""
    query = select(Message).where(
        Message.round_id.is_(None),
        Message.facts["focal_point"].as_integer() == number,
    )
    return list(session.scalars(query.order_by(Message.id.desc())))


def _whole() -> Select[FocalPoint]:
    return select(FocalPoint).options(
        joinedload(FocalPoint.organisation), joinedload(FocalPoint.named_by), joinedload(FocalPoint.staff)
    )
