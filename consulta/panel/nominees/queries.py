"""The nominees of a round: people and institutions proposed for its panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Nominee

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def find(session: Session, round_id: int, key: str) -> Nominee | None:
    """Return the nominee of a round with this key, or None."""
    return session.scalars(select(Nominee).where(Nominee.round_id == round_id, Nominee.key == key)).first()


def reached_before(session: Session, but: int, role: str, country: str) -> list[Nominee]:
    """Return nominees of other rounds with a role and a country who may be written to, the newest first."""
    query = select(Nominee).where(
        Nominee.round_id != but,
        Nominee.role == role,
        Nominee.country == country,
        Nominee.consent_contact,
        Nominee.email != "",
    )
    return list(session.scalars(query.order_by(Nominee.id.desc())))
