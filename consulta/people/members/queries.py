"""Organisations, their contacts, and the files they came in: each function says what it loads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, func, select, union
from sqlalchemy.orm import joinedload, selectinload

from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.door import queries as door
from consulta.platform.labels import name_of
from consulta.platform.listing import alphabetical, by_name, folded, joined, page_of, says
from consulta.platform.log import seals
from consulta.platform.models import (
    OBJECTING,
    AccessChange,
    Attendance,
    Base,
    Contact,
    CurrentBallot,
    Dialogue,
    FormerAddress,
    Link,
    LogEntry,
    Message,
    Nomination,
    Organisation,
    Registration,
    Round,
    Seat,
    SeatAddress,
    Sponsorship,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.listing import Found, Wanted


PORTION = 10_000
NAMED_AT_ONCE = 500
P = TypeVar("P")
_AS_ROWS = {"synchronize_session": False}
OF_CONTACTS = ("contact.address", "contact.vote", "contact.person")  # kinds of seals


def listed(session: Session) -> list[Organisation]:
    """Return all organisations with their contacts, in one query for any number of them."""
    query = select(Organisation).options(joinedload(Organisation.contacts)).order_by(Organisation.id)
    return list(session.scalars(query).unique())


def active(session: Session) -> list[Organisation]:
    """Return the active organisations, without their contacts."""
    return list(session.scalars(select(Organisation).where(Organisation.active)))


def asked_for(session: Session, wanted: Wanted, told: Callable[[Organisation], Any]) -> Found:
    """Return the organisations that `wanted` names, with their contacts, each as `told` makes it.

    They are chosen by the key of a dimension, by `active` ("yes", "no") and by `contact` ("none": active ones
    without a contact who may vote), and sorted by `name`, a dimension, `contacts` or `base`. Each word of the
    text must occur in the name, the tags, or the name or address of a contact.
    """
    where = [
        _in_category(dimension, wanted.choice(dimension))
        for dimension in dimensions.columns()
        if wanted.choice(dimension)
    ]
    if wanted.choice("active"):
        where.append(Organisation.active == (wanted.choice("active") == "yes"))
    if wanted.only:
        where.append(Organisation.id.in_(wanted.only))
    if wanted.choice("contact") == "none":
        where.append(_is_silent())
    where += [
        says(word, Organisation.name, joined(Organisation.tags))
        | Organisation.contacts.any(says(word, Contact.name, Contact.email))
        for word in fold(wanted.text).split()
    ]
    voting = select(func.count()).where(
        Contact.organisation_id == Organisation.id, Contact.active, Contact.may_vote
    )
    sorts = {
        "name": (alphabetical(Organisation.name, wanted.language),),
        "contacts": (voting.scalar_subquery(),),
        "base": (Organisation.base,),
        **{dimension: (_by_category(dimension, wanted.language),) for dimension in dimensions.columns()},
    }
    query = select(Organisation).options(selectinload(Organisation.contacts))
    ties = (alphabetical(Organisation.name, wanted.language), Organisation.id)
    return page_of(session, query, wanted, where, sorts, ties, told)


def _in_category(dimension: str, key: str) -> ColumnElement[bool]:
    if dimension in dimensions.entered_keys():
        there: ColumnElement[bool] = Organisation.categories[dimension].as_string() == key
        return there
    codes = (code for code in catalogue.countries_by_code() if _of(dimension, code) == key)
    return Organisation.country.in_(list(codes))


def _of(dimension: str, country: str) -> str:
    """Return the category of a country in a dimension that is the country or follows from it."""
    if dimension == dimensions.COUNTRY:
        return country
    if dimension == dimensions.SUBREGION:
        return catalogue.subregion_of(country)
    return dimensions.own_by_key()[dimension].of_country(country)


def _by_category(dimension: str, language: str) -> ColumnElement[Any]:
    """Return the expression that sorts organisations by the name of their category; none sorts first."""
    if dimension not in dimensions.entered_keys():
        codes = catalogue.countries_by_code()
        return by_name(
            Organisation.country,
            {code: name_of(dimension, _of(dimension, code)).best(language) for code in codes},
            language,
        )
    category = Organisation.categories[dimension].as_string()
    own = dimensions.own_by_key().get(dimension)
    if own is not None and own.is_open:
        return func.coalesce(alphabetical(category, language), "")
    keys = [each.key for each in own.categories] if own else catalogue.sectors_by_key()
    return by_name(category, {key: name_of(dimension, key).best(language) for key in keys}, language)


def _is_silent() -> ColumnElement[bool]:
    return Organisation.active & ~Organisation.contacts.any(Contact.active & Contact.may_vote)


def count_silent(session: Session) -> int:
    """Return how many active organisations have no contact who may vote."""
    return session.scalar(select(func.count()).select_from(Organisation).where(_is_silent())) or 0


def known_categories(session: Session, dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that organisations have, each once, the first entered first."""
    category = Organisation.categories[dimension].as_string()
    query = (
        select(category).where(category.is_not(None)).group_by(category).order_by(func.min(Organisation.id))
    )
    return tuple(session.scalars(query))


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


def chosen(session: Session, ids: Collection[int], *, hold: bool = False) -> list[Organisation]:
    """Return the organisations with these ids, in the order of their ids; with `hold` other writers wait."""
    found: list[Organisation] = []
    for some in _portions(sorted(set(ids))):
        query = select(Organisation).where(Organisation.id.in_(some)).order_by(Organisation.id)
        found += session.scalars(query.with_for_update() if hold else query)
    return found


def written(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these messages, by what must not be sent twice, there are already."""
    found: set[str] = set()
    for some in _portions(sorted(keys)):
        found |= set(session.scalars(select(Message.once).where(Message.once.in_(some))))
    return found


def last_row(session: Session, action: str) -> int:
    """Return the number of the last row of the log about an action; 0 without one."""
    return session.scalar(select(func.max(LogEntry.seq)).where(LogEntry.action == action)) or 0


def row_of(session: Session, action: str, number: int) -> tuple[str, dict[str, Any]] | None:
    """Return who acted, and the details, of a row of the log about an action; None without such a row."""
    found = session.get(LogEntry, number)
    return (found.actor, json.loads(found.details)) if found and found.action == action else None


def last_rounds(session: Session, most: int) -> list[Round]:
    """Return the rounds that opened last and were not cancelled, the earliest of them first."""
    query = select(Round).where(Round.state.in_(("open", "closed", "published"))).limit(most)
    return list(session.scalars(query.order_by(Round.opened_at.desc(), Round.id.desc())))[::-1]


def seats_of(
    session: Session, organisation_ids: Collection[int], round_ids: Collection[int]
) -> dict[tuple[int, int], bool]:
    """Return whether each of these organisations voted, by organisation and round that has it on its roll."""
    query = (
        select(Seat.organisation_id, Seat.round_id, CurrentBallot.ballot_id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .where(Seat.round_id.in_(round_ids))
    )
    return {
        (organisation, of_round): ballot is not None
        for some in _portions(sorted(organisation_ids))
        for organisation, of_round, ballot in session.execute(query.where(Seat.organisation_id.in_(some)))
    }


def rounds_of(session: Session, organisation_id: int) -> list[tuple[Round, str, bool]]:
    """Return the rounds with an organisation on their roll, newest first: its seat, and if it voted."""
    query = (
        select(Round, Seat.key, CurrentBallot.ballot_id)
        .join(Seat, Seat.round_id == Round.id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .where(Seat.organisation_id == organisation_id)
        .order_by(Round.opened_at.desc(), Round.id.desc())
    )
    return [(found, key, ballot is not None) for found, key, ballot in session.execute(query)]


def sessions_of(session: Session, name_key: str, country: str) -> list[tuple[str, Text, datetime, str, int]]:
    """Return the sessions with people of an organisation of this name and country, the newest first.

    Each has the key of its round, its title, its begin, its zone, and how many people came. Those who were
    written down without a country count too.
    """
    query = (
        select(Round.key, Round.title, Dialogue.starts_at, Dialogue.zone, func.count(Attendance.id))
        .join(Dialogue, Dialogue.id == Attendance.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .where(folded(Attendance.organisation) == name_key, Attendance.country.in_((country, "")))
        .group_by(Round.id, Dialogue.id)
        .order_by(Dialogue.starts_at.desc())
    )
    return [(key, title, at, zone, people) for key, title, at, zone, people in session.execute(query)]


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


def rolls_since(session: Session, moment: datetime) -> dict[str, set[int]]:
    """Return the organisations on the roll of each round that opened at `moment` or later, by its key."""
    query = select(Round.key, Seat.organisation_id).join(Seat.round).where(Round.opened_at >= moment)
    found: dict[str, set[int]] = {}
    for key, organisation in session.execute(query):
        if organisation is not None:
            found.setdefault(key, set()).add(organisation)
    return found


def with_ids(session: Session, ids: Collection[int]) -> dict[int, Organisation]:
    """Return the organisations with these ids, with their contacts, in one query over all."""
    return {member.id: member for member in listed(session) if member.id in ids}


def linked(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Return which of these contacts ever had a personal link, or were on file in a round.

    Contacts of a change of who may vote count, too.
    """
    found = session.scalars(
        union(
            select(Link.contact_id).where(Link.contact_id.is_not(None)),
            select(SeatAddress.contact_id),
            select(AccessChange.contact_id),
        )
    )
    return {each for each in found if each is not None and each in contact_ids}


def linked_since(session: Session, contact_ids: Collection[int], moment: datetime) -> set[int]:
    """Return which of these contacts got a personal link at `moment` or later, other than to object."""
    if not contact_ids:
        return set()
    query = select(Link.contact_id).where(
        Link.contact_id.is_not(None), Link.created_at >= moment, Link.purpose != OBJECTING
    )
    return {each for each in session.scalars(query) if each is not None and each in contact_ids}


OWN = frozenset({"contacts", "former_addresses"})
"""Tables whose rows go with an organisation or contact that is deleted."""


def named(session: Session, table: str, ids: Sequence[int]) -> set[int]:
    """Return which rows of `organisations` or `contacts` other tables name: they cannot be deleted."""
    columns = [
        key.parent
        for each in Base.metadata.sorted_tables
        if each.name not in OWN
        for key in each.foreign_keys
        if key.column.table.name == table
    ]
    found: set[int] = set()
    for at in range(0, len(ids), NAMED_AT_ONCE):
        some = ids[at : at + NAMED_AT_ONCE]
        found |= set(session.scalars(union(*(select(one).where(one.in_(some)) for one in columns))))
    return found


def contact(session: Session, number: int) -> Contact | None:
    """Return a contact with its organisation, locked, or None."""
    query = select(Contact).where(Contact.id == number).options(joinedload(Contact.organisation))
    return session.scalars(query.with_for_update(of=Contact)).first()


def is_used(session: Session, organisation_id: int, contact_ids: Collection[int]) -> bool:
    """Return whether anything but the list knows of an organisation or of one of these contacts."""
    known = [
        select(Seat.id).where(Seat.organisation_id == organisation_id),
        select(Registration.id).where(Registration.organisation_id == organisation_id),
        select(Nomination.id).where(Nomination.organisation_id == organisation_id),
        select(Sponsorship.id).where(Sponsorship.organisation_id == organisation_id),
        select(Message.id).where(Message.contact_id.in_(contact_ids)),
    ]
    return bool(linked(session, contact_ids)) or any(
        session.scalars(each.limit(1)).first() is not None for each in known
    )


def end_links(session: Session, contact_id: int, at: datetime) -> int:
    """End the links of a contact, but for those to object to a change; how many to vote worked until now."""
    own = (Link.contact_id == contact_id, Link.purpose != OBJECTING, Link.expires_at > at)
    return door.end(session, at, *own)


def delete_contacts(session: Session, ids: Sequence[int]) -> None:
    """Delete contacts for good: only what an import added and nothing else knows."""
    for some in _portions(ids):
        session.execute(
            delete(FormerAddress).where(FormerAddress.contact_id.in_(some)), execution_options=_AS_ROWS
        )
        gone = delete(Contact).where(Contact.id.in_(some))
        session.execute(gone, execution_options={**_AS_ROWS, seals.TOLD: True})
        seals.touch_gone(session, OF_CONTACTS, map(str, some))


def delete_organisations(session: Session, ids: Sequence[int]) -> None:
    """Delete organisations for good: only what an import added, its contacts first."""
    for some in _portions(ids):
        session.execute(delete(Organisation).where(Organisation.id.in_(some)), execution_options=_AS_ROWS)


def _portions(ids: Sequence[P]) -> Iterator[Sequence[P]]:
    """Yield the ids in portions small enough for one statement in every database."""
    yield from (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
