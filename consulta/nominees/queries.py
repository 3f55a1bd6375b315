"""The nominees of a round: people and institutions proposed for its panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.infra.models import Nominee

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def find(session: Session, round_id: int, key: str) -> Nominee | None:
    """Return the nominee of a round with this key, or None."""
    return session.scalars(select(Nominee).where(Nominee.round_id == round_id, Nominee.key == key)).first()
