"""Which published versions of a round were replaced by later ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import ReplacedVersion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, what: str) -> list[ReplacedVersion]:
    """Return the versions of a panel, or of figures, that were replaced, in the order of the replacements."""
    query = select(ReplacedVersion).where(ReplacedVersion.round_id == round_id, ReplacedVersion.what == what)
    return list(session.scalars(query.order_by(ReplacedVersion.id)))
