"""What is written to applicants and to their sponsors: each thing once, with the link that it needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.people.admission import queries
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain

if TYPE_CHECKING:
    from consulta.platform.models import Application, Organisation, Sponsorship
    from consulta.platform.work import Work

APPLY, SPONSOR = "apply", "sponsor"  # purposes of links; their subjects: the application, the sponsorship
CONTACT = "contact_address"  # and that of a further contact, whose address is to be confirmed
WAY = "q"  # the first part of the address of an applicant's link
LIFE = timedelta(days=365)  # of an applicant's link: an admission can take long


def confirm(work: Work, row: Application) -> None:
    """Let the address be asked to confirm the application, by a link."""
    _to_applicant(work, "admission_confirm", row)


def link(work: Work, row: Application) -> None:
    """Send a further link to an application that is there already. Earlier links go on working."""
    _to_applicant(work, "admission_link", row)


def decided(work: Work, row: Application, what: str, **facts: str) -> None:
    """Tell the applicant what was decided, or that a sponsor refused.

    `what` names a sentence (`admission_...`) of the words of mails.
    """
    told = {"what": what, **facts}
    _to_applicant(work, "admission_news", row, told)


def ask_contact(work: Work, row: Application, contact_id: int, person: dict[str, str]) -> None:
    """Ask a further contact of an organisation that was admitted to confirm its address, by a link."""
    work.session.flush()
    (token,) = door.give(work, CONTACT, [Given(contact_id)], work.now + LIFE)
    letter = _letter(work, "admission_contact", row, person, token, {"contact": str(contact_id)})
    queue_plain(work, [letter])


def taken(work: Work, member: Organisation, address: str, name: str, language: str) -> None:
    """Tell an address, which is a member's contact, that with it no application is made.

    It is not said on the page, where any person could ask for any address.
    """
    queue_plain(
        work,
        [
            PlainLetter(
                "admission_known",
                name,
                member.name,
                member.country,
                address,
                language,
                f"admission_known:{address}:{round(work.now.timestamp())}",
            )
        ],
    )


def ask_sponsor(work: Work, row: Application, sponsorship: Sponsorship) -> int:
    """Ask the contacts of a member that may vote whether it sponsors; return how many are written to."""
    member = queries.member(work.session, sponsorship.organisation_id)
    voting = [
        each
        for each in (member.contacts if member is not None else [])
        if each.may_vote and hindrance(each) is None
    ]
    sponsorship.state = "asked"
    work.session.flush()
    tokens = door.give(work, SPONSOR, [Given(sponsorship.id, each.id) for each in voting])
    queue_plain(
        work,
        [
            PlainLetter(
                "admission_sponsor",
                contact.name,
                sponsorship.organisation.name,
                sponsorship.organisation.country,
                contact.email,
                contact.language,
                f"admission_sponsor:{sponsorship.id}:{contact.id}",
                token,
                {"application": row.id, "sponsorship": sponsorship.id},
                contact,
            )
            for contact, token in zip(voting, tokens, strict=True)
        ],
    )
    return len(voting)


def _to_applicant(work: Work, kind: str, row: Application, facts: dict[str, str] | None = None) -> None:
    work.session.flush()
    (token,) = door.give(work, APPLY, [Given(row.id)], work.now + LIFE)
    queue_plain(work, [_letter(work, kind, row, row.people[0], token, facts or {})])


def _letter(
    work: Work,
    kind: str,
    row: Application,
    person: dict[str, str],
    token: str | None,
    facts: dict[str, str],
) -> PlainLetter:
    number = queries.count_mails(work.session, row.id, kind)
    return PlainLetter(
        kind,
        person["name"],
        row.name,
        row.country,
        person["email"],
        person["language"],
        f"{kind}:{row.id}:{number}",
        token,
        {"application": row.id, "version": row.version, **facts},
    )
