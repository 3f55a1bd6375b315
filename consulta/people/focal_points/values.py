"""Focal points as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.people.members.values import ContactView

Standing = Literal[
    "named",
    "asked",
    "coming",
    "active",
    "expiring",
    "left",
    "over",
    "replaced",
    "declined",
    "refused",
    "withdrawn",
    "ended",
]


@dataclass(frozen=True, slots=True)
class FocalCommand:
    """A person who is named for a territory, by its member."""

    kind: str  # "state" or "place"
    country: str
    place: str
    name: str
    email: str
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FocalView:
    """A focal point, with how it stands today."""

    number: int
    kind: str
    territory: Text
    country: str
    place: str
    name: str
    email: str
    phone: str
    language: str
    organisation_id: int
    organisation: str
    active: bool  # the organisation is a member still
    example: bool
    starts: str | None
    ends: str | None
    state: str
    standing: Standing
    shows: str
    reason: str
    named_by: str  # a contact; "" for the secretariat
    named_at: datetime
    decided_by: str
    decided_at: datetime | None
    answered_at: datetime | None
    replaces_id: int | None
    version: int


@dataclass(frozen=True, slots=True)
class PublicFocal:
    """What the public sees of a focal point: what the person consented to."""

    territory: Text
    is_state: bool
    name: str  # "" where the person is not listed by name
    email: str
    phone: str
    organisation: str
    starts: str
    ends: str
    example: bool


@dataclass(frozen=True, slots=True)
class OwnFocals:
    """What a member sees: those that it named, and those of its country."""

    organisation: str
    country: Text
    country_code: str
    example: bool
    contacts: tuple[ContactView, ...]
    own: tuple[FocalView, ...]
    others: tuple[PublicFocal, ...]


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail to a focal point or about one: what it was, to whom, and what became of it."""

    kind: str
    address: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskFocal:
    """A focal point as the secretariat decides on it."""

    focal: FocalView
    history: tuple[FocalView, ...]  # others of the same territory, the newest first
    mails: tuple[SentMail, ...]
    may_replace: bool


@dataclass(frozen=True, slots=True)
class FocalDoor:
    """What the person is asked."""

    focal: FocalView
    open: bool
