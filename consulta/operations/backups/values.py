"""What a backup says of itself, and what a restored one was found to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.results.checks.service import Check


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup in its folder, and when it was taken, as its name says."""

    path: Path
    at: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """That the newest backup is older than it should be; `last` is when it was taken, None for no backup."""

    last: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMail:
    """The mail of a restored database, while it is held."""

    restored_at: datetime
    taken_at: datetime | None  # when the backup was taken; None where the log does not tell
    kinds: tuple[tuple[str, int], ...]  # what waited in the backup, and can be called off
    owed: int  # what waited in the backup and goes in any case: receipts, notices about who may vote
    since: int  # what was asked for since the restore

    @property
    def waited(self) -> int:
        """Return how many messages waited in the backup and can be called off."""
        return sum(count for _, count in self.kinds)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    revision: str
    taken_at: str
    size: int  # of the log
    root: str
    rows: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and every check of it."""

    manifest: Manifest
    checks: tuple[Check, ...]
    size: int  # of the log as it stands now
    root: str

    @property
    def is_sound(self) -> bool:
        """Return whether no check found a fault."""
        return not any(each.faults for each in self.checks)
