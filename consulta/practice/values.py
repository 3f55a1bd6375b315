"""A practice as pages show it, and what one is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

State = Literal["asked", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class PracticeCommand:
    """What a practice is made of: its title, whose themes it takes, and who votes in it.

    `source` is the key of a round; empty for the themes of the example. `staff` are numbers of accounts,
    `members` are organisations as `service.choices` writes them.
    """

    title: str
    source: str
    staff: tuple[int, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PracticeView:
    """The practice that there is."""

    key: str
    title: str
    state: State
    by: str
    made_at: datetime
    staff: int  # of the team who vote in it
    members: tuple[str, ...]  # organisations that vote in it


@dataclass(frozen=True, slots=True)
class Choices:
    """What a practice can be made of: rounds (key, title), people of the team, and organisations."""

    rounds: tuple[tuple[str, str], ...]
    staff: tuple[tuple[int, str], ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the desk, as a practice takes it over."""

    email: str
    name: str
    role: str
    language: str
    password_hash: str
