"""The link by which a contact proposes and supports themes, and answers what is asked about a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.rounds import State
from consulta.platform import door
from consulta.platform.door import Given, Purpose
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.models import Round
from consulta.platform.work import Actor
from consulta.rounds.queries import rounds as rounds_queries
from consulta.themes.proposals import queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.models import Contact, Link
    from consulta.platform.work import Work

PROPOSE_THEMES = "propose_themes"
WAY = "t"
# Kinds of mail that bring such a link.
CALL, REMINDER, EXTENSION = "theme_call", "theme_reminder", "theme_extension"


def _proposer(_work: Work, link: Link) -> Actor | None:
    """Return the contact of a link; None unless it is active and may vote, and its organisation is active."""
    contact = link.contact
    if contact is None or not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("theme_proposer", link.id, contact.name)


def _place(work: Work, link: Link) -> dict[str, str] | None:
    found = rounds_queries.with_id(work.session, link.subject_id)
    return {"key": found.key} if found is not None else None


PURPOSES = (
    Purpose(
        PROPOSE_THEMES,
        way=WAY,
        subject=Round,
        role="theme_proposer",
        page="theme_proposals.own",
        texts="theme_proposals/door.html",
        reader=_proposer,
        place=_place,
    ),
)


def write(
    work: Work,
    found: Round,
    contacts: Sequence[Contact],
    kind: str,
    facts: Mapping[str, object] | None = None,
    *,
    asked: bool = False,
) -> int:
    """Send each contact a mail of this kind with a link of its own; return how many are written to."""
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    tokens = door.give(work, PROPOSE_THEMES, [Given(found.id, contact.id) for contact in reached])
    letters = []
    for contact, token in zip(reached, tokens, strict=True):
        before = queries.messages(work.session, found.id, contact.id, kind)
        once = f"{kind}:{found.id}:{contact.id}:{before}"
        said = {**(facts or {}), **({"asked": True} if asked else {})}
        letters.append(MemberLetter(kind, found, contact, once, token, said))
    work.session.flush()
    queue_for_members(work, letters)
    return len(letters)


def answer(work: Work, address: str) -> int:
    """Write to each contact with this address, for each draft whose phase has opened; return how often."""
    found = [
        (each, contact)
        for each, contact in queries.contacts_at(work.session, address)
        if each.state == State.DRAFT.value
    ]
    for each, contact in found:
        write(work, each, [contact], CALL, asked=True)
        work.record("links.requested", f"round:{each.id}", {"contact": contact.id})
    return len(found)
