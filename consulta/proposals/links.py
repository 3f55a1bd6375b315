"""The link by which a contact proposes before the vote: given by mail, opened by its button, ended with it.

It decides whom the mail is written to and which link opens a session. Only digests of tokens are kept.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts.service import digest
from consulta.infra.access import require
from consulta.infra.models import NominationLink, NominationSession
from consulta.infra.work import Actor
from consulta.links import service as links
from consulta.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.proposals import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.infra.models import Contact, Round
    from consulta.infra.work import Work

SESSION_LIFE = timedelta(hours=12)


def enter(work: Work, token: str) -> tuple[str, str] | None:
    """Open a session by a link; return its token and the round's key, or None.

    None whenever the link does not work; the reason is not told.
    """
    require(work, "nominations.open_link")
    link = queries.link(work.session, digest(token))
    if link is None or not works(work, link):
        return None
    opened = secrets.token_urlsafe(links.TOKEN_BYTES)
    work.session.add(
        NominationSession(link_id=link.id, token_sha256=digest(opened), expires_at=work.now + SESSION_LIFE)
    )
    return opened, link.round.key


def opens(work: Work, token: str) -> bool:
    """Return whether `enter` would open a session.

    It is called in a unit of work that only reads, so guesses block no other work.
    """
    require(work, "nominations.open_link")
    link = queries.link(work.session, digest(token))
    return link is not None and works(work, link)


def resume(work: Work, token: str) -> Actor | None:
    """Return the actor of a session token, or None if the session or its link has ended."""
    found = queries.session_of(work.session, digest(token))
    if found is None or found.expires_at <= work.now or not works(work, found.link):
        return None
    return Actor("proposer", found.link_id, found.link.contact.name)


def end_session(work: Work, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    found = queries.session_of(work.session, digest(token))
    if found is not None:
        work.session.delete(found)


def works(work: Work, link: NominationLink) -> bool:
    """Return whether a link still works: not expired, and its contact active and allowed to vote.

    The organisation of the contact must be active too.
    """
    contact = link.contact
    stands = contact.active and contact.may_vote and contact.organisation.active
    return stands and link.expires_at > work.now


def write(work: Work, found: Round, contacts: Sequence[Contact], *, asked: bool = False) -> int:
    """Let each get a mail with a link to propose; how many are written to, whom mail is known not to miss."""
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    letters = []
    for contact in reached:
        token = secrets.token_urlsafe(links.TOKEN_BYTES)
        work.session.add(
            NominationLink(
                round_id=found.id,
                contact_id=contact.id,
                token_sha256=digest(token),
                created_at=work.now,
                expires_at=work.now + links.LIFE,
            )
        )
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
