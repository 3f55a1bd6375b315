"""Personal links as the desk shows them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A personal link, handed out once: its address is kept nowhere."""

    organisation: str
    contact: str
    email: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A contact who may vote, and since when their link works (None: they have none)."""

    contact_id: int
    organisation: str
    contact: str
    email: str
    language: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinksView:
    """The contacts of the roll and how many links work now."""

    round: RoundLine
    lines: tuple[LinkLine, ...]
    working: int
    handed_out: bool  # whether staff have had them before: then new ones end the earlier ones
