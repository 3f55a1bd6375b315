"""An archive with what has been read from it so far, and its values: how they are written, read and compared.

Files are read where they are; long ones piece by piece, and what is joined is on the disk.
"""

from __future__ import annotations

import codecs
import csv
import gettext
import hashlib
import io
import itertools
import json
import re
import sqlite3
import struct
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from consulta.core.counting import bundle, result, robustness
from consulta.platform import messages
from consulta.platform.paths import resource
from consulta.results import public_figures, verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from consulta.core.problems import Problem


DIGITS = 100  # no number of an archive is longer
LINE = 90  # signs of a value that is told
ALWAYS_THERE = ("country", "sector", "subregion")  # dimensions


class UnfitError(Exception):
    """An archive that is not taken on: the code of a sentence, and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class First:
    """What a difference means to people: the code of a sentence of the table `first`, and its values."""

    code: str
    values: Mapping[str, Any]


class DiffersError(Exception):
    """Something is not as it should be: where, what was expected, what is there, and what that means."""

    def __init__(self, file: str, place: str, expected: str, found: str, first: First | None = None) -> None:
        super().__init__(f"{file} {place}: {expected} / {found}")
        self.file, self.place, self.expected, self.found = file, place, expected, found
        self.first = first


def strict(file: str) -> Any:
    """What refuses a repeated key, NaN, infinity and numbers without end in the JSON of a file."""

    def pairs(items: Any) -> Any:
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise DiffersError(file, json.dumps(twice), "one key", "the same key twice")
        return found

    def constant(name: str) -> None:
        raise DiffersError(file, name, "a number", name)

    def whole(digits: str) -> Any:
        need(len(digits) <= DIGITS, file, short(digits), "a shorter number", f"{len(digits)} digits")
        return int(digits)

    def decimal(digits: str) -> Any:
        found = float(digits)
        need(abs(found) < float("inf"), file, short(digits), "a number", "one without end")
        return found

    return {
        "object_pairs_hook": pairs,
        "parse_constant": constant,
        "parse_int": whole,
        "parse_float": decimal,
    }


def strict_json(data: bytes, file: str) -> Any:
    """JSON in UTF-8 without a repeated key, NaN or infinity."""
    try:
        return json.loads(data.decode("utf-8"), **strict(file))
    except (ValueError, RecursionError) as error:
        raise DiffersError(file, "(file)", "JSON", not_read(error)) from error


def not_read(error: Exception) -> Any:
    """Why a text is none of JSON in UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return "another encoding"
    return f"another sign at {error.pos}" if isinstance(error, json.JSONDecodeError) else "too deep"


class Listed:
    """A list whose items are read one by one."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        return sum(1 for _ in self)


def same(expected: Any, given: Any, file: str, place: str = "") -> None:
    """Raise the first difference between two JSON values, in the order of the expected one."""
    if isinstance(expected, dict) and isinstance(given, dict):
        same_objects(expected, given, file, place)
    elif isinstance(expected, (list, Listed)) and isinstance(given, (list, Listed)):
        for number, pair in enumerate(zip(expected, given, strict=False)):
            same(pair[0], pair[1], file, f"{place}[{number}]")
        if len(expected) != len(given):
            last = f"{place}[{min(len(expected), len(given))}]"
            raise DiffersError(file, last, f"{len(expected)} entries", str(len(given)))
    elif isinstance(expected, bool) != isinstance(given, bool) or expected != given:
        raise DiffersError(file, place or "(file)", short(expected), short(given))


def same_objects(expected: Any, given: Any, file: str, place: str) -> None:
    """Raise the first difference between two objects."""
    for name in [*expected, *(name for name in given if name not in expected)]:
        inside = f"{place}.{name}" if place else name
        if name not in given:
            raise DiffersError(file, inside, short(expected[name]), "(nothing)")
        if name not in expected:
            raise DiffersError(file, inside, "(nothing)", short(given[name]))
        same(expected[name], given[name], file, inside)


def short(value: Any) -> str:
    """Return a value as a text that fits a line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=few)
    return text if len(text) <= LINE else text[: LINE - 3] + "..."


def few(items: Any) -> Any:
    """As many items of a list as a line has room for."""
    return [*itertools.islice(items, 9)]


def plain(text: str) -> Any:
    """A text from an archive for a terminal: nothing in it can move the cursor or pass for another line."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def need(
    condition: object, file: str, place: str, expected: object, found: object, first: First | None = None
) -> None:
    """Raise DiffersError unless a condition holds."""
    if not condition:
        raise DiffersError(file, place, short(expected), short(found), first)


def need_log(condition: object, place: str, expected: object, found: object, *more: First) -> None:
    """Raise DiffersError about a place of the log unless a condition holds."""
    need(condition, "log.jsonl", place, expected, found, *more)


def moment(text: str) -> Any:
    """The moment of a text such as 2027-03-05T22:00:00Z."""
    return datetime.fromisoformat(f"{text[:19]}+00:00")


def others(names: Iterable[str]) -> Any:
    """The dimensions that an installation added, by name."""
    return sorted(set(names) - set(ALWAYS_THERE))


def whole_number(value: Any) -> Any:
    """A whole number of the rules, as it is: true is not 1, and false is not 0."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def of_kind(kind: Any, value: Any) -> Any:
    """A value that has to be of this kind, as it is."""
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, 0 or more; true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


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


Note: TypeAlias = tuple[str | None, dict[str, Any]]
"""What a check says where all agrees: the code of a sentence, if any, and its values."""

ALWAYS = (
    "LEAME.txt",
    "README.txt",
    "archive.json",
    "checkpoints.json",
    "heads.txt",
    "log.jsonl",
    "opening.json",
)
EXTRAS = {
    "panel": "panel.json",
    "reopened": "reopened.json",
    "registered": "registered.json",
    "stamps": "stamps.json",
}  # what an archive may have beside, and its file
VERSIONS = {
    "archive.json": ("consulta-archive/3",),
    "bundle.json": (bundle.FORMAT,),
    "first-bundle.json": (bundle.FORMAT,),
    "result.json": (result.FORMAT,),
    "first-result.json": (result.FORMAT,),
    "robustness.json": (robustness.FORMAT,),
    "public.json": (public_figures.FORMAT,),
    "checkpoints.json": ("consulta-checkpoints/1",),
    "panel.json": ("consulta-published-panel/1",),
    "reopened.json": ("consulta-reopened/1",),
    "registered.json": ("consulta-registered/1",),
    "stamps.json": ("consulta-stamps/1",),
}


def same_as_log(box: Box, file: str, expected: Any) -> None:
    """A JSON file says what the log says, written as the program writes it."""
    same(expected, box.json(file), file)
    written = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    need(box.text(file) == written, file, "(file)", "as in the log", "written otherwise")


def same_format(box: Box, file: str) -> None:
    """A file of which there is one version says that it is of this one."""
    same(VERSIONS[file][0], box.json(file)["format"], file, "format")


class MissingError(Exception):
    """An earlier check did not get to read what this one needs."""


class Box:
    """The archive and what has been read from it so far; what no check has read yet is a MissingError."""

    acts: dict[str, Any]  # what the last row of each act of the round tells
    moments: dict[str, str]
    places: dict[str, int]  # the row of each act
    rows: list[Any]
    votes: Any
    cast: Any
    leaves: bytearray
    heads: list[Any]
    growing: Any
    begins: list[int]
    closings: list[Any]
    counts: list[Any]
    listed: dict[str, str]
    public: str
    excluded: dict[str, Any]
    restored: dict[str, str]
    round: Any  # what `bundle.read_round` returns
    records: Table
    names: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        raise MissingError(name)

    def __init__(self, files: Files | Mapping[str, bytes], zipped: str | None, name: str, lang: str) -> None:
        self.files = files if isinstance(files, Files) else Files(files)
        self.zipped, self.name, self.lang = zipped, name, lang
        self.words = verifier.words()[lang]
        self.read: dict[str, Any] = {}
        self.notes = ""
        self.organisations: Any = None  # those of `receipts`, once asked for
        self.recount: tuple[dict[str, Any], dict[str, Any], str | None] | None = None
        self.held_heads: list[str] = []
        self.held_sums: list[str] = []
        self.later = False
        self.unseen = ""  # the witnesses that the log had at the closing, where none signed it since

    def say(self, code: str, **values: object) -> str:
        """Return a sentence in the reader's language."""
        return filled(self.words.texts[code], values)

    def sentence(self, problem: Problem) -> str:
        """Return the sentence of a problem in the reader's language."""
        catalogue = gettext.translation("messages", resource("translations"), [self.lang], fallback=True)
        return messages.sentence(problem.code, problem.params, catalogue.gettext)

    def text(self, name: str) -> str:
        """Return the text of a file."""
        need(name in self.files, name, "(file)", "in the archive", "missing")
        try:
            found: bytes = self.files[name]
            return found.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DiffersError(name, "(file)", "UTF-8", not_read(error)) from error

    def json(self, name: str) -> Any:
        """Return the object of a JSON file, read once."""
        if name not in self.read:
            need(name in self.files, name, "(file)", "in the archive", "missing")
            found = self.parsed(name)
            need(isinstance(found, dict), name, "(file)", "an object", found)
            self.read[name] = found
        return self.read[name]

    def parsed(self, name: str) -> Any:
        """What a JSON file says; where a long one cannot be read in pieces, as it is or why not."""
        if name in LONG:
            try:
                return read_long(self.files, name)
            except (DiffersError, ValueError, RecursionError):
                pass
        return strict_json(self.files[name], name)


def filled(text: str, values: Mapping[str, object]) -> str:
    """Return a sentence with its values, of which none can move a terminal's cursor."""
    return text.format(
        **{name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
    )
