"""What opening and closing bound, and whether the files are those."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from consulta.core.trust import record
from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.files import (
    ALWAYS,
    DiffersError,
    First,
    by_seat,
    has_item,
    is_whole,
    need,
    need_log,
    on_disk,
    others,
    same,
    short,
)
from consulta.results.verifying.log import roll_told

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

if TYPE_CHECKING:
    from consulta.results.verifying.files import Box, Note
JOINED = {
    "andean": "XA",
    "caribbean": "XB",
    "central_america": "XC",
    "mesoamerica": "XD",
    "south_america": "XE",
    "southern_cone": "XF",
}
FORMULA = re.compile(r"(^|;)(?=[=+\-@\t\r])")  # how cells begin that spreadsheets take for formulas
ROLL_HEADINGS = ["organisation", "country", "sector"]  # then the dimensions that were added, and the base


def digests_in_log(box: Box, about: Any, opened: Any, published: Any) -> Any:
    """What the log says the files' digests are."""
    digests = dict(published["files"])
    told = {"stamps.json": published["stamps_sha256"]} if "stamps_sha256" in published else {}
    shipped = sorted(name for name in ALWAYS if name.endswith(".txt") and name != "heads.txt")
    need_log(sorted(digests) == shipped, "rounds.published files", shipped, sorted(digests))
    digests.update(told)
    rounded, found = "public_sha256" in published, "public.json" in box.files
    need(rounded or not found, "public.json", "(file)", "(nothing)", "figures that the log does not tell of")
    if rounded:
        digests["public.json"] = published["public_sha256"]
    if about["complete"]:
        counted = box.acts["rounds.counted"]
        told, once = published["bundle_sha256"], counted["bundle_sha256"]
        need_log(told == once, "rounds.published bundle_sha256", once, told)
        digests["bundle.json"], digests["result.json"] = once, counted["result_sha256"]
        digests["robustness.json"] = counted["robustness_sha256"]
        if box.excluded:
            before = box.counts[0]["details"]
            digests["first-bundle.json"] = before["bundle_sha256"]
            digests["first-result.json"] = before["result_sha256"]
        if "package.json" in box.files:
            digests["package.json"] = opened["package_sha256"]
    return digests


def digest_of(items: Any) -> Any:
    """The digest of a list in canonical JSON, whose items come one by one."""
    whole, comma = hashlib.sha256(b"["), b""
    for item in items:
        whole.update(comma + canonical(item))
        comma = b","
    whole.update(b"]")
    return whole.hexdigest()


def sealed(secret: bytes, label: str, content: Any) -> Any:
    """Return a digest keyed with the round's secret: without it contents cannot be guessed."""
    return record.sealed(secret, label, sha256(content if isinstance(content, bytes) else canonical(content)))


def check_bound(box: Box) -> Note:
    """What is published is what the closing row bound: numbers, texts, roll, nominees, ballots, receipts."""
    opened, closed = box.acts["rounds.opened"], box.acts["rounds.closed"]
    bound, about = closed["bound"], box.json("archive.json")
    check_numbers(box, closed)
    # What was frozen at the opening is still so at the closing.
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
    there = "roll.csv" in box.files
    wanted = opened["roll"] == "public" or about["votes"]
    told = ("in the archive", "missing")
    need(there == wanted, "roll.csv", "(file)", told[not wanted], told[not there])
    if there:
        found = box.files.digest("roll.csv")
        told = bound["members_sha256"]
        if found != told:
            raise DiffersError("roll.csv", "roll at closing", short(told), found, changed_roll(box))
    if about["complete"]:
        check_counted(box, closed, bound)
    return "n_bound", {"n": len(bound) + len(bound["nominees"]) + 4}


def changed_roll(box: Box) -> First:
    """Return what other files of the archive tell of a roll that is not that of the closing.

    Where ballots have names, the list of the opening tells the first line that differs. Else the counted
    list, which has no names, tells in which sector there are more or fewer organisations.
    """
    if not box.json("archive.json")["complete"]:
        return First("roll", {})
    rows = itertools.islice(box.files.rows("roll.csv"), 1, None)
    if "package.json" in box.files:
        late = box.json("registered.json")["registered"] if "registered.json" in box.files else []
        seats = itertools.chain(box.json("package.json")["seats"], (each["seat"] for each in late))
        told = ([each["organisation"], each["country"], each["categories"]["sector"]] for each in seats)
        for line, (row, said) in enumerate(zip(rows, told, strict=False), start=2):
            if row[:3] not in (said, [FORMULA.sub(r"\1'", cell) for cell in said]):
                return First("roll_line", {"n": line})
        return First("roll", {})
    counted = Counter(seat["categories"]["sector"] for seat in box.json("bundle.json")["seats"])
    there = Counter(row[2] for row in rows)
    for sector in sorted({*counted, *there}):
        if counted[sector] != there[sector]:
            values = {"sector": sector, "expected": counted[sector], "found": there[sector]}
            return First("roll_sector", values)
    return First("roll", {})


def check_numbers(box: Box, closed: Any) -> None:
    """The numbers that are published are those of the closing; late since then are told apart."""
    opened, published = box.acts["rounds.opened"], box.acts["rounds.published"]
    for name in ("assisted", "ballots", "cast", "late", "replaced", "seats"):
        need_whole(closed[name], f"rounds.closed {name}")
    back = restored_told(box)
    out = {"ballots": len(box.excluded) - back, "replaced": back}
    for name in ("assisted", "young"):
        out[name] = sum(row["details"].get(name) is True for row in box.excluded.values())
    alike = set(closed) & set(published) - {"electorate"}
    for name in sorted({"ballots", "assisted", "replaced", "late"} | alike):
        place, wanted = f"rounds.published {name}", closed[name]
        if out.get(name):
            wanted -= out[name]
        given = published.get(name)
        need_log(type(given) is type(wanted) and given == wanted, place, wanted, given)
    cast = closed["ballots"] + closed["replaced"]
    need_log(closed["cast"] == cast, "rounds.closed cast", cast, closed["cast"])
    same(roll_told(box)["seats"], closed["seats"], "log.jsonl", "rounds.closed seats")
    same(
        opened.get("example", published["example"]),
        published["example"],
        "log.jsonl",
        "rounds.published example",
    )
    most, since = closed["seats"] - closed["late"], published.get("late_since")
    fine = isinstance(since, int) and not isinstance(since, bool) and 0 <= since <= most
    need_log(fine, "rounds.published late_since", f"0 to {most}", since)
    if "abstained" in published:  # by so many that a number would tell which, where it is null
        told, most = published["abstained"], closed["seats"] - closed["ballots"]
        most = most if "abstentions" in closed["bound"] else 0
        fine = most > 0 and (told is None or (is_whole(told) and 1 <= told <= most))
        need_log(fine, "rounds.published abstained", f"{most} at most", told)
    check_electorate(closed["electorate"], published, out)


def restored_told(box: Box) -> Any:
    """How many ballots were taken out in whose place an earlier one counts, as the log tells it."""
    return sum(row["details"]["restored"] for row in box.excluded.values())


def need_whole(value: Any, place: str) -> None:
    """A number of a row of the log: true is not 1, and 1.0 is another form of it."""
    need_log(is_whole(value), place, "a whole number", value)


def check_electorate(bound: Any, published: Any, out: Any) -> None:
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
        need_log(whole and least <= told[name] <= most, f"{place} {name}", wanted, told[name])
    need_log(published["assisted"] == told["assisted"], f"{place} assisted", published["assisted"], told)
    marks = ("assisted", "young", "objected")
    lines = list(told["by_subregion"].values())
    for name in marks if lines else ():
        for line in lines:
            need_whole(line[name], f"{place} by_subregion {name}")
        total = sum(line[name] for line in lines)
        need_log(total == told[name], f"{place} by_subregion {name}", told[name], total)


def check_opening(box: Box, opened: Any) -> None:
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


def check_counted(box: Box, closed: Any, bound: Any) -> None:
    """The bundle and the receipts are those that the closing row bound, part by part."""
    file = "first-bundle.json" if box.excluded else "bundle.json"
    bundle, texts = box.json(file), box.json("opening.json")
    same(title_frozen(texts), bundle["round"]["title"], file, "round.title")
    same(closed["closed_at"], bundle["round"]["closed_at"], file, "round.closed_at")
    secret = bytes.fromhex(bundle["seed"]["secret"])
    committed = box.acts["rounds.committed"]["commitment"]
    need(sha256(secret) == committed, file, "seed.secret", committed, sha256(secret))
    check_sealed_nominees(bundle, bound, secret)
    for name in BALLOT_PARTS:
        said = ([ballot["seat"], ballot.get(name, [])] for ballot in by_seat(bundle["ballots"]))
        found = record.sealed(secret, name, digest_of(said))
        need(found == bound[name], file, f"ballots[].{name} at closing", bound[name], found)
    found = record.sealed(secret, "ballots", digest_of(map(four_fields, by_seat(bundle["ballots"]))))
    need(found == bound["ballots"], file, "ballots at closing", bound["ballots"], found)
    found = record.sealed(secret, "receipts", digest_of_receipts(box))
    need(found == bound["receipts"], "receipts.csv", "receipts at closing", bound["receipts"], found)
    if "roll.csv" in box.files:
        check_members(box, bundle)
    if joined_below(box) is not None:
        found = digest_of(by_seat(bundle["seats"]))
        need(found == bound["seats_sha256"], file, "seats at closing", bound["seats_sha256"], found)
        check_joined(bundle, joined_below(box), file)
        if box.excluded:
            check_joined(box.json("bundle.json"), joined_below(box), "bundle.json")


def four_fields(ballot: Any) -> Any:
    """A ballot as it is hashed (section 4): its four fields, whether it says them or not."""
    return {"seat": ballot["seat"], **{name: ballot.get(name, []) for name in BALLOT_PARTS}}


def seats_taken_out(box: Box) -> Any:
    """The seats whose ballot of the closing was taken out; an earlier one of them may count."""
    if "excluded.csv" not in box.files:
        return set()
    return {row[1] for row in itertools.islice(box.files.rows("excluded.csv"), 1, None)}


def digest_of_receipts(box: Box) -> Any:
    """The digest of all codes and seals of the closing, by code."""
    disk = on_disk("CREATE TABLE receipts (place INTEGER PRIMARY KEY, code TEXT, seal TEXT)")
    out = seats_taken_out(box)
    for name in ("receipts.csv", *(["excluded.csv"] if box.excluded else [])):
        for row in itertools.islice(box.files.rows(name), 1, None):
            if name == "receipts.csv" and row[1] in out:
                continue  # it counts again since the closing
            disk.execute("INSERT INTO receipts (code, seal) VALUES (?, ?)", (row[0], row[2]))
    whole = hashlib.sha256()
    for code, seal in disk.execute("SELECT code, seal FROM receipts ORDER BY code, place"):
        whole.update(f"{code} {seal}\n".encode())
    return whole.hexdigest()


def title_frozen(texts: Any) -> Any:
    """The title of the round as the opening froze it, in every language."""
    return {**texts["round"]["title"], **texts.get("translations", {}).get("title", {})}


def check_sealed_nominees(bundle: Any, bound: Any, secret: bytes) -> None:
    """Each field of the nominees on the ballot, so that a difference has a name."""
    nominees = bundle.get("nominees", [])
    need_log(sorted(bound["nominees"]) == sorted(NOMINEE_FIELDS), "nominees", NOMINEE_FIELDS, "others")
    for name in NOMINEE_FIELDS:
        said = [[nominee["key"], nominee.get(name, NOT_SAID.get(name))] for nominee in nominees]
        found, told = sealed(secret, f"nominees.{name}", said), bound["nominees"][name]
        need(found == told, "bundle.json", f"nominees[].{name} at closing", told, found)


NOT_SAID = {"categories": {}, "topics": [], "recent": 0, "support": None}


def joined_below(box: Box) -> Any:
    """From how many ballots on a country stands by itself; None where no countries are joined."""
    if "opening.json" not in box.files:
        return None
    return box.json("opening.json")["round"].get("joined_below")


def wholly_joined(seats: Any) -> Any:
    """The roll with every country under the code of its subregion, as the log fixed it at opening."""
    return (dict(seat, country=JOINED.get(seat["categories"].get("subregion"))) for seat in seats)


def check_joined(bundle: Any, least: Any, file: str) -> None:
    """Of every base and category in all dimensions, each country has ballots enough, or stands with all."""
    voted = has_item(bundle["ballots"])
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for seat in bundle["seats"]:
        kind = seat["categories"]
        rest = [f"{name} {kind[name]}" for name in others(kind)]
        joined = groups.setdefault((kind["subregion"], kind["sector"], *rest, seat.get("base", 1)), {})
        joined[seat["country"]] = joined.get(seat["country"], 0) + voted(seat["seat"])
    for cell, countries in sorted(groups.items()):
        place = "seats of " + ", ".join(map(str, cell))
        for country, ballots in sorted(countries.items()):
            own = country == JOINED.get(cell[0]) or country not in JOINED.values()
            need(own, file, place, JOINED.get(cell[0]), country)
            whole = len(countries) == 1 and country == JOINED.get(cell[0])
            need(whole or ballots >= least, file, f"{place}, {country}", f"{least} ballots or more", ballots)


def check_members(box: Box, bundle: Any) -> None:
    """The public roll has as many organisations of each category and base as the counted one."""
    added = others(name for seat in bundle["seats"] for name in seat["categories"])
    headings = [*ROLL_HEADINGS, *added, "base"]
    rows = box.files.rows("roll.csv")
    first: list[str] = next(rows, [])
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
    both = zip(each_of(named), each_of(counted), strict=False)
    for place, (mine, given) in enumerate(both):
        need(mine == given, "bundle.json", f"seats, against line {place + 2} of roll.csv sorted", mine, given)
    sizes = sum(named.values()), sum(counted.values())
    need(sizes[0] == sizes[1], "bundle.json", "seats, against roll.csv", sizes[0], sizes[1])


def merged(kinds: Any, into: Any) -> Any:
    """How many there are of each kind, where some become another."""
    found: Counter[Any] = Counter()
    for kind, times in kinds.items():
        found[into(kind)] += times
    return found


def each_of(kinds: Any) -> Any:
    """The kinds in order, each so often as there are of it."""
    return (kind for kind in sorted(kinds) for _ in range(kinds[kind]))
