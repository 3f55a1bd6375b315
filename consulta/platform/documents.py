"""Finished documents of a round: written once, then read unchanged."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from consulta.platform.models import Document, Round

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def keep(session: Session, round_id: int, kind: str, content: str, at: datetime) -> Document:
    """Store `content` as the next version of its kind."""
    query = select(func.max(Document.version)).where(Document.round_id == round_id, Document.kind == kind)
    document = Document(
        round_id=round_id,
        kind=kind,
        version=(session.scalar(query) or 0) + 1,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        created_at=at,
    )
    session.add(document)
    session.flush()
    return document


def find(session: Session, round_id: int, kind: str, version: int | None = None) -> Document | None:
    """Return a version of a document, by default the newest; None where there is none.

    The newest is not one of before a reopening, which no longer holds. The newest panel is one that was
    chosen on the newest count: a later count needs a panel of its own.
    """
    query = select(Document).where(Document.round_id == round_id, Document.kind == kind)
    if version is not None:
        query = query.where(Document.version == version)
    else:
        query = query.where(still_holds())
        if kind == "panel":
            query = query.where(Document.id > newest_count())
    return session.scalars(query.order_by(Document.version.desc()).limit(1)).first()


def digest(session: Session, round_id: int, kind: str) -> str | None:
    """Return the digest of the newest version of a document; None where there is none."""
    query = select(Document.sha256).where(Document.round_id == round_id, Document.kind == kind, still_holds())
    return session.scalars(query.order_by(Document.version.desc()).limit(1)).first()


def first(session: Session, round_id: int, kind: str) -> Document | None:
    """Return the first version that is not withdrawn: that of the first count after the closing."""
    query = select(Document).where(Document.round_id == round_id, Document.kind == kind, still_holds())
    return session.scalars(query.order_by(Document.version).limit(1)).first()


def last_id(session: Session, round_id: int) -> int:
    """Return the id of the last document of a round, 0 where it has none."""
    return session.scalar(select(func.max(Document.id)).where(Document.round_id == round_id)) or 0


def still_holds() -> ColumnElement[bool]:
    """Return an expression for whether a query's document is of after the last reopening of its round."""
    void = select(Round.void_until).where(Round.id == Document.round_id)
    return Document.id > void.correlate(Document).scalar_subquery()


def newest_count() -> ColumnElement[int]:
    """Return an expression for the id of the newest result of the enclosing query's round.

    It is 0 where the round has no result.
    """
    result = aliased(Document)
    query = select(func.max(result.id)).where(result.round_id == Document.round_id, result.kind == "result")
    return func.coalesce(query.correlate(Document).scalar_subquery(), 0)


def every(session: Session, round_id: int, kind: str) -> list[Document]:
    """Return all versions of a document, the oldest first."""
    query = select(Document).where(Document.round_id == round_id, Document.kind == kind)
    return list(session.scalars(query.order_by(Document.version)))


def of_published(
    session: Session, kind: str, *, example: bool | None = None, until: datetime | None = None
) -> list[tuple[int, str]]:
    """Return round id and newest document of a kind for each published round closed by `until`.

    `until` None sets no limit. `example` selects either examples or real rounds; None selects both.
    """
    newest = (
        select(Document.round_id, func.max(Document.version).label("version"))
        .where(Document.kind == kind)
        .group_by(Document.round_id)
        .subquery()
    )
    query = (
        select(Document.round_id, Document.content)
        .join(newest, (Document.round_id == newest.c.round_id) & (Document.version == newest.c.version))
        .join(Round, Round.id == Document.round_id)
        .where(Document.kind == kind, Round.state == "published")
        .order_by(Document.round_id)
    )
    if example is not None:
        query = query.where(Round.example == example)
    if until is not None:
        query = query.where(Round.closed_at <= until)
    return [(row.round_id, row.content) for row in session.execute(query)]
