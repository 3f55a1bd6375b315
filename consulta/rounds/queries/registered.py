"""Late registrations that took effect: the reasons that people read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.infra.models import Registration, Seat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text


def reasons(session: Session, round_id: int) -> Sequence[Text | None]:
    """Return the reason of each late seat of a round by language, in the order of the roll."""
    query = select(Registration.words).join(Seat, Seat.id == Registration.seat_id)
    return session.scalars(query.where(Registration.round_id == round_id).order_by(Seat.position)).all()
