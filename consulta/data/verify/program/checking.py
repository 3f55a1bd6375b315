"""Check an archive."""

from __future__ import annotations

import argparse
import base64
import codecs
import copy
import csv
import hashlib
import hmac
import io
import itertools
import json
import math
import os
import re
import sqlite3
import struct
import sys
import zipfile
import zlib
from array import array
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from consulta.data.verify.program.words import PHRASES, TEXTS

MOST_COUNTED = 64 * 10**6  # bytes of a bundle whose ballots are drawn again at random, a thousand times
MOST_TWICE = 2 * 10**6  # the same where another count follows

KAPPA = Decimal(10) ** 6
PRECISION = Context(prec=70, rounding=ROUND_HALF_EVEN)
RESIDUAL = Decimal("1e-30")
INSIDE = Decimal("1e-6")
MICRO = 10**6
STEPS = (1, 2, 5, 10)
REPLICATES = 1000
UNRANKED = 10**6
OBJECTIVES = 23
ALPHABET = "34679CDFHJKMNPRTWXY"
ZERO_DIGEST = "0" * 64
HEX64 = re.compile(r"[0-9a-f]{64}\Z")
DIGITS = 100  # no number of an archive is longer
MOST_BYTES = 4 * 10**9  # of all files of an archive together
MOST_WHOLE = 64 * 10**6  # of a file that is held whole, and of one value in a long file
CHUNK = 2**20  # how much of a long file is read at a time
LONG = {
    "bundle.json": ("seats", "ballots"),
    "first-bundle.json": ("seats", "ballots"),
    "package.json": ("seats",),
}

ALWAYS = (
    "LEAME.txt",
    "README.txt",
    "archive.json",
    "heads.txt",
    "log.jsonl",
    "verificar.py",
)
UNBOUND, BOUND, PARTED = "consulta-archive/1", "consulta-archive/2", "consulta-archive/3"
EXTRAS = {
    "checkpoints": "checkpoints.json",
    "panel": "panel.json",
    "reopened": "reopened.json",
    "registered": "registered.json",
    "stamps": "stamps.json",
}  # what archives of the third format may have beside, and its file
VERSIONS = {
    "archive.json": (UNBOUND, BOUND, PARTED),
    "bundle.json": ("consulta-bundle/1", "consulta-bundle/2"),
    "first-bundle.json": ("consulta-bundle/1", "consulta-bundle/2"),
    "result.json": ("consulta-result/1", "consulta-result/2"),
    "first-result.json": ("consulta-result/1", "consulta-result/2"),
    "robustness.json": ("consulta-robustness/1", "consulta-robustness/2"),
    "public.json": ("consulta-public/1",),
    "checkpoints.json": ("consulta-checkpoints/1",),
    "panel.json": ("consulta-published-panel/1",),
    "reopened.json": ("consulta-reopened/1",),
    "registered.json": ("consulta-registered/1", "consulta-registered/2"),
    "stamps.json": ("consulta-stamps/1",),
}
BALLOT_PARTS = ("ranking", "objectives", "endorsements")
NOMINEE_FIELDS = (
    "name",
    "organisation",
    "role",
    "country",
    "categories",
    "topics",
    "recent",
    "support",
)
FIRST_COUNT = ("excluded.csv", "first-bundle.json", "first-result.json")
JOINED = {
    "andean": "XA",
    "caribbean": "XB",
    "central_america": "XC",
    "mesoamerica": "XD",
    "south_america": "XE",
    "southern_cone": "XF",
}
ROLL_HEADINGS = ["organisation", "country", "sector"]  # then the dimensions that were added, and the base
ALWAYS_THERE = ("country", "sector", "subregion")  # dimensions
SHOWN = ("at", "role", "seal", "action", "subject", "details")
HIDDEN_ROW = re.compile(rb'\{"digest":"([0-9a-f]{64})","previous":"([0-9a-f]{64})","seq":([0-9]{1,15})\}\Z')
OUTSIDE = ("act", "record_sha256", "round", "seat")  # of a vote, in the log: what can be shown alone
OF_LOG = ("heads.taken", "checkpoints.key", "witnesses.registered", "witnesses.ended")
HEADS_TITLE = "# size root time reason about"
FORMULA = re.compile(r"(^|;)(?=[=+\-@\t\r])")
ONCE = ("rounds.committed", "rounds.opened", "rounds.closed", "rounds.counted", "rounds.published")
NOBODY_KNOWS = "no_answer"
NAMED = re.compile(r"\S*[0-9.:/_]\S*")  # what # stands for


class Unfit(Exception):
    """An archive that this program does not take on: the code of a sentence, and its values."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code, self.values = code, values


class Differs(Exception):
    """Something is not as it should be: where, what was expected, what is there."""

    def __init__(self, file, place, expected, found):
        super().__init__(f"{file} {place}: {expected} / {found}")
        self.file, self.place, self.expected, self.found = file, place, expected, found


# ---------------------------------------------------------------- reading


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    """JSON with sorted keys, no spaces, UTF-8 (section 4)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def strict(file):
    """What refuses a repeated key, NaN, infinity and numbers without end in the JSON of a file."""

    def pairs(items):
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise Differs(file, json.dumps(twice), "one key", "the same key twice")
        return found

    def constant(name):
        raise Differs(file, name, "a number", name)

    def whole(digits):
        need(len(digits) <= DIGITS, file, short(digits), "a shorter number", f"{len(digits)} digits")
        return int(digits)

    def decimal(digits):
        found = float(digits)
        need(abs(found) < float("inf"), file, short(digits), "a number", "one without end")
        return found

    return {
        "object_pairs_hook": pairs,
        "parse_constant": constant,
        "parse_int": whole,
        "parse_float": decimal,
    }


def strict_json(data, file):
    """JSON in UTF-8 without a repeated key, NaN or infinity."""
    try:
        return json.loads(data.decode("utf-8"), **strict(file))
    except (ValueError, RecursionError) as error:
        raise Differs(file, "(file)", "JSON", not_read(error)) from error


def not_read(error):
    """Why a text is none of JSON in UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return "another encoding"
    return f"another sign at {error.pos}" if isinstance(error, json.JSONDecodeError) else "too deep"


class Stream:
    """The text of a long JSON file from a place on, as far as it has been read."""

    def __init__(self, file, name):
        self.file, self.text, self.at = file, "", 0
        self.decoder = json.JSONDecoder(**strict(name))

    def more(self):
        waiting = len(self.text) - self.at
        part = self.file.read(max(CHUNK, waiting)) if waiting < MOST_WHOLE else ""
        self.text, self.at = self.text[self.at :] + part, 0
        return bool(part)

    def sign(self):
        """The next sign that is no space, which is left there; nothing at the end."""
        while True:
            self.at = SPACE.match(self.text, self.at).end()
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def take(self, signs):
        """The next sign, which has to be one of these."""
        sign = self.sign()
        if not sign or sign not in signs:
            raise ValueError(f"no {signs}")
        self.at += 1
        return sign

    def value(self):
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


SPACE = re.compile(r"[ \t\n\r]*")


def read_long(box, name):
    """The root of a JSON file, with its long lists on the disk; what it raises says: read the file whole."""
    with io.TextIOWrapper(box.files.opened(name), "utf-8", newline="") as file:
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


class Listed:
    """A list whose items are read one by one."""

    def __len__(self):
        return sum(1 for _ in self)


class Disk(sqlite3.Connection):
    """A database that is closed where nothing asks it any more, in whatever thread that is noticed."""

    def __del__(self):
        self.close()


def on_disk(table):
    """A database in a temporary file, gone with the program: what has a line for each ballot is there."""
    disk = sqlite3.connect("", isolation_level=None, factory=Disk, check_same_thread=False)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000"):
        disk.execute(f"PRAGMA {setting}")
    disk.execute(table)
    disk.execute("BEGIN")
    return disk


class Long(Listed):
    """A long list of a JSON file, on the disk: its items in their order, by their seat, or one of a seat."""

    def __init__(self, stream):
        self.disk = on_disk("CREATE TABLE items (place INTEGER PRIMARY KEY, seat TEXT, said TEXT)")
        self.size, self.usual = 0, True
        stream.take("[")
        sign = stream.take("]") if stream.sign() == "]" else ","
        while sign == ",":
            self.add(*stream.value())
            sign = stream.take(",]")
        self.disk.execute("CREATE INDEX of_seat ON items (seat, place)")

    def add(self, item, said):
        seat = item.get("seat") if isinstance(item, dict) else None
        if not isinstance(seat, str) or SURROGATE.search(seat):
            seat, self.usual = None, False
        self.disk.execute("INSERT INTO items VALUES (?, ?, ?)", (self.size, seat, said))
        self.size += 1

    def __len__(self):
        return self.size

    def __iter__(self):
        return self.read("SELECT said FROM items ORDER BY place")

    def read(self, wanted, *values):
        for (said,) in self.disk.execute(wanted, values):
            yield json.loads(said)

    def by_seat(self):
        ordered = self.read("SELECT said FROM items ORDER BY seat, place")
        return ordered if self.usual else iter(sorted(self, key=seat_of))

    def place_of(self, seat):
        """Where the item of a seat stands; None where it has none."""
        if not isinstance(seat, str) or SURROGATE.search(seat):
            return None
        found = self.disk.execute("SELECT place FROM items WHERE seat = ? LIMIT 1", (seat,)).fetchone()
        return found and found[0]

    def twice(self):
        """The place of the first item whose seat an earlier one has; None where each seat has one."""
        found, before = None, None
        for seat, place in self.disk.execute("SELECT seat, place FROM items ORDER BY seat, place"):
            if seat == before and (found is None or place < found):
                found = place
            before = seat
        return found

    def of_seat(self, seat):
        """The last item of a seat; None where it has none."""
        found = self.read("SELECT said FROM items WHERE seat = ? ORDER BY place DESC LIMIT 1", str(seat))
        return next(found, None) if isinstance(seat, str) else None


class Less(Listed):
    """A list without the items of some seats."""

    def __init__(self, items, seats):
        self.items, self.seats = items, seats

    def __iter__(self):
        return (item for item in self.items if item["seat"] not in self.seats)


SURROGATE = re.compile("[\ud800-\udfff]")


def seat_of(item):
    return item["seat"]


def by_seat(items):
    return items.by_seat() if isinstance(items, Long) else iter(sorted(items, key=seat_of))


def has_item(items):
    """What says whether a seat has one of these items."""
    if isinstance(items, Long) and items.usual:
        return lambda seat: items.place_of(seat) is not None
    return {item["seat"] for item in items}.__contains__


class Table:
    """Texts by text, on the disk."""

    def __init__(self):
        self.disk = on_disk("CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self.indexed = False

    def put(self, key, value):
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"no text: {short(key)} {short(value)}")
        self.disk.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (key, value))

    def get(self, key):
        found = self.disk.execute("SELECT value FROM texts WHERE key = ?", (key,)).fetchone()
        return found and found[0]

    def has(self, value):
        if not self.indexed:
            self.disk.execute("CREATE INDEX of_value ON texts (value)")
            self.indexed = True
        found = self.disk.execute("SELECT 1 FROM texts WHERE value = ?", (of_kind(str, value),)).fetchone()
        return found is not None

    def __len__(self):
        return self.disk.execute("SELECT count(*) FROM texts").fetchone()[0]

    def __iter__(self):
        """Each text and the one that it has, in order."""
        return self.disk.execute("SELECT key, value FROM texts ORDER BY key")


class Files:
    """The files of an archive by name, read where they are: in a folder, in a ZIP, or given as bytes."""

    def __init__(self, given):
        """`given` has of each file its size and what opens it, or all that is in it."""
        self.given, self.digests, self.close = {}, {}, lambda: None
        for name, each in given.items():
            held = isinstance(each, bytes)
            self.given[name] = (len(each), lambda data=each: io.BytesIO(data)) if held else each

    def __iter__(self):
        return iter(self.given)

    def __contains__(self, name):
        return name in self.given

    def __getitem__(self, name):
        size = self.given[name][0]
        most = f"{MOST_WHOLE // 10**6} MB or less"
        need(size <= MOST_WHOLE, name, "(file)", most, f"{size // 10**6} MB")
        with self.opened(name) as file:
            return file.read()

    def opened(self, name):
        return self.given[name][1]()

    def digest(self, name):
        if name not in self.digests:
            with self.opened(name) as file:
                self.digests[name] = digest_of_file(file)
        return self.digests[name]

    def rows(self, name):
        """The rows of a list, one by one; all of it has to be UTF-8."""
        with self.opened(name) as file:
            decoder = codecs.getincrementaldecoder("utf-8")()
            for part in iter(lambda: file.read(CHUNK), b""):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        with io.TextIOWrapper(self.opened(name), "utf-8-sig", newline="") as text:
            yield from csv.reader(text)


def digest_of_file(file):
    found = hashlib.sha256()
    for part in iter(lambda: file.read(CHUNK), b""):
        found.update(part)
    return found.hexdigest()


def read_archive(path):
    """The files by name, and the digest of the ZIP where it is one."""
    if path.is_dir():
        items = [item for item in sorted(path.iterdir()) if item.is_file()]
        return Files(
            {item.name: (item.stat().st_size, lambda item=item: item.open("rb")) for item in items}
        ), None
    most, size = {"name": path.name, "most": MOST_BYTES // 10**6}, path.stat().st_size
    if size > MOST_BYTES:
        raise Unfit("large", size=size // 10**6, **most)
    container, given = zipfile.ZipFile(path), {}
    size = sum(entry.file_size for entry in container.infolist())
    if size > MOST_BYTES:
        raise Unfit("large", size=size // 10**6, **most)
    for entry in container.infolist():
        if entry.filename in given:
            raise Differs(path.name, entry.filename, "one file of a name", "two")
        given[entry.filename] = entry.file_size, lambda entry=entry: container.open(entry)
    files = Files(given)
    files.close = container.close
    for name in files:
        files.digest(name)  # which reads each to its end: a damaged one is no archive
    with path.open("rb") as file:
        return files, digest_of_file(file)


def same(expected, given, file, place=""):
    """Raise the first difference between two JSON values, in the order of the expected one."""
    if isinstance(expected, dict) and isinstance(given, dict):
        same_objects(expected, given, file, place)
    elif isinstance(expected, (list, Listed)) and isinstance(given, (list, Listed)):
        for number, pair in enumerate(zip(expected, given)):
            same(pair[0], pair[1], file, f"{place}[{number}]")
        if len(expected) != len(given):
            last = f"{place}[{min(len(expected), len(given))}]"
            raise Differs(file, last, f"{len(expected)} entries", str(len(given)))
    elif isinstance(expected, bool) != isinstance(given, bool) or expected != given:
        raise Differs(file, place or "(file)", short(expected), short(given))


def same_format(box, file):
    """A file of which there is one version says that it is of this one."""
    same(VERSIONS[file][0], box.json(file)["format"], file, "format")


def same_objects(expected, given, file, place):
    for name in [*expected, *(name for name in given if name not in expected)]:
        inside = f"{place}.{name}" if place else name
        if name not in given:
            raise Differs(file, inside, short(expected[name]), "(nothing)")
        if name not in expected:
            raise Differs(file, inside, "(nothing)", short(given[name]))
        same(expected[name], given[name], file, inside)


def short(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=few)
    return text if len(text) <= 90 else text[:87] + "..."


def few(items):
    """As many items of a list as a line has room for."""
    return [*itertools.islice(items, 9)]


def plain(text):
    """A text from an archive for a terminal: nothing in it can move the cursor or pass for another line."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def need(condition, file, place, expected, found):
    if not condition:
        raise Differs(file, place, short(expected), short(found))


# ---------------------------------------------------------------- the files, the log, the heads


def check_files(box):
    """SHA256SUMS names every file that there has to be and no other, and every digest holds."""
    listed = {}
    for number, line in enumerate(box.text("SHA256SUMS").splitlines(), start=1):
        digest, _, name = line.partition("  ")
        need(HEX64.match(digest) and name, "SHA256SUMS", f"line {number}", "digest  name", line)
        need(name not in listed, "SHA256SUMS", name, "once", "twice")
        listed[name] = digest
    box.listed = listed
    for name, digest in listed.items():
        need(name in box.files, name, "(file)", "in the archive", "missing")
        found = box.files.digest(name)
        need(found == digest, name, "sha256", digest, found)
    complete = box.json("archive.json")["complete"]
    about = box.json("archive.json")
    bound, parts = is_bound(about), parts_told(about)
    wanted = {*ALWAYS, *(("bundle.json", "receipts.csv", "result.json") if complete else ("public.json",))}
    wanted |= {"opening.json"} if bound else set()
    wanted |= {EXTRAS[name] for name in parts if name in EXTRAS}
    for name in sorted(wanted):
        need(name in listed, "SHA256SUMS", name, "listed", "not listed")
    free = {"package.json", "public.json", "robustness.json"} if complete else set()
    free |= set(FIRST_COUNT) if complete and bound else set()
    more = sorted(set(listed) - wanted - free - ({"roll.csv"} if bound else set()))
    need(not more, "SHA256SUMS", more[0] if more else "", "(nothing)", "listed")
    extra = sorted(set(box.files) - set(listed) - {"SHA256SUMS"})
    need(
        not extra or not box.zipped, extra[0] if extra else "", "(file)", "listed in SHA256SUMS", "not listed"
    )
    written = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed))
    need(box.text("SHA256SUMS") == written, "SHA256SUMS", "(file)", "one line a file, by name", "not so")
    if extra:
        return "n_more", {"n": len(listed), "more": ", ".join(extra)}
    return "n_files", {"n": len(listed)}


def is_bound(about):
    """Whether the log's row of the closing bound what was counted."""
    return about.get("format") in (BOUND, PARTED)


def parts_told(about):
    """What the archive says that it has beside what every archive has."""
    parts = about.get("parts") if about.get("format") == PARTED else []
    return parts if isinstance(parts, list) and all(isinstance(name, str) for name in parts) else []


def parts_in_log(box):
    """What the log says that the archive has beside: checkpoints and rows of votes, the published panel.

    The first where the closing bound those rows, the second where the newest row of a panel tells it.
    """
    panels = [row["details"] for row in box.rows if row["action"] == "panel.published"]
    parts = ["checkpoints"] if "votes" in box.acts["rounds.closed"].get("bound", {}) else []
    parts += ["panel"] if panels and "panel" in panels[-1] else []
    parts += ["reopened"] if reopenings(box) else []
    parts += ["registered"] if registrations(box) else []
    parts += ["stamps"] if "stamps_sha256" in box.acts["rounds.published"] else []
    need(
        "bound" in box.acts["rounds.closed"] or not parts,
        "log.jsonl",
        "rounds.closed",
        "what it bound",
        "nothing",
    )
    return parts


def reopenings(box):
    """The rows that tell that voting was reopened after a closing by mistake."""
    return [row for row in box.rows if row["action"] == "rounds.reopened"]


def registrations(box):
    """The rows that tell that an organisation was registered after the opening."""
    return [row for row in box.rows if row["action"] == "rounds.registered"]


def withdrawals(box):
    """The rows that tell that such a registration was withdrawn, before the first vote of its seat."""
    return [row for row in box.rows if row["action"] == "rounds.seat_withdrawn"]


def roll_told(box, number=None):
    """What the log tells of the roll, by all rows or by those before one: at the opening, then later."""
    told = dict(box.acts["rounds.opened"])
    for row in registrations(box):
        if number is None or row["seq"] < number:
            told.update({name: row["details"][name] for name in OF_ROLL if name in row["details"]})
    return told


def shows_closings(box):
    """Whether an archive shows closings that a reopening undid: elsewhere they tell when ballots came."""
    about = box.json("archive.json")
    return about.get("votes") is True or about.get("secrecy") == "open"


def closings_in_log(box):
    """How many rows the log had at each closing of the round, and when that was, by the heads in it."""
    subject = box.json("archive.json")["subject"]
    taken = [row for row in box.rows if row["action"] == "heads.taken"]
    closing = [row for row in taken if row["details"].get("reason") == "closing"]
    return [(row["details"]["size"], row["at"]) for row in closing if row["details"].get("about") == subject]


def is_open(box, number):
    """Whether voting was open at a row of the log: after an opening or reopening, before its closing."""
    return any(begin < number < end for begin, (end, _) in zip(box.begins, box.closings))


def check_chain(box):
    """Every row follows from the one before; the rows shown have the digest of what they show."""
    previous = ZERO_DIGEST
    box.rows, box.leaves = [], bytearray()  # of each row 32 bytes: a log can have millions
    # Rows of votes are not held, but their numbers: those that are shown whole, and of which only a part is.
    box.votes, box.cast = array("I"), array("I")
    number = 0
    for number, line in lines_of_log(box):
        need(line.endswith(b"\n"), "log.jsonl", "(file)", "whole lines", "a part of one")
        hidden = HIDDEN_ROW.match(line[:-1])
        if hidden and hidden[2].decode() == previous and int(hidden[3]) == number:
            previous = hidden[1].decode()
        else:
            previous = shown_row(box, number, line[:-1], previous)
        box.leaves += bytes.fromhex(previous)
    need(number > 0, "log.jsonl", "(file)", "whole lines", "none")
    return "n_rows", {"n": number, "shown": len(box.rows) + len(box.votes) + len(box.cast)}


def lines_of_log(box):
    """The lines of the log with their numbers."""
    with box.files.opened("log.jsonl") as file:
        yield from enumerate(iter(lambda: file.readline(MOST_WHOLE), b""), start=1)


def rows_again(box, numbers):
    """Rows of the log by their numbers, in their order, read once more."""
    left = iter(numbers)
    wanted = next(left, None)
    for number, line in lines_of_log(box):
        if number == wanted:
            yield unfolded(json.loads(line), f"log.jsonl row {number}")
            wanted = next(left, None)


def unfolded(row, file):
    """A row with what is written in it as a text of JSON, and the digest of its hidden part."""
    if "outside" in row:
        if "hidden_sha256" not in row:
            row["hidden_sha256"] = sha256(canonical([row[name] for name in SHOWN]))
        row["outside_text"] = row["outside"]
        row["outside"] = object_in(row["outside"], file)
    if "details" in row:
        row["details"] = object_in(row["details"], file)
    return row


def object_in(text, file):
    """The object that a text of a row is."""
    found = strict_json(text.encode("utf-8"), file)
    need(isinstance(found, dict), file, "(file)", "an object", found)
    return found


def shown_row(box, number, line, previous):
    """Take in a row of which more is shown than its number and digests, or one that is wrong: its digest."""
    place = f"row {number}"
    row = strict_json(line, f"log.jsonl {place}")
    fine = isinstance(row, dict) and is_whole(row.get("seq")) and row["seq"] == number
    need(fine, "log.jsonl", place, number, row)
    need(row.get("previous") == previous, "log.jsonl", f"{place} previous", previous, row.get("previous"))
    need(HEX64.match(str(row.get("digest"))), "log.jsonl", f"{place} digest", "64 hex digits", row)
    need(line == canonical(row), "log.jsonl", place, "canonical JSON", "another form")
    names = sorted(set(row) - {"seq", "previous", "digest"})
    if not names:
        return row["digest"]
    forms = sorted(SHOWN), sorted([*SHOWN, "outside"]), ["hidden_sha256", "outside"]
    need(names in forms, "log.jsonl", place, ", ".join(forms[0]), ", ".join(names))
    if "outside" in row:
        whole = "hidden_sha256" not in row
        hidden = sha256(canonical([row[name] for name in SHOWN])) if whole else row["hidden_sha256"]
        digest = sha256(canonical([number, hidden, row["outside"], previous]))
        told = strict_json(row["outside"].encode("utf-8"), f"log.jsonl {place}")
        need(row["outside"].encode("utf-8") == canonical(told), "log.jsonl", place, "canonical JSON", "not")
    else:
        digest = sha256(canonical([number, *(row[name] for name in SHOWN), previous]))
    need(digest == row["digest"], "log.jsonl", f"{place} digest", digest, row["digest"])
    unfolded(row, f"log.jsonl {place}")
    if "details" not in row:
        box.cast.append(number)
    elif row["action"] == "ballot.cast":
        box.votes.append(number)
    else:
        box.rows.append(row)
    return row["digest"]


def tree_root(digests):
    """The Merkle tree hash of RFC 6962 over leaves that are 32 bytes each."""
    tree = Tree()
    for digest in digests:
        tree.add(bytes.fromhex(digest))
    return tree.root()


class Tree:
    """The tree of RFC 6962 as it grows: the roots of its whole subtrees, from left to right."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def add(self, leaf):
        self.peaks.append(hashlib.sha256(b"\x00" + leaf).digest())
        self.size += 1
        complete = self.size
        while complete % 2 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = hashlib.sha256(b"\x01" + self.peaks[-1] + right).digest()
            complete //= 2

    def root(self):
        if not self.peaks:
            return sha256(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root.hex()


def rows_in(box):
    """How many rows the log has."""
    return len(box.leaves) // 32


def leaves(box):
    """The digest of each row, as bytes."""
    return (bytes(box.leaves[at : at + 32]) for at in range(0, len(box.leaves), 32))


def sizes_of(box, wanted):
    """How many rows the log had when each of these was its head: any row may be the last one of a tree."""
    found, tree, left = {}, Tree(), set(wanted)
    for leaf in leaves(box) if left else ():
        tree.add(leaf)
        root = tree.root()
        if root in left:
            found[root] = tree.size
            left.discard(root)
        if not left:
            break
    return found


def check_heads(box):
    """Every head is the root over its rows, and the row after it says the same; the last one covers all."""
    box.heads, told = [], {}
    subject = box.json("archive.json")["subject"]
    for row in box.rows:
        if row["action"] == "heads.taken":
            told[row["seq"]] = row
    lines, box.growing = box.text("heads.txt").split("\n"), (Tree(), leaves(box))
    need(lines[0] == HEADS_TITLE and lines[-1] == "", "heads.txt", "line 1", HEADS_TITLE, lines[0])
    for number, line in enumerate(lines[1:-1], start=2):
        box.heads.append(read_head(box, f"line {number}", line))
    need(bool(box.heads), "heads.txt", "(file)", "a head", "none")
    for head in box.heads[:-1]:
        row = told.pop(head["size"] + 1, None)
        said = dict(row["details"], time=row["at"]) if row else {}
        need(said == head, "heads.txt", f"head of {head['size']} rows", f"as in row {head['size'] + 1}", head)
    left = sorted(told)
    need(not left, "heads.txt", f"row {left[0]}" if left else "", "a line for this head", "none")
    last = box.heads[-1]
    size = rows_in(box)
    need(last["size"] == size, "heads.txt", "last line", f"{size} rows", str(last["size"]))
    published = [row for row in box.rows if row["action"] in ("rounds.published", "panel.published")]
    taken = [head for head in box.heads if head["reason"] == "publication" and head["about"] == subject]
    moments = [(row["seq"], row["at"]) for row in published]
    found = [(head["size"], head["time"]) for head in taken]
    need(found == moments, "heads.txt", "publication", moments, found)
    for acts, reason in ((BEGINS, "opening"), (("rounds.closed",), "closing")):
        rows = [(row["seq"], row["at"]) for row in box.rows if row["action"] in acts]
        covering = [head for head in box.heads if head["reason"] == reason and head["about"] == subject]
        found = [(head["size"], head["time"]) for head in covering]
        if reason == "closing" and not shows_closings(box):
            found = found[len(reopenings(box)) :]
        need(found == rows, "heads.txt", reason, rows, found)
    written = "\n".join([HEADS_TITLE, *map(head_line, box.heads), ""])
    need(box.text("heads.txt") == written, "heads.txt", "(file)", "one line a head", "something else")
    return "n_heads", {"n": len(box.heads), "root": last["root"]}


BEGINS = (  # acts with a head like an opening's
    "rounds.opened",
    "rounds.reopened",
    "rounds.registered",
    "rounds.seat_withdrawn",
)


def head_line(head):
    about = "-" if head["about"] is None else head["about"]
    return " ".join((str(head["size"]), head["root"], head["time"], head["reason"], about))


def read_head(box, place, line):
    parts = line.split(" ")
    need(len(parts) == 5 and parts[0].isdigit(), "heads.txt", place, HEADS_TITLE[2:], line)
    size, root, time, reason, about = int(parts[0]), *parts[1:]
    earlier = box.heads[-1]["size"] if box.heads else 0
    need(earlier < size <= rows_in(box), "heads.txt", place, f"more than {earlier} rows", size)
    tree, later = box.growing  # each head grows the tree of the one before
    for leaf in itertools.islice(later, size - tree.size):
        tree.add(leaf)
    expected = tree.root()
    need(root == expected, "heads.txt", f"{place} ({reason})", expected, root)
    return {
        "size": size,
        "root": root,
        "time": time,
        "reason": reason,
        "about": None if about == "-" else about,
    }


# ---------------------------------------------------------------- checkpoints: heads that others signed too


FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)


def point_of(data):
    """The point of the curve that 32 bytes stand for, in extended coordinates; None where there is none."""
    y = int.from_bytes(data, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= FIELD:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if (x * x - square) % FIELD or (x == 0 and odd):
        return None
    x = FIELD - x if x & 1 != odd else x
    return x, y, 1, x * y % FIELD


def sum_of(one, other):
    """The sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % FIELD
    b = (one[1] + one[0]) * (other[1] + other[0]) % FIELD
    c, d = 2 * one[3] * other[3] * CURVE % FIELD, 2 * one[2] * other[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def times(number, point):
    """A point, so many times."""
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = sum_of(found, point)
        point, number = sum_of(point, point), number >> 1
    return found


BASE_POINT = point_of((4 * pow(5, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little"))


def is_signed(key, message, signature):
    """Whether an Ed25519 signature (RFC 8032) of a message is by this key."""
    point, nonce = point_of(key), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or nonce is None or number >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(number, BASE_POINT), sum_of(nonce, times(hashed, point))
    same_x = (left[0] * right[2] - right[0] * left[2]) % FIELD == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % FIELD == 0


LOG_KEY, WITNESS_KEY = 1, 4  # kinds of keys: of notes (signed-note), of cosignatures (tlog-cosignature)


def key_of(text, kind, place):
    """A verifier key `name+id+key`: its name, its id and the key itself."""
    need(isinstance(text, str), "log.jsonl", place, "a key", text)
    name, _, rest = text.partition("+")
    number, _, coded = rest.partition("+")
    try:
        data = base64.b64decode(coded, validate=True)
    except ValueError:
        data = b""
    fine = name and len(data) == 33 and data[0] == kind
    need(fine, "log.jsonl", place, "a key", text)
    known = hashlib.sha256(name.encode("utf-8") + b"\n" + data).digest()[:4]
    need(number == known.hex(), "log.jsonl", place, known.hex(), number)
    return name, known, data[1:]


OF_KEYS = {
    "checkpoints.key": ("key", "replaces"),
    "witnesses.registered": ("key", "organisation"),
    "witnesses.ended": ("key",),
}


def keys_in_log(box):
    """The keys that the log tells of: its own, and those of witnesses; each by name and id.

    Beside each is the row with which it ended: another key of the log, or that a witness is none any more.
    """
    own, others, before, newest = {}, {}, None, None
    for row in [row for row in box.rows if row["action"] in OF_KEYS]:
        place, told, fields = f"row {row['seq']}", row["details"], OF_KEYS[row["action"]]
        need(sorted(told) == sorted(fields), "log.jsonl", place, ", ".join(fields), sorted(told))
        name, number, key = key_of(told["key"], LOG_KEY if "replaces" in fields else WITNESS_KEY, place)
        if "replaces" in fields:
            need(told["replaces"] == before, "log.jsonl", f"{place} replaces", before, told["replaces"])
            if newest:
                own[newest] = own[newest][0], row["seq"]
            before, newest = told["key"], (name, number)
            own[newest] = key, None
            continue
        ended = row["action"] == "witnesses.ended"
        need(((name, number) in others) == ended, "log.jsonl", place, "a key", told["key"])
        others[name, number] = key, row["seq"] if ended else None
    return own, others


def need_in_use(size, ended, file, place):
    """A key signs no head of so many rows, or more, that the row with which it ended is among them."""
    fine = ended is None or size < ended
    need(fine, file, place, f"fewer than {ended} rows, where this key ended", size)


def note_of(text, file, place):
    """A signed note: its body, and each signature as name, id and bytes."""
    body, parted, signed = text.rpartition("\n\n")
    need(parted and signed.endswith("\n"), file, place, "a signed note", text)
    signatures = []
    for line in signed[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, coded = rest.partition(" ")
        try:
            data = base64.b64decode(coded, validate=True)
        except ValueError:
            data = b""
        fine = dash == "\u2014" and name and len(data) > 4
        need(fine, file, place, "a line of a signature", line)
        signatures.append((name, data[:4], data[4:]))
    return body + "\n", signatures


FIGURES = re.compile("[1-9][0-9]{0,14}")  # rows of a checkpoint, as C2SP writes them
COSIGNED = "a cosignature of this checkpoint"


def checked_note(box, text, file, place):
    """A checkpoint that the log signed, and of its witnesses who cosigned it: size, root, names of these."""
    own, others = keys_in_log(box)
    body, signatures = note_of(text, file, place)
    need(len({each[:2] for each in signatures}) == len(signatures), file, f"{place} key", "once", "twice")
    lines = body.split("\n")
    need(len(lines) >= 4 and FIGURES.fullmatch(lines[1]), file, place, "origin, size and root", body)
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True).hex()
    except ValueError:
        raise Differs(file, place, "origin, size and root", short(body)) from None
    origins = {name for name, _ in own}
    need(lines[0] in origins, file, place, f"a checkpoint of {', '.join(sorted(origins))}", lines[0])
    names, signed = [], False
    for name, number, data in signatures:
        if (name, number) in own:
            key, ended = own[name, number]
            fine = is_signed(key, body.encode("utf-8"), data)
            need(fine, file, f"{place} {name}", "the log's signature of this checkpoint", "another")
            need_in_use(size, ended, file, f"{place} {name}")
            signed = True
            continue
        known = (name, number) in others
        need(known, file, f"{place} {name}", "a signature by a key that the log tells of", number.hex())
        need(len(data) == 72, file, f"{place} {name}", "a cosignature with its time", f"{len(data)} bytes")
        time = int.from_bytes(data[:8], "big")
        message = f"cosignature/v1\ntime {time}\n{body}".encode()
        key, ended = others[name, number]
        need(is_signed(key, message, data[8:]), file, f"{place} {name}", COSIGNED, "another")
        need_in_use(size, ended, file, f"{place} {name}")
        names.append((name, time))
    need(signed, file, place, "a signature of the log", "none")
    return size, root, names


def check_checkpoints(box):
    """Each checkpoint is one of the heads, signed by the log; each cosignature is by a known witness."""
    known = {head["size"]: head for head in box.heads}
    notes, before, witnesses, cosigned = of_kind(list, box.json("checkpoints.json")["notes"]), 0, set(), 0
    same(["format", "notes"], sorted(box.json("checkpoints.json")), "checkpoints.json")
    same_format(box, "checkpoints.json")
    for number, text in enumerate(notes, start=1):
        place = f"notes[{number - 1}]"
        size, root, names = checked_note(box, text, "checkpoints.json", place)
        need(size > before, "checkpoints.json", place, f"more than {before} rows", size)
        head = known.get(size)
        need(head is not None, "checkpoints.json", place, "the size of a head", size)
        need(root == head["root"], "checkpoints.json", place, head["root"], root)
        for name, time in names:
            need_meanwhile(box, time, head, "checkpoints.json", f"{place} {name}")
        before, cosigned = size, cosigned + bool(names)
        witnesses |= {name for name, _ in names}
    if not notes:
        closed = box.places["rounds.closed"]
        with_key = any(row["action"] == "checkpoints.key" and row["seq"] < closed for row in box.rows)
        return "unsigned" if with_key else "no_checkpoints", {}
    told = {"n": len(notes), "cosigned": cosigned, "witnesses": len(witnesses)}
    return "n_checkpoints", told


def need_meanwhile(box, seconds, head, file, place):
    """Require that a head was signed between its time and the publication, give or take CLOCKS seconds."""
    taken, ended = head["time"], box.moments["rounds.published"]
    fine = moment(taken).timestamp() - CLOCKS <= seconds <= moment(ended).timestamp() + CLOCKS
    need(fine, file, place, f"a time from {taken} to {ended}", told_time(seconds))


def told_time(seconds):
    """A moment as people read it."""
    return f"{(moment('1970-01-01T00:00:00') + timedelta(seconds=seconds)):%Y-%m-%dT%H:%M:%SZ}"


CLOCKS = 300  # seconds by which the clock of a witness or of an authority may be another

# ---------------------------------------------------------------- time stamps (RFC 3161): what they are about

DER = re.compile("(?:[0-9a-f]{2}){1,65536}")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
SHA256 = bytes.fromhex("608648016503040201")
STAMPED = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:[.][0-9]{1,9})?Z")


def der_parts(data):
    """The values that stand one after the other in bytes by DER: tag and content of each; None if none do."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            return None
        tag, size, at = data[at], data[at + 1], at + 2
        if size > 127:
            more = size - 128
            if not 1 <= more <= 3 or at + more > len(data):
                return None
            size, at = int.from_bytes(data[at : at + more], "big"), at + more
        if at + size > len(data):
            return None
        found.append((tag, data[at : at + size]))
        at += size
    return found


def der_inside(data, *path):
    """The content of a value inside others: of each its place among the values there, and its tag."""
    for place, tag in path:
        parts = None if data is None else der_parts(data)
        fine = parts is not None and place < len(parts) and parts[place][0] == tag
        data = parts[place][1] if fine else None
    return data


def stamp_of(data):
    """The digest that an answer of an authority is about, and its time; None where it is no such answer."""
    status = der_inside(data, (0, 0x30), (0, 0x30), (0, 0x02))
    content = ((0, 0x30), (1, 0x30), (1, 0xA0), (0, 0x30), (2, 0x30))
    kind = der_inside(data, *content, (0, 0x06))
    info = der_inside(data, *content, (1, 0xA0), (0, 0x04), (0, 0x30))
    method = der_inside(info, (2, 0x30), (0, 0x30), (0, 0x06))
    imprint = der_inside(info, (2, 0x30), (1, 0x04))
    time = STAMPED.fullmatch(der_inside(info, (4, 0x18)) or b"")
    fine = status in (b"\x00", b"\x01") and kind == TST_INFO and method == SHA256 and imprint and time
    if not fine or len(der_parts(data)) != 1:
        return None
    year, month, day, *clock = (part.decode("ascii") for part in time.groups())
    said = f"{year}-{month}-{day}T{':'.join(clock)}Z"
    try:
        moment(said)
    except ValueError:
        return None
    return imprint.hex(), said


def check_stamps(box):
    """Each time stamp is about a head of the log, and no older; who signed it is not looked at."""
    file, told, before, last = "stamps.json", box.json("stamps.json"), 0, ""
    known = {head["size"]: head for head in box.heads}
    origins = sorted({name for name, _ in keys_in_log(box)[0]})
    same(["format", "stamps"], sorted(told), file)
    same_format(box, file)
    need(isinstance(told["stamps"], list) and told["stamps"], file, "stamps", "a time stamp", "none")
    for number, each in enumerate(told["stamps"]):
        place = f"stamps[{number}]"
        need(isinstance(each, dict), file, place, "an object", each)
        same(["authority", "response", "size"], sorted(each), file, place)
        size, text = each["size"], each["response"]
        need(is_whole(size) and size >= before, file, f"{place}.size", f"{before} rows or more", size)
        need(size in known, file, f"{place}.size", "the size of a head", size)
        need(isinstance(each["authority"], str), file, f"{place}.authority", "a name", each["authority"])
        fine = isinstance(text, str) and DER.fullmatch(text)
        once = all(text != other["response"] for other in told["stamps"][:number])
        need(once, file, f"{place}.response", "once", "twice")
        found = stamp_of(bytes.fromhex(text)) if fine else None
        need(found, file, f"{place}.response", "an answer of RFC 3161 with SHA-256", "something else")
        root = base64.b64encode(bytes.fromhex(known[size]["root"])).decode("ascii")
        about = [sha256(f"{origin}\n{size}\n{root}\n".encode()) for origin in origins]
        need(found[0] in about, file, place, f"a stamp of the head of {size} rows", found[0])
        need_meanwhile(box, moment(found[1]).timestamp(), known[size], file, place)
        before, last = size, max(last, found[1])
    return "n_stamps", {"n": len(told["stamps"]), "last": last}


def check_acts(box):
    """The round was committed, opened, closed, counted and published in this order; what it says, holds."""
    about, acts = box.json("archive.json"), {}
    votes = about.get("votes") is True
    undone = check_reopened(box)
    of_log = OF_LOG if "checkpoints" in parts_told(about) else OF_LOG[:1]
    told = sorted([*box.rows, *([] if votes else rows_again(box, box.votes))], key=lambda row: row["seq"])
    for row in [row for row in told if row["action"] not in of_log]:
        place = f"row {row['seq']}"
        need(row["subject"] == about["subject"], "log.jsonl", place, about["subject"], row["subject"])
        if row["action"] in ONCE:
            again = row["action"] == "rounds.counted" and any(
                each["action"] == "ballots.excluded" and each["seq"] < row["seq"] for each in box.rows
            )
            again = again or (
                row["action"] == "rounds.closed" and acts.get("rounds.closed", row)["seq"] in undone
            )
            need(again or row["action"] not in acts, "log.jsonl", place, f"{row['action']} once", "twice")
            acts[row["action"]] = row
    wanted = [name for name in ONCE if about["complete"] or name != "rounds.counted"]
    for name in wanted:
        need(name in acts, "log.jsonl", name, "a row", "none")
    order = [acts[name]["seq"] for name in wanted]
    need(order == sorted(order), "log.jsonl", "acts", f"in the order {','.join(wanted)}", order)
    box.acts = {name: row["details"] for name, row in acts.items()}
    box.moments = {name: row["at"] for name, row in acts.items()}
    check_about(box)
    opened, published = box.acts["rounds.opened"], box.acts["rounds.published"]
    box.counts = [row for row in box.rows if row["action"] == "rounds.counted"]
    check_deadline(box, acts)
    check_registered(box)
    check_drawn(box, acts)
    check_taken_out(box, acts)
    box.places = {name: row["seq"] for name, row in acts.items()}
    for name, digest in digests_in_log(box, about, opened, published).items():
        need(name in box.files, name, "(file)", "in the archive", "missing")
        found = box.files.digest(name)
        need(found == digest, name, "sha256 in the log", digest, found)
    return note_of_acts(len(reopenings(box)), len(registrations(box)), len(withdrawals(box)))


def note_of_acts(again, late, gone):
    """How often voting was reopened, how many were registered late, and of how many that was withdrawn."""
    if gone and again:
        return "n_all", {"n": again, "more": late, "gone": gone}
    if gone:
        return "n_withdrawn", {"n": late, "gone": gone}
    if again and late:
        return "n_both", {"n": again, "more": late}
    if late:
        return "n_registered", {"n": late}
    return ("n_reopened", {"n": again}) if again else (None, {})


REOPENED = ("after", "before", "closed_at", "reason")


def check_reopened(box):
    """Each reopening follows a closing, with a reason, before any count of it was public.

    The file about reopenings says what the log says. Rows of counts that a reopening undid are in no archive.
    """
    box.begins = [row["seq"] for row in box.rows if row["action"] in ("rounds.opened", "rounds.reopened")]
    box.closings = closings_in_log(box)
    rows, said = reopenings(box), []
    for number, row in enumerate(rows):
        place, told = f"row {row['seq']}", row["details"]
        need(sorted(told) == sorted(REOPENED), "log.jsonl", place, ", ".join(REOPENED), sorted(told))
        need(
            number + 1 < len(box.closings), "log.jsonl", place, "a closing before it and one after it", "none"
        )
        (closed, at), (later, _) = box.closings[number : number + 2]
        need(
            closed < row["seq"] < later,
            "log.jsonl",
            place,
            f"after row {closed}, before row {later}",
            row["seq"],
        )
        need(told["closed_at"][:19] >= at[:19], "log.jsonl", f"{place} closed_at", at, told["closed_at"])
        need(told["closed_at"][:19] <= row["at"][:19], "log.jsonl", f"{place} closed_at", row["at"], told)
        need(bool(told["reason"]), "log.jsonl", f"{place} reason", "a reason", "none")
        said.append({"at": row["at"], **{name: told[name] for name in REOPENED}})
    if rows:
        wanted = len(rows) + 1
        need(len(box.closings) == wanted, "log.jsonl", "closing", f"{wanted} heads", str(len(box.closings)))
        kept = {"format": "consulta-reopened/1", "reopened": said}
        same(kept, box.json("reopened.json"), "reopened.json")
        written = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
        need(
            box.text("reopened.json") == written,
            "reopened.json",
            "(file)",
            "as in the log",
            "written otherwise",
        )
        for row in [row for row in box.rows if row["action"] in UNDONE]:
            after = row["seq"] > rows[-1]["seq"]
            need(after, "log.jsonl", f"row {row['seq']}", "after the last reopening", row["action"])
    return [size for size, _ in box.closings[:-1]]


OF_ROLL = ("seats", "roll_sha256", "roll_exact", "members_sha256")
REGISTERED = ("head", "members_sha256", "number", "reason", "roll_sha256", "seats")


def check_registered(box):
    """Each late registration stands in an open time, before its end, with a reason, over the log as it stood.

    The file about late registrations says what the log says. Where ballots are public with names it also says
    whose seats they are: each one that the log has the digest of, and none that was on the roll before.
    """
    rows, said = registrations(box), []
    check_withdrawn(box)
    if not rows:
        return
    named, kept = "package.json" in box.files, box.json("registered.json")["registered"]
    need(isinstance(kept, list), "registered.json", "registered", "a list", kept)
    need(len(kept) == len(rows), "registered.json", "registered", f"{len(rows)} rows", str(len(kept)))
    for number, row in enumerate(rows, start=1):
        check_registration(box, row, number)
        told = row["details"]
        said.append({"at": row["at"], **dict(sorted(told.items()))})
        if named:
            said[-1]["seat"] = late_seat(kept[number - 1], told, f"seat {number}")
    file = {"format": "consulta-registered/1", "registered": said}
    if gone := withdrawals(box):
        told = [{"at": row["at"], **dict(sorted(row["details"].items()))} for row in gone]
        file = {**file, "format": "consulta-registered/2", "withdrawn": told}
    same(file, box.json("registered.json"), "registered.json")
    written = json.dumps(file, ensure_ascii=False, indent=1) + "\n"
    alike = box.text("registered.json") == written
    need(alike, "registered.json", "(file)", "as in the log", "written otherwise")
    check_late_names(box, kept if named else [])


WITHDRAWN = ("head", "number", "reason", "seat")


def check_withdrawn(box):
    """Each withdrawal is of a registration before it, in an open time, with a reason, as the closing says.

    That no vote of the seat is in the log or in the bundle is checked with these.
    """
    rows, made = withdrawals(box), registrations(box)
    closed = box.acts["rounds.closed"].get("withdrawn", 0)
    fine = is_whole(closed) and closed == len(rows)
    need(fine, "log.jsonl", "rounds.closed withdrawn", f"{len(rows)} rows", closed)
    numbers, seats = set(), set()
    for row in rows:
        place, told = f"row {row['seq']}", row["details"]
        need(sorted(told) == sorted(WITHDRAWN), "log.jsonl", place, ", ".join(WITHDRAWN), sorted(told))
        number, seat = told["number"], told["seat"]
        before = [each["details"].get("number") for each in made if each["seq"] < row["seq"]]
        known = is_whole(number) and any(is_whole(each) and each == number for each in before)
        need(known, "log.jsonl", f"{place} number", "a registration before it", number)
        need(number not in numbers, "log.jsonl", f"{place} number", "each registration once", number)
        fine = isinstance(seat, str) and bool(seat) and seat not in seats
        need(fine, "log.jsonl", f"{place} seat", "a seat of the roll", seat)
        numbers.add(number)
        seats.add(seat)
        check_open_act(box, row)
        kept = box.json("registered.json")["registered"] if "registered.json" in box.files else []
        if box.acts["rounds.opened"]["secrecy"] == "open" and "package.json" in box.files:
            own = kept[number - 1]["seat"]["seat"] if len(kept) >= number else None
            need(own == seat, "log.jsonl", f"{place} seat", own, seat)


def check_open_act(box, row):
    """A row of while voting was open: its reason and time, and the head of the log before it."""
    place, told = f"row {row['seq']}", row["details"]
    fine = isinstance(told["reason"], str) and bool(told["reason"].strip())
    need(fine, "log.jsonl", f"{place} reason", "a reason", "none")
    until = until_told(box, row["seq"])
    meanwhile = is_open(box, row["seq"]) and row["at"][:19] < until[:19]
    need(meanwhile, "log.jsonl", place, f"after the opening and before {until}", row["at"])
    before = [head["root"] for head in box.heads if head["size"] < row["seq"]]
    need(told["head"] in before[-1:], "log.jsonl", f"{place} head", before[-1:], told["head"])


def late_seat(kept, told, place):
    """The seat that a file tells beside a row: of public ballots, that of which the row has the digest."""
    seat = kept.get("seat")
    fine = isinstance(seat, dict) and set(seat) == {"seat", "organisation", "country", "categories", "base"}
    fine = fine and is_whole(seat["base"])
    need(fine, "registered.json", place, "a seat", seat)
    digest = sha256(canonical(seat))
    wanted = told.get("seat_sha256", digest)
    need(digest == wanted, "registered.json", place, wanted, digest)
    return seat


def check_registration(box, row, number):
    """A row about a late registration: its number, reason and time, and the head of the log before it."""
    opened, place, told = box.acts["rounds.opened"], f"row {row['seq']}", row["details"]
    names = {*REGISTERED, *(["roll_exact"] if "roll_exact" in opened else [])}
    names |= {"seat_sha256"} if opened["secrecy"] == "open" else set()
    need(set(told) == names, "log.jsonl", place, ", ".join(sorted(names)), ", ".join(sorted(told)))
    for name, wanted in (("number", number), ("seats", whole_number(opened["seats"]) + number)):
        fine = is_whole(told[name]) and told[name] == wanted
        need(fine, "log.jsonl", f"{place} {name}", wanted, told[name])
    check_open_act(box, row)


def until_told(box, number):
    """The end of voting as it stood at a row of the log."""
    until = box.acts["rounds.opened"]["closes_at"]
    for row in box.rows:
        if row["action"] in ("rounds.extended", "rounds.reopened") and row["seq"] < number:
            until = row["details"]["after"]
    return until


def check_late_names(box, kept):
    """No late organisation was on the roll before; without these, the roll is that of the opening."""
    if kept and "package.json" in box.files:
        late = [each["seat"] for each in kept]
        for name in ("seat", "organisation"):
            found = Counter(
                (each[name], each["country"] if name == "organisation" else "")
                for each in itertools.chain(box.json("package.json")["seats"], late)
            )
            twice = sorted({str(one[0]) for one, times in found.items() if times > 1})
            need(not twice, "registered.json", f"seat.{name}", "each organisation once", ", ".join(twice))
    if "roll.csv" not in box.files:
        return
    late, size = len(registrations(box)), max(0, sum(1 for _ in box.files.rows("roll.csv")) - 1)
    rows = [*itertools.islice(box.files.rows("roll.csv"), max(1, size + 1 - late), None)]
    need(size >= late, "roll.csv", "(file)", f"{late} lines or more", str(size))
    before, wanted = Counter(), {tuple(row[:2]) for row in rows}
    before.update(
        named
        for row in itertools.islice(box.files.rows("roll.csv"), 1, None)
        if (named := tuple(row[:2])) in wanted
    )
    for place, row in enumerate(rows):
        line = size - late + place + 2
        once = before[tuple(row[:2])] == 1
        need(once, "roll.csv", f"line {line}", "each organisation once", ", ".join(row[:2]))
        if kept:
            check_late_line(kept[place]["seat"], row, line)
    told = [box.acts["rounds.opened"]["members_sha256"]]
    told += [row["details"]["members_sha256"] for row in registrations(box)]
    digests = digests_of_beginnings(box, late)
    for left, digest in enumerate(reversed(told)):
        found = digests[left]
        place = f"without its last {left}" if left else "(file)"
        need(found == digest, "roll.csv", place, digest, found)


def digests_of_beginnings(box, late):
    """The digests of the roll without its last lines: none, one, and so on."""
    whole, ends = hashlib.sha256(), deque(maxlen=late + 1)
    with box.files.opened("roll.csv") as file:
        for line in file:
            whole.update(line)
            if line.endswith(b"\r\n"):
                ends.append(whole.hexdigest())
    found = [*reversed(ends)]
    return [*found, *[sha256(b"")] * (late + 1 - len(found))]


def check_late_line(seat, row, line):
    """A line at the end of the roll tells the same of a late organisation as the file about it."""
    kinds = [seat["categories"].get(name, "") for name in ("sector", *others(seat["categories"]))]
    said = [seat["organisation"], seat["country"], *kinds, str(seat["base"])]
    alike = [FORMULA.sub(r"\1'", cell) for cell in said]
    need(row[: len(said)] in (said, alike), "roll.csv", f"line {line}", ", ".join(said), ", ".join(row))


UNDONE = (
    "rounds.counted",
    "rounds.robustness",
    "rounds.drawn",
    "rounds.published",
    "panel.published",
    "ballots.excluded",
)  # acts that stand after the last reopening alone


def check_about(box):
    """What the archive says of itself follows from the acts, and the log shows of the votes what it says."""
    about = box.json("archive.json")
    opened, published = box.acts["rounds.opened"], box.acts["rounds.published"]
    bound, votes = "bound" in box.acts["rounds.closed"], about.get("votes") is True
    parts = parts_in_log(box)
    with_cast = "checkpoints" in parts
    cast = "whole" if votes else "outside" if opened["secrecy"] == "open" else "hidden"
    expected = {
        "format": PARTED if parts else BOUND if bound else UNBOUND,
        "round": opened["key"],
        "subject": about["subject"],
        "secrecy": opened["secrecy"],
        "complete": bool(about["complete"]) or opened["secrecy"] != "aggregate",
        **({"votes": votes} if bound else {}),
        **({"cast": cast} if with_cast else {}),
        **({"parts": parts} if parts else {}),
        "example": published["example"],
        "code": published["code"],
    }
    same(expected, about, "archive.json")
    alone = len(box.cast) if with_cast and cast == "outside" else 0
    need(len(box.cast) == alone, "log.jsonl", "parts of rows", f"{alone} rows", len(box.cast))
    written = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    need(box.text("archive.json") == written, "archive.json", "(file)", "these lines alone", "something else")
    for row in [row for row in box.rows if row["action"] in OF_LOG]:
        need(row["subject"] == "log", "log.jsonl", f"row {row['seq']}", "log", row["subject"])


def check_deadline(box, acts):
    """The end of voting moved only forward, before it passed, and from the opening's promise to the closing.

    Rounds that opened before the log told of their end are passed over.
    """
    opened, closed = acts["rounds.opened"], acts["rounds.closed"]
    if "closes_at" not in opened["details"]:
        return
    until = opened["details"]["closes_at"]
    for row in [row for row in box.rows if row["action"] in ("rounds.extended", "rounds.reopened")]:
        place, told = f"row {row['seq']}", row["details"]
        if row["action"] == "rounds.reopened":
            need(told["before"] == until, "log.jsonl", f"{place} before", until, told["before"])
            least = max(until[:19], row["at"][:19])
            need(
                told["after"][:19] >= least,
                "log.jsonl",
                f"{place} after",
                f"not before {least}",
                told["after"],
            )
            until = told["after"]
            continue
        need(told["before"] == until, "log.jsonl", f"{place} before", until, told["before"])
        need(told["after"] > until, "log.jsonl", f"{place} after", f"later than {until}", told["after"])
        meanwhile = is_open(box, row["seq"]) and row["at"][:19] < until[:19]
        need(meanwhile, "log.jsonl", place, f"after the opening and before {until}", row["at"])
        need(bool(told["reason"]), "log.jsonl", f"{place} reason", "a reason", "none")
        until = told["after"]
    told = closed["details"].get("closes_at")
    need(told == until, "log.jsonl", "rounds.closed closes_at", until, str(told))
    early = closed["at"][:19] < until[:19]
    need(not early or bool(closed["details"].get("reason")), "log.jsonl", "rounds.closed", "a reason", "none")


def check_drawn(box, acts):
    """A public value was entered if the opening announced one, and it is younger than all that it could bend.

    It may date from the moment announced on, and from the minute in which voting ended; that is after the
    commitment, which stands before the opening.
    """
    announced, closed = acts["rounds.opened"]["details"].get("public"), acts["rounds.closed"]
    drawn = [row for row in box.rows if row["action"] == "rounds.drawn"]
    number = 0 if announced is None else 1
    need(len(drawn) == number, "log.jsonl", "rounds.drawn", f"{number} rows", str(len(drawn)))
    box.public = ""
    for row in drawn:
        place, told = f"row {row['seq']}", row["details"]
        before = box.counts[0] if box.counts else acts["rounds.published"]
        meanwhile = closed["seq"] < row["seq"] < before["seq"]
        need(meanwhile, "log.jsonl", place, "after the closing and before the count", row["seq"])
        for since in (announced["not_before"], acts["rounds.committed"]["at"], closed["at"]):
            need(told["at"][:16] >= since[:16], "log.jsonl", f"{place} at", f"not before {since}", told["at"])
        need(
            told["at"][:19] <= row["at"][:19],
            "log.jsonl",
            f"{place} at",
            "not after it was entered",
            told["at"],
        )
        box.public = told["value"]


def check_taken_out(box, acts):
    """Ballots were taken out after the closing, each once, and the last count is one without them."""
    closed, published = acts["rounds.closed"], acts["rounds.published"]
    box.excluded, seen = {}, []
    for row in [row for row in box.rows if row["action"] == "ballots.excluded"]:
        place, told = f"row {row['seq']}", row["details"]
        meanwhile = closed["seq"] < row["seq"] < published["seq"]
        need(meanwhile, "log.jsonl", place, "after the closing and before the publication", row["seq"])
        need(HEX64.match(str(told["record_sha256"])), "log.jsonl", place, "64 hex digits", told)
        need(told["record_sha256"] not in seen, "log.jsonl", place, "each ballot once", "twice")
        for name in ("assisted", "young"):
            need(isinstance(told[name], bool), "log.jsonl", f"{place} {name}", "true or false", told)
        seen.append(told["record_sha256"])
        box.excluded[told["record_sha256"]] = row
    need(not seen or "bound" in closed["details"], "log.jsonl", "rounds.closed", "what it bound", "nothing")
    if box.counts:
        need(len(box.counts) <= 1 + len(seen), "log.jsonl", "rounds.counted", 1 + len(seen), len(box.counts))
        out = box.counts[-1]["details"].get("excluded", 0)
        fine = is_whole(out) and out == len(seen)
        need(fine, "log.jsonl", "rounds.counted excluded", len(seen), out)
        for row in box.excluded.values():
            between = box.counts[0]["seq"] < row["seq"] < box.counts[-1]["seq"]
            need(
                between, "log.jsonl", f"row {row['seq']}", "between the first count and the last", row["seq"]
            )
    for row in (closed, published):
        need_whole(row["details"]["ballots"], f"{row['action']} ballots")
    told, left = published["details"]["ballots"], closed["details"]["ballots"] - len(seen)
    need(told == left, "log.jsonl", "rounds.published ballots", left, told)
    check_objections(closed, published, len(seen))
    files = [name for name in FIRST_COUNT if name in box.files]
    there = bool(seen) and bool(box.json("archive.json")["complete"])
    wanted = list(FIRST_COUNT) if there else []
    need(files == wanted, "archive.json", "files of the first count", wanted, files)


def check_objections(closed, published, excluded):
    """What is published of objections adds up, and nothing was published before their time was over."""
    until, told = closed["details"].get("objections_until"), published["details"].get("objections")
    need((until is None) == (told is None), "log.jsonl", "rounds.published objections", until, told)
    if until is None:
        return
    place = "rounds.published objections"
    names = ("withdrawn", "rejected", "upheld", "undecided")
    wanted = sorted((*names, "made", "hours", "excluded"))
    there = sorted(name for name in told if name != "alone")  # which earlier versions did not publish
    need(there == wanted, "log.jsonl", place, wanted, there)
    for name, value in told.items():
        fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        need(fine, "log.jsonl", f"{place} {name}", "a whole number", value)
    total = sum(told[name] for name in names)
    need(told["made"] == total, "log.jsonl", f"{place} made", total, told["made"])
    need(told["excluded"] == excluded, "log.jsonl", f"{place} excluded", excluded, told["excluded"])
    alone = told.get("alone", 0)
    need(alone <= told["upheld"], "log.jsonl", f"{place} alone", f"{told['upheld']} at most", alone)
    need(excluded <= told["upheld"], "log.jsonl", f"{place} upheld", f"{excluded} or more", told["upheld"])
    need(
        published["at"][:19] >= until[:19],
        "log.jsonl",
        "rounds.published",
        f"not before {until}",
        published["at"],
    )
    if "closed_at" in closed["details"]:
        since = moment(until) - moment(closed["details"]["closed_at"])
        hours = round(since.total_seconds() / 3600)
        need(told["hours"] == hours, "log.jsonl", f"{place} hours", hours, told["hours"])
    because = published["details"].get("undecided_because")
    need(
        bool(because) == bool(told["undecided"]),
        "log.jsonl",
        f"{place} undecided",
        "a reason if any",
        because,
    )


def moment(text):
    """The moment of a text such as 2027-03-05T22:00:00Z."""
    return datetime.fromisoformat(f"{text[:19]}+00:00")


def digests_in_log(box, about, opened, published):
    """What the log says the files' digests are."""
    digests = dict(published["files"])
    told = {"stamps.json": published["stamps_sha256"]} if "stamps_sha256" in published else {}
    shipped = sorted(set(ALWAYS) - {"archive.json", "heads.txt", "log.jsonl"})
    need(sorted(digests) == shipped, "log.jsonl", "rounds.published files", shipped, sorted(digests))
    digests.update(told)
    rounded, found = "public_sha256" in published, "public.json" in box.files
    need(rounded or not found, "public.json", "(file)", "(nothing)", "figures that the log does not tell of")
    if rounded:
        digests["public.json"] = published["public_sha256"]
    if about["complete"]:
        counted = box.acts["rounds.counted"]
        told, once = published["bundle_sha256"], counted["bundle_sha256"]
        need(told == once, "log.jsonl", "rounds.published bundle_sha256", once, told)
        digests["bundle.json"], digests["result.json"] = once, counted["result_sha256"]
        # A round that an earlier version counted has a row of its own for it, or no such file.
        later = [row["details"] for row in box.rows if row["action"] == "rounds.robustness"]
        told = [row["robustness_sha256"] for row in (counted, *later) if "robustness_sha256" in row]
        need(len(told) <= 1, "log.jsonl", "robustness_sha256", "once", "twice")
        bound = "bound" in box.acts["rounds.closed"]
        need(told or not bound, "log.jsonl", "robustness_sha256", "a digest", "none")
        need(told or "robustness.json" not in box.files, "robustness.json", "(file)", "(nothing)", "a file")
        if told:
            digests["robustness.json"] = told[0]
        if box.excluded:
            before = box.counts[0]["details"]
            digests["first-bundle.json"] = before["bundle_sha256"]
            digests["first-result.json"] = before["result_sha256"]
        if "package.json" in box.files:
            digests["package.json"] = opened["package_sha256"]
    return digests


def digest_of(items):
    """The digest of a list in canonical JSON, whose items come one by one."""
    whole, comma = hashlib.sha256(b"["), b""
    for item in items:
        whole.update(comma + canonical(item))
        comma = b","
    whole.update(b"]")
    return whole.hexdigest()


def sealed(secret, label, content):
    """Return a digest keyed with the round's secret: without it contents cannot be guessed."""
    return sealed_digest(secret, label, sha256(content if isinstance(content, bytes) else canonical(content)))


def sealed_digest(secret, label, digest):
    message = f"{label}|{digest}"
    return hmac.new(secret, message.encode("utf-8"), hashlib.sha256).hexdigest()


def check_bound(box):
    """What is published is what the closing row bound: numbers, texts, roll, nominees, ballots, receipts."""
    opened, closed = box.acts["rounds.opened"], box.acts["rounds.closed"]
    bound, about = closed["bound"], box.json("archive.json")
    check_numbers(box, closed)
    # What was frozen at the opening is still so at the closing; rounds that opened earlier told less.
    fixed = roll_told(box)
    for name in [name for name in bound if name in fixed]:
        same(fixed[name], bound[name], "log.jsonl", f"rounds.closed {name}")
    for row in [row for row in box.rows if row["action"] == "rounds.closed"][:-1]:
        fixed = roll_told(box, row["seq"])
        for name in [name for name in row["details"]["bound"] if name in fixed]:
            same(fixed[name], row["details"]["bound"][name], "log.jsonl", f"row {row['seq']} {name}")
    found = box.files.digest("opening.json")
    need(found == bound["texts_sha256"], "opening.json", "texts at closing", bound["texts_sha256"], found)
    check_opening(box, opened)
    shown, there = opened.get("roll"), "roll.csv" in box.files
    wanted = shown == "public" or (shown is not None and about["votes"])
    told = ("in the archive", "missing")
    need(there == wanted, "roll.csv", "(file)", told[not wanted], told[not there])
    if there:
        found = box.files.digest("roll.csv")
        told = bound["members_sha256"]
        need(found == told, "roll.csv", "roll at closing", told, found)
    if about["complete"]:
        check_counted(box, closed, bound)
    return "n_bound", {"n": len(bound) + len(bound["nominees"]) + 4}


def check_numbers(box, closed):
    """The numbers that are published are those of the closing; late since then are told apart."""
    opened, published = box.acts["rounds.opened"], box.acts["rounds.published"]
    for name in ("assisted", "ballots", "cast", "late", "replaced", "seats"):
        need_whole(closed[name], f"rounds.closed {name}")
    out = {"ballots": len(box.excluded)}
    for name in ("assisted", "young"):
        out[name] = sum(row["details"].get(name) is True for row in box.excluded.values())
    alike = set(closed) & set(published) - {"electorate"}
    for name in sorted({"ballots", "assisted", "replaced", "late"} | alike):
        place, wanted = f"rounds.published {name}", closed[name]
        if out.get(name):
            wanted -= out[name]
        given = published.get(name)
        need(type(given) is type(wanted) and given == wanted, "log.jsonl", place, wanted, given)
    cast = closed["ballots"] + closed["replaced"]
    need(closed["cast"] == cast, "log.jsonl", "rounds.closed cast", cast, closed["cast"])
    same(roll_told(box)["seats"], closed["seats"], "log.jsonl", "rounds.closed seats")
    same(
        opened.get("example", published["example"]),
        published["example"],
        "log.jsonl",
        "rounds.published example",
    )
    most, since = closed["seats"] - closed["late"], published.get("late_since")
    fine = isinstance(since, int) and not isinstance(since, bool) and 0 <= since <= most
    need(fine, "log.jsonl", "rounds.published late_since", f"0 to {most}", since)
    if "abstained" in published:  # by so many that a number would tell which, where it is null
        told, most = published["abstained"], closed["seats"] - closed["ballots"]
        most = most if "abstentions" in closed["bound"] else 0
        fine = most > 0 and (told is None or (is_whole(told) and 1 <= told <= most))
        need(fine, "log.jsonl", "rounds.published abstained", f"{most} at most", told)
    check_electorate(closed["electorate"], published, out)


def need_whole(value, place):
    """A number of a row of the log: true is not 1, and 1.0 is another form of it."""
    need(is_whole(value), "log.jsonl", place, "a whole number", value)


def check_electorate(bound, published, out):
    """What is told of who could vote is what the closing bound, less the ballots that were taken out."""
    told, place = published.get("electorate", {}), "rounds.published electorate"
    same(sorted([*bound, "by_subregion"]), sorted(told), "log.jsonl", place)
    for name, number in bound.items():
        need_whole(number, f"rounds.closed electorate {name}")
        # The log does not tell of a ballot taken out whether there was an objection to the change behind it.
        least = number - (out["young"] if name == "objected" else out.get(name, 0))
        most = number if name == "objected" else least
        whole = isinstance(told[name], int) and not isinstance(told[name], bool)
        wanted = str(most) if least == most else f"{least} to {most}"
        need(whole and least <= told[name] <= most, "log.jsonl", f"{place} {name}", wanted, told[name])
    need(
        published["assisted"] == told["assisted"],
        "log.jsonl",
        f"{place} assisted",
        published["assisted"],
        told,
    )
    marks = ("assisted", "young", "objected")
    lines = list(told["by_subregion"].values())
    for name in marks if lines else ():
        for line in lines:
            need_whole(line[name], f"{place} by_subregion {name}")
        total = sum(line[name] for line in lines)
        need(total == told[name], "log.jsonl", f"{place} by_subregion {name}", told[name], total)


def check_opening(box, opened):
    """The texts that were frozen are those of this round, as the opening row tells of it."""
    texts = box.json("opening.json")
    need(
        box.files["opening.json"] == canonical(texts),
        "opening.json",
        "(file)",
        "canonical JSON",
        "another form",
    )
    told = {"key": opened["key"], "secrecy": opened["secrecy"], "closes_at": opened["closes_at"]}
    same(told, {name: texts["round"].get(name) for name in told}, "opening.json", "round")
    committed = box.acts["rounds.committed"]["commitment"]
    same(committed, texts["seed"]["commitment"], "opening.json", "seed.commitment")


def check_counted(box, closed, bound):
    """The bundle and the receipts are those that the closing row bound, part by part."""
    file = "first-bundle.json" if box.excluded else "bundle.json"
    bundle, texts = box.json(file), box.json("opening.json")
    same(title_frozen(texts, bundle), bundle["round"]["title"], file, "round.title")
    same(closed["closed_at"], bundle["round"]["closed_at"], file, "round.closed_at")
    secret = bytes.fromhex(bundle["seed"]["secret"])
    committed = box.acts["rounds.committed"]["commitment"]
    need(sha256(secret) == committed, file, "seed.secret", committed, sha256(secret))
    check_sealed_nominees(bundle, bound, secret)
    for name in BALLOT_PARTS:
        said = ([ballot["seat"], ballot.get(name, [])] for ballot in by_seat(bundle["ballots"]))
        found = sealed_digest(secret, name, digest_of(said))
        need(found == bound[name], file, f"ballots[].{name} at closing", bound[name], found)
    found = sealed_digest(secret, "ballots", digest_of(map(four_fields, by_seat(bundle["ballots"]))))
    need(found == bound["ballots"], file, "ballots at closing", bound["ballots"], found)
    found = sealed_digest(secret, "receipts", digest_of_receipts(box))
    need(found == bound["receipts"], "receipts.csv", "receipts at closing", bound["receipts"], found)
    if "roll.csv" in box.files:
        check_members(box, bundle)
    if joined_below(box) is not None:
        found = digest_of(by_seat(bundle["seats"]))
        need(found == bound["seats_sha256"], file, "seats at closing", bound["seats_sha256"], found)
        check_joined(bundle, joined_below(box), file)
        if box.excluded:
            check_joined(box.json("bundle.json"), joined_below(box), "bundle.json")


def four_fields(ballot):
    """A ballot as it is hashed (section 4): its four fields, whether it says them or not."""
    return {"seat": ballot["seat"], **{name: ballot.get(name, []) for name in BALLOT_PARTS}}


def digest_of_receipts(box):
    """The digest of all codes and seals of the closing, by code."""
    disk = on_disk("CREATE TABLE receipts (place INTEGER PRIMARY KEY, code TEXT, seal TEXT)")
    for name in ("receipts.csv", *(["excluded.csv"] if box.excluded else [])):
        for row in itertools.islice(box.files.rows(name), 1, None):
            disk.execute("INSERT INTO receipts (code, seal) VALUES (?, ?)", (row[0], row[2]))
    whole = hashlib.sha256()
    for code, seal in disk.execute("SELECT code, seal FROM receipts ORDER BY code, place"):
        whole.update(f"{code} {seal}\n".encode())
    return whole.hexdigest()


def title_frozen(texts, bundle):
    """The title of the round as the opening froze it; a bundle of version 2 has it in every language."""
    further = texts.get("translations", {}).get("title", {})
    return {**texts["round"]["title"], **(further if bundle["format"] == "consulta-bundle/2" else {})}


def check_sealed_nominees(bundle, bound, secret):
    """Each field of the nominees on the ballot, so that a difference has a name."""
    nominees = bundle.get("nominees", [])
    need(
        sorted(bound["nominees"]) == sorted(NOMINEE_FIELDS), "log.jsonl", "nominees", NOMINEE_FIELDS, "others"
    )
    for name in NOMINEE_FIELDS:
        said = [[nominee["key"], nominee.get(name, NOT_SAID.get(name))] for nominee in nominees]
        found, told = sealed(secret, f"nominees.{name}", said), bound["nominees"][name]
        need(found == told, "bundle.json", f"nominees[].{name} at closing", told, found)


NOT_SAID = {"categories": {}, "topics": [], "recent": 0, "support": None}


def joined_below(box):
    """From how many ballots on a country stands by itself; None where no countries are joined."""
    if "opening.json" not in box.files:
        return None
    return box.json("opening.json")["round"].get("joined_below")


def wholly_joined(seats):
    """The roll with every country under the code of its subregion, as the log fixed it at opening."""
    return (dict(seat, country=JOINED.get(seat["categories"].get("subregion"))) for seat in seats)


def check_joined(bundle, least, file):
    """Of every base and category in all dimensions, each country has ballots enough, or stands with all."""
    voted, groups = has_item(bundle["ballots"]), {}
    for seat in bundle["seats"]:
        kind = seat["categories"]
        rest = [f"{name} {kind[name]}" for name in others(kind)]
        cell = groups.setdefault((kind["subregion"], kind["sector"], *rest, seat.get("base", 1)), {})
        cell[seat["country"]] = cell.get(seat["country"], 0) + voted(seat["seat"])
    for cell, countries in sorted(groups.items()):
        place = "seats of " + ", ".join(map(str, cell))
        for country, ballots in sorted(countries.items()):
            own = country == JOINED.get(cell[0]) or country not in JOINED.values()
            need(own, file, place, JOINED.get(cell[0]), country)
            whole = len(countries) == 1 and country == JOINED.get(cell[0])
            need(whole or ballots >= least, file, f"{place}, {country}", f"{least} ballots or more", ballots)


def others(names):
    """The dimensions that an installation added, by name."""
    return sorted(set(names) - set(ALWAYS_THERE))


def check_members(box, bundle):
    """The public roll has as many organisations of each category and base as the counted one."""
    added = others(name for seat in bundle["seats"] for name in seat["categories"])
    headings = [*ROLL_HEADINGS, *added, "base"]
    rows = box.files.rows("roll.csv")
    first = next(rows, [])
    need(first[: len(headings)] == headings, "roll.csv", "line 1", headings, first)
    named = Counter(tuple(row[1 : len(headings)]) for row in rows)
    counted = Counter(
        (
            seat["country"],
            seat["categories"]["sector"],
            *(seat["categories"].get(name, "") for name in added),
            json.dumps(seat.get("base", 1)),
        )
        for seat in bundle["seats"]
    )
    if joined_below(box) is not None:
        # A country stands by itself in a sector and base, with all its organisations there, or not at all.
        alone = set(counted)
        named = merged(named, lambda kind: kind if kind in alone else ("", *kind[1:]))
        counted = merged(counted, lambda kind: ("", *kind[1:]) if kind[0] in JOINED.values() else kind)
    both = zip(each_of(named), each_of(counted))
    for place, (mine, given) in enumerate(both):
        need(mine == given, "bundle.json", f"seats, against line {place + 2} of roll.csv sorted", mine, given)
    sizes = sum(named.values()), sum(counted.values())
    need(sizes[0] == sizes[1], "bundle.json", "seats, against roll.csv", *sizes)


def merged(kinds, into):
    """How many there are of each kind, where some become another."""
    found = Counter()
    for kind, times in kinds.items():
        found[into(kind)] += times
    return found


def each_of(kinds):
    """The kinds in order, each so often as there are of it."""
    return (kind for kind in sorted(kinds) for _ in range(kinds[kind]))


def check_votes(box):
    """Every ballot that counts is the last vote of its seat in the log, between opening and closing."""
    closed, last, assisted, marks = box.acts["rounds.closed"], Table(), set(), {}
    number = len(box.votes)
    need(number == closed["cast"], "log.jsonl", "ballot.cast", f"{short(closed['cast'])} rows", number)
    for row in rows_again(box, box.votes):
        place = f"row {row['seq']}"
        meanwhile = is_open(box, row["seq"])
        need(meanwhile, "log.jsonl", place, "a vote between opening and closing", row["at"])
        need(row["subject"].startswith("seat:"), "log.jsonl", place, "a seat", row["subject"])
        record = row["details"]["record_sha256"]
        last.put(row["subject"], record)
        assisted.discard(row["subject"])
        if row["details"].get("assisted") is True:
            assisted.add(row["subject"])
        if record in box.excluded:
            marks[record] = [row["details"].get(name) is True for name in ("assisted", "young")]
        if "outside" in row:
            told = row["outside"]["record_sha256"]
            need(told == record, "log.jsonl", f"{place} outside", record, told)
    seats = len(last)
    need(seats == closed["ballots"], "log.jsonl", "ballot.cast", f"{closed['ballots']} seats", seats)
    many = len(assisted)
    need(many == closed["assisted"], "log.jsonl", "ballot.cast assisted", closed["assisted"], many)
    for digest, row in box.excluded.items():
        place = f"row {row['seq']}"
        need(last.has(digest), "log.jsonl", place, "the last vote of a seat in the log", digest)
        told = [row["details"][name] for name in ("assisted", "young")]
        need(told == marks[digest], "log.jsonl", f"{place} assisted, young", marks[digest], told)
    for seat, digest in box.records:
        there = last.has(digest)
        need(there, "bundle.json", f"ballot of {seat}", "the last vote of a seat in the log", digest)
    if "votes" in closed["bound"]:
        check_cast(box, box.votes)
    return "n_votes", {"n": number, "replaced": number - seats}


def check_outside(box):
    """The same, where of each vote the log shows only what stands outside: record and seat."""
    last = check_cast(box, box.cast)
    return "n_votes", {"n": len(box.cast), "replaced": len(box.cast) - len(last)}


def check_cast(box, numbers):
    """What stands outside in the rows of votes: those of the closing; the last of a seat is what counts."""
    closed, last, whole, cast = box.acts["rounds.closed"], Table(), hashlib.sha256(b"["), 0
    undone = [row for row in box.rows if row["action"] == "rounds.closed"][:-1]
    need(
        len(numbers) == closed["cast"],
        "log.jsonl",
        "ballot.cast",
        f"{short(closed['cast'])} rows",
        len(numbers),
    )
    for row in rows_again(box, numbers):
        place, told = f"row {row['seq']}", row.get("outside")
        need(isinstance(told, dict), "log.jsonl", place, "a part that is shown alone", "none")
        need(sorted(told) == sorted(OUTSIDE), "log.jsonl", f"{place} outside", OUTSIDE, sorted(told))
        subject = box.json("archive.json")["subject"]
        fine = told["act"] == "ballot.cast" and told["round"] == subject
        need(fine, "log.jsonl", f"{place} outside", f"a vote of {subject}", told)
        meanwhile = is_open(box, row["seq"])
        need(meanwhile, "log.jsonl", place, "a vote between opening and closing", row["seq"])
        if undone and row["seq"] > undone[0]["seq"]:
            check_undone(box, undone.pop(0), whole, last, cast)
        said = canonical([row["seq"], row["hidden_sha256"], row["outside_text"]])
        whole.update((b"," if cast else b"") + said)
        last.put(told["seat"], told["record_sha256"])
        cast += 1
    for row in undone:
        check_undone(box, row, whole, last, cast)
    whole.update(b"]")
    seats = len(last)
    need(seats == closed["ballots"], "log.jsonl", "ballot.cast", f"{closed['ballots']} seats", seats)
    for seat, digest in box.records:
        same_vote = last.get(seat) == digest
        place = f"ballot of {seat}"
        need(same_vote, "bundle.json", place, "the last vote of its seat in the log", digest)
    for digest, row in box.excluded.items():
        there = last.has(digest)
        need(there, "log.jsonl", f"row {row['seq']}", "the last vote of a seat in the log", digest)
    for row in withdrawals(box):
        silent = last.get(row["details"]["seat"]) is None
        need(silent, "log.jsonl", f"row {row['seq']} seat", "no vote of this seat", row["details"]["seat"])
    need_bound(box, closed, whole, "rows of votes at closing")
    return last


def need_bound(box, closed, whole, place):
    """Require that the digest of the rows of votes is the one that the closing stored."""
    secret = bytes.fromhex(box.json("bundle.json")["seed"]["secret"])
    found, bound = sealed_digest(secret, "votes", whole.hexdigest()), closed["bound"]["votes"]
    need(found == bound, "log.jsonl", place, bound, found)


def check_undone(box, row, whole, last, cast):
    """A closing that a reopening undid bound the votes of before it: all of them are there still."""
    place, told, so_far = f"row {row['seq']}", row["details"], whole.copy()
    so_far.update(b"]")
    for name in ("cast", "ballots"):
        need_whole(told[name], f"{place} {name}")
    need(told["cast"] == cast, "log.jsonl", f"{place} cast", cast, told["cast"])
    need(told["ballots"] == len(last), "log.jsonl", f"{place} ballots", len(last), told["ballots"])
    need_bound(box, told, so_far, f"rows of votes at the closing of {place}")


# ---------------------------------------------------------------- the bundle


BUNDLE_FIELDS = {"format", "round", "rules", "themes", "seats", "ballots", "nominees", "seed"}
PARTS = {
    "round": {"key", "title", "closed_at"},
    "themes": {"key", "title", "objectives"},
    "seats": {"seat", "country", "categories", "base"},
    "ballots": {"seat", "ranking", "objectives", "endorsements"},
    "nominees": {"key", *NOMINEE_FIELDS},
    "seed": {"commitment", "secret", "public"},
}
NO_CATEGORIES = {"country", "organisation", "role"}
DEFAULT_RULES = {
    "max_ranks": 5,
    "max_objectives": 5,
    "max_endorsements": 5,
    "balance": {"subregion": "equal", "sector": "sqrt"},
    "weight_bounds": [0.25, 4.0],
    "method": "points",
    "objective_share": 250,
    "spread": {"subregion": 500, "sector": 500},
    "topics": 1,
}
SECOND_RULES = dict(DEFAULT_RULES, version=2, max_ballot=30, support_min=3, topics_rule="shared")
RANGES = {"max_ballot": (1, 1000), "support_min": (1, 10**6)}
IRREGULAR_TAGS = (
    *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo"),
    *("i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
)


class Round:
    """The bundle, ready to be counted: ballots as rows of whole numbers."""

    version, known_rules = 1, dict(DEFAULT_RULES, version=1)
    second = False  # whether what version 2 added is counted

    def __init__(self, bundle):
        file = "bundle.json"
        unknown = sorted(set(bundle) - BUNDLE_FIELDS)
        need(not unknown, file, unknown[0] if unknown else "", "(nothing)", "a field not known")
        family = f"consulta-bundle/{self.version}"
        need(bundle["format"] == family, file, "format", family, bundle["format"])
        for name, fields in PARTS.items():
            for place, part in parts_of(bundle, name):
                unknown = sorted({*part} - fields | NO_CATEGORIES & {*part.get("categories", {})})
                need(not unknown, file, f"{place}.{unknown[:1]}", "(nothing)", "a field not known")
        self.rules = dict(self.known_rules)
        for name, value in bundle["rules"].items():
            need(
                name in self.known_rules or name == "panel",
                file,
                "rules." + name,
                "(nothing)",
                "a rule not known",
            )
            self.rules[name] = value
        self.check_form(bundle, file)
        self.keys = [of_kind(str, theme["key"]) for theme in bundle["themes"]]
        need(len(set(self.keys)) == len(self.keys) > 1, file, "themes", "two or more, each once", self.keys)
        self.objectives = [theme["objectives"] for theme in bundle["themes"]]
        for place, numbers in enumerate(self.objectives):
            fine = 1 <= len(numbers) <= 5 and numbers_of_objectives(numbers)
            need(fine, file, f"themes[{place}].objectives", "1 to 5 numbers from 1 to 23", numbers)
        self.raw, self.seats = bundle, Seats(bundle["seats"], file)
        self.nominees = {nominee["key"]: nominee for nominee in bundle.get("nominees", [])}
        self.ballots = self._read_ballots(file)
        self.turnout = len(self.ballots)
        need(self.turnout > 0, file, "ballots", "at least one", "none")
        self.secret = bytes.fromhex(bundle["seed"]["secret"])
        self.commitment = bundle["seed"]["commitment"].lower()
        self.public = bundle["seed"].get("public", "")

    def without(self, x):
        """The round with a theme less: counted by the same rules."""
        rest = copy.copy(self)
        rest.keys = [key for y, key in enumerate(self.keys) if y != x]
        rest.objectives = [numbers for y, numbers in enumerate(self.objectives) if y != x]
        return rest

    def check_form(self, bundle, file):
        """What a version asks of the form of its bundles beside the rest: here, that it is the first."""
        said = bundle["rules"].get("version", 1)
        need(type(said) is int and said == 1, file, "rules.version", 1, said)

    def _read_ballots(self, file):
        """All ballots, each as it has to be; ways to rank that many have are held once."""
        found, voted, known = (
            Ballots(self.seats.kinds, Rankings(len(self.keys))),
            bytearray(len(self.seats)),
            {},
        )
        themes, nominees = set(self.keys), {key: number for number, key in enumerate(self.nominees)}
        for place, ballot in enumerate(self.raw["ballots"]):
            where, seat = f"ballots[{place}]", ballot["seat"]
            number = self.seats.number_of(seat)
            need(number is not None, file, f"{where}.seat", "a seat of the roll", seat)
            need(not voted[number], file, f"{where}.seat", "one ballot a seat", seat)
            voted[number] = 1
            tiers = [tier for tier in ballot["ranking"] if tier]
            named = [key for tier in tiers for key in tier]
            need(bool(named), file, where + ".ranking", "a theme", "none")
            fine = len(set(named)) == len(named) and set(named) <= themes
            need(fine, file, where + ".ranking", "themes of the round, each once", named)
            marks, wanted = ballot.get("objectives", []), "numbers from 1 to 23, each once"
            need(numbers_of_objectives(marks), file, where + ".objectives", wanted, marks)
            endorsed = ballot.get("endorsements", [])
            need(set(endorsed) <= nominees.keys(), file, where + ".endorsements", "nominees", endorsed)
            at = {key: tier for tier, keys in enumerate(tiers, start=1) for key in keys}
            ranking = found.rankings.number_of([at.get(key, UNRANKED) for key in self.keys], known)
            mask = sum(1 << (number - 1) for number in marks)
            found.add(self.seats.kind[number], ranking, mask, [nominees[key] for key in endorsed])
        return found

    @cached_property
    def ballots_digest(self):
        """Section 4: of the ballots by seat, each with its four fields, as canonical JSON."""
        return digest_of(map(four_fields, by_seat(self.raw["ballots"])))

    @cached_property
    def seed(self):
        drawn = self.secret + bytes.fromhex(self.ballots_digest) + self.public.encode("utf-8")
        return sha256(drawn)


class Seats:
    """The roll: of each seat its kind, which is its categories and its base, as many have them alike."""

    def __init__(self, seats, file):
        self.kind, self.kinds, known = array("I"), [], {}
        # Which seat is which is asked of the disk, or held where a list could not be read in pieces.
        self.disk = seats if isinstance(seats, Long) and seats.usual else None
        self.held, twice = {}, None if self.disk is None else self.disk.twice()
        for place, seat in enumerate(seats):
            fine = seat["seat"] not in self.held if self.disk is None else place != twice
            need(fine, file, f"seats[{place}].seat", "once", seat["seat"])
            base = seat.get("base", 1)
            whole = isinstance(base, int) and not isinstance(base, bool) and 1 <= base <= 10**6
            need(whole, file, f"seats[{place}].base", "1 to 1000000", base)
            held = dict(seat["categories"], country=seat["country"])
            said = canonical([[*held.items()], base])
            if said not in known:
                known[said] = len(self.kinds)
                self.kinds.append(({name: of_kind(str, kind) for name, kind in held.items()}, base))
            if self.disk is None:
                self.held[seat["seat"]] = place
            self.kind.append(known[said])
        self.numbers = Counter(self.kind)  # how many seats of each kind there are

    def __len__(self):
        return len(self.kind)

    def number_of(self, seat):
        """The place of a seat on the roll; None where it is not there."""
        return self.held.get(seat) if self.disk is None else self.disk.place_of(seat)

    def __getitem__(self, seat):
        return self.kinds[self.kind[self.number_of(seat)]]


class SecondRound(Round):
    """A bundle of version 2 (section 9): titles in any languages, no empty tier, its version in the rules."""

    version, known_rules = 2, SECOND_RULES
    second = True

    def check_form(self, bundle, file):
        said = bundle["rules"].get("version")
        need(type(said) is int and said == self.version, file, "rules.version", self.version, said)
        for name, (least, most) in RANGES.items():
            given = self.rules[name]
            fine = type(given) is int and least <= given <= most
            need(fine, file, f"rules.{name}", f"{least} to {most}", given)
        rule = self.rules["topics_rule"]
        need(rule in ("shared", "order"), file, "rules.topics_rule", "shared or order", rule)
        check_words(bundle["round"]["title"], file, "round.title")
        for place, theme in enumerate(bundle["themes"]):
            check_words(theme["title"], file, f"themes[{place}].title")
        for place, ballot in enumerate(bundle["ballots"]):
            for number, tier in enumerate(ballot["ranking"]):
                need(bool(tier), file, f"ballots[{place}].ranking[{number}]", "a theme", "none")


def check_words(title, file, place):
    """9.1: at least one language, each a well-formed tag, none twice in other letters; words in each."""
    need(isinstance(title, dict) and bool(title), file, place, "words in a language", title)
    need(len({tag.lower() for tag in title}) == len(title), file, place, "each language once", [*title])
    for tag, words in title.items():
        need(is_tag(tag), file, f"{place}.{tag}", "a language tag", tag)
        need(isinstance(words, str) and bool(words), file, f"{place}.{tag}", "words", words)


def is_tag(tag):
    """Whether a text has the form of RFC 5646, section 2.1: subtags are taken one by one, from the left."""
    parts = tag.lower().split("-")
    if not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts):
        return False
    if "-".join(parts) in IRREGULAR_TAGS:
        return True

    def take(fits, most=1):
        taken = 0
        while parts and taken < most and fits(parts[0]):
            parts.pop(0)
            taken += 1
        return taken

    length = len(parts[0])
    if take(lambda part: len(part) > 1 and part.isalpha()):
        take(lambda part: len(part) == 3 and part.isalpha(), 3 if length < 4 else 0)
        take(lambda part: len(part) == 4 and part.isalpha())
        take(lambda part: (part.isalpha() and len(part) == 2) or (part.isdigit() and len(part) == 3))
        take(lambda part: len(part) > 4 or (len(part) == 4 and part[0].isdigit()), len(parts))
        while len(parts) > 1 and len(parts[0]) == 1 and parts[0] != "x" and len(parts[1]) > 1:
            parts.pop(0)
            take(lambda part: len(part) > 1, len(parts))
    return not parts or (parts[0] == "x" and len(parts) > 1)


def round_of(bundle):
    """The bundle by the rules of its version."""
    second = bundle["format"] == "consulta-bundle/2"
    return SecondRound(bundle) if second else Round(bundle)


def parts_of(bundle, name):
    """Each object of a field of the bundle, with its place."""
    there = bundle.get(name, [])
    if isinstance(there, dict):
        return [(name, there)]
    return ((f"{name}[{place}]", part) for place, part in enumerate(there))


def numbers_of_objectives(numbers):
    whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= OBJECTIVES for n in numbers)
    return whole and len(set(numbers)) == len(numbers)


class Rankings:
    """The ways in which ballots rank: of each the tier of every theme, and what it gives each."""

    def __init__(self, size):
        self.size, self.tiers, self.wins = size, array("I"), array("I")

    def __len__(self):
        return len(self.tiers) // self.size

    def add(self, tiers):
        self.tiers.extend(tiers)
        # What the ballot gives each theme: 2 for every theme below it, 1 for every one beside it (3.6).
        self.wins.extend([sum(2 if x < y else x == y for y in tiers) - 1 for x in tiers])
        return len(self) - 1

    def number_of(self, tiers, known):
        """The number of a way; `known` has the numbers of those before, as far as there is room."""
        key = array("I", tiers).tobytes()
        if key not in known:
            if len(known) >= MOST_KNOWN:
                return self.add(tiers)
            known[key] = self.add(tiers)
        return known[key]

    def tiers_of(self, number):
        return self.tiers[number * self.size : (number + 1) * self.size]

    def wins_of(self, number):
        return self.wins[number * self.size : (number + 1) * self.size]

    def without(self, x):
        """The same ways, by the same numbers, with a theme taken off."""
        less = Rankings(self.size - 1)
        for number in range(len(self)):
            tiers = self.tiers_of(number)
            less.add(tiers[:x] + tiers[x + 1 :])
        return less


MOST_KNOWN = 2**17  # ways to rank that are looked up while ballots are read


class Ballots:
    """All ballots as columns of numbers: of each the kind of its seat, its ranking, its objectives."""

    def __init__(self, kinds, rankings):
        self.kinds, self.rankings = kinds, rankings
        self.kind, self.ranking, self.mask = array("I"), array("I"), array("I")
        self.endorsed, self.ends = array("I"), array("Q")  # whom they endorse, and where each ballot's end

    def add(self, kind, ranking, mask, endorsed=()):
        self.kind.append(kind)
        self.ranking.append(ranking)
        self.mask.append(mask)
        self.endorsed.extend(endorsed)
        self.ends.append(len(self.endorsed))

    def __len__(self):
        return len(self.kind)

    @cached_property
    def numbers(self):
        """How many ballots of each kind there are."""
        return Counter(self.kind)

    @cached_property
    def times(self):
        """How many ballots rank in each way."""
        return Counter(self.ranking)

    def categories(self, dimension):
        """The categories of one dimension that have ballots."""
        there = (self.kinds[kind][0] for kind in self.numbers)
        return {held[dimension] for held in there if dimension in held}


def check_bundle(box):
    """The bundle can be counted, and its rules, themes and roll are those that the log fixed at opening."""
    box.round = round_of(box.json("bundle.json"))
    a_round, opened = box.round, roll_told(box)
    about = box.json("archive.json")
    key = a_round.raw["round"]["key"]
    need(key == about["round"], "bundle.json", "round.key", about["round"], key)
    closed, counted = box.moments["rounds.closed"][:19], box.moments["rounds.counted"][:19]
    ended = a_round.raw["round"]["closed_at"]
    need(closed <= ended[:19] <= counted, "bundle.json", "round.closed_at", f"{closed} or later", ended)
    parts = {
        "rules_sha256": a_round.raw["rules"],
        "themes_sha256": a_round.raw["themes"],
        "roll_sha256": by_seat(a_round.raw["seats"]),
    }
    if joined_below(box) is not None:
        parts["roll_sha256"] = wholly_joined(parts["roll_sha256"])
    for name, part in parts.items():
        found = digest_of(part) if name == "roll_sha256" else sha256(canonical(part))
        need(found == opened[name], "bundle.json", f"{name} at opening", opened[name], found)
    check_late_seats(box)
    numbers = {
        "seats": (opened["seats"], len(a_round.seats)),
        "themes": (opened["themes"], len(a_round.keys)),
        "ballots": (box.acts["rounds.published"]["ballots"], a_round.turnout),
    }
    for name, (told, there) in numbers.items():
        need(told == there, "bundle.json", name, told, there)
    digest = a_round.ballots_digest
    told = box.acts["rounds.counted"]["ballots_sha256"]
    need(digest == told, "bundle.json", "ballots sha256 in the log", told, digest)
    return "n_seats", {"seats": len(a_round.seats), "ballots": a_round.turnout}


def check_late_seats(box):
    """Where ballots have names: the bundle has the late seats as registered, else the roll of the opening.

    In every bundle, seats of withdrawn registrations are on the roll and have no ballot.
    """
    for row in withdrawals(box):
        seat, place = row["details"]["seat"], f"row {row['seq']} seat"
        there = box.round.raw["seats"].of_seat(seat) is not None
        need(there, "log.jsonl", place, "a seat of the roll", seat)
        voted = box.round.raw["ballots"].of_seat(seat) is not None
        need(not voted, "bundle.json", f"ballot of {seat}", "no vote of this seat", "one")
    if not registrations(box) or box.acts["rounds.opened"]["secrecy"] != "open":
        return
    late = [each["seat"] for each in box.json("registered.json")["registered"]]
    seats = box.round.raw["seats"]
    for each in late:
        said = {name: each[name] for name in ("seat", "country", "categories", "base")}
        same(said, seats.of_seat(each["seat"]), "bundle.json", f"seat {each['seat']}")
    told = [box.acts["rounds.opened"]["roll_sha256"]]
    told += [row["details"]["roll_sha256"] for row in registrations(box)]
    for number, digest in enumerate(told):
        without = {each["seat"] for each in late[number:]}
        found = digest_of(seat for seat in by_seat(seats) if seat["seat"] not in without)
        place = f"seats with {number} late ones"
        need(found == digest, "bundle.json", place, digest, found)


def check_seed(box):
    """The secret is the one committed to before the opening; the seed follows from it and the ballots."""
    a_round = box.round
    committed = box.acts["rounds.committed"]["commitment"]
    need(a_round.commitment == committed, "bundle.json", "seed.commitment", committed, a_round.commitment)
    need(sha256(a_round.secret) == committed, "bundle.json", "seed.secret", committed, sha256(a_round.secret))
    need(a_round.public == box.public, "bundle.json", "seed.public", box.public, a_round.public)
    given = box.json("result.json").get("seed")
    need(given == a_round.seed, "result.json", "seed", a_round.seed, given)
    return None, {}


def receipt_code(record):
    number = int(sha256(canonical(record)), 16)
    signs = ""
    for _ in range(12):
        number, sign = divmod(number, len(ALPHABET))
        signs += ALPHABET[sign]
    return "-".join((signs[:4], signs[4:8], signs[8:]))


def rows_of_list(box, name, headings):
    """The rows of a list of receipts, one by one, after its headings."""
    rows = box.files.rows(name)
    first = next(rows, [])
    need(first == headings, name, "line 1", ", ".join(headings), ", ".join(first))
    return rows


def check_codes(box, headings):
    """The list has each code once, in order; so many, and with the seals, as the log says."""
    before, fine, number, whole = "", True, 0, hashlib.sha256()
    for row in rows_of_list(box, "receipts.csv", headings):
        fine, before, number = fine and (row[0] > before or not number), row[0], number + 1
        # The seals belong to it: they cannot be guessed, so a missing code cannot be found by trying.
        whole.update(f"{row[0]} {row[2]}\n".encode())
    need(fine, "receipts.csv", "code", "each once, in order", "not so")
    told = box.acts["rounds.published"]["ballots"]
    need(number == told, "receipts.csv", "(file)", f"{told} codes", str(number))
    told, digest = box.acts["rounds.published"]["receipts_sha256"], whole.hexdigest()
    need(digest == told, "receipts.csv", "codes and seals sha256 in the log", told, digest)


class Written:
    """The digest of a list as spreadsheets may safely open it: no cell begins like a formula."""

    def __init__(self):
        self.whole, self.out = hashlib.sha256(b"\xef\xbb\xbf"), io.StringIO(newline="")
        self.csv = csv.writer(self.out, lineterminator="\r\n")

    def add(self, row):
        self.csv.writerow([FORMULA.sub(r"\1'", cell) for cell in row])
        self.whole.update(self.out.getvalue().encode("utf-8"))
        self.out.seek(0)
        self.out.truncate()


def check_receipts(box):
    """Each code is that of a ballot in the bundle, and each ballot has one."""
    ballots, named = box.round.raw["ballots"], "package.json" in box.files
    headings = ["code", "seat", "seal", "ranking", *(["organisation"] if named else [])]
    box.records, written, thirds = Table(), Written(), [0, 0, 0]
    check_codes(box, headings)
    written.add(headings)
    for line, row in enumerate(rows_of_list(box, "receipts.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if box.records.get(seat) else ballots.of_seat(seat)
        need(ballot is not None, "receipts.csv", place, "the seat of a ballot, once", seat)
        record = receipt_record(box, ballot, seal)
        expected = receipt(record)
        box.records.put(seat, sha256(canonical(record)))
        if named:
            position, name = organisation(box, seat, row[-1], place)
            expected.append(name)
            thirds[third_of_first(box, position, ballot)] += 1
        for heading, mine, given in zip(headings, expected, row):
            need(
                given in (mine, FORMULA.sub(r"\1'", mine)), "receipts.csv", f"{place} {heading}", mine, given
            )
        written.add(expected)
    if len(box.records) < len(ballots):
        missing = next(each["seat"] for each in by_seat(ballots) if not box.records.get(each["seat"]))
        need(False, "receipts.csv", "seat", missing, "no receipt")
    alike = box.files.digest("receipts.csv") == written.whole.hexdigest()
    need(alike, "receipts.csv", "(file)", "these lines alone", "something else")
    told = box.acts["rounds.published"].get("first_stood", thirds)
    fine = isinstance(told, list) and all(map(is_whole, told)) and told == thirds
    need(not named or fine, "log.jsonl", "rounds.published first_stood", thirds, told)
    return "n_codes", {"n": len(box.records)}


def check_excluded(box):
    """The published count is the first one less the ballots that were taken out, and nothing else differs."""
    first, gone, written = box.json("first-bundle.json"), {}, Written()
    named = "package.json" in box.files
    headings = ["code", "seat", "seal", "ranking", *(["organisation"] if named else [])]
    written.add(headings)
    for line, row in enumerate(rows_of_list(box, "excluded.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if seat in gone.values() else first["ballots"].of_seat(seat)
        known = ballot is not None
        need(known, "excluded.csv", place, "the seat of a ballot of the first count, once", seat)
        record = receipt_record(box, ballot, seal)
        expected, digest = receipt(record), sha256(canonical(record))
        if named:
            expected.append(organisation(box, seat, row[-1], place)[1])
        for heading, mine, given in zip(headings, expected, row):
            fine = given in (mine, FORMULA.sub(r"\1'", mine))
            need(fine, "excluded.csv", f"{place} {heading}", mine, given)
        need(
            digest in box.excluded, "excluded.csv", place, "a ballot that the log says was taken out", digest
        )
        gone[digest] = seat
        written.add(expected)
    missing = sorted(set(box.excluded) - set(gone))
    need(not missing, "excluded.csv", "(file)", missing[0] if missing else "", "not there")
    alike = box.files.digest("excluded.csv") == written.whole.hexdigest()
    need(alike, "excluded.csv", "(file)", "these lines alone", "more")
    same(
        {**first, "ballots": Less(first["ballots"], {*gone.values()})}, box.json("bundle.json"), "bundle.json"
    )
    told, digest = box.json("first-result.json").get("bundle_sha256"), box.files.digest("first-bundle.json")
    need(told == digest, "first-result.json", "bundle_sha256", digest, told)
    count_first(box)
    return "n_excluded", {"n": len(gone)}


def count_first(box):
    """The first result follows from the first bundle, as the published one does from its own."""
    names = {name: f"first-{name}" for name in ("bundle.json", "result.json")}
    then = Box({name: box.files.given[first] for name, first in names.items()}, None, box.name, box.lang)
    then.read, then.elsewhere = {name: box.json(first) for name, first in names.items()}, box.elsewhere
    then.round = round_of(then.json("bundle.json"))
    try:
        for check in (check_weights, check_count, check_firmness):
            check(then)
    except Differs as error:
        raise Differs(f"first-{error.file}", error.place, error.expected, error.found) from error


def third_of_first(box, position, ballot):
    """The third of its page on which the first theme of a ballot stood: the order follows from the roll."""
    secret = of_kind(str, box.acts["rounds.committed"]["commitment"])

    def ordered(label):
        return sorted(box.round.keys, key=lambda key: sha256(f"{secret}|{label}|{key}".encode()))

    first, size = ordered("ballot begins with"), len(box.round.keys)
    cycle = ordered(f"ballot order {position // size}")
    start = cycle.index(first[position % size])
    return min((cycle.index(key) - start) % size for key in ballot["ranking"][0]) * 3 // size


def organisation(box, seat, written, place):
    """The organisation written beside a seat, and its place on the roll: one frozen with the same categories.

    In an open round the seat itself names it. Else it was drawn by lot which name in the bundle is whose, and
    organisations of the same kind cannot be told apart here.
    """
    if box.organisations is None:
        box.organisations = Organisations(box)
    is_open = box.json("archive.json")["secrecy"] == "open"
    held, base = box.round.seats[seat]
    joined = joined_below(box) is not None and held["country"] in JOINED.values()
    for number, key, name, country, kind in box.organisations.of_name(written):
        given = {**held, "country": country} if joined else held
        frozen, of = json.loads(kind)
        # `true` is 1 for Python, and no base value.
        if frozen == given and of == base and not isinstance(of, bool) and (key == seat or not is_open):
            box.organisations.take(number)
            return number, name
    raise Differs(
        "receipts.csv", f"{place} organisation", "one that was frozen with this seat", short(written)
    )


class Organisations:
    """The organisations that were frozen at the opening and those registered later, on the disk."""

    def __init__(self, box):
        self.disk = on_disk(
            "CREATE TABLE organisations"
            " (place INTEGER PRIMARY KEY, seat TEXT, name TEXT, said TEXT, country TEXT, kind TEXT)"
        )
        late = box.json("registered.json")["registered"] if registrations(box) else []
        named = [each["seat"] for each in late if "seat" in of_kind(dict, each)]
        seats = itertools.chain(box.json("package.json")["seats"], named)
        for place, one in enumerate(seats):
            key, name, country = (of_kind(str, one[part]) for part in ("seat", "organisation", "country"))
            kind = json.dumps([dict(one["categories"], country=country), one["base"]])
            values = (place, key, name, FORMULA.sub(r"\1'", name), country, kind)
            self.disk.execute("INSERT INTO organisations VALUES (?, ?, ?, ?, ?, ?)", values)
        self.disk.execute("CREATE INDEX of_name ON organisations (name, place)")
        self.disk.execute("CREATE INDEX of_said ON organisations (said, place)")

    def of_name(self, written):
        """Those with this name that no receipt has named yet, by their place on the roll."""
        return self.disk.execute(
            "SELECT place, seat, name, country, kind FROM organisations"
            " WHERE name = ? OR said = ? ORDER BY place",
            (written, written),
        ).fetchall()

    def take(self, place):
        self.disk.execute("DELETE FROM organisations WHERE place = ?", (place,))


def receipt_record(box, ballot, seal):
    """What a code covers, and what the log's row of the vote has the digest of."""
    return {
        "round": box.round.raw["round"]["key"],
        "seat": ballot["seat"],
        "ranking": ballot["ranking"],
        "objectives": ballot.get("objectives", []),
        "endorsements": ballot.get("endorsements", []),
        "seal": seal,
    }


def receipt(record):
    """The line of a ballot: its code is worked out from what it says and from its seal."""
    said = " > ".join(" = ".join(tier) for tier in record["ranking"])
    return [receipt_code(record), record["seat"], record["seal"], said]


# ---------------------------------------------------------------- weights (section 2)


class Balance:
    """Cells, targets and the weights that solve the conditions of 2.3."""

    def __init__(self, a_round, rule, bounds):
        self.dimensions = sorted(rule)
        self.rule, self.bounds = rule, bounds
        self.roll, self.kinds = {}, a_round.seats.kinds
        for dimension in self.dimensions:
            sums = defaultdict(int)
            for kind, number in a_round.seats.numbers.items():
                held, base = self.kinds[kind]
                sums[held[dimension]] += base * number
            self.roll[dimension] = dict(sums)
        self.start, self.known = None, {}

    def cell(self, kind):
        """The cell of the ballots of a kind."""
        return self.cell_of(self.kinds[kind][0])

    def cell_of(self, held):
        return tuple(held[dimension] for dimension in self.dimensions)

    def limits(self, cells, bases):
        """The bounds of the weight of each cell; the same for all."""
        return [self.bounds for _ in cells]

    def targets(self, cells):
        """2.2, by dimension and category; None where what is left has no share at all."""
        found = {}
        for place, dimension in enumerate(self.dimensions):
            heard = {cell[place] for cell in cells}
            rule = self.rule[dimension]
            shares = {}
            for name, base in self.roll[dimension].items():
                if name not in heard:
                    shares[name] = Decimal(0)
                elif isinstance(rule, dict):
                    shares[name] = Decimal(repr(rule[name]))
                else:
                    shares[name] = {"equal": Decimal(1), "roll": Decimal(base), "sqrt": Decimal(base).sqrt()}[
                        rule
                    ]
            whole = sum(shares.values())
            if not whole:
                return None
            found[dimension] = {name: share / whole for name, share in shares.items()}
        return found

    def bases(self, numbers):
        """The sum of base of each cell, of so many ballots of each kind."""
        found = defaultdict(int)
        for kind, number in numbers.items():
            found[self.cell(kind)] += self.kinds[kind][1] * number
        return dict(found)

    def micro(self, numbers):
        """Micro-weight of each cell of so many ballots of each kind; None where nothing can be counted."""
        return self.micro_of(self.bases(numbers))

    def values(self, micro, numbers):
        """What a ballot of each of these kinds is worth."""
        return {kind: self.kinds[kind][1] * micro[self.cell(kind)] for kind in numbers}

    def micro_of(self, bases):
        question = tuple(sorted(bases.items()))
        if question not in self.known:
            self.known[question] = self._solved(bases)
        return self.known[question]

    def _solved(self, bases):
        with localcontext(PRECISION):
            cells = sorted(bases)
            aims = self.targets(cells) if cells else None
            if aims is None:
                return None
            limits = self.limits(cells, bases)
            only = self.only_way(cells, bases, limits)
            if only is not None:
                return only
            problem = Dual(self, cells, bases, aims, limits)
            weights = problem.solve()
            return {cell: rounded_weight(weight) for cell, weight in zip(cells, weights)}

    def only_way(self, cells, bases, limits):
        """The micro-weights where bounds leave one way alone to a mean of one; else None."""
        return dict.fromkeys(cells, MICRO) if 1 in self.bounds else None


class Capped(Balance):
    """9.2: a cell is categories and a base, and no ballot is worth more than a part of the whole."""

    def __init__(self, a_round, rule, bounds):
        super().__init__(a_round, rule, bounds)
        self.most = Fraction(a_round.rules["max_ballot"], 1000)

    def cell(self, kind):
        return (*super().cell(kind), self.kinds[kind][1])

    def cap(self, bases):
        """The word for it, q, and U_c by the base of a cell's ballots; `bases` are sums of base by cell."""
        high, total = Fraction(self.bounds[1]), sum(bases.values())
        part = max(self.most, Fraction(3, sum(base // cell[-1] for cell, base in bases.items())))
        upper = {each: min(high, part * total / each) for each in {cell[-1] for cell in bases}}
        if min(upper.values()) == high:
            return "idle", part, upper
        if sum(base * upper[cell[-1]] for cell, base in bases.items()) < total:
            return "lifted", part, dict.fromkeys(upper, high)
        return "held", part, upper

    def bounds_of(self, cells, bases):
        """L_c and U_c of each cell, as fractions."""
        low, upper = Fraction(self.bounds[0]), self.cap(bases)[2]
        return [(min(low, upper[cell[-1]]), upper[cell[-1]]) for cell in cells]

    def limits(self, cells, bases):
        return [
            tuple(Decimal(bound.numerator) / bound.denominator for bound in both)
            for both in self.bounds_of(cells, bases)
        ]

    def only_way(self, cells, bases, limits):
        both = self.bounds_of(cells, bases)
        for side in (0, 1):
            if sum(bases[cell] * bounds[side] for cell, bounds in zip(cells, both)) == sum(bases.values()):
                return {cell: rounded_fraction(bounds[side]) for cell, bounds in zip(cells, both)}
        return None


def rounded_fraction(weight):
    return max(1, round(round(weight, 15) * MICRO))


def rounded_weight(weight):
    sure = weight.quantize(Decimal("1e-15")) * MICRO
    return max(1, int(sure.to_integral_value(ROUND_HALF_EVEN)))


class Dual:
    """The conditions of the optimum, as a root: one unknown for each category and one for the level.

    With s_c = level + the sum of its categories' unknowns and w_c = clip(exp(s_c), L, U):
    m_g(w) - T_g + u_g / kappa = 0 for each category, and the weighted sum of w is one. The root is the lowest
    point of a convex function, which Newton's steps, shortened where needed, go down to.
    """

    def __init__(self, balance, cells, bases, aims, limits):
        width = len(balance.dimensions)
        self.names = sorted(
            {(place, name) for cell in cells for place, name in enumerate(cell[:width])},
            key=lambda pair: pair,
        )
        index = {pair: number for number, pair in enumerate(self.names)}
        self.groups = [
            [index[pair] for pair in enumerate(cell[:width])] + [len(self.names)] for cell in cells
        ]
        total = Decimal(sum(bases.values()))
        self.part = [bases[cell] / total for cell in cells]
        self.aim = [aims[balance.dimensions[place]][name] for place, name in self.names] + [Decimal(1)]
        logs = {}
        for bound in {bound for both in limits for bound in both}:
            logs[bound] = bound.ln() if bound else None  # None: there is no such bound
        # Of each cell: the bounds, and their logarithms.
        self.limits = [(low, high, logs[low], logs[high]) for low, high in limits]
        self.balance = balance

    def look(self, unknowns, kappa):
        """Height, gradient, weights and which of them are free at a point."""
        height, weights, free = Decimal(0), [], []
        gradient = [-aim for aim in self.aim]
        for groups, part, (low, high, low_log, high_log) in zip(self.groups, self.part, self.limits):
            s = sum(unknowns[g] for g in groups)
            if low_log is not None and s <= low_log:
                weight, lift, moves = low, low * (1 + s - low_log), False
            elif high_log is not None and s >= high_log:
                weight, lift, moves = high, high * (1 + s - high_log), False
            else:
                weight = s.exp()
                lift, moves = weight, True
            height += part * lift
            weights.append(weight)
            free.append(moves)
            for g in groups:
                gradient[g] += part * weight
        for g, unknown in enumerate(unknowns):
            height -= unknown * self.aim[g]
            if g < len(self.names):
                height += unknown * unknown / (2 * kappa)
                gradient[g] += unknown / kappa
        return height, gradient, weights, free

    def step(self, gradient, weights, free, kappa):
        size = len(gradient)
        matrix = [[Decimal(0)] * size + [-slope] for slope in gradient]
        for groups, part, weight, moves in zip(self.groups, self.part, weights, free):
            if moves:
                for g in groups:
                    for k in groups:
                        matrix[g][k] += part * weight
        for g in range(size - 1):
            matrix[g][g] += 1 / kappa
        matrix[size - 1][size - 1] += Decimal("1e-25")
        return eliminate(matrix)

    def descend(self, unknowns, kappa, residual, most):
        """Newton's steps until the conditions hold to `residual`; None where `most` steps are not enough."""
        height, gradient, weights, free = self.look(unknowns, kappa)
        for _ in range(most):
            worst = max(abs(slope) for slope in gradient)
            if worst <= residual:
                return unknowns, weights
            if not any(free) and gradient[-1]:
                # Every weight rests on a bound: nothing bends the level until one of them leaves it.
                unknowns = [
                    *unknowns[:-1],
                    unknowns[-1] + self.to_the_next_bend(unknowns, up=gradient[-1] < 0),
                ]
                height, gradient, weights, free = self.look(unknowns, kappa)
                continue
            step = self.step(gradient, weights, free, kappa)
            slope = sum(a * b for a, b in zip(gradient, step))
            length = Decimal(1)
            while True:
                trial = [a + length * b for a, b in zip(unknowns, step)]
                seen = self.look(trial, kappa)
                if seen[0] <= height + length * slope / 10000:
                    break
                # Where heights differ only in digits that are rounded away, the conditions decide.
                if worst < Decimal("1e-9") and 2 * max(map(abs, seen[1])) <= worst:
                    break
                length /= 2
                if length < Decimal("1e-30"):
                    return None
            unknowns = trial
            height, gradient, weights, free = seen
        return None

    def to_the_next_bend(self, unknowns, up):
        """How far the level goes until the first weight is free, and a little farther."""
        sums = [sum(unknowns[g] for g in groups) for groups in self.groups]
        logs = [(low_log, high_log) for _, _, low_log, high_log in self.limits]
        if up:
            ways = (low - s for s, (low, _) in zip(sums, logs) if low is not None and s <= low)
            return min(ways, default=Decimal(0)) + INSIDE
        ways = (s - high for s, (_, high) in zip(sums, logs) if high is not None and s >= high)
        return -min(ways, default=Decimal(0)) - INSIDE

    def solve(self):
        start = self.balance.start or {}
        near = [start.get(name, Decimal(0)) for name in self.names] + [start.get("level", Decimal(0))]
        found = self.descend(near, KAPPA, RESIDUAL, 25) if start else None
        if found is None:
            # From afar: softer springs first, each answer the start of the next.
            unknowns = [Decimal(0)] * (len(self.names) + 1)
            for power in range(7):
                kappa = Decimal(10) ** power
                found = self.descend(unknowns, kappa, RESIDUAL if kappa == KAPPA else Decimal("1e-6"), 2000)
                if found is None:
                    raise Differs("result.json", "weights", "a solution of 2.3", "none found")
                unknowns = found[0]
        unknowns, weights = found
        if self.balance.start is None:
            self.balance.start = dict(zip([*self.names, "level"], unknowns))
        return weights


def eliminate(rows):
    """Solve a symmetric positive definite system written as rows with the right side last."""
    size = len(rows)
    for i in range(size):
        pivot = rows[i]
        for j in range(i + 1, size):
            ratio = rows[j][i] / pivot[i]
            if ratio:
                rows[j] = [a - ratio * b if k >= i else a for k, (a, b) in enumerate(zip(rows[j], pivot))]
    found = [Decimal(0)] * size
    for i in range(size - 1, -1, -1):
        rest = sum((rows[i][k] * found[k] for k in range(i + 1, size)), Decimal(0))
        found[i] = (rows[i][size] - rest) / rows[i][i]
    return found


def check_weights(box):
    """Each published micro-weight is the one that the conditions determine; in version 1 to one unit."""
    a_round, result = box.round, box.json("result.json")
    low, high = (Decimal(repr(bound)) for bound in a_round.rules["weight_bounds"])
    second = a_round.second
    box.balance = (Capped if second else Balance)(a_round, a_round.rules["balance"], (low, high))
    own = box.balance.micro(a_round.ballots.numbers)
    need(own is not None, "bundle.json", "rules.balance", "targets for those that voted", "none")
    given = result["weights"]["cells"]
    need(len(given) == len(own), "result.json", "weights.cells", f"{len(own)} cells", f"{len(given)}")
    box.micro = {}
    for number, (cell, weight) in enumerate(sorted(own.items())):
        place = f"weights.cells[{number}]"
        named = dict(zip(box.balance.dimensions, cell))
        same(named, given[number]["categories"], "result.json", place + ".categories")
        found = given[number]["micro"]
        apart = 0 if second else 1
        near = type(found) is int and abs(found - weight) <= apart and found >= 1
        need(near, "result.json", place + ".micro", weight, found)
        box.micro[cell] = found
    return "n_cells", {"n": len(own)}


# ---------------------------------------------------------------- the count (section 3)


class Worth:
    """What ballots are worth: each as the kind of its seat, and so often as it was drawn.

    `times` are how often, where they were drawn, and `numbers` how many that makes of each kind; `parts` what
    of a ballot counts by its ranking, where a part alone does.
    """

    def __init__(self, ballots, values, times=None, numbers=None, rankings=None, parts=None):
        self.ballots, self.times, self.parts = ballots, times, parts
        self.values = {kind: value for kind, value in values.items() if value}
        numbers = ballots.numbers if numbers is None else numbers
        self.numbers = {kind: number for kind, number in numbers.items() if number and kind in self.values}
        self.rankings = ballots.rankings if rankings is None else rankings

    def __len__(self):
        return sum(self.numbers.values())

    def but(self, rankings=None, parts=None):
        """The same ballots with other rankings, or with parts alone."""
        return Worth(self.ballots, self.values, self.times, self.numbers, rankings or self.rankings, parts)

    def total(self):
        return sum(self.values[kind] * number for kind, number in self.numbers.items())

    def each(self, kinds=None):
        """Of each ballot, or of those of some kinds, its kind, ranking and objectives, and its worth."""
        values = self.values if kinds is None else {kind: self.values[kind] for kind in kinds}
        columns = self.ballots.kind, self.ballots.ranking, self.ballots.mask
        if self.times is None:
            for kind, ranking, mask in zip(*columns):
                if kind in values:
                    yield kind, ranking, mask, values[kind]
            return
        for kind, ranking, mask, times in zip(*columns, self.times):
            if times and kind in values:
                yield kind, ranking, mask, values[kind] * times

    def by_ranking(self, kinds=None):
        """What those that rank alike are worth together."""
        sums, parts = defaultdict(int), self.parts
        for _, ranking, _, value in self.each(kinds):
            sums[ranking] += value
        return {ranking: value * parts[ranking] for ranking, value in sums.items()} if parts else sums

    def by_objectives(self):
        """What those that name the same objectives are worth together."""
        sums, parts = defaultdict(int), self.parts
        for _, ranking, mask, value in self.each():
            sums[mask] += value * parts[ranking] if parts else value
        return sums


class Count:
    """What ballots say by what they are worth."""

    def __init__(self, a_round, ties, worth):
        self.round, self.ties, self.worth = a_round, ties, worth
        self.themes = range(len(a_round.keys))
        self.sums, marks = worth.by_ranking(), worth.by_objectives()
        self.value = sum(self.sums.values())
        self.won = self._won(self.sums)
        self.named = sum(value for mask, value in marks.items() if mask)
        self.marks = [
            sum(value for mask, value in marks.items() if mask >> bit & 1) for bit in range(OBJECTIVES)
        ]
        self.share = whole_number(a_round.rules["objective_share"]) if self.named else 0

    def _won(self, sums):
        found = [0 for _ in self.themes]
        for ranking, value in sums.items():
            for x, wins in enumerate(self.worth.rankings.wins_of(ranking)):
                found[x] += value * wins
        return found

    def tiers(self):
        """Each way to rank with what ballots of it are worth together."""
        return ((self.worth.rankings.tiers_of(ranking), value) for ranking, value in self.sums.items())

    # 3.2, 3.3
    def points(self, x):
        return Fraction(self.won[x], 2 * (len(self.themes) - 1) * self.value)

    def objective(self, number):
        return Fraction(self.marks[number - 1], self.named) if self.named else Fraction(0)

    def relevance(self, x):
        numbers = self.round.objectives[x]
        return sum((self.objective(number) for number in numbers), Fraction(0)) / len(numbers)

    def score(self, x):
        return ((1000 - self.share) * self.points(x) + self.share * self.relevance(x)) / 1000

    # 3.4
    def spread(self):
        """For each theme: the supporting categories by dimension; and how many each dimension asks for."""
        return self._support[:2]

    @property
    def counted(self):
        """The categories of each dimension that have ballots enough, and the kinds of their seats."""
        return self._support[2]

    @cached_property
    def _support(self):
        supported, required, counted = [{} for _ in self.themes], {}, {}
        numbers, kinds = self.worth.numbers, self.worth.ballots.kinds
        for dimension, thousandths in sorted(self.round.rules["spread"].items()):
            here = defaultdict(list)
            for kind in numbers:
                here[kinds[kind][0][dimension]].append(kind)
            # 9.3: in version 2 a category needs ballots enough to be counted.
            few = self.round.rules.get("support_min", 1)
            enough = [name for name in sorted(here) if sum(numbers[kind] for kind in here[name]) >= few]
            counted[dimension] = {name: here[name] for name in enough}
            required[dimension] = -(-whole_number(thousandths) * len(enough) // 1000)
            for x in self.themes:
                supported[x][dimension] = []
            for name in enough:
                sums = self.worth.by_ranking(here[name])
                half = (len(self.themes) - 1) * sum(sums.values())
                for x, won in enumerate(self._won(sums)):
                    if won >= half:
                        supported[x][dimension].append(name)
        return supported, required, counted

    # 3.5
    def pairs(self):
        table = [[0] * len(self.themes) for _ in self.themes]
        for tiers, value in self.tiers():
            for x, mine in enumerate(tiers):
                row = table[x]
                for y, other in enumerate(tiers):
                    if mine < other:
                        row[y] += 2 * value
                    elif mine == other and x != y:
                        row[y] += value
        return table

    def by_points(self):
        return sorted(
            self.themes, key=lambda x: (-self.score(x), -self.won[x], -self.relevance(x), self.ties[x])
        )

    def by_schulze(self):
        pairs = self.pairs()
        path = [[max(0, pairs[x][y] - pairs[y][x]) for y in self.themes] for x in self.themes]
        for via in self.themes:
            for x in self.themes:
                for y in self.themes:
                    path[x][y] = max(path[x][y], min(path[x][via], path[via][y]))
        beaten = [sum(path[x][y] > path[y][x] for y in self.themes) for x in self.themes]
        return sorted(self.themes, key=lambda x: (-beaten[x], -self.won[x], self.ties[x]))

    def runoff(self, among=None):
        """The steps: what each theme left has, what is exhausted, who goes."""
        left, steps = list(self.themes if among is None else among), []
        while left:
            totals, exhausted = dict.fromkeys(left, Fraction(0)), 0
            for tiers, value in self.tiers():
                best = min(tiers[x] for x in left)
                if best == UNRANKED:
                    exhausted += value
                else:
                    top = [x for x in left if tiers[x] == best]
                    for x in top:
                        totals[x] += Fraction(value, len(top))
            out = min(left, key=lambda x: (totals[x], -self.ties[x]))
            steps.append((totals, exhausted, out))
            left.remove(out)
        return steps

    def by_runoff(self):
        return [out for _, _, out in reversed(self.runoff())]

    def order(self, method=None):
        return getattr(self, "by_" + (method or self.round.rules["method"]))()

    def topics(self, order=None):
        order = self.order() if order is None else order
        supported, required = self.spread()
        have = [all(len(supported[x][d]) >= n for d, n in required.items()) for x in self.themes]
        reach = [
            min([Fraction(len(supported[x][d]), n) for d, n in required.items() if n] or [Fraction(1)])
            for x in self.themes
        ]
        ranked = [x for x in order if have[x]]
        ranked += sorted((x for x in order if not have[x]), key=lambda x: -reach[x])
        return ranked[: whole_number(self.round.rules["topics"])], supported, have

    # 9.4
    def shared_topics(self):
        """Topic after topic, each ballot counting less the more of those chosen it has in its first tiers."""
        chosen = [self.topics()[0][0]]
        while len(chosen) < whole_number(self.round.rules["topics"]):
            rankings = self.worth.rankings
            found = (rankings.tiers_of(number) for number in range(len(rankings)))
            counts = [1 + sum(tiers[x] <= 3 for x in chosen) for tiers in found]
            whole = math.lcm(*{*counts})  # values in units of which all parts are whole numbers
            parts = [whole // count for count in counts]
            step = Count(self.round, self.ties, self.worth.but(parts=parts))
            rest = [x for x in self.themes if x not in chosen]
            if self.round.rules["method"] == "runoff":
                order = [out for _, _, out in reversed(step.runoff(rest))]
            else:
                order = [x for x in step.order() if x in rest]
            chosen.append(step.topics(order)[0][0])
        return chosen

    def heard(self, topics):
        """What part of all value has one of these in its first three tiers."""
        there = sum(value for tiers, value in self.tiers() if any(tiers[x] <= 3 for x in topics))
        return Fraction(there, self.value)


def tie_places(a_round):
    """Section 4: the place of each theme in the tie order."""
    order = sorted(a_round.keys, key=lambda key: sha256((f"{a_round.seed}|theme|{key}").encode()))
    return [order.index(key) for key in a_round.keys]


def fraction(value):
    return f"{value.numerator}/{value.denominator}"


def with_percent(name, value):
    return {name: fraction(value), name + "_percent": float(round(100 * value, 2))}


def six(value):
    return float(round(Fraction(value), 6))


def check_count(box):
    """Everything of the result but how firm it is and the panel."""
    a_round, result = box.round, box.json("result.json")
    ties = tie_places(a_round)
    ballots, numbers = a_round.ballots, a_round.ballots.numbers
    worth = Worth(ballots, box.balance.values(box.micro, numbers))
    box.worth, box.ties = worth, ties
    box.count = count = Count(a_round, ties, worth)
    plain = Count(a_round, ties, Worth(ballots, {kind: ballots.kinds[kind][1] for kind in numbers}))
    box.plain = plain
    level = Balance(a_round, {"country": "equal"}, (Decimal(0), None))
    by_country = level.micro(numbers)
    box.level = Count(a_round, ties, Worth(ballots, level.values(by_country, numbers)))
    orders = {method: count.order(method) for method in ("points", "schulze", "runoff")}
    box.order = orders[a_round.rules["method"]]
    box.topics, supported, have = count.topics(box.order)
    more = second_part(box) if a_round.second else {}
    pairs = count.pairs()
    keys = a_round.keys

    def named(themes):
        return [keys[x] for x in themes]

    winner = [x for x in count.themes if all(pairs[x][y] > pairs[y][x] for y in count.themes if y != x)]
    expected = {
        "format": f"consulta-result/{a_round.version}",
        "bundle_sha256": box.files.digest("bundle.json"),
        "seed": a_round.seed,
        **more,
        "weights": weights_report(box, worth),
        "themes": [theme_report(box, x, plain, supported[x], have[x]) for x in count.themes],
        "pairs": pairs,
        "order": {
            **{method: named(order) for method, order in orders.items()},
            "unweighted": named(plain.order()),
            "country_equal": named(box.level.order()),
        },
        "condorcet_winner": keys[winner[0]] if winner else None,
        "topics": [
            {
                "key": keys[x],
                "spread_met": have[x],
                "focus": sorted(a_round.objectives[x], key=lambda n: (-count.marks[n - 1], n)),
            }
            for x in box.topics
        ],
        "objectives": [
            {"number": n, **with_percent("share", count.objective(n))} for n in range(1, OBJECTIVES + 1)
        ],
        "voices": voices(a_round, worth, count),
        "runoff": [
            {
                "totals": [
                    {"key": keys[x], **with_percent("share", part / count.value)}
                    for x, part in totals.items()
                ],
                **with_percent("exhausted", Fraction(exhausted, count.value)),
                "out": keys[out],
            }
            for totals, exhausted, out in count.runoff()
        ],
    }
    given = {name: value for name, value in result.items() if name not in ("firmness", "panel")}
    if a_round.second:
        # Where a theme stood in the replicates is held against them with the rest of how firm it is.
        given["themes"] = [
            {name: value for name, value in theme.items() if name != "places"} for theme in given["themes"]
        ]
    same(expected, given, "result.json")
    return "topic", {"key": ", ".join(named(box.topics))}


def second_part(box):
    """What only results of version 2 have of the count (section 9); and the topics by its rule."""
    count, a_round, keys = box.count, box.round, box.round.keys
    _, required = count.spread()
    chosen = {"shared": count.shared_topics(), "order": count.topics(box.order)[0]}
    box.topics = chosen[a_round.rules["topics_rule"]]
    too_few = {
        dimension: sorted(a_round.ballots.categories(dimension) - {*count.counted[dimension]})
        for dimension in required
    }
    alone = None
    if a_round.rules["method"] == "points" and count.named:
        points = Count(a_round, box.ties, box.worth)
        points.share = 0
        alone = keys[points.topics()[0][0]]
    heard = {}
    for rule, topics in chosen.items():
        heard.update(with_percent(rule, count.heard(topics)))
    return {
        "rules_version": 2,
        "support": {"required": required, "too_few": too_few},
        "topics_by": {rule: [keys[x] for x in topics] for rule, topics in chosen.items()},
        "heard": heard,
        "alike": alike(count, keys),
        "points_alone": alone,
    }


def alike(count, keys):
    """9.5: the pairs that most of those who name one of them hold together."""
    found = []
    for x in count.themes:
        for y in count.themes[x + 1 :]:
            either = near = 0
            for tiers, value in count.tiers():
                one, other = tiers[x], tiers[y]
                if one != UNRANKED or other != UNRANKED:
                    either += value
                    near += value if abs(one - other) <= 1 else 0
            if 2 * near > either:
                found.append([keys[x], keys[y], fraction(Fraction(near, either))])
    return found


def theme_report(box, x, plain, supported, has_spread):
    count, a_round = box.count, box.round
    places, rankings = Counter(), a_round.ballots.rankings
    for ranking, times in a_round.ballots.times.items():
        places[rankings.tiers[ranking * rankings.size + x]] += times
    del places[UNRANKED]
    mentions = sum(places.values())
    mean = Fraction(sum(tier * times for tier, times in places.items()), mentions) if mentions else None
    return {
        "key": a_round.keys[x],
        **with_percent("points", count.points(x)),
        **with_percent("relevance", count.relevance(x)),
        **with_percent("score", count.score(x)),
        "place": box.order.index(x) + 1,
        "first": places[1],
        "mentions": mentions,
        "mean_place": fraction(mean) if mentions else None,
        **with_percent("unweighted", plain.score(x)),
        "supported": supported,
        "spread_met": has_spread,
    }


def by_category(a_round, worth, dimension):
    """category -> (seats, ballots, value) of one dimension, over the categories of the roll."""
    found = {}
    for kind, number in a_round.seats.numbers.items():
        held = a_round.seats.kinds[kind][0]
        if dimension in held:
            line = found.setdefault(held[dimension], [0, 0, 0])
            line[0] += number
            line[1] += worth.numbers.get(kind, 0)
            line[2] += worth.numbers.get(kind, 0) * worth.values.get(kind, 0)
    return {name: found[name] for name in sorted(found)}


def added_dimensions(a_round):
    """The dimensions of seats that are not always there; of a round of before there were any, none."""
    return others(name for held, _ in a_round.seats.kinds for name in held)


def voices(a_round, worth, count):
    known = {name for held, _ in a_round.seats.kinds for name in held} & set(ALWAYS_THERE)
    return voices_in(a_round, worth, count, known | {*a_round.rules["balance"], *a_round.rules["spread"]})


def voices_in(a_round, worth, count, known):
    return [
        {
            "dimension": dimension,
            "category": category,
            "seats": seats,
            "ballots": ballots,
            **with_percent("share", Fraction(ballots, len(worth))),
            **with_percent("weighted", Fraction(value, count.value)),
        }
        for dimension in sorted(known)
        for category, (seats, ballots, value) in by_category(a_round, worth, dimension).items()
    ]


def weights_report(box, worth):
    """2.4, all of it exact in the micro-weights."""
    a_round, balance = box.round, box.balance
    total = worth.total()
    with localcontext(PRECISION):
        aims = balance.targets(sorted(box.micro))
    margins, misses = [], []
    for dimension in balance.dimensions:
        for category, (seats, ballots, value) in by_category(a_round, worth, dimension).items():
            aim = Fraction(aims[dimension][category])
            misses.append(abs(Fraction(value, total) - aim))
            margins.append(
                {
                    "dimension": dimension,
                    "category": category,
                    "seats": seats,
                    "ballots": ballots,
                    **with_percent("turnout", Fraction(ballots, seats)),
                    **with_percent("share", Fraction(ballots, len(worth))),
                    **with_percent("weighted", Fraction(value, total)),
                    "target": six(aim),
                    "miss": six(misses[-1]),
                    "silent": ballots == 0,
                }
            )
    bases = balance.bases(a_round.ballots.numbers)
    cells, more = cells_told(box, bases), {}
    if a_round.second:
        cells, more = capped_cells(box, worth, bases)
    squares = sum(worth.values[kind] ** 2 * number for kind, number in worth.numbers.items())
    effect = Fraction(len(worth) * squares, total**2)
    largest = max(misses, default=Fraction(0))
    return {
        "met": largest <= Fraction(1, 10**4),
        "largest_miss": six(largest),
        "at_bounds": sum(cell["at_bound"] is not None for cell in cells),
        "smallest": min(box.micro.values()),
        "largest": max(box.micro.values()),
        **more,
        "cells": cells,
        "margins": margins,
        "design_effect": six(effect),
        "effective_ballots": six(len(worth) / effect),
    }


def cells_told(box, bases):
    low, high = (rounded_weight(bound) for bound in box.balance.bounds)
    return [
        {
            "categories": dict(zip(box.balance.dimensions, cell)),
            "base": bases[cell],
            "micro": micro,
            "at_bound": "lower" if micro <= low else "upper" if micro >= high else None,
        }
        for cell, micro in sorted(box.micro.items())
    ]


def capped_cells(box, worth, bases):
    """9.2: the cells by base, and how heavy a ballot may be and is."""
    balance = box.balance
    word, part, upper = balance.cap(bases)
    low, high = (Fraction(bound) for bound in balance.bounds)

    def rests_on(each, micro):
        if upper[each] < high and micro >= rounded_fraction(upper[each]):
            return "cap"
        if micro >= rounded_fraction(high):
            return "upper"
        return "lower" if micro <= rounded_fraction(low) else None

    cells = [
        {
            "categories": dict(zip(balance.dimensions, cell)),
            "each": cell[-1],
            "ballots": bases[cell] // cell[-1],
            "base": bases[cell],
            "micro": micro,
            "at_bound": rests_on(cell[-1], micro),
        }
        for cell, micro in sorted(box.micro.items())
    ]
    values = [worth.values[kind] for kind in worth.numbers]
    return cells, {
        "cap": word,
        "ballot_limit": fraction(part) if word == "held" else None,
        "heaviest": {
            **with_percent("share", Fraction(max(values), worth.total())),
            "times": fraction(Fraction(max(values), min(values))),
        },
    }


# ---------------------------------------------------------------- how firm it is (section 3.6)


def margin(box):
    """The fewest ballots that, re-cast, would bring a rival level with the topic."""
    count, topic = box.count, box.topics[0]
    most = 2 * (len(count.themes) - 1)
    best = (None, None)
    for rival in box.order:
        if rival == topic:
            continue
        lead = count.score(topic) - count.score(rival)
        # One comparison more or less for the rival moves the difference of scores by this much.
        unit = Fraction(1000 - count.share, 1000 * most * count.value)
        ballots = 0 if lead <= 0 else None
        if lead > 0 and unit:
            ballots = enough(lead / unit, count.worth, rival, topic, most)
        if ballots is not None and (best[0] is None or ballots < best[0]):
            best = (ballots, box.round.keys[rival])
    return {"ballots": best[0], "rival": best[1]}


def gains_of(worth, rival, topic, most):
    """What changes of ballots would bring a rival, the largest first, and how many bring so much."""
    found, wins, size = defaultdict(int), worth.rankings.wins, worth.rankings.size
    for _, ranking, _, value in worth.each():
        found[value * (most - wins[ranking * size + rival] + wins[ranking * size + topic])] += 1
    return sorted(found.items(), reverse=True)


def enough(missing, worth, rival, topic, most):
    """How many of the largest gains make up for what is missing; None where all do not."""
    taken = 0
    for gain, number in gains_of(worth, rival, topic, most):
        if missing <= gain * number:
            return taken + math.ceil(missing / gain)
        missing, taken = missing - gain * number, taken + number
    return None


def leave_one_out(box, dimensions=ALWAYS_THERE):
    found, ballots = [], box.round.ballots
    for dimension in dimensions:
        for category in sorted(ballots.categories(dimension)):
            rest = {
                kind: number
                for kind, number in ballots.numbers.items()
                if ballots.kinds[kind][0].get(dimension) != category
            }
            micro = box.balance.micro(rest) if rest else None
            topic = None
            if micro is not None:
                worth = Worth(ballots, box.balance.values(micro, rest))
                topic = box.round.keys[Count(box.round, box.ties, worth).topics()[0][0]]
            found.append({"dimension": dimension, "category": category, "topic": topic})
    return found


def without_theme(box):
    """9.5: the topic when a theme is taken off every ballot; weights, objectives and tie order stay."""
    a_round, found = box.round, []
    for x in box.count.themes:
        if x != box.topics[0] and len(box.count.themes) > 2:
            rest = a_round.without(x)
            worth = box.worth.but(rankings=box.worth.rankings.without(x))
            ties = [tie for y, tie in enumerate(box.ties) if y != x]
            topic = Count(rest, ties, worth).topics()[0][0]
            found.append({"theme": a_round.keys[x], "topic": rest.keys[topic]})
    return found


def other_targets(box):
    """9.5: the topic under each combination of named rules, the last dimension changing fastest."""
    dimensions, a_round = box.balance.dimensions, box.round
    found = []
    if not 1 <= len(dimensions) <= 4:
        return found
    for rules in itertools.product(("equal", "roll", "sqrt"), repeat=len(dimensions)):
        targets = dict(zip(dimensions, rules))
        balance = Capped(a_round, targets, box.balance.bounds)
        numbers = a_round.ballots.numbers
        worth = Worth(a_round.ballots, balance.values(balance.micro(numbers), numbers))
        topic = Count(a_round, box.ties, worth).topics()[0][0]
        found.append({"targets": targets, "topic": a_round.keys[topic]})
    return found


class Urn:
    """Ballots in the order in which they are drawn, as columns of numbers."""

    def __init__(self, box):
        a_round, self.box = box.round, box
        ballots, spread, cells = a_round.ballots, sorted(a_round.rules["spread"]), defaultdict(list)
        cell = {kind: box.balance.cell(kind) for kind in ballots.numbers}
        for number, kind in enumerate(ballots.kind):
            cells[cell[kind]].append(number)

        def said(number):
            held, base = ballots.kinds[ballots.kind[number]]
            tiers = tuple(ballots.rankings.tiers_of(ballots.ranking[number]))
            return tiers, ballots.mask[number], base, tuple(held[dimension] for dimension in spread)

        self.ballots = Ballots(ballots.kinds, ballots.rankings)
        self.cells, self.equal = [], array("I")  # of each ballot, the first of those that are equal
        for each in sorted(cells):
            inside, before = sorted((said(number), number) for number in cells[each]), None
            self.cells.append((each, len(self.ballots), len(inside)))
            for told, number in inside:
                self.equal.append(self.equal[-1] if told == before else len(self.ballots))
                self.ballots.add(ballots.kind[number], ballots.ranking[number], ballots.mask[number])
                before = told
        self.bases = box.balance.bases(ballots.numbers)
        of_cell = defaultdict(set)
        for kind, each in cell.items():
            of_cell[each].add(ballots.kinds[kind][1])
        self.level = all(len(bases) == 1 for bases in of_cell.values())

    def draw(self, replicate):
        """How often each ballot is drawn, of equal ones all together at the first."""
        total = len(self.ballots)
        text = f"{self.box.round.seed}|resample|{replicate}"
        stream = hashlib.shake_128(text.encode("ascii")).digest(4 * total)
        counts = [0] * total
        for _, first, size in self.cells:
            for at in range(first, first + size):
                number = int.from_bytes(stream[4 * at : 4 * at + 4], "little")
                counts[self.equal[first + (number * size >> 32)]] += 1
        return counts

    def worth(self, counts):
        balance, micro, numbers = self.box.balance, self.box.micro, defaultdict(int)
        for kind, times in zip(self.ballots.kind, counts):
            if times:
                numbers[kind] += times
        if not self.level:
            bases = balance.bases(numbers)
            if bases != self.bases:
                micro = balance.micro_of(bases)
        return Worth(self.ballots, balance.values(micro, numbers), counts, numbers)


def resampling(box):
    """In how many of a hundred replicates the topic is the same; and the places of the themes."""
    urn, hits, known = Urn(box), 0, {}  # by the digest of what was drawn: often the same is drawn again
    themes = range(len(box.round.keys))
    at_place = [[0 for _ in themes] for _ in themes]
    for replicate in range(REPLICATES):
        counts = urn.draw(replicate)
        drawn = sha256(str(counts).encode("ascii"))
        if drawn not in known:
            count = Count(box.round, box.ties, urn.worth(counts))
            order = count.order()
            known[drawn] = order, count.topics(order)[0][0] == box.topics[0]
        order, same_topic = known[drawn]
        hits += same_topic
        for place, x in enumerate(order):
            at_place[x][place] += 1
    return round(Fraction(100 * hits, REPLICATES)), places_told(box.round.keys, at_place)


def places_told(keys, at_place):
    """Of each theme the places that 5 and 95 of a hundred replicates do not exceed."""
    found = []
    for key, times in zip(keys, at_place):
        ends = []
        for part in (5, 95):
            reached, place = 0, 0
            while reached * 100 < part * REPLICATES:
                reached += times[place]
                place += 1
            ends.append(place)
        found.append({"theme": key, "best": ends[0], "worst": ends[1]})
    return found


def check_firmness(box):
    given = box.json("result.json").get("firmness")
    if box.elsewhere:
        return box.elsewhere, {"n": box.round.turnout}
    keys, second = box.round.keys, box.round.second
    more = {"without_theme": without_theme(box), "other_targets": other_targets(box)} if second else {}
    expected = {
        "margin": Recast(box).margin() if second else margin(box),
        "leave_one_out": leave_one_out(box),
        **more,
        "unweighted": keys[box.plain.topics()[0][0]],
        "country_equal": keys[box.level.topics()[0][0]],
    }
    without = {name: value for name, value in given.items() if name != "resampling_percent"}
    same(expected, without, "result.json", "firmness")
    percent, box.place_ranges = resampling(box)
    same(percent, given.get("resampling_percent"), "result.json", "firmness.resampling_percent")
    if second:
        for number, (told, theme) in enumerate(zip(box.place_ranges, box.json("result.json")["themes"])):
            ends = [told["best"], told["worst"]]
            same(ends, theme.get("places"), "result.json", f"themes[{number}].places")
    return "percent", {"n": percent}


# ---------------------------------------------------------------- how many could change it (section 9.5)


class Recast:
    """The values and wins of the ballots, to ask what a change of some of them would do."""

    def __init__(self, box):
        self.box, self.count, self.topic = box, box.count, box.topics[0]
        self.order = self.count.by_points()
        self.supported, self.required = self.count.spread()
        self.most = 2 * (len(self.count.themes) - 1)

    def passes(self, rival, moved):
        """Whether a rival stands before the topic once it has gained so many comparisons on it."""
        count, topic = self.count, self.topic
        worth = Fraction(1000 - count.share, 1000 * self.most * count.value)
        behind = (
            count.score(topic) - count.score(rival) - worth * moved,
            count.won[topic] - count.won[rival] - moved,
            count.relevance(topic) - count.relevance(rival),
            count.ties[rival] - count.ties[topic],
        )
        return behind < (0, 0, 0, 0)

    def to_pass(self, rival):
        """The fewest ballots, the rival alone first and the topic alone last, with which the rival passes."""
        if self.passes(rival, 0):
            return 0
        moved = taken = 0
        for gain, number in gains_of(self.count.worth, rival, self.topic, self.most):
            if self.passes(rival, moved + gain * number):
                few, many = 0, number  # so few are not enough, so many are
                while many - few > 1:
                    middle = (few + many) // 2
                    if self.passes(rival, moved + gain * middle):
                        many = middle
                    else:
                        few = middle
                return taken + many
            moved, taken = moved + gain * number, taken + number
        return None

    def in_categories(self, dimension, theme, wanted):
        """For each category that supports a theme (or does not), the fewest ballots with which that turns."""
        found, rankings = [], self.count.worth.rankings
        for name, kinds in self.count.counted[dimension].items():
            if (name in self.supported[theme][dimension]) is not wanted:
                continue
            ballots = Counter()
            for _, ranking, _, value in self.count.worth.each(kinds):
                ballots[rankings.wins[ranking * rankings.size + theme], value] += 1
            won = sum(value * wins * number for (wins, value), number in ballots.items())
            half = self.most * sum(value * number for (_, value), number in ballots.items()) // 2
            changes = [
                (-value * wins if wanted else value * (self.most - wins), number)
                for (wins, value), number in ballots.items()
            ]
            taken = 0
            for change, number in sorted(changes, reverse=not wanted):
                for _ in range(number):
                    if (won >= half) is wanted:
                        won, taken = won + change, taken + 1
            found.append(taken)
        return sorted(found)

    def to_spread(self, rival):
        """The fewest ballots, the rival alone first, with which it has the spread that it lacks."""
        most = 0
        for dimension, required in self.required.items():
            missing = required - len(self.supported[rival][dimension])
            if missing > 0:
                most = max(most, sum(self.in_categories(dimension, rival, False)[:missing]))
        return most

    def has_spread(self, theme):
        return all(len(self.supported[theme][d]) >= n for d, n in self.required.items())

    def ratio(self, theme):
        return min(Fraction(len(self.supported[theme][d]), n) for d, n in self.required.items() if n)

    def to_lose(self):
        """The fewest ballots, the topic alone last, with which it has no spread; and in which dimension."""
        ways = []
        for dimension, required in sorted(self.required.items()):
            if required:
                spare = len(self.supported[self.topic][dimension]) - required
                costs = self.in_categories(dimension, self.topic, True)
                ways.append((sum(costs[: spare + 1]), dimension))
        return min(ways) if ways else None

    def nearest(self, costs):
        known = [
            (ballots, place, rival) for place, (rival, ballots) in enumerate(costs) if ballots is not None
        ]
        if not known:
            return None
        ballots, _, rival = min(known)
        return {"ballots": ballots, "rival": self.box.round.keys[rival]}

    def margin(self):
        found = {"level": None, "choosable": None, "support": None, "at_least": None, "enough": None}
        if self.box.round.rules["method"] != "points":
            return found
        rivals = [theme for theme in self.order if theme != self.topic]
        passing = {rival: self.to_pass(rival) for rival in rivals}
        if not self.has_spread(self.topic):
            alike = [rival for rival in rivals if self.ratio(rival) == self.ratio(self.topic)]
            found["choosable"] = self.nearest([(rival, passing[rival]) for rival in alike])
            found["at_least"] = 1
            found["enough"] = found["choosable"] and found["choosable"]["ballots"]
            return found
        able = [rival for rival in rivals if self.has_spread(rival)]
        found["choosable"] = self.nearest([(rival, passing[rival]) for rival in able])
        found["level"] = self.nearest(
            [
                (rival, None if passing[rival] is None else max(passing[rival], self.to_spread(rival)))
                for rival in rivals
            ]
        )
        lost = self.to_lose()
        found["support"] = lost and {"ballots": lost[0], "dimension": lost[1]}
        found["at_least"] = self.smaller(found["level"], found["support"])
        found["enough"] = self.smaller(found["choosable"], found["support"] if able else None)
        return found

    @staticmethod
    def smaller(*figures):
        return min((figure["ballots"] for figure in figures if figure), default=None)


def check_robustness(box):
    """How few ballots could have changed the topic, where the archive says so."""
    expected = {
        "format": f"consulta-robustness/{box.round.version}",
        "bundle_sha256": box.files.digest("bundle.json"),
        "seed": box.round.seed,
        "method": box.round.rules["method"],
        "topic": box.round.keys[box.topics[0]],
        "margin": Recast(box).margin(),
    }
    added = added_dimensions(box.round)
    if added:
        expected.update({"leave_one_out": lines} if (lines := leave_one_out(box, added)) else {})
        untold = set(added) - {*box.round.rules["balance"], *box.round.rules["spread"]}
        if untold:
            expected["voices"] = voices_in(box.round, box.worth, box.count, untold)
    if "places" in box.json("robustness.json"):  # not in rounds counted before they were kept
        told = box.json("robustness.json")["places"]
        expected["places"] = told if box.elsewhere else box.place_ranges
    same(expected, box.json("robustness.json"), "robustness.json")
    margin = expected["margin"]
    if margin["enough"] is None:
        return "margin_none", {}
    return "margin", {"a": margin["at_least"], "b": margin["enough"]}


# ---------------------------------------------------------------- the panel (section 5)


class Panel:
    """The rows of the panel's rules, as a set of members meets them."""

    def __init__(self, rules, pool):
        self.rules, self.pool, self.known = rules, pool, {}

    @staticmethod
    def value(nominee, attribute):
        own = attribute in ("role", "organisation", "country")
        return nominee.get(attribute) if own else nominee.get("categories", {}).get(attribute)

    def who(self, attribute, values):
        wanted = (attribute, tuple(sorted(values)))
        if wanted not in self.known:
            self.known[wanted] = {n["key"] for n in self.pool if self.value(n, attribute) in values}
        return self.known[wanted]

    def values(self, attribute):
        return sorted({self.value(n, attribute) for n in self.pool} - {None})

    def rows(self, members):
        """Every row with what the members meet of it, and whom it needs."""
        rules = self.rules
        yield (
            self.row(
                "size",
                "size",
                None,
                None,
                str(rules["size"]),
                len(self.pool),
                len(members),
                abs(len(members) - rules["size"]),
            ),
            set(),
        )
        locked = set(rules.get("locked", []))
        if locked:
            there = {n["key"] for n in self.pool} & locked
            met = len(there & members)
            yield (
                self.row(
                    "locked", "locked", None, None, str(len(locked)), len(there), met, len(locked) - met
                ),
                there,
            )
        for role, (least, most) in rules.get("roles", {}).items():
            yield self.counted("roles." + role, "role", "role", role, least, most, True, members)
        for number, quota in enumerate(rules.get("quotas", [])):
            yield self.counted(
                f"quotas[{number}]",
                "quota",
                quota["attribute"],
                quota["value"],
                quota.get("min", 0),
                quota.get("max"),
                quota.get("hard", True),
                members,
            )
        for number, share in enumerate(rules.get("shares", [])):
            inside = self.who(share["attribute"], {share["value"]})
            base = self.who(share["attribute"], set(share["of"]))
            short_by = share["min"] * len(base & members) - 1000 * len(inside & members)
            yield (
                self.row(
                    f"shares[{number}]",
                    "share",
                    share["attribute"],
                    share["value"],
                    f"{share['min']}/1000",
                    len(inside),
                    len(inside & members),
                    max(0, -(-short_by // 1000)),
                    share.get("hard", True),
                ),
                (inside if share["min"] else set()),
            )
        for attribute, most in rules.get("at_most", {}).items():
            holders = [self.who(attribute, {value}) for value in self.values(attribute)]
            met = max([len(who & members) for who in holders] or [0])
            over = sum(max(0, len(who & members) - most) for who in holders)
            seats = len(self.pool) - sum(max(0, len(who) - most) for who in holders)
            yield (
                self.row("at_most." + attribute, "at_most", attribute, None, f"0-{most}", seats, met, over),
                set(),
            )
        for number, attribute in enumerate(rules.get("mixed", [])):
            holders = [self.who(attribute, {v}) for v in self.values(attribute) if v != NOBODY_KNOWS]
            known = set().union(*holders)
            missing = int(len(known & members) < 2 or any(not (known - who) & members for who in holders))
            met = sum(bool(who & members) for who in holders)
            yield (
                self.row(f"mixed[{number}]", "mixed", attribute, None, "2+", len(holders), met, missing),
                known,
            )

    def counted(self, name, kind, attribute, value, least, most, hard, members):
        who = self.who(attribute, {value})
        met = len(who & members)
        missing = max(0, least - met, met - most if most is not None else 0)
        asked = f"{least}+" if most is None else f"{least}-{most}"
        return self.row(name, kind, attribute, value, asked, len(who), met, missing, hard), (
            who if least else set()
        )

    @staticmethod
    def row(name, kind, attribute, value, asked, pool, met, missing, hard=True):
        return {
            "row": name,
            "kind": kind,
            "attribute": attribute,
            "value": value,
            "asked": asked,
            "pool": pool,
            "met": met,
            "missing": missing,
            "hard": hard,
            "ok": not missing,
        }


def support(box):
    """5.2, of 10,000."""
    total, ballots = box.worth.total(), box.round.ballots
    sums, first = [0 for _ in box.round.nominees], 0
    for kind, end in zip(ballots.kind, ballots.ends):
        for number in ballots.endorsed[first:end]:
            sums[number] += box.worth.values[kind]
        first = end
    return {
        key: round(Fraction(10000 * sums[number], total))
        if nominee.get("support") is None
        else nominee["support"]
        for number, (key, nominee) in enumerate(box.round.nominees.items())
    }


def check_panel(box):
    """Rows, sums, support and substitutes are right; hard rows hold. That it is the best is not proved."""
    given, rules = box.json("result.json").get("panel"), box.round.rules["panel"]
    locked, topics = set(rules.get("locked", [])), {box.round.keys[x] for x in box.topics}
    pool = [
        nominee
        for key, nominee in sorted(box.round.nominees.items())
        if key not in rules.get("barred", [])
        and (key in locked or not nominee.get("topics") or set(nominee["topics"]) & topics)
    ]
    need(isinstance(given, dict), "result.json", "panel", "a panel", given)
    panel = Panel(rules, pool)
    members = members_of(panel, given, "members")
    if not given["feasible"]:
        if given.get("proven") is False:
            check_bounds(box, given)
        same(impossible_panel(panel, given), without_bounds(box, given), "result.json", "panel")
        return "panel_none", {}
    for number, (row, _) in enumerate(panel.rows(members)):
        place, holds = f"panel.rows[{number}]", "the hard row {} met".format(row["row"])
        need(row["ok"] or not row["hard"], "result.json", place, holds, "not met")
    if given.get("proven") is False:
        check_bounds(box, given)
    same(possible_panel(box, panel, members), without_bounds(box, given), "result.json", "panel")
    return ("panel_found" if given.get("proven") is False else "panel_ok"), {}


def without_bounds(box, given):
    """A panel without the two fields that in version 1 stand only where it is not proven to be the best."""
    if box.round.second:
        proven, bounds = given.get("proven"), given.get("bounds", "(nothing)")
        need(isinstance(proven, bool), "result.json", "panel.proven", "true or false", proven)
        fits = bounds is None if proven else isinstance(bounds, dict)
        need(fits, "result.json", "panel.bounds", "null" if proven else "bounds", bounds)
        return {name: value for name, value in given.items() if name not in ("proven", "bounds")}
    need(given.get("proven", False) is False, "result.json", "panel.proven", "false, or not there", given)
    need(("proven" in given) == ("bounds" in given), "result.json", "panel.bounds", "only with proven", given)
    return {name: value for name, value in given.items() if name not in ("proven", "bounds")}


def check_bounds(box, given):
    """9.6: what no panel passes is not passed by this one."""
    bounds, members = given.get("bounds"), given["members"]
    names = ["shortfall", "support", "recent", "lots"] if given["feasible"] else ["giving_way"]
    fits = isinstance(bounds, dict) and sorted(bounds) == sorted(names)
    fits = fits and all(type(bound) is int and bound >= 0 for bound in bounds.values())
    need(fits, "result.json", "panel.bounds", ", ".join(names), bounds)
    if not given["feasible"]:
        by = sum(row["by"] for row in given["relaxation"])
        holds = not given["relaxed_members"] or bounds["giving_way"] <= by
        need(holds, "result.json", "panel.bounds.giving_way", f"at most {by}", bounds["giving_way"])
        return
    soft = sum(row["missing"] for row in given["rows"] if not row["hard"])
    lots = sum(int(sha256(f"{box.round.seed}|panel|{key}".encode())[:5], 16) for key in members)
    reached = {"shortfall": -soft, "support": given["support"], "recent": -given["recent"], "lots": lots}
    for name in names:
        bound = bounds[name] if name in ("support", "lots") else -bounds[name]
        need(reached[name] <= bound, "result.json", f"panel.bounds.{name}", reached[name], bounds[name])
        if reached[name] < bound:  # bounds of later stages speak of better panels than this
            return


def members_of(panel, given, name):
    """The people of a list, which must be of the pool, by key, each once."""
    members = set(given[name])
    inside = given[name] == sorted(members) and members <= {nominee["key"] for nominee in panel.pool}
    need(inside, "result.json", "panel." + name, "nominees of the pool, by key", given[name])
    return members


def possible_panel(box, panel, members):
    """Everything that is told of a panel with these members."""
    backing, found = support(box), list(panel.rows(members))
    return {
        "feasible": True,
        "obstacle": None,
        "pool": len(panel.pool),
        "members": sorted(members),
        "support": sum(backing[key] for key in members),
        "shortfall": sum(row["missing"] for row, _ in found),
        "recent": sum(box.round.nominees[key].get("recent", 0) for key in members),
        "rows": [row for row, _ in found],
        "helps": {key: [row["row"] for row, who in found if key in who] for key in sorted(members)},
        "alternates": {key: substitutes(box, panel, members, backing, key) for key in sorted(members)},
        "relaxation": [],
        "relaxed_members": [],
    }


def substitutes(box, panel, members, backing, member):
    """5.5: who could take a member's place and every hard row still hold, the best three."""
    fitting = []
    for nominee in panel.pool:
        key = nominee["key"]
        if key in members:
            continue
        rows = [row for row, _ in panel.rows(members - {member} | {key})]
        if all(row["ok"] for row in rows if row["hard"]):
            luck = int(sha256(f"{box.round.seed}|panel|{key}".encode())[:5], 16)
            missing = sum(row["missing"] for row in rows)
            fitting.append((missing, -backing[key], nominee.get("recent", 0), -luck, key))
    return [merit[-1] for merit in sorted(fitting)[:3]]


def impossible_panel(panel, given):
    """What is told of rules that cannot all hold: how rows give way, not that this is the least."""
    locked = set(panel.rules.get("locked", []))
    obstacle = "locked" if len(locked) > panel.rules["size"] else "rows"
    if len(panel.pool) < panel.rules["size"]:
        obstacle = "pool"
    members = members_of(panel, given, "relaxed_members")
    rows = [row for row, _ in panel.rows(members) if row["hard"]]
    need(len(rows) == len(given["rows"]), "result.json", "panel.rows", f"{len(rows)} rows", given["rows"])
    relaxation = [
        {
            **{name: row[name] for name in ("row", "kind", "attribute", "value", "asked")},
            "possible": row["met"],
            "by": row["missing"],
            "pool": row["pool"],
        }
        for row in rows
        if row["missing"]
    ]
    return {
        "feasible": False,
        "obstacle": obstacle,
        "pool": len(panel.pool),
        "members": [],
        "support": 0,
        "shortfall": 0,
        "recent": 0,
        "rows": [dict(row, met=None, missing=None, ok=told["ok"]) for row, told in zip(rows, given["rows"])],
        "helps": {},
        "alternates": {},
        "relaxation": relaxation if obstacle == "rows" else [],
        "relaxed_members": given["relaxed_members"],
    }


# ---------------------------------------------------------------- the panel that was published

PLACE = ("role", "subregion")  # what is told of each place, so that rows about it can be counted
JUDGED = ("country", "organisation", "sector")  # of rows about these: only whether they are met
ROW = ("row", "kind", "attribute", "value", "asked", "hard", "met", "missing", "ok")
SEATED = (
    "format",
    "round",
    "version",
    "topics",
    "size",
    "places",
    "decided",
    "held",
    "support",
    "rows",
    "untold",
)


def check_seated(box):
    """The panel is the one that the log tells of; rows about places are counted, the others held to bounds.

    Rows about unpublished categories are not in the file. That no other panel is better is not checked.
    """
    told = box.json("panel.json")
    published = [row for row in box.rows if row["action"] == "panel.published"]
    row, order = published[-1], [box.places["rounds.published"], published[0]["seq"]]
    fine = order == sorted(order)
    need(fine, "log.jsonl", "acts", "in the order rounds.published,panel.published", order)
    check_replaced([each["details"] for each in published])
    same(row["details"]["panel"], told, "panel.json")
    written = json.dumps(row["details"]["panel"], ensure_ascii=False, indent=1) + "\n"
    need(box.text("panel.json") == written, "panel.json", "(file)", "as in the log", "written otherwise")
    seated(sorted(told) == sorted(SEATED), "(file)", ", ".join(SEATED), sorted(told))
    same_format(box, "panel.json")
    seated(told["round"] == box.acts["rounds.opened"]["key"], "round", "that of the opening", told["round"])
    version = row["details"]["version"]
    seated(type(told["version"]) is int and told["version"] == version, "version", version, told["version"])
    complete = box.json("archive.json")["complete"]
    topics = [topic["key"] for topic in box.json("result.json" if complete else "public.json")["topics"]]
    seated(told["topics"] == topics, "topics", topics, told["topics"])
    people = people_on_places(told["places"])
    rows = rows_of_places(told, people)
    check_backing(told)
    counted = sum(row["met"] is not None for row in rows)
    return "seated_ok", {
        "places": len(people),
        "counted": counted,
        "judged": len(rows) - counted,
        "untold": told["untold"],
    }


def check_replaced(published):
    """A publication that says which version it replaces names the one that was public until then.

    Programs of before did not say it.
    """
    former = None
    for details in published:
        if "replaces" in details:
            before, version = details["replaces"], details["version"]
            seated(type(before) is int and before == former, "replaces", former, before)
            seated(type(version) is int and version > before, "version", f"later than {before}", version)
        former = details["version"]


def seated(condition, place, expected, found):
    need(condition, "panel.json", place, expected, found)


def whole_number(value):
    """A whole number of the rules, as it is: true is not 1, and false is not 0."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def of_kind(kind, value):
    """A value that has to be of this kind, as it is."""
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def people_on_places(places):
    """The places as people of whom nothing is known but role and subregion."""
    seated(isinstance(places, list) and places, "places", "a place", places)
    for number, place in enumerate(places):
        fits = isinstance(place, dict) and sorted(place) == sorted(PLACE)
        fits = fits and all(isinstance(value, str) for value in place.values())
        seated(fits, f"places[{number}]", ", ".join(PLACE), place)
    ordered = sorted(places, key=lambda place: [place[name] for name in PLACE])
    seated(places == ordered, "places", "by role and subregion", "another order")
    return [
        {"key": str(number), "role": place["role"], "categories": {"subregion": place["subregion"]}}
        for number, place in enumerate(places)
    ]


def rows_of_places(told, people):
    """The rows; each about places is what these meet, each other is possible with so many places."""
    rows, size, members = told["rows"], told["size"], {person["key"] for person in people}
    seated(is_whole(told["untold"]), "untold", "a whole number", told["untold"])
    seated(isinstance(rows, list) and all(isinstance(row, dict) for row in rows), "rows", "rows", rows)
    names = [row.get("row") for row in rows]
    for number, name in enumerate(names):
        seated(name not in names[:number], f"rows[{number}].row", "once", name)
    seated("size" in names, "rows", "the row size", "none")
    for number, row in enumerate(rows):
        place, share = f"rows[{number}]", ["of"] if row.get("kind") == "share" else []
        seated(sorted(row) == sorted([*ROW, *share]), place, ", ".join([*ROW, *share]), row)
        about = row["attribute"]
        seated(
            row["kind"] == "size" or about in (*PLACE, *JUDGED), f"{place}.attribute", PLACE + JUDGED, about
        )
        for name in ("hard", "ok"):
            seated(isinstance(row[name], bool), f"{place}.{name}", "true or false", row[name])
        if row["kind"] == "size" or about in PLACE:
            same(counted_row(row, size, people, members, place), row, "panel.json", place)
        else:
            check_within(row, len(people), place)
        holds = row["ok"] or not row["hard"] or told["decided"] is True
        seated(holds, f"{place}.ok", "a hard row met, or people who decided otherwise", "not met")
    return rows


def limits(asked, place):
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9})|\+|/1000)", str(asked))
    seated(found, f"{place}.asked", "so many people, or a part", asked)
    return int(found[1]), None if found[2] is None else int(found[2])


def counted_row(row, size, people, members, place):
    """What these places meet of a row about them."""
    rule = {"size": size}
    if row["kind"] == "size":
        seated(row["asked"] == str(size), f"{place}.asked", size, row["asked"])
    else:
        least, most = limits(row["asked"], place)
        quota = {"attribute": row["attribute"], "value": row["value"], "hard": row["hard"], "min": least}
        rule.update(
            {
                "role": {"roles": {row["value"]: [least, most]}},
                "quota": {"quotas": [{**quota, "max": most}]},
                "share": {"shares": [{**quota, "of": row.get("of", [])}]},
                "at_most": {"at_most": {row["attribute"]: most}},
                "mixed": {"mixed": [row["attribute"]]},
            }[row["kind"]]
        )
    found = list(Panel(rule, people).rows(members))[-1][0]
    found = {**{name: found[name] for name in ROW}, "row": row["row"]}
    return {**found, "of": row["of"]} if "of" in row else found


def check_within(row, places, place):
    """A row about what is not told of each place: it can be as it is said to be with so many places."""
    for name in ("met", "missing"):
        seated(row[name] is None, f"{place}.{name}", "null", row[name])
    least, most = limits(row["asked"], place)
    if row["kind"] in ("role", "quota"):
        seated(places >= least or not row["ok"], f"{place}.ok", f"not met by {places} places", "met")
        always = not least and (most is None or most >= places)
    elif row["kind"] == "share":
        always = not least
    elif row["kind"] == "at_most":
        always = most >= places
    else:
        seated(row["kind"] == "mixed", f"{place}.kind", "a kind of row", row["kind"])
        seated(places > 1 or not row["ok"], f"{place}.ok", "not met by one place", "met")
        always = False
    seated(row["ok"] or not always, f"{place}.ok", "met by any places", "not met")


def check_backing(told):
    """Support is told as a part of that of the best panel, which none passes that keeps the rules."""
    for name, values in (("decided", (True, False)), ("held", (True, False, None))):
        fits = any(told[name] is value for value in values)
        seated(fits, name, "true, false or null", told[name])
    part = told["support"]
    if part is None:
        return
    seated(isinstance(part, dict) and sorted(part) == ["more", "percent"], "support", "percent, more", part)
    percent, more = part["percent"], part["more"]
    seated(isinstance(more, bool), "support.more", "true or false", more)
    fits = percent is None or (is_whole(percent) and percent <= 100)
    seated(fits, "support.percent", "0 to 100", percent)
    seated(not more or percent == 100, "support.percent", 100, percent)
    if not told["decided"] and told["held"] is False:  # it is the best of the rules itself
        seated(percent in (None, 100) and not more, "support.percent", 100, percent)


# ---------------------------------------------------------------- all of it


def check_public(box):
    """Where only rounded figures are public: they are those of the day of publication, of this round."""
    check_turnout(box, box.json("public.json"))
    return "aggregate", {}


def check_turnout(box, told):
    """What rounded figures say of the round itself is what the log says of it."""
    opened, published = roll_told(box), box.acts["rounds.published"]
    expected = {
        "format": "consulta-public/1",
        "round": opened["key"],
        "seats": opened["seats"],
        "ballots": published["ballots"],
    }
    same(expected, {name: told.get(name) for name in expected}, "public.json")


class Maybe:
    """A figure that may be told in one of these ways, or not at all."""

    def __init__(self, *ways):
        self.ways = ways

    @classmethod
    def percent(cls, part, whole, *steps):
        """So many of a hundred, in one of these steps; nothing is divided where no step is told."""
        return cls(*(step * round(Fraction(100 * part, whole * step)) for step in steps if step))


def settled(expected, given, told):
    """What is expected, with each figure as it was told where it was told truly; `told` collects these."""
    if isinstance(expected, Maybe):
        if given is None:
            return None
        told.append(given)
        whole = [way for way in expected.ways if isinstance(way, bool) == isinstance(given, bool)]
        return given if given in whole else (*expected.ways, "(nothing)")[0]
    if isinstance(expected, dict):
        there = given if isinstance(given, dict) else {}
        return {name: settled(value, there.get(name), told) for name, value in expected.items()}
    if isinstance(expected, list):
        there = [*given, *[None] * len(expected)] if isinstance(given, list) else [None] * len(expected)
        return [settled(value, there[place], told) for place, value in enumerate(expected)]
    return expected


def check_figures(box):
    """Everything that the public reads of a round of totals is true. If more could be told is not said."""
    told, result = box.json("public.json"), box.json("result.json")
    check_turnout(box, told)
    counted = []
    expected = figures_of(box, told, result)
    same(settled(expected, told, counted), told, "public.json")
    if told["detail"] == "topics":
        return "topics_told", {}
    return "n_told", {"n": len(counted)}


def figures_of(box, told, result):
    a_round, step = box.round, told.get("step")
    head = {
        "format": "consulta-public/1",
        "round": a_round.raw["round"]["key"],
        "small_cell": told.get("small_cell"),
        "seats": len(a_round.seats),
        "countries": len({held["country"] for held, _ in a_round.seats.kinds}),
        "ballots": a_round.turnout,
        "detail": told.get("detail") if told.get("detail") in ("topics", "figures") else "topics",
    }
    if head["detail"] == "topics":
        return {**head, "topics": [{"key": topic["key"]} for topic in result["topics"]]}
    known = step is None or (step in STEPS and not isinstance(step, bool))
    need(known, "public.json", "step", "1, 2, 5 or 10", step)
    pairs = [[whole_number(won) for won in row] for row in result["pairs"]]
    size, ballots = int(step or 0), a_round.turnout
    urgent = step_of_objectives(told["objectives"], result["objectives"])
    effective = result["weights"]["effective_ballots"] / ballots
    winner = {"condorcet_winner": result["condorcet_winner"]} if "condorcet_winner" in told else {}
    return {
        **head,
        "step": step,
        "topics": [topic_told(topic, told["topics"]) for topic in result["topics"]],
        "order": {name: result["order"].get(name) for name in told["order"]},
        **winner,
        "firmness": firmness_told(
            told["firmness"],
            result["firmness"],
            ballots,
            [*result["firmness"]["leave_one_out"], *leave_one_out(box, added_dimensions(a_round))],
        ),
        **({"robustness": robustness_told(box, told["robustness"])} if "robustness" in told else {}),
        "themes": [
            theme_told(box, theme, told["themes"][x], size) for x, theme in enumerate(result["themes"])
        ],
        "pairs": [
            [Maybe.percent(won, won + pairs[y][x], size) if x != y else None for y, won in enumerate(row)]
            for x, row in enumerate(pairs)
        ],
        "objectives": [
            {"number": line["number"], "percent": Maybe.percent(*parts_of_share(line["share"]), urgent)}
            for line in result["objectives"]
        ],
        "participation": participation_told(box, told["participation"], size),
        "weights": {"met": result["weights"]["met"], "effective_percent": Maybe(10 * round(10 * effective))},
    }


def step_of_objectives(told, lines):
    """The step in which all of them are told; the finest where there is none."""
    for step in STEPS:
        ways = [Maybe.percent(*parts_of_share(line["share"]), step).ways for line in lines]
        if all(line["percent"] is None or line["percent"] in way for line, way in zip(told, ways)):
            return step
    return STEPS[0]


def topic_told(topic, told):
    """A topic; the order of its objectives is that of the figures that are told of them."""
    there = [each["focus"] for each in told if each["key"] == topic["key"]]
    focus = there[0] if there and sorted(there[0]) == sorted(topic["focus"]) else topic["focus"]
    return {"key": topic["key"], "spread_met": topic["spread_met"], "focus": focus}


def firmness_told(told, firm, ballots, lines):
    """A margin is told in multiples of a twentieth of the ballots, at least three; repetitions in tenths."""
    part, margin = max(3, -(-5 * ballots // 100)), firm["margin"].get("ballots")
    least = None if margin is None else part * (margin // part)
    left_out = [line for line in lines if line in told["leave_one_out"]]
    return {
        "margin": told["margin"] and {"ballots": least, "rival": firm["margin"].get("rival")},
        "leave_one_out": left_out,
        "resampling_percent": Maybe(10 * (firm["resampling_percent"] // 10)),
    }


def robustness_told(box, told):
    """How few could have changed the topic: rounded down and up in the same multiples, and if under three."""
    if told is None:
        return None
    margin, ballots = Recast(box).margin(), box.round.turnout
    part, least, enough = max(3, -(-5 * ballots // 100)), margin["at_least"], margin["enough"]
    return {
        "at_least": None if least is None else part * (least // part),
        "enough": None if enough is None else min(ballots, part * -(-enough // part)),
        "close": enough is not None and enough < 3,
    }


def parts_of_share(text):
    """What a fraction of the result has above and below its line."""
    found = SHARE.match(text)
    if not found:
        raise ValueError("no fraction")
    return int(found[1]), int(found[2])


SHARE = re.compile(r"(-?[0-9]{1,999})/([0-9]{1,999})\Z")


def theme_told(box, theme, told, step):
    def percent(name):
        return Maybe.percent(*parts_of_share(theme[name]), step)

    mean = [] if theme["mean_place"] is None else [round(Fraction(*parts_of_share(theme["mean_place"])))]
    return {
        "key": theme["key"],
        "place": Maybe(theme["place"]),
        "score_percent": percent("score"),
        "points_percent": percent("points"),
        "relevance_percent": percent("relevance"),
        "unweighted_percent": percent("unweighted"),
        "first": Maybe(theme["first"]),
        "mentions": Maybe(theme["mentions"]),
        "mean_place": Maybe(*mean),
        "spread_met": Maybe(theme["spread_met"]),
        "support": [
            support_told(box, dimension, supported, line["named"])
            for (dimension, supported), line in zip(sorted(theme["supported"].items()), told["support"])
        ],
    }


def support_told(box, dimension, supported, named):
    _, required = box.count.spread()
    heard = {*box.count.counted[dimension]}
    return {
        "dimension": dimension,
        "met": Maybe(len(supported) >= required[dimension]),
        "named": sorted(heard & set(named)),
        "supporting": sorted(set(supported) & set(named)),
    }


def participation_told(box, told, step):
    """Who took part, in the lines that were told; in each dimension these hold every category once."""
    lines = []
    aims = box.balance.targets({box.balance.cell_of(held) for held, _ in box.round.seats.kinds})
    for dimension in ("subregion", "sector", *added_dimensions(box.round), "country"):
        found = by_category(box.round, box.worth, dimension)
        mine = [line for line in told if line["dimension"] == dimension]
        there = sorted(name for line in mine for name in line["categories"])
        need(
            there == sorted(found), "public.json", f"participation {dimension}", "every category once", there
        )
        for line in mine:
            names = line["categories"]
            seats, ballots, value = (sum(found[name][at] for name in names) for at in range(3))
            aim = 100 * sum(aims[dimension][name] for name in names) if dimension in aims else None
            lines.append(
                {
                    "dimension": dimension,
                    "categories": names,
                    "seats": seats,
                    "ballots": ballots,
                    "share_percent": round(Fraction(100 * ballots, box.round.turnout)),
                    "target_percent": target_told(aim, line["target_percent"]),
                    "weighted_percent": Maybe.percent(value, box.count.value, step),
                }
            )
    return lines


def target_told(aim, told):
    """What the rules agreed on as if all of the roll had voted, as a whole number; halves go either way."""
    if aim is None:
        return None
    near = isinstance(told, int) and abs(told - aim) <= Decimal("0.500000001")
    return told if near else int(aim.to_integral_value())


def check_held(box):
    """Heads and digests that the reader brings."""
    notes = []
    taken = {head["root"]: head["size"] for head in box.heads}
    taken.update(sizes_of(box, [root.lower() for root in box.held_heads if root.lower() not in taken]))
    for root in box.held_heads:
        need(root.lower() in taken, "log.jsonl", "--head", root, box.say("head_unknown"))
        notes.append(box.say("held_head", size=taken[root.lower()]))
    known = {box.files.digest(name): name for name in box.listed if name in box.files}
    if box.zipped:
        known[box.zipped] = box.name
    for digest in box.held_sums:
        need(digest.lower() in known, box.name, "--sha256", digest, box.say("sum_unknown"))
        notes.append(box.say("held_sum", name=known[digest.lower()]))
    box.notes = "; ".join(notes)
    return None, {}


class Missing(Exception):
    """An earlier check did not get to read what this one needs."""


class Box:
    """The archive and what has been read from it so far."""

    def __getattr__(self, name):
        raise Missing(name)

    def __init__(self, files, zipped, name, lang):
        self.files = files if isinstance(files, Files) else Files(files)
        self.zipped, self.name, self.lang = zipped, name, lang
        self.read, self.notes, self.organisations, self.elsewhere = {}, "", None, ""
        self.held_heads, self.held_sums, self.later = [], [], False

    def say(self, code, **values):
        shown = {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}
        return TEXTS[self.lang][code].format(**shown)

    def text(self, name):
        need(name in self.files, name, "(file)", "in the archive", "missing")
        try:
            return self.files[name].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Differs(name, "(file)", "UTF-8", not_read(error)) from error

    def json(self, name):
        if name not in self.read:
            need(name in self.files, name, "(file)", "in the archive", "missing")
            found = self.parsed(name)
            need(isinstance(found, dict), name, "(file)", "an object", found)
            self.read[name] = found
        return self.read[name]

    def parsed(self, name):
        """What a JSON file says; where a long one cannot be read in pieces, as it is or why not."""
        if name in LONG:
            try:
                return read_long(self, name)
            except (Differs, ValueError, RecursionError):
                pass
        return strict_json(self.files[name], name)


FIRST = [("files", check_files), ("chain", check_chain), ("heads", check_heads), ("acts", check_acts)]
COMPLETE = [
    ("bundle", check_bundle),
    ("seed", check_seed),
    ("receipts", check_receipts),
    ("weights", check_weights),
    ("count", check_count),
    ("firmness", check_firmness),
]
PARTIAL = [("public", check_public)]
"""In the order in which each needs what those before it have read."""

NO_ARCHIVE = (
    Differs,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
UNREADABLE = (
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    ArithmeticError,
    RecursionError,
    csv.Error,
)


def run(box, show):
    """Make every check that can be made; the first difference, if any, and whether something is left out."""
    newer = unknown_version(box)
    if newer:
        show(box.say("no"), box.say("version"), newer)
        return "{}: {}".format(box.say("version"), newer), False
    first, checks = None, checks_for(box)
    for title, check in checks:
        try:
            note, values = check(box)
            told = box.notes if title == "held" else box.say(note, **values) if note else ""
            mark = "skip" if note in ("aggregate", "elsewhere", "long") else "ok"
            show(box.say(mark), box.say(title), told)
        except Missing:
            first = first or box.say("after")
            show(box.say("skip"), box.say(title), box.say("after"))
        except (Differs, *UNREADABLE) as error:
            told = explained(box, error)
            of_rules = title == "bundle" and isinstance(error, Differs) and error.place.startswith("rules.")
            box.later = box.later or of_rules
            first = first or f"{box.say(title)}: {told}"
            show(box.say("no"), box.say(title), told)
    return first, ("public", check_public) in checks


def unknown_version(box):
    """Which file is of a version that this program does not know, in words; nothing where it knows all.

    What is no version at all is found by the checks.
    """
    for file, known in VERSIONS.items():
        try:
            said = box.json(file)["format"] if file in box.files else known[0]
            family = said.partition("/")[0]
        except (Differs, *UNREADABLE):
            continue
        if said not in known and family == known[0].partition("/")[0]:
            return box.say("newer", file=file, found=said, known=", ".join(known))
    try:
        strange = [name for name in parts_told(box.json("archive.json")) if name not in EXTRAS]
    except (Differs, *UNREADABLE):
        return None
    if strange:
        return box.say("newer", file="archive.json", found=strange[0], known=", ".join(EXTRAS))
    return None


def checks_for(box):
    """The checks that this archive asks for; one that does not say what it is should be a complete one."""
    try:
        about = box.json("archive.json")
        complete, votes = bool(about.get("complete")), bool(about.get("votes"))
        bound, parts = is_bound(about), parts_told(about)
        outside = about.get("cast") == "outside"
        with_panel = complete and "panel" in box.json("bundle.json")["rules"]
    except (Differs, *UNREADABLE):
        complete, with_panel, votes, bound = "bundle.json" in box.files, False, False, False
        parts, outside = [], False
    signed = [("checkpoints", check_checkpoints)] if "checkpoints" in parts else []
    signed += [("stamps", check_stamps)] if "stamps" in parts else []
    checks = [*FIRST, *signed, *([("bound", check_bound)] if bound else [])]
    if complete:
        checks += checks_of_ballots(box, check_votes if votes else check_outside if outside else None)
    else:
        checks += PARTIAL
    more = [
        (with_panel, ("panel", check_panel)),
        ("panel" in parts, ("seated", check_seated)),
        (box.held_heads or box.held_sums, ("held", check_held)),
    ]
    return [*checks, *(check for wanted, check in more if wanted)]


def checks_of_ballots(box, of_votes):
    """The checks that need the ballots; `of_votes` is that of the log's rows of votes, if there are any."""
    checks = list(COMPLETE)
    if "excluded.csv" in box.files:
        checks.insert(checks.index(("receipts", check_receipts)) + 1, ("excluded", check_excluded))
    if of_votes is not None:
        checks.append(("votes", of_votes))
    if "robustness.json" in box.files:
        checks.append(("robustness", check_robustness))
    if "public.json" in box.files:
        checks.append(("figures", check_figures))
    return checks


def explained(box, error):
    if isinstance(error, Differs):
        said = (in_words(box.lang, text) for text in (error.place, error.expected, error.found))
        return box.say("differs", file=error.file, **dict(zip(("place", "expected", "found"), said)))
    field = error.args[0] if isinstance(error, KeyError) else None
    return box.say("no_field", what=short(field)) if isinstance(field, str) else box.say("no_sense")


def in_words(lang, text):
    """A phrase in a language; as it is where it is none, such as a value of a file."""
    shape, named = NAMED.sub("#", text), iter(NAMED.findall(text))
    if shape not in PHRASES[lang] or shape.count("#") != len(NAMED.findall(text)):
        return text
    return re.sub("#", lambda _: next(named), PHRASES[lang][shape])


def language(wanted):
    if wanted:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            asked = os.environ[name].lower()
            return next((code for code in TEXTS if asked.startswith(code)), next(iter(TEXTS)))
    return next(iter(TEXTS))


def opened_archive(path, lang, counts_too):
    """What there is to check, or nothing, when it has been said why."""
    try:
        files, zipped = read_archive(path)
        box = Box(files, zipped, path.name, lang)
        size = files.given.get("bundle.json", (0,))[0]
        if size > (MOST_TWICE if counts_too else MOST_COUNTED):
            box.elsewhere = "elsewhere" if counts_too else "long"
    except Unfit as unfit:
        said = TEXTS[lang][unfit.code].format(**unfit.values)
    except (EOFError, zipfile.BadZipFile, zlib.error):
        said = TEXTS[lang]["cut"].format(name=path.name)
    except NO_ARCHIVE as error:
        said = TEXTS[lang]["unreadable"].format(what=f"{path.name}: {error}")
    else:
        return box
    print(plain(said), file=sys.stderr)
    return None


def round_told(box):
    """Of which round an archive says that it is, so that a person sees which file was given."""
    try:
        key, title = box.json("archive.json")["round"], box.json("opening.json")["round"]["title"]
        return f"{short(key)} ({short(title.get(box.lang) or next(iter(title.values())))})"
    except (Differs, StopIteration, *UNREADABLE):
        return "?"


def main(arguments=None, counts_too=False, own=None):
    """Check an archive.

    `counts_too` says that the program that calls this counts the ballots once more; `own` has the bytes of
    this program where it is no file.
    """
    parser = argparse.ArgumentParser(prog="verificar.py", description=__doc__.split("\n")[0])
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--lang", choices=tuple(TEXTS))
    parser.add_argument("--head", action="append", default=[], metavar="ROOT")
    parser.add_argument("--sha256", action="append", default=[], metavar="DIGEST")
    options = parser.parse_args(arguments)
    lang = language(options.lang)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    box = opened_archive(options.path, lang, counts_too)
    if box is None:
        return 2
    box.held_heads, box.held_sums = options.head, options.sha256
    try:
        return all_told(box, Path(__file__).read_bytes() if own is None else own)
    finally:
        box.files.close()


def all_told(box, own):
    """Say what is found in an archive, step by step; the exit status."""
    print(box.say("round", key=round_told(box)))
    try:
        first, partial = run(
            box, lambda mark, title, note: print("[{}] {}{}".format(mark, title, ": " + note if note else ""))
        )
    except MemoryError:
        print(plain(box.say("no_memory", name=box.name)), file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as error:  # the disk is full, or a folder changed meanwhile
        print(plain(box.say("unreadable", what=f"{box.name}: {error}")), file=sys.stderr)
        return 2
    if first:
        print(box.say("some", first=first))
        if box.later:
            print(box.say("later"))
        return 1
    ends = {"elsewhere": "rest", "long": "mostly", "": "not_all" if partial else "all"}
    print(box.say(ends[box.elsewhere]))
    if box.files.digest("verificar.py") != sha256(own):
        print(box.say("other_program"))
    if not box.held_heads:
        print(box.say("no_anchor"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
