"""The secretariat's desk of mail: what it sees, what it pauses, marks and sends again.

It gets rows, and never a personal link or a receipt code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import starmap
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.desk import reminders
from consulta.panel import invitation_mails
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.formats import letter_mail
from consulta.platform.listing import Wanted
from consulta.platform.mailer import bounces, transport
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import Contact, Seat
from consulta.rounds import links, notices
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters import plain
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.letters.service import server_said
from consulta.rounds.queries import rounds
from consulta.rounds.service import hold, known, line_of, require_voting, sized, subject, takes_votes
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.listing import Found
    from consulta.platform.mailer.bounces import Step
    from consulta.platform.models import Delivery, Message, Reminder, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Finished, Needless, Post, Preview
    from consulta.rounds.letters.texts import MailTextView
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class MailLine:
    """A contact who may vote for a seat, and how mail to them does (`mailer.queries.mail.CONDITION`)."""

    seat: Seat
    contact: Contact
    last: Message | None
    voted: bool
    condition: str


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A mail about no round that waits or failed; to whom is empty where the desk is not told."""

    kind: str
    contact: str
    organisation: str
    email: str
    condition: str
    at: datetime  # when it left, or when it will be tried next
    reason: str | None  # the code of why it failed
    said: str


@dataclass(frozen=True, slots=True)
class MailStatus:
    """How mail does in the whole house."""

    paused: bool
    held: bool  # since a backup was restored
    waiting: int
    stuck_since: datetime | None  # since when the mail server takes nothing, though it is tried
    last_attempt: datetime | None
    answered: bool  # the last attempt got an answer of the mail server
    last_said: str


@dataclass(frozen=True, slots=True)
class MailOverview:
    """The mail of one round."""

    status: MailStatus
    kinds: Mapping[str, Mapping[str, int]]  # by kind and state
    lost: tuple[Undelivered, ...]  # whom mail does not reach
    to_numbers: Mapping[str, int]  # how many messages go by SMS or WhatsApp, by state
    failed_at_numbers: tuple[Message, ...]  # those that failed and that no later one made good

    @property
    def refused(self) -> int:
        """Return the number of lost contacts to which no further attempt is made.

        The round's page shows this number as not delivered.
        """
        return sum(each.line.condition != "retrying" for each in self.lost)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A contact that mail does not reach: the code of the reason, and what can be done.

    `alone`: no other contact of the organisation is reached.
    """

    line: MailLine
    why: str
    steps: tuple[Step, ...]
    said: str
    since: datetime
    alone: bool = False


# -- pages


@dataclass(frozen=True, slots=True)
class MailPage:
    """The mail of a round: what did not arrive, numbers, and what comes next."""

    round: RoundLine
    overview: MailOverview
    lost: LostMail
    ahead: list[tuple[datetime, str]]  # what happens without a click: `opening`, `reminder` or `closing`


@dataclass(frozen=True, slots=True)
class ContactPage:
    """All mail of a round to one contact, the newest first, and whether votes are taken still."""

    round: RoundLine
    line: MailLine
    messages: list[tuple[Message, list[Delivery]]]  # each with its attempts
    takes_votes: bool


@dataclass(frozen=True, slots=True)
class LostMail:
    """What did not arrive in a round, and who was not written to at all."""

    round: RoundLine
    takes_votes: bool
    lost: list[Undelivered]
    unwritten: tuple[MailLine, ...]
    silent: list[Seat]  # without a contact who may vote
    again: int  # messages that failed and can be sent again as things stand


@dataclass(frozen=True, slots=True)
class ReportRead:
    """Content of a pasted report: the contacts in it, and how many addresses belong to no contact."""

    found: list[tuple[Contact, bounces.Named]]
    strangers: int


@dataclass(frozen=True, slots=True)
class RemindersPage:
    """The moments of reminding of a round, past and planned, and those that are proposed."""

    round: RoundLine
    planned: list[Reminder]
    proposed: tuple[tuple[int, str, datetime], ...]  # days before the deadline, hour of the round, moment
    may_plan: bool
    may_send: bool


@dataclass(frozen=True, slots=True)
class TextsPage:
    """The texts of a round's mails."""

    round: RoundLine
    texts: tuple[MailTextView, ...]
    readers: tuple[tuple[int, str, str], ...] = ()  # of one kind: contact's number, organisation and contact


@dataclass(frozen=True, slots=True)
class MailFile:
    """A mail as it lies in the data folder; `whole` where it is shown with its link, in an example."""

    round: RoundLine
    number: int
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    whole: bool


def mail_page(work: Work, round_key: str) -> MailPage:
    """Return the mail of a round: figures, and next automatic actions.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_overview(work, round_key)
    line = line_of(found, sizes, work.now)
    return MailPage(
        round=line,
        overview=overview,
        lost=_lost_mail(work, found, line, overview, Wanted(chosen={"state": "none"})),
        ahead=_ahead(work, found),
    )


def contact_page(work: Work, round_key: str, contact_id: int) -> ContactPage:
    """Return all mail of a round to one contact. Problems: `round.unknown`, `contact.unknown`."""
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    lines = mail_queries.lines(work.session, found.id, Contact.id == contact_id)
    if not lines:
        raise Problem("contact.unknown")
    messages = mail_queries.history(work.session, found.id, contact_id)
    attempts = mail_queries.attempts(work.session, [each.id for each in messages])
    return ContactPage(
        round=line_of(found, sizes, work.now),
        line=MailLine(*lines[0]),
        messages=[(each, attempts.get(each.id, [])) for each in messages],
        takes_votes=takes_votes(found, work.now),
    )


def resend_page(work: Work, round_key: str, contact_id: int, reason: str) -> None:
    """Send a new link to the address on file, even if mail to it is marked as not arriving.

    The mark is removed. Problems: those of `mail_desk.service.resend`, except `mail.bounced`, and
    `member.contact.unknown`.
    """
    trust_address(work, contact_id)
    resend(work, round_key, contact_id, reason)


def thanks_page(work: Work, round_key: str) -> tuple[int, int]:
    """Return how many organisations voted, and how many of their contacts were thanked.

    Problems: `round.unknown`, `mail.early` (the result is not public).
    """
    require(work, "mail.read")
    found = known(work, round_key)
    if found.state != State.PUBLISHED:
        raise Problem("mail.early")
    voted, _contacts, thanked = mail_queries.voters_told(work.session, found.id, "thanks")
    return voted, thanked


def lost_mail(work: Work, round_key: str) -> LostMail:
    """Return the contacts that mail does not reach, those not written to, and seats without a voter.

    Contacts of seats that have not voted come first, among them those whose organisation is not reached
    at another address.
    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    overview = mail_overview(work, round_key)
    unwritten = Wanted(chosen={"state": "none"}, page=None)
    view = _lost_mail(work, found, line_of(found, sizes, work.now), overview, unwritten)
    return replace(view, again=mail_again.count_ready(work, found))


def _lost_mail(
    work: Work, found: Round, line: RoundLine, overview: MailOverview, unwritten: Wanted
) -> LostMail:
    missed = {each.line.contact.id for each in overview.lost}
    near = Seat.key.in_({each.line.seat.key for each in overview.lost}), mail_queries.CONDITION == "sent"
    reached = {
        seat.key
        for seat, contact, *_ in mail_queries.lines(work.session, found.id, *near)
        if contact.id not in missed
    }
    lost = [replace(each, alone=each.line.seat.key not in reached) for each in overview.lost]
    is_open = found.state == State.OPEN
    return LostMail(
        round=line,
        takes_votes=takes_votes(found, work.now),
        lost=sorted(lost, key=lambda each: (each.line.voted, not each.alone)),
        unwritten=mail_list(work, found.key, unwritten).rows if is_open else (),
        silent=mail_queries.silent_seats(work.session, found.id),
        again=0,
    )


def read_report(work: Work, text: str) -> ReportRead:
    """Return what a pasted report of a mail server says of contacts; nothing of it is stored."""
    require(work, "mail.read")
    named = {each.address: each for each in bounces.read(text)}
    contacts = mail_queries.at_addresses(work.session, list(named))
    known = {contact.email.casefold() for contact in contacts}
    found = [(contact, named[contact.email.casefold()]) for contact in contacts]
    return ReportRead(
        found=sorted(found, key=lambda each: not each[1].failed),
        strangers=sum(address not in known for address in named),
    )


def mark_reported(work: Work, said: Mapping[int, str]) -> int:
    """Mark contacts as not reached, each with what the mail server said of it: how many were not before.

    Problem: `member.contact.unknown`.
    """
    require(work, "mail.write")
    fresh = mail_queries.not_marked(work.session, list(said))
    for number in fresh:
        mark_bounced(work, number, said[number])
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
        proposed=deadlines.reminders(
            found.closes_local, found.zone, work.now, {each.local for each in planned}
        )
        if may_plan
        else (),
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
            invitation_mails.readers(work, found, text)
            if to_guests
            else tuple(each[:3] for each in outbox_queries.readers(work.session, found.id, text, reader))
        )
    return TextsPage(line_of(found, sizes, work.now), texts, readers)


def _ahead(work: Work, found: Round) -> list[tuple[datetime, str]]:
    """Return the next automatic actions of a round, in order of time."""
    coming: list[tuple[datetime, str]] = []
    if found.state == State.DRAFT and found.opens_at is not None:
        coming.append((found.opens_at, "opening"))
    if found.state in {State.DRAFT, State.OPEN}:
        planned = reminders.list_reminders(work, found.key)
        coming += [(each.due_at, "reminder") for each in planned if each.done_at is None]
        coming.append((found.closes_at, "closing"))
    return sorted(coming, key=lambda each: each[0])


def list_files(work: Work, round_key: str, wanted: Wanted) -> Found:
    """Return the mails of a round that became files and that `wanted` names, as rows.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    return mail_queries.filed(work.session, known(work, round_key).id, wanted)


def mail_file(work: Work, round_key: str, number: int, folder: Path) -> MailFile:
    """Return one mail of a round that became a file in `folder`.

    Problems: `round.unknown`, `mail.unknown` (not of this round, or not written as a file),
    `mail.file_gone`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    message = mail_queries.of_round(work.session, found.id, number)
    if message is None or message.transport != "file":
        raise Problem("mail.unknown")
    try:
        content = transport.file_of(folder, number, message.kind).read_bytes()
    except OSError:
        raise Problem("mail.file_gone") from None
    mail = letter_mail.read(content)
    return MailFile(
        round=line_of(found, sizes, work.now),
        number=number,
        headers=mail.headers,
        text=mail.text if found.example else message.body or "",
        html=mail.html if found.example else "",
        whole=found.example,
    )


def finish(work: Work, number: int, post: Post) -> Finished | Needless:
    """Return the mail of a waiting message, or Needless with a code if it is not to be sent."""
    message = outbox_queries.message(work.session, number)
    if message is not None and message.invitation is not None:
        return invitation_mails.finish(work, message, message.invitation, post)
    if message is not None and mail_kinds.find(message.kind).readers == "others":
        return plain.finish(work, message, post)
    return letters.finish(work, number, post)


def preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return a text as a reader of the round would get it, with texts not saved yet where given.

    Problem: `mail.kind` also for mails about no round.
    """
    readers = mail_kinds.find(kind).readers
    if readers == "others":
        raise Problem("mail.kind")
    if readers == "guests":
        return invitation_mails.preview(work, round_key, kind, language, post, texts, reader)
    return letters.preview(work, round_key, kind, language, post, texts, reader)


STATES = ("queued", "sent", "failed", "cancelled")  # of a message
SLOW = timedelta(hours=1)  # what could not be handed over for so long is shown as not arrived


# -- seen


def mail_status(work: Work) -> MailStatus:
    """Return the state of mail in the installation: paused or not, messages waiting, last attempt."""
    require(work, "mail.read")
    waiting, last = mail_queries.waiting(work.session, work.now), mail_queries.last_attempt(work.session)
    return MailStatus(
        paused=outbox_queries.is_paused(work.session),
        held=outbox_queries.held_since(work.session) is not None,
        waiting=waiting.messages,
        stuck_since=mail_queries.nothing_leaves_since(work.session),
        last_attempt=last.at if last else None,
        answered=last is not None and last.code is not None,
        last_said=server_said(last),
    )


def mail_overview(work: Work, round_key: str) -> MailOverview:
    """Return the mail of a round in figures, with its contacts and those that mail does not reach.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    kinds = {kind.name: dict.fromkeys(STATES, 0) for kind in mail_kinds.in_use(work) if kind.is_mail}
    for kind, state, count in mail_queries.counts(work.session, found.id):
        if kind in kinds:
            kinds[kind][state] = count
    lines = starmap(MailLine, mail_queries.lines(work.session, found.id, mail_queries.MAY_BE_LOST))
    lost = (_undelivered(work, line) for line in lines)
    to_numbers = mail_queries.to_numbers(work.session, found.id)
    failed = mail_queries.failed_at_numbers(work.session, found.id) if "failed" in to_numbers else []
    return MailOverview(
        mail_status(work),
        kinds,
        tuple(each for each in lost if each is not None),
        to_numbers,
        tuple(failed),
    )


def mail_list(
    work: Work, round_key: str, wanted: Wanted, names: Mapping[str, Mapping[str, str]] | None = None
) -> Found:
    """Return the contacts who may vote that `wanted` names, as `MailLine`: the state of mail to each.

    The state is that of the newest message, of the kind that is chosen or of any. Contacts that wait for a
    change of who may vote are included; `mailer.queries.mail.lines_wanted` says what can be asked.
    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    return mail_queries.lines_wanted(work.session, known(work, round_key).id, wanted, names or {}, MailLine)


def plain_list(work: Work, wanted: Wanted, names: Mapping[str, Mapping[str, str]] | None = None) -> Found:
    """Return the mails about no round that wait or failed and that `wanted` names, as `PlainLine`."""
    require(work, "mail.read")
    return mail_queries.plain(work.session, wanted, names or {}, _plain_line)


def undelivered(work: Work, round_key: str) -> tuple[Undelivered, ...]:
    """Return the contacts of a round that mail does not reach, with the reason. Problem: `round.unknown`."""
    require(work, "mail.read")
    return mail_overview(work, round_key).lost


# -- done


def pause_mail(work: Work) -> None:
    """Pause all sending until mail is resumed; messages requested meanwhile wait.

    Receipts and notices to addresses on file are sent all the same.
    """
    _switch(work, paused=True)


def resume_mail(work: Work) -> None:
    """Let mail go again."""
    _switch(work, paused=False)


def pause_contact(work: Work, contact_id: int, *, paused: bool) -> None:
    """Write nothing to a contact, or write again; what would have been sent meanwhile is not sent later.

    Problem: `member.contact.unknown`.
    """
    require(work, "mail.write")
    contact = _contact(work, contact_id)
    if contact.paused != paused:
        contact.paused = paused
        _record(work, "contacts.mail_paused" if paused else "contacts.mail_resumed", contact)


def mark_bounced(work: Work, contact_id: int, reason: str) -> None:
    """Mark that mail does not reach a contact, with the reason given by a mail server or a person.

    Raise Problem `member.contact.unknown` if there is no such contact.
    """
    require(work, "mail.write")
    contact = _contact(work, contact_id)
    if contact.bounced_at is None:
        contact.bounced_at = work.now
    contact.bounce_reason = bounces.kept(reason)
    _record(work, "contacts.mail_bounced", contact)


def trust_address(work: Work, contact_id: int) -> None:
    """Write to a contact again though mail did not arrive. Problem: `member.contact.unknown`."""
    require(work, "mail.write")
    contact = _contact(work, contact_id)
    if contact.bounced_at is not None:
        contact.bounced_at = contact.bounce_reason = None
        _record(work, "contacts.mail_trusted", contact)


def resend(work: Work, round_key: str, contact_id: int, reason: str) -> None:
    """Send a contact a new link to its address on file, and end its earlier links.

    An address that could vote at the opening, or whose wait is over (`changes.service`), gets the link at
    once; any other gets none.
    Problems: `round.unknown`, `round.not_open`, `access.reason`, `contact.unknown`, `links.waiting`,
    `mail.bounced`, `mail.paused`.
    """
    require(work, "mail.write")
    why = access_changes.checked_reason(reason)
    found = hold(work, round_key)
    require_voting(work, found)
    people = rounds.voters(work.session, found.id, contact_id)
    if not people:
        known = outbox_queries.people(work.session, found.id, waiting=True)
        waits = any(contact.id == contact_id for _, contact, _ in known)
        raise Problem("links.waiting" if waits else "contact.unknown")
    seat, contact = people[0]
    hindered = hindrance(contact)
    if hindered is not None:
        raise Problem(hindered)
    rounds.revoke_links(work.session, found.id, work.now, contact_id)
    (token,) = links.give(work, people[:1])
    notices.new_link(work, seat, contact, token)
    work.record("links.reissued", subject(found), {"contact": contact_id, "reason": why})


def send_thanks(work: Work, round_key: str) -> int:
    """Send thanks to the contacts of every seat that voted and that were not thanked; return how many.

    Problems: `round.unknown`, `mail.early` (the result is not public).
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    if found.state != State.PUBLISHED:
        raise Problem("mail.early")
    thanked = notices.thank(work, found)
    work.record("mail.thanked", subject(found), {"count": thanked})
    return thanked


def drop_waiting(work: Work, round_key: str) -> int:
    """Let nothing of what waits in a round be sent: how many. Problem: `round.unknown`.

    Receipts and notices about who may vote go all the same, unless a command says so.
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    owed = work.actor.role == "command"
    dropped = mail_queries.cancel_waiting(work.session, found.id, work.now, "mail.dropped", owed=owed)
    if dropped:
        work.record("mail.dropped", subject(found), {"count": dropped})
    return dropped


# -- how it is told


def _plain_line(message: Message) -> PlainLine:
    hidden = mail_kinds.find(message.kind).unnamed
    name, organisation = plain.to_whom(message)
    return PlainLine(
        kind=message.kind,
        contact="" if hidden else name,
        organisation="" if hidden else organisation,
        email="" if hidden else message.address,
        condition="failed" if message.state == "failed" else "retrying" if message.said else "waiting",
        at=message.left_at or message.due_at,
        reason=message.reason,
        said="" if hidden else server_said(message),
    )


def _undelivered(work: Work, line: MailLine) -> Undelivered | None:
    """Return why mail does not reach a contact; None where it does, as far as is known."""
    contact, last = line.contact, line.last
    if contact.bounced_at is not None:
        reason = contact.bounce_reason or ""
        why = bounces.why_reported(reason)
        return Undelivered(line, why.code, why.steps, reason, contact.bounced_at)
    if last is None or last.tried_at is None:
        return None
    slow = line.condition == "retrying" and (
        work.now - last.tried_at >= SLOW or bounces.is_ours(last.code, last.said or "")
    )
    if last.state != "failed" and not slow:
        return None
    why = bounces.why(last.code, last.said or "")
    return Undelivered(line, why.code, why.steps, server_said(last), last.left_at or last.tried_at)


def _switch(work: Work, *, paused: bool) -> None:
    require(work, "mail.write")
    if mail_queries.switch(work.session, work.now, paused=paused):
        work.record("mail.paused" if paused else "mail.resumed", "mail")


def _contact(work: Work, contact_id: int) -> Contact:
    return or_problem(mail_queries.contact(work.session, contact_id), "member.contact.unknown")


def _record(work: Work, action: str, contact: Contact) -> None:
    work.record(action, f"organisation:{contact.organisation_id}", {"contact": contact.id})
