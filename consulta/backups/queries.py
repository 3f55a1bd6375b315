"""What is asked of the database before a backup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.infra.models import LogEntry, Round

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def last_closing(session: Session) -> datetime | None:
    """Return when a round closed last; None where none did."""
    return session.scalar(select(func.max(Round.closed_at)))


def last_told(session: Session, act: str) -> dict[str, Any]:
    """Return the details of the last row of the log about an act; empty where there is none."""
    query = select(LogEntry.details).where(LogEntry.action == act).order_by(LogEntry.seq.desc()).limit(1)
    details = session.scalar(query)
    return dict(json.loads(details)) if details else {}
