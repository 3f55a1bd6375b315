"""What pages see of an account: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.accounts.values import Factors


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
