"""A round in columns: a bundle's file read seat by seat and ballot by ballot, and held as arrays.

It refuses what `bundle.parse` refuses, in the same order and in the same words; a
result counted from it is the same, digit for digit. It takes some two hundred bytes of memory a seat while
the file is read, and some fifty a ballot afterwards; equal names are held once, and so are equal
combinations of categories.
"""

import itertools
import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.counting import bundle as bundles
from consulta.core.counting import refusals
from consulta.core.counting.election import Election, dimensions_of, other_dimensions
from consulta.core.counting.profile import BASE, Profile, columns_of_base, from_columns
from consulta.core.counting.refusals import OBJECTIVES, category_of, named_once
from consulta.core.counting.weights import Standing
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.core.reading import MOST_BYTES, MOST_VALUES, Node
from consulta.core.streaming import GIVEN, read_stream
from consulta.core.trust import chance, record
from consulta.core.values import Ballot, Bundle, Nominee, Rules, Seat

CODE = "bundle.json"
MOST_SEATS = 2_000_000
"""As many seats, and as many ballots, may a file have."""

MOST_KINDS = 100_000
"""As many combinations of country and categories may its seats have."""

MOST_TIERS = 100_000_000
"""As many may its ballots be, times its themes."""

SLAB = 2**14
"""How many ballots are turned from a stream of names into rows at a time."""

Numbers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """A bundle without an object for each seat and ballot.

    `rest` is the bundle with neither. `kinds` are the combinations of country and categories of seats, each
    as a seat; `kind` and `base` are the seats', `seat` is the ballots': a number among the seats. `ranks` and
    `objectives` are as in `profile.from_columns`; `endorsed` has each endorsement as the ballot's number and
    the nominee's. `by_seat` are the ballots' numbers, ordered by seat, and `root` is the root of the ballots.
    """

    rest: Bundle
    kinds: Sequence[Seat]
    kind: Numbers
    base: Numbers
    seat: Numbers
    ranks: Numbers
    objectives: npt.NDArray[np.uint32]
    endorsed: tuple[Numbers, Numbers]
    by_seat: Numbers
    root: str

    @property
    def rules(self) -> Rules:
        """Return the rules."""
        return self.rest.rules

    @property
    def nominees(self) -> tuple[Nominee, ...]:
        """Return the nominees."""
        return self.rest.nominees

    def election(self) -> Election:
        """Return all that a count needs except the ballots."""
        known = {name for kind in self.kinds for name in kind.categories} | {"country"}
        return Election(
            rules=self.rules,
            keys=tuple(theme.key for theme in self.rest.themes),
            objectives=tuple(theme.objectives for theme in self.rest.themes),
            roll=self._roll(dimensions_of(self.rules, known)),
            seed=chance.seed(self.rest.seed, self.root),
            root=self.root,
            digest=self.rest.digest,
            others=self._roll(other_dimensions(known)),
        )

    def _roll(self, dimensions: Iterable[str]) -> dict[str, dict[str, Standing]]:
        seats = np.bincount(self.kind, minlength=len(self.kinds)).tolist()
        bases = np.zeros(len(self.kinds), dtype=np.int64)
        np.add.at(bases, self.kind, self.base)
        roll: dict[str, dict[str, Standing]] = {}
        for dimension in dimensions:
            found: dict[str, list[int]] = {}
            for kind, many, base in zip(self.kinds, seats, bases.tolist(), strict=True):
                standing = found.setdefault(category_of(kind, dimension), [0, 0])
                standing[0] += many
                standing[1] += base
            roll[dimension] = {name: Standing(*found[name]) for name in sorted(found)}
        return roll

    def profile(self, dimensions: Iterable[str]) -> Profile:
        """Return the ballots as a profile over these dimensions, in blocks of one base each."""
        kind = self.kind[self.seat[self.by_seat]]
        voted = np.flatnonzero(np.bincount(kind, minlength=len(self.kinds))).tolist()
        names: dict[str, tuple[str, ...]] = {}
        codes: dict[str, npt.NDArray[np.int64]] = {}
        for dimension in sorted(set(dimensions)):
            held = {number: category_of(self.kinds[number], dimension) for number in voted}
            names[dimension] = tuple(sorted(set(held.values())))
            place = {name: code for code, name in enumerate(names[dimension])}
            code_of = np.zeros(len(self.kinds), dtype=np.int64)
            for number, name in held.items():
                code_of[number] = place[name]
            codes[dimension] = code_of[kind]
        codes[BASE], names[BASE] = columns_of_base(self.base[self.seat[self.by_seat]])
        return from_columns(self.ranks[self.by_seat], codes, names, objectives=self.objectives[self.by_seat])

    def naming(self, members: Collection[str]) -> Iterator[tuple[Seat, int, bool, int]]:
        """Yield kinds of ballots: kind and base of their seats, whether they endorse a member, how many."""
        chosen = np.array([each.key in members for each in self.nominees], dtype=bool)
        ballot, nominee = self.endorsed
        names = np.zeros(len(self.seat), dtype=bool)
        names[ballot[chosen[nominee]]] = True
        most = int(self.base.max()) + 1
        kind = (self.kind[self.seat].astype(np.int64) * most + self.base[self.seat]) * 2 + names
        for alike, many in zip(*(each.tolist() for each in np.unique(kind, return_counts=True)), strict=True):
            yield self.kinds[alike // 2 // most], alike // 2 % most, bool(alike % 2), many

    def endorsements(self, value: Callable[[Seat, int], int]) -> tuple[dict[str, int], int]:
        """Return by nominee the value that endorses it, and all value.

        `value` gives a ballot's, by kind and base.
        """
        kind = self.kind[self.seat].astype(np.int64)
        most = int(self.base.max()) + 1
        found, alike = np.unique(kind * most + self.base[self.seat], return_inverse=True)
        values = [value(self.kinds[each // most], each % most) for each in found.tolist()]
        total = sum(map(int.__mul__, values, np.bincount(alike, minlength=len(found)).tolist()))
        ballot, nominee = self.endorsed
        wide = max(len(self.nominees), 1)
        pairs, times = np.unique(alike[ballot] * np.int64(wide) + nominee, return_counts=True)
        endorsed = [0] * wide
        for pair, many in zip(pairs.tolist(), times.tolist(), strict=True):
            endorsed[pair % wide] += many * values[pair // wide]
        return {each.key: endorsed[place] for place, each in enumerate(self.nominees)}, total


def weights_of(cells: Iterable[tuple[Mapping[str, str], int, int]]) -> Callable[[Seat, int], int]:
    """Return what a ballot is worth, from the categories, base and micro-weight of each cell."""
    found = list(cells)
    dimensions = [*found[0][0]]
    weight = {(tuple(held.values()), each): micro for held, each, micro in found}
    return lambda kind, base: base * weight[tuple(category_of(kind, name) for name in dimensions), base]


def read(file: BinaryIO) -> Columns:
    """Return a bundle's file in columns, or the first problem with it."""
    box, rest = _taken(file)
    return box.columns(rest)


def cut(file: BinaryIO) -> tuple[Bundle, Iterator[Seat], Iterator[str]]:
    """Return a bundle's file without seats and ballots, its seats, and the lines of its ballots.

    Both are in the order of the names of seats. Raise the first problem with the file.
    """
    box, rest = _taken(file)
    names = dict(box.seats)
    columns = box.columns(rest)
    box.seats = names
    return rest, box.sorted_seats(columns.kinds), box.lines(columns.by_seat.tolist())


def _taken(file: BinaryIO) -> tuple["_Box", Bundle]:
    """Return the seats and ballots of a file, and the rest of it."""
    box = _Box()
    lists = {"seats": box.take_seat, "ballots": box.take_ballot}
    streamed = read_stream(file, CODE, {*bundles.FIELDS, *bundles.OPTIONAL}, lists)
    return box, bundles.shaped(streamed.root, streamed.digest, box.shape_of_seats, box.shape_of_ballots)


Said: TypeAlias = tuple[str, list[int], Sequence[int], list[int]]
"""What a ballot says in numbers: whose it is, its ranking, its objectives, the nominees it endorses."""


class _Names:
    """Names as numbers from 0 on, and on which ballot each was first."""

    def __init__(self, box: "_Box") -> None:
        self.box = box
        self.number: dict[str, int] = {}
        self.first: list[int] = []

    def of(self, names: Iterable[str], ballot: int) -> list[int]:
        """Return the numbers of names on a ballot; those that are new have their number from now on."""
        found = []
        for name in names:
            number = self.number.get(name)
            if number is None:
                self.box.hold(len(name), 1)
                number = self.number[name] = len(self.first)
                self.first.append(ballot)
            found.append(number)
        return found

    def places(self, known: Sequence[str]) -> tuple[npt.NDArray[np.int64], int | None]:
        """Return the place of each name among those known, and the first ballot with one that is not."""
        place = {name: at for at, name in enumerate(known)}
        unknown = [self.first[number] for name, number in self.number.items() if name not in place]
        found = [place.get(name, 0) for name in self.number]
        return np.array(found, dtype=np.int64), min(unknown, default=None)


class _Box:
    """Seats and ballots as they are read, and the first fault of each kind, which are told in another order.

    The ranking of a ballot is a run of numbers: a theme's is one more than its number among the names, and 0
    ends a tier.
    """

    def __init__(self) -> None:
        self.held = self.entries = 0
        # seats
        self.seats: dict[str, int] = {}
        self.kinds: dict[tuple[object, ...], int] = {}
        self.kind, self.base = array("i"), array("i")
        self.base_fault: tuple[int, int] | None = None
        # ballots
        self.themes, self.nominees = _Names(self), _Names(self)
        self.voters, self.names_of_voters = array("i"), list[str]()
        self.ranking, self.ranking_ends = array("H"), array("Q")
        self.objectives, self.objectives_ends = bytearray(), array("I")
        self.endorsed, self.endorsed_ends = array("H"), array("I")
        self.voted = bytearray()
        self.shape: dict[str, Problem] = {}
        self.sense: dict[str, Problem] = {}
        self.first: dict[str, int] = {}

    def hold(self, letters: int, entries: int) -> None:
        """Refuse a file with too many different names and combinations of categories."""
        self.held += letters
        self.entries += entries
        if self.held > MOST_BYTES or self.entries > MOST_VALUES:
            Node(None, "", CODE).refuse("large")

    # -- seats

    def take_seat(self, index: int, item: object) -> None:
        """Take in a seat."""
        if "seats" in self.shape:
            return
        plain = self._plain_seat(item)
        if plain is None:
            try:
                seat = bundles.read_seat(Node(item, f"seats[{index}]", CODE))
            except Problem as problem:
                self.shape["seats"] = problem
                return
            plain = seat.seat, self._kind_of(seat), seat.base
        name, kind, base = plain
        number = len(self.seats)
        if self.seats.setdefault(name, number) != number:
            self._note("seat.duplicate", f"seats[{index}].seat", name)
            return
        if number >= MOST_SEATS:
            Node(None, "", CODE).refuse("large")
        least, most = RANGES["base"]
        if not least <= base <= most:
            self.sense.setdefault(
                "base", Problem("rules.range", path=f"seats[{index}].base", least=least, most=most)
            )
            base = 1
        self.kind.append(kind)
        self.base.append(base)

    def _plain_seat(self, item: object) -> tuple[str, int, int] | None:
        """Return the name, kind and base of a seat in the usual form with categories known already."""
        if type(item) is not dict or len(item) != len(SEAT_FIELDS):
            return None
        try:
            name, held, base = item["seat"], item["categories"], item["base"]
            kind = self.kinds.get((item["country"], *held.items()))
        except (KeyError, AttributeError, TypeError):
            return None
        usual = type(name) is str and name and name.isascii() and type(base) is int
        return (name, kind, base) if usual and kind is not None else None

    def _kind_of(self, seat: Seat) -> int:
        key = (seat.country, *seat.categories.items())
        kind = self.kinds.get(key)
        if kind is None:
            letters = len(seat.country) + sum(len(name) + len(own) for name, own in seat.categories.items())
            self.hold(letters, 2 + len(seat.categories))
            if len(self.kinds) >= MOST_KINDS:
                Node(None, "", CODE).refuse("large")
            kind = self.kinds[key] = len(self.kinds)
        return kind

    def shape_of_seats(self, node: Node) -> tuple[Seat, ...]:
        """Refuse what is no list of seats."""
        if node.value is not GIVEN:
            node.items()
        if "seats" in self.shape:
            raise self.shape["seats"]
        return ()

    # -- ballots

    def take_ballot(self, index: int, item: object) -> None:
        """Take in a ballot."""
        if "ballots" in self.shape:
            return
        plain = self._plain_ballot(index, item)
        if plain is None:
            node = Node(item, f"ballots[{index}]", CODE)
            try:
                ballot = bundles.read_ballot(node)
            except Problem as problem:
                self.shape["ballots"] = problem
                return
            plain = self._in_numbers(index, ballot)
        self._add(index, plain)

    def _add(self, index: int, ballot: Said) -> None:
        seat, ranking, objectives, endorsed = ballot
        if index >= MOST_SEATS:
            Node(None, "", CODE).refuse("large")
        self._keep(index, seat)
        self.ranking = _joined(self.ranking, ranking)
        self.ranking_ends.append(len(self.ranking))
        self.objectives += bytes(objectives)
        self.objectives_ends.append(len(self.objectives))
        self.endorsed = _joined(self.endorsed, endorsed)
        self.endorsed_ends.append(len(self.endorsed))

    def _plain_ballot(self, index: int, item: object) -> Said | None:
        """Return a ballot in the usual form that names only what is known already, and nothing twice."""
        if type(item) is not dict or len(item) != len(BALLOT_FIELDS):
            return None
        themes, nominees = self.themes.number, self.nominees.number
        try:
            seat, tiers, objectives = item["seat"], item["ranking"], item["objectives"]
            ranking: list[int] = []
            for tier in tiers:
                if type(tier) is not list or not tier:
                    return None
                ranking += [themes[key] + 1 for key in tier]
                ranking.append(0)
            endorsed = [nominees[key] for key in item["endorsements"]]
            valid = OBJECTIVE_NUMBERS.issuperset(objectives) and len(set(objectives)) == len(objectives)
        except (KeyError, TypeError):
            return None
        usual = (
            valid
            and type(seat) is str
            and seat.isascii()
            and type(tiers) is list
            and type(objectives) is list
            and all(type(number) is int for number in objectives)
            and type(item["endorsements"]) is list
            and ranking
            and len(set(ranking)) == len(ranking) - len(tiers) + 1
            and len(set(endorsed)) == len(endorsed)
            and seat
        )
        return (seat, ranking, objectives, endorsed) if usual else None

    def _in_numbers(self, index: int, ballot: Ballot) -> Said:
        """Return a ballot of any form in numbers, and note what in it makes no sense."""
        ranking: list[int] = []
        for tier in ballot.ranking:
            ranking += [number + 1 for number in self.themes.of(tier, index)]
            ranking.append(0)
        endorsed = self.nominees.of(ballot.endorsements, index)
        named = [number for number in ranking if number]
        if not named:
            self.first.setdefault("ballot.empty", index)
        if len(set(named)) != len(named):
            self.first.setdefault("ballot.theme", index)
        objectives = ballot.objectives
        if not named_once(objectives, OBJECTIVES):
            self.first.setdefault("ballot.objective", index)
            objectives = ()
        if len(set(endorsed)) != len(endorsed):
            self.first.setdefault("ballot.endorsement", index)
        return ballot.seat, ranking, objectives, endorsed

    def _keep(self, index: int, seat: str) -> None:
        """Note whose ballot it is. Where no seats have been read yet, names are kept until they are."""
        if not self.kind:
            self.names_of_voters.append(seat)
            return
        number = self.seats.get(seat)
        if number is None:
            self._note("ballot.seat", f"ballots[{index}].seat", seat)
            self.voters.append(0)
            return
        if len(self.voted) < len(self.seats):
            self.voted.extend(bytes(len(self.seats) - len(self.voted)))
        if self.voted[number]:
            self._note("ballot.duplicate", f"ballots[{index}].seat", seat)
        self.voted[number] = 1
        self.voters.append(number)

    def shape_of_ballots(self, node: Node) -> tuple[Ballot, ...]:
        """Refuse what is no list of ballots."""
        if node.value is not GIVEN:
            node.items()
        if "ballots" in self.shape:
            raise self.shape["ballots"]
        return ()

    # -- what makes no sense

    def _note(self, code: str, path: str, key: str) -> None:
        self.sense.setdefault(code, Problem(code, path=path, key=key))

    def _refuse(self, code: str) -> None:
        if code in self.sense:
            raise self.sense[code]

    def columns(self, rest: Bundle) -> Columns:
        """Return the whole in columns, or the first problem with it in the order of `refusals.check`."""
        refusals.check_themes(rest)
        kinds = [Seat("", str(key[0]), dict(key[1:])) for key in self.kinds]  # type: ignore[arg-type]
        self._check_seats(rest, kinds)
        waiting, self.names_of_voters = self.names_of_voters, []
        for index, name in enumerate(waiting):
            if not self.kind:
                self._note("ballot.seat", f"ballots[{index}].seat", name)
                break
            self._keep(index, name)
        self._refuse("ballot.seat")
        self._refuse("ballot.duplicate")
        themes, nominees = self._check_ballots(rest)
        if not self.voters:
            raise Problem("ballots.none", path="ballots")
        if len(self.voters) * len(rest.themes) > MOST_TIERS:
            Node(None, "", CODE).refuse("large")
        voted = np.zeros(len(kinds), dtype=np.bool_)
        kind, seat = np.frombuffer(self.kind, dtype=np.int32), np.frombuffer(self.voters, dtype=np.int32)
        voted[kind[seat]] = True
        refusals.check_rules_for(rest, list(zip(kinds, voted.tolist(), strict=True)))
        self._refuse("base")
        refusals.check_figures_of_nominees(rest)
        refusals.check_seed(rest)
        refusals.check_nominees(rest)
        by_seat = self._by_seat()
        root = self._root(by_seat)
        self.seats.clear()
        ends = np.frombuffer(self.endorsed_ends, dtype=np.uint32)
        ballots = np.repeat(np.arange(len(seat), dtype=np.int32), np.diff(ends, prepend=0))
        return Columns(
            rest=rest,
            kinds=kinds,
            kind=kind,
            base=np.frombuffer(self.base, dtype=np.int32),
            seat=seat,
            ranks=self._ranks(themes, len(rest.themes)),
            objectives=self._masks(),
            endorsed=(ballots, nominees[np.asarray(self.endorsed)] if len(self.endorsed) else ballots),
            by_seat=np.array(by_seat, dtype=np.int32),
            root=root,
        )

    def _check_seats(self, rest: Bundle, kinds: Sequence[Seat]) -> None:
        self._refuse("seat.duplicate")
        missing = [refusals.missing_dimension(rest, kind) for kind in kinds]
        without = [number for number, dimension in enumerate(missing) if dimension is not None]
        if without:
            index = int(np.argmax(np.isin(np.frombuffer(self.kind, dtype=np.int32), without)))
            name = next(itertools.islice(self.seats, index, None))
            dimension = missing[self.kind[index]]
            raise Problem("seat.category", path=f"seats[{index}].categories", key=name, dimension=dimension)

    def _check_ballots(self, rest: Bundle) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the places of the names of themes and of nominees.

        Refuse the first ballot that makes no sense.
        """
        themes, strange = self.themes.places([theme.key for theme in rest.themes])
        nominees, foreign = self.nominees.places([nominee.key for nominee in rest.nominees])
        found = [
            (index, place, code)
            for place, (code, also) in enumerate(
                (
                    ("ballot.empty", None),
                    ("ballot.theme", strange),
                    ("ballot.objective", None),
                    ("ballot.endorsement", foreign),
                )
            )
            for index in (self.first.get(code), also)
            if index is not None
        ]
        if found:
            index, place, code = min(found)
            field = ("ranking", "ranking", "objectives", "endorsements")[place]
            name = next(itertools.islice(self.seats, self.voters[index], None))
            raise Problem(code, path=f"ballots[{index}].{field}", key=name)
        return themes, nominees

    def _by_seat(self) -> Sequence[int]:
        """Return the ballots' numbers, ordered by the names of their seats."""
        names, seats = list(self.seats), self.voters
        if all(names[one] < names[other] for one, other in itertools.pairwise(seats)):
            return range(len(seats))
        return sorted(range(len(seats)), key=lambda index: names[seats[index]])

    def _root(self, by_seat: Sequence[int]) -> str:
        """Return the root of the tree over the canonical ballots."""
        tree = record.Growing()
        for line in self.lines(by_seat):
            tree.add(line.encode())
        return tree.root()

    def sorted_seats(self, kinds: Sequence[Seat]) -> Iterator[Seat]:
        """Yield the seats in the order of their names."""
        names = list(self.seats)
        for number in sorted(range(len(names)), key=names.__getitem__):
            yield replace(kinds[self.kind[number]], seat=names[number], base=self.base[number])

    def lines(self, by_seat: Sequence[int]) -> Iterator[str]:
        """Yield the canonical ballots in this order."""
        names, seats = list(self.seats), self.voters
        themes = ["", *map(_written, self.themes.number)]
        nominees = [*map(_written, self.nominees.number)]
        for index in by_seat:
            start = self.ranking_ends[index - 1] if index else 0
            ranking = self.ranking[start : self.ranking_ends[index]]
            start = self.objectives_ends[index - 1] if index else 0
            objectives = self.objectives[start : self.objectives_ends[index]]
            start = self.endorsed_ends[index - 1] if index else 0
            endorsed = self.endorsed[start : self.endorsed_ends[index]]
            tiers, tier = list[str](), list[str]()
            for number in ranking:
                if number:
                    tier.append(themes[number])
                else:
                    tiers.append(f"[{','.join(tier)}]")
                    tier.clear()
            yield (
                f'{{"endorsements":[{",".join([nominees[each] for each in endorsed])}],'
                f'"objectives":[{",".join(map(str, objectives))}],'
                f'"ranking":[{",".join(tiers)}],'
                f'"seat":{_written(names[seats[index]])}}}'
            )

    def _ranks(self, places: npt.NDArray[np.int64], themes: int) -> Numbers:
        """Return the tier of every theme on every ballot, 0 for those not named; empty tiers do not count."""
        ends = np.frombuffer(self.ranking_ends, dtype=np.uint64).astype(np.int64)
        run = np.asarray(self.ranking)
        kind: type[np.signedinteger[Any]] = np.int8 if themes <= np.iinfo(np.int8).max else np.int16
        ranks = np.zeros((len(ends), themes), dtype=kind)
        for low in range(0, len(ends), SLAB):
            high = min(low + SLAB, len(ends))
            begin = int(ends[low - 1]) if low else 0
            here = run[begin : ends[high - 1]]
            ballot = np.repeat(np.arange(high - low), np.diff(ends[low:high], prepend=begin))
            last = here == 0
            # An end of a tier counts where a theme is before it.
            full = last.copy()
            full[1:] &= here[:-1] != 0
            full[:1] = False
            before = np.cumsum(full) - full
            firsts = np.zeros(high - low, dtype=np.int64)
            starts = np.append(0, ends[low : high - 1] - begin) if high - low else firsts
            inside = starts < len(here)
            firsts[inside] = before[starts[inside]]
            named = ~last
            tier = before[named] - firsts[ballot[named]] + 1
            ranks[low + ballot[named], places[here[named].astype(np.int64) - 1]] = tier
        return ranks

    def _masks(self) -> npt.NDArray[np.uint32]:
        """Return the objectives of every ballot as bits."""
        ends = np.frombuffer(self.objectives_ends, dtype=np.uint32)
        ballot = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        masks = np.zeros(len(ends), dtype=np.uint32)
        bits = np.uint32(1) << (
            np.frombuffer(self.objectives, dtype=np.uint8).astype(np.uint32) - np.uint32(1)
        )
        np.bitwise_or.at(masks, ballot, bits)
        return masks


SEAT_FIELDS = ("seat", "country", "categories", "base")
BALLOT_FIELDS = ("seat", "ranking", "objectives", "endorsements")
OBJECTIVE_NUMBERS = frozenset(OBJECTIVES)


def _written(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _joined(run: "array[int]", more: Sequence[int]) -> "array[int]":
    """Return a run of numbers with more of them, in more bytes each where they need these."""
    before = len(run)
    try:
        run.extend(more)
    except OverflowError:
        wider = array("I", run[:before])
        wider.extend(more)
        return wider
    return run
