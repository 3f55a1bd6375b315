"""The outbox: mail is a row, written with the change that asks for it, and sent later by a worker.

It decides what a waiting message holds, who is not written to, which message is next, and what an answer of
the mail server means for it. A message is lent to one worker for a time: nothing is held while a server
talks, and what a worker that died had in hand is lent again. What a mail says is made when it is sent
(`letters`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from consulta.platform import parts
from consulta.platform.access import require
from consulta.platform.keyring import PREFIX, UnreadableError
from consulta.platform.mailer import bounces
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.queries import outbox as queries
from consulta.platform.mailer.transport import PERMANENT, SAID_MAX, Outcome
from consulta.platform.models import GATEWAY, MAIL, Delivery, SeatAddress
from consulta.platform.telephones import whatsapp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from consulta.platform.models import Contact, Invitation, Message, Nominee, Round, Seat, Staff
    from consulta.platform.work import Work

ID_BYTES = 16
LEASE = timedelta(minutes=10)  # longer than any talk with a server
MINUTE = timedelta(minutes=1)
GIVE_UP = timedelta(hours=48)  # after the first attempt
WAITS = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 7200, 14_400))
OURS_MAX = WAITS[2]  # nothing is wrong with the mail: it goes soon after the server is there again
JITTER = 0.2  # part by which a wait is longer or shorter
UNREADABLE = "mail.unreadable"
# A refusal that is about the address itself (RFC 3463: 5.1.x), or that does not say about what.
ADDRESS_CODES = frozenset({550, 551, 553, 67})  # 67: EX_NOUSER, of a program for messages
NUMBER_WAIT = timedelta(hours=24)  # from the choice of a number to the first link there: others can object
# So many mails in a row, refused for another reason than their address: then the server refuses everything.
ALL_REFUSED, ALL_WINDOW = 2, timedelta(hours=1)

Holding = Literal["", "held", "paused"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one contact of a seat; `once` identifies content that must not be told twice.

    With `to` it goes to that address on file, in any state of its contact: switched off, at another
    address by now, paused, or not reached by mail before. Receipts and notices about who may vote go
    this way. `channels` are those that it may take: GATEWAY is taken where a link goes to a number too.
    """

    kind: str
    seat: Seat
    contact: Contact
    once: str
    facts: Mapping[str, object] = field(default_factory=dict)
    token: str | None = None
    to: SeatAddress | None = None
    channels: Collection[str] = (MAIL, GATEWAY)


@dataclass(frozen=True, slots=True)
class GuestLetter:
    """A message for a person invited to the panel; `once` identifies content not to be told twice."""

    kind: str
    invitation: Invitation
    once: str
    token: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemberLetter:
    """A mail to a contact in a round without a roll; `once` is a key that allows one mail of it only."""

    kind: str
    round: Round
    contact: Contact
    once: str
    token: str | None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlainLetter:
    """A message about no round, to a person at an address, who may be a `contact` of a member."""

    kind: str
    name: str
    organisation: str
    country: str
    email: str
    language: str
    once: str
    token: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    contact: Contact | None = None
    wait: timedelta = timedelta()  # until it may be sent


@dataclass(frozen=True, slots=True)
class Sent:
    """The stored facts of a mail that was handed over: transport, address and text."""

    transport: Literal["smtp", "file", "gateway"]
    address: str
    subject: str
    body: str


AnyLetter = TypeVar("AnyLetter", Letter, GuestLetter, MemberLetter, PlainLetter)


def _in_use(work: Work, letters: Iterable[AnyLetter]) -> Iterator[AnyLetter]:
    """Yield the letters whose kind belongs to a part of the program that is used: others are not sent."""
    return (each for each in letters if parts.uses(work, mail_kinds.find(each.kind).part))


def queue(work: Work, letters: Iterable[Letter]) -> None:
    """Let these be sent. Whom mail does not reach or who is paused gets none: a row says so, and why.

    What has a link to vote also goes to the number of a contact for whom that was chosen.
    """
    queries.add(work.session, [row for letter in _in_use(work, letters) for row in _rows(work, letter)])


def queue_for_guests(work: Work, letters: Iterable[GuestLetter]) -> None:
    """Let these be sent to people who are invited to the panel; each has an address."""
    queries.add(work.session, [_guest_row(work, letter) for letter in _in_use(work, letters)])


def queue_for_members(work: Work, letters: Iterable[MemberLetter]) -> None:
    """Let these be sent to contacts who have no seat yet; nothing stands in the way of any."""
    queries.add(work.session, [_member_row(work, letter) for letter in _in_use(work, letters)])


def to_staff(
    work: Work, kind: str, person: Staff, once: str, facts: Mapping[str, object], token: str | None = None
) -> PlainLetter:
    """Return a letter to an account of staff or of a scrutineer."""
    return PlainLetter(
        kind,
        person.name or person.email,
        person.organisation,
        "",
        person.email,
        work.language(person.language),
        once,
        token,
        {**facts, "staff": person.id},
    )


def queue_plain(work: Work, letters: Iterable[PlainLetter]) -> None:
    """Let these be sent. Nothing stands in the way of any: who asks has looked whom mail reaches."""
    queries.add(work.session, [_plain_row(work, letter) for letter in _in_use(work, letters)])


def hindrance(contact: Contact, *, asked: bool = False) -> str | None:
    """Return the code of why a contact is not written to, or None if mail can be sent.

    A contact who `asked` for a message gets it, even if mail to them is paused or did not arrive before.
    """
    if not contact.active:
        return "mail.inactive"
    if asked:
        return None
    if contact.bounced_at is not None:
        return "mail.bounced"
    return "mail.paused" if contact.paused else None


def number_hindrance(contact: Contact) -> str | None:
    """Return the code of why no link goes to a contact's number, or None if one does."""
    if not contact.active or not contact.may_vote:
        return "mail.inactive"
    if not contact.by_message:
        return "message.not_chosen"
    return "mail.paused" if contact.paused else None


def reaches(contact: Contact) -> bool:
    """Return whether a link would reach a contact, by mail or at a number."""
    return hindrance(contact) is None or number_hindrance(contact) is None


def takes_links(phone: str) -> bool:
    """Return whether links can go to a number: it has its country code and is not behind a switchboard."""
    return bool(whatsapp(phone))


def holding(work: Work) -> Holding:
    """Return why mail that is due waits: `held` after a restore, `paused` at the desk; empty where it leaves.

    While mail is paused, what is owed to addresses on file leaves all the same.
    """
    found = queries.holding(work.session)
    return "held" if queries.RESTORED in found else "paused" if queries.PAUSED in found else ""


def is_due(work: Work, channel: str = MAIL) -> bool:
    """Return whether a message of a channel may be sent now.

    Asked before `claim`, because `claim` blocks other writers.
    """
    held = queries.holding(work.session)
    return queries.RESTORED not in held and queries.is_due(
        work.session, work.now, channel, owed=queries.PAUSED in held
    )


def claim(work: Work, worker: str, rate: int | None, channel: str = MAIL) -> int | None:
    """Lend the next due message of a channel to a worker and return its number.

    Return None if there is none, or if `rate` or more messages were tried within the last minute or are
    lent now. A message that was lent and not returned in time is lent again: its worker has died,
    perhaps after the mail was sent. While mail is paused, mail owed to addresses on file is sent all the
    same: otherwise a vote could be sent, or a result published, before any address on file could be
    told. Where a backup was restored and its mail is not released yet, nothing is sent.
    """
    require(work, "mail.send")
    queries.hold(work.session)
    held = queries.holding(work.session)
    if queries.RESTORED in held:
        return None
    if rate is not None and queries.under_way(work.session, work.now - MINUTE, work.now, channel) >= rate:
        return None
    message = queries.next_due(work.session, work.now, _urgent(), channel, owed=queries.PAUSED in held)
    if message is None:
        return None
    if message.claimed_by is not None:
        work.session.add(_delivery(work, message, "interrupted", None, ""))
    message.claimed_by, message.claimed_until = worker, work.now + LEASE
    message.attempts += 1
    message.tried_at = message.tried_at or work.now
    return message.id


def _urgent() -> tuple[str, ...]:
    return tuple(kind.name for kind in mail_kinds.kinds().values() if kind.urgent)


def open_token(work: Work, message: Message) -> bool:
    """Let a message that was read hold the token of its link in the clear; False where no secret opens it.

    What is stored stays as it is. A token that the message holds in the clear already is left.
    """
    if not (message.token or "").startswith(PREFIX):
        return True
    token = _opened(work, message)
    if token is not None:
        queries.hold_token(message, token)
    return token is not None


def _opened(work: Work, message: Message) -> str | None:
    """Return the token of a message in the clear; None where no secret opens it."""
    try:
        return work.keys.decrypt(message.token or "", _about(message.message_id))
    except UnreadableError:
        return None


def encrypt_tokens(work: Work) -> int:
    """Encrypt with the present secret the tokens of waiting messages that a former one encrypted.

    Return how many they are.
    """
    require(work, "factors.encrypt")
    done = 0
    for message in queries.with_tokens(work.session):
        stored, about = message.token or "", _about(message.message_id)
        if not work.keys.is_current(stored, about) and open_token(work, message):
            message.token = work.keys.encrypt(message.token or "", about)
            done += 1
    work.session.flush()
    return done


def _about(message_id: str) -> str:
    """Return what the token of a message is encrypted for: in another message it opens nothing."""
    return f"token of message {message_id}"


def _token(work: Work, token: str | None, message_id: str) -> str | None:
    """Return a token in its stored form."""
    return work.keys.encrypt(token, _about(message_id)) if token is not None else None


def holders(work: Work) -> tuple[str, ...]:
    """Return the names of the workers to which a message is lent now."""
    require(work, "mail.send")
    return tuple(queries.holders(work.session, work.now))


def release(work: Work, worker: str) -> int:
    """Release the messages lent to a worker known to have died, and return how many they are.

    They can be lent again at once.
    """
    require(work, "mail.send")
    return queries.release(work.session, worker, work.now)


def drop(work: Work, number: int, worker: str, reason: str) -> None:
    """Let a message that was lent not be sent after all.

    One that has failed for it can be sent again, with another link.
    """
    require(work, "mail.send")
    message = queries.lent(work.session, number, worker)
    if message is not None:
        message.attempts -= 1
        _leave(work, message, "failed" if reason == UNREADABLE else "cancelled", reason)


def put_back(work: Work, number: int, worker: str, wait: timedelta, patience: timedelta) -> bool:
    """Let a message that was lent wait for something that goes with it; the try does not count.

    Return False, and change nothing, where it was tried first more than `patience` ago or is lent no more.
    """
    require(work, "mail.send")
    message = queries.lent(work.session, number, worker)
    if message is None or work.now - (message.tried_at or work.now) > patience:
        return False
    message.claimed_by = message.claimed_until = None
    message.attempts -= 1
    message.due_at = work.now + wait
    return True


def settle(
    work: Work, number: int, worker: str, outcome: Outcome, sent: Sent | None, chance: float
) -> Outcome:
    """Write down what became of a message, and return it; `chance` (0 to 1) spreads the next attempts.

    A refusal that would be the third in a row of different mails, none of them for its address, is no fate
    of that mail: the server refuses everything, so the mail waits.
    """
    require(work, "mail.send")
    message = queries.message(work.session, number, hold=True)
    if message is None:
        return outcome
    if outcome.result == "refused" and _refuses_all(work, message, outcome):
        said = f"{bounces.ALL}{outcome.said}"[:SAID_MAX]
        outcome = replace(outcome, result="later", said=said, recipient=False, ours=True)
    work.session.add(_delivery(work, message, outcome.result, outcome.code, outcome.said))
    mine = message.claimed_by == worker
    # A mail that was sent stays sent, also if another worker holds the lease by now.
    if message.state != "queued" or not (mine or outcome.result == "sent"):
        return outcome
    message.code, message.said = outcome.code, outcome.said
    if sent is not None:
        message.address = sent.address
    if outcome.result == "sent":
        if sent is not None:
            message.transport, message.subject, message.body = sent.transport, sent.subject, sent.body
        _leave(work, message, "sent")
    elif outcome.result == "refused":
        _refuse(work, message, outcome)
    else:
        # Each further try of what may have arrived is one more mail in a mailbox: they come ever more seldom.
        soon = outcome.ours and not outcome.unanswered
        _put_off(work, message, next_wait(message.attempts, chance, ours=soon))
    return outcome


def _refuses_all(work: Work, refused: Message, outcome: Outcome) -> bool:
    """Return whether a refusal comes after others, of other mails, with no mail taken between them."""
    if is_about_address(outcome):
        return False
    least = PERMANENT if refused.channel == MAIL else 1  # exit codes of a program are small
    before = queries.refused_since_taken(work.session, work.now - ALL_WINDOW, least, refused.channel)
    others = {
        message
        for message, code, said in before
        if message != refused.id
        and not is_about_address(Outcome("refused", code, said.removeprefix(bounces.ALL)))
    }
    return len(others) >= ALL_REFUSED


def _refuse(work: Work, message: Message, outcome: Outcome) -> None:
    """Mark a message as refused; if its address is the reason, mark the contact as bounced.

    A refusal of a former address says nothing of the contact's present one.
    """
    _leave(work, message, "failed", "mail.refused" if message.channel == MAIL else "message.refused")
    contact = message.contact
    # An address that the contact does not use any more says nothing of the one that it uses.
    theirs = contact is not None and message.address.lower() == contact.email.lower()
    if outcome.recipient and contact is not None and theirs and is_about_address(outcome):
        contact.bounced_at, contact.bounce_reason = work.now, said_by(outcome)


def _put_off(work: Work, message: Message, wait: timedelta) -> None:
    """Put a message off to a later attempt; after two days mark it as failed."""
    if work.now - (message.tried_at or work.now) >= GIVE_UP:
        _leave(work, message, "failed", "mail.gave_up")
        return
    message.claimed_by = message.claimed_until = None
    message.due_at = work.now + wait


def limit_waits_after_clock_set_back(work: Work) -> None:
    """Limit the waits of all messages after the clock was set back.

    No message then waits longer than a message that is put off or lent now.
    """
    require(work, "mail.send")
    queries.bring_forward(work.session, work.now, work.now + WAITS[-1], work.now + LEASE)


def next_wait(attempts: int, chance: float, *, ours: bool = False) -> timedelta:
    """Return how long a message waits after a number of attempts.

    `chance` (0 to 1) makes the wait up to a fifth shorter or longer. Where the connection failed (`ours`) it
    is ten minutes at most: the worker leaves the server alone by itself.
    """
    wait = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    wait = min(wait, OURS_MAX) if ours else wait
    return wait * (1 - JITTER + 2 * JITTER * chance)


def is_about_address(outcome: Outcome) -> bool:
    """Return whether a refusal says that there is no such mailbox, not that this mail is unwelcome."""
    status = next((word for word in outcome.said.split()[:2] if word.startswith("5.")), "")
    return status.startswith("5.1.") if status else outcome.code in ADDRESS_CODES


def said_by(outcome: Outcome) -> str:
    """Return the answer of a mail server, with its code."""
    return f"{outcome.code or ''} {outcome.said}".strip()


def _leave(work: Work, message: Message, state: str, reason: str | None = None) -> None:
    """Mark a message as having left the queue, and remove its link."""
    message.state, message.reason, message.left_at = state, reason, work.now
    message.token = message.claimed_by = message.claimed_until = None


def _delivery(work: Work, message: Message, outcome: str, code: int | None, said: str) -> Delivery:
    return Delivery(message_id=message.id, at=work.now, outcome=outcome, code=code, said=said)


def _rows(work: Work, letter: Letter) -> Iterator[dict[str, Any]]:
    """Yield the mail of a letter, and the message to the contact's number where one goes there too."""
    if MAIL in letter.channels:
        yield _row(work, letter)
    contact, invites = letter.contact, mail_kinds.find(letter.kind).invites
    if GATEWAY not in letter.channels or not invites or letter.token is None or number_hindrance(contact):
        return
    yield _waiting(work, letter, letter.seat.round_id, contact) | {
        "channel": GATEWAY,
        "once": f"{letter.once}:{GATEWAY}",
        "address": contact.phone,
        "contact_id": contact.id,
        "seat_id": letter.seat.id,
        "due_at": max(work.now, (contact.messages_since or work.now) + NUMBER_WAIT),
    }


def _row(work: Work, letter: Letter) -> dict[str, Any]:
    asked = bool(letter.facts.get("asked"))
    reason = None if letter.to else hindrance(letter.contact, asked=asked)
    row = _waiting(work, letter, letter.seat.round_id, letter.to or letter.contact) | {
        "contact_id": letter.contact.id,
        "seat_id": letter.seat.id,
    }
    if letter.to:
        row |= {"to_address": True, "facts": {**letter.facts, "name": letter.to.name}}
    if reason:
        row |= {"token": None, "state": "cancelled", "reason": reason, "left_at": work.now}
    return row


def _guest_row(work: Work, letter: GuestLetter) -> dict[str, Any]:
    guest = letter.invitation
    return _waiting(work, letter, guest.round_id, guest.nominee) | {"invitation_id": guest.id}


def _member_row(work: Work, letter: MemberLetter) -> dict[str, Any]:
    return _waiting(work, letter, letter.round.id, letter.contact) | {"contact_id": letter.contact.id}


def _plain_row(work: Work, letter: PlainLetter) -> dict[str, Any]:
    told = {name: getattr(letter, name) for name in ("name", "organisation", "country")}
    row = _waiting(work, letter, None, letter)
    return row | {
        "facts": {**letter.facts, **told},
        "due_at": work.now + letter.wait,
        "contact_id": letter.contact.id if letter.contact else None,
    }


def _waiting(
    work: Work,
    letter: Letter | GuestLetter | MemberLetter | PlainLetter,
    round_id: int | None,
    reader: Contact | SeatAddress | Nominee | PlainLetter,
) -> dict[str, Any]:
    """Return a new message that waits; those about a contact, a seat or a guest name them besides."""
    message_id = secrets.token_hex(ID_BYTES)
    return {
        "kind": mail_kinds.find(letter.kind).name,
        "channel": MAIL,
        "once": letter.once,
        "facts": dict(letter.facts),
        "message_id": message_id,
        "attempts": 0,
        "queued_at": work.now,
        "due_at": work.now,
        "round_id": round_id,
        "contact_id": None,
        "seat_id": None,
        "invitation_id": None,
        "language": reader.language,
        "address": reader.address if isinstance(reader, SeatAddress) else reader.email,
        "to_address": False,
        "token": _token(work, letter.token, message_id),
        "state": "queued",
        "reason": None,
        "left_at": None,
    }
