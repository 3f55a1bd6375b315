"""What pages see of an account: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.platform.accounts.values import Factors


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account of staff: whose, with which role, and how it signs in."""

    id: int
    email: str
    name: str
    role: str
    organisation: str
    active: bool
    began: bool  # whether its owner has set a password
    factors: Factors
    last: datetime | None  # when it signed in last, as far as sessions are kept
    sessions: int  # open ones


@dataclass(frozen=True, slots=True)
class ActView:
    """An act that one person asked for and another confirms: what it is, and what became of it."""

    number: int
    path: str
    told: Mapping[str, str]  # in each language
    fields: tuple[tuple[str, str], ...]
    shown: Mapping[str, tuple[tuple[str, str], ...]]  # in each language
    by: str
    own: bool
    asked_at: datetime
    expires_at: datetime
    state: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    is_alone: bool  # no other person can confirm it now
    is_barred: bool  # the account of the reader and that of who asked go back to one another
    is_gone: bool  # the person who asked has no account any more that may do it
    mails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # who was written to, by their state
