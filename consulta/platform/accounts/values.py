"""What others see of people who can sign in: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff, without anything secret."""

    id: int
    email: str
    name: str
    role: str
    active: bool


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey, as its owner called it."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account: whether it has codes by time, its passkeys, recovery codes left."""

    codes: bool
    passkeys: tuple[PasskeyView, ...]
    recovery: int
    readable: bool = True  # whether its key for codes opens with a secret of this installation

    @property
    def any(self) -> bool:
        """Return whether the account has a second factor; recovery codes alone are none."""
        return self.codes or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person who gave the password and not yet the second factor."""

    id: int
    email: str
    name: str
    factors: Factors


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session of an account: since when, from which network, with which browser."""

    id: int
    created_at: datetime
    network: str
    browser: str
    factor: str
    here: bool  # the one that asks
