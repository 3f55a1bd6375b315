"""The rows of votes in the log: the last of each seat is its ballot."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from consulta.core.trust import record
from consulta.core.trust.record import canonical
from consulta.results.verifying.bound import need_whole
from consulta.results.verifying.files import Table
from consulta.results.verifying.log import is_open, rows_again, withdrawals
from consulta.results.verifying.values import First, need, short

if TYPE_CHECKING:
    from consulta.results.verifying.box import Box, Note

OUTSIDE = ("act", "record_sha256", "round", "seat")  # of a vote, in the log: what can be shown alone


def check_votes(box: Box) -> Note:
    """Every ballot that counts is the last vote of its seat in the log, between opening and closing."""
    closed, last, own, assisted, marks = box.acts["rounds.closed"], Table(), Table(), set(), {}
    number = len(box.votes)
    need(number == closed["cast"], "log.jsonl", "ballot.cast", f"{short(closed['cast'])} rows", number)
    for row in rows_again(box, box.votes):
        place = f"row {row['seq']}"
        meanwhile = is_open(box, row["seq"])
        need(meanwhile, "log.jsonl", place, "a vote between opening and closing", row["at"])
        need(row["subject"].startswith("seat:"), "log.jsonl", place, "a seat", row["subject"])
        digest = row["details"]["record_sha256"]
        last.put(row["subject"], digest)
        if not any(row["details"].get(name) is True for name in ("assisted", "young")):
            own.put(row["subject"], digest)
        assisted.discard(row["subject"])
        if row["details"].get("assisted") is True:
            assisted.add(row["subject"])
        if digest in box.excluded:
            marks[digest] = [row["details"].get(name) is True for name in ("assisted", "young")]
        if "outside" in row:
            told = row["outside"]["record_sha256"]
            need(told == digest, "log.jsonl", f"{place} outside", digest, told)
    seats, wanted = len(last), closed["assisted"]
    need(seats == closed["ballots"], "log.jsonl", "ballot.cast", f"{closed['ballots']} seats", seats)
    need(len(assisted) == wanted, "log.jsonl", "ballot.cast assisted", wanted, len(assisted))
    for digest, row in box.excluded.items():
        place = f"row {row['seq']}"
        need(last.has(digest), "log.jsonl", place, "the last vote of a seat in the log", digest)
        told = [row["details"][name] for name in ("assisted", "young")]
        need(told == marks[digest], "log.jsonl", f"{place} assisted, young", marks[digest], told)
    check_counting(box, last, own)
    check_cast(box, box.votes)
    return "n_votes", {"n": number, "replaced": number - seats}


def check_counting(box: Box, last: Any, own: Any) -> None:
    """Each ballot that counts is the last vote of a seat, or the last own one of those taken out."""
    for seat, digest in box.records:
        among, what = last, "the last vote of a seat in the log"
        if seat in box.restored:
            among, what = own, "the last own vote of a seat in the log"
        first = First("vote_last", {"seat": seat})
        need(among.has(digest), "bundle.json", f"ballot of {seat}", what, digest, first)


def check_outside(box: Box) -> Note:
    """The same, where of each vote the log shows only what stands outside: record and seat."""
    last = check_cast(box, box.cast)
    return "n_votes", {"n": len(box.cast), "replaced": len(box.cast) - len(last)}


def check_cast(box: Box, numbers: Any) -> Any:
    """What stands outside in the rows of votes: those of the closing; the last of a seat is what counts."""
    closed, last, cast = box.acts["rounds.closed"], Table(), 0
    earlier: dict[str, set[str]] = {}
    whole = hashlib.sha256(b"[")
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
        need(is_open(box, row["seq"]), "log.jsonl", place, "a vote between opening and closing", row["seq"])
        if undone and row["seq"] > undone[0]["seq"]:
            check_undone(box, undone.pop(0), whole, last, cast)
        said = canonical([row["seq"], row["hidden_sha256"], row["outside_text"]])
        whole.update((b"," if cast else b"") + said)
        last.put(told["seat"], told["record_sha256"])
        if told["seat"] in box.restored:
            earlier.setdefault(told["seat"], set()).add(told["record_sha256"])
        cast += 1
    for row in undone:
        check_undone(box, row, whole, last, cast)
    whole.update(b"]")
    seats = len(last)
    need(seats == closed["ballots"], "log.jsonl", "ballot.cast", f"{closed['ballots']} seats", seats)
    check_counting_by_seat(box, last, earlier)
    for digest, row in box.excluded.items():
        there = last.has(digest)
        need(there, "log.jsonl", f"row {row['seq']}", "the last vote of a seat in the log", digest)
    for row in withdrawals(box):
        silent = last.get(row["details"]["seat"]) is None
        need(silent, "log.jsonl", f"row {row['seq']} seat", "no vote of this seat", row["details"]["seat"])
    need_bound(box, closed, whole, "rows of votes at closing")
    return last


def check_counting_by_seat(box: Box, last: Any, earlier: Any) -> None:
    """The same of what counts, where each row names the seat."""
    for seat, digest in box.records:
        same_vote, place = last.get(seat) == digest, f"ballot of {seat}"
        if seat in box.restored:
            same_vote = last.get(seat) == box.restored[seat] and digest in earlier[seat]
        first = First("vote_last", {"seat": seat})
        need(same_vote, "bundle.json", place, "the last vote of its seat in the log", digest, first)


def need_bound(box: Box, closed: Any, whole: Any, place: str) -> None:
    """Require that the digest of the rows of votes is the one that the closing stored."""
    secret = bytes.fromhex(box.json("bundle.json")["seed"]["secret"])
    found, bound = record.sealed(secret, "votes", whole.hexdigest()), closed["bound"]["votes"]
    need(found == bound, "log.jsonl", place, bound, found)


def check_undone(box: Box, row: Any, whole: Any, last: Any, cast: Any) -> None:
    """A closing that a reopening undid bound the votes of before it: all of them are there still."""
    place, told, so_far = f"row {row['seq']}", row["details"], whole.copy()
    so_far.update(b"]")
    for name in ("cast", "ballots"):
        need_whole(told[name], f"{place} {name}")
    need(told["cast"] == cast, "log.jsonl", f"{place} cast", cast, told["cast"])
    need(told["ballots"] == len(last), "log.jsonl", f"{place} ballots", len(last), told["ballots"])
    need_bound(box, told, so_far, f"rows of votes at the closing of {place}")
