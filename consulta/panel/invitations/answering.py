"""Answers of people invited to the panel: from the personal link to yes, no, or another person.

This module decides until when an answer is taken: as long as the session is to come and takes place, and
the place has not been given to another person. Looking at the link changes nothing; that it was opened
is recorded when its button is pressed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from consulta.core.invitations import ANSWERABLE, Invited
from consulta.core.problems import Problem, or_problem
from consulta.panel.dialogues import service as dialogues
from consulta.panel.invitations import mails as guest_letters
from consulta.panel.invitations import queries as invitations_queries
from consulta.panel.invitations import steps as guest_steps
from consulta.panel.invitations.values import OwnInvitation
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.door.service import Given
from consulta.platform.models import ANSWER, Invitation
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.panel.dialogues.service import DialogueView
    from consulta.platform.formats.letter_page import LetterPage
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post


def _guest(work: Work, link: Link) -> Actor | None:
    """Return the person invited by the invitation of a link."""
    invitation = invitations_queries.alone(work.session, link.subject_id)
    return Actor("guest", invitation.id, invitation.nominee.name) if invitation is not None else None


def _entered(work: Work, link: Link) -> None:
    """Make an invitation in state `invited` `opened`, unless its session has begun or is cancelled."""
    invitation = invitations_queries.find(work.session, link.subject_id, hold=True)
    guest = _guest(work, link)
    if invitation is not None and guest is not None and invitation.state == Invited.INVITED.value:
        session = dialogues.of_round(work, invitation.round.key)
        if not guest_letters.is_over(session, work.now):
            guest_steps.take(replace(work, actor=guest), invitation, Invited.OPENED)


PURPOSES = (
    Purpose(
        ANSWER,
        way="a",
        subject=Invitation,
        role="guest",
        page="guest.invitation",
        texts="invitations/door.html",
        reader=_guest,
        life=timedelta(days=365),  # a session may be far ahead, and decides what the link opens
        entered=_entered,
    ),
)


def give(work: Work, invited: Sequence[Invitation]) -> list[str]:
    """Make a link to answer for each invitation, and return the tokens in the same order."""
    return door.give(work, ANSWER, [Given(each.id) for each in invited])


def further_link(work: Work, number: int) -> str:
    """Create one more link to an invitation, for an installation without mail, and return its token.

    Problem: `invitation.unknown`.
    """
    require(work, "links.hand_out")
    invitation = or_problem(invitations_queries.find(work.session, number), "invitation.unknown")
    return give(work, [invitation])[0]


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
    session = or_problem(dialogues.of_round(work, _own(work).round.key), "dialogue.unknown")
    return guest_letters.entry(work, session, language, post, work.now)


def _own(work: Work, *, hold: bool = False) -> Invitation:
    return or_problem(
        invitations_queries.find(work.session, work.actor.id or 0, hold=hold), "invitation.unknown"
    )


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
