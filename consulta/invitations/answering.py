"""Answers of people invited to the panel: from the personal link to yes, no, or another person.

This module decides until when an answer is taken: as long as the session is to come and takes place, and
the place has not been given to another person. Looking at the link changes nothing; that it was opened
is recorded when its button is pressed.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from consulta.accounts.service import digest
from consulta.core.invitations import ANSWERABLE, Invited
from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.dialogues import service as dialogues
from consulta.infra.access import require
from consulta.infra.models import AnswerLink, AnswerSession
from consulta.infra.work import Actor
from consulta.invitations import mails as guest_letters
from consulta.invitations import queries as invitations_queries
from consulta.invitations import steps as guest_steps
from consulta.invitations.values import OwnInvitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.dialogues.service import DialogueView
    from consulta.formats.letter_page import LetterPage
    from consulta.infra.models import Invitation
    from consulta.infra.work import Work
    from consulta.letters.service import Post

TOKEN_BYTES = 32
LIFE = timedelta(days=365)  # a session may be far ahead; what the link opens is decided by the session
SESSION_LIFE = timedelta(hours=12)


def give(work: Work, invited: Sequence[Invitation]) -> list[str]:
    """Create a new answer link for each invitation, and return the tokens in the same order.

    Only the digest of a token is kept with its link. Earlier links remain valid. A link expires after
    365 days.
    """
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in invited]
    work.session.add_all(
        AnswerLink(
            invitation_id=each.id,
            token_sha256=digest(token),
            created_at=work.now,
            expires_at=work.now + LIFE,
        )
        for each, token in zip(invited, tokens, strict=True)
    )
    return tokens


def further_link(work: Work, number: int) -> str:
    """Create one more link to an invitation, for an installation without mail, and return its token.

    Problem: `invitation.unknown`.
    """
    require(work, "links.hand_out")
    invitation = invitations_queries.find(work.session, number)
    if invitation is None:
        raise Problem("invitation.unknown")
    return give(work, [invitation])[0]


def enter(work: Work, token: str) -> str | None:
    """Start a session by an answer link and return its token; None if the link is unknown or expired.

    An invitation in state `invited` becomes `opened`, unless its session has begun or is cancelled.
    """
    require(work, "invitations.open_link")
    link = invitations_queries.link(work.session, digest(token))
    if link is None or link.expires_at <= work.now:
        return None
    invitation = invitations_queries.find(work.session, link.invitation_id, hold=True)
    if invitation is not None and invitation.state == Invited.INVITED.value:
        session = dialogues.of_round(work, invitation.round.key)
        if not guest_letters.is_over(session, work.now):
            guest_steps.take(_as_guest(work, invitation), invitation, Invited.OPENED)
    opened = secrets.token_urlsafe(TOKEN_BYTES)
    work.session.add(
        AnswerSession(link_id=link.id, token_sha256=digest(opened), expires_at=work.now + SESSION_LIFE)
    )
    return opened


def opens(work: Work, token: str) -> bool:
    """Return whether `enter` would start a session for this token.

    Asked in a unit of work that only reads, so that guessed tokens make no other request wait.
    """
    require(work, "invitations.open_link")
    link = invitations_queries.link(work.session, digest(token))
    return link is not None and link.expires_at > work.now


def resume(work: Work, token: str) -> Actor | None:
    """Return the invited person whose session the token is, as an Actor, or None.

    None if the session is unknown or has expired, or if its link has.
    """
    found = invitations_queries.session_of(work.session, digest(token))
    if found is None or found.expires_at <= work.now or found.link.expires_at <= work.now:
        return None
    invitation = found.link.invitation
    return Actor("guest", invitation.id, invitation.nominee.name)


def end_session(work: Work, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    found = invitations_queries.session_of(work.session, digest(token))
    if found is not None:
        work.session.delete(found)


def own(work: Work) -> OwnInvitation:
    """Return the invitation of the person who came by its link. Problem: `invitation.unknown`."""
    require(work, "invitations.answer")
    invitation = _own(work)
    session = dialogues.of_round(work, invitation.round.key)
    found, guest = invitation.round, invitation.nominee
    countries = catalogue.countries_by_code()
    return OwnInvitation(
        number=invitation.id,
        round_title=found.title,
        name=guest.name,
        person=guest_letters.addressed(guest),
        institution=guest.organisation,
        topics=guest_letters.topics_of(work, found, session),
        session=session,
        zone=countries[guest.country].zone if guest.country in countries else found.zone,
        state=Invited(invitation.state),
        since=invitation.changed_at,
        closed=_closed(work, invitation, session),
        example=found.example,
    )


def answer(
    work: Work,
    said: Literal["accepted", "declined"],
    note: str = "",
    colleague: str = "",
    colleague_contact: str = "",
) -> None:
    """Say yes or no, once more where it changes; saying the same twice is one answer.

    Problems: `invitation.unknown`, `invitation.replaced`, `invitation.over`, `invitation.cancelled`,
    `invitation.note`, `invitation.colleague`.
    """
    require(work, "invitations.answer")
    invitation = _own(work, hold=True)
    closed = _closed(work, invitation, dialogues.of_round(work, invitation.round.key))
    if closed is not None:
        raise Problem(closed)
    if invitation.state != said:
        guest_steps.take(work, invitation, Invited(said), note, colleague, colleague_contact)


def own_letter(work: Work, post: Post) -> LetterPage:
    """Return the letter on paper of the person who came by the link. Problem: `invitation.unknown`."""
    require(work, "invitations.answer")
    invitation = _own(work)
    return guest_letters.pages(work, invitation.round, [invitation], post)[0]


def own_entry(work: Work, language: str, post: Post) -> bytes:
    """Return the session as a calendar file (iCalendar) for the person who came by the link.

    Problems: `invitation.unknown`, `dialogue.unknown`.
    """
    require(work, "invitations.answer")
    session = dialogues.of_round(work, _own(work).round.key)
    if session is None:
        raise Problem("dialogue.unknown")
    return guest_letters.entry(work, session, language, post, work.now)


def _own(work: Work, *, hold: bool = False) -> Invitation:
    found = invitations_queries.find(work.session, work.actor.id or 0, hold=hold)
    if found is None:
        raise Problem("invitation.unknown")
    return found


def _closed(work: Work, invitation: Invitation, session: DialogueView | None) -> str | None:
    """Return the code of why an invitation takes no answer any more; None if it takes one."""
    state = Invited(invitation.state)
    if state is Invited.REPLACED:
        return "invitation.replaced"
    if session is not None and session.cancelled:
        return "invitation.cancelled"
    if state is Invited.ATTENDED or guest_letters.is_over(session, work.now):
        return "invitation.over"
    return None if state in ANSWERABLE else "invitation.replaced"


def _as_guest(work: Work, invitation: Invitation) -> Work:
    """Return the same unit of work with the invited person as its actor.

    The person who opens a link is identified by the link alone.
    """
    return type(work)(work.session, Actor("guest", invitation.id, invitation.nominee.name), work.now)
