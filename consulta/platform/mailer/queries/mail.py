"""What the desk asks of the outbox: counts, the newest message of each contact, a contact's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, case, exists, func, literal, not_, or_, select, update
from sqlalchemy.orm import aliased, defer, joinedload

from consulta.platform.listing import alphabetical, by_name, page_of, says
from consulta.platform.log import seals
from consulta.platform.mailer.queries.outbox import PAUSED, RESTORED
from consulta.platform.models import (
    GATEWAY,
    MAIL,
    Contact,
    CurrentBallot,
    Delivery,
    Message,
    Organisation,
    Round,
    Seat,
    Switch,
)
from consulta.platform.models.conditions import may_get_links, still_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

    from consulta.platform.listing import Found, Wanted


CLOSING = 421  # answer of a server that closes the connection: it is about no single recipient
OWN = "consulta: "  # begins what this program, and not a server, says of an attempt
OF_MAIL = Message.channel == MAIL  # what goes to a number is told apart: it says nothing of an address
_UNREAD = (defer(Message.body), defer(Message.subject), defer(Message.facts), defer(Message.token))


class Waiting(NamedTuple):
    """What waits to be sent in all rounds."""

    messages: int
    oldest_due: datetime | None


def counts(session: Session, round_id: int) -> list[tuple[str, str, int]]:
    """Return how many messages of a round there are, by kind and state."""
    query = (
        select(Message.kind, Message.state, func.count())
        .where(Message.round_id == round_id, OF_MAIL)
        .group_by(Message.kind, Message.state)
    )
    return [(kind, state, count) for kind, state, count in session.execute(query)]


def to_numbers(session: Session, round_id: int) -> dict[str, int]:
    """Return how many messages of a round go to numbers, by state."""
    query = select(Message.state, func.count()).where(
        Message.round_id == round_id, Message.channel == GATEWAY
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Message.state))}


def failed_at_numbers(session: Session, round_id: int) -> list[Message]:
    """Return the messages of a round to numbers that failed and that no later one made good, by contact."""
    later = aliased(Message)
    made_good = exists().where(
        later.round_id == round_id,
        later.contact_id == Message.contact_id,
        later.channel == GATEWAY,
        later.id > Message.id,
        later.state != "cancelled",
    )
    query = select(Message).where(
        Message.round_id == round_id, Message.channel == GATEWAY, Message.state == "failed", ~made_good
    )
    related = (joinedload(Message.contact), joinedload(Message.seat), *_UNREAD)
    return list(session.scalars(query.order_by(Message.id).options(*related)))


def waiting(session: Session, now: datetime) -> Waiting:
    """Return how many messages wait, and since when the one that has been due longest."""
    count = session.scalar(select(func.count()).where(Message.state == "queued")) or 0
    oldest = session.scalar(
        select(func.min(Message.due_at)).where(Message.state == "queued", Message.due_at <= now)
    )
    return Waiting(count, oldest)


def last_attempt(session: Session) -> Delivery | None:
    """Return the newest attempt to send any message, or None."""
    query = select(Delivery).join(Message, Message.id == Delivery.message_id).where(OF_MAIL)
    return session.scalars(query.order_by(Delivery.at.desc(), Delivery.id.desc()).limit(1)).first()


def nothing_leaves_since(session: Session) -> datetime | None:
    """Return since when the mail server has taken nothing of what waits, though it was tried.

    None where it takes mail, or nothing was tried since it last did.
    A refusal for good is an answer too. Where only one message was put off, by an answer about its own
    recipient (4xx), that one alone waits.
    """
    answered = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.outcome.in_(("sent", "refused")), OF_MAIL)
        .order_by(Delivery.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    code = Delivery.code
    whole = or_(code.is_(None), not_(code.between(400, 499)), code == CLOSING)
    since, messages, failures = session.execute(
        select(
            func.min(Delivery.at),
            func.count(Delivery.message_id.distinct()),
            func.sum(case((whole, 1), else_=0)),
        )
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.id > func.coalesce(answered, 0),
            Delivery.outcome == "later",
            Delivery.said.not_like(f"{OWN}%"),
            Message.state == "queued",
            OF_MAIL,
        )
    ).one()
    return since if failures or messages > 1 else None


def newest_of_each(session: Session, round_id: int, kind: str = "") -> dict[int, Message]:
    """Return a mapping from contact id to the newest message of a round to that contact.

    With `kind` only messages of that kind are considered.
    """
    newest = (
        select(func.max(Message.id))
        .where(Message.round_id == round_id, Message.contact_id.is_not(None), OF_MAIL)
        .group_by(Message.contact_id)
    )
    if kind:
        newest = newest.where(Message.kind == kind)
    found = session.scalars(select(Message).where(Message.id.in_(newest)).options(*_UNREAD))
    return {each.contact_id: each for each in found if each.contact_id is not None}


def told(session: Session, round_id: int, kind: str = "") -> list[Contact]:
    """Return the active contacts to whom mail of a round was written, in the order of their organisations.

    With `kind` only mail of that kind is considered; mail that was called off is not.
    """
    about = select(Message.contact_id).where(Message.round_id == round_id, Message.state != "cancelled")
    if kind:
        about = about.where(Message.kind == kind)
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Contact.id.in_(about), Contact.active)
        .options(joinedload(Contact.organisation))
        .order_by(Organisation.name, Contact.id)
    )
    return list(session.scalars(query))


def of_kind(session: Session, round_id: int, kind: str) -> list[Message]:
    """Return the messages of a round of one kind, in any state, the oldest first."""
    query = select(Message).where(Message.round_id == round_id, Message.kind == kind, OF_MAIL)
    return list(session.scalars(query.order_by(Message.id).options(*_UNREAD)))


def lines(
    session: Session, round_id: int, *where: ColumnElement[bool], kind: str = ""
) -> list[tuple[Seat, Contact, Message | None, bool, str]]:
    """Return the contacts who may vote for the seats of a round for whom all of `where` holds.

    Each comes with the seat, the newest message to it (of `kind`, if given), whether the seat has voted, and
    the condition of mail to it, in the order of the roll; also those whose address waits for a change.
    """
    query = _lines(round_id, kind).where(*where).order_by(Seat.position, Contact.id)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(query)]


def lines_wanted(
    session: Session,
    round_id: int,
    wanted: Wanted,
    names: Mapping[str, Mapping[str, str]],
    told: Callable[[Seat, Contact, Message | None, bool, str], Any],
) -> Found:
    """Return those lines that `wanted` names, each as `told` makes it; without an order in that of the roll.

    They are chosen by `state` (the condition), `country` and `kind`, which leaves out contacts without a
    message of that kind. They are sorted by `organisation`, `contact` and `at`, by `country` and `kind` as
    the words in `names` are, and by `state` in the order in which these stand there.
    """
    kind = wanted.choice("kind")
    chosen = {"state": CONDITION, "country": Seat.country}
    where = [chosen[key] == wanted.choice(key) for key in chosen if wanted.choice(key)]
    where += [Message.id.is_not(None)] if kind else []
    if wanted.text:
        where.append(says(wanted.text, Seat.name, Contact.name, Contact.email))
    states = {state: place for place, state in enumerate(names.get("state", ()))}
    sorts = {
        "organisation": (alphabetical(Seat.name, wanted.language),),
        "contact": (alphabetical(Contact.name, wanted.language),),
        "country": (by_name(Seat.country, names.get("country", {}), wanted.language),),
        "kind": (by_name(Message.kind, names.get("kind", {}), wanted.language),),
        "state": (case(states, value=CONDITION, else_=len(states)) if states else literal(0),),
        "at": (case((Message.id.is_(None), 0), else_=1), func.coalesce(Message.left_at, Message.due_at)),
    }
    ties = (*([alphabetical(Seat.name, wanted.language)] if wanted.sort else []), Seat.position, Contact.id)
    return page_of(session, _lines(round_id, kind), wanted, where, sorts, ties, told)


CONDITION = case(
    (not_(may_get_links()), "held"),
    (Contact.bounced_at.is_not(None), "bounced"),
    (Contact.paused, "paused"),
    (Message.id.is_(None), "none"),
    (and_(Message.state == "queued", func.coalesce(Message.said, "") != ""), "retrying"),
    (Message.state == "queued", "waiting"),
    else_=Message.state,
)
"""The condition of mail to a contact, in a row with its newest message; its words: `rounds.pages.letters`."""

MAY_BE_LOST = or_(
    Contact.bounced_at.is_not(None),
    Message.state == "failed",
    and_(Message.state == "queued", Message.tried_at.is_not(None)),
)
"""The condition that mail may not reach a contact: only of such lines the answers of servers are read."""


def _lines(round_id: int, kind: str) -> Select[*tuple[Any, ...]]:
    newest = (
        select(Message.contact_id, func.max(Message.id).label("last"))
        .where(Message.round_id == round_id, Message.contact_id.is_not(None), OF_MAIL)
        .group_by(Message.contact_id)
    )
    if kind:
        newest = newest.where(Message.kind == kind)
    last = newest.subquery()
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    return (
        select(Seat, Contact, Message, CurrentBallot.seat_id.is_not(None), CONDITION)
        .select_from(Seat)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .outerjoin(last, last.c.contact_id == Contact.id)
        .outerjoin(Message, Message.id == last.c.last)
        .outerjoin(CurrentBallot, counts)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote)
        .options(*_UNREAD)
    )


def voters_told(session: Session, round_id: int, kind: str) -> tuple[int, int, int]:
    """Return how many seats have voted, how many contacts they have, and how many of these had `kind`."""
    told = exists().where(
        Message.round_id == round_id, Message.contact_id == Contact.id, Message.kind == kind
    )
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    query = (
        select(func.count(Seat.id.distinct()), func.count(), func.count(case((told, 1))))
        .select_from(Seat)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .join(CurrentBallot, counts)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote)
    )
    seats, contacts, written = session.execute(query).one()
    return seats, contacts, written


def history(session: Session, round_id: int, contact_id: int) -> list[Message]:
    """Return all messages of a round to a contact, the newest first."""
    query = select(Message).where(Message.round_id == round_id, Message.contact_id == contact_id)
    sealed = defer(Message.token, raiseload=True)  # no page of the desk may read it
    return list(session.scalars(query.order_by(Message.id.desc()).options(sealed)))


def attempts(session: Session, messages: Collection[int]) -> dict[int, list[Delivery]]:
    """Return a mapping from message id to its attempts, in their order."""
    found: dict[int, list[Delivery]] = {}
    query = select(Delivery).where(Delivery.message_id.in_(messages)).order_by(Delivery.id)
    for each in session.scalars(query):
        found.setdefault(each.message_id, []).append(each)
    return found


def messages_to_missed_contacts(session: Session, round_id: int) -> list[tuple[Message, bool]]:
    """Return the messages of a round to contacts who missed one, each with whether a server took it.

    A contact missed a message that failed, or that was sent to another address than the present one. The
    oldest message comes first; each has its contact. Cancelled messages and those without a seat, from
    before the vote, are left out. A server may have taken a message although its worker could not record
    that in time.
    """
    elsewhere = and_(
        Message.state == "sent",
        ~Message.to_address,
        func.lower(Message.address) != func.lower(Contact.email),
    )
    missed = (
        select(Message.contact_id)
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.round_id == round_id, or_(Message.state == "failed", elsewhere), OF_MAIL)
    )
    taken = exists().where(Delivery.message_id == Message.id, Delivery.outcome == "sent")
    query = (
        select(Message, taken)
        .where(Message.round_id == round_id, Message.contact_id.in_(missed), Message.state != "cancelled")
        .where(
            Message.seat_id.is_not(None), OF_MAIL
        )  # what came before the vote is written anew from its own page
        .options(
            joinedload(Message.contact),
            joinedload(Message.seat).joinedload(Seat.current),
            defer(Message.body),
            defer(Message.subject),
        )
    )
    return [(message, was_taken) for message, was_taken in session.execute(query.order_by(Message.id))]


def of_round(session: Session, round_id: int, number: int) -> Message | None:
    """Return one message of a round, or None."""
    return session.scalars(select(Message).where(Message.round_id == round_id, Message.id == number)).first()


def contact(session: Session, contact_id: int) -> Contact | None:
    """Return a contact with the organisation, locked for this transaction, or None."""
    query = select(Contact).where(Contact.id == contact_id).options(joinedload(Contact.organisation))
    return session.scalars(query.with_for_update(of=Contact)).first()


def cancel_waiting(session: Session, round_id: int, now: datetime, reason: str, *, owed: bool = False) -> int:
    """Cancel the waiting messages of a round, except those being sent; return how many.

    Receipts and notices about who may vote are owed to every address on file: they are cancelled only
    with `owed`.
    """
    mine = and_(
        Message.round_id == round_id,
        or_(literal(owed), ~Message.to_address),
        Message.claimed_until.is_(None) | (Message.claimed_until <= now),
    )
    return _cancel(session, mine, now, reason)


def last_message(session: Session) -> int:
    """Return the number of the newest message; 0 where there is none."""
    return session.scalar(select(func.max(Message.id))) or 0


def waiting_until(session: Session, last: int) -> dict[tuple[str, bool], int]:
    """Return how many messages up to the number `last` wait, by kind and by whether they are owed."""
    query = (
        select(Message.kind, Message.to_address, func.count())
        .where(Message.state == "queued", Message.id <= last)
        .group_by(Message.kind, Message.to_address)
    )
    return {(kind, owed): count for kind, owed, count in session.execute(query)}


def cancel_waiting_until(session: Session, last: int, now: datetime, reason: str) -> int:
    """Cancel the messages up to the number `last` that wait, of all rounds and of none; return how many.

    Receipts and notices about who may vote are owed to every address on file: they stay.
    """
    return _cancel(session, and_(Message.id <= last, ~Message.to_address), now, reason)


def release_all(session: Session) -> None:
    """End the holding of mail after a restore."""
    found = session.get(Switch, RESTORED)
    if found is not None:
        session.delete(found)
        session.flush()


def _cancel(session: Session, which: ColumnElement[bool], now: datetime, reason: str) -> int:
    query = (
        update(Message)
        .where(Message.state == "queued", which)
        .values(
            state="cancelled", reason=reason, left_at=now, token=None, claimed_by=None, claimed_until=None
        )
        .returning(Message.id, Message.state, Message.reason)
    )
    dropped = session.execute(query, execution_options={"synchronize_session": False}).mappings().all()
    seals.touch(session, ["mail.dropped"], dropped)
    return len(dropped)


def switch(session: Session, now: datetime, *, paused: bool) -> bool:
    """Pause all mail, or resume it; return whether that changed anything."""
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
    """Return the seats of a roll for which no contact can vote, so that no mail is sent to them."""
    can_vote = exists().where(
        Contact.organisation_id == Seat.organisation_id, Contact.active, Contact.may_vote
    )
    query = select(Seat).where(Seat.round_id == round_id, ~can_vote)
    return list(session.scalars(query.order_by(Seat.position)))


def at_addresses(session: Session, addresses: Sequence[str]) -> list[Contact]:
    """Return the active contacts at these addresses (lower case), with their organisations."""
    query = (
        select(Contact)
        .where(func.lower(Contact.email).in_(addresses), Contact.active)
        .options(joinedload(Contact.organisation))
        .order_by(Contact.email, Contact.id)
    )
    return list(session.scalars(query))


def not_marked(session: Session, ids: Collection[int]) -> list[int]:
    """Return which of these contacts are not marked as bounced."""
    query = select(Contact.id).where(Contact.id.in_(ids), Contact.bounced_at.is_(None))
    return list(session.scalars(query.order_by(Contact.id)))


def filed(session: Session, round_id: int, wanted: Wanted) -> Found:
    """Return the mails of a round that were written to files and that `wanted` names, the newest first.

    They are chosen by `kind` and sorted by `at`; words are looked for in the subject and the address.
    """
    query = (
        select(Message)
        .where(Message.round_id == round_id, Message.transport == "file")
        .options(joinedload(Message.contact), joinedload(Message.seat), defer(Message.body))
    )
    where = [Message.kind == wanted.choice("kind")] if wanted.choice("kind") else []
    if wanted.text:
        where.append(says(wanted.text, func.coalesce(Message.subject, ""), Message.address))
    return page_of(
        session, query, wanted, where, {"at": (Message.id,)}, (Message.id.desc(),), lambda message: message
    )


def plain(
    session: Session,
    wanted: Wanted,
    names: Mapping[str, Mapping[str, str]],
    told: Callable[[Message], Any],
) -> Found:
    """Return the mails about no round that wait or failed and that `wanted` names, the newest first.

    They are chosen by `kind` and by `state`, and sorted by `at` and by `kind` as the words in `names` are.
    """
    query = (
        select(Message)
        .where(Message.round_id.is_(None), Message.state.in_(("queued", "failed")))
        .options(defer(Message.body), defer(Message.subject), defer(Message.token))
    )
    chosen = {"kind": Message.kind, "state": Message.state}
    where = [chosen[key] == wanted.choice(key) for key in chosen if wanted.choice(key)]
    sorts = {"at": (Message.id,), "kind": (by_name(Message.kind, names.get("kind", {}), wanted.language),)}
    return page_of(session, query, wanted, where, sorts, (Message.id.desc(),), told)


def undelivered() -> ScalarSelect[int]:
    """Return a subquery: to how many contacts of a round mail has failed, or is known to bounce."""
    newest = aliased(Message)
    last = (
        select(func.max(newest.id))
        .where(newest.round_id == Round.id, newest.contact_id == Contact.id, newest.channel == MAIL)
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


def unwritten(session: Session, round_id: int, kind: str) -> list[Contact]:
    """Return the contacts who may vote and have no mail of this kind in a round, sent or queued."""
    written = select(Message.contact_id).where(
        Message.round_id == round_id,
        Message.kind == kind,
        Message.state.in_(("queued", "sent")),
        Message.contact_id.is_not(None),
        OF_MAIL,
    )
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Organisation.active, Contact.active, Contact.may_vote, Contact.id.not_in(written))
        .order_by(Contact.id)
    )
    return list(session.scalars(query))
