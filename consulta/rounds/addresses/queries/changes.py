"""Changes of who may vote while a round is open: those that wait, and how far their notices have come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from consulta.platform.models import AccessChange, Contact, LogEntry, Message, Round, Seat, SeatAddress
from consulta.rounds.addresses.queries.notices import how_far

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.rounds.addresses.queries.notices import Told

UNDECIDED = ("waiting", "objected")
KIND = "access_asked"  # of the notices


def open_seats(session: Session, organisation_id: int) -> list[Seat]:
    """Return the seats of an organisation in rounds that are open, with their rounds; none withdrawn."""
    query = (
        select(Seat)
        .join(Seat.round)
        .where(Seat.organisation_id == organisation_id, Seat.withdrawn_at.is_(None), Round.state == "open")
        .options(contains_eager(Seat.round))
        .order_by(Seat.id)
    )
    return list(session.scalars(query))


def seats_of_round(session: Session, round_id: int) -> dict[int, Seat]:
    """Return the seats of a round by their organisations; none withdrawn."""
    query = (
        select(Seat)
        .where(Seat.round_id == round_id, Seat.withdrawn_at.is_(None))
        .options(joinedload(Seat.round))
    )
    return {each.organisation_id: each for each in session.scalars(query)}


def organisations_with_open_seats(session: Session, ids: Collection[int]) -> set[int]:
    """Return those of these organisations that have a seat in a round that is open."""
    query = select(Seat.organisation_id).join(Seat.round).where(Round.state == "open")
    return {each for each in session.scalars(query) if each in ids}


def find(session: Session, number: int, *, hold: bool = False) -> AccessChange | None:
    """Return a change with its seat, round, contact and the people of the secretariat in it."""
    query = _whole().where(AccessChange.id == number)
    return session.scalars(query.with_for_update(of=AccessChange) if hold else query).first()


def alone(session: Session, number: int) -> AccessChange | None:
    """Return a change without what `find` loads with it, or None."""
    return session.get(AccessChange, number)


def of_round(session: Session, round_id: int) -> list[AccessChange]:
    """Return the changes of a round, those that wait first, then the newest first."""
    waits = case((AccessChange.state.in_(UNDECIDED), 0), else_=1)
    query = _whole().where(Seat.round_id == round_id).order_by(waits, AccessChange.id.desc())
    return list(session.scalars(query))


def undecided(session: Session, seat_id: int, contact_id: int) -> list[AccessChange]:
    """Return what waits for a contact of a seat, or was stopped."""
    query = select(AccessChange).where(
        AccessChange.seat_id == seat_id,
        AccessChange.contact_id == contact_id,
        AccessChange.state.in_(UNDECIDED),
    )
    return list(session.scalars(query.with_for_update()))


def of_organisation(session: Session, organisation_id: int) -> list[AccessChange]:
    """Return what waits for the seats of an organisation in open rounds, or was stopped."""
    query = _whole().where(
        Seat.organisation_id == organisation_id,
        Round.state == "open",
        AccessChange.state.in_(UNDECIDED),
    )
    return list(session.scalars(query.order_by(AccessChange.id)))


def ended(session: Session, subject: str) -> set[int]:
    """Return the contacts whose access ended while a round was open, by the log's rows about it."""
    query = select(LogEntry.details).where(LogEntry.subject == subject, LogEntry.action == "access.ended")
    return {json.loads(details)["contact"] for details in session.scalars(query)}


def never_decided(session: Session) -> dict[int, AccessChange]:
    """Return the newest change of each contact whose present address was asked for and never let vote.

    Its round may be open still, or have closed before the change was decided.
    """
    was_let = exists().where(
        SeatAddress.contact_id == Contact.id,
        func.lower(SeatAddress.address) == func.lower(Contact.email),
        SeatAddress.votes,
    )
    query = (
        _whole()
        .join(Contact, Contact.id == AccessChange.contact_id)
        .where(AccessChange.state.in_(UNDECIDED), AccessChange.address == Contact.email)
        .where(Contact.active, Contact.may_vote, ~was_let)
        .order_by(AccessChange.id)
    )
    return {each.contact_id: each for each in session.scalars(query)}


def due(session: Session, now: datetime) -> list[int]:
    """Return the changes whose wait has ended or that are confirmed, in rounds that take votes."""
    query = (
        select(AccessChange.id)
        .join(AccessChange.seat)
        .join(Seat.round)
        .where(
            or_(
                and_(AccessChange.state == "waiting", AccessChange.due_at <= now),
                and_(AccessChange.state.in_(UNDECIDED), AccessChange.confirmed_at.is_not(None)),
            )
        )
        .where(Round.state == "open", Round.closes_at > now)
    )
    return list(session.scalars(query.order_by(AccessChange.id)))


def was_objected(session: Session, seat_id: int) -> bool:
    """Return whether any change of this seat has been objected to."""
    query = select(AccessChange.id).where(
        AccessChange.seat_id == seat_id, AccessChange.objected_at.is_not(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def told(session: Session, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of these changes have come."""
    return how_far(session, KIND, "change", ids)


def is_told(session: Session, change: AccessChange) -> bool:
    """Return whether a notice of a change was sent to an address that could vote at the opening.

    Where no such address is left but the one that would get the link, a notice sent to any address
    suffices.
    """
    on_file = select(func.lower(SeatAddress.address)).where(
        SeatAddress.seat_id == change.seat_id,
        SeatAddress.at_opening,
        SeatAddress.votes,
        func.lower(SeatAddress.address) != func.lower(change.address),
    )
    voters = set(session.scalars(on_file))
    taken = select(func.lower(Message.address)).where(
        Message.kind == KIND,
        Message.facts["change"].as_integer() == change.id,
        Message.state == "sent",
    )
    reached = set(session.scalars(taken))
    return bool(reached & voters) if voters else bool(reached)


def count_undecided(session: Session, round_key: str) -> int:
    """Return how many changes of an open round wait, or were stopped."""
    query = (
        select(func.count())
        .select_from(AccessChange)
        .join(AccessChange.seat)
        .join(Seat.round)
        .where(Round.key == round_key, Round.state == "open", AccessChange.state.in_(UNDECIDED))
    )
    return session.scalar(query) or 0


def _whole() -> Select[AccessChange]:
    return (
        select(AccessChange)
        .join(AccessChange.seat)
        .join(Seat.round)
        .options(
            contains_eager(AccessChange.seat).contains_eager(Seat.round),
            joinedload(AccessChange.contact),
            joinedload(AccessChange.staff),
            joinedload(AccessChange.decided_by),
            joinedload(AccessChange.objected_by),
        )
    )
