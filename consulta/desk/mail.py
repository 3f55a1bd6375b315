"""What the secretariat sees of mail: frozen values, and never a personal link or a receipt code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.desk import reminders
from consulta.panel import invitation_mails
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.formats import bounce_report, letter_file
from consulta.platform.labels import name_of
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
from consulta.rounds.letters.values import Attempt, Condition, MailLine, MessageState, MessageView, PlainLine
from consulta.rounds.queries import rounds
from consulta.rounds.service import hold, known, line_of, require_voting, sized, subject, takes_votes
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from consulta.core.texts import Text
    from consulta.desk.reminders import PlannedReminder
    from consulta.platform.listing import Found
    from consulta.platform.mailer.bounces import Step
    from consulta.platform.models import Delivery, Message, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Finished, Needless, Post, Preview
    from consulta.rounds.letters.texts import MailTextView
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many messages of one kind wait, were sent, failed, were not sent after all."""

    kind: str
    queued: int
    sent: int
    failed: int
    cancelled: int


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
    kinds: tuple[KindCount, ...]
    lost: tuple[Undelivered, ...]  # whom mail does not reach

    @property
    def refused(self) -> int:
        """Return the number of lost contacts to which no further attempt is made.

        The round's page shows this number as not delivered.
        """
        return sum(each.line.condition != "retrying" for each in self.lost)


@dataclass(frozen=True, slots=True)
class ContactMail:
    """All that was written to a contact in a round, the newest first."""

    line: MailLine
    paused: bool
    bounced_at: datetime | None
    bounce_reason: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A contact that mail does not reach: the code of the reason, and what can be done."""

    line: MailLine
    why: str
    steps: tuple[Step, ...]
    said: str
    since: datetime


# -- pages


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happens without a click: `opening`, `reminder` or `closing`."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailPage:
    """The mail of a round: what did not arrive, numbers, and what comes next."""

    round: RoundLine
    opened: bool
    overview: MailOverview
    lost: LostMail
    ahead: tuple[Ahead, ...]


@dataclass(frozen=True, slots=True)
class ContactPage:
    """All mail of a round to one contact, and whether votes are taken still."""

    round: RoundLine
    mail: ContactMail
    takes_votes: bool


@dataclass(frozen=True, slots=True)
class ThanksPage:
    """Whom thanks would go to: contacts of organisations that voted, less those who have theirs."""

    round: RoundLine
    organisations: int
    contacts: int
    sent: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A contact that mail does not reach; `alone` if no other contact of the organisation is reached."""

    mail: Undelivered
    alone: bool


@dataclass(frozen=True, slots=True)
class SilentSeat:
    """An organisation on the roll without a contact who may vote: no mail goes to it."""

    seat: str
    organisation_id: int
    organisation: str
    country_name: Text


@dataclass(frozen=True, slots=True)
class LostMail:
    """What did not arrive in a round, and who was not written to at all."""

    round: RoundLine
    takes_votes: bool
    lost: tuple[Missed, ...]
    unwritten: tuple[MailLine, ...]
    silent: tuple[SilentSeat, ...]
    again: int  # messages that failed and can be sent again as things stand


@dataclass(frozen=True, slots=True)
class Reported:
    """A contact that a pasted report names; `failed` where the report says that mail failed for good."""

    contact_id: int
    organisation: str
    contact: str
    email: str
    said: str
    failed: bool
    known: bool  # marked already


@dataclass(frozen=True, slots=True)
class ReportRead:
    """Content of a pasted report: the contacts in it, and how many addresses belong to no contact."""

    found: tuple[Reported, ...]
    strangers: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """A moment at which a reminder could be planned: days before the deadline, by the round's clocks."""

    days: int
    local: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RemindersPage:
    """The moments of reminding of a round, past and planned, and those that are proposed."""

    round: RoundLine
    planned: tuple[PlannedReminder, ...]
    proposed: tuple[Proposed, ...]
    may_plan: bool
    may_send: bool


@dataclass(frozen=True, slots=True)
class TextsPage:
    """The texts of a round's mails."""

    round: RoundLine
    texts: tuple[MailTextView, ...]
    readers: tuple[tuple[int, str, str], ...] = ()  # of one kind: contact's number, organisation and contact


@dataclass(frozen=True, slots=True)
class FileLine:
    """A mail that became a file."""

    number: int
    kind: str
    organisation: str
    contact: str
    email: str
    subject: str
    at: datetime


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
        mail=contact_mail(work, round_key, contact_id),
        takes_votes=takes_votes(found, work.now),
    )


def resend_page(work: Work, round_key: str, contact_id: int, reason: str) -> None:
    """Send a new link to the address on file, even if mail to it is marked as not arriving.

    The mark is removed. Problems: those of `mail_desk.service.resend`, except `mail.bounced`, and
    `member.contact.unknown`.
    """
    trust_address(work, contact_id)
    resend(work, round_key, contact_id, reason)


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
    overview = mail_overview(work, round_key)
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
        unwritten=mail_list(work, found.key, unwritten).rows if is_open else (),
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
            invitation_mails.readers(work, found, text)
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


def list_files(work: Work, round_key: str, wanted: Wanted) -> Found:
    """Return the mails of a round that became files and that `wanted` names, as `FileLine`.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, _sizes = sized(work, round_key)
    return mail_queries.filed(work.session, found.id, wanted, _file_line)


def mail_file(work: Work, round_key: str, number: int, folder: Path) -> MailFile:
    """Return one mail of a round that became a file in `folder`.

    Problems: `round.unknown`, `mail.unknown` (not of this round, or not written as a file),
    `mail.file_gone`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    message = message_page(work, round_key, number)
    if message.transport != "file":
        raise Problem("mail.unknown")
    try:
        content = transport.file_of(folder, number, message.kind).read_bytes()
    except OSError:
        raise Problem("mail.file_gone") from None
    mail = letter_file.read(content)
    return MailFile(
        round=line_of(found, sizes, work.now),
        number=number,
        headers=mail.headers,
        text=mail.text if found.example else message.body,
        html=mail.html if found.example else "",
        whole=found.example,
    )


def _file_line(message: Message) -> FileLine:
    contact, seat = message.contact, message.seat
    return FileLine(
        number=message.id,
        kind=message.kind,
        organisation=seat.name if seat else "",
        contact=contact.name if contact else "",
        email=message.address,
        subject=message.subject or "",
        at=message.left_at or message.due_at,
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


_STATES: dict[str, MessageState] = {each: each for each in get_args(MessageState)}
_CONDITIONS: dict[str, Condition] = {each: each for each in get_args(Condition)}
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
        last_said=_said(last.code, last.said) if last else "",
    )


def mail_overview(work: Work, round_key: str) -> MailOverview:
    """Return the mail of a round in figures, with its contacts and those that mail does not reach.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    counted = {(kind, state): count for kind, state, count in mail_queries.counts(work.session, found.id)}
    return MailOverview(
        status=mail_status(work),
        kinds=tuple(
            KindCount(
                kind,
                *(counted.get((kind, state), 0) for state in ("queued", "sent", "failed", "cancelled")),
            )
            for kind in mail_kinds.mails()
        ),
        lost=tuple(
            told
            for each in mail_queries.lines(work.session, found.id, mail_queries.MAY_BE_LOST)
            if (told := _undelivered(work, _line(*each), each[1], each[2])) is not None
        ),
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
    return mail_queries.lines_wanted(work.session, known(work, round_key).id, wanted, names or {}, _line)


def plain_list(work: Work, wanted: Wanted, names: Mapping[str, Mapping[str, str]] | None = None) -> Found:
    """Return the mails about no round that wait or failed and that `wanted` names, as `PlainLine`."""
    require(work, "mail.read")
    return mail_queries.plain(work.session, wanted, names or {}, _plain_line)


def undelivered(work: Work, round_key: str) -> tuple[Undelivered, ...]:
    """Return the contacts of a round that mail does not reach, with the reason. Problem: `round.unknown`."""
    require(work, "mail.read")
    return mail_overview(work, round_key).lost


def contact_mail(work: Work, round_key: str, contact_id: int) -> ContactMail:
    """Return all messages to a contact in a round, with their attempts.

    Problems: `round.unknown`, `contact.unknown`.
    """
    require(work, "mail.read")
    found = known(work, round_key)
    lines = mail_queries.lines(work.session, found.id, Contact.id == contact_id)
    if not lines:
        raise Problem("contact.unknown")
    contact = lines[0][1]
    messages = mail_queries.history(work.session, found.id, contact_id)
    attempts = mail_queries.attempts(work.session, [each.id for each in messages])
    return ContactMail(
        line=_line(*lines[0]),
        paused=contact.paused,
        bounced_at=contact.bounced_at,
        bounce_reason=contact.bounce_reason or "",
        messages=tuple(_message(each, attempts.get(each.id, [])) for each in messages),
    )


def message_page(work: Work, round_key: str, number: int) -> MessageView:
    """Return one message of a round with its history. Problems: `round.unknown`, `mail.unknown`."""
    require(work, "mail.read")
    found = or_problem(mail_queries.of_round(work.session, known(work, round_key).id, number), "mail.unknown")
    return _message(found, mail_queries.attempts(work.session, [number]).get(number, []))


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


def _line(seat: Seat, contact: Contact, last: Message | None, voted: bool, condition: str) -> MailLine:  # noqa: FBT001
    return MailLine(
        contact_id=contact.id,
        seat=seat.key,
        organisation_id=seat.organisation_id,
        organisation=seat.name,
        country=seat.country,
        contact=contact.name,
        email=contact.email,
        language=contact.language,
        voted=voted,
        condition=_CONDITIONS[condition],
        kind=last.kind if last else None,
        at=(last.left_at or last.due_at) if last else None,
        attempts=last.attempts if last else 0,
        reason=last.reason if last else None,
        said=_said(last.code, last.said) if last else "",
    )


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
        said="" if hidden else _said(message.code, message.said),
    )


def _undelivered(work: Work, line: MailLine, contact: Contact, last: Message | None) -> Undelivered | None:
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
    return Undelivered(line, why.code, why.steps, line.said, last.left_at or last.tried_at)


def _message(found: Message, attempts: list[Delivery]) -> MessageView:
    return copied(
        MessageView,
        found,
        state=_STATES[found.state],
        subject=found.subject or "",
        body=found.body or "",
        attempts=tuple(copied(Attempt, each) for each in attempts),
    )


def _said(code: int | None, said: str | None) -> str:
    return f"{code or ''} {said or ''}".strip()


def _switch(work: Work, *, paused: bool) -> None:
    require(work, "mail.write")
    if mail_queries.switch(work.session, work.now, paused=paused):
        work.record("mail.paused" if paused else "mail.resumed", "mail")


def _contact(work: Work, contact_id: int) -> Contact:
    return or_problem(mail_queries.contact(work.session, contact_id), "member.contact.unknown")


def _record(work: Work, action: str, contact: Contact) -> None:
    work.record(action, f"organisation:{contact.organisation_id}", {"contact": contact.id})
