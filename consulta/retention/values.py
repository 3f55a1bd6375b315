"""What the pages of retention are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of erasure: its period, how many rows are due now and in the next thirty days, and when."""

    name: str
    days: int
    due: int
    soon: int  # further rows that become due in the next thirty days
    begins_at: datetime | None  # when the first erasure of this kind was announced for, while it is to come
    last_at: datetime | None
    last_rows: int


@dataclass(frozen=True, slots=True)
class RunView:
    """An erasure that was done."""

    kind: str
    rows: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """What will go when, and what went."""

    kinds: tuple[KindView, ...]
    runs: tuple[RunView, ...]


@dataclass(frozen=True, slots=True)
class Announced:
    """First erasures that are to come: of how many kinds, how many rows, and when the first begins."""

    kinds: int
    rows: int
    begins_at: datetime
