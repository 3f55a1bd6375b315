"""Files of an archive, read where they are; long ones piece by piece, and what is joined is on the disk."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import re
import sqlite3
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from consulta.results.verifying.values import DiffersError, Listed, UnfitError, need, of_kind, short, strict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


MOST_BYTES = 4 * 10**9  # of all files of an archive together
MOST_WHOLE = 64 * 10**6  # of a file that is held whole, and of one value in a long file
CHUNK = 2**20  # how much of a long file is read at a time
LONG = {
    "bundle.json": ("seats", "ballots"),
    "first-bundle.json": ("seats", "ballots"),
    "package.json": ("seats",),
}


class Stream:
    """The text of a long JSON file from a place on, as far as it has been read."""

    def __init__(self, file: Any, name: str) -> None:
        self.file, self.text, self.at = file, "", 0
        self.decoder = json.JSONDecoder(**strict(name))

    def more(self) -> bool:
        """Read on; return whether there was more."""
        waiting = len(self.text) - self.at
        part = self.file.read(max(CHUNK, waiting)) if waiting < MOST_WHOLE else ""
        self.text, self.at = self.text[self.at :] + part, 0
        return bool(part)

    def sign(self) -> Any:
        """The next sign that is no space, which is left there; nothing at the end."""
        while True:
            while self.text[self.at : self.at + 1] in SPACES:
                self.at += 1
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def take(self, signs: str) -> Any:
        """The next sign, which has to be one of these."""
        sign = self.sign()
        if not sign or sign not in signs:
            raise ValueError(f"no {signs}")
        self.at += 1
        return sign

    def value(self) -> Any:
        """The next value, and its text."""
        self.sign()
        while True:
            try:
                found, end = self.decoder.raw_decode(self.text, self.at)
            except ValueError:
                end = len(self.text)
            if end < len(self.text):  # what reaches to the end of what was read may go on
                said, self.at = self.text[self.at : end], end
                return found, said
            if not self.more():
                raise ValueError("cut short")


SPACES = (" ", "\t", "\n", "\r")


def read_long(files: Files, name: str) -> Any:
    """The root of a JSON file, with its long lists on the disk; what it raises says: read the file whole."""
    with io.TextIOWrapper(files.opened(name), "utf-8", newline="") as file:
        stream, root = Stream(file, name), {}
        stream.take("{")
        sign = stream.take("}") if stream.sign() == "}" else ","
        while sign == ",":
            if stream.sign() != '"':
                raise ValueError("no name")
            field = stream.value()[0]
            stream.take(":")
            if field in root:
                raise ValueError("twice")
            if field in LONG[name]:
                root[field] = Long(stream)
            else:
                root[field] = stream.value()[0]
            sign = stream.take(",}")
        if stream.sign():
            raise ValueError("more")
    return root


class Disk(sqlite3.Connection):
    """A database that is closed where nothing asks it any more, in whatever thread that is noticed."""

    def __del__(self) -> None:
        self.close()


def on_disk(table: str) -> Any:
    """A database in a temporary file, gone with the program: what has a line for each ballot is there."""
    disk = sqlite3.connect("", isolation_level=None, factory=Disk, check_same_thread=False)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
        disk.execute(f"PRAGMA {setting}")
    disk.execute(table)
    disk.execute("BEGIN")
    return disk


class Long(Listed):
    """A long list of a JSON file, on the disk: its items in their order, by their seat, or one of a seat."""

    def __init__(self, stream: Stream) -> None:
        self.disk = on_disk("CREATE TABLE items (place INTEGER PRIMARY KEY, seat TEXT, said TEXT)")
        self.size, self.usual = 0, True
        stream.take("[")
        sign = stream.take("]") if stream.sign() == "]" else ","
        while sign == ",":
            self.add(*stream.value())
            sign = stream.take(",]")
        self.disk.execute("CREATE INDEX of_seat ON items (seat, place)")

    def add(self, item: Any, said: str) -> None:
        """Take in the next item, with its text."""
        seat = item.get("seat") if isinstance(item, dict) else None
        if not isinstance(seat, str) or SURROGATE.search(seat):
            seat, self.usual = None, False
        self.disk.execute("INSERT INTO items VALUES (?, ?, ?)", (self.size, seat, said))
        self.size += 1

    def __len__(self) -> Any:
        return self.size

    def __iter__(self) -> Any:
        return self.read("SELECT said FROM items ORDER BY place")

    def read(self, wanted: str, *values: Any) -> Iterator[Any]:
        """Yield the items that a question to the database finds."""
        for (said,) in self.disk.execute(wanted, values):
            yield json.loads(said)

    def by_seat(self) -> Iterator[Any]:
        """Yield the items by the name of their seats."""
        ordered = self.read("SELECT said FROM items ORDER BY seat, place")
        return ordered if self.usual else iter(sorted(self, key=seat_of))

    def place_of(self, seat: str) -> Any:
        """Where the item of a seat stands; None where it has none."""
        if not isinstance(seat, str) or SURROGATE.search(seat):
            return None
        found = self.disk.execute("SELECT place FROM items WHERE seat = ? LIMIT 1", (seat,)).fetchone()
        return found and found[0]

    def twice(self) -> Any:
        """The place of the first item whose seat an earlier one has; None where each seat has one."""
        found, before = None, None
        for seat, place in self.disk.execute("SELECT seat, place FROM items ORDER BY seat, place"):
            if seat == before and (found is None or place < found):
                found = place
            before = seat
        return found

    def of_seat(self, seat: str) -> Any:
        """The last item of a seat; None where it has none."""
        found = self.read("SELECT said FROM items WHERE seat = ? ORDER BY place DESC LIMIT 1", str(seat))
        return next(found, None) if isinstance(seat, str) else None


class Less(Listed):
    """A list without the items of some seats."""

    def __init__(self, items: Any, seats: Any) -> None:
        self.items, self.seats = items, seats

    def __iter__(self) -> Any:
        return (item for item in self.items if item["seat"] not in self.seats)


SURROGATE = re.compile("[\ud800-\udfff]")


def seat_of(item: Any) -> Any:
    """Return the seat of an item."""
    return item["seat"]


def by_seat(items: Any) -> Iterator[Any]:
    """Yield the items of a list by the name of their seats."""
    return items.by_seat() if isinstance(items, Long) else iter(sorted(items, key=seat_of))


def has_item(items: Any) -> Any:
    """What says whether a seat has one of these items."""
    if isinstance(items, Long) and items.usual:
        return lambda seat: items.place_of(seat) is not None
    return {item["seat"] for item in items}.__contains__


class Table:
    """Texts by text, on the disk."""

    def __init__(self) -> None:
        self.disk = on_disk("CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self.indexed = False

    def put(self, key: str, value: Any) -> None:
        """Keep a text under another, in place of any before."""
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"no text: {short(key)} {short(value)}")
        self.disk.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (key, value))

    def get(self, key: str) -> Any:
        """Return the text under another; None where there is none."""
        found = self.disk.execute("SELECT value FROM texts WHERE key = ?", (key,)).fetchone()
        return found and found[0]

    def has(self, value: Any) -> bool:
        """Return whether this text is under any other."""
        if not self.indexed:
            self.disk.execute("CREATE INDEX of_value ON texts (value)")
            self.indexed = True
        found = self.disk.execute("SELECT 1 FROM texts WHERE value = ?", (of_kind(str, value),)).fetchone()
        return found is not None

    def __len__(self) -> Any:
        return self.disk.execute("SELECT count(*) FROM texts").fetchone()[0]

    def __iter__(self) -> Any:
        """Each text and the one that it has, in order."""
        return self.disk.execute("SELECT key, value FROM texts ORDER BY key")


class Files:
    """The files of an archive by name, read where they are: in a folder, in a ZIP, or given as bytes."""

    def __init__(self, given: Any) -> None:
        """`given` has of each file its size and what opens it, or all that is in it."""
        self.given: dict[str, Any] = {}
        self.digests: dict[str, str] = {}
        self.close: Callable[[], None] = lambda: None
        for name, each in given.items():
            held = isinstance(each, bytes)
            self.given[name] = (len(each), lambda data=each: io.BytesIO(data)) if held else each

    def __iter__(self) -> Any:
        return iter(self.given)

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def __getitem__(self, name: str) -> Any:
        size = self.given[name][0]
        most = f"{MOST_WHOLE // 10**6} MB or less"
        need(size <= MOST_WHOLE, name, "(file)", most, f"{size // 10**6} MB")
        with self.opened(name) as file:
            return file.read()

    def opened(self, name: str) -> Any:
        """Return a file, opened to be read."""
        return self.given[name][1]()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file in hexadecimal."""
        if name not in self.digests:
            with self.opened(name) as file:
                self.digests[name] = digest_of_file(file)
        return self.digests[name]

    def rows(self, name: str) -> Iterator[Any]:
        """The rows of a list, one by one; all of it has to be UTF-8."""
        with self.opened(name) as file:
            decoder = codecs.getincrementaldecoder("utf-8")()
            for part in iter(lambda: file.read(CHUNK), b""):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        with io.TextIOWrapper(self.opened(name), "utf-8-sig", newline="") as text:
            yield from csv.reader(text)


def digest_of_file(file: Any) -> str:
    """Return the SHA-256 of an open file in hexadecimal."""
    found = hashlib.sha256()
    for part in iter(lambda: file.read(CHUNK), b""):
        found.update(part)
    return found.hexdigest()


def is_as_written(path: Path, entries: Any) -> bool:
    """Whether each byte around the files of a ZIP is the one that the program writes.

    Then no reader, wherever in the file it begins, takes out other files.
    """
    at, directory = 0, b""
    with path.open("rb") as file:
        for entry in entries:
            name, size = entry.filename.encode("ascii", "replace"), entry.file_size
            told = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, entry.CRC, size, size, len(name), 0)
            local = b"PK\x03\x04" + told + name
            file.seek(at)
            if file.read(len(local)) != local:
                return False
            more = struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, at)
            directory += b"PK\x01\x02\x14\x03" + told + more + name
            at += len(local) + size
        number, length = len(entries), len(directory)
        end = directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, number, number, length, at, 0)
        file.seek(at)
        return file.read(length + 23) == end


def read_archive(path: Path) -> Any:
    """The files by name, and the digest of the ZIP where it is one."""
    if path.is_dir():
        items = [item for item in sorted(path.iterdir()) if item.is_file()]
        return Files(
            {item.name: (item.stat().st_size, lambda item=item: item.open("rb")) for item in items}
        ), None
    most, size = {"name": path.name, "most": MOST_BYTES // 10**6}, path.stat().st_size
    if size > MOST_BYTES:
        raise UnfitError("large", size=size // 10**6, **most)
    container, given = zipfile.ZipFile(path), {}
    size = sum(entry.file_size for entry in container.infolist())
    if size > MOST_BYTES:
        raise UnfitError("large", size=size // 10**6, **most)
    for entry in container.infolist():
        if entry.filename in given:
            raise DiffersError(path.name, entry.filename, "one file of a name", "two")
        given[entry.filename] = entry.file_size, lambda entry=entry: container.open(entry)
    if not is_as_written(path, container.infolist()):
        raise UnfitError("refused_layout")
    files = Files(given)
    files.close = container.close
    for name in files:
        files.digest(name)  # which reads each to its end: a damaged one is no archive
    with path.open("rb") as file:
        return files, digest_of_file(file)
