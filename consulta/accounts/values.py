"""What others see of people who can sign in: frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff, without anything secret."""

    id: int
    email: str
    name: str
    role: str
    active: bool
