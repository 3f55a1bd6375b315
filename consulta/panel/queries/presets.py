"""Rules of panels that the house keeps under a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.infra.models import PanelPreset, Staff

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def every(session: Session) -> list[tuple[PanelPreset, str | None]]:
    """All of them, by title, each with the name of who kept it."""
    query = select(PanelPreset, Staff.name).outerjoin(Staff, Staff.id == PanelPreset.staff_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(PanelPreset.name_key))]
