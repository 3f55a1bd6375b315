"""Sessions of staff made older than they are, signed anew, as if their person had waited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform import accounts
from consulta.platform.models import SignedIn

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Work


def confirmed(work: Work, at: datetime) -> None:
    """Let every session have been confirmed at this moment."""
    for each in work.session.scalars(select(SignedIn).where(SignedIn.ended_at.is_(None))):
        each.confirmed_at = at
        accounts.sign(work, each)
