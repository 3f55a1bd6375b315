"""What happened while voting was open (reopenings, late seats, withdrawals), and the published panel."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from consulta.core.panel import published as panels
from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.bound import FORMULA
from consulta.results.verifying.files import (
    VERSIONS,
    First,
    is_whole,
    need,
    need_log,
    others,
    same_as_log,
    same_format,
    whole_number,
)
from consulta.results.verifying.log import closings_in_log, is_open, registrations, reopenings, withdrawals

if TYPE_CHECKING:
    from consulta.results.verifying.files import Box, Note


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
        need_log(sorted(told) == sorted(REOPENED), place, ", ".join(REOPENED), sorted(told))
        need_log(number + 1 < len(box.closings), place, "a closing before it and one after it", "none")
        (closed, at), (later, _) = box.closings[number : number + 2]
        need_log(closed < row["seq"] < later, place, f"after row {closed}, before row {later}", row["seq"])
        need_log(told["closed_at"][:19] >= at[:19], f"{place} closed_at", at, told["closed_at"])
        need_log(told["closed_at"][:19] <= row["at"][:19], f"{place} closed_at", row["at"], told)
        need_log(bool(told["reason"]), f"{place} reason", "a reason", "none")
        said.append({"at": row["at"], **{name: told[name] for name in REOPENED}})
    if rows:
        wanted = len(rows) + 1
        need_log(len(box.closings) == wanted, "closing", f"{wanted} heads", str(len(box.closings)))
        kept = {"format": "consulta-reopened/1", "reopened": said}
        same_as_log(box, "reopened.json", kept)
        for row in [row for row in box.rows if row["action"] in UNDONE]:
            after = row["seq"] > rows[-1]["seq"]
            need_log(after, f"row {row['seq']}", "after the last reopening", row["action"])
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
    same_as_log(box, "registered.json", file)
    check_late_names(box, kept if named else [])


WITHDRAWN = ("head", "number", "reason", "seat")


def check_withdrawn(box: Box) -> None:
    """Each withdrawal is of a registration before it, in an open time, with a reason, as the closing says.

    That no vote of the seat is in the log or in the bundle is checked with these.
    """
    rows, made = withdrawals(box), registrations(box)
    closed = box.acts["rounds.closed"].get("withdrawn", 0)
    fine = is_whole(closed) and closed == len(rows)
    need_log(fine, "rounds.closed withdrawn", f"{len(rows)} rows", closed)
    numbers, seats = set(), set()
    for row in rows:
        place, told = f"row {row['seq']}", row["details"]
        need_log(sorted(told) == sorted(WITHDRAWN), place, ", ".join(WITHDRAWN), sorted(told))
        number, seat = told["number"], told["seat"]
        before = [each["details"].get("number") for each in made if each["seq"] < row["seq"]]
        known = is_whole(number) and any(is_whole(each) and each == number for each in before)
        need_log(known, f"{place} number", "a registration before it", number)
        need_log(number not in numbers, f"{place} number", "each registration once", number)
        fine = isinstance(seat, str) and bool(seat) and seat not in seats
        need_log(fine, f"{place} seat", "a seat of the roll", seat)
        numbers.add(number)
        seats.add(seat)
        check_open_act(box, row)
        kept = box.json("registered.json")["registered"] if "registered.json" in box.files else []
        if box.acts["rounds.opened"]["secrecy"] == "open" and "package.json" in box.files:
            own = kept[number - 1]["seat"]["seat"] if len(kept) >= number else None
            need_log(own == seat, f"{place} seat", own, seat)


def check_open_act(box: Box, row: Any) -> None:
    """A row of while voting was open: its reason and time, and the head of the log before it."""
    place, told = f"row {row['seq']}", row["details"]
    fine = isinstance(told["reason"], str) and bool(told["reason"].strip())
    need_log(fine, f"{place} reason", "a reason", "none")
    until = until_told(box, row["seq"])
    meanwhile = is_open(box, row["seq"]) and row["at"][:19] < until[:19]
    need_log(meanwhile, place, f"after the opening and before {until}", row["at"])
    before = [head["root"] for head in box.heads if head["size"] < row["seq"]]
    need_log(told["head"] in before[-1:], f"{place} head", before[-1:], told["head"])


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
    need_log(set(told) == names, place, ", ".join(sorted(names)), ", ".join(sorted(told)))
    for name, wanted in (("number", number), ("seats", whole_number(opened["seats"]) + number)):
        fine = is_whole(told[name]) and told[name] == wanted
        need_log(fine, f"{place} {name}", wanted, told[name])
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


WHOLE = 100  # percent
THOUSAND = 1000
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
    "memory",
    "endorsed_by",
    "rows",
    "untold",
)


def check_seated(box: Box) -> Note:
    """The panel is the one that the log tells of; rows about places are counted, the others held to bounds.

    Rows about unpublished categories are not in the file. That no other panel is better is not checked.
    """
    told = box.json("panel.json")
    published = [row for row in box.rows if row["action"] == "panel.published"]
    row, order = published[-1], [box.places["rounds.published"], published[0]["seq"]]
    fine = order == sorted(order)
    need_log(fine, "acts", "in the order rounds.published,panel.published", order)
    check_replaced([each["details"] for each in published])
    same_as_log(box, "panel.json", row["details"]["panel"])
    seated(sorted(told) == sorted(SEATED), "(file)", ", ".join(SEATED), sorted(told))
    same_format(box, "panel.json")
    seated(told["round"] == box.acts["rounds.opened"]["key"], "round", "that of the opening", told["round"])
    version = row["details"]["version"]
    seated(type(told["version"]) is int and told["version"] == version, "version", version, told["version"])
    complete = box.json("archive.json")["complete"]
    topics = [topic["key"] for topic in box.json("result.json" if complete else "public.json")["topics"]]
    seated(told["topics"] == topics, "topics", topics, told["topics"])
    places = told["places"]
    check_places(places)
    rows = checked_rows(told, len(places))
    differs = panels.difference(told)
    seated(differs is None, str(differs), "what these places meet", "another")
    check_backing(told)
    counted = sum(row["met"] is not None for row in rows)
    return "seated_ok", {
        "places": len(places),
        "counted": counted,
        "judged": len(rows) - counted,
        "untold": told["untold"],
    }


def check_replaced(published: Any) -> None:
    """A publication that says which version it replaces names the one that was public until then."""
    former = None
    for details in published:
        if "replaces" in details:
            before, version = details["replaces"], details["version"]
            seated(type(before) is int and before == former, "replaces", former, before)
            seated(type(version) is int and version > before, "version", f"later than {before}", version)
        former = details["version"]


def seated(condition: object, place: str, expected: object, found: object) -> None:
    """Raise DiffersError about the published panel unless a condition holds."""
    need(condition, "panel.json", place, expected, found)


def check_places(places: Any) -> None:
    """Of each place are told role and subregion, in order."""
    seated(isinstance(places, list) and places, "places", "a place", places)
    for number, place in enumerate(places):
        fits = isinstance(place, dict) and sorted(place) == sorted(PLACE)
        fits = fits and all(isinstance(value, str) for value in place.values())
        seated(fits, f"places[{number}]", ", ".join(PLACE), place)
    ordered = sorted(places, key=lambda place: [place[name] for name in PLACE])
    seated(places == ordered, "places", "by role and subregion", "another order")


def checked_rows(told: Any, places: int) -> Any:
    """Return the rows; each has its form, and is possible with so many places."""
    rows, size = told["rows"], told["size"]
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
        of_size = row["kind"] == "size"
        seated(of_size or about in (*PLACE, *JUDGED), f"{place}.attribute", PLACE + JUDGED, about)
        for name in ("hard", "ok"):
            seated(isinstance(row[name], bool), f"{place}.{name}", "true or false", row[name])
        if of_size:
            seated(row["asked"] == str(size), f"{place}.asked", size, row["asked"])
        elif about in PLACE:
            limits(row["asked"], place)
        else:
            check_within(row, places, place)
        holds = row["ok"] or not row["hard"] or told["decided"] is True
        seated(holds, f"{place}.ok", "a hard row met, or people who decided otherwise", "not met")
    return rows


def limits(asked: Any, place: str) -> Any:
    """The figures of what a row asks: so many people at least, and at most; or a part of a thousand."""
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9})|\+|/1000)", str(asked))
    seated(found, f"{place}.asked", "so many people, or a part", asked)
    return (int(found[1]), None if found[2] is None else int(found[2])) if found else None


def check_within(row: Any, places: Any, place: str) -> None:
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


def check_backing(told: Any) -> None:
    """Support is told as a part of that of the best panel, which none passes that keeps the rules."""
    for name, values in (("decided", (True, False)), ("held", (True, False, None))):
        fits = any(told[name] is value for value in values)
        seated(fits, name, "true, false or null", told[name])
    memory, part = told["memory"], told["support"]
    seated(is_whole(memory) and memory <= THOUSAND, "memory", "0 to 1000", memory)
    check_endorsed(told["endorsed_by"])
    if part is None:
        return
    seated(isinstance(part, dict) and sorted(part) == ["more", "percent"], "support", "percent, more", part)
    percent, more = part["percent"], part["more"]
    seated(isinstance(more, bool), "support.more", "true or false", more)
    fits = percent is None or (is_whole(percent) and percent <= 100)
    seated(fits, "support.percent", "0 to 100", percent)
    seated(not more or percent == WHOLE, "support.percent", WHOLE, percent)
    if not told["decided"] and told["held"] is False:
        # It is the best of the rules itself, which gives up no more support than they allow.
        least = (THOUSAND - memory) // 10
        fits = (percent is None or percent >= least) and not more
        seated(fits, "support.percent", f"{least} to 100", percent)


def check_endorsed(groups: Any) -> None:
    """Whose voters see somebody they named: groups, each once, in tens from 10 to 90; or not told."""
    if groups is None:
        return
    fine = isinstance(groups, list) and all(isinstance(group, dict) for group in groups)
    seated(fine, "endorsed_by", "groups", groups)
    seen: list[Any] = []
    for number, group in enumerate(groups):
        place = f"endorsed_by[{number}]"
        fields = ["category", "dimension", "percent"]
        seated(sorted(group) == fields, place, "dimension, category, percent", group)
        name = [group["dimension"], group["category"]]
        seated(name not in seen, place, "once", json.dumps(name))
        seen.append(name)
        percent = group["percent"]
        fits = percent in range(10, 100, 10)
        seated(fits, f"{place}.percent", "10 to 90, in tens", percent)
