"""Organisations, their contacts, and the files they came in: each function says what it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, union
from sqlalchemy.orm import joinedload

from consulta.door import queries as door
from consulta.infra.models import (
    AccessChange,
    Contact,
    FormerAddress,
    Link,
    Organisation,
    Round,
    Seat,
    SeatAddress,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


PORTION = 10_000
_AS_ROWS = {"synchronize_session": False}


def listed(session: Session) -> list[Organisation]:
    """Return all organisations with their contacts, in one query for any number of them."""
    query = select(Organisation).options(joinedload(Organisation.contacts)).order_by(Organisation.id)
    return list(session.scalars(query).unique())


def find(session: Session, organisation_id: int, *, hold: bool = False) -> Organisation | None:
    """Return an organisation with its contacts, or None; with `hold` other writers of it wait."""
    query = (
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(joinedload(Organisation.contacts))
    )
    return session.scalars(query.with_for_update(of=Organisation) if hold else query).unique().first()


def names(session: Session) -> list[tuple[int, str, str]]:
    """Return id, name and country of every organisation."""
    rows = session.execute(select(Organisation.id, Organisation.name, Organisation.country))
    return [(number, name, country) for number, name, country in rows]


def sharing(session: Session, organisation: Organisation) -> list[tuple[str, Organisation]]:
    """Return addresses of active contacts that other organisations also have, with each of those."""
    emails = [contact.email for contact in organisation.contacts if contact.active]
    query = (
        select(Contact.email, Organisation)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.email.in_(emails), Contact.active, Organisation.id != organisation.id)
        .order_by(Contact.email, Organisation.id)
    )
    return [(email, other) for email, other in session.execute(query)]


def open_rounds(session: Session, organisation_id: int) -> list[Round]:
    """Return the open rounds that have an organisation on their roll."""
    query = (
        select(Round)
        .join(Seat, Seat.round_id == Round.id)
        .where(Seat.organisation_id == organisation_id, Round.state == "open")
        .order_by(Round.id)
    )
    return list(session.scalars(query))


def round_opened_since(session: Session, moment: datetime) -> bool:
    """Return whether any round has opened at `moment` or later."""
    return session.scalars(select(Round.id).where(Round.opened_at >= moment).limit(1)).first() is not None


def with_ids(session: Session, ids: Collection[int]) -> dict[int, Organisation]:
    """Return the organisations with these ids, with their contacts, in one query over all."""
    return {member.id: member for member in listed(session) if member.id in ids}


def has_links(session: Session, contact_ids: Collection[int]) -> bool:
    """Return whether any of these contacts ever had a personal link, or was on file in a round.

    Contacts of a change of who may vote count, too.
    """
    linked = session.scalars(
        union(
            select(Link.contact_id).where(Link.contact_id.is_not(None)),
            select(SeatAddress.contact_id),
            select(AccessChange.contact_id),
        )
    )
    return any(contact_id in contact_ids for contact_id in linked)


def end_links(session: Session, contact_id: int, at: datetime) -> int:
    """End the links of a contact, for all purposes; how many to vote worked until now."""
    return door.end(session, at, Link.contact_id == contact_id, Link.expires_at > at)


def delete_contacts(session: Session, ids: Sequence[int]) -> None:
    """Delete contacts for good: only what an import added and nothing else knows."""
    for some in _portions(ids):
        session.execute(
            delete(FormerAddress).where(FormerAddress.contact_id.in_(some)), execution_options=_AS_ROWS
        )
        session.execute(delete(Contact).where(Contact.id.in_(some)), execution_options=_AS_ROWS)


def delete_organisations(session: Session, ids: Sequence[int]) -> None:
    """Delete organisations for good: only what an import added, its contacts first."""
    for some in _portions(ids):
        session.execute(delete(Organisation).where(Organisation.id.in_(some)), execution_options=_AS_ROWS)


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the ids in portions small enough for one statement in every database."""
    yield from (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
