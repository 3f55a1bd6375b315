"""What pages receive of checkpoints and their witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - fields of values that are handed out


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key of the log, and from when on it signs."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Who cosigned a checkpoint, and when by its own clock."""

    name: str
    organisation: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StampLine:
    """A time stamp of a checkpoint: by which authority, and the time that it gave."""

    id: int
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A checkpoint: rows, root, why it was taken, when, who cosigned it, and its time stamps."""

    size: int
    root: str
    reason: str
    at: datetime
    cosigners: tuple[Cosigner, ...]
    stamps: tuple[StampLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """A witness: its key, who runs it, and the newest checkpoint that it cosigned, if any."""

    id: int
    name: str
    organisation: str
    key: str
    since: datetime
    until: datetime | None
    size: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LogView:
    """The checkpoints of an installation: name of the log, keys, the newest checkpoints, witnesses."""

    origin: str
    keys: tuple[KeyLine, ...]
    checkpoints: tuple[CheckpointLine, ...]
    witnesses: tuple[WitnessLine, ...]
    example: bool

    @property
    def active(self) -> tuple[WitnessLine, ...]:
        """Return the witnesses that cosign at present."""
        return tuple(each for each in self.witnesses if each.until is None)
