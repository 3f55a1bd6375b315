"""Whom the acts of the invitations would write to, before they are done: for `letters.mass_mail`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.panel.invitations import mails, service
from consulta.panel.invitations.queries import of_round
from consulta.rounds.letters.mass_mail import Readers, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.platform.models import Invitation, Round
    from consulta.platform.work import Work


def inviting(work: Work, found: Round) -> Readers:
    """Return who would be invited now. Problems: those of `invitations.service.require_before`."""
    service.require_before(work, found)
    return _guests(work, found, "panel_invitation", service.to_invite(work, found))


def reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now. Problems: those of `invitations.service.require_before`."""
    service.require_before(work, found)
    readers = _guests(work, found, "panel_reminder", service.to_remind(work, found))
    return readers._replace(again=service.remind_from(work, found))


def telling(work: Work, found: Round) -> Readers:
    """Return who would be told of news of the session now."""
    return _guests(work, found, "panel_session", service.to_tell(work, found))


def replacing(work: Work, found: Round) -> Readers:
    """Return who would be told now that the published panel was replaced."""
    return _guests(work, found, mails.REPLACED, service.to_tell_replaced(work, found))


def _guests(work: Work, found: Round, kind: str, invited: Iterable[Invitation]) -> Readers:
    chosen = list(invited)
    reached = [each for each in chosen if mails.may_be_written_to(each.nominee)]
    others = {each.id for each in chosen}
    return Readers(
        kind,
        [
            Recipient(
                each.id,
                each.nominee.name,
                each.nominee.organisation,
                each.nominee.email,
                each.nominee.language,
                each.nominee.country,
            )
            for each in reached
        ],
        [
            *(("mail.guest_address", each.nominee.name) for each in chosen if each not in reached),
            *(
                (each.state, each.nominee.name)
                for each in of_round(work.session, found.id)
                if each.id not in others
            ),
        ],
        mails.preview,
    )
