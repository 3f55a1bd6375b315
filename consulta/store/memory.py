"""The rounds that had a panel, the newest first, and the panels that count for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.store.models import Document, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def with_panel(session: Session, *, example: bool, but: int | None = None) -> list[Round]:
    """Rounds for which some panel was kept, with their nominees, the one that closed last first."""
    query = (
        select(Round)
        .where(
            Round.example == example,
            Round.state.in_(("closed", "published")),
            Round.id.in_(select(Document.round_id).where(Document.kind == "panel")),
        )
        .options(selectinload(Round.nominees))
        .order_by(Round.closed_at.desc(), Round.id.desc())
    )
    return list(session.scalars(query if but is None else query.where(Round.id != but)))


def panels(session: Session, round_ids: Sequence[int]) -> list[Document]:
    """Every panel that was kept of these rounds, the newest of each first."""
    query = select(Document).where(Document.kind == "panel", Document.round_id.in_(round_ids))
    return list(session.scalars(query.order_by(Document.round_id, Document.version.desc())))
