"""What the contacts of a member are told of what is done with it, and with who is reached there.

One place decides who hears what: forms, acts on many organisations, imports and members write by it.
Told are the people who stood there before, at the address that they had then, so that a new address alone
never hears of its own coming. Each mail has a link to object, which outlives what the change ends.

While a round has the organisation open, the notices of `changes.service` tell of contacts, and nothing here
does. Between rounds nothing waits: so what is done is told at once, long before the next vote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.models import OBJECTING
from consulta.rounds.addresses.queries import changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.models import Contact, Organisation
    from consulta.platform.work import Work

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
    return between(before, after, contacts=moved and not changes.open_seats(work.session, member.id))


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
