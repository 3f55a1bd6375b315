"""Whom the mails about proposing themes would go to now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.rounds import State
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.readers import TOLD
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.mass_mail import PROPOSED, Readers
from consulta.themes.proposals import links, phase

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work


def proposing(work: Work, found: Round) -> Readers:
    """Return who gets a link to propose themes: all contacts who may vote, without those who had it."""
    if found.state != State.DRAFT.value:
        return Readers(links.CALL, ())
    fresh = {each.id for each in mail_queries.unwritten(work.session, found.id, links.CALL)}
    return mass_mail.to_some_members(work, links.CALL, fresh, TOLD)


def reminding(work: Work, found: Round) -> Readers:
    """Return who is reminded to propose themes: those who took no part, if it is not too soon."""
    if found.state != State.DRAFT.value:
        return Readers(links.REMINDER, ())
    silent = {each.id for each in phase.silent(work, found)}
    readers = mass_mail.to_some_members(work, links.REMINDER, silent, PROPOSED)
    had = phase.reminded(work, found)
    _count, again = phase.remindable(work, found.key)
    told = [(TOLD, f"{each.name} ({each.organisation})") for each in readers.people if each.number in had]
    return readers._replace(
        people=[each for each in readers.people if each.number not in had],
        left_out=[*readers.left_out, *told],
        again=again,
    )


def extending(work: Work, found: Round) -> Readers:
    """Return who is told that proposing themes ends later: all contacts who may vote, once for an end."""
    if found.state != State.DRAFT.value:
        return Readers(links.EXTENSION, ())
    _kind, people, left_out, *_rest = mass_mail.to_members(work, links.EXTENSION)
    had = phase.told_of_end(work, found)
    told = [(TOLD, f"{each.name} ({each.organisation})") for each in people if each.number in had]
    return Readers(links.EXTENSION, [each for each in people if each.number not in had], [*left_out, *told])
