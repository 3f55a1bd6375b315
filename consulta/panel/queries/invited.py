"""Invitations of a round as rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from consulta.platform.models import Invitation, InvitationEvent


def of_round(session: Session, round_id: int, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of a round in the order of their creation, with people and steps."""
    query = (
        select(Invitation)
        .where(Invitation.round_id == round_id)
        .options(
            joinedload(Invitation.nominee),
            selectinload(Invitation.events).joinedload(InvitationEvent.words),
        )
        .order_by(Invitation.id)
    )
    return list(session.scalars(query.with_for_update(of=Invitation) if hold else query))
