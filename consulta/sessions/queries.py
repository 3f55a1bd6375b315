"""Who took part in sessions, and which factsheets are public."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select

from consulta.platform.log import seals
from consulta.platform.models import Attendance, Dialogue, Document, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

ANSWERS = ("organisation", "country", "sector", "gender")


def published_factsheets(session: Session, key: str | None = None) -> list[Row[str, bool, str]]:
    """Return key, example flag and document of each public factsheet, newest session first.

    With `key` only that of one round.
    """
    query = (
        select(Round.key, Round.example, Document.content)
        .join(Dialogue, Dialogue.round_id == Round.id)
        .join(
            Document,
            (Document.round_id == Round.id)
            & (Document.kind == "factsheet")
            & (Document.version == Dialogue.factsheet_version),
        )
        .order_by(Dialogue.starts_at.desc(), Round.id.desc())
    )
    return list(session.execute(query if key is None else query.where(Round.key == key)))


def published(session: Session, round_id: int) -> Document | None:
    """Return the document of a round's public factsheet, or None."""
    query = select(Document).join(Dialogue, Dialogue.round_id == Document.round_id)
    newest = Document.version == Dialogue.factsheet_version
    return session.scalars(
        query.where(Document.round_id == round_id, Document.kind == "factsheet", newest)
    ).first()


def people(session: Session, dialogue_id: int) -> list[Attendance]:
    """Return all attendance rows of a session, in the order in which they were entered."""
    query = select(Attendance).where(Attendance.dialogue_id == dialogue_id)
    return list(session.scalars(query.order_by(Attendance.id)))


def state_of(session: Session, dialogue_id: int) -> str:
    """Return a digest of the attendance list; it differs after every change."""
    listed = [[each.id, *(getattr(each, name) for name in ANSWERS)] for each in people(session, dialogue_id)]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def add(session: Session, dialogue_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Write so many people down."""
    if rows:
        session.execute(insert(Attendance), [{**row, "dialogue_id": dialogue_id} for row in rows])
        seals.touch_list(session, dialogue_id)


def clear(session: Session, dialogue_id: int) -> None:
    """Delete all rows of the attendance list."""
    session.execute(delete(Attendance).where(Attendance.dialogue_id == dialogue_id))
    seals.touch_list(session, dialogue_id)


def remove(session: Session, dialogue_id: int, attendance_id: int) -> bool:
    """Take one person off the list; whether there was one."""
    found = session.get(Attendance, attendance_id)
    if found is None or found.dialogue_id != dialogue_id:
        return False
    session.delete(found)
    return True
