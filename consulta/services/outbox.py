"""The outbox: mail is a row, written with the change that asks for it, and sent later by a worker.

It decides what a waiting message holds, and who is not written to. What it says is made when it is sent
(`letters`), so that a deadline that moved meanwhile is told rightly.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from consulta.store import outbox as rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.services.work import Work
    from consulta.store.models import Contact, Seat

Kind = Literal[
    "invitation", "reminder", "receipt", "replacement", "new_link", "extension", "published", "thanks"
]
ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to tell one contact of a seat; `once` is what must not be told twice."""

    kind: Kind
    seat: Seat
    contact: Contact
    once: str
    facts: Mapping[str, object] = field(default_factory=dict)
    token: str | None = None


def queue(work: Work, letters: Iterable[Letter]) -> None:
    """Let these be sent. Whom mail does not reach or who is paused gets none: a row says so, and why."""
    rows.add(work.session, [_row(work, letter) for letter in letters])


def hindrance(contact: Contact) -> str | None:
    """Why a contact is not written to, as a code; None where nothing stands in the way."""
    if not contact.active:
        return "mail.inactive"
    if contact.bounced_at is not None:
        return "mail.bounced"
    return "mail.paused" if contact.paused else None


def _row(work: Work, letter: Letter) -> dict[str, Any]:
    reason = hindrance(letter.contact)
    return {
        "round_id": letter.seat.round_id,
        "kind": letter.kind,
        "contact_id": letter.contact.id,
        "seat_id": letter.seat.id,
        "once": letter.once,
        "language": letter.contact.language,
        "address": letter.contact.email,
        "facts": dict(letter.facts),
        "token": None if reason else letter.token,
        "message_id": secrets.token_hex(ID_BYTES),
        "state": "cancelled" if reason else "queued",
        "reason": reason,
        "attempts": 0,
        "queued_at": work.now,
        "due_at": work.now,
        "left_at": work.now if reason else None,
    }
