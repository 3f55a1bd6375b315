"""The members' list: what is read and written of organisations and their contacts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, select, union
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.problems import Problem, or_problem
from consulta.core.ranges import RANGES
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.copying import copied
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.door import Given
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.likeness import Names
from consulta.platform.listing import alphabetical, by_name, joined, page_of, says
from consulta.platform.log import seals
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain, takes_links
from consulta.platform.models import (
    OBJECTING,
    AccessChange,
    Base,
    Contact,
    FormerAddress,
    Link,
    Message,
    Nomination,
    Organisation,
    Registration,
    Round,
    Seat,
    SeatAddress,
    Sponsorship,
)
from consulta.platform.telephones import telephone
from consulta.platform.texts import address, line
from consulta.rounds import addresses
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Application
    from consulta.platform.work import Work
    from consulta.vote.changes.service import Kind
    from consulta.vote.changes.values import Asked


@dataclass(frozen=True, slots=True)
class PublicMember:
    """An organisation as any reader sees it; `since`: the day of its admission, where it is known."""

    name: str
    country: str
    sector: Text
    since: str | None
    web: str
    example: bool


@dataclass(frozen=True, slots=True)
class OwnContact:
    """An active contact as the others of its organisation see it."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    may_vote: bool
    by_message: bool


@dataclass(frozen=True, slots=True)
class MemberPage:
    """An organisation with what should be known of it before it is changed."""

    member: Organisation  # with its contacts
    near: Any  # a row of another organisation that may be the same (`all_names`), or None
    shared: Mapping[str, Sequence[Organisation]]  # addresses of contacts that others have too
    open_rounds: tuple[Round, ...]  # that have it on their roll

    @property
    def names(self) -> Mapping[str, Text]:
        """Return the names of its categories by dimension."""
        return category_names(self.member)

    @property
    def voting(self) -> int:
        """Return how many of its contacts can vote for it."""
        return sum(each.active and each.may_vote for each in self.member.contacts)


NAME_MAX, TAG_MAX, TAGS_MAX = 200, 40, 20


PORTION = 10_000
NAMED_AT_ONCE = 500
P = TypeVar("P")
_AS_ROWS = {"synchronize_session": False}
OF_CONTACTS = ("contact.address", "contact.vote", "contact.person")  # kinds of seals


def listed(session: Session) -> list[Organisation]:
    """Return all organisations with their contacts, in one query for any number of them."""
    query = select(Organisation).options(joinedload(Organisation.contacts)).order_by(Organisation.id)
    return list(session.scalars(query).unique())


def _in_category(dimension: str, key: str) -> ColumnElement[bool]:
    if dimension in dimensions.entered_keys():
        there: ColumnElement[bool] = Organisation.categories[dimension].as_string() == key
        return there
    codes = (code for code in catalogue.countries_by_code() if _of(dimension, code) == key)
    return Organisation.country.in_(list(codes))


def _of(dimension: str, country: str) -> str:
    """Return the category of a country in a dimension that is the country or follows from it."""
    known = {dimensions.COUNTRY: country, **dimensions.categories_of(country, {dimensions.SECTOR: ""})}
    return known.get(dimension, "")


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


@dataclass(frozen=True, slots=True)
class OrganisationCommand:
    """Values for a new or changed organisation."""

    name: str
    country: str
    categories: Mapping[str, str]  # of the dimensions that are entered, the sector among them
    base: int = 1
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactCommand:
    """Values for a new or changed contact; an empty name is replaced by the address."""

    name: str
    email: str
    language: str = ""  # empty: that of the country, where it is offered
    may_vote: bool = True
    phone: str = ""
    by_message: bool = False  # links also go to this number, by SMS or WhatsApp


def category_names(member: Organisation | Application) -> dict[str, Text]:
    """Return the names of the categories of a member or applicant by dimension, its country first."""
    keys = {"country": member.country, **dimensions.categories_of(member.country, member.categories)}
    return {dimension: name_of(dimension, key) for dimension, key in keys.items()}


def own_contacts(member: Organisation) -> tuple[OwnContact, ...]:
    """Return the active contacts of an organisation, as they see one another."""
    return tuple(copied(OwnContact, each) for each in member.contacts if each.active)


def list_members(work: Work, wanted: Wanted) -> Found:
    """Return the organisations that `wanted` names, with their contacts.

    They are chosen by the key of a dimension, by `active` ("yes", "no") and by `contact` ("none": active ones
    without a contact who may vote), and sorted by `name`, a dimension, `contacts` or `base`. Each word of the
    text must occur in the name, the tags, or the name or address of a contact.
    """
    require(work, "members.read")
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
    return page_of(work.session, query, wanted, where, sorts, ties, lambda member: member)


def public_list(work: Work) -> tuple[PublicMember, ...]:
    """Return the active organisations without contacts, for any reader who may see their names."""
    require(work, "published.read")
    return tuple(
        copied(
            PublicMember,
            each,
            sector=name_of("sector", each.categories.get("sector", "")),
            since=each.member_since,
        )
        for each in work.session.scalars(select(Organisation).where(Organisation.active))
    )


def open_lists(work: Work, language: str) -> dict[str, list[str]]:
    """Return by dimension with an open list the categories that organisations have, sorted for a language."""
    require(work, "members.read")
    return {
        each.key: sorted(
            known_categories(work.session, each.key), key=lambda category: order(category, language)
        )
        for each in dimensions.own()
        if each.is_open
    }


def count_silent(work: Work) -> int:
    """Return how many active organisations have no contact who may vote."""
    require(work, "members.read")
    return work.session.scalar(select(func.count()).select_from(Organisation).where(_is_silent())) or 0


def member_page(work: Work, organisation_id: int) -> MemberPage:
    """Return one organisation, an organisation similar to it, addresses it shares, and its open rounds.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.read")
    member = _member(work, organisation_id)
    names: Names[Any] = Names()
    for other in all_names(work):
        if other.id != member.id:
            names.add(other.name, other.country, other)
    shared: dict[str, list[Organisation]] = {}
    for email, sharer in sharing(work.session, member):
        shared.setdefault(email, []).append(sharer)
    open_rounds = select(Round).join(Seat, Seat.round_id == Round.id).order_by(Round.id)
    on_roll = open_rounds.where(Seat.organisation_id == member.id, Round.state == "open")
    return MemberPage(
        member=member,
        near=names.near(member.name, member.country) or names.elsewhere(member.name, member.country),
        shared=shared,
        open_rounds=tuple(work.session.scalars(on_roll)),
    )


def all_names(work: Work) -> Sequence[Any]:
    """Return rows of id, name and country of every organisation on the list, deactivated ones too."""
    require(work, "members.read")
    return work.session.execute(select(Organisation.id, Organisation.name, Organisation.country)).all()


def add_organisation(
    work: Work, command: OrganisationCommand, *, web: str = "", member_since: str | None = None
) -> int:
    """Add an organisation and return its id; `member_since` is the day of its admission, where it is known.

    Problems: `member.duplicate` and those of `checked`.
    """
    require(work, "members.write")
    member = Organisation(created_at=work.now, web=web, member_since=member_since, **checked(work, command))
    work.session.add(member)
    work.session.flush()
    work.record("members.added", subject(member))
    return member.id


def mark_example(work: Work, organisation_id: int) -> None:
    """Mark an organisation as invented. Raise Problem `member.unknown` if there is no such organisation."""
    require(work, "members.write")
    _member(work, organisation_id, hold=True).example = True


def may_take_back(work: Work, organisation_id: int, added_at: datetime) -> bool:
    """Return whether an organisation that was added at a moment can be taken off the list without a trace.

    It cannot once a round has opened since, or anything but the list knows of it or of one of its contacts.
    """
    require(work, "members.read")
    session = work.session
    member = find(session, organisation_id)
    if member is None:
        return False
    contacts = [each.id for each in member.contacts]
    knowing = (
        select(Round.id).where(Round.opened_at >= added_at),
        select(Seat.id).where(Seat.organisation_id == organisation_id),
        select(Registration.id).where(Registration.organisation_id == organisation_id),
        select(Nomination.id).where(Nomination.organisation_id == organisation_id),
        select(Sponsorship.id).where(Sponsorship.organisation_id == organisation_id),
        select(Message.id).where(Message.contact_id.in_(contacts)),
    )
    return not linked(session, contacts) and all(
        session.scalars(each.limit(1)).first() is None for each in knowing
    )


def take_back(work: Work, organisation_id: int) -> None:
    """Take an organisation that was just added off the list, with its contacts: ask `may_take_back` first.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    contacts = [each.id for each in member.contacts]
    work.record("members.taken_back", subject(member), {"contacts": len(contacts)})
    work.session.expunge(member)
    delete_contacts(work.session, contacts)
    delete_organisations(work.session, [organisation_id])


def change_organisation(
    work: Work, organisation_id: int, command: OrganisationCommand, *, asked_by: int | None = None
) -> None:
    """Change an organisation; rounds opened before keep the values of their opening.

    Its contacts are told of another name, category or base; `asked_by`, the number of the contact who asked
    for it, is told of the decision in its place.
    Problems: `member.unknown`, `member.duplicate` and those of `checked`.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    before = snapshot(member)
    changed = {*_write(member, checked(work, command))}
    work.session.flush()
    if changed:
        fields = {name for name, key in member.categories.items() if before.categories.get(name) != key}
        told = sorted(fields | (changed - {"categories"}))
        work.record("members.changed", subject(member), {"fields": told})
        tell(work, [(before, member)], but=asked_by)


def correct_organisation(work: Work, organisation_id: int, name: str, web: str) -> tuple[str, ...]:
    """Change the name and the web site of an organisation; return which of them changed.

    Rounds opened before keep the name of their opening. Problems: `member.unknown`, `member.name`,
    `member.duplicate`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    command = OrganisationCommand(name, member.country, member.categories, member.base, tuple(member.tags))
    values = {each: said for each, said in checked(work, command).items() if each in {"name", "name_key"}}
    changed = tuple(each for each in _write(member, {**values, "web": web}) if each != "name_key")
    work.session.flush()
    if changed:
        work.record("members.changed", subject(member), {"fields": sorted(changed)})
    return changed


def switch_organisation(work: Work, organisation_id: int, *, active: bool) -> None:
    """Activate or deactivate an organisation: only active ones are on the roll of later rounds.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    if member.active != active:
        before = snapshot(member)
        member.active = active
        work.record("members.activated" if active else "members.deactivated", subject(member))
        tell(work, [(before, member)])


def add_contact(
    work: Work,
    organisation_id: int,
    command: ContactCommand,
    asked: Asked | None = None,
    replaces: int | None = None,
) -> int:
    """Add a contact and return its id; while a round is open it waits before it can vote.

    The wait is decided in `changes.service`. `replaces` is the id of the contact whose place the new one
    takes.
    Problems: `member.unknown`, `member.contact.unknown` (for `replaces`), `contact.duplicate`,
    `access.reason` and those of `checked_contact`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    stood = snapshot(member)
    contact = Contact(created_at=work.now, active=True, **checked_contact(work, command, member.country))
    contact.messages_since = work.now if contact.messages_to else None
    member.contacts.append(contact)
    work.session.flush()
    work.record("contacts.added", subject(member), {"contact": contact.id})
    former = _contact_of(member, replaces) if replaces is not None else None
    access_changes.settle(work, contact, None, "replaced" if former else "added", asked, former)
    tell(work, [(stood, member)])
    return contact.id


def change_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> int:
    """Change a contact and return how many personal links ended by it.

    A personal link belongs to the reader of the address to which it was sent: if the address changes,
    the link ends. While a round is open, the new address waits before it can vote (`changes.service`).
    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those
    of `checked_contact`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    contact = _contact_of(member, contact_id)
    stood, before = snapshot(member), access_changes.stood(contact)
    changed = _write(contact, checked_contact(work, command, member.country, contact.phone))
    if "messages_to" in changed:
        contact.messages_since = work.now if contact.messages_to else None
    work.session.flush()
    ended = 0
    if "email" in changed:
        addresses.give_up(work, contact, before.address)
        ended = end_links(work.session, contact.id, work.now)
        contact.bounced_at = contact.bounce_reason = None  # that was the other address
    if changed:
        details = {"contact": contact.id, "fields": changed} | ({"links_ended": ended} if ended else {})
        work.record("contacts.changed", subject(member), details)
    kind: Kind = "address" if "email" in changed else "switched_on"
    access_changes.settle(work, contact, before, kind, asked)
    tell(work, [(stood, member)])
    return ended


def switch_contact(
    work: Work, organisation_id: int, contact_id: int, *, active: bool, asked: Asked | None = None
) -> None:
    """Activate or deactivate a contact: only an active contact can vote and is invited or reminded.

    While a round is open, a contact that could not vote at the opening waits before it can
    (`changes.service`). An address on file for a seat still gets that round's notices.
    Problems: `member.unknown`, `member.contact.unknown`, `access.reason`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    contact = _contact_of(member, contact_id)
    if contact.active != active:
        stood, before = snapshot(member), access_changes.stood(contact)
        contact.active = active
        if not active:
            addresses.give_up(work, contact, contact.email)
        action = "contacts.activated" if active else "contacts.deactivated"
        work.record(action, subject(member), {"contact": contact.id})
        access_changes.settle(work, contact, before, "switched_on", asked)
        tell(work, [(stood, member)])


def confirm_contact(work: Work, contact_id: int, asked: Asked) -> None:
    """Let a contact vote whose address was confirmed by a link; nothing where it may already.

    While its organisation is on an open roll it waits first (`changes.service`).
    Problem: `member.contact.unknown` where it is not there, or not active.
    """
    require(work, "contacts.confirm")
    query = select(Contact).where(Contact.id == contact_id).options(joinedload(Contact.organisation))
    found = work.session.scalars(query.with_for_update(of=Contact)).first()
    if found is None or not found.active:
        raise Problem("member.contact.unknown")
    if found.may_vote:
        return
    before = access_changes.stood(found)
    found.may_vote = True
    work.record("contacts.confirmed", subject(found.organisation), {"contact": found.id})
    access_changes.settle(work, found, before, "switched_on", asked)


def subject(member: Organisation) -> str:
    """Return the name of an organisation in the log."""
    return f"organisation:{member.id}"


def _member(work: Work, organisation_id: int, *, hold: bool = False) -> Organisation:
    return or_problem(find(work.session, organisation_id, hold=hold), "member.unknown")


def _contact_of(member: Organisation, contact_id: int) -> Contact:
    found = (each for each in member.contacts if each.id == contact_id)
    return or_problem(next(found, None), "member.contact.unknown")


def checked(work: Work, command: OrganisationCommand) -> dict[str, Any]:
    """Return the values to store for an organisation.

    Problems: `member.name`, `.country`, `.sector`, `.category`, `.base`, `.tags`.
    """
    name = line(command.name)
    if not fold(name) or len(name) > NAME_MAX:
        raise Problem("member.name", most=NAME_MAX)
    if command.country not in catalogue.countries_by_code():
        raise Problem("member.country")
    categories = _checked_categories(work, command.categories)
    least, most = RANGES["base"]
    if not least <= command.base <= most:
        raise Problem("member.base", least=least, most=most)
    if len(command.tags) > TAGS_MAX or any(len(tag) > TAG_MAX for tag in command.tags):
        raise Problem("member.tags", most=TAGS_MAX, length=TAG_MAX)
    return {
        **asdict(command),
        "name": name,
        "name_key": fold(name),
        "categories": categories,
        "tags": list(command.tags),
    }


def _checked_categories(work: Work, given: Mapping[str, str]) -> dict[str, str]:
    """Return the categories of an organisation, as they are stored, in all dimensions that are entered.

    Problems: `member.sector`, `member.category`.
    """
    found = {"sector": given.get("sector", "")}
    if found["sector"] not in catalogue.sectors_by_key():
        raise Problem("member.sector")
    for added in dimensions.own():
        if added.from_country:
            continue
        written = line(given.get(added.key, ""))
        key = or_problem(
            added.find(written, known_categories(work.session, added.key)) if written else None,
            "member.category",
            dimension=name_of_dimension(added.key),
            key=added.key,
        )
        found[added.key] = key
    return found


def checked_contact(work: Work, command: ContactCommand, country: str, kept: str = "") -> dict[str, Any]:
    """Return the checked values to store for a contact.

    What a file said as its telephone and is no number stays while it is left as it is (`kept`).

    Problems: `member.contact.name`, `.email`, `.phone`, `.language`, `.by_message`.
    """
    email = or_problem(address(command.email), "member.contact.email", text=command.email)
    if len(line(command.name)) > NAME_MAX:
        raise Problem("member.contact.name", most=NAME_MAX)
    phone = line(command.phone)
    if phone and phone != kept:
        phone = or_problem(telephone(phone, country), "member.contact.phone", text=phone)
    language = command.language or catalogue.language_for(country, work.languages)
    if language not in work.languages:
        raise Problem("member.contact.language")
    name = line(command.name) or email
    if command.by_message and not takes_links(phone):
        raise Problem("member.contact.by_message")
    return {
        "name": name,
        "email": email,
        "phone": phone,
        "language": language,
        "may_vote": command.may_vote,
        "messages_to": phone if command.by_message else "",
    }


def _write(target: object, values: dict[str, Any]) -> list[str]:
    """Write what differs, and say which."""
    changed = [name for name, value in values.items() if getattr(target, name) != value]
    for name in changed:
        setattr(target, name, values[name])
    return sorted(changed)


KIND = "own_data_changed"


class Person(NamedTuple):
    """A contact at one moment."""

    number: int
    name: str
    address: str
    language: str
    active: bool
    votes: bool
    reached: bool  # mail to this address is neither paused nor known not to arrive
    messages_to: str = ""  # the number to which links go too; empty: to none


class Snapshot(NamedTuple):
    """An organisation at one moment: what of it decides its vote, and its contacts."""

    name: str
    active: bool
    country: str
    categories: Mapping[str, str]
    base: int
    people: tuple[Person, ...]


class News(NamedTuple):
    """What one person is told: sentences (`own_...` in the words of mails), each with whom it is about."""

    reader: Person
    acts: tuple[tuple[str, str], ...]


def person(contact: Contact) -> Person:
    """Return a contact as it is now."""
    return Person(
        contact.id,
        contact.name,
        contact.email,
        contact.language,
        contact.active,
        contact.active and contact.may_vote,
        hindrance(contact) is None,
        contact.messages_to if contact.by_message else "",
    )


def snapshot(member: Organisation) -> Snapshot:
    """Return an organisation, with its contacts, as it is now."""
    return Snapshot(
        member.name,
        member.active,
        member.country,
        dict(member.categories),
        member.base,
        tuple(person(each) for each in member.contacts),
    )


def between(before: Snapshot, after: Snapshot, *, contacts: bool = True) -> list[News]:
    """Return who is told what of a change.

    Who is told of a change of the own access or address always is; others, where mail reaches them. Without
    `contacts` nothing is told of contacts.
    """
    about_all: list[tuple[str, str]] = []
    if before.active != after.active:
        about_all.append(("activated" if after.active else "deactivated", before.name))
    if _fields(before) != _fields(after):
        about_all.append(("fields", before.name))
    now = {each.number: each for each in after.people}
    had = {each.number: each.messages_to for each in before.people}
    about_all += [
        ("messages", each.name)
        for each in after.people
        if each.messages_to not in {"", had.get(each.number, "")}
    ]
    of_person = _of_contacts(before, now) if contacts else {}
    found = []
    for reader in before.people:
        if reader.number not in now:
            continue
        heard = [
            (what, about)
            for number, (what, about) in of_person.items()
            if reader.reached or number == reader.number
        ]
        acts = (*(about_all if reader.reached else ()), *heard)
        if acts and reader.active:
            found.append(News(reader, acts))
    return found


def _fields(stood: Snapshot) -> tuple[object, ...]:
    """Return what of an organisation names it and decides the weight of its vote."""
    return stood.name, stood.country, stood.categories, stood.base


def _of_contacts(before: Snapshot, now: Mapping[int, Person]) -> dict[int, tuple[str, str]]:
    """Return what is told of each contact that changed, by its number."""
    known = {each.number: each for each in before.people}
    told: dict[int, tuple[str, str]] = {}
    for was in before.people:
        here = now.get(was.number)
        if here is None or (was.active and not here.active):
            told[was.number] = ("off", was.name)
        elif was.address != here.address:
            told[was.number] = ("address", was.name)
        elif not was.active and here.active:
            told[was.number] = ("on", was.name)
        elif was.votes != here.votes:
            told[was.number] = ("voting" if here.votes else "silenced", was.name)
    told |= {number: ("added", each.name) for number, each in now.items() if number not in known}
    return told


def tell(work: Work, changed: Iterable[tuple[Snapshot, Organisation]], *, but: int | None = None) -> None:
    """Tell what staff did with organisations, each with how it stood before.

    Nothing is told of what a command does: whoever runs it tells people. `but` is the number of a contact who
    asked for the change, and reads of the decision in another mail.
    """
    if work.actor.staff_id is not None:
        for before, member in changed:
            found = _news(work, before, snapshot(member), member)
            send(work, member, [each for each in found if each.reader.number != but])


def count(work: Work, changes_to_come: Iterable[tuple[Snapshot, Snapshot, Organisation]]) -> int:
    """Return how many mails `tell` would write for organisations, each as it is and as it would be."""
    return sum(len(_news(work, before, after, member)) for before, after, member in changes_to_come)


def _news(work: Work, before: Snapshot, after: Snapshot, member: Organisation) -> list[News]:
    """Return what is told of a change now. Contacts are left to the notices of a round that is open."""
    if before == after:
        return []
    moved = before.people != after.people
    return between(before, after, contacts=moved and not addresses.open_seats(work.session, member.id))


def send(work: Work, member: Organisation, news: Sequence[News], who: str = "") -> None:
    """Write to people what they are told, with a link to object; `who` did it, empty for the secretariat."""
    when = round(work.now.timestamp() * 1000)
    tokens = door.give(work, OBJECTING, [Given(member.id, each.reader.number) for each in news])
    there = {each.id: each for each in member.contacts}
    letters = []
    for (reader, acts), token in zip(news, tokens, strict=True):
        (what, about), *also = acts
        contact = there.get(reader.number)
        is_there = contact is not None and contact.active and contact.email == reader.address
        letters.append(
            PlainLetter(
                KIND,
                reader.name,
                member.name,
                member.country,
                reader.address,
                reader.language,
                f"{KIND}:{what}:{reader.number}:{reader.address}:{about}:{when}",
                token,
                {"what": what, "about": about, "also": also, **({"who": who} if who else {"desk": True})},
                contact if is_there else None,
            )
        )
    queue_plain(work, letters)


def letter_to(
    contact: Contact, kind: str, once: str, token: str | None, facts: Mapping[str, object]
) -> PlainLetter:
    """Return a mail about no round to a contact; `once` is what must not be sent twice."""
    member = contact.organisation
    return PlainLetter(
        kind,
        contact.name,
        member.name,
        member.country,
        contact.email,
        contact.language,
        once,
        token,
        facts,
        contact,
    )
