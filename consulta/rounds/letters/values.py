"""Mail as pages show it: frozen values, and never a personal link or a receipt code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.platform.mailer.transport import UNANSWERED

if TYPE_CHECKING:
    from datetime import datetime


MessageState = Literal["queued", "sent", "failed", "cancelled"]


Condition = Literal["none", "waiting", "retrying", "sent", "failed", "cancelled", "bounced", "paused", "held"]


@dataclass(frozen=True, slots=True)
class MailLine:
    """A contact of a round, and how mail to them does; `said` is the server's last word."""

    contact_id: int
    seat: str
    organisation_id: int
    organisation: str
    country: str
    contact: str
    email: str
    language: str
    voted: bool
    condition: Condition
    kind: str | None  # of the message written last
    at: datetime | None  # when it left, or when it will be tried next
    attempts: int
    reason: str | None  # the code of why it failed or was not sent
    said: str


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A mail about no round that waits or failed; to whom is empty where the desk is not told."""

    kind: str
    contact: str
    organisation: str
    email: str
    condition: Condition
    at: datetime  # when it left, or when it will be tried next
    reason: str | None  # the code of why it failed
    said: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send a message."""

    at: datetime
    outcome: str
    code: int | None
    said: str

    @property
    def may_have_arrived(self) -> bool:
        """Return whether the server may have taken the mail although no answer of it is known."""
        return self.outcome == "interrupted" or self.said.startswith(UNANSWERED)


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with its history; subject and body are those stored for it."""

    id: int
    kind: str
    state: MessageState
    reason: str | None
    address: str
    queued_at: datetime
    due_at: datetime
    left_at: datetime | None
    transport: str | None
    subject: str
    body: str
    body_sha256: str | None  # of the body, once that was erased
    attempts: tuple[Attempt, ...]
