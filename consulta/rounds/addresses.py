"""The addresses on file for the seats of a round."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from consulta.platform.data.dimensions import is_among
from consulta.platform.log import seals
from consulta.platform.models import (
    AccessChange,
    Ballot,
    Contact,
    FormerAddress,
    Link,
    LogEntry,
    Message,
    Organisation,
    Registration,
    Round,
    Seat,
    SeatAddress,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.platform.work import Work


# Statements of every vote are made once: making and naming one costs more than running it.
_OF_ROUND = (
    select(SeatAddress)
    .join(SeatAddress.seat)
    .join(SeatAddress.contact)
    .where(Seat.round_id == bindparam("round"))
    .options(contains_eager(SeatAddress.seat), contains_eager(SeatAddress.contact))
    .order_by(Seat.position, SeatAddress.id)
)
_OF_SEAT = _OF_ROUND.where(SeatAddress.seat_id == bindparam("seat"))
_ON_FILE = (
    select(SeatAddress)
    .join(SeatAddress.seat)
    .join(SeatAddress.contact)
    .where(SeatAddress.seat_id == bindparam("seat"))
    .options(contains_eager(SeatAddress.seat), contains_eager(SeatAddress.contact))
    .order_by(SeatAddress.id)
)
_PRESENT = (func.lower(SeatAddress.address) == func.lower(Contact.email), SeatAddress.votes)
_ALLOWED = (
    select(SeatAddress.seat_id, SeatAddress.contact_id)
    .join(Contact, Contact.id == SeatAddress.contact_id)
    .join(Seat, Seat.id == SeatAddress.seat_id)
    .where(
        *_PRESENT,
        Seat.withdrawn_at.is_(None),
        SeatAddress.seat_id.in_(bindparam("seats", expanding=True)),
    )
)


def _of_contact(seat: Any, contact: Any) -> Select[str]:
    """Return the statement for a contact's name, where its present address is one of those of a seat."""
    query = select(Contact.name).join(SeatAddress, SeatAddress.contact_id == Contact.id)
    where = (*_PRESENT, SeatAddress.seat_id == seat, SeatAddress.contact_id == contact)
    return query.where(*where).limit(1)


def _voter(seat: Any, contact: Any) -> Select[str]:
    """Return the statement for the name of a contact who may vote for a seat now: see `voter_of`."""
    query = _of_contact(seat, contact).join(Seat, Seat.id == SeatAddress.seat_id)
    return query.where(Contact.active, Contact.may_vote, Seat.withdrawn_at.is_(None))


_IS_ALLOWED = _voter(bindparam("seat"), bindparam("contact"))
NAME_OF_VOTER = _voter(Link.subject_id, Link.contact_id).correlate(Link).scalar_subquery()
"""What `voter_of` returns, for the seat and the contact of a link to vote."""
_COULD_VOTE = _of_contact(bindparam("seat"), bindparam("contact")).where(
    SeatAddress.at_opening | (SeatAddress.since <= bindparam("at"))
)
_KNOWN = _of_contact(bindparam("seat"), bindparam("contact")).where(~SeatAddress.young)
_NAME = select(Contact.name).where(Contact.id == bindparam("contact"))
_SENDER = (
    select(SeatAddress.name)
    .where(
        SeatAddress.seat_id == bindparam("seat"),
        SeatAddress.contact_id == bindparam("contact"),
        SeatAddress.votes,
        SeatAddress.young == bindparam("young"),
        SeatAddress.since <= bindparam("at"),
    )
    .order_by(SeatAddress.since.desc(), SeatAddress.id.desc())
    .limit(1)
)


def opened_before(session: Session, found: Round, *, example: bool | None = None) -> Round | None:
    """Return the round that opened last before this one, or None; of examples only for an example."""
    of = found.example if example is None else example
    query = select(Round).where(Round.opened_at.is_not(None), Round.id != found.id, Round.example.is_(of))
    if found.opened_at is not None:
        query = query.where(Round.opened_at < found.opened_at)
    return session.scalars(query.order_by(Round.opened_at.desc(), Round.id.desc()).limit(1)).first()


def of_round(session: Session, round_id: int, seat_id: int | None = None) -> list[SeatAddress]:
    """Return the addresses on file for every seat of a round, or for one, with seat and contact.

    They come in the order of the roll. One address can have several rows: of two contacts, or of one contact
    who was allowed to vote later.
    """
    if seat_id is None:
        return list(session.scalars(_OF_ROUND, {"round": round_id}))
    return list(session.scalars(_OF_SEAT, {"round": round_id, "seat": seat_id}))


def once_each(found: Iterable[SeatAddress]) -> list[SeatAddress]:
    """Return one row for each seat and address: the first, without regard to the case of letters."""
    first: dict[tuple[int, str], SeatAddress] = {}
    for each in found:
        first.setdefault((each.seat_id, each.address.lower()), each)
    return list(first.values())


def write(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Add rows; those that are there already are left as they are."""
    which = (SeatAddress.seat_id, SeatAddress.contact_id, SeatAddress.address, SeatAddress.votes)
    seats = {row["seat_id"] for row in rows}
    known = {tuple(row) for row in session.execute(select(*which).where(SeatAddress.seat_id.in_(seats)))}
    fresh = [
        row for row in rows if (row["seat_id"], row["contact_id"], row["address"], row["votes"]) not in known
    ]
    if not fresh:
        return
    sealed = [getattr(SeatAddress, name) for name in ("id", *seals.ADDRESSED)]
    made = session.execute(insert(SeatAddress).returning(*sealed), fresh).mappings().all()
    seals.touch(session, ["seat.address"], made)


def active_contacts(session: Session, round_id: int) -> list[tuple[int, Contact]]:
    """Return the active contacts of every seat of a round, whether or not they may vote."""
    query = (
        select(Seat.id, Contact)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .where(Seat.round_id == round_id, Contact.active)
        .order_by(Seat.position, Contact.id)
    )
    return [(seat_id, contact) for seat_id, contact in session.execute(query)]


def former(session: Session, round_id: int, since: datetime) -> list[tuple[int, FormerAddress]]:
    """Return the addresses that were given up since then, of every seat of a round."""
    query = (
        select(Seat.id, FormerAddress)
        .join(FormerAddress, FormerAddress.organisation_id == Seat.organisation_id)
        .where(Seat.round_id == round_id, FormerAddress.until >= since)
        .order_by(Seat.position, FormerAddress.id)
    )
    return [(seat_id, each) for seat_id, each in session.execute(query)]


def allowed(session: Session, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those of these pairs of seat and contact of which the contact may get a link now."""
    wanted = set(pairs)
    rows = session.execute(_ALLOWED, {"seats": list({seat_id for seat_id, _ in wanted})})
    return {(seat_id, contact_id) for seat_id, contact_id in rows} & wanted


def voter_of(session: Session, seat_id: int, contact_id: int) -> str | None:
    """Return the name of a contact who may vote for a seat now, or None.

    The contact is active, may vote, and its present address may get a link to this seat.
    """
    return session.scalar(_IS_ALLOWED, {"seat": seat_id, "contact": contact_id})


def is_young(session: Session, seat_id: int, contact_id: int) -> bool:
    """Return whether a vote that a contact sends for a seat, from its present address, is marked."""
    return session.scalar(_KNOWN, {"seat": seat_id, "contact": contact_id}) is None


def could_vote(session: Session, seat_id: int, contact_id: int, at: datetime) -> bool:
    """Return whether a contact, at its present address, could vote for a seat at a moment already.

    An address of the opening always could, whatever a clock that was set back says of a vote's moment.
    Who could not reads nothing of what was voted at that moment.
    """
    told = {"seat": seat_id, "contact": contact_id, "at": at}
    return session.scalar(_COULD_VOTE, told) is not None


def sender_of(session: Session, ballot: Ballot) -> str:
    """Return the name under which a vote was sent: the contact's name when it was allowed to vote.

    A later name of the contact is not used: otherwise mails could name a person who sent no vote. Empty
    where the vote has no contact.
    """
    if ballot.contact_id is None:
        return ""
    name = session.scalar(_SENDER, _sending(ballot))
    return name or session.scalar(_NAME, {"contact": ballot.contact_id}) or ""


def _sending(ballot: Ballot) -> dict[str, object]:
    return {
        "seat": ballot.seat_id,
        "contact": ballot.contact_id,
        "young": ballot.young,
        "at": ballot.cast_at,
    }


def contact(session: Session, number: int) -> Contact | None:
    """Return a contact, or None."""
    return session.get(Contact, number)


class Told(NamedTuple):
    """How far the notices of a change have come: how many there are, wait, were taken, and when last."""

    notices: int
    waiting: int
    taken: int
    last: datetime | None


def how_far(session: Session, kind: str, fact: str, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of a kind have come, by the number that each names as a fact."""
    number = Message.facts[fact].as_integer()
    query = (
        select(
            number,
            func.count(),
            func.sum(case((Message.state == "queued", 1), else_=0)),
            func.sum(case((Message.state == "sent", 1), else_=0)),
            func.max(case((Message.state == "sent", Message.left_at))),
        )
        .where(Message.kind == kind, number.in_(list(ids)))
        .group_by(number)
    )
    return {
        each: Told(count, waiting, sent, last) for each, count, waiting, sent, last in session.execute(query)
    }


UNDECIDED_CHANGES = ("waiting", "objected")
CHANGE_KIND = "access_asked"  # of the notices


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


def find_change(session: Session, number: int, *, hold: bool = False) -> AccessChange | None:
    """Return a change with its seat, round, contact and the people of the secretariat in it."""
    query = _whole_change().where(AccessChange.id == number)
    return session.scalars(query.with_for_update(of=AccessChange) if hold else query).first()


def alone(session: Session, number: int) -> AccessChange | None:
    """Return a change without what `find` loads with it, or None."""
    return session.get(AccessChange, number)


def changes_of_round(session: Session, round_id: int) -> list[AccessChange]:
    """Return the changes of a round, those that wait first, then the newest first."""
    waits = case((AccessChange.state.in_(UNDECIDED_CHANGES), 0), else_=1)
    query = _whole_change().where(Seat.round_id == round_id).order_by(waits, AccessChange.id.desc())
    return list(session.scalars(query))


def undecided(session: Session, seat_id: int, contact_id: int) -> list[AccessChange]:
    """Return what waits for a contact of a seat, or was stopped."""
    query = select(AccessChange).where(
        AccessChange.seat_id == seat_id,
        AccessChange.contact_id == contact_id,
        AccessChange.state.in_(UNDECIDED_CHANGES),
    )
    return list(session.scalars(query.with_for_update()))


def of_organisation(session: Session, organisation_id: int) -> list[AccessChange]:
    """Return what waits for the seats of an organisation in open rounds, or was stopped."""
    query = _whole_change().where(
        Seat.organisation_id == organisation_id,
        Round.state == "open",
        AccessChange.state.in_(UNDECIDED_CHANGES),
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
        _whole_change()
        .join(Contact, Contact.id == AccessChange.contact_id)
        .where(AccessChange.state.in_(UNDECIDED_CHANGES), AccessChange.address == Contact.email)
        .where(Contact.active, Contact.may_vote, ~was_let)
        .order_by(AccessChange.id)
    )
    return {each.contact_id: each for each in session.scalars(query)}


def changes_due(session: Session, now: datetime) -> list[int]:
    """Return the changes whose wait has ended or that are confirmed, in rounds that take votes."""
    query = (
        select(AccessChange.id)
        .join(AccessChange.seat)
        .join(Seat.round)
        .where(
            or_(
                and_(AccessChange.state == "waiting", AccessChange.due_at <= now),
                and_(AccessChange.state.in_(UNDECIDED_CHANGES), AccessChange.confirmed_at.is_not(None)),
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


def told_of_changes(session: Session, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of these changes have come."""
    return how_far(session, CHANGE_KIND, "change", ids)


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
        Message.kind == CHANGE_KIND,
        Message.facts["change"].as_integer() == change.id,
        Message.state == "sent",
    )
    reached = set(session.scalars(taken))
    return bool(reached & voters) if voters else bool(reached)


def count_undecided_changes(session: Session, round_key: str) -> int:
    """Return how many changes of an open round wait, or were stopped."""
    query = (
        select(func.count())
        .select_from(AccessChange)
        .join(AccessChange.seat)
        .join(Seat.round)
        .where(Round.key == round_key, Round.state == "open", AccessChange.state.in_(UNDECIDED_CHANGES))
    )
    return session.scalar(query) or 0


def _whole_change() -> Select[AccessChange]:
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


UNDECIDED_REGISTRATIONS = ("waiting", "stopped")
REGISTRATION_KIND = "staff_notice"  # of the notices


def find_registration(session: Session, number: int, *, hold: bool = False) -> Registration | None:
    """Return a late registration with its round, organisation and the people in it."""
    query = _whole_registration().where(Registration.id == number)
    return session.scalars(query.with_for_update(of=Registration) if hold else query).first()


def registrations_of_round(session: Session, round_id: int) -> list[Registration]:
    """Return the late registrations of a round, those that wait first, then the newest first."""
    waits = case((Registration.state.in_(UNDECIDED_REGISTRATIONS), 0), else_=1)
    query = (
        _whole_registration().where(Registration.round_id == round_id).order_by(waits, Registration.id.desc())
    )
    return list(session.scalars(query))


def registrations_due(session: Session, now: datetime) -> list[int]:
    """Return the late registrations whose wait has ended or that are confirmed, in rounds that take votes."""
    query = (
        select(Registration.id)
        .join(Registration.round)
        .where(
            or_(
                and_(Registration.state == "waiting", Registration.due_at <= now),
                and_(Registration.state.in_(UNDECIDED_REGISTRATIONS), Registration.confirmed_at.is_not(None)),
            )
        )
        .where(Round.state == "open", Round.closes_at > now)
    )
    return list(session.scalars(query.order_by(Registration.id)))


def told_of_registrations(session: Session, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of these late registrations have come."""
    return how_far(session, REGISTRATION_KIND, "registration", ids)


def without_seat(session: Session, round_id: int) -> list[Organisation]:
    """Return the organisations that have no seat in a round and wait for none, of its voters, by name."""
    taken = select(Seat.organisation_id).where(Seat.round_id == round_id)
    asked = select(Registration.organisation_id).where(
        Registration.round_id == round_id, Registration.state.in_(UNDECIDED_REGISTRATIONS)
    )
    query = (
        select(Organisation)
        .where(Organisation.active, Organisation.id.not_in(taken), Organisation.id.not_in(asked))
        .options(selectinload(Organisation.contacts))
        .order_by(Organisation.name, Organisation.id)
    )
    voters = session.get_one(Round, round_id).voters
    return [each for each in session.scalars(query) if is_among(voters, each.country, each.categories)]


def roll(session: Session, round_id: int) -> list[Seat]:
    """Return the seats of a round in their order, locked until this unit of work ends."""
    query = select(Seat).where(Seat.round_id == round_id).order_by(Seat.position).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def sent_nothing(session: Session, round_id: int) -> set[int]:
    """Return the seats from which no ballot came, not even one that was replaced since; none withdrawn."""
    sent = select(Ballot.seat_id).where(Ballot.round_id == round_id)
    query = select(Seat.id).where(Seat.round_id == round_id, Seat.withdrawn_at.is_(None))
    return set(session.scalars(query.where(Seat.id.not_in(sent))))


def count_undecided_registrations(session: Session, round_key: str) -> int:
    """Return how many late registrations of an open round wait, or were stopped."""
    query = (
        select(func.count())
        .select_from(Registration)
        .join(Registration.round)
        .where(Round.key == round_key, Round.state == "open", Registration.state.in_(UNDECIDED_REGISTRATIONS))
    )
    return session.scalar(query) or 0


def _whole_registration() -> Select[Registration]:
    return select(Registration).options(
        joinedload(Registration.round),
        joinedload(Registration.organisation),
        joinedload(Registration.staff),
        joinedload(Registration.stopped_by),
        joinedload(Registration.decided_by),
    )


BEFORE_OPENING = timedelta(days=30)


def keep_at_opening(work: Work, found: Round, registered: Seat | None = None) -> None:
    """Write down the addresses on file for every seat of a round that opens now.

    With `registered`, a seat of after the opening, only for that one; they were not on file at the opening.
    """
    opening = registered is None
    known_by = None
    if opening and opened_before(work.session, found) is not None:
        known_by = work.now - BEFORE_OPENING
    held = never_decided(work.session)
    contacts = [
        (seat_id, contact)
        for seat_id, contact in active_contacts(work.session, found.id)
        if registered is None or seat_id == registered.id
    ]
    active = [
        _row(
            seat_id,
            contact,
            contact.email,
            votes=contact.may_vote,
            opening=opening,
            work=work,
            young=not opening or (known_by is not None and _since(contact) > known_by),
        )
        for seat_id, contact in contacts
        if contact.id not in held
    ]
    told_before = [
        _row(seat_id, each.contact, each.address, votes=False, opening=opening, work=work)
        for seat_id, contact in contacts
        if contact.id in held
        for each in told(work, held[contact.id].seat.round_id, held[contact.id].seat_id)
    ]
    given_up = [
        _row(seat_id, each, each.address, votes=False, opening=opening, work=work)
        for seat_id, each in former(work.session, found.id, work.now - BEFORE_OPENING)
        if registered is None or seat_id == registered.id
    ]
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    for row in (*active, *given_up, *told_before):
        seen.setdefault((row["seat_id"], row["contact_id"], row["address"], row["votes"]), row)
    write(work.session, list(seen.values()))


def admit(work: Work, seat_id: int, contact: Contact) -> None:
    """Let a contact get links to a seat at its present address from now on."""
    row = _row(seat_id, contact, contact.email, votes=True, opening=False, work=work)
    write(work.session, [row])


def _since(contact: Contact) -> datetime:
    """Return since when a contact may vote at its present address."""
    return contact.access_since or contact.created_at


def give_up(work: Work, contact: Contact, address: str) -> None:
    """Store an address that a contact gave up, for rounds that open soon."""
    work.session.add(
        FormerAddress(
            organisation_id=contact.organisation_id,
            contact_id=contact.id,
            address=address,
            name=contact.name,
            language=contact.language,
            until=work.now,
        )
    )


def told(work: Work, round_id: int, seat_id: int | None = None) -> list[SeatAddress]:
    """Return whom to tell of what happens to the seats of a round, or to one seat: each address once."""
    return once_each(of_round(work.session, round_id, seat_id))


def on_file(work: Work, seat_id: int) -> list[SeatAddress]:
    """Return the addresses on file for a seat, with seat and contact; one can have several rows."""
    return list(work.session.scalars(_ON_FILE, {"seat": seat_id}))


def reading(found: Iterable[SeatAddress]) -> frozenset[str]:
    """Return those of the addresses on file for a seat, in lower case, that can read what its vote says."""
    return frozenset(each.address.lower() for each in found if each.votes)


def _row(
    seat_id: int,
    who: Contact | FormerAddress,
    address: str,
    *,
    votes: bool,
    opening: bool,
    work: Work,
    young: bool = True,
) -> dict[str, object]:
    return {
        "seat_id": seat_id,
        "contact_id": who.contact_id if isinstance(who, FormerAddress) else who.id,
        "address": address,
        "name": who.name,
        "language": who.language,
        "at_opening": opening,
        "votes": votes,
        "young": votes and young,
        "since": work.now,
    }
