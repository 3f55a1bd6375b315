"""What the desk asks of the outbox: counts, the newest message of each contact, a contact's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, exists, func, literal, or_, select, update
from sqlalchemy.orm import aliased, defer, joinedload

from consulta.infra import seals
from consulta.infra.models import Contact, Delivery, Message, Round, Seat, Switch
from consulta.mailer.queries.outbox import PAUSED

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session


class Waiting(NamedTuple):
    """What waits to be sent in all rounds."""

    messages: int
    oldest_due: datetime | None


def counts(session: Session, round_id: int) -> list[tuple[str, str, int]]:
    """How many messages of a round there are of each kind in each state."""
    query = (
        select(Message.kind, Message.state, func.count())
        .where(Message.round_id == round_id)
        .group_by(Message.kind, Message.state)
    )
    return [(kind, state, count) for kind, state, count in session.execute(query)]


def waiting(session: Session, now: datetime) -> Waiting:
    """How many messages wait, and since when the one that has been due longest."""
    count = session.scalar(select(func.count()).where(Message.state == "queued")) or 0
    oldest = session.scalar(
        select(func.min(Message.due_at)).where(Message.state == "queued", Message.due_at <= now)
    )
    return Waiting(count, oldest)


def last_attempt(session: Session) -> Delivery | None:
    """The newest attempt to send anything."""
    return session.scalars(select(Delivery).order_by(Delivery.at.desc(), Delivery.id.desc()).limit(1)).first()


def newest_of_each(session: Session, round_id: int, kind: str = "") -> dict[int, Message]:
    """Contact → the message of a round that was written to them last: of a kind, or of any."""
    newest = (
        select(func.max(Message.id))
        .where(Message.round_id == round_id, Message.contact_id.is_not(None))
        .group_by(Message.contact_id)
    )
    if kind:
        newest = newest.where(Message.kind == kind)
    unread = (defer(Message.body), defer(Message.subject), defer(Message.facts), defer(Message.token))
    found = session.scalars(select(Message).where(Message.id.in_(newest)).options(*unread))
    return {each.contact_id: each for each in found if each.contact_id is not None}


def history(session: Session, round_id: int, contact_id: int) -> list[Message]:
    """All messages of a round to a contact, the newest first."""
    query = select(Message).where(Message.round_id == round_id, Message.contact_id == contact_id)
    return list(session.scalars(query.order_by(Message.id.desc())))


def attempts(session: Session, messages: Collection[int]) -> dict[int, list[Delivery]]:
    """Message → its attempts, in their order."""
    found: dict[int, list[Delivery]] = {}
    query = select(Delivery).where(Delivery.message_id.in_(messages)).order_by(Delivery.id)
    for each in session.scalars(query):
        found.setdefault(each.message_id, []).append(each)
    return found


def of_unlucky(session: Session, round_id: int) -> list[tuple[Message, bool]]:
    """What was written in a round to contacts whom something missed, each with whether a server took it.

    That is what failed, or went to another address than theirs. The oldest first, with whom each was for;
    without what was called off. A server may have taken what its worker could not say in time.
    """
    elsewhere = and_(
        Message.state == "sent",
        ~Message.to_address,
        func.lower(Message.address) != func.lower(Contact.email),
    )
    missed = (
        select(Message.contact_id)
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.round_id == round_id, or_(Message.state == "failed", elsewhere))
    )
    taken = exists().where(Delivery.message_id == Message.id, Delivery.outcome == "sent")
    query = (
        select(Message, taken)
        .where(Message.round_id == round_id, Message.contact_id.in_(missed), Message.state != "cancelled")
        .where(Message.seat_id.is_not(None))  # what came before the vote is written anew from its own page
        .options(
            joinedload(Message.contact),
            joinedload(Message.seat).joinedload(Seat.current),
            defer(Message.body),
            defer(Message.subject),
        )
    )
    return [(message, was_taken) for message, was_taken in session.execute(query.order_by(Message.id))]


def of_round(session: Session, round_id: int, number: int) -> Message | None:
    """One message of a round."""
    return session.scalars(select(Message).where(Message.round_id == round_id, Message.id == number)).first()


def contact(session: Session, contact_id: int) -> Contact | None:
    """A contact with the organisation, held."""
    query = select(Contact).where(Contact.id == contact_id).options(joinedload(Contact.organisation))
    return session.scalars(query.with_for_update(of=Contact)).first()


def cancel_waiting(session: Session, round_id: int, now: datetime, reason: str, *, owed: bool = False) -> int:
    """Take what waits of a round out of the queue, but for what is being sent; how many.

    Receipts and notices about who may vote are owed to every address on file: they go only where `owed` says.
    """
    query = (
        update(Message)
        .where(
            Message.round_id == round_id,
            Message.state == "queued",
            or_(literal(owed), ~Message.to_address),
            Message.claimed_until.is_(None) | (Message.claimed_until <= now),
        )
        .values(
            state="cancelled", reason=reason, left_at=now, token=None, claimed_by=None, claimed_until=None
        )
        .returning(Message.id, Message.state, Message.reason)
    )
    dropped = session.execute(query, execution_options={"synchronize_session": False}).mappings().all()
    seals.touch(session, ["mail.dropped"], dropped)
    return len(dropped)


def switch(session: Session, now: datetime, *, paused: bool) -> bool:
    """Pause all mail or let it go on; whether that changed anything."""
    found = session.get(Switch, PAUSED)
    if paused == (found is not None):
        return False
    if found is None:
        session.add(Switch(name=PAUSED, at=now))
    else:
        session.delete(found)
    session.flush()
    return True


# -- pages


def silent_seats(session: Session, round_id: int) -> list[Seat]:
    """The seats of a roll for which nobody can vote: no mail goes to them at all."""
    can_vote = exists().where(
        Contact.organisation_id == Seat.organisation_id, Contact.active, Contact.may_vote
    )
    query = select(Seat).where(Seat.round_id == round_id, ~can_vote)
    return list(session.scalars(query.order_by(Seat.position)))


def at_addresses(session: Session, addresses: Sequence[str]) -> list[Contact]:
    """The active contacts at these addresses, given in small letters, with their organisations."""
    query = (
        select(Contact)
        .where(func.lower(Contact.email).in_(addresses), Contact.active)
        .options(joinedload(Contact.organisation))
        .order_by(Contact.email, Contact.id)
    )
    return list(session.scalars(query))


def not_marked(session: Session, ids: Collection[int]) -> list[int]:
    """Which of these contacts are not marked as not reached."""
    query = select(Contact.id).where(Contact.id.in_(ids), Contact.bounced_at.is_(None))
    return list(session.scalars(query.order_by(Contact.id)))


def count_filed(session: Session, round_id: int) -> int:
    """How many mails of a round became files."""
    query = select(func.count()).where(Message.round_id == round_id, Message.transport == "file")
    return session.scalar(query) or 0


def filed(session: Session, round_id: int, first: int, most: int) -> list[Message]:
    """Mails of a round that became files, the newest first, with whom they went to."""
    query = (
        select(Message)
        .where(Message.round_id == round_id, Message.transport == "file")
        .options(joinedload(Message.contact), joinedload(Message.seat), defer(Message.body))
        .order_by(Message.id.desc())
        .offset(first)
        .limit(most)
    )
    return list(session.scalars(query))


def undelivered() -> ScalarSelect[int]:
    """A subquery: to how many contacts of a round mail was refused, or is known not to come through."""
    newest = aliased(Message)
    last = (
        select(func.max(newest.id))
        .where(newest.round_id == Round.id, newest.contact_id == Contact.id)
        .correlate(Round, Contact)
        .scalar_subquery()
    )
    return (
        select(func.count())
        .select_from(Seat)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .outerjoin(Message, Message.id == last)
        .where(
            Seat.round_id == Round.id,
            Contact.active,
            Contact.may_vote,
            or_(Contact.bounced_at.is_not(None), Message.state == "failed"),
        )
        .correlate(Round)
        .scalar_subquery()
    )
