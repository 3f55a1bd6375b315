"""Who on the roll of a round a kind of mail goes to, by the entry of the kind.

The page before an act and the act itself ask here, so that the number that the page promises is the number
that the act queues. Whom mail does not reach is among them: the outbox says so of each (`outbox.hindrance`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.mailer import kinds
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.platform.models import Contact, Round, Seat
    from consulta.platform.work import Work

# Why a contact or an organisation gets none, beside the codes of `outbox.hindrance`.
NO_CONTACT, VOTED, NOT_VOTED, TOLD = "no_contact", "voted", "not_voted", "told"


def on_the_roll(work: Work, found: Round, kind: str) -> list[tuple[Seat, Contact]]:
    """Return the contacts to whom a mail of this kind goes now, with their seats.

    They are those who may vote; by the entry of the kind only those of seats that voted, or did not
    (`MailKind.voted`), and only those who had none yet (`MailKind.once`).
    """
    entry, had = kinds.find(kind), _had(work, found, kind)
    return [
        (seat, contact)
        for seat, contact, voted in outbox_queries.people(work.session, found.id)
        if entry.voted in {None, voted} and contact.id not in had
    ]


def left_out(
    work: Work, found: Round, kind: str, chosen: Sequence[tuple[Seat, Contact]]
) -> Iterator[tuple[str, str]]:
    """Yield why each other contact or organisation on the roll gets no mail, as a code, with its name."""
    entry, had = kinds.find(kind), _had(work, found, kind)
    everyone = outbox_queries.people(work.session, found.id, waiting=True)
    reached, receive = {seat.id for seat, *_ in everyone}, {contact.id for _seat, contact in chosen}
    yield from ((NO_CONTACT, seat.name) for seat in found.seats if seat.id not in reached)
    for seat, contact, voted in everyone:
        if contact.id in receive:
            continue
        if entry.voted not in {None, voted}:
            yield (VOTED if voted else NOT_VOTED), seat.name
        else:
            yield TOLD if contact.id in had else "links.waiting", f"{contact.name} ({seat.name})"


def _had(work: Work, found: Round, kind: str) -> frozenset[int]:
    if not kinds.find(kind).once:
        return frozenset()
    return frozenset(mail_queries.newest_of_each(work.session, found.id, kind))
