"""What needs the ballots: the bundle by the rules and the roll of the log, a new count, receipts, votes."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as bundles
from consulta.core.counting import columns, count
from consulta.core.problems import Problem
from consulta.core.trust import chance, record
from consulta.core.trust.receipts import receipt_code
from consulta.core.trust.record import canonical
from consulta.core.trust.record import digest as sha256
from consulta.results import public_figures
from consulta.results.verifying.bound import (
    FORMULA,
    JOINED,
    digest_of,
    joined_below,
    need_whole,
    sealed,
    seats_taken_out,
    wholly_joined,
)
from consulta.results.verifying.files import (
    Box,
    DiffersError,
    Files,
    First,
    Less,
    Note,
    Table,
    by_seat,
    is_whole,
    need,
    need_log,
    of_kind,
    on_disk,
    same,
    short,
)
from consulta.results.verifying.log import is_open, registrations, roll_told, rows_again, withdrawals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.counting.columns import Columns


@dataclass(frozen=True, slots=True)
class Round:
    """The bundle as the core reads it, in columns, and its seats and ballots one by one."""

    columns: Columns
    raw: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        """Return the keys of the themes."""
        return [theme.key for theme in self.columns.rest.themes]

    @property
    def turnout(self) -> int:
        """Return how many ballots there are."""
        return len(self.columns.seat)

    def seat(self, key: str) -> tuple[dict[str, str], int]:
        """Return categories, country and base of a seat."""
        found = self.raw["seats"].of_seat(key)
        return {**found["categories"], "country": found["country"]}, found.get("base", 1)


def read_round(box: Box, file: str = "bundle.json") -> Round:
    """Return a bundle, ready to be counted; raise DiffersError where it cannot be."""
    need(file in box.files, file, "(file)", "in the archive", "missing")
    try:
        with box.files.opened(file) as opened:
            found = columns.read(opened)
    except Problem as problem:
        place = str(problem.params.get("path", "(file)"))
        first = First("step_seed", {}) if problem.code == "seed.commitment" else None
        wanted, said = "a bundle that can be counted", box.sentence(problem)
        raise DiffersError(file, place, wanted, said, first) from problem
    return Round(found, box.json(file))


def check_bundle(box: Box) -> Note:
    """The bundle can be counted, and its rules, themes and roll are those that the log fixed at opening."""
    box.round = read_round(box)
    raw, opened = box.round.raw, roll_told(box)
    about = box.json("archive.json")
    key = raw["round"]["key"]
    need(key == about["round"], "bundle.json", "round.key", about["round"], key)
    closed, counted = box.moments["rounds.closed"][:19], box.moments["rounds.counted"][:19]
    ended = raw["round"]["closed_at"]
    need(closed <= ended[:19] <= counted, "bundle.json", "round.closed_at", f"{closed} or later", ended)
    roll = by_seat(raw["seats"])
    digests = {
        "rules_sha256": sha256(canonical(raw["rules"])),
        "themes_sha256": sha256(canonical(raw["themes"])),
        "roll_sha256": digest_of(roll if joined_below(box) is None else wholly_joined(roll)),
    }
    for name, found in digests.items():
        need(found == opened[name], "bundle.json", f"{name} at opening", opened[name], found)
    check_late_seats(box)
    numbers = {
        "seats": (opened["seats"], len(raw["seats"])),
        "themes": (opened["themes"], len(box.round.keys)),
        "ballots": (box.acts["rounds.published"]["ballots"], box.round.turnout),
    }
    for name, (told, there) in numbers.items():
        need(told == there, "bundle.json", name, told, there)
    root, told = box.round.columns.root, box.acts["rounds.counted"]["ballots_root"]
    need(root == told, "bundle.json", "root of the ballots in the log", told, root)
    return "n_seats", {"seats": len(raw["seats"]), "ballots": box.round.turnout}


def check_late_seats(box: Box) -> None:
    """Where ballots have names: the bundle has the late seats as registered, else the roll of the opening.

    In every bundle, seats of withdrawn registrations are on the roll and have no ballot.
    """
    for row in withdrawals(box):
        seat, place = row["details"]["seat"], f"row {row['seq']} seat"
        there = box.round.raw["seats"].of_seat(seat) is not None
        need_log(there, place, "a seat of the roll", seat)
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
    for number, wanted in enumerate(told):
        without = {each["seat"] for each in late[number:]}
        found = digest_of(seat for seat in by_seat(seats) if seat["seat"] not in without)
        need(found == wanted, "bundle.json", f"seats with {number} late ones", wanted, found)


def check_seed(box: Box) -> Note:
    """The secret is the one committed to before the opening; the seed follows from it and the ballots."""
    seed = box.round.columns.rest.seed
    committed = box.acts["rounds.committed"]["commitment"]
    own = seed.commitment.lower()
    need(own == committed, "bundle.json", "seed.commitment", committed, own)
    found = sha256(bytes.fromhex(seed.secret))
    need(found == committed, "bundle.json", "seed.secret", committed, found)
    need(seed.public == box.public, "bundle.json", "seed.public", box.public, seed.public)
    given, wanted = (
        box.json("result.json").get("seed"),
        chance.seed(box.round.columns.rest.seed, box.round.columns.root),
    )
    need(given == wanted, "result.json", "seed", wanted, given)
    return None, {}


def recounted(box: Box) -> dict[str, Any]:
    """Return the result of the bundle, counted once for all checks of a box."""
    return whole_recount(box)[0]


def whole_recount(box: Box) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return result and robustness of the bundle, and which bound of the panel does not hold, if any."""
    if box.recount is None:
        result, robust, fails = count.recount(box.round.columns, _readable(box))
        box.recount = json.loads(result.to_json()), json.loads(robust.to_json()), fails
    return box.recount


def _readable(box: Box) -> dict[str, Any]:
    """Return the result, whose panel may be as good as ours; nothing where it cannot be read."""
    try:
        found: dict[str, Any] = box.json("result.json")
    except DiffersError:
        return {}
    return found


def check_weights(box: Box) -> Note:
    """Each group of organisations has the weight that the rules give it."""
    own, given = recounted(box)["weights"]["cells"], box.json("result.json")["weights"]["cells"]
    need(len(given) == len(own), "result.json", "weights.cells", f"{len(own)} cells", str(len(given)))
    for number, (mine, theirs) in enumerate(zip(own, given, strict=True)):
        place = f"weights.cells[{number}]"
        same(mine["categories"], theirs["categories"], "result.json", f"{place}.categories")
        if mine["micro"] != theirs["micro"]:
            raise DiffersError(
                "result.json",
                f"{place}.micro",
                short(mine["micro"]),
                short(theirs["micro"]),
                First("weight", {"cell": mine, "expected": mine["micro"], "found": theirs["micro"]}),
            )
    return "n_cells", {"n": len(own)}


def check_count(box: Box) -> Note:
    """Topics, places, scores and all else of the result but how firm it is and the panel."""
    own, given = recounted(box), box.json("result.json")
    wanted, told = ([topic["key"] for topic in each["topics"]] for each in (own, given))
    if wanted != told:
        first = First("topics", {"expected": wanted, "found": told})
        raise DiffersError("result.json", "topics", short(wanted), short(told), first)
    for name in ("place", "score_percent"):
        for number, (mine, theirs) in enumerate(zip(own["themes"], given["themes"], strict=False)):
            if mine[name] != theirs[name] and mine["key"] == theirs["key"]:
                values = {"theme": mine["key"], "expected": mine[name], "found": theirs[name]}
                first = First(name.partition("_")[0], values)
                place = f"themes[{number}].{name}"
                raise DiffersError("result.json", place, short(mine[name]), short(theirs[name]), first)
    same(_of_count(own), _of_count(given), "result.json")
    return "topic", {"theme": wanted}


def _of_count(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what other checks compare."""
    found = {name: value for name, value in result.items() if name not in {"firmness", "panel"}}
    without = (
        {name: value for name, value in theme.items() if name != "places"} for theme in found["themes"]
    )
    return {**found, "themes": [*without]}


def check_firmness(box: Box) -> Note:
    """How firm the topics are: what is left out, and the repetitions at random."""
    own, given = recounted(box), box.json("result.json")
    drawn, told = (each["firmness"].get("resampling") for each in (own, given))
    if drawn and told and drawn["percent"] != told["percent"]:
        values = {"expected": drawn["percent"], "found": told["percent"]}
        place = "firmness.resampling.percent"
        raise DiffersError(
            "result.json", place, short(drawn["percent"]), short(told["percent"]), First("percent", values)
        )
    same(own["firmness"], given["firmness"], "result.json", "firmness")
    for number, (mine, theirs) in enumerate(zip(own["themes"], given["themes"], strict=False)):
        same(mine["places"], theirs.get("places"), "result.json", f"themes[{number}].places")
    return ("percent", {"n": drawn["percent"]}) if drawn else (None, {})


def check_panel(box: Box) -> Note:
    """The panel is the one that the rules choose; where that is not proven, it keeps them."""
    own, given = recounted(box)["panel"], box.json("result.json").get("panel")
    same(own, given, "result.json", "panel")
    fails = whole_recount(box)[2]
    need(fails is None, "result.json", str(fails), "a bound that holds", "another")
    if not own["feasible"]:
        return "panel_none", {}
    return ("panel_best" if own["proven"] else "panel_found"), {}


def check_robustness(box: Box) -> Note:
    """The document about how few organisations could have changed the topic is that of the bundle."""
    own = whole_recount(box)[1]
    same(own, box.json("robustness.json"), "robustness.json")
    margin = own["margin"]
    if margin is None:
        return None, {}
    if margin["enough"] is None:
        return "margin_none", {}
    return "margin", {"a": margin["at_least"], "b": margin["enough"]}


def check_public(box: Box) -> Note:
    """Where only rounded figures are public: they are of this round, and of as many votes as the log says."""
    check_turnout(box)
    return "aggregate", {}


def check_turnout(box: Box) -> None:
    """What rounded figures say of the round itself is what the log says of it."""
    opened, told = roll_told(box), box.json("public.json")
    expected = {
        "format": public_figures.FORMAT,
        "round": opened["key"],
        "seats": opened["seats"],
        "ballots": box.acts["rounds.published"]["ballots"],
    }
    same(expected, {name: told.get(name) for name in expected}, "public.json")


def check_figures(box: Box) -> Note:
    """The rounded figures are those that follow from the ballots by the rules of what may be told."""
    check_turnout(box)
    told = box.json("public.json")
    least = told.get("small_cell")
    if type(least) is not int or least < 1:
        raise DiffersError("public.json", "small_cell", "a whole number", short(least))
    ground = public_figures.Ground.of(bundles.parse(box.files["bundle.json"]))
    result, robustness = whole_recount(box)[:2]
    own = json.loads(public_figures.to_json(public_figures.figures(ground, result, least, robustness)))
    same(own, told, "public.json")
    return ("topics_told" if own["detail"] == "topics" else "figures_told"), {}


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
    fields = ["fields"] if fields_told(box) else []
    return [
        "code",
        "seat",
        "seal",
        "ranking",
        *fields,
        *(["organisation"] if "package.json" in box.files else []),
    ]


def fields_told(box: Box) -> dict[str, list[str]]:
    """The further fields of ballots that are published, as the opening froze them, each with its options."""
    listed = box.json("opening.json").get("fields", [])
    return {each["key"]: [one["key"] for one in each["options"]] for each in listed if not each["sealed"]}


def fields_of(known: dict[str, list[str]], file: str, place: str, row: list[str]) -> dict[str, str]:
    """What a line says in the `known` fields: canonical JSON, with options that the ballot had."""
    if not known:
        return {}
    try:
        said = json.loads(row[4])
    except ValueError:
        said = None
    fine = isinstance(said, dict) and all(option in known.get(key, []) for key, option in said.items())
    fine = fine and canonical(said).decode() == row[4]
    need(fine, file, f"{place} fields", "options of the fields of this ballot", row[4])
    return said or {}


def check_line(
    file: str, place: str, headings: list[str], expected: list[str], row: list[str], *, as_fixed: bool = False
) -> None:
    """A line says of a ballot what the bundle says; it may stand as spreadsheets may safely open it.

    Where the ballots are `as_fixed` by the log, it is the line that was changed, and not the ballot.
    """
    for heading, mine, given in zip(headings, expected, row, strict=False):
        first = First("ballot" if heading == "code" and not as_fixed else "receipt", {"code": row[0]})
        need(given in (mine, FORMULA.sub(r"\1'", mine)), file, f"{place} {heading}", mine, given, first)


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
    box.names, out, known = {}, seats_taken_out(box), fields_told(box)
    written.add(headings)
    as_fixed = box.round.columns.root == box.acts["rounds.counted"]["ballots_root"]
    for line, row in enumerate(rows_of_list(box, "receipts.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if box.records.get(seat) else ballots.of_seat(seat)
        first = First("receipt_alone", {"code": row[0]})
        need(ballot is not None, "receipts.csv", place, "the seat of a ballot, once", seat, first)
        record = receipt_record(box, ballot, seal, fields_of(known, "receipts.csv", place, row))
        expected = receipt(record, headings)
        box.records.put(seat, sha256(canonical(record)))
        check_line("receipts.csv", place, headings, expected, row, as_fixed=as_fixed)
        if len(headings) > len(expected):
            position, name = organisation(box, seat, row[-1], place)
            expected.append(name)
            if seat in out:
                box.names[seat] = name
            thirds[third_of_first(box, position, ballot)] += 1
        check_line("receipts.csv", place, headings, expected, row, as_fixed=as_fixed)
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
    need_log(not named or fine, "rounds.published first_stood", thirds, told)
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


def receipt_record(box: Box, ballot: Any, seal: Any, fields: dict[str, str]) -> Any:
    """What a code covers, and what the log's row of the vote has the digest of."""
    return {
        "round": box.round.raw["round"]["key"],
        "seat": ballot["seat"],
        "ranking": ballot["ranking"],
        "objectives": ballot.get("objectives", []),
        "endorsements": ballot.get("endorsements", []),
        **({"fields": fields} if fields else {}),
        "seal": seal,
    }


def receipt(record: Any, headings: list[str]) -> Any:
    """The line of a ballot: its code is worked out from what it says and from its seal."""
    said = " > ".join(" = ".join(tier) for tier in record["ranking"])
    fields = [canonical(record.get("fields", {})).decode()] if "fields" in headings else []
    return [receipt_code(record), record["seat"], record["seal"], said, *fields]


def check_excluded(box: Box) -> Note:
    """The published count is the first one less the ballots taken out, with the votes that they replaced."""
    first, gone, written = box.json("first-bundle.json"), dict[str, str](), Written()
    headings, fields = headings_of(box), fields_told(box)
    written.add(headings)
    for line, row in enumerate(rows_of_list(box, "excluded.csv", headings), start=2):
        place, seat, seal = f"line {line}", row[1], row[2]
        ballot = None if seat in gone.values() else first["ballots"].of_seat(seat)
        known = ballot is not None
        need(known, "excluded.csv", place, "the seat of a ballot of the first count, once", seat)
        record = receipt_record(box, ballot, seal, fields_of(fields, "excluded.csv", place, row))
        expected, digest = receipt(record, headings), sha256(canonical(record))
        if len(headings) > len(expected):
            expected.append(box.names.get(seat) or organisation(box, seat, row[-1], place)[1])
        check_line("excluded.csv", place, headings, expected, row)
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


OUTSIDE = ("act", "record_sha256", "round", "seat")  # of a vote, in the log: what can be shown alone


def check_votes(box: Box) -> Note:
    """Every ballot that counts is the last vote of its seat in the log, between opening and closing."""
    closed, last, own, assisted, marks = box.acts["rounds.closed"], Table(), Table(), set(), {}
    number = len(box.votes)
    need_log(number == closed["cast"], "ballot.cast", f"{short(closed['cast'])} rows", number)
    for row in rows_again(box, box.votes):
        place = f"row {row['seq']}"
        meanwhile = is_open(box, row["seq"])
        need_log(meanwhile, place, "a vote between opening and closing", row["at"])
        need_log(row["subject"].startswith("seat:"), place, "a seat", row["subject"])
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
            need_log(told == digest, f"{place} outside", digest, told)
    seats, wanted = len(last), closed["assisted"]
    need_log(seats == closed["ballots"], "ballot.cast", f"{closed['ballots']} seats", seats)
    need_log(len(assisted) == wanted, "ballot.cast assisted", wanted, len(assisted))
    for digest, row in box.excluded.items():
        place = f"row {row['seq']}"
        need_log(last.has(digest), place, "the last vote of a seat in the log", digest)
        told = [row["details"][name] for name in ("assisted", "young")]
        need_log(told == marks[digest], f"{place} assisted, young", marks[digest], told)
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
    need_log(len(numbers) == closed["cast"], "ballot.cast", f"{short(closed['cast'])} rows", len(numbers))
    for row in rows_again(box, numbers):
        place, told = f"row {row['seq']}", row.get("outside")
        need_log(isinstance(told, dict), place, "a part that is shown alone", "none")
        need_log(sorted(told) == sorted(OUTSIDE), f"{place} outside", OUTSIDE, sorted(told))
        subject = box.json("archive.json")["subject"]
        fine = told["act"] == "ballot.cast" and told["round"] == subject
        need_log(fine, f"{place} outside", f"a vote of {subject}", told)
        need_log(is_open(box, row["seq"]), place, "a vote between opening and closing", row["seq"])
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
    need_log(seats == closed["ballots"], "ballot.cast", f"{closed['ballots']} seats", seats)
    check_counting_by_seat(box, last, earlier)
    for digest, row in box.excluded.items():
        there = last.has(digest)
        need_log(there, f"row {row['seq']}", "the last vote of a seat in the log", digest)
    for row in withdrawals(box):
        silent = last.get(row["details"]["seat"]) is None
        need_log(silent, f"row {row['seq']} seat", "no vote of this seat", row["details"]["seat"])
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
    need_log(found == bound, place, bound, found)


def check_undone(box: Box, row: Any, whole: Any, last: Any, cast: Any) -> None:
    """A closing that a reopening undid bound the votes of before it: all of them are there still."""
    place, told, so_far = f"row {row['seq']}", row["details"], whole.copy()
    so_far.update(b"]")
    for name in ("cast", "ballots"):
        need_whole(told[name], f"{place} {name}")
    need_log(told["cast"] == cast, f"{place} cast", cast, told["cast"])
    need_log(told["ballots"] == len(last), f"{place} ballots", len(last), told["ballots"])
    need_bound(box, told, so_far, f"rows of votes at the closing of {place}")
