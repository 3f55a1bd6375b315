"""What services hand out: frozen values, finished for a page or a file, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.bundle import LocalText, Rules


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff, without anything secret."""

    id: int
    email: str
    name: str
    role: str
    active: bool


# -- what anybody may read --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round as a line on the home page."""

    key: str
    title: LocalText
    state: str
    closes_at: datetime
    zone: str
    seats: int
    countries: int
    example: bool
    has_panel: bool


@dataclass(frozen=True, slots=True)
class HomeView:
    """The rounds that the public knows of: open, being counted, published (newest first)."""

    open: tuple[RoundCard, ...]
    closed: tuple[RoundCard, ...]
    published: tuple[RoundCard, ...]


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme with its objectives, as a reader meets it."""

    key: str
    title: LocalText
    description: LocalText
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PublicRound:
    """What a round asks, of whom, until when and under which frozen rules."""

    card: RoundCard
    question: LocalText
    themes: tuple[ThemeLine, ...]
    rules: Rules
    nominees: int
    commitment: str
    package_sha256: str
    opened_at: datetime
