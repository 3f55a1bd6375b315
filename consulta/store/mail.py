"""What the desk asks of the outbox: counts, the newest message of each contact, a contact's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from consulta.store.models import Contact, Delivery, Message, Organisation, Switch
from consulta.store.outbox import PAUSED

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

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


def newest_of_each(session: Session, round_id: int) -> dict[int, Message]:
    """Contact → the message of a round that was written to them last."""
    newest = (
        select(func.max(Message.id))
        .where(Message.round_id == round_id, Message.contact_id.is_not(None))
        .group_by(Message.contact_id)
    )
    found = session.scalars(select(Message).where(Message.id.in_(newest)))
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


def of_round(session: Session, round_id: int, number: int) -> Message | None:
    """One message of a round."""
    return session.scalars(select(Message).where(Message.round_id == round_id, Message.id == number)).first()


def contact(session: Session, contact_id: int) -> Contact | None:
    """A contact with the organisation, held."""
    query = select(Contact).where(Contact.id == contact_id).options(joinedload(Contact.organisation))
    return session.scalars(query.with_for_update(of=Contact)).first()


def with_addresses(session: Session, addresses: Sequence[str]) -> list[Contact]:
    """The active contacts of active organisations with one of these addresses."""
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Contact.email.in_(addresses), Contact.active, Organisation.active)
        .options(joinedload(Contact.organisation))
        .order_by(Contact.id)
    )
    return list(session.scalars(query.with_for_update(of=Contact)))


def cancel_waiting(session: Session, round_id: int, now: datetime, reason: str) -> int:
    """Take what waits of a round out of the queue, but for what is being sent; how many."""
    query = (
        update(Message)
        .where(
            Message.round_id == round_id,
            Message.state == "queued",
            Message.claimed_until.is_(None) | (Message.claimed_until <= now),
        )
        .values(
            state="cancelled", reason=reason, left_at=now, token=None, claimed_by=None, claimed_until=None
        )
        .returning(Message.id)
    )
    return len(session.scalars(query, execution_options={"synchronize_session": False}).all())


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
