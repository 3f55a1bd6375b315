"""What failed, sent again: the same content to the same contact, in a new message by the same way.

This module decides which messages did not reach their contact and are still of use. A message is not
sent again if it reached the contact after all, if a later one said the same, or if its matter is over.
A wrong address is corrected first. A link that went by mail and to a number can fail by one way alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.outbox import Letter, hindrance, number_hindrance, queue
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.models import GATEWAY
from consulta.rounds import addresses, links
from consulta.rounds.letters import service as letters
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consulta.platform.models import Contact, Message, Round, Seat, SeatAddress
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


class Failed(NamedTuple):
    """A message that failed; `hindrance` is the code of what keeps it from being sent again."""

    message: Message
    seat: Seat
    contact: Contact
    hindrance: str | None


@dataclass(frozen=True, slots=True)
class AgainPage:
    """The failed messages of a round that nothing later made good."""

    round: RoundLine
    failed: tuple[Failed, ...]

    @property
    def ready(self) -> tuple[Failed, ...]:
        """Return the messages that can be sent again now."""
        return tuple(each for each in self.failed if each.hindrance is None)


def again_page(work: Work, round_key: str, number: int | None = None) -> AgainPage:
    """Return the failed messages of a round, or one message, and which can be sent again.

    Problems: `round.unknown`, `mail.unknown`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    failed = _chosen(work, found.id, number)
    held = _held(work, failed)
    return AgainPage(
        line_of(found, sizes, work.now),
        tuple(
            Failed(each, each.seat, each.contact, _hindrance(work, each, held))
            for each in failed
            if each.seat is not None and each.contact is not None  # the query takes no other
        ),
    )


def send_again(work: Work, round_key: str, number: int | None = None) -> int:
    """Send again what failed in a round and still has a point, or one message of it: how many.

    Problems: `round.unknown`, `mail.unknown`, `mail.nothing_again`.
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    going = _ready(work, _chosen(work, found.id, number))
    if not going:
        raise Problem("mail.nothing_again")
    queue(work, _letters(work, going))
    work.record("mail.sent_again", subject(found), {"count": len(going)})
    return len(going)


def count_ready(work: Work, found: Round) -> int:
    """Return how many failed messages of a round can be sent again now."""
    return len(_ready(work, _chosen(work, found.id, None)))


def _ready(work: Work, messages: list[Message]) -> list[Message]:
    """Return those of the messages that nothing keeps from being sent again."""
    held = _held(work, messages)
    return [each for each in messages if _hindrance(work, each, held) is None]


def _chosen(work: Work, round_id: int, number: int | None) -> list[Message]:
    """Return all failed messages, or message `number`, which may have gone to a former address.

    Raise Problem `mail.unknown` if message `number` reached its contact or is not of the round.
    """
    missed = _missed(work, round_id)
    if number is None:
        return [each for each in missed if each.state == "failed"]
    chosen = [each for each in missed if each.id == number]
    if not chosen:
        raise Problem("mail.unknown")
    return chosen


def _missed(work: Work, round_id: int) -> list[Message]:
    """Return messages that failed or went to a former address and that no later message repeats."""
    said = {
        _thing(each): (each, taken)
        for each, taken in mail_queries.messages_to_missed_contacts(work.session, round_id)
    }
    mails = [
        each
        for each, taken in said.values()
        if _went_elsewhere(each) or (each.state == "failed" and not taken)
    ]
    return [*mails, *mail_queries.failed_at_numbers(work.session, round_id)]


def _went_elsewhere(message: Message) -> bool:
    contact = message.contact
    return (
        message.state == "sent"
        and not message.to_address
        and contact is not None
        and message.address.casefold() != contact.email.casefold()
    )


def _thing(message: Message) -> tuple[object, ...]:
    """Return a key of what a message tells a contact; all mails with a link to vote share one key."""
    kind = mail_kinds.find(message.kind)
    if kind.invites:
        return message.contact_id, "link"
    address = message.address.lower() if message.to_address else ""
    return message.contact_id, address, kind.name, message.facts.get(kind.told_of)


def _held(work: Work, messages: Iterable[Message]) -> frozenset[int]:
    """Return the numbers of messages that bring a link to an address that may not get one yet."""
    inviting = {
        each.id: (each.seat_id or 0, each.contact_id or 0)
        for each in messages
        if mail_kinds.find(each.kind).invites
    }
    admitted = addresses.allowed(work.session, inviting.values())
    return frozenset(number for number, pair in inviting.items() if pair not in admitted)


def _hindrance(work: Work, message: Message, held: frozenset[int]) -> str | None:
    if not mail_kinds.find(message.kind).sent_again:
        return "mail.over"  # what it asks is decided by other notices meanwhile
    if message.to_address:
        return _overtaken(work, message)
    if message.contact is None or not message.contact.may_vote:
        return "mail.inactive"
    if message.facts.get("ballot") is not None and not _is_current(message):
        return "mail.replaced"
    asked = letters.was_asked(message)
    if message.id in held:
        return "links.waiting"
    hindered = (
        number_hindrance(message.contact)
        if message.channel == GATEWAY
        else hindrance(message.contact, asked=asked)
    )
    return hindered or letters.overtaken(work, message)


def _overtaken(work: Work, message: Message) -> str | None:
    """Return the code of why a mail to an address on file is no longer right or needed, or None.

    The contact that uses the address now makes no difference.
    """
    if mail_kinds.find(message.kind).about_vote and not _is_current(message):
        return "mail.replaced"
    return letters.overtaken(work, message)


def _is_current(message: Message) -> bool:
    current = message.seat.current if message.seat else None
    return current is not None and current.ballot_id == message.facts["ballot"]


def _letters(work: Work, failed: Iterable[Message]) -> Iterator[Letter]:
    """Yield the same mails as new letters, each with a new link if the failed one had a link.

    The links of failed mails are erased, so they cannot be sent again. Raise RuntimeError if a message
    has no seat or no contact.
    """
    for each in failed:
        if each.seat is None or each.contact is None:
            raise RuntimeError("a message without a contact")
        kind = mail_kinds.find(each.kind)
        reader = _address(work, each) if each.to_address else None
        token = kind.link_again(work, each, reader)
        if kind.invites:
            token = links.give(work, [(each.seat, each.contact)])[0]
        yield Letter(
            kind.name,
            each.seat,
            each.contact,
            f"again:{each.id}",
            dict(each.facts),
            token,
            reader,
            (each.channel,),
        )


def _address(work: Work, message: Message) -> SeatAddress | None:
    """Return the address on file to which a message went, even if its contact changed since, or None."""
    on_file = addresses.told(work, message.round_id, message.seat_id)
    return next((each for each in on_file if each.address.lower() == message.address.lower()), None)


def ready(work: Work, round_key: str) -> frozenset[int]:
    """Return the numbers of the messages of a round that can be sent again one by one.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, _ = sized(work, round_key)
    return frozenset(each.id for each in _ready(work, _missed(work, found.id)))
