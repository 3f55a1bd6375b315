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
    `members` of organisations.
    """

    title: str
    source: str
    staff: tuple[int, ...]
    members: tuple[int, ...]


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
    """What a practice can be made of: rounds (key, title) and people of the team."""

    rounds: tuple[tuple[str, str], ...]
    staff: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """Organisations of the list by number and name: those that are chosen, and those that a search found.

    `more`: the search found more than are shown.
    """

    chosen: tuple[tuple[int, str], ...]
    found: tuple[tuple[int, str], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the desk, as a practice takes it over."""

    email: str
    name: str
    role: str
    language: str
    password_hash: str
