"""Uploaded files: each function says what it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import load_only

from consulta.infra.models import Staff, Upload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def listed(session: Session, kind: str, round_id: int | None, limit: int) -> list[tuple[Upload, str | None]]:
    """Return the newest files of a list, without their rows, and the names of the uploaders."""
    query = (
        select(Upload, Staff.name)
        .outerjoin(Staff, Staff.id == Upload.staff_id)
        .options(load_only(Upload.filename, Upload.created_at, Upload.applied_at, Upload.undone_at))
        .where(Upload.kind == kind, Upload.round_id == round_id)
        .order_by(Upload.id.desc())
        .limit(limit)
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
