"""What pages of checkpoints read besides the checkpoints themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.core.rounds import State
from consulta.platform.models import (
    Checkpoint,
    Cosignature,
    Head,
    Message,
    Round,
    Scrutineer,
    Staff,
    Timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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


# -- heads for scrutineers


def scrutineers(session: Session) -> list[tuple[Staff, frozenset[str]]]:
    """Return the scrutineers whose account is open, each with the keys of their rounds."""
    query = (
        select(Staff, Round.key)
        .join(Scrutineer, Scrutineer.staff_id == Staff.id)
        .join(Round, Round.id == Scrutineer.round_id)
        .where(Staff.active)
        .order_by(Staff.id, Round.key)
    )
    found: dict[int, tuple[Staff, set[str]]] = {}
    for person, key in session.execute(query):
        found.setdefault(person.id, (person, set()))[1].add(key)
    return [(person, frozenset(keys)) for person, keys in found.values()]


def secretariat(session: Session) -> list[Staff]:
    """Return the people of the secretariat whose account is open."""
    query = select(Staff).where(Staff.role.in_(("secretariat", "admin")), Staff.active).order_by(Staff.id)
    return list(session.scalars(query))


def heads_of_acts(session: Session, since: datetime) -> list[tuple[Head, str]]:
    """Return the heads taken at openings, closings and publications since then, each with its round's key."""
    query = (
        select(Head, Round.key)
        .join(Round, Round.id == Head.round_id)
        .where(Head.reason.in_(("opening", "closing", "publication")), Head.at >= since)
        .order_by(Head.id)
    )
    return [(head, key) for head, key in session.execute(query)]


def newest_head(session: Session) -> Head | None:
    """Return the head that was taken last, or None."""
    return session.scalars(select(Head).order_by(Head.id.desc()).limit(1)).first()


def open_rounds(session: Session) -> list[str]:
    """Return the keys of the rounds that take votes."""
    query = select(Round.key).where(Round.state == State.OPEN.value).order_by(Round.key)
    return list(session.scalars(query))


def written(session: Session, once: Collection[str]) -> set[str]:
    """Return which of these messages are there."""
    return set(session.scalars(select(Message.once).where(Message.once.in_(once))))


def last_told(session: Session, staff_id: int, kind: str) -> int:
    """Return the number of the last head that messages of a kind told a person of; 0 where none did."""
    query = select(Message.facts).where(Message.kind == kind, Message.once.like(f"{kind}:%:{staff_id}"))
    told = session.scalars(query.order_by(Message.id.desc()).limit(1)).first()
    return max(told["heads"], default=0) if told else 0


def heads_after(session: Session, before: int, until: int, most: int) -> list[Head]:
    """Return the newest heads after one and up to another, at most so many, the oldest first."""
    query = select(Head).where(Head.id > min(before, until - 1), Head.id <= until)
    return list(session.scalars(query.order_by(Head.id.desc()).limit(most)))[::-1]


def heads(session: Session, numbers: Sequence[int]) -> list[Head]:
    """Return heads by their numbers, the oldest first."""
    return list(session.scalars(select(Head).where(Head.id.in_(numbers)).order_by(Head.id)))
