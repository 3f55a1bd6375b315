"""Receipts: the codes, the ballots that they stand for, and whose these are."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

from consulta.core.trust.receipts import receipt_code
from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.bound import FORMULA, JOINED, joined_below, seats_taken_out
from consulta.results.verifying.files import Table, by_seat, on_disk
from consulta.results.verifying.log import registrations
from consulta.results.verifying.values import DiffersError, First, is_whole, need, of_kind, short

if TYPE_CHECKING:
    from consulta.results.verifying.box import Box, Note


def rows_of_list(box: Box, name: str, headings: list[str]) -> Any:
    """The rows of a list of receipts, one by one, after its headings."""
    rows = box.files.rows(name)
    first: list[str] = next(rows, [])
    need(first == headings, name, "line 1", ", ".join(headings), ", ".join(first))
    return rows


def check_codes(box: Box, headings: list[str]) -> None:
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


def headings_of(box: Box) -> list[str]:
    """The headings of a list of receipts."""
    return ["code", "seat", "seal", "ranking", *(["organisation"] if "package.json" in box.files else [])]


def check_line(file: str, place: str, expected: list[str], row: list[str], *, as_fixed: bool = False) -> None:
    """A line says of a ballot what the bundle says; it may stand as spreadsheets may safely open it.

    Where the ballots are `as_fixed` by the log, it is the line that was changed, and not the ballot.
    """
    for heading, mine, given in zip(HEADINGS, expected, row, strict=False):
        first = First("ballot" if heading == "code" and not as_fixed else "receipt", {"code": row[0]})
        need(given in (mine, FORMULA.sub(r"\1'", mine)), file, f"{place} {heading}", mine, given, first)


HEADINGS = ("code", "seat", "seal", "ranking", "organisation")


class Written:
    """The digest of a list as spreadsheets may safely open it: no cell begins like a formula."""

    def __init__(self) -> None:
        self.whole, self.out = hashlib.sha256(b"\xef\xbb\xbf"), io.StringIO(newline="")
        self.csv = csv.writer(self.out, lineterminator="\r\n")

    def add(self, row: Any) -> None:
        """Write a row more."""
        self.csv.writerow([FORMULA.sub(r"\1'", cell) for cell in row])
        self.whole.update(self.out.getvalue().encode("utf-8"))
        self.out.seek(0)
        self.out.truncate()


def check_receipts(box: Box) -> Note:
    """Each code is that of a ballot in the bundle, and each ballot has one."""
    ballots, headings = box.round.raw["ballots"], headings_of(box)
    box.records, written, thirds = Table(), Written(), [0, 0, 0]
    box.names, out = {}, seats_taken_out(box)
    written.add(headings)
    as_fixed = box.round.columns.root == box.acts["rounds.counted"]["ballots_root"]
    for line, row in enumerate(rows_of_list(box, "receipts.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if box.records.get(seat) else ballots.of_seat(seat)
        first = First("receipt_alone", {"code": row[0]})
        need(ballot is not None, "receipts.csv", place, "the seat of a ballot, once", seat, first)
        record = receipt_record(box, ballot, seal)
        expected = receipt(record)
        box.records.put(seat, sha256(canonical(record)))
        check_line("receipts.csv", place, expected, row, as_fixed=as_fixed)
        if len(headings) > len(expected):
            position, name = organisation(box, seat, row[-1], place)
            expected.append(name)
            if seat in out:
                box.names[seat] = name
            thirds[third_of_first(box, position, ballot)] += 1
        check_line("receipts.csv", place, expected, row, as_fixed=as_fixed)
        written.add(expected)
    if len(box.records) < len(ballots):
        missing = next(each["seat"] for each in by_seat(ballots) if not box.records.get(each["seat"]))
        first = First("ballot_alone", {"seat": missing})
        need(
            condition=False,
            file="receipts.csv",
            place="seat",
            expected=missing,
            found="no receipt",
            first=first,
        )
    alike = box.files.digest("receipts.csv") == written.whole.hexdigest()
    need(alike, "receipts.csv", "(file)", "these lines alone", "something else")
    check_codes(box, headings)
    told = box.acts["rounds.published"].get("first_stood", thirds)
    fine = isinstance(told, list) and all(map(is_whole, told)) and told == thirds
    named = "organisation" in headings
    need(not named or fine, "log.jsonl", "rounds.published first_stood", thirds, told)
    return "n_codes", {"n": len(box.records)}


def third_of_first(box: Box, position: Any, ballot: Any) -> Any:
    """The third of its page on which the first theme of a ballot stood: the order follows from the roll."""
    secret = of_kind(str, box.acts["rounds.committed"]["commitment"])

    def ordered(label: str) -> Any:
        return sorted(box.round.keys, key=lambda key: sha256(f"{secret}|{label}|{key}".encode()))

    first, size = ordered("ballot begins with"), len(box.round.keys)
    cycle = ordered(f"ballot order {position // size}")
    start = cycle.index(first[position % size])
    return min((cycle.index(key) - start) % size for key in ballot["ranking"][0]) * 3 // size


def organisation(box: Box, seat: str, written: str, place: str) -> Any:
    """The organisation written beside a seat, and its place on the roll: one frozen with the same categories.

    In an open round the seat itself names it. Else it was drawn by lot which name in the bundle is whose, and
    organisations of the same kind cannot be told apart here.
    """
    if box.organisations is None:
        box.organisations = Organisations(box)
    is_open = box.json("archive.json")["secrecy"] == "open"
    held, base = box.round.seat(seat)
    joined = joined_below(box) is not None and held["country"] in JOINED.values()
    for number, key, name, country, kind in box.organisations.of_name(written):
        given = {**held, "country": country} if joined else held
        frozen, of = json.loads(kind)
        # `true` is 1 for Python, and no base value.
        if frozen == given and of == base and not isinstance(of, bool) and (key == seat or not is_open):
            box.organisations.take(number)
            return number, name
    wanted, first = "one that was frozen with this seat", First("receipt_name", {"name": written})
    raise DiffersError("receipts.csv", f"{place} organisation", wanted, short(written), first)


class Organisations:
    """The organisations that were frozen at the opening and those registered later, on the disk."""

    def __init__(self, box: Box) -> None:
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

    def of_name(self, written: str) -> Any:
        """Those with this name that no receipt has named yet, by their place on the roll."""
        return self.disk.execute(
            "SELECT place, seat, name, country, kind FROM organisations"
            " WHERE name = ? OR said = ? ORDER BY place",
            (written, written),
        ).fetchall()

    def take(self, place: str) -> None:
        """Take away the organisation that a receipt has named."""
        self.disk.execute("DELETE FROM organisations WHERE place = ?", (place,))


def receipt_record(box: Box, ballot: Any, seal: Any) -> Any:
    """What a code covers, and what the log's row of the vote has the digest of."""
    return {
        "round": box.round.raw["round"]["key"],
        "seat": ballot["seat"],
        "ranking": ballot["ranking"],
        "objectives": ballot.get("objectives", []),
        "endorsements": ballot.get("endorsements", []),
        "seal": seal,
    }


def receipt(record: Any) -> Any:
    """The line of a ballot: its code is worked out from what it says and from its seal."""
    said = " > ".join(" = ".join(tier) for tier in record["ranking"])
    return [receipt_code(record), record["seat"], record["seal"], said]
