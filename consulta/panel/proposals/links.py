"""The link by which a contact proposes before the vote: whom the mail is written to, and who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.panel.proposals import queries
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.models import PROPOSE, Round
from consulta.platform.work import Actor
from consulta.rounds.queries import rounds as rounds_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.models import Contact, Link
    from consulta.platform.work import Work


def _proposer(_work: Work, link: Link) -> Actor | None:
    """Return the contact of a link; None unless it is active and may vote, and its organisation is active.

    The actor's id is the number of the link, by which the log tells who proposed.
    """
    contact = link.contact
    if contact is None or not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("proposer", link.id, contact.name)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    found = rounds_queries.with_id(work.session, link.subject_id)
    return {"key": found.key} if found is not None else None


PURPOSES = (
    Purpose(
        PROPOSE,
        way="p",
        subject=Round,
        role="proposer",
        page="nominations.own",
        texts="proposals/door.html",
        reader=_proposer,
        place=_place,
    ),
)


def write(work: Work, found: Round, contacts: Sequence[Contact], *, asked: bool = False) -> int:
    """Let each get a mail with a link to propose; how many are written to, whom mail is known not to miss."""
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    tokens = door.give(work, PROPOSE, [Given(found.id, contact.id) for contact in reached])
    letters = []
    for contact, token in zip(reached, tokens, strict=True):
        before = queries.messages(work.session, found.id, contact.id)
        once = f"nomination:{found.id}:{contact.id}:{before}"
        letters.append(
            MemberLetter("nomination", found, contact, once, token, {"asked": True} if asked else {})
        )
    work.session.flush()
    queue_for_members(work, letters)
    return len(letters)


def answer(work: Work, address: str) -> int:
    """Write to each contact with this address, for each round in which it may propose; return how often."""
    found = queries.contacts_at(work.session, address, work.now)
    for each, contact in found:
        write(work, each, [contact], asked=True)
        work.record("links.requested", f"round:{each.id}", {"contact": contact.id})
    return len(found)
