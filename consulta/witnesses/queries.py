"""What pages of checkpoints read besides the checkpoints themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.core.rounds import State
from consulta.infra.models import Checkpoint, Cosignature, Head, Round, Timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def newest_of_witnesses(session: Session) -> dict[int, tuple[int, datetime]]:
    """Return by witness the size of the largest checkpoint that it cosigned, and when it cosigned last."""
    query = (
        select(Cosignature.witness_id, func.max(Checkpoint.size), func.max(Cosignature.time))
        .join(Checkpoint, Checkpoint.id == Cosignature.checkpoint_id)
        .group_by(Cosignature.witness_id)
    )
    return {witness: (size, at) for witness, size, at in session.execute(query)}


def taken_at(session: Session, checkpoint: Checkpoint) -> datetime:
    """Return when the head of a checkpoint was taken."""
    return session.get_one(Head, checkpoint.head_id).at


def stamps(session: Session, checkpoint_ids: list[int]) -> dict[int, list[Timestamp]]:
    """Return by checkpoint its time stamps."""
    query = select(Timestamp).where(Timestamp.checkpoint_id.in_(checkpoint_ids)).order_by(Timestamp.id)
    found: dict[int, list[Timestamp]] = {}
    for each in session.scalars(query):
        found.setdefault(each.checkpoint_id, []).append(each)
    return found


def stamp(session: Session, number: int) -> Timestamp | None:
    """Return a time stamp by its number, or None."""
    return session.get(Timestamp, number)


def is_example(session: Session) -> bool:
    """Return whether all rounds that opened are examples, and there is one."""
    query = select(Round.example).where(Round.state != State.DRAFT.value).distinct()
    return set(session.scalars(query)) == {True}
