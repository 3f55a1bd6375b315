"""A contact who left, and who takes over; an address that was wrong: one step, and the link is on its way.

The links and sessions of whoever is gone, and those that went to the old address, end; votes already sent
stay, with the name under which they were sent. For every round that takes votes now a new link goes by mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.services import links, members, notices
from consulta.services.access import require
from consulta.services.outbox import hindrance
from consulta.store import link_requests as voters
from consulta.store import mail
from consulta.store import organisations as rows

if TYPE_CHECKING:
    from consulta.services.members import ContactCommand
    from consulta.services.work import Work


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of a contact did beyond what was asked: links that ended, and links that go out."""

    ended: int
    sent: int


def replace_contact(work: Work, organisation_id: int, contact_id: int, command: ContactCommand) -> int:
    """Let another person take a contact's place: for how many rounds a link is sent to them.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate` and those of a contact's fields.
    """
    require(work, "members.write")
    members.switch_contact(work, organisation_id, contact_id, active=False)
    ended = rows.end_links(work.session, contact_id, work.now)
    new_id = members.add_contact(work, organisation_id, command)
    work.record(
        "contacts.replaced",
        f"organisation:{organisation_id}",
        {"contact": contact_id, "by": new_id, "links_ended": ended},
    )
    return _send_links(work, new_id)


def change_contact(work: Work, organisation_id: int, contact_id: int, command: ContactCommand) -> Changed:
    """What the command says becomes of a contact; with another address, links go there.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate` and those of a contact's fields.
    """
    require(work, "members.write")
    before = mail.contact(work.session, contact_id)
    address = before.email if before else ""
    ended = members.change_contact(work, organisation_id, contact_id, command)
    moved = before is not None and before.email != address
    return Changed(ended, _send_links(work, contact_id) if moved else 0)


def _send_links(work: Work, contact_id: int) -> int:
    """A link for every round that takes this contact's vote now: how many; none where mail is paused."""
    people = [
        (seat, contact)
        for seat, contact in voters.seats_of(work.session, contact_id, work.now)
        if hindrance(contact) is None
    ]
    for (seat, contact), token in zip(people, links.give(work, people), strict=True):
        notices.new_link(work, seat, contact, token)
    return len(people)
