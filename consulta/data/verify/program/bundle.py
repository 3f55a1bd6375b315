"""The bundle: its form, its rules, who is on the roll, the ballots; and the seed."""

from __future__ import annotations

import copy
from array import array
from collections import Counter
from functools import cached_property

from consulta.data.verify.program.bound import (
    NOMINEE_FIELDS,
    digest_of,
    four_fields,
    joined_below,
    wholly_joined,
)
from consulta.data.verify.program.files import Long, by_seat
from consulta.data.verify.program.log import registrations, roll_told, withdrawals
from consulta.data.verify.program.values import canonical, need, of_kind, same, sha256

UNRANKED = 10**6
OBJECTIVES = 23
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
    "version": 2,
    "max_ballot": 30,
    "support_min": 3,
    "topics_rule": "shared",
}
RANGES = {"max_ballot": (1, 1000), "support_min": (1, 10**6)}
IRREGULAR_TAGS = (
    *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo"),
    *("i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
)


class Round:
    """The bundle, ready to be counted: ballots as rows of whole numbers."""

    def __init__(self, bundle):
        file = "bundle.json"
        unknown = sorted(set(bundle) - BUNDLE_FIELDS)
        need(not unknown, file, unknown[0] if unknown else "", "(nothing)", "a field not known")
        family = "consulta-bundle/2"
        need(bundle["format"] == family, file, "format", family, bundle["format"])
        for name, fields in PARTS.items():
            for place, part in parts_of(bundle, name):
                unknown = sorted({*part} - fields | NO_CATEGORIES & {*part.get("categories", {})})
                need(not unknown, file, f"{place}.{unknown[:1]}", "(nothing)", "a field not known")
        self.rules = dict(DEFAULT_RULES)
        for name, value in bundle["rules"].items():
            need(
                name in DEFAULT_RULES or name == "panel",
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
        """Titles in any languages, no empty tier, the version in the rules."""
        said = bundle["rules"].get("version")
        need(type(said) is int and said == 2, file, "rules.version", 2, said)
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
            tiers = ballot["ranking"]
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
    box.round = Round(box.json("bundle.json"))
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
