"""Rules of panels that the installation keeps under names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import PanelPreset, Staff

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def every(session: Session) -> list[tuple[PanelPreset, str | None]]:
    """Return all presets, by the title they were named with, and the name of the member of staff who kept it.

    That name is None for a preset that a command kept.
    """
    query = select(PanelPreset, Staff.name).outerjoin(Staff, Staff.id == PanelPreset.staff_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(PanelPreset.name_key))]


def find(session: Session, number: int) -> PanelPreset | None:
    """Return a preset, or None."""
    return session.get(PanelPreset, number)
