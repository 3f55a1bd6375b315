"""The bundle: whether it can be counted, by the rules and the roll that the log fixed; and the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.counting import columns
from consulta.core.problems import Problem
from consulta.core.trust import chance
from consulta.core.trust.record import canonical, digest
from consulta.results.verifying.bound import digest_of, joined_below, wholly_joined
from consulta.results.verifying.files import by_seat
from consulta.results.verifying.log import registrations, roll_told, withdrawals
from consulta.results.verifying.values import DiffersError, First, need, same

if TYPE_CHECKING:
    from consulta.core.counting.columns import Columns
    from consulta.results.verifying.box import Box, Note


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
        "rules_sha256": digest(canonical(raw["rules"])),
        "themes_sha256": digest(canonical(raw["themes"])),
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
    found = digest(bytes.fromhex(seed.secret))
    need(found == committed, "bundle.json", "seed.secret", committed, found)
    need(seed.public == box.public, "bundle.json", "seed.public", box.public, seed.public)
    given, wanted = (
        box.json("result.json").get("seed"),
        chance.seed(box.round.columns.rest.seed, box.round.columns.root),
    )
    need(given == wanted, "result.json", "seed", wanted, given)
    return None, {}
