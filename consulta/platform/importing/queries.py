"""Uploaded files: each function says what it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import load_only

from consulta.platform.models import ImportAnswer, Staff, Upload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def listed(session: Session, kind: str, round_id: int | None) -> list[tuple[Upload, str | None]]:
    """Return the files of a list, without their rows, and the names of the uploaders, the newest first."""
    query = (
        select(Upload, Staff.name)
        .outerjoin(Staff, Staff.id == Upload.staff_id)
        .options(
            load_only(
                Upload.filename, Upload.created_at, Upload.applied_at, Upload.undone_at, Upload.erased_at
            )
        )
        .where(Upload.kind == kind, Upload.round_id == round_id)
        .order_by(Upload.id.desc())
    )
    return [(upload, name) for upload, name in session.execute(query)]


def find(
    session: Session, kind: str, round_id: int | None, number: int, *, hold: bool = False
) -> tuple[Upload, str | None] | None:
    """Return an uploaded file with its rows and the name of the uploader, or None; locked with `hold`."""
    query = (
        select(Upload, Staff.name)
        .outerjoin(Staff, Staff.id == Upload.staff_id)
        .where(Upload.id == number, Upload.kind == kind, Upload.round_id == round_id)
    )
    row = session.execute(query.with_for_update(of=Upload) if hold else query).first()
    return None if row is None else (row[0], row[1])


def answers(session: Session, kind: str) -> list[ImportAnswer]:
    """Return what was said about columns and values of a list's files, in order of field and text."""
    query = select(ImportAnswer).where(ImportAnswer.kind == kind)
    return list(session.scalars(query.order_by(ImportAnswer.field, ImportAnswer.text)))


def keep_answer(session: Session, kind: str, field: str, text: str, written: str, meaning: str) -> None:
    """Keep what a column or a value means in place of what was said of it before; empty forgets it."""
    of = (ImportAnswer.kind == kind, ImportAnswer.field == field, ImportAnswer.text == text)
    session.execute(delete(ImportAnswer).where(*of))
    if meaning:
        session.add(ImportAnswer(kind=kind, field=field, text=text, written=written, meaning=meaning))
    session.flush()
