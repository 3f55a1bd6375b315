"""What is asked of the database before a backup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.platform.models import LogEntry, Practice, Round

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


def end_practices(session: Session, now: datetime) -> list[int]:
    """Mark what was made to practise as deleted, and return which: it is in a place that no backup holds."""
    found = session.scalars(select(Practice).where(Practice.live.is_(True)).order_by(Practice.id)).all()
    for row in found:
        row.state, row.live, row.deleted_at, row.title, row.asked = "deleted", None, now, "", {}
    return [row.id for row in found]
