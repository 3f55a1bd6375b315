"""A folder with a round in parts: written, opened, and verified part by part.

Beside the manifest it has, for each part, its canonical lines (`ballots-00000.jsonl.gz`, which are signed,
archived and verified) and its columns (`ballots-00000.npz`, made of the lines, which are counted), and the
lines of the roll (`seats-00000.jsonl.gz`).
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import shutil
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from consulta.core.counting import divided
from consulta.core.counting.divided import SIZE, SLAB, Ballots, Divided, Lines, Manifest, Roll, Rows
from consulta.core.problems import Problem
from consulta.core.reading import Node
from consulta.core.trust import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from consulta.core.counting.asking import Ask
    from consulta.core.values import Bundle, Seat

MANIFEST = "manifest.json"
LEVEL = 6
HEADERS = 4096
LONGEST = 1_000_000
"""No line has more bytes."""


@dataclass(slots=True)
class _Written:
    """The lines of a part as they are written: their root and digest, the first and the last name."""

    first: str = ""
    last: str = ""
    many: int = 0
    tree: record.Growing = field(default_factory=record.Growing)
    sha256: Any = field(default_factory=hashlib.sha256)

    def add(self, name: str, line: str) -> bytes:
        """Take in a line and return it as it is written. Refuse names that are not in order."""
        if name <= self.last:
            Node(None, name, divided.CODE).refuse("order")
        self.first, self.last = self.first or name, name
        self.many += 1
        content = line.encode()
        self.tree.add(content)
        self.sha256.update(content + b"\n")
        return content + b"\n"

    def check(self, name: str, given: tuple[int, str, str, str, str]) -> None:
        """Refuse what a manifest says of lines that are others."""
        if self.told() != given:
            Node(None, name, divided.CODE).refuse("contradicts")

    def told(self) -> tuple[int, str, str, str, str]:
        """Return how many lines there are, the first and the last name, the root and the digest."""
        return self.many, self.first, self.last, self.tree.root(), self.sha256.hexdigest()


def write(
    folder: Path, rest: Bundle, seats: Iterable[Seat], ballots: Iterable[str], size: int = SIZE
) -> Manifest:
    """Write a round into a new folder, whole or not at all: its seats, and its ballots' canonical lines.

    Both come in the order of the names of seats, and make sense. Problems: `file.unwritable`, `ballots.none`.
    """
    part = folder.with_name(f"{folder.name}.part")
    try:
        part.mkdir(mode=0o700)
        try:
            manifest = _write(part, rest, iter(seats), iter(ballots), size)
            (part / MANIFEST).write_bytes(manifest.to_json())
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part)
            raise
    except OSError as error:
        raise Problem("file.unwritable", path=folder) from error
    return manifest


def _write(folder: Path, rest: Bundle, seats: Iterator[Seat], ballots: Iterator[str], size: int) -> Manifest:
    cast = Counter[divided.Key]()
    on_roll = Counter[divided.Key]()
    roll = [*_write_roll(folder, seats, on_roll, size)]
    number = {key: place for place, key in enumerate(sorted(on_roll))}
    keys = list(number)
    lines = _joined(ballots, _read_roll(folder, roll, number), "ballots")
    parts = list[Ballots]()
    while first := next(lines, None):
        name = f"ballots-{len(parts):05}"
        written, reading, pieces = _Written(), Lines(rest, name), list[Rows]()
        with _opened_to_write(folder / f"{name}.jsonl.gz") as file:
            here = itertools.chain([first], itertools.islice(lines, size - 1))
            while slab := [*itertools.islice(here, SLAB)]:
                file.write(b"".join(written.add(seat, line) for _kind, seat, line in slab))
                cast.update(keys[kind] for kind, _seat, _line in slab)
                pieces.append(reading.rows([(kind, line) for kind, _seat, line in slab]))
        columns: Any = divided.joined(pieces).columns()
        np.savez_compressed(folder / f"{name}.npz", **columns)
        parts.append(Ballots(name, *written.told(), record.digest((folder / f"{name}.npz").read_bytes())))
    if not parts:
        raise Problem("ballots.none", path="ballots")
    return Manifest(
        head=divided.head_of(rest),
        root=divided.root_of([part.root for part in parts]),
        ballots=sum(part.ballots for part in parts),
        seats=sum(part.seats for part in roll),
        kinds=divided.kinds_of(on_roll, cast),
        parts=tuple(parts),
        roll=tuple(roll),
    )


def _write_roll(
    folder: Path, seats: Iterator[Seat], kinds: Counter[divided.Key], size: int
) -> Iterator[Roll]:
    lines = divided.SeatLines()
    for number in itertools.count():
        here = itertools.islice(seats, size)
        first = next(here, None)
        if first is None:
            return
        name, written = f"seats-{number:05}", _Written()
        with _opened_to_write(folder / f"{name}.jsonl.gz") as file:
            every = itertools.chain([first], here)
            while slab := [*itertools.islice(every, SLAB)]:
                keys = [divided.key_of(seat) for seat in slab]
                kinds.update(keys)
                file.write(
                    b"".join(
                        written.add(seat.seat, lines.line(key, seat.seat))
                        for key, seat in zip(keys, slab, strict=True)
                    )
                )
        yield Roll(name, *written.told())


@contextmanager
def _opened_to_write(path: Path) -> Iterator[gzip.GzipFile]:
    with path.open("wb") as file, gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
        yield packed


def _read_roll(
    folder: Path, roll: Sequence[Roll], number: Mapping[divided.Key, int]
) -> Iterator[tuple[str, int]]:
    """Yield the seats of the roll, each with the number of its kind. Raise the first problem with it."""
    kinds = divided.Kinds(number)
    for part in roll:
        written = _Written()
        for row, line in enumerate(_lines(folder, part.name, part.seats, part.jsonl_sha256)):
            path = f"{part.name}[{row}]"
            seat = divided.seat_in(line, path)
            kind = kinds.of(line, path)
            written.add(seat, line)
            yield seat, kind
        written.check(part.name, (part.seats, part.first, part.last, part.root, part.jsonl_sha256))


def _joined(
    lines: Iterable[str], roll: Iterator[tuple[str, int]], path: str
) -> Iterator[tuple[int, str, str]]:
    """Yield each line of a ballot after the number of the kind of its seat, and the seat."""
    name, kind = "", 0
    for row, line in enumerate(lines):
        seat = divided.seat_in(line, f"{path}[{row}]")
        while name < seat:
            name, kind = next(roll, (seat + "\0", 0))
        if name != seat:
            raise Problem("ballot.seat", path=f"{path}[{row}]", key=seat)
        yield kind, seat, line


def _lines(folder: Path, name: str, many: int, sha256: str) -> Iterator[str]:
    """Yield the lines of a file without their ends. Problem `parts.digest` if they are not those named."""
    digest, found = hashlib.sha256(), 0
    try:
        with gzip.open(folder / f"{name}.jsonl.gz") as file:
            while line := file.readline(LONGEST):
                found += 1
                digest.update(line)
                if found > many or not line.endswith(b"\n"):
                    break
                yield line[:-1].decode(errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise Problem("parts.digest", path=f"{name}.jsonl.gz") from error
    if (found, digest.hexdigest()) != (many, sha256):
        raise Problem("parts.digest", path=f"{name}.jsonl.gz")


# -- reading


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a round in parts whose manifest makes sense."""

    path: Path
    manifest: Manifest
    rest: Bundle

    def rows(self, part: Ballots) -> Rows:
        """Return the ballots of a part. Problem `parts.digest` if its file is not the one named."""
        try:
            content = (self.path / f"{part.name}.npz").read_bytes()
        except OSError as error:
            raise Problem("parts.digest", path=f"{part.name}.npz") from error
        if record.digest(content) != part.columns_sha256:
            raise Problem("parts.digest", path=f"{part.name}.npz")
        try:
            columns = self._columns(content, part)
        except (ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Problem("parts.columns", path=f"{part.name}.npz") from error
        return divided.rows_of(columns, self.manifest, self.rest, part)

    def _columns(self, content: bytes, part: Ballots) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of a file. Raise ValueError if they are larger than what the part can say."""
        with zipfile.ZipFile(BytesIO(content)) as packed:
            size = sum(each.file_size for each in packed.infolist())
        if size > HEADERS + part.ballots * (2 * len(self.rest.themes) + 8 + 8 * len(self.rest.nominees)):
            raise ValueError("too large")
        with np.load(BytesIO(content), allow_pickle=False) as columns:
            return dict(columns)

    def divided(self, ask: Ask) -> Divided:
        """Return the round as it is counted by what answers for all of its parts."""
        return Divided(self.manifest, self.rest, ask, lambda: map(self.rows, self.manifest.parts))


def open_folder(path: Path) -> Folder:
    """Return a folder with a round in parts. Problems: `file.unreadable`, those of its manifest."""
    try:
        data = (path / MANIFEST).read_bytes()
    except OSError as error:
        raise Problem("file.unreadable", path=path / MANIFEST) from error
    return Folder(path, *divided.parse(data))


# -- verifying


def verify(folder: Folder, number: int | None = None) -> Iterator[str]:
    """Check every part, or one, against the manifest: lines, root, roll and columns.

    Yield the name of each part that is as it should be. Raise the first problem, with the part's name.
    """
    manifest = folder.manifest
    if number is not None and not 0 <= number < len(manifest.parts):
        raise Problem("parts.unknown", number=number, most=len(manifest.parts) - 1)
    kinds = {divided.key_of(seat): place for place, seat in enumerate(divided.seats_of(manifest))}
    cast = Counter[int]()
    for part in manifest.parts if number is None else [manifest.parts[number]]:
        cast += _verify_part(folder, part, kinds)
        yield part.name
    if number is None:
        on_roll = Counter(kind for _seat, kind in _read_roll(folder.path, manifest.roll, kinds))
        for place, own in enumerate(manifest.kinds):
            if (on_roll[place], cast[place]) != (own.seats, own.ballots):
                Node(None, f"kinds[{place}]", divided.CODE).refuse("contradicts")


def _verify_part(folder: Folder, part: Ballots, kinds: Mapping[divided.Key, int]) -> Counter[int]:
    """Return how many ballots of each kind a part has. Raise the first problem with it."""
    roll = [own for own in folder.manifest.roll if own.last >= part.first and own.first <= part.last]
    written, reading, pieces = _Written(), Lines(folder.rest, part.name), list[Rows]()
    cast = Counter[int]()
    lines = _lines(folder.path, part.name, part.ballots, part.jsonl_sha256)
    found = _joined(lines, _read_roll(folder.path, roll, kinds), part.name)
    while slab := [*itertools.islice(found, SLAB)]:
        for _kind, seat, line in slab:
            written.add(seat, line)
        cast.update(kind for kind, _seat, _line in slab)
        pieces.append(reading.rows([(kind, line) for kind, _seat, line in slab]))
    written.check(part.name, (part.ballots, part.first, part.last, part.root, part.jsonl_sha256))
    own, given = divided.joined(pieces).columns(), folder.rows(part).columns()
    if not all(np.array_equal(own[name], given[name]) for name in own):
        raise Problem("parts.columns", path=f"{part.name}.npz")
    return cast
