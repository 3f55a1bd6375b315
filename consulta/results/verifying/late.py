"""What happened while voting was open: reopenings, late registrations, withdrawals."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.bound import FORMULA
from consulta.results.verifying.box import VERSIONS
from consulta.results.verifying.log import closings_in_log, is_open, registrations, reopenings, withdrawals
from consulta.results.verifying.values import First, is_whole, need, others, same, whole_number

if TYPE_CHECKING:
    from consulta.results.verifying.box import Box

REOPENED = ("after", "before", "closed_at", "reason")


def check_reopened(box: Box) -> Any:
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


REGISTERED = ("head", "members_sha256", "number", "reason", "roll_sha256", "seats")


def check_registered(box: Box) -> None:
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
    gone = [{"at": row["at"], **dict(sorted(row["details"].items()))} for row in withdrawals(box)]
    file = {"format": VERSIONS["registered.json"][0], "registered": said, "withdrawn": gone}
    same(file, box.json("registered.json"), "registered.json")
    written = json.dumps(file, ensure_ascii=False, indent=1) + "\n"
    alike = box.text("registered.json") == written
    need(alike, "registered.json", "(file)", "as in the log", "written otherwise")
    check_late_names(box, kept if named else [])


WITHDRAWN = ("head", "number", "reason", "seat")


def check_withdrawn(box: Box) -> None:
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


def check_open_act(box: Box, row: Any) -> None:
    """A row of while voting was open: its reason and time, and the head of the log before it."""
    place, told = f"row {row['seq']}", row["details"]
    fine = isinstance(told["reason"], str) and bool(told["reason"].strip())
    need(fine, "log.jsonl", f"{place} reason", "a reason", "none")
    until = until_told(box, row["seq"])
    meanwhile = is_open(box, row["seq"]) and row["at"][:19] < until[:19]
    need(meanwhile, "log.jsonl", place, f"after the opening and before {until}", row["at"])
    before = [head["root"] for head in box.heads if head["size"] < row["seq"]]
    need(told["head"] in before[-1:], "log.jsonl", f"{place} head", before[-1:], told["head"])


def late_seat(kept: Any, told: Any, place: str) -> Any:
    """The seat that a file tells beside a row: of public ballots, that of which the row has the digest."""
    seat = kept.get("seat")
    fine = isinstance(seat, dict) and set(seat) == {"seat", "organisation", "country", "categories", "base"}
    fine = fine and is_whole(seat["base"])
    need(fine, "registered.json", place, "a seat", seat)
    digest = sha256(canonical(seat))
    wanted = told.get("seat_sha256", digest)
    need(digest == wanted, "registered.json", place, wanted, digest)
    return seat


def check_registration(box: Box, row: Any, number: int) -> None:
    """A row about a late registration: its number, reason and time, and the head of the log before it."""
    opened, place, told = box.acts["rounds.opened"], f"row {row['seq']}", row["details"]
    names = {*REGISTERED, *(["roll_exact"] if "roll_exact" in opened else [])}
    names |= {"seat_sha256"} if opened["secrecy"] == "open" else set()
    need(set(told) == names, "log.jsonl", place, ", ".join(sorted(names)), ", ".join(sorted(told)))
    for name, wanted in (("number", number), ("seats", whole_number(opened["seats"]) + number)):
        fine = is_whole(told[name]) and told[name] == wanted
        need(fine, "log.jsonl", f"{place} {name}", wanted, told[name])
    check_open_act(box, row)


def until_told(box: Box, number: int) -> Any:
    """The end of voting as it stood at a row of the log."""
    until = box.acts["rounds.opened"]["closes_at"]
    for row in box.rows:
        if row["action"] in ("rounds.extended", "rounds.reopened") and row["seq"] < number:
            until = row["details"]["after"]
    return until


def check_late_names(box: Box, kept: Any) -> None:
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
    number, size = len(registrations(box)), max(0, sum(1 for _ in box.files.rows("roll.csv")) - 1)
    rows = [*itertools.islice(box.files.rows("roll.csv"), max(1, size + 1 - number), None)]
    need(size >= number, "roll.csv", "(file)", f"{number} lines or more", str(size))
    before, wanted = Counter[Any](), {tuple(row[:2]) for row in rows}
    before.update(
        named
        for row in itertools.islice(box.files.rows("roll.csv"), 1, None)
        if (named := tuple(row[:2])) in wanted
    )
    for place, row in enumerate(rows):
        line = size - number + place + 2
        once = before[tuple(row[:2])] == 1
        need(once, "roll.csv", f"line {line}", "each organisation once", ", ".join(row[:2]))
        if kept:
            check_late_line(kept[place]["seat"], row, line)
    told = [box.acts["rounds.opened"]["members_sha256"]]
    told += [row["details"]["members_sha256"] for row in registrations(box)]
    digests = digests_of_beginnings(box, number)
    for left, digest in enumerate(reversed(told)):
        found, without = digests[left], f"without its last {left}" if left else "(file)"
        need(found == digest, "roll.csv", without, digest, found, First("roll", {}))


def digests_of_beginnings(box: Box, late: Any) -> Any:
    """The digests of the roll without its last lines: none, one, and so on."""
    whole, ends = hashlib.sha256(), deque[str](maxlen=late + 1)
    with box.files.opened("roll.csv") as file:
        for line in file:
            whole.update(line)
            if line.endswith(b"\r\n"):
                ends.append(whole.hexdigest())
    found = [*reversed(ends)]
    return [*found, *[sha256(b"")] * (late + 1 - len(found))]


def check_late_line(seat: Any, row: Any, line: Any) -> None:
    """A line at the end of the roll tells the same of a late organisation as the file about it."""
    kinds = [seat["categories"].get(name, "") for name in ("sector", *others(seat["categories"]))]
    said = [seat["organisation"], seat["country"], *kinds, str(seat["base"])]
    alike = [FORMULA.sub(r"\1'", cell) for cell in said]
    need(row[: len(said)] in (said, alike), "roll.csv", f"line {line}", ", ".join(said), ", ".join(row))


UNDONE = (
    "rounds.counted",
    "rounds.drawn",
    "rounds.published",
    "panel.published",
    "ballots.excluded",
)  # acts that stand after the last reopening alone
