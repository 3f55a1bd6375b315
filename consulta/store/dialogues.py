"""What the desk and the public ask of sessions, and of who took part in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.store.models import Dialogue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, *, hold: bool = False) -> Dialogue | None:
    """The session of a round; held, other writers of it wait until this transaction ends."""
    query = select(Dialogue).where(Dialogue.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()
