"""Ballots taken out after an objection: the first count again."""

from __future__ import annotations

from typing import Any

from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.bound import sealed
from consulta.results.verifying.box import Box, Note
from consulta.results.verifying.bundle import read_round
from consulta.results.verifying.files import Files, Less
from consulta.results.verifying.receipts import (
    Written,
    check_line,
    headings_of,
    organisation,
    receipt,
    receipt_record,
    rows_of_list,
)
from consulta.results.verifying.recount import check_count, check_firmness, check_weights
from consulta.results.verifying.values import DiffersError, need, same


def check_excluded(box: Box) -> Note:
    """The published count is the first one less the ballots taken out, with the votes that they replaced."""
    first, gone, written = box.json("first-bundle.json"), dict[str, str](), Written()
    headings = headings_of(box)
    written.add(headings)
    for line, row in enumerate(rows_of_list(box, "excluded.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if seat in gone.values() else first["ballots"].of_seat(seat)
        known = ballot is not None
        need(known, "excluded.csv", place, "the seat of a ballot of the first count, once", seat)
        record = receipt_record(box, ballot, seal)
        expected, digest = receipt(record), sha256(canonical(record))
        if len(headings) > len(expected):
            expected.append(box.names.get(seat) or organisation(box, seat, row[-1], place)[1])
        check_line("excluded.csv", place, expected, row)
        need(
            digest in box.excluded, "excluded.csv", place, "a ballot that the log says was taken out", digest
        )
        gone[digest] = seat
        written.add(expected)
    missing = sorted(set(box.excluded) - set(gone))
    need(not missing, "excluded.csv", "(file)", missing[0] if missing else "", "not there")
    alike = box.files.digest("excluded.csv") == written.whole.hexdigest()
    need(alike, "excluded.csv", "(file)", "these lines alone", "more")
    check_restored(box, first, gone)
    bundle, seats = box.json("bundle.json"), {*gone.values()}
    before, now = ({**each, "ballots": Less(each["ballots"], seats)} for each in (first, bundle))
    same(before, now, "bundle.json")
    told, digest = box.json("first-result.json").get("bundle_sha256"), box.files.digest("first-bundle.json")
    need(told == digest, "first-result.json", "bundle_sha256", digest, told)
    count_first(box)
    return "n_excluded", {"n": len(gone), "back": len(box.restored)}


def check_restored(box: Box, first: Any, gone: Any) -> None:
    """In place of a ballot taken out counts the earlier vote that the closing bound with it, or none."""
    secret, bound = bytes.fromhex(first["seed"]["secret"]), box.acts["rounds.closed"]["bound"]
    for digest, seat in gone.items():
        row, counts = box.excluded[digest], box.records.get(seat)
        told, place = row["details"]["restored"], f"ballot of {seat}"
        need(
            (counts is not None) == told,
            "bundle.json",
            place,
            "a ballot" if told else "no ballot",
            counts or "no ballot",
        )
        if row["details"]["assisted"] or row["details"]["young"]:
            fine = sealed(secret, "earlier", [digest, counts]) in bound.get("earlier", [])
            need(fine, "bundle.json", place, "the earlier vote that the closing bound", counts or "no ballot")
        if counts is not None:
            box.restored[seat] = digest


def count_first(box: Box) -> None:
    """The first result follows from the first bundle, as the published one does from its own."""
    names = {name: f"first-{name}" for name in ("bundle.json", "result.json")}
    then = Box(
        Files({name: box.files.given[first] for name, first in names.items()}), None, box.name, box.lang
    )
    then.read = {name: box.json(first) for name, first in names.items()}
    then.round = read_round(then)
    try:
        for check in (check_weights, check_count, check_firmness):
            check(then)
    except DiffersError as error:
        place, found = error.place, error.found
        raise DiffersError(f"first-{error.file}", place, error.expected, found, error.first) from error
