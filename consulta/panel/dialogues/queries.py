"""The session of a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Dialogue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, *, hold: bool = False) -> Dialogue | None:
    """Return the session of a round, or None; with `hold` other writers wait for this transaction."""
    query = select(Dialogue).where(Dialogue.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()
