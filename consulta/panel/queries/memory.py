"""The rounds that had a panel, the newest first, the panels that count for each, and who is invited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.platform.models import Dialogue, Document, Invitation, Nominee, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def with_panel(session: Session, *, example: bool, but: int | None = None) -> list[Round]:
    """Return the rounds that have a stored panel, with their nominees, the last closed first.

    Only closed and published rounds count; `example` selects examples or real rounds; `but` is left out.
    """
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
    """Return every panel stored for these rounds, the newest of each round first."""
    query = select(Document).where(Document.kind == "panel", Document.round_id.in_(round_ids))
    return list(session.scalars(query.order_by(Document.round_id, Document.version.desc())))


def states(session: Session, round_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the states of invitations to these rounds' panels: round → nominee's key → state."""
    query = (
        select(Invitation.round_id, Nominee.key, Invitation.state)
        .join(Nominee, Nominee.id == Invitation.nominee_id)
        .where(Invitation.round_id.in_(round_ids))
    )
    found: dict[int, dict[str, str]] = {}
    for row in session.execute(query):
        found.setdefault(row.round_id, {})[row.key] = row.state
    return found


def cancelled(session: Session, round_ids: Sequence[int]) -> set[int]:
    """Return which of the rounds have a cancelled session."""
    query = select(Dialogue.round_id).where(Dialogue.round_id.in_(round_ids), Dialogue.cancelled)
    return set(session.scalars(query))


def drafts(session: Session, *, example: bool) -> list[Round]:
    """Return the rounds in preparation, with their nominees."""
    query = select(Round).where(Round.example == example, Round.state == "draft")
    return list(session.scalars(query.options(selectinload(Round.nominees)).order_by(Round.id)))


def invited(session: Session, round_id: int) -> dict[str, str]:
    """Return a mapping from nominee key to the state of the invitation, of all who are invited."""
    query = (
        select(Nominee.key, Invitation.state)
        .join(Invitation, Invitation.nominee_id == Nominee.id)
        .where(Invitation.round_id == round_id)
        .order_by(Invitation.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
