"""The log: one row an act, each holding the digest of the row before it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from consulta.store.models import LogEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

START = "0" * 64
_LOCK = 0x636F6E73  # any fixed number: writers of the log wait for one another on it


def _digest(seq: int, at: str, actor: str, action: str, subject: str, details: str, previous: str) -> str:
    row = [seq, at, actor, action, subject, details, previous]
    canonical = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def append(
    session: Session, at: datetime, actor: str, action: str, subject: str, details: Mapping[str, object]
) -> LogEntry:
    """Write the next row; the row commits together with what it tells of."""
    session.flush()  # what it tells of takes its locks first: no two writers can wait for each other
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.scalars(select(LogEntry).order_by(LogEntry.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.digest) if last else (1, START)
    canonical = json.dumps(dict(details), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    moment = at.isoformat(timespec="microseconds")
    entry = LogEntry(
        seq=seq,
        at=moment,
        actor=actor,
        action=action,
        subject=subject,
        details=canonical,
        previous=previous,
        digest=_digest(seq, moment, actor, action, subject, canonical, previous),
    )
    session.add(entry)
    session.flush()
    return entry


def entries(session: Session, subject: str | None = None, limit: int = 500) -> list[LogEntry]:
    """The newest rows first, of one subject where asked."""
    query = select(LogEntry).order_by(LogEntry.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(LogEntry.subject == subject)
    return list(session.scalars(query))


def breaks(session: Session) -> Iterator[int]:
    """Numbers of the rows whose digest, or whose link to the row before, does not hold."""
    previous, expected = START, 1
    for row in session.scalars(select(LogEntry).order_by(LogEntry.seq)).yield_per(1000):
        digest = _digest(row.seq, row.at, row.actor, row.action, row.subject, row.details, row.previous)
        if row.seq != expected or row.previous != previous or row.digest != digest:
            yield row.seq
        previous, expected = row.digest, row.seq + 1
