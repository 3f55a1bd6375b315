"""Reasons as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.core.texts import Text

Consent = Literal["read", "unnamed", "named"]
CONSENTS: tuple[Consent, ...] = get_args(Consent)
"""What an author agrees to: only the secretariat reads it; quoted without a name; quoted by name."""

TEXT_MAX = 300


@dataclass(frozen=True, slots=True)
class Written:
    """A reason as it is sent: of which theme, the words, the consent; `sure`: what was found in it stays."""

    theme: str
    text: str
    consent: str = "read"
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the reason for a theme."""

    theme: str
    problem: Problem
    can_stay: bool = False  # the writer may keep it as it is, by saying so


@dataclass(frozen=True, slots=True)
class PlacedTheme:
    """A theme that the organisation placed, with the reason that is stored for it."""

    key: str
    title: Text
    text: str
    consent: str
    earlier: bool  # it came with an earlier vote, and does not go with this one until it is sent again


@dataclass(frozen=True, slots=True)
class OwnReasons:
    """The reasons of an organisation for the vote that counts, for the organisation itself."""

    round_key: str
    round_title: Text
    organisation: str
    seat: str
    example: bool
    secrecy: str
    zone: str
    here: str
    closes_at: datetime
    promised_at: datetime | None
    takes: bool  # votes, and so reasons, are taken
    parted: bool  # the result is public: texts and organisations were parted
    voted: bool  # with themes: neither silent nor abstaining
    version: int
    themes: tuple[PlacedTheme, ...]
    seen: str  # stands for what is stored now

    @property
    def kept(self) -> int:
        """Return how many reasons go with the vote that counts."""
        return sum(1 for theme in self.themes if theme.text and not theme.earlier)

    @property
    def earlier(self) -> bool:
        """Return whether a reason of an earlier vote waits to be sent again."""
        return any(theme.earlier for theme in self.themes)
