"""Mail that failed, sent again: the same thing to the same contact, in a message of its own.

It decides which messages missed their contact and still have a point. What reached somebody after all, what a
later mail said too, and what is over is not sent twice; a wrong address is corrected first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.addresses import service as seat_addresses
from consulta.addresses.queries import addresses
from consulta.core.problems import Problem
from consulta.infra.access import require
from consulta.letters import service as letters
from consulta.links import service as links
from consulta.mailer import kinds as mail_kinds
from consulta.mailer.outbox import Letter, hindrance, queue
from consulta.mailer.queries import mail as mail_queries
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consulta.infra.models import Message, Round, SeatAddress
    from consulta.infra.work import Work
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that failed; `hindrance` is the code of what keeps it from being sent again."""

    number: int
    kind: str
    contact_id: int
    contact: str
    email: str
    language: str
    organisation: str
    organisation_id: int
    hindrance: str | None


@dataclass(frozen=True, slots=True)
class AgainPage:
    """The failed messages of a round that nothing later made good."""

    round: RoundLine
    failed: tuple[Failed, ...]

    @property
    def ready(self) -> tuple[Failed, ...]:
        """Those that can go out again as things stand."""
        return tuple(each for each in self.failed if each.hindrance is None)


def again_page(work: Work, round_key: str, number: int | None = None) -> AgainPage:
    """What failed in a round, or one message of it, and which of that can be sent again.

    Problems: `round.unknown`, `mail.unknown`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    failed = _chosen(work, found.id, number)
    held = _held(work, failed)
    return AgainPage(line_of(found, sizes, work.now), tuple(_told(work, each, held) for each in failed))


def send_again(work: Work, round_key: str, number: int | None = None) -> int:
    """Send again what failed in a round and still has a point, or one message of it: how many.

    Problems: `round.unknown`, `mail.unknown`, `mail.nothing_again`.
    """
    require(work, "mail.write")
    found = hold(work, round_key)
    failed = _chosen(work, found.id, number)
    held = _held(work, failed)
    going = [each for each in failed if _hindrance(work, each, held) is None]
    if not going:
        raise Problem("mail.nothing_again")
    queue(work, _letters(work, going))
    work.record("mail.sent_again", subject(found), {"count": len(going)})
    return len(going)


def count_ready(work: Work, found: Round) -> int:
    """How many messages of a round failed and can be sent again as things stand."""
    failed = _chosen(work, found.id, None)
    held = _held(work, failed)
    return sum(_hindrance(work, each, held) is None for each in failed)


def _chosen(work: Work, round_id: int, number: int | None) -> list[Message]:
    """The messages asked for: all that failed, or one, which may have gone to an address corrected since."""
    missed = _missed(work, round_id)
    if number is None:
        return [each for each in missed if each.state == "failed"]
    chosen = [each for each in missed if each.id == number]
    if not chosen:
        raise Problem("mail.unknown")
    return chosen


def _missed(work: Work, round_id: int) -> list[Message]:
    """What failed, or went to an address that was corrected since, and nothing later says the same."""
    said = {_thing(each): (each, taken) for each, taken in mail_queries.of_unlucky(work.session, round_id)}
    return [
        each
        for each, taken in said.values()
        if _went_elsewhere(each) or (each.state == "failed" and not taken)
    ]


def _went_elsewhere(message: Message) -> bool:
    contact = message.contact
    return (
        message.state == "sent"
        and not message.to_address
        and contact is not None
        and message.address.casefold() != contact.email.casefold()
    )


def _thing(message: Message) -> tuple[object, ...]:
    """What a message tells a contact of: every mail with a link to vote tells of one thing."""
    kind = mail_kinds.find(message.kind)
    if kind.invites:
        return message.contact_id, "link"
    address = message.address.lower() if message.to_address else ""
    return message.contact_id, address, kind.name, message.facts.get(kind.told_of)


def _held(work: Work, messages: Iterable[Message]) -> frozenset[int]:
    """Which of these would bring a link to an address that may get none yet, by number."""
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
    return hindrance(message.contact, asked=asked) or letters.overtaken(work, message)


def _overtaken(work: Work, message: Message) -> str | None:
    """What happened since that makes a mail to an address on file wrong or idle, whoever is there now."""
    if mail_kinds.find(message.kind).about_vote and not _is_current(message):
        return "mail.replaced"
    return letters.overtaken(work, message)


def _is_current(message: Message) -> bool:
    current = message.seat.current if message.seat else None
    return current is not None and current.ballot_id == message.facts["ballot"]


def _letters(work: Work, failed: Iterable[Message]) -> Iterator[Letter]:
    """The same mails anew. Their links were blanked when they failed: each that has one gets another."""
    for each in failed:
        if each.seat is None or each.contact is None:
            raise RuntimeError("a message to nobody")
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
        )


def _address(work: Work, message: Message) -> SeatAddress | None:
    """The address on file to which a message went, whatever became of its contact."""
    on_file = seat_addresses.told(work, message.round_id, message.seat_id)
    return next((each for each in on_file if each.address.lower() == message.address.lower()), None)


def _told(work: Work, message: Message, held: frozenset[int]) -> Failed:
    if message.seat is None or message.contact is None:
        raise RuntimeError("a message to nobody")
    return Failed(
        number=message.id,
        kind=message.kind,
        contact_id=message.contact.id,
        contact=message.contact.name,
        email=message.contact.email,
        language=message.contact.language,
        organisation=message.seat.name,
        organisation_id=message.seat.organisation_id,
        hindrance=_hindrance(work, message, held),
    )


def ready(work: Work, round_key: str) -> frozenset[int]:
    """The messages of a round that can be sent again one by one, by number. Problem: `round.unknown`."""
    require(work, "mail.read")
    found, _ = sized(work, round_key)
    missed = _missed(work, found.id)
    held = _held(work, missed)
    return frozenset(each.id for each in missed if _hindrance(work, each, held) is None)
