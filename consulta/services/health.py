"""Whether the service can do its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from consulta.services.work import Work


def answers(work: Work) -> bool:
    """Whether the database answers."""
    return bool(work.session.scalar(text("SELECT 1")) == 1)
