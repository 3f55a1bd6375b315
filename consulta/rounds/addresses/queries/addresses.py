"""The addresses on file for the seats of a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import contains_eager

from consulta.platform.log import seals
from consulta.platform.models import Contact, FormerAddress, Link, Round, Seat, SeatAddress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.platform.models import Ballot


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


def on_file(session: Session, seat_id: int) -> list[SeatAddress]:
    """Return the addresses on file for a seat, with seat and contact; one can have several rows."""
    return list(session.scalars(_ON_FILE, {"seat": seat_id}))


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


def known_contact(session: Session, number: int) -> Contact:
    """Return a contact of which the number is known. Raise NoResultFound if there is none."""
    return session.get_one(Contact, number)
