"""What is asked of the database for the figures of the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import DateTime, and_, func, or_, select, text
from sqlalchemy.orm import selectinload

from consulta.core.rounds import State
from consulta.platform.models import (
    Ballot,
    Beat,
    Checkpoint,
    Cosignature,
    Head,
    Message,
    Round,
    Scrutineer,
    Staff,
    Witness,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

WORKER = "worker"


class Mail(NamedTuple):
    """How many messages there are in each state, and the first moment at which one of them was due."""

    waiting: int
    due: int
    oldest_due: datetime | None
    failed: int


UNCONFIRMED = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()"
    " AND clock_timestamp() - state_change > interval '10 seconds'"
)


def takes_writes(session: Session) -> bool:
    """Return whether the database takes changes; of PostgreSQL it is asked, for it may be a standby.

    Nor does it where changes wait for a standby that must confirm them and does not, for ten seconds.
    """
    if session.get_bind().dialect.name != "postgresql":
        session.execute(text("SELECT 1"))
        return True
    if session.scalar(text("SHOW transaction_read_only")) != "off":
        return False
    return not session.scalar(text(f"SELECT pg_is_in_recovery() OR EXISTS ({UNCONFIRMED})"))


def clock(session: Session) -> datetime | None:
    """Return the present moment by the clock of the database's machine; None of SQLite, which has none."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    return session.scalar(select(func.clock_timestamp(type_=DateTime(timezone=True))))


def beat(session: Session) -> datetime | None:
    """Return when a worker was last seen; None where none ever was."""
    return session.scalar(select(Beat.at).where(Beat.name == WORKER))


def keep_beat(session: Session, at: datetime) -> None:
    """Keep that a worker was seen at a moment."""
    session.merge(Beat(name=WORKER, at=at))


def rounds(session: Session) -> list[tuple[str, int]]:
    """Return how many rounds there are in each state."""
    query = select(Round.state, func.count()).group_by(Round.state).order_by(Round.state)
    return [(state, count) for state, count in session.execute(query)]


def votes(session: Session, before: datetime) -> list[tuple[str, int]]:
    """Return how many votes, each version counted, rounds that have opened took before a moment."""
    query = (
        select(Round.key, func.count(Ballot.id))
        .outerjoin(Ballot, and_(Ballot.round_id == Round.id, Ballot.cast_at < before))
        .where(Round.opened_at.is_not(None), Round.state != State.CANCELLED.value)
        .group_by(Round.key)
        .order_by(Round.key)
    )
    return [(key, count) for key, count in session.execute(query)]


def mail(session: Session, now: datetime) -> Mail:
    """Return how much mail waits, is due and failed."""
    queued = Message.state == "queued"
    waiting = session.scalar(select(func.count()).where(queued)) or 0
    due, oldest = session.execute(
        select(func.count(), func.min(Message.due_at)).where(queued, Message.due_at <= now)
    ).one()
    failed = session.scalar(select(func.count()).where(Message.state == "failed")) or 0
    return Mail(waiting, due, oldest, failed)


def newest_head(session: Session) -> datetime | None:
    """Return when the newest head of the log was taken."""
    return session.scalar(select(func.max(Head.at)))


def newest_checkpoint(session: Session) -> datetime | None:
    """Return when the newest head that is signed was taken."""
    return session.scalar(select(func.max(Head.at)).join(Checkpoint, Checkpoint.head_id == Head.id))


def newest_cosigned(session: Session) -> datetime | None:
    """Return when the newest head was taken that a witness, not ended, has cosigned."""
    return session.scalar(
        select(func.max(Head.at))
        .join(Checkpoint, Checkpoint.head_id == Head.id)
        .join(Cosignature, Cosignature.checkpoint_id == Checkpoint.id)
        .join(Witness, Witness.id == Cosignature.witness_id)
        .where(Witness.ended_at.is_(None))
    )


class Administrator(NamedTuple):
    """An administrator who can sign in: whether there is a second step."""

    id: int
    second_step: bool


def administrators(session: Session) -> list[Administrator]:
    """Return the administrators whose account is open and begun."""
    query = (
        select(Staff)
        .where(Staff.role == "admin", Staff.active, Staff.password_hash.startswith("$argon2"))
        .options(selectinload(Staff.passkeys))
        .order_by(Staff.id)
    )
    return [
        Administrator(each.id, each.second_factor is not None or bool(each.passkeys))
        for each in session.scalars(query)
    ]


def open_accounts(session: Session, addresses: Iterable[str]) -> list[str]:
    """Return which of these addresses have an account that is open, in order."""
    query = select(Staff.email).where(Staff.email.in_(list(addresses)), Staff.active).order_by(Staff.email)
    return list(session.scalars(query))


def witnesses(session: Session) -> int:
    """Return how many witnesses are registered and not ended."""
    return session.scalar(select(func.count()).select_from(Witness).where(Witness.ended_at.is_(None))) or 0


def rounds_without_scrutineers(session: Session) -> list[str]:
    """Return the keys of rounds that are open, or will open at an hour, without a scrutineer who can sign in.

    That is one whose account is open and begun.
    """
    able = (
        select(Scrutineer.round_id)
        .join(Staff, Staff.id == Scrutineer.staff_id)
        .where(Staff.active, Staff.password_hash.startswith("$argon2"))
    )
    query = (
        select(Round.key)
        .where(
            or_(
                Round.state == State.OPEN.value,
                and_(Round.state == State.DRAFT.value, Round.opens_at.is_not(None)),
            ),
            Round.id.not_in(able),
        )
        .order_by(Round.key)
    )
    return list(session.scalars(query))
