"""Handover between contacts: another person takes over, or an address is corrected, in one step.

The links and sessions of a contact who left, and those sent to the old address, end. Votes already sent
stay, with the name under which they were sent. For every round that takes votes now a new link goes by
mail: at once to an address that may get one, after the wait of `changes.service` to any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.people.members import queries
from consulta.people.members import service as members
from consulta.platform.access import require
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import mail
from consulta.rounds.addresses.queries import changes
from consulta.rounds.links import service as links
from consulta.rounds.notices import service as notices
from consulta.rounds.queries import electorate

if TYPE_CHECKING:
    from consulta.people.members.service import ContactCommand
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of a contact did beyond what was asked: links that ended, and links that go out."""

    ended: int
    sent: int
    waits: int = 0  # rounds in which the address may get no link yet


def replace_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> Changed:
    """Let another person take a contact's place.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those of a
    contact's fields.
    """
    require(work, "members.write")
    members.switch_contact(work, organisation_id, contact_id, active=False, asked=asked)
    ended = queries.end_links(work.session, contact_id, work.now)
    new_id = members.add_contact(work, organisation_id, command, asked, replaces=contact_id)
    work.record(
        "contacts.replaced",
        f"organisation:{organisation_id}",
        {"contact": contact_id, "by": new_id, "links_ended": ended},
    )
    return Changed(ended, _send_links(work, new_id), _waits(work, organisation_id, new_id))


def change_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> Changed:
    """Change a contact as the command says; if its address changes, new links go to it.

    Return how many links ended, how many go out, and in how many rounds the change waits.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those
    of a contact's fields.
    """
    require(work, "members.write")
    before = mail.contact(work.session, contact_id)
    address = before.email if before else ""
    ended = members.change_contact(work, organisation_id, contact_id, command, asked)
    moved = before is not None and before.email != address
    sent = _send_links(work, contact_id) if moved else 0
    return Changed(ended, sent, _waits(work, organisation_id, contact_id))


def _waits(work: Work, organisation_id: int, contact_id: int) -> int:
    """Return in how many open rounds a change of a contact is undecided."""
    found = changes.of_organisation(work.session, organisation_id)
    return sum(each.contact_id == contact_id for each in found)


def _send_links(work: Work, contact_id: int) -> int:
    """Queue a new link for every round in which the contact may vote now, and return how many.

    0 if no mail is sent to the contact, as when it is paused or an earlier mail bounced.
    """
    people = [
        (seat, contact)
        for seat, contact in electorate.seats_of(work.session, contact_id, work.now)
        if hindrance(contact) is None
    ]
    for (seat, contact), token in zip(people, links.give(work, people), strict=True):
        notices.new_link(work, seat, contact, token)
    return len(people)
