"""What the pages of retention are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from consulta.core.problems import Problem


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of erasure: its period, how many rows are due now and in the next thirty days, and when."""

    name: str
    days: int
    due: int
    soon: int  # further rows that become due in the next thirty days
    announced: bool  # whether the first erasure of this kind was announced
    begins_at: datetime | None  # when that begins, while it is to come
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


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row that is about a person, in a search: of which kind, its number, who, and of what."""

    kind: str
    number: int
    name: str
    address: str
    where: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one row has of a person, with what other tables have of it."""

    kind: str
    number: int
    where: str
    data: Mapping[str, Any]
    related: Mapping[str, Sequence[Mapping[str, Any]]]
    refusal: Problem | None  # why it cannot be erased now
    stays: tuple[str, ...]  # codes of what an erasure leaves


@dataclass(frozen=True, slots=True)
class Person:
    """All that there is of a person: the rows with the same address."""

    kind: str
    number: int
    name: str
    address: str
    language: str
    held: tuple[Held, ...]
    besides: Mapping[str, Sequence[Mapping[str, Any]]]
    erased_at: datetime | None

    @property
    def alike(self) -> tuple[tuple[Held, int], ...]:
        """Return the rows, one of those of which an erasure says the same, with how many these are."""
        found: dict[tuple[Any, ...], list[Held]] = {}
        for each in self.held:
            found.setdefault((each.kind, each.where, str(each.refusal), each.stays), []).append(each)
        return tuple((rows[0], len(rows)) for rows in found.values())

    @property
    def is_found_by_address(self) -> bool:
        """Return whether its address finds other rows of the person; an application names several people."""
        return bool(self.address) or self.kind == "application"

    @property
    def can_be_erased(self) -> bool:
        """Return whether any of its rows can be erased now."""
        return self.erased_at is None and any(each.refusal is None for each in self.held)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the rows by kind and number, and those that were left, each with why."""

    done: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, int, Problem], ...]
