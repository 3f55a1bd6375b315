"""The stored profile of the organiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Organiser, Round

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def stored(session: Session, *, hold: bool = False) -> Organiser | None:
    """Return the one row of the organiser, locked if `hold` is set; None if there is none."""
    asked = select(Organiser)
    return session.scalar(asked.with_for_update() if hold else asked)


def is_open(session: Session) -> bool:
    """Return whether a round is open."""
    return session.scalar(select(Round.id).where(Round.state == "open").limit(1)) is not None
