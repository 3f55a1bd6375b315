"""The acts of the round in the log: which there are, when, and what they fixed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.results.verifying.bound import digests_in_log, need_whole, restored_told
from consulta.results.verifying.files import VERSIONS, is_whole, moment, need, need_log, same
from consulta.results.verifying.late import check_registered, check_reopened
from consulta.results.verifying.log import (
    FIRST_COUNT,
    HEX64,
    is_open,
    parts_in_log,
    registrations,
    reopenings,
    rows_again,
    withdrawals,
)

if TYPE_CHECKING:
    from consulta.results.verifying.files import Box

OF_LOG = ("heads.taken", "checkpoints.key", "witnesses.registered", "witnesses.ended")
ONCE = ("rounds.committed", "rounds.opened", "rounds.closed", "rounds.counted", "rounds.published")


def check_acts(box: Box) -> Any:
    """The round was committed, opened, closed, counted and published in this order; what it says, holds."""
    about = box.json("archive.json")
    acts: dict[str, Any] = {}
    votes = about.get("votes") is True
    undone = check_reopened(box)
    told = sorted([*box.rows, *([] if votes else rows_again(box, box.votes))], key=lambda row: row["seq"])
    for row in [row for row in told if row["action"] not in OF_LOG]:
        place = f"row {row['seq']}"
        need_log(row["subject"] == about["subject"], place, about["subject"], row["subject"])
        if row["action"] in ONCE:
            again = row["action"] == "rounds.counted" and any(
                each["action"] == "ballots.excluded" and each["seq"] < row["seq"] for each in box.rows
            )
            again = again or (
                row["action"] == "rounds.closed" and acts.get("rounds.closed", row)["seq"] in undone
            )
            need_log(again or row["action"] not in acts, place, f"{row['action']} once", "twice")
            acts[row["action"]] = row
    wanted = [name for name in ONCE if about["complete"] or name != "rounds.counted"]
    for name in wanted:
        need_log(name in acts, name, "a row", "none")
    order = [acts[name]["seq"] for name in wanted]
    need_log(order == sorted(order), "acts", f"in the order {','.join(wanted)}", order)
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


def note_of_acts(again: Any, late: Any, gone: Any) -> Any:
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


def check_about(box: Box) -> None:
    """What the archive says of itself follows from the acts, and the log shows of the votes what it says."""
    about = box.json("archive.json")
    opened, published = box.acts["rounds.opened"], box.acts["rounds.published"]
    bound, votes = box.acts["rounds.closed"].get("bound", {}), about.get("votes") is True
    need_log("votes" in bound, "rounds.closed", "what it bound", "nothing")
    cast = "whole" if votes else "outside" if opened["secrecy"] == "open" else "hidden"
    expected = {
        "format": VERSIONS["archive.json"][0],
        "round": opened["key"],
        "subject": about["subject"],
        "secrecy": opened["secrecy"],
        "complete": bool(about["complete"]) or opened["secrecy"] != "aggregate",
        "votes": votes,
        "cast": cast,
        "parts": parts_in_log(box),
        "example": published["example"],
        "code": published["code"],
    }
    same(expected, about, "archive.json")
    alone = len(box.cast) if cast == "outside" else 0
    need_log(len(box.cast) == alone, "parts of rows", f"{alone} rows", len(box.cast))
    written = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    need(box.text("archive.json") == written, "archive.json", "(file)", "these lines alone", "something else")
    for row in [row for row in box.rows if row["action"] in OF_LOG]:
        need_log(row["subject"] == "log", f"row {row['seq']}", "log", row["subject"])


def check_deadline(box: Box, acts: Any) -> None:
    """The end of voting moved only forward, before it passed, from the opening's promise to the closing."""
    opened, closed = acts["rounds.opened"], acts["rounds.closed"]
    until = opened["details"]["closes_at"]
    for row in [row for row in box.rows if row["action"] in ("rounds.extended", "rounds.reopened")]:
        place, told = f"row {row['seq']}", row["details"]
        if row["action"] == "rounds.reopened":
            need_log(told["before"] == until, f"{place} before", until, told["before"])
            least = max(until[:19], row["at"][:19])
            need_log(told["after"][:19] >= least, f"{place} after", f"not before {least}", told["after"])
            until = told["after"]
            continue
        need_log(told["before"] == until, f"{place} before", until, told["before"])
        need_log(told["after"] > until, f"{place} after", f"later than {until}", told["after"])
        meanwhile = is_open(box, row["seq"]) and row["at"][:19] < until[:19]
        need_log(meanwhile, place, f"after the opening and before {until}", row["at"])
        need_log(bool(told["reason"]), f"{place} reason", "a reason", "none")
        until = told["after"]
    told = closed["details"]["closes_at"]
    need_log(told == until, "rounds.closed closes_at", until, told)
    early = closed["at"][:19] < until[:19]
    need_log(not early or bool(closed["details"].get("reason")), "rounds.closed", "a reason", "none")


def check_drawn(box: Box, acts: Any) -> None:
    """A public value was entered if the opening announced one, and it is younger than all that it could bend.

    It may date from the moment announced on, and from the minute in which voting ended; that is after the
    commitment, which stands before the opening.
    """
    announced, closed = acts["rounds.opened"]["details"].get("public"), acts["rounds.closed"]
    drawn = [row for row in box.rows if row["action"] == "rounds.drawn"]
    number = 0 if announced is None else 1
    need_log(len(drawn) == number, "rounds.drawn", f"{number} rows", str(len(drawn)))
    box.public = ""
    for row in drawn:
        place, told = f"row {row['seq']}", row["details"]
        before = box.counts[0] if box.counts else acts["rounds.published"]
        meanwhile = closed["seq"] < row["seq"] < before["seq"]
        need_log(meanwhile, place, "after the closing and before the count", row["seq"])
        for since in (announced["not_before"], acts["rounds.committed"]["at"], closed["at"]):
            need_log(told["at"][:16] >= since[:16], f"{place} at", f"not before {since}", told["at"])
        need_log(told["at"][:19] <= row["at"][:19], f"{place} at", "not after it was entered", told["at"])
        box.public = told["value"]


def check_taken_out(box: Box, acts: Any) -> None:
    """Ballots were taken out after the closing, each once, and the last count is one without them."""
    closed, published = acts["rounds.closed"], acts["rounds.published"]
    box.excluded, box.restored, seen = {}, {}, []
    for row in [row for row in box.rows if row["action"] == "ballots.excluded"]:
        place, told = f"row {row['seq']}", row["details"]
        meanwhile = closed["seq"] < row["seq"] < published["seq"]
        need_log(meanwhile, place, "after the closing and before the publication", row["seq"])
        need_log(HEX64.match(str(told["record_sha256"])), place, "64 hex digits", told)
        need_log(told["record_sha256"] not in seen, place, "each ballot once", "twice")
        check_marks(told, place)
        seen.append(told["record_sha256"])
        box.excluded[told["record_sha256"]] = row
    if box.counts:
        need_log(len(box.counts) <= 1 + len(seen), "rounds.counted", 1 + len(seen), len(box.counts))
        out = box.counts[-1]["details"].get("excluded", 0)
        fine = is_whole(out) and out == len(seen)
        need_log(fine, "rounds.counted excluded", len(seen), out)
        for row in box.excluded.values():
            between = box.counts[0]["seq"] < row["seq"] < box.counts[-1]["seq"]
            need_log(between, f"row {row['seq']}", "between the first count and the last", row["seq"])
    for row in (closed, published):
        need_whole(row["details"]["ballots"], f"{row['action']} ballots")
    back = restored_told(box)
    told, left = published["details"]["ballots"], closed["details"]["ballots"] - len(seen) + back
    need_log(told == left, "rounds.published ballots", left, told)
    check_objections(closed, published, len(seen), back)
    files = [name for name in FIRST_COUNT if name in box.files]
    there = bool(seen) and bool(box.json("archive.json")["complete"])
    wanted = list(FIRST_COUNT) if there else []
    need(files == wanted, "archive.json", "files of the first count", wanted, files)


def check_marks(told: Any, place: str) -> None:
    """What the row says of a ballot taken out: how it was sent, and whether an earlier one counts."""
    for name in ("assisted", "young"):
        need_log(isinstance(told[name], bool), f"{place} {name}", "true or false", told)
    restored, marked = told["restored"], told["assisted"] or told["young"]
    fine = isinstance(restored, bool) and (marked or not restored)
    need_log(fine, f"{place} restored", "true or false, and only of a marked ballot", restored)


def check_objections(closed: Any, published: Any, excluded: Any, restored: Any) -> None:
    """What is published of objections adds up, and nothing was published before their time was over."""
    until, told = closed["details"].get("objections_until"), published["details"].get("objections")
    need_log((until is None) == (told is None), "rounds.published objections", until, told)
    if until is None:
        return
    place = "rounds.published objections"
    names = ("withdrawn", "rejected", "upheld", "undecided")
    wanted = sorted((*names, "made", "hours", "excluded", "alone", "restored"))
    need_log(sorted(told) == wanted, place, wanted, sorted(told))
    for name, value in told.items():
        fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        need_log(fine, f"{place} {name}", "a whole number", value)
    total = sum(told[name] for name in names)
    need_log(told["made"] == total, f"{place} made", total, told["made"])
    need_log(told["excluded"] == excluded, f"{place} excluded", excluded, told["excluded"])
    back, alone = told["restored"], told["alone"]
    need_log(back == restored, f"{place} restored", restored, back)
    need_log(alone <= told["upheld"], f"{place} alone", f"{told['upheld']} at most", alone)
    need_log(excluded <= told["upheld"], f"{place} upheld", f"{excluded} or more", told["upheld"])
    need_log(published["at"][:19] >= until[:19], "rounds.published", f"not before {until}", published["at"])
    since = moment(until) - moment(closed["details"]["closed_at"])
    hours = round(since.total_seconds() / 3600)
    need_log(told["hours"] == hours, f"{place} hours", hours, told["hours"])
    because = published["details"].get("undecided_because")
    need_log(bool(because) == bool(told["undecided"]), f"{place} undecided", "a reason if any", because)
