"""Pages about mail for the secretariat, beyond what `mail_desk` tells of each message.

This module decides which automatic actions come next, which contacts were not written to, and what a
pasted report says of contacts before any of them is marked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.desk import reminders
from consulta.desk.mail import service as mail_desk
from consulta.desk.mail.values import (
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
from consulta.panel.invitations import mails as guest_letters
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.formats import bounce_report
from consulta.platform.labels import name_of
from consulta.platform.listing import Wanted
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import Seat
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.service import line_of, sized, takes_votes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.desk.mail.values import MailOverview
    from consulta.platform.models import Contact, Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


def mail_page(work: Work, round_key: str) -> MailPage:
    """Return the mail of a round: figures, and next automatic actions.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_desk.mail_overview(work, round_key)
    line = line_of(found, sizes, work.now)
    return MailPage(
        round=line,
        opened=found.opened_at is not None,
        overview=overview,
        lost=_lost_mail(work, found, line, overview, Wanted(chosen={"state": "none"})),
        ahead=_ahead(work, found),
    )


def contact_page(work: Work, round_key: str, contact_id: int) -> ContactPage:
    """Return all mail of a round to one contact. Problems: `round.unknown`, `contact.unknown`."""
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    return ContactPage(
        round=line_of(found, sizes, work.now),
        mail=mail_desk.contact_mail(work, round_key, contact_id),
        takes_votes=takes_votes(found, work.now),
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
    voted, contacts, thanked = mail_queries.voters_told(work.session, found.id, "thanks")
    return ThanksPage(line_of(found, sizes, work.now), voted, contacts - thanked, thanked)


def lost_mail(work: Work, round_key: str) -> LostMail:
    """Return the contacts that mail does not reach, those not written to, and seats without a voter.

    Contacts of seats that have not voted come first, among them those whose organisation is not reached
    at another address.
    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_desk.mail_overview(work, round_key)
    unwritten = Wanted(chosen={"state": "none"}, page=None)
    view = _lost_mail(work, found, line_of(found, sizes, work.now), overview, unwritten)
    return replace(view, again=mail_again.count_ready(work, found))


def _lost_mail(
    work: Work, found: Round, line: RoundLine, overview: MailOverview, unwritten: Wanted
) -> LostMail:
    missed = {each.line.contact_id for each in overview.lost}
    near = Seat.key.in_({each.line.seat for each in overview.lost}), mail_queries.CONDITION == "sent"
    reached = {
        seat.key
        for seat, contact, *_ in mail_queries.lines(work.session, found.id, *near)
        if contact.id not in missed
    }
    lost = [Missed(each, alone=each.line.seat not in reached) for each in overview.lost]
    is_open = found.state == State.OPEN
    return LostMail(
        round=line,
        takes_votes=takes_votes(found, work.now),
        lost=tuple(sorted(lost, key=lambda each: (each.mail.line.voted, not each.alone))),
        unwritten=mail_desk.mail_list(work, found.key, unwritten).rows if is_open else (),
        silent=tuple(
            SilentSeat(seat.key, seat.organisation_id, seat.name, name_of("country", seat.country))
            for seat in mail_queries.silent_seats(work.session, found.id)
        ),
        again=0,
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
        may_send=takes_votes(found, work.now),
    )


def texts_page(
    work: Work, round_key: str, kind: str = "", reader: int | None = None, text: str = ""
) -> TextsPage:
    """Return the texts of a round's mails, of one kind or of all.

    With a kind, also return the first readers for whom a preview can be shown, `reader` before them; those
    whose names have the words of `text`, if there is one.
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
            guest_letters.readers(work, found, text)
            if to_guests
            else tuple(each[:3] for each in outbox_queries.readers(work.session, found.id, text, reader))
        )
    return TextsPage(line_of(found, sizes, work.now), texts, readers)


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
    free = deadlines.reminders(found.closes_local, found.zone, work.now, taken)
    return tuple(Proposed(days, local, at) for days, local, at in free)


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
