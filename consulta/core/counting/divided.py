"""A round whose ballots are in parts, however many there are: what its manifest says, and how it is counted.

The manifest (`consulta-parts/1`) has the bundle without seats and ballots, the kinds of seats, and for each
part how many ballots it has and the digests of its files. A part is a million ballots, in the order of the
names of seats; its root is a node of the tree over all ballots. Two files say the same of a part: canonical
lines, which are what is signed and verified, and columns of numbers, which are counted.

The module decides the shape of the manifest, of lines and of columns. Where files lie, and who reads them, it
does not know.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from consulta.core.counting import asking, bundle, refusals, repetitions
from consulta.core.counting.election import Election, dimensions_of, other_dimensions
from consulta.core.counting.profile import codes_of, from_columns, tiers_of
from consulta.core.counting.rules import rules_to_dict
from consulta.core.counting.tables import Endorsed, Naming, Part, added, part_of, scan
from consulta.core.counting.weights import Standing
from consulta.core.problems import Problem
from consulta.core.ranges import check_range
from consulta.core.reading import Node
from consulta.core.trust import chance, proofs, record
from consulta.core.typed import as_written, in_full, read_document, to_plain
from consulta.core.values import Ballot, Bundle, Categories, Digest, Nominee, Rules, Seat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from consulta.core.counting.asking import Asked
    from consulta.core.counting.profile import Profile
    from consulta.core.counting.tables import Question, Table

FORMAT = "consulta-parts/1"
CODE = "parts.json"

SIZE = 2**20
"""How many ballots or seats a part has, all but the last."""

SLAB = 2**16
"""So many ballots are looked at together: their columns stay in the cache."""

MOST_KINDS = 100_000
MOST_PAIRS = 2**27
"""So many kinds of seats may there be, and so many pairs of themes for all of them."""

PLAIN = re.compile(r'"([ !#-\[\]-~]+)"')
"""A name that JSON writes as it is; nearly all names of seats are such."""

Name = Annotated[str, Node.name]


@dataclass(frozen=True, slots=True)
class Kind:
    """A combination of country, categories and base, and how many seats and ballots there are of it."""

    country: Name
    categories: Categories
    base: int
    seats: int
    ballots: int


@dataclass(frozen=True, slots=True)
class Roll:
    """A part of the roll: the names of its first and its last seat, its root, and the digest of its lines."""

    name: str
    seats: int
    first: Name
    last: Name
    root: Digest
    jsonl_sha256: Digest


@dataclass(frozen=True, slots=True)
class Ballots:
    """A part of the ballots, by the names of their seats; its columns have a digest of their own."""

    name: str
    ballots: int
    first: Name
    last: Name
    root: Digest
    jsonl_sha256: Digest
    columns_sha256: Digest


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says; `head` is the bundle without seats and ballots."""

    head: Annotated[Any, as_written]
    root: Digest
    ballots: int
    seats: int
    kinds: tuple[Kind, ...]
    parts: tuple[Ballots, ...]
    roll: tuple[Roll, ...]

    def to_json(self) -> bytes:
        """Return the manifest as a file. Fields keep their order: in the head, that of the rules matters."""
        plain: Any = to_plain(self)
        return json.dumps(
            {"format": FORMAT, **plain}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()


def head_of(rest: Bundle) -> dict[str, Any]:
    """Return the bundle without seats and ballots as it stands in a manifest."""
    written = {
        name: part for name, part in in_full(rest).items() if name not in {"seats", "ballots", "digest"}
    }
    return {"format": bundle.FORMAT, **written, "rules": rules_to_dict(rest.rules)}


def parse(data: bytes) -> tuple[Manifest, Bundle]:
    """Return the manifest in a file and the bundle without seats and ballots, or the first problem.

    Its digest is that of the file.
    """
    manifest = read_document(Manifest, data, CODE, FORMAT)
    head = Node(manifest.head, "head", CODE).entries()
    for name in ("seats", "ballots"):
        if name in head:
            head[name].refuse("unknown")
    given = {name: node.value for name, node in head.items()} | {"seats": [], "ballots": []}
    rest = bundle.shaped(
        Node(given, "head", CODE), record.digest(data), lambda _seats: (), lambda _ballots: ()
    )
    _check_sums(manifest)
    _check_sense(manifest, rest)
    return manifest, rest


def _check_sums(manifest: Manifest) -> None:
    """Refuse a manifest that contradicts itself."""
    lists: list[tuple[str, str, Sequence[Any]]] = [
        ("parts", "ballots", manifest.parts),
        ("roll", "seats", manifest.roll),
    ]
    for field, stem, listed in lists:
        many = [getattr(each, stem) for each in listed]
        whole = many[:-1]
        names = [f"{stem}-{number:05}" for number in range(len(listed))]
        _require([each.name for each in listed] == names, f"{field}.name")
        _require(min(many, default=0) > 0 and len({*whole}) <= 1 and max(many) == many[0], f"{field}.{stem}")
        _require(max(many) <= SIZE and (not whole or many[0].bit_count() == 1), f"{field}.{stem}")
        ends = [name for each in listed for name in (each.first, each.last)]
        _require(all(one <= other for one, other in pairwise(ends)), f"{field}.first")
        _require(all(one.last < other.first for one, other in pairwise(listed)), f"{field}.first")
        total = getattr(manifest, stem)
        _require(total == sum(many) == sum(getattr(kind, stem) for kind in manifest.kinds), stem)
    _require(all(0 <= kind.ballots <= kind.seats > 0 for kind in manifest.kinds), "kinds")
    _require(root_of([part.root for part in manifest.parts]) == manifest.root, "root")
    keys = [key_of(seat) for seat in seats_of(manifest)]
    _require(all(one < other for one, other in pairwise(keys)), "kinds")


def _require(holds: object, path: str) -> None:
    if not holds:
        Node(None, path, CODE).refuse("contradicts")


def _check_sense(manifest: Manifest, rest: Bundle) -> None:
    """Raise the first problem with the round, in the order in which those of a bundle are told."""
    refusals.check_themes(rest)
    kinds = seats_of(manifest)
    for number, kind in enumerate(kinds):
        dimension = refusals.missing_dimension(rest, kind)
        if dimension is not None:
            path = f"kinds[{number}].categories"
            raise Problem("seat.category", path=path, key=kind.country, dimension=dimension)
    refusals.check_rules_for(
        rest, [(kind, own.ballots > 0) for kind, own in zip(kinds, manifest.kinds, strict=True)]
    )
    for number, kind in enumerate(kinds):
        check_range(kind.base, "base", f"kinds[{number}].base")
    if len(kinds) > MOST_KINDS or len(kinds) * len(rest.themes) ** 2 > MOST_PAIRS:
        raise Problem("rules.range", path="kinds", least=1, most=MOST_KINDS)
    refusals.check_figures_of_nominees(rest)
    refusals.check_seed(rest)
    refusals.check_nominees(rest)


def root_of(roots: Sequence[str]) -> str:
    """Return the root of the tree over all ballots from those of the parts."""
    size, nodes = len(roots), [bytes.fromhex(root) for root in roots]
    if size == 1:
        return roots[0]
    half = 1 << (size - 1).bit_length() - 1
    left, right = (root_of([node.hex() for node in own]) for own in (nodes[:half], nodes[half:]))
    return proofs.node(bytes.fromhex(left), bytes.fromhex(right)).hex()


Key = tuple[str, tuple[tuple[str, str], ...], int]
"""What makes a kind: country, categories by dimension, base."""


def key_of(seat: Seat) -> Key:
    """Return the kind of a seat; kinds are ordered by this."""
    return seat.country, tuple(sorted(seat.categories.items())), seat.base


def seats_of(manifest: Manifest) -> list[Seat]:
    """Return the kinds as seats without a name."""
    return [Seat("", kind.country, kind.categories, kind.base) for kind in manifest.kinds]


def kinds_of(seats: Mapping[Key, int], ballots: Mapping[Key, int]) -> tuple[Kind, ...]:
    """Return the kinds from how many seats and ballots each one has."""
    return tuple(
        Kind(country, dict(held), base, seats[country, held, base], ballots.get((country, held, base), 0))
        for country, held, base in sorted(seats)
    )


# -- what parts say


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Ballots as numbers, in the order of the names of their seats.

    `kind` is a number among the kinds of the manifest; `ranks` and `objectives` are as in
    `profile.from_columns`. Each endorsement is a row of `endorsing`, the ballot's number, and of `endorsed`,
    the nominee's.
    """

    kind: npt.NDArray[np.int32]
    ranks: npt.NDArray[np.signedinteger[Any]]
    objectives: npt.NDArray[np.uint32]
    endorsing: npt.NDArray[np.int32]
    endorsed: npt.NDArray[np.int32]

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns by their names."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __len__(self) -> int:
        """Return how many ballots there are."""
        return len(self.kind)

    def part(self, here: slice) -> Part:
        """Return some of the ballots as they are asked."""
        first, last = np.searchsorted(self.endorsing, [here.start, here.stop])
        ballot = self.endorsing[first:last].astype(np.int64)
        return part_of(
            self.ranks[here],
            self.kind[here].astype(np.int64),
            self.objectives[here],
            (self.kind[ballot].astype(np.int64), ballot, self.endorsed[first:last].astype(np.int64)),
        )

    def answers(self, questions: Sequence[Question]) -> Mapping[Question, Table]:
        """Return what these ballots answer."""
        found: Mapping[Question, Table] | None = None
        for start in range(0, max(len(self), 1), SLAB):
            found = added(found, scan(self.part(slice(start, start + SLAB)), questions))
        return found or {}


def joined(pieces: Sequence[Rows]) -> Rows:
    """Return the ballots of several pieces, one after another."""
    before = np.cumsum([0, *(len(piece) for piece in pieces[:-1])])
    return Rows(
        kind=np.concatenate([piece.kind for piece in pieces]),
        ranks=np.concatenate([piece.ranks for piece in pieces]),
        objectives=np.concatenate([piece.objectives for piece in pieces]),
        endorsing=np.concatenate(
            [piece.endorsing + start for piece, start in zip(pieces, before.tolist(), strict=True)]
        ).astype(np.int32),
        endorsed=np.concatenate([piece.endorsed for piece in pieces]),
    )


def rows_of(columns: Mapping[str, npt.NDArray[Any]], manifest: Manifest, rest: Bundle, part: Ballots) -> Rows:
    """Return the ballots in the columns of a part. Problem `parts.json` where they cannot be these."""
    kinds = {
        "kind": (np.int32, part.ballots, len(manifest.kinds)),
        "ranks": (_rank(len(rest.themes)), part.ballots, len(rest.themes) + 1),
        "objectives": (np.uint32, part.ballots, 1 << len(refusals.OBJECTIVES)),
        "endorsing": (np.int32, None, part.ballots),
        "endorsed": (np.int32, None, len(rest.nominees)),
    }
    _require({*columns} == {*kinds}, part.name)
    for name, (kind, many, below) in kinds.items():
        column = columns[name]
        _require(column.dtype == kind and many in {None, len(column)}, part.name)
        _require(column.ndim == 1 + (name == "ranks"), part.name)
        _require(column.min(initial=0) >= 0 and (not column.size or column.max() < below), part.name)
    _require(columns["ranks"].shape[1] == len(rest.themes), part.name)
    _require(len(columns["endorsing"]) == len(columns["endorsed"]), part.name)
    _require((np.diff(columns["endorsing"]) >= 0).all(), part.name)
    return Rows(**columns)


def _rank(themes: int) -> type[np.signedinteger[Any]]:
    """Return the kind of numbers that hold the tiers of so many themes."""
    return np.int8 if themes <= np.iinfo(np.int8).max else np.int16


class _Known(dict[str, int]):
    """Texts numbered as they come, each read once: `meanings` has what they say."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self.read = read
        self.meanings: list[Any] = []

    def __missing__(self, text: str) -> int:
        self.meanings.append(self.read(text))
        self[text] = len(self)
        return self[text]


class Lines:
    """Canonical lines of a part's ballots turned into numbers: what many ballots say is read once.

    A line that is not the canonical one of a ballot that makes sense is refused.
    """

    def __init__(self, rest: Bundle, name: str) -> None:
        self._path, self._read = name, 0
        self._themes = {theme.key: place for place, theme in enumerate(rest.themes)}
        self._nominees = {nominee.key: place for place, nominee in enumerate(rest.nominees)}
        self._rank = _rank(len(rest.themes))
        self._usual = record.canonical([[rest.themes[0].key]]).decode()
        self._rankings = _Known(lambda text: tiers_of(self._ballot("[]", "[]", text), self._themes))
        self._marks = _Known(
            lambda text: sum(1 << number - 1 for number in self._ballot("[]", text, self._usual).objectives)
        )
        self._endorsed = _Known(
            lambda text: [self._nominees[key] for key in self._ballot(text, "[]", self._usual).endorsements]
        )

    def _ballot(self, endorsements: str, objectives: str, ranking: str) -> Ballot:
        """Return a ballot that says this, or the first problem with it."""
        path = f"{self._path}[{self._read}]"
        line = f'{{"endorsements":{endorsements},"objectives":{objectives},"ranking":{ranking},"seat":"s"}}'
        ballot = bundle.read_ballot(Node(_loaded(line, path), path, CODE))
        if chance.ballot_line(ballot) != line.encode():
            Node(None, path, CODE).refuse("contradicts")
        refusals.check_ballot(ballot, {*self._themes}, {*self._nominees}, path)
        return ballot

    def rows(self, lines: Sequence[tuple[int, str]]) -> Rows:
        """Return the ballots of these lines, each after the number of its kind."""
        numbers = []
        endorsing, endorsed = list[int](), list[int]()
        for ballot, (kind, line) in enumerate(lines):
            # Inside a text no quotation mark stands alone: what divides the fields is found in no name.
            rest = line.rpartition(',"seat":')[0]
            rest, _, ranking = rest.rpartition(',"ranking":')
            named, _, marks = rest.rpartition(',"objectives":')
            numbers.append((kind, self._rankings[ranking], self._marks[marks]))
            for nominee in self._endorsed.meanings[self._endorsed[named.removeprefix('{"endorsements":')]]:
                endorsing.append(ballot)
                endorsed.append(nominee)
            self._read += 1
        found = np.array(numbers, dtype=np.int64).reshape(len(numbers), 3)
        return Rows(
            kind=found[:, 0].astype(np.int32),
            ranks=np.array(self._rankings.meanings, dtype=self._rank)[found[:, 1]],
            objectives=np.array(self._marks.meanings, dtype=np.uint32)[found[:, 2]],
            endorsing=np.array(endorsing, dtype=np.int32),
            endorsed=np.array(endorsed, dtype=np.int32),
        )


def _loaded(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        Node(None, path, CODE).refuse("json")


def seat_in(line: str, path: str) -> str:
    """Return the name of the seat, which is last in a canonical line. Problem `parts.json` with the path."""
    text = line.rpartition(',"seat":')[2].removesuffix("}")
    if plain := PLAIN.fullmatch(text):
        return plain[1]
    name = Node(_loaded(text, path), path, CODE).name()
    if not line.endswith(f',"seat":{json.dumps(name, ensure_ascii=False)}}}'):
        Node(None, path, CODE).refuse("contradicts")
    return name


def seat_line(seat: Seat) -> str:
    """Return the canonical line of a seat."""
    return record.canonical(in_full(seat)).decode()


class SeatLines(dict[Key, str]):
    """The canonical lines of seats: what stands before the name is made once for each kind."""

    def __missing__(self, key: Key) -> str:
        country, held, base = key
        self[key] = seat_line(Seat("", country, dict(held), base)).removesuffix('""}')
        return self[key]

    def line(self, key: Key, name: str) -> str:
        """Return the line of a seat of this kind and name."""
        return f"{self[key]}{json.dumps(name, ensure_ascii=False)}}}"


class Kinds:
    """The numbers of kinds of seats, by what stands before the name in a seat's canonical line."""

    def __init__(self, number: Mapping[Key, int]) -> None:
        self._number, self._known = number, dict[str, int]()

    def of(self, line: str, path: str) -> int:
        """Return the number of a seat's kind. Problem `parts.json` for another line than a seat's."""
        before = line.rpartition(',"seat":')[0]
        if before not in self._known:
            node = Node(_loaded(line, path), path, CODE)
            seat = bundle.read_seat(node)
            if key_of(seat) not in self._number or seat_line(seat) != line:
                node.refuse("contradicts")
            self._known[before] = self._number[key_of(seat)]
        return self._known[before]


# -- the count


@dataclass(frozen=True, slots=True)
class Divided:
    """A round in parts, as it is counted: `ask` asks all parts, `rows` reads them one after another."""

    manifest: Manifest
    rest: Bundle
    ask: asking.Ask
    rows: Callable[[], Iterator[Rows]]

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
        known = {name for kind in self.manifest.kinds for name in kind.categories} | {"country"}
        return Election(
            rules=self.rules,
            keys=tuple(theme.key for theme in self.rest.themes),
            objectives=tuple(theme.objectives for theme in self.rest.themes),
            roll=self._roll(dimensions_of(self.rules, known)),
            seed=chance.seed(self.rest.seed, self.manifest.root),
            root=self.manifest.root,
            digest=self.rest.digest,
            others=self._roll(other_dimensions(known)),
        )

    def _roll(self, dimensions: Iterable[str]) -> dict[str, dict[str, Standing]]:
        roll: dict[str, dict[str, Standing]] = {}
        for dimension in dimensions:
            seats, base = Counter[str](), Counter[str]()
            for kind, seat in zip(self.manifest.kinds, seats_of(self.manifest), strict=True):
                category = refusals.category_of(seat, dimension)
                seats[category] += kind.seats
                base[category] += kind.seats * kind.base
            roll[dimension] = {name: Standing(seats[name], base[name]) for name in sorted(seats)}
        return roll

    def profile(self, dimensions: Iterable[str]) -> Profile | Asked:
        """Return the ballots at hand where they are few enough to be drawn from, else who is asked."""
        kinds = seats_of(self.manifest)
        if self.manifest.ballots > repetitions.MOST_BALLOTS:
            first = next(self.rows()).part(slice(0, SLAB))
            asked = asking.in_parts(self.ask, kinds, dimensions, len(self.rest.themes), first)
            self._check_counted(asked.keys, asked.blocks.ballots)
            return asked
        rows = joined([*self.rows()])
        voted, number, ballots = np.unique(rows.kind, return_inverse=True, return_counts=True)
        self._check_counted(voted, ballots)
        codes, names = codes_of([kinds[kind] for kind in voted.tolist()], dimensions)
        return from_columns(
            rows.ranks,
            {dimension: own[number] for dimension, own in codes.items()},
            names,
            objectives=rows.objectives,
        )

    def _check_counted(
        self, kinds: npt.NDArray[np.integer[Any]], ballots: npt.NDArray[np.integer[Any]]
    ) -> None:
        """Refuse ballots of other kinds than the manifest says."""
        told = {number: kind.ballots for number, kind in enumerate(self.manifest.kinds) if kind.ballots}
        if dict(zip(kinds.tolist(), ballots.tolist(), strict=True)) != told:
            raise Problem("parts.sum", path="kinds")

    def naming(self, members: Collection[str]) -> Iterator[tuple[Seat, int, bool, int]]:
        """Yield kinds of ballots: kind and base of their seats, whether they endorse a member, how many."""
        chosen = tuple(place for place, each in enumerate(self.nominees) if each.key in members)
        question = Naming(chosen)
        table = self.ask([question])[question]
        naming = dict(zip(table.keys.tolist(), table.sums[:, :1].ravel().tolist(), strict=True))
        for number, (kind, seat) in enumerate(zip(self.manifest.kinds, seats_of(self.manifest), strict=True)):
            for names in (True, False):
                many = naming.get(number, 0) if names else kind.ballots - naming.get(number, 0)
                if many:
                    yield seat, kind.base, names, many

    def endorsements(self, value: Callable[[Seat, int], int]) -> tuple[dict[str, int], int]:
        """Return by nominee the value that endorses it, and all value.

        `value` gives a ballot's, by kind and base.
        """
        seats = seats_of(self.manifest)
        values = [
            value(seat, seat.base) if kind.ballots else 0
            for kind, seat in zip(self.manifest.kinds, seats, strict=True)
        ]
        total = sum(own * kind.ballots for own, kind in zip(values, self.manifest.kinds, strict=True))
        wide = max(len(self.nominees), 1)
        question = Endorsed(wide)
        table = self.ask([question])[question]
        endorsed = [0] * wide
        for key, many in zip(table.keys.tolist(), table.sums[:, :1].ravel().tolist(), strict=True):
            endorsed[key % wide] += many * values[key // wide]
        return {each.key: endorsed[place] for place, each in enumerate(self.nominees)}, total
