"""What is written about the data of a member: a link to them, what was changed, what was decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.people.members import news as members_news
from consulta.people.members.news import News
from consulta.people.own_data import queries
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.people.members.news import Person
    from consulta.platform.models import Contact, Correction, Organisation
    from consulta.platform.work import Work

OWN = "own_data"  # the purpose of links; their subject is the organisation


def link(work: Work, contacts: Sequence[Contact], *, asked: bool = False) -> int:
    """Send each contact a link to the data of its organisation; return how many.

    One who did not ask for it gets none where mail does not reach it.
    """
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    given = [Given(each.organisation_id, each.id) for each in reached]
    kind = "own_data_link" if asked else "own_data_yearly"
    letters = [
        _letter(work, kind, contact, {"asked": True} if asked else {}, token)
        for contact, token in zip(reached, door.give(work, OWN, given), strict=True)
    ]
    queue_plain(work, letters)
    return len(letters)


def changed(
    work: Work, member: Organisation, who: Contact, what: str, about: str = "", old: Person | None = None
) -> None:
    """Tell all other contacts of a member that its data were changed, and the address that was given up.

    `what` names a sentence (`own_...`) of the words of mails; `about` is the person it is about, `old` that
    person at the address that was given up.
    """
    others = [each for each in member.contacts if each.id != who.id and hindrance(each) is None]
    readers = [*map(members_news.person, others), *([old] if old is not None else [])]
    members_news.send(work, member, [News(each, ((what, about),)) for each in readers], who.name)


def decided(work: Work, row: Correction) -> None:
    """Tell the contact who asked for a change what the secretariat decided."""
    facts = {"what": f"{row.kind}_{row.state}", "reason": row.reason, "correction": row.id}
    if row.kind == "objection":  # it goes to the address that objected, which may be given up
        letter = _letter(work, "own_data_decided", row.asked_by, facts)
        own = row.asked_by.active and row.asked_by.email == row.said["email"]
        to = replace(letter, email=row.said["email"], contact=row.asked_by if own else None)
        queue_plain(work, [replace(to, once=f"own_data_decided:{row.id}")])
    elif row.asked_by.active:
        queue_plain(work, [_letter(work, "own_data_decided", row.asked_by, facts)])


def _letter(
    work: Work, kind: str, contact: Contact, facts: Mapping[str, object], token: str | None = None
) -> PlainLetter:
    number = queries.count_mails(work.session, contact.id, kind)
    return PlainLetter(
        kind,
        contact.name,
        contact.organisation.name,
        contact.organisation.country,
        contact.email,
        contact.language,
        f"{kind}:{contact.id}:{number}",
        token,
        facts,
        contact,
    )
