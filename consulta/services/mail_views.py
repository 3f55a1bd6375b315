"""What the secretariat sees of mail: frozen values, and never a personal link or a receipt code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.services.bounces import Step
    from consulta.services.outbox import Kind

MessageState = Literal["queued", "sent", "failed", "cancelled"]
Condition = Literal["none", "waiting", "retrying", "sent", "failed", "cancelled", "bounced", "paused"]


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many messages of one kind wait, were sent, failed, were not sent after all."""

    kind: Kind
    queued: int
    sent: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class MailStatus:
    """How mail does in the whole house."""

    paused: bool
    waiting: int
    overdue_since: datetime | None  # what has been due longest, since when
    last_attempt: datetime | None
    last_outcome: str  # sent, later, refused, interrupted; nothing where nothing was ever tried
    last_said: str


@dataclass(frozen=True, slots=True)
class MailOverview:
    """The mail of one round."""

    status: MailStatus
    kinds: tuple[KindCount, ...]
    contacts: int  # who may vote
    undelivered: int  # whom mail does not reach


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
    kind: Kind | None  # of the message written last
    at: datetime | None  # when it left, or when it will be tried next
    attempts: int
    reason: str | None  # the code of why it failed or was not sent
    said: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send a message."""

    at: datetime
    outcome: str
    code: int | None
    said: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with its history; subject and text as they were sent."""

    id: int
    kind: Kind
    state: MessageState
    reason: str | None
    address: str
    queued_at: datetime
    due_at: datetime
    left_at: datetime | None
    transport: str | None
    subject: str
    body: str
    attempts: tuple[Attempt, ...]


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
    """Somebody whom mail does not reach: why, as a sentence's code, and what can be done."""

    line: MailLine
    why: str
    steps: tuple[Step, ...]
    said: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Bounced:
    """A contact whose address was marked."""

    organisation: str
    contact: str
    email: str
    reason: str
