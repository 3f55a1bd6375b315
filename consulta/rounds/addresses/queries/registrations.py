"""Late registrations: those that wait, how far their notices have come, and the seats that they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.platform.models import Ballot, Organisation, Registration, Round, Seat
from consulta.rounds.addresses.queries.notices import how_far

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.rounds.addresses.queries.notices import Told

UNDECIDED = ("waiting", "stopped")
KIND = "staff_notice"  # of the notices


def find(session: Session, number: int, *, hold: bool = False) -> Registration | None:
    """Return a late registration with its round, organisation and the people in it."""
    query = _whole().where(Registration.id == number)
    return session.scalars(query.with_for_update(of=Registration) if hold else query).first()


def of_round(session: Session, round_id: int) -> list[Registration]:
    """Return the late registrations of a round, those that wait first, then the newest first."""
    waits = case((Registration.state.in_(UNDECIDED), 0), else_=1)
    query = _whole().where(Registration.round_id == round_id).order_by(waits, Registration.id.desc())
    return list(session.scalars(query))


def due(session: Session, now: datetime) -> list[int]:
    """Return the late registrations whose wait has ended or that are confirmed, in rounds that take votes."""
    query = (
        select(Registration.id)
        .join(Registration.round)
        .where(
            or_(
                and_(Registration.state == "waiting", Registration.due_at <= now),
                and_(Registration.state.in_(UNDECIDED), Registration.confirmed_at.is_not(None)),
            )
        )
        .where(Round.state == "open", Round.closes_at > now)
    )
    return list(session.scalars(query.order_by(Registration.id)))


def told(session: Session, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of these late registrations have come."""
    return how_far(session, KIND, "registration", ids)


def without_seat(session: Session, round_id: int) -> list[Organisation]:
    """Return the active organisations that have no seat in a round and wait for none, by name."""
    taken = select(Seat.organisation_id).where(Seat.round_id == round_id)
    asked = select(Registration.organisation_id).where(
        Registration.round_id == round_id, Registration.state.in_(UNDECIDED)
    )
    query = (
        select(Organisation)
        .where(Organisation.active, Organisation.id.not_in(taken), Organisation.id.not_in(asked))
        .options(selectinload(Organisation.contacts))
        .order_by(Organisation.name, Organisation.id)
    )
    return list(session.scalars(query))


def roll(session: Session, round_id: int) -> list[Seat]:
    """Return the seats of a round in their order, locked until this unit of work ends."""
    query = select(Seat).where(Seat.round_id == round_id).order_by(Seat.position).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def sent_nothing(session: Session, round_id: int) -> set[int]:
    """Return the seats from which no ballot came, not even one that was replaced since; none withdrawn."""
    sent = select(Ballot.seat_id).where(Ballot.round_id == round_id)
    query = select(Seat.id).where(Seat.round_id == round_id, Seat.withdrawn_at.is_(None))
    return set(session.scalars(query.where(Seat.id.not_in(sent))))


def count_undecided(session: Session, round_key: str) -> int:
    """Return how many late registrations of an open round wait, or were stopped."""
    query = (
        select(func.count())
        .select_from(Registration)
        .join(Registration.round)
        .where(Round.key == round_key, Round.state == "open", Registration.state.in_(UNDECIDED))
    )
    return session.scalar(query) or 0


def _whole() -> Select[Registration]:
    return select(Registration).options(
        joinedload(Registration.round),
        joinedload(Registration.organisation),
        joinedload(Registration.staff),
        joinedload(Registration.stopped_by),
        joinedload(Registration.decided_by),
    )
