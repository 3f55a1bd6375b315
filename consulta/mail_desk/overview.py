"""Pages about mail for the secretariat, beyond what `mail_desk` tells of each message.

This module decides which automatic actions come next, which contacts were not written to, and what a
pasted report says of contacts before any of them is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.formats import bounce_report
from consulta.infra import deadlines
from consulta.infra.access import require
from consulta.infra.labels import name_of
from consulta.invitations import mails as guest_letters
from consulta.letters import again as mail_again
from consulta.letters import texts as mail_texts
from consulta.lifecycle import reminders
from consulta.mail_desk import service as mail_desk
from consulta.mail_desk.values import (
    Ahead,
    ContactPage,
    LostMail,
    MailPage,
    Missed,
    Proposed,
    RemindersPage,
    Reported,
    ReportRead,
    SilentSeat,
    TextsPage,
    ThanksPage,
)
from consulta.mailer import kinds as mail_kinds
from consulta.mailer.queries import mail as mail_queries
from consulta.mailer.queries import outbox as outbox_queries
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.infra.models import Contact, Round
    from consulta.infra.work import Work
    from consulta.letters.values import MailLine

BEFORE_CLOSING = (7, 3, 1)  # days at which a reminder is proposed


@dataclass(frozen=True, slots=True)
class MailFilter:
    """Filter of the mail page; an empty field matches all."""

    state: str = ""
    kind: str = ""
    country: str = ""

    def keeps(self, line: MailLine) -> bool:
        """Return whether a contact's line passes the filter.

        Lines without a message of the wanted kind never pass.
        """
        by_kind = not self.kind or line.kind == self.kind
        return by_kind and self.state in {"", line.condition} and self.country in {"", line.country}


def mail_page(work: Work, round_key: str, wanted: MailFilter) -> MailPage:
    """Return the mail of a round: figures, next automatic actions, and the contacts that match.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_desk.mail_overview(work, round_key)
    lines = overview.lines
    if wanted.kind:
        lines = mail_desk.mail_list(work, round_key, wanted.kind)
    return MailPage(
        round=line_of(found, sizes, work.now),
        opened=found.opened_at is not None,
        overview=overview,
        ahead=_ahead(work, found),
        lines=tuple(line for line in lines if wanted.keeps(line)),
    )


def export_mail(work: Work, round_key: str, wanted: MailFilter) -> MailPage:
    """Return the same page for an export as a file, and record the export in the log.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.export")
    page = mail_page(work, round_key, wanted)
    work.record("mail.exported", subject(hold(work, round_key)), {"rows": len(page.lines)})
    return page


def contact_page(work: Work, round_key: str, contact_id: int) -> ContactPage:
    """Return all mail of a round to one contact. Problems: `round.unknown`, `contact.unknown`."""
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    return ContactPage(
        round=line_of(found, sizes, work.now),
        mail=mail_desk.contact_mail(work, round_key, contact_id),
        takes_votes=_takes_votes(work, found),
    )


def resend(work: Work, round_key: str, contact_id: int, reason: str) -> None:
    """Send a new link to the address on file, even if mail to it is marked as not arriving.

    The mark is removed. Problems: those of `mail_desk.service.resend`, except `mail.bounced`, and
    `member.contact.unknown`.
    """
    mail_desk.trust_address(work, contact_id)
    mail_desk.resend(work, round_key, contact_id, reason)


def thanks_page(work: Work, round_key: str) -> ThanksPage:
    """Return how many organisations and contacts would be thanked, and how many already were.

    Problems: `round.unknown`, `mail.early` (the result is not public).
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    if found.state != State.PUBLISHED:
        raise Problem("mail.early")
    voted = [line for line in mail_desk.mail_list(work, round_key, "thanks") if line.voted]
    thanked = sum(line.kind is not None for line in voted)
    return ThanksPage(
        round=line_of(found, sizes, work.now),
        organisations=len({line.seat for line in voted}),
        contacts=len(voted) - thanked,
        sent=thanked,
    )


def lost_mail(work: Work, round_key: str) -> LostMail:
    """Return the contacts that mail does not reach, those not written to, and seats without a voter.

    Contacts of seats that have not voted come first, among them those whose organisation is not reached
    at another address.
    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_desk.mail_overview(work, round_key)
    missed = {each.line.contact_id for each in overview.lost}
    others = [line for line in overview.lines if line.contact_id not in missed]
    reached = {line.seat for line in others if line.condition == "sent"}
    lost = [Missed(each, alone=each.line.seat not in reached) for each in overview.lost]
    is_open = found.state == State.OPEN
    return LostMail(
        round=line_of(found, sizes, work.now),
        takes_votes=_takes_votes(work, found),
        lost=tuple(sorted(lost, key=lambda each: (each.mail.line.voted, not each.alone))),
        unwritten=tuple(line for line in others if is_open and line.condition == "none"),
        silent=tuple(
            SilentSeat(seat.key, seat.organisation_id, seat.name, name_of("country", seat.country))
            for seat in mail_queries.silent_seats(work.session, found.id)
        ),
        again=mail_again.count_ready(work, found),
    )


def read_report(work: Work, text: str) -> ReportRead:
    """Return what a pasted report of a mail server says of contacts; nothing of it is stored."""
    require(work, "mail.read")
    named = {each.address: each for each in bounce_report.read(text)}
    contacts = mail_queries.at_addresses(work.session, list(named))
    known = {contact.email.casefold() for contact in contacts}
    found = [_reported(contact, named[contact.email.casefold()]) for contact in contacts]
    return ReportRead(
        found=tuple(sorted(found, key=lambda each: not each.failed)),
        strangers=sum(address not in known for address in named),
    )


def mark_reported(work: Work, said: Mapping[int, str]) -> int:
    """Mark contacts as not reached, each with what the mail server said of it: how many were not before.

    Problem: `member.contact.unknown`.
    """
    require(work, "mail.write")
    fresh = mail_queries.not_marked(work.session, list(said))
    for number in fresh:
        mail_desk.mark_bounced(work, number, said[number])
    return len(fresh)


def reminders_page(work: Work, round_key: str) -> RemindersPage:
    """Return the reminders of a round, past and planned, and the moments proposed for more.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    planned = reminders.list_reminders(work, round_key)
    may_plan = found.state in {State.DRAFT, State.OPEN} and work.now < found.closes_at
    return RemindersPage(
        round=line_of(found, sizes, work.now),
        planned=planned,
        proposed=_proposed(work, found, {each.local for each in planned}) if may_plan else (),
        may_plan=may_plan,
        may_send=_takes_votes(work, found),
    )


def texts_page(work: Work, round_key: str, kind: str = "") -> TextsPage:
    """Return the texts of a round's mails, of one kind or of all.

    With a kind, also return the readers for whom a preview can be shown.
    Problems: `round.unknown`, `mail.kind`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    texts = mail_texts.list_texts(work, round_key)
    readers: tuple[tuple[int, str, str], ...] = ()
    if kind:
        to_guests = mail_kinds.find(kind).readers == "guests"
        texts = tuple(text for text in texts if text.kind == kind)
        readers = (
            guest_letters.readers(work, found)
            if to_guests
            else tuple(each[:3] for each in outbox_queries.readers(work.session, found.id))
        )
    return TextsPage(line_of(found, sizes, work.now), texts, readers)


def _takes_votes(work: Work, found: Round) -> bool:
    return found.state == State.OPEN and work.now < found.closes_at


def _ahead(work: Work, found: Round) -> tuple[Ahead, ...]:
    """Return the next automatic actions of a round, in order of time."""
    coming: list[Ahead] = []
    if found.state == State.DRAFT and found.opens_at is not None:
        coming.append(Ahead("opening", found.opens_at))
    if found.state in {State.DRAFT, State.OPEN}:
        planned = reminders.list_reminders(work, found.key)
        coming += [Ahead("reminder", each.due_at) for each in planned if each.done_at is None]
        coming.append(Ahead("closing", found.closes_at))
    return tuple(sorted(coming, key=lambda each: each.at))


def _proposed(work: Work, found: Round, taken: set[str]) -> tuple[Proposed, ...]:
    """Return the usual moments for reminders that are still to come and not planned.

    They are 7, 3 and 1 days before the deadline, at its hour in the round's zone.
    """
    closes = datetime.strptime(found.closes_local, deadlines.LOCAL_FORM)  # noqa: DTZ007 - an hour of its zone
    hours = (
        (days, (closes - timedelta(days=days)).strftime(deadlines.LOCAL_FORM)) for days in BEFORE_CLOSING
    )
    free = ((days, local, _moment(local, found.zone)) for days, local in hours if local not in taken)
    return tuple(Proposed(days, local, at) for days, local, at in free if at is not None and at > work.now)


def _moment(local: str, zone: str) -> datetime | None:
    try:
        return deadlines.resolve(local, zone)
    except Problem:
        return None  # clocks jump over that hour


def _reported(contact: Contact, named: bounce_report.Named) -> Reported:
    return Reported(
        contact_id=contact.id,
        organisation=contact.organisation.name,
        contact=contact.name,
        email=contact.email,
        said=named.said,
        failed=named.failed,
        known=contact.bounced_at is not None,
    )
