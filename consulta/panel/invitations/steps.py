"""The steps of an invitation: each is a row that stays, with its time and its person.

It decides that no step is taken that `core.invitations` does not allow, and where the words go that people
write with a step. Who may take one is asked before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.invitations import Invited, move
from consulta.core.problems import Problem
from consulta.platform.models import Invitation, InvitationEvent, InvitationWords
from consulta.platform.texts import line, paragraphs

if TYPE_CHECKING:
    from consulta.platform.models import Nominee
    from consulta.platform.work import Work

NOTE_LONGEST, NAME_LONGEST = 1000, 200


def propose(work: Work, round_id: int, nominee: Nominee) -> Invitation:
    """Create an invitation of a nominee, in state `proposed`, and return it.

    The nominee sits on the panel as decided last.
    """
    invitation = Invitation(
        round_id=round_id,
        nominee_id=nominee.id,
        state=Invited.PROPOSED.value,
        changed_at=work.now,
        told=None,
        created_at=work.now,
    )
    invitation.nominee = nominee
    work.session.add(invitation)
    work.session.flush()
    _keep(work, invitation, "", "", "")
    return invitation


def take(
    work: Work,
    invitation: Invitation,
    wanted: Invited,
    note: str = "",
    colleague: str = "",
    colleague_contact: str = "",
) -> None:
    """Let an invitation come to `wanted`.

    Problems: `invitation.move`, `invitation.note`, `invitation.colleague`.
    """
    note, colleague, contact = paragraphs(note), line(colleague), line(colleague_contact)
    if len(note) > NOTE_LONGEST:
        raise Problem("invitation.note", most=NOTE_LONGEST)
    if len(colleague) > NAME_LONGEST or len(contact) > NAME_LONGEST or (contact and not colleague):
        raise Problem("invitation.colleague")
    invitation.state = move(Invited(invitation.state), wanted).value
    invitation.changed_at = work.now
    _keep(work, invitation, note, colleague, contact)


def _keep(work: Work, invitation: Invitation, note: str, colleague: str, contact: str) -> None:
    event = InvitationEvent(
        invitation_id=invitation.id, state=invitation.state, at=work.now, actor=str(work.actor)
    )
    work.session.add(event)
    work.session.flush()
    if note or colleague:
        work.session.add(
            InvitationWords(event_id=event.id, note=note, colleague=colleague, colleague_contact=contact)
        )
    # Without the words, which may have to go one day; and without the name, which the number leads to.
    work.record(
        "invitations.changed",
        f"round:{invitation.round_id}",
        {"invitation": invitation.id, "state": invitation.state},
    )
