"""The secretariat's desk of mail: what went, what did not arrive and why, and what can be done about it.

It decides when mail counts as not arrived, and who is paused. A personal link is never shown: resending makes
a new one, ends the earlier ones and goes to the address on file.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.desk.mail.values import ContactMail, KindCount, MailOverview, MailStatus, Undelivered
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.mailer import bounces
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import Contact
from consulta.rounds.letters import plain
from consulta.rounds.letters.values import Attempt, Condition, MailLine, MessageState, MessageView, PlainLine
from consulta.rounds.links import service as links
from consulta.rounds.notices import service as notices
from consulta.rounds.queries import rounds
from consulta.rounds.service import hold, known, require_voting, subject
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Delivery, Message, Seat
    from consulta.platform.work import Work

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


def message(work: Work, round_key: str, number: int) -> MessageView:
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
