"""Files whose columns were not understood, kept for an hour so that they need not be chosen again.

They lie in the data folder and nowhere else, are read only by the account that uploaded them, for the same
list, and are deleted once they are read. Where a file cannot be kept or is gone, the person chooses it again.

There are few places, and they are shared out: where too many files wait, the oldest goes of those who hold
most. So an organisation that sends file after file takes the places of its own files, not those of others.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

HOUR = 3600
MOST = 20  # files that wait at one time
OWN = 4  # of them those of one account or organisation
HOLDER = 16  # signs of a name that tell whose place it takes


@dataclass(frozen=True)
class Waiting:
    """The files that wait in `folder`, as far as `owner` may read them: an account, for a list of a round.

    `holder` is by whom places are counted, such as the organisation of several accounts; else the owner.
    """

    folder: Path
    owner: str
    now: datetime
    holder: str = ""

    def hold(self, filename: str, data: bytes) -> str:
        """Keep a file and return the name by which it is asked for; empty where there is no room."""
        self.tidy()
        name = self._name(filename, data)
        head = _line(filename).encode() + b"\n"
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path = self.folder / name
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(head + data)
            stamp = self.now.timestamp()
            os.utime(path, (stamp, stamp))
            return name
        return ""

    def find(self, name: str) -> tuple[str, bytes] | None:
        """Return the name and the content of a file that waits, or None."""
        self.tidy()
        if not name.isalnum():
            return None
        with suppress(OSError, ValueError):
            head, _, data = (self.folder / name).read_bytes().partition(b"\n")
            filename = head.decode()
            if self._name(filename, data) == name:
                return filename, data
        return None

    def drop(self, name: str) -> None:
        """Delete a file that is needed no more, if it is the owner's."""
        if self.find(name) is not None:
            with suppress(OSError):
                (self.folder / name).unlink()

    def tidy(self) -> None:
        """Delete what has waited for an hour, and the oldest of those who hold most where too many wait."""
        with suppress(OSError):
            found = sorted(self.folder.iterdir(), key=lambda each: (each.stat().st_mtime, each.name))
            held: dict[str, list[Path]] = {}
            for each in found:
                if self.now.timestamp() - each.stat().st_mtime > HOUR:
                    each.unlink(missing_ok=True)
                else:
                    held.setdefault(each.name[:HOLDER], []).append(each)
            while most := _too_many(held):
                most.pop(0).unlink(missing_ok=True)

    def _name(self, filename: str, data: bytes) -> str:
        said = b"\0".join((self.owner.encode(), _line(filename).encode(), data))
        holder = hashlib.sha256((self.holder or self.owner).encode()).hexdigest()[:HOLDER]
        return holder + hashlib.sha256(said).hexdigest()


def _too_many(held: dict[str, list[Path]]) -> list[Path] | None:
    """Return the files of the holder with the most, if those or all files exceed the limit; else None."""
    most = max(held.values(), key=len, default=[])
    return most if len(most) > OWN or sum(map(len, held.values())) > MOST else None


def _line(filename: str) -> str:
    """Return a file's name as one line of text."""
    return " ".join(filename.encode(errors="replace").decode().split())
