"""The addresses that are told what happens to a seat's vote: kept from the opening on, and never dropped.

It decides which addresses count as on file when a round opens: those of every active contact, whether or not
it may vote, and those that were given up in the 30 days before. So nothing that is done just before the
opening, or after it, keeps a receipt or a notice from a person who was there. An address that was asked for
in an earlier round and never let vote is no address on file: it waits in this round too (`changes.service`),
and those who were told of it then are told of what happens now.

It also decides which votes are marked, for good: those from an address that could not vote at the opening,
and, where a round opened before, those from one that could not 30 days before it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.platform.models import FormerAddress
from consulta.rounds.addresses.queries import addresses as queries
from consulta.rounds.addresses.queries import changes as access_changes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from consulta.platform.models import Contact, Round, Seat, SeatAddress
    from consulta.platform.work import Work

BEFORE_OPENING = timedelta(days=30)


def keep_at_opening(work: Work, found: Round, registered: Seat | None = None) -> None:
    """Write down the addresses on file for every seat of a round that opens now.

    With `registered`, a seat of after the opening, only for that one; they were not on file at the opening.
    """
    opening = registered is None
    known_by = None
    if opening and queries.opened_before(work.session, found) is not None:
        known_by = work.now - BEFORE_OPENING
    held = access_changes.never_decided(work.session)
    contacts = [
        (seat_id, contact)
        for seat_id, contact in queries.active_contacts(work.session, found.id)
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
        for seat_id, each in queries.former(work.session, found.id, work.now - BEFORE_OPENING)
        if registered is None or seat_id == registered.id
    ]
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    for row in (*active, *given_up, *told_before):
        seen.setdefault((row["seat_id"], row["contact_id"], row["address"], row["votes"]), row)
    queries.write(work.session, list(seen.values()))


def keep_at_registration(work: Work, seat: Seat) -> None:
    """Write down the addresses on file for a seat of after the opening: votes from them are marked."""
    keep_at_opening(work, seat.round, seat)


def admit(work: Work, seat_id: int, contact: Contact) -> None:
    """Let a contact get links to a seat at its present address from now on."""
    row = _row(seat_id, contact, contact.email, votes=True, opening=False, work=work)
    queries.write(work.session, [row])


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
    return once_each(queries.of_round(work.session, round_id, seat_id))


once_each = queries.once_each


def on_file(work: Work, seat_id: int) -> list[SeatAddress]:
    """Return the addresses on file for a seat, with seat and contact; one can have several rows."""
    return queries.on_file(work.session, seat_id)


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
