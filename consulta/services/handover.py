"""A contact who left, and who takes over: one step, so that no link stays with whoever is gone.

The old contact's links and sessions end with it; votes already sent stay, with the name under which they were
sent. The new contact gets a link of their own by mail for every round that takes votes now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.services import links, members, notices
from consulta.services.access import require
from consulta.store import link_requests as voters
from consulta.store import organisations as rows

if TYPE_CHECKING:
    from consulta.services.members import ContactCommand
    from consulta.services.work import Work


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
    people = voters.seats_of(work.session, new_id, work.now)
    for (seat, contact), token in zip(people, links.give(work, people), strict=True):
        notices.new_link(work, seat, contact, token)
    return len(people)
