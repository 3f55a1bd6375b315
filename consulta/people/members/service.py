"""Members: search and changes by hand.

This module decides what an organisation and a contact must be. Nothing is deleted here: an entry that is
no longer wanted is deactivated, so that rounds with it on their roll stay complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.ranges import RANGES
from consulta.people.members import news, queries
from consulta.people.members.rows import NAME_MAX, TAG_MAX, TAGS_MAX
from consulta.people.members.values import ContactView, MemberLine, MemberView, Namesake, PublicMember
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.likeness import Names
from consulta.platform.models import Contact, Organisation
from consulta.platform.texts import PHONE_MAX, address, line, telephone
from consulta.rounds.addresses import service as seat_addresses
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consulta.platform.listing import Found, Wanted
    from consulta.platform.work import Work
    from consulta.vote.changes.service import Kind
    from consulta.vote.changes.values import Asked


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


def list_members(work: Work, wanted: Wanted) -> Found:
    """Return the organisations that match, as `MemberLine`; `queries.asked_for` says what can be asked."""
    require(work, "members.read")
    return queries.asked_for(work.session, wanted, line_of)


def public_list(work: Work) -> tuple[PublicMember, ...]:
    """Return the active organisations without contacts, for any reader who may see their names."""
    require(work, "published.read")
    return tuple(
        PublicMember(
            each.name,
            each.country,
            name_of("sector", each.categories.get("sector", "")),
            each.member_since,
            each.web,
            each.example,
        )
        for each in queries.active(work.session)
    )


def open_lists(work: Work, language: str) -> dict[str, list[str]]:
    """Return by dimension with an open list the categories that organisations have, sorted for a language."""
    require(work, "members.read")
    return {
        each.key: sorted(
            queries.known_categories(work.session, each.key), key=lambda category: order(category, language)
        )
        for each in dimensions.own()
        if each.is_open
    }


def count_silent(work: Work) -> int:
    """Return how many active organisations have no contact who may vote."""
    require(work, "members.read")
    return queries.count_silent(work.session)


def member_page(work: Work, organisation_id: int) -> MemberView:
    """Return one organisation, organisations similar to it, addresses it shares, and its open rounds.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.read")
    member = _member(work, organisation_id)
    shared: dict[str, list[Namesake]] = {}
    for email, other in queries.sharing(work.session, member):
        shared.setdefault(email, []).append(_namesake(other.id, other.name, other.country))
    open_rounds = queries.open_rounds(work.session, member.id)
    return MemberView(
        line=line_of(member),
        near=_near(work, member),
        shared=tuple((email, tuple(others)) for email, others in shared.items()),
        open_rounds=tuple(each.title for each in open_rounds),
    )


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

    It cannot once a round has opened since, or one of its contacts was sent a link or is on file.
    """
    require(work, "members.read")
    member = queries.find(work.session, organisation_id)
    if member is None or queries.round_opened_since(work.session, added_at):
        return False
    return not queries.is_used(work.session, member.id, [each.id for each in member.contacts])


def take_back(work: Work, organisation_id: int) -> None:
    """Take an organisation that was just added off the list, with its contacts: ask `may_take_back` first.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    contacts = [each.id for each in member.contacts]
    work.record("members.taken_back", subject(member), {"contacts": len(contacts)})
    work.session.expunge(member)
    queries.delete_contacts(work.session, contacts)
    queries.delete_organisations(work.session, [organisation_id])


def all_names(work: Work) -> list[tuple[int, str, str]]:
    """Return id, name and country of every organisation on the list, deactivated ones too."""
    require(work, "members.read")
    return queries.names(work.session)


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
    before = news.snapshot(member)
    changed = {*_write(member, checked(work, command))}
    work.session.flush()
    if changed:
        fields = {name for name, key in member.categories.items() if before.categories.get(name) != key}
        told = sorted(fields | (changed - {"categories"}))
        work.record("members.changed", subject(member), {"fields": told})
        news.tell(work, [(before, member)], but=asked_by)


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
        before = news.snapshot(member)
        member.active = active
        work.record("members.activated" if active else "members.deactivated", subject(member))
        news.tell(work, [(before, member)])


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
    stood = news.snapshot(member)
    contact = Contact(created_at=work.now, active=True, **checked_contact(work, command, member.country))
    member.contacts.append(contact)
    work.session.flush()
    work.record("contacts.added", subject(member), {"contact": contact.id})
    former = _contact(member, replaces) if replaces is not None else None
    access_changes.settle(work, contact, None, "replaced" if former else "added", asked, former)
    news.tell(work, [(stood, member)])
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
    contact = _contact(member, contact_id)
    stood, before = news.snapshot(member), access_changes.stood(contact)
    changed = _write(contact, checked_contact(work, command, member.country))
    work.session.flush()
    ended = 0
    if "email" in changed:
        seat_addresses.give_up(work, contact, before.address)
        ended = queries.end_links(work.session, contact.id, work.now)
        contact.bounced_at = contact.bounce_reason = None  # that was the other address
    if changed:
        details = {"contact": contact.id, "fields": changed} | ({"links_ended": ended} if ended else {})
        work.record("contacts.changed", subject(member), details)
    kind: Kind = "address" if "email" in changed else "switched_on"
    access_changes.settle(work, contact, before, kind, asked)
    news.tell(work, [(stood, member)])
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
    contact = _contact(member, contact_id)
    if contact.active != active:
        stood, before = news.snapshot(member), access_changes.stood(contact)
        contact.active = active
        if not active:
            seat_addresses.give_up(work, contact, contact.email)
        action = "contacts.activated" if active else "contacts.deactivated"
        work.record(action, subject(member), {"contact": contact.id})
        access_changes.settle(work, contact, before, "switched_on", asked)
        news.tell(work, [(stood, member)])


def confirm_contact(work: Work, contact_id: int, asked: Asked) -> None:
    """Let a contact vote whose address was confirmed by a link; nothing where it may already.

    While its organisation is on an open roll it waits first (`changes.service`).
    Problem: `member.contact.unknown` where it is not there, or not active.
    """
    require(work, "contacts.confirm")
    found = queries.contact(work.session, contact_id)
    if found is None or not found.active:
        raise Problem("member.contact.unknown")
    if found.may_vote:
        return
    before = access_changes.stood(found)
    found.may_vote = True
    work.record("contacts.confirmed", subject(found.organisation), {"contact": found.id})
    access_changes.settle(work, found, before, "switched_on", asked)


def line_of(member: Organisation) -> MemberLine:
    """Return an organisation, loaded with its contacts, as the list shows it."""
    contacts = tuple(
        ContactView(each.id, each.name, each.email, each.phone, each.language, each.may_vote, each.active)
        for each in sorted(member.contacts, key=lambda each: (not each.active, each.id))
    )
    categories = {
        "country": member.country,
        **dimensions.categories_of(member.country, member.categories),
    }
    return MemberLine(
        id=member.id,
        name=member.name,
        country=member.country,
        categories=categories,
        names={dimension: name_of(dimension, key) for dimension, key in categories.items()},
        base=member.base,
        tags=tuple(member.tags),
        active=member.active,
        example=member.example,
        contacts=contacts,
        voting=sum(each.active and each.may_vote for each in contacts),
        web=member.web,
        member_since=member.member_since,
    )


def _member(work: Work, organisation_id: int, *, hold: bool = False) -> Organisation:
    return or_problem(queries.find(work.session, organisation_id, hold=hold), "member.unknown")


def _contact(member: Organisation, contact_id: int) -> Contact:
    for contact in member.contacts:
        if contact.id == contact_id:
            return contact
    raise Problem("member.contact.unknown")


def subject(member: Organisation | MemberLine) -> str:
    """Return the name of an organisation in the log."""
    return f"organisation:{member.id}"


def _near(work: Work, member: Organisation) -> Namesake | None:
    """Return an organisation that may be the same, or None.

    It has a similar name in the same country, or the same name in another country.
    """
    names: Names[Namesake] = Names()
    for number, name, country in queries.names(work.session):
        if number != member.id:
            names.add(name, country, _namesake(number, name, country))
    return names.near(member.name, member.country) or names.elsewhere(member.name, member.country)


def _namesake(number: int, name: str, country: str) -> Namesake:
    return Namesake(number, name, name_of("country", country))


def checked(work: Work, command: OrganisationCommand) -> dict[str, Any]:
    """Return the values to store for an organisation.

    Problems: `member.name`, `.country`, `.sector`, `.category`, `.base`, `.tags`.
    """
    name = line(command.name)
    if not fold(name) or len(name) > NAME_MAX:
        raise Problem("member.name", most=NAME_MAX)
    if command.country not in catalogue.countries_by_code():
        raise Problem("member.country")
    categories = _categories(work, command.categories)
    least, most = RANGES["base"]
    if not least <= command.base <= most:
        raise Problem("member.base", least=least, most=most)
    if len(command.tags) > TAGS_MAX or any(len(tag) > TAG_MAX for tag in command.tags):
        raise Problem("member.tags", most=TAGS_MAX, length=TAG_MAX)
    return {
        "name": name,
        "name_key": fold(name),
        "country": command.country,
        "categories": categories,
        "base": command.base,
        "tags": list(command.tags),
    }


def _categories(work: Work, given: Mapping[str, str]) -> dict[str, str]:
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
            added.find(written, queries.known_categories(work.session, added.key)) if written else None,
            "member.category",
            dimension=name_of_dimension(added.key),
            key=added.key,
        )
        found[added.key] = key
    return found


def known_categories(members: Iterable[Organisation], dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that organisations have, each once, in order of `members`."""
    return tuple(
        dict.fromkeys(key for member in members if (key := member.categories.get(dimension)) is not None)
    )


def checked_contact(work: Work, command: ContactCommand, country: str) -> dict[str, Any]:
    """Return the checked values to store for a contact.

    Problems: `member.contact.name`, `.email`, `.phone`, `.language`.
    """
    email = or_problem(address(command.email), "member.contact.email", text=command.email)
    if len(line(command.name)) > NAME_MAX:
        raise Problem("member.contact.name", most=NAME_MAX)
    phone = or_problem(
        telephone(command.phone) if line(command.phone) else "", "member.contact.phone", most=PHONE_MAX
    )
    language = command.language or catalogue.language_for(country, work.languages)
    if language not in work.languages:
        raise Problem("member.contact.language")
    name = line(command.name) or email
    return {
        "name": name,
        "email": email,
        "phone": phone,
        "language": language,
        "may_vote": command.may_vote,
    }


def _write(target: object, values: dict[str, Any]) -> list[str]:
    """Write what differs, and say which."""
    changed = [name for name, value in values.items() if getattr(target, name) != value]
    for name in changed:
        setattr(target, name, values[name])
    return sorted(changed)
