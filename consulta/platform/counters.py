"""Counters of what happened in the serving processes of a machine, added together.

Each process counts in a file of its own in the folder `counters` of the data, mapped into its memory: no
request waits for a database or for another process. The file is locked while its process lives. What
processes of before counted is kept in one more file, so that a sum never falls. Where the folder cannot be
written, a process counts for itself alone. Several machines have a folder each.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import secrets
import struct
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from consulta.platform.paths import write_private

try:
    import fcntl
except ImportError:  # not a POSIX system: each process counts for itself
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Name = tuple[str, str]

STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
AREAS = ("vote", "desk", "other")
"""Where an error happened: on the way of a vote, at the desk, or elsewhere."""

EVENTS = (
    "access.denied",
    "csrf.refused",
    "device.new",
    "factor.changed",
    "link.unknown",
    "link.withheld",
    "rate.limited",
    "role.changed",
    "second_person.refused",
    "session.ended",
    "session.forged",
    "sign_in.done",
    "sign_in.failed",
    "sign_in.slowed",
)
"""What is told of the safety of the installation (`platform/security.py`)."""

NAMES: tuple[Name, ...] = (
    *(("requests", each) for each in STATUSES),
    *(("errors", each) for each in AREAS),
    *(("security", each) for each in EVENTS),
)
PLACES = {name: place for place, name in enumerate(NAMES)}
SIZE = 8 * len(NAMES)
_FORM = struct.Struct(f"<{len(NAMES)}Q")
_VERSION = hashlib.sha256(repr(NAMES).encode()).hexdigest()[:8]  # files of other names are not added
_GONE, _LOCK, _NAME = f"{_VERSION}-before.bin", ".lock", "name"


class Counters:
    """The counters of this process, and the sums over all processes of this machine."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._turn = Lock()
        self._process = 0  # in which the file below was opened: a forked one opens another
        self._memory: mmap.mmap | bytearray = bytearray(SIZE)
        self._file = -1
        self._name = ""

    def name(self) -> str:
        """Return a name, drawn by chance, of what is summed: the same for all processes that share a sum."""
        with self._turn:
            self._opened()
            return self._name

    def add(self, group: str, label: str) -> None:
        """Count one more of a name in `NAMES`; any other name is passed over."""
        place = PLACES.get((group, label))
        if place is None:
            return
        with self._turn:
            memory = self._opened()
            (value,) = struct.unpack_from("<Q", memory, 8 * place)
            struct.pack_into("<Q", memory, 8 * place, value + 1)

    def sums(self) -> dict[Name, int]:
        """Return the sum of every counter over the processes of this machine, those of before too."""
        with self._turn:
            own = self._opened()
            if self._file < 0:
                return dict(zip(NAMES, _FORM.unpack(bytes(own)), strict=True))
        totals = [0] * len(NAMES)
        with self._alone():
            for path in self._files():
                totals = [one + more for one, more in zip(totals, _read(path), strict=True)]
        return dict(zip(NAMES, totals, strict=True))

    def _opened(self) -> mmap.mmap | bytearray:
        if self._process != os.getpid():
            self._process = os.getpid()
            self._file, self._memory, self._name = -1, bytearray(SIZE), secrets.token_hex(4)
            if self._folder is not None and fcntl is not None:
                try:
                    self._open(self._folder)
                except OSError:
                    self._file, self._memory = -1, bytearray(SIZE)
        return self._memory

    def _open(self, folder: Path) -> None:
        """Make the file of this process, and add those of processes that ended to what was before."""
        folder.mkdir(mode=0o700, exist_ok=True)
        with self._alone():
            before = list(_read(folder / _GONE))
            for path in self._files():
                if path.name == _GONE or _is_held(path):
                    continue
                before = [one + more for one, more in zip(before, _read(path), strict=True)]
                write_private(folder / _GONE, _FORM.pack(*before))
                path.unlink()
            name = folder / _NAME
            if not name.exists():
                write_private(name, self._name.encode())
            self._name = name.read_text()
            path = folder / f"{_VERSION}-{os.getpid()}-{secrets.token_hex(4)}.bin"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, SIZE)
            self._memory, self._file = mmap.mmap(file, SIZE), file

    def _files(self) -> Iterator[Path]:
        if self._folder is not None:
            yield from sorted(self._folder.glob(f"{_VERSION}-*.bin"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process add files together or sum them meanwhile."""
        if self._folder is None:
            yield
            return
        file = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def _read(path: Path) -> tuple[int, ...]:
    """Return the values of a file; zeros where it is not there or no such file."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    return _FORM.unpack(content) if len(content) == SIZE else (0,) * len(NAMES)


def _is_held(path: Path) -> bool:
    """Return whether the process of a file lives."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
