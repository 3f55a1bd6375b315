"""Who is a scrutineer of which round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Round, Scrutineer, Staff

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def people(session: Session) -> list[Staff]:
    """Return all people who can be appointed as scrutineers, by name."""
    return list(
        session.scalars(select(Staff).where(Staff.role == "scrutineer").order_by(Staff.name, Staff.id))
    )


def of_round(session: Session, round_id: int) -> list[Staff]:
    """Return the scrutineers of a round, by name."""
    query = select(Staff).join(Scrutineer, Scrutineer.staff_id == Staff.id)
    return list(session.scalars(query.where(Scrutineer.round_id == round_id).order_by(Staff.name, Staff.id)))


def find(session: Session, round_id: int, staff_id: int) -> Scrutineer | None:
    """Return the appointment of a person to a round, or None."""
    return session.get(Scrutineer, (round_id, staff_id))


def rounds_of(session: Session, staff_id: int) -> list[Round]:
    """Return the rounds of a scrutineer, the newest first."""
    query = select(Round).join(Scrutineer, Scrutineer.round_id == Round.id)
    return list(
        session.scalars(
            query.where(Scrutineer.staff_id == staff_id).order_by(Round.created_at.desc(), Round.id)
        )
    )
