"""Late registrations that took effect: the reasons that people read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Registration, Seat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text


def reasons(session: Session, round_id: int) -> Sequence[tuple[Text, Text | None]]:
    """Return why each late seat was registered, and withdrawn if it was, by language, in the roll's order."""
    query = select(Registration.words, Registration.withdrawal).join(Seat, Seat.id == Registration.seat_id)
    ordered = query.where(Registration.round_id == round_id).order_by(Seat.position)
    return [(row.words, row.withdrawal) for row in session.execute(ordered)]
