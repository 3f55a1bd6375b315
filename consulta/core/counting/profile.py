"""Ballots as columns, in blocks: the form in which they are counted, without an object per voter.

A **block** is a combination of categories over every dimension that the count looks at; all its ballots
are worth the same, for any balance and with any category left out: their base is one of the categories
(`BASE`). Ballots are sorted by block and every theme has a column of tiers, so that a question ("x above
y?") is one comparison of two columns, packed into bits and counted word by word. A question costs a few
passes over bytes; everything after it works on blocks.

The module decides how ballots become columns. It knows no weights and no rules of counting.

Exactness: counts are whole numbers. Sums of them times weights may exceed 64 bits (a base of 10⁶, a
weight of 10⁶ or more micro-units, times ballots): `dot` then uses Python's whole numbers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.refusals import category_of
from consulta.core.values import Ballot, Bundle, Seat

Marks = npt.NDArray[np.bool_] | npt.NDArray[np.uint8]
"""Ballots marked, by anything but zero."""

Weighing = Callable[[Marks], list[int]]
"""What the ballots marked in each row of an array of marks are worth together."""

BASE = ""
"""In place of a dimension: the base of the ballots of a block. No dimension has an empty name."""

SAFE = 2**62
"""Sums below this are left to 64-bit arithmetic."""

FEW = 256
"""Blocks that hold fewer ballots than this on average are filled up to whole bytes, larger ones to words."""


SLAB = 2**14
"""How many ballots are turned from rows into columns at a time."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Who cast the ballots of each block, and how many there are: all that weights look at.

    `ballots[b]` is a block's number of ballots; `codes[d][b]` is an index into `categories[d]`, which holds
    the categories with ballots in ascending order.
    """

    ballots: npt.NDArray[np.int64]
    codes: Mapping[str, npt.NDArray[np.int64]]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def total(self) -> int:
        """Return how many ballots there are."""
        return int(self.ballots.sum())


@dataclass(frozen=True, slots=True)
class Profile(Blocks):
    """Ballots in blocks. Arrays over blocks first, then columns over ballots (each block filled up).

    `places[x]` is the column of theme x: how many tiers are before its own on each ballot; themes not named
    share the last tier, `unranked`. `objectives` has bit k-1 set where objective k is named. `number` is each
    ballot's number, from 0, in the order of the names of seats. What fills up a block is no ballot: it ranks
    and names nothing, and `real` is false there.
    """

    themes: int
    places: npt.NDArray[np.unsignedinteger[Any]]
    objectives: npt.NDArray[np.uint32]
    number: npt.NDArray[np.int32]
    real: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]
    unit: int

    @property
    def unranked(self) -> int:
        """Return the tier of themes that a ballot does not name."""
        return int(np.iinfo(self.places.dtype).max)

    def rows(self, block: int) -> slice:
        """Return where the ballots of a block stand in the columns."""
        start = int(self.starts[block]) * self.unit
        return slice(start, start + int(self.ballots[block]))

    def block_of_ballots(self) -> npt.NDArray[np.int32]:
        """Return the block of every place in the columns, what fills up a block too."""
        ends = np.append(self.starts[1:], len(self.real) // self.unit)
        return np.repeat(np.arange(len(self.starts), dtype=np.int32), (ends - self.starts) * self.unit)

    def weigh(self, marks: Marks) -> npt.NDArray[np.int64]:
        """Return by block how many ballots are marked; `marks` has ballots along its last axis."""
        words = f"u{self.unit // 8}"
        found = np.bitwise_count(np.packbits(marks, axis=-1).view(words) & np.packbits(self.real).view(words))
        return np.add.reduceat(found, self.starts, axis=-1, dtype=np.int64)

    def weighing(self, weights: Sequence[int]) -> Weighing:
        """Return the weighing under which a ballot is worth its block's weight."""
        return lambda marks: dot(weights, self.weigh(marks).T)


class Nets:
    """How many themes each ballot holds below a theme less those above, one theme after another.

    Of many themes it is read from how many themes each tier of a ballot has before it and in it.
    """

    FEW = 64
    """Of up to so many themes, comparing each with all others takes less than making a table."""

    def __init__(self, profile: Profile) -> None:
        self._places = profile.places
        self._tiers: npt.NDArray[np.int64] | None = None
        if profile.themes > self.FEW and profile.places.shape[1]:
            self._table = self._of_tiers(profile)

    def of(self, theme: int) -> npt.NDArray[np.int16]:
        """Return it for each ballot."""
        if self._tiers is not None:
            own: npt.NDArray[np.int16] = self._table[
                self._tiers[self._places[theme]], np.arange(self._table.shape[1])
            ]
            return own
        # With few themes the sums fit one byte, and a byte is what a comparison makes.
        small = len(self._places) <= np.iinfo(np.int8).max
        found: npt.NDArray[Any] = np.zeros(self._places.shape[1], dtype=np.int8 if small else np.int16)
        for other in self._places:
            found += (self._places[theme] < other).view(np.int8)
            found -= (self._places[theme] > other).view(np.int8)
        return found.astype(np.int16)

    def _of_tiers(self, profile: Profile) -> npt.NDArray[np.int16]:
        """Return by tier and ballot what a theme there has below it less those above."""
        there = np.zeros(np.iinfo(profile.places.dtype).max + 1, dtype=np.bool_)
        for row in profile.places:
            there[row] = True
        tiers = np.flatnonzero(there)
        number = np.zeros(int(tiers[-1]) + 1, dtype=np.int64)
        number[tiers] = np.arange(len(tiers))
        ballots = profile.places.shape[1]
        inside = np.zeros((len(tiers), ballots), dtype=np.int16)
        every = np.arange(ballots)
        for row in profile.places:
            inside[number[row], every] += 1
        self._tiers = number
        upto = inside.cumsum(axis=0, dtype=np.int16)
        return np.asarray(profile.themes - 2 * upto + inside, dtype=np.int16)


def bases_of(blocks: Blocks) -> list[int]:
    """Return the base of the ballots of each block."""
    names = [int(name) for name in blocks.categories[BASE]]
    return [names[code] for code in blocks.codes[BASE].tolist()]


def columns_of_base(base: npt.NDArray[np.integer[Any]]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return ballots' bases as the codes of a dimension, and its names: the bases, ascending."""
    found, codes = numbered(base)
    return codes, tuple(map(str, found.tolist()))


def from_bundle(bundle: Bundle, dimensions: Iterable[str]) -> Profile:
    """Return a bundle's ballots as a profile by base over these dimensions."""
    seats = {seat.seat: seat for seat in bundle.seats}
    ballots = sorted(bundle.ballots, key=lambda ballot: ballot.seat)
    voted = [seats[ballot.seat] for ballot in ballots]
    index = {theme.key: place for place, theme in enumerate(bundle.themes)}
    codes, names = codes_of(voted, dimensions)
    return from_columns(
        np.array([tiers_of(ballot, index) for ballot in ballots], dtype=np.int16),
        codes,
        names,
        objectives=np.array(
            [sum(1 << (number - 1) for number in ballot.objectives) for ballot in ballots],
            dtype=np.uint32,
        ),
    )


def codes_of(
    voted: Sequence[Seat], dimensions: Iterable[str]
) -> tuple[dict[str, npt.NDArray[np.int64]], dict[str, tuple[str, ...]]]:
    """Return seats' categories over these dimensions and their base, as numbers, and what these mean."""
    names: dict[str, tuple[str, ...]] = {}
    codes: dict[str, npt.NDArray[np.int64]] = {}
    for dimension in sorted(set(dimensions)):
        held = [category_of(seat, dimension) for seat in voted]
        names[dimension] = tuple(sorted(set(held)))
        number = {name: code for code, name in enumerate(names[dimension])}
        codes[dimension] = np.array([number[name] for name in held], dtype=np.int64)
    codes[BASE], names[BASE] = columns_of_base(np.array([seat.base for seat in voted], dtype=np.int64))
    return codes, names


def tiers_of(ballot: Ballot, index: Mapping[str, int]) -> list[int]:
    """Return the tier of every theme on a ballot, 0 for themes not named; empty tiers are passed over."""
    tiers = [0] * len(index)
    for place, tier in enumerate((tier for tier in ballot.ranking if tier), start=1):
        for key in tier:
            tiers[index[key]] = place
    return tiers


def from_columns(
    ranks: npt.NDArray[np.integer[Any]],
    codes: Mapping[str, npt.NDArray[np.integer[Any]]],
    names: Mapping[str, Sequence[str]],
    *,
    objectives: npt.NDArray[np.unsignedinteger[Any]] | None,
    number: npt.NDArray[np.integer[Any]] | None = None,
) -> Profile:
    """Return ballots as a profile: `ranks` is (n, m), 1 for the best tier, 0 for a theme not named.

    They come in the order of the names of seats, unless each one's `number` in it is given.
    `codes[d]` is (n,), indexes into `names[d]`; categories without ballots are left out of the profile.
    """
    ballots, themes = ranks.shape
    block, blocks = _blocks([(codes[dimension], len(names[dimension])) for dimension in codes], ballots)
    order = np.argsort(block, kind="stable")
    counts = np.bincount(block, minlength=blocks)
    unit = 64 if ballots >= FEW * blocks else 8
    units = -(-counts // unit)
    starts = np.cumsum(units) - units
    firsts = np.cumsum(counts) - counts
    # Where each place in the columns comes from; what fills up a block, from one ballot more, a blank one.
    source = np.full(int(units.sum()) * unit, ballots)
    source[np.arange(ballots) + np.repeat(starts * unit - firsts, counts)] = order
    tier: type[np.unsignedinteger[Any]] = np.uint8 if themes < FEW - 1 else np.uint16
    places = np.empty((themes, len(source)), dtype=tier)
    for start in range(0, len(source), SLAB):
        # A ballot's tiers lie side by side: all of them are fetched at once, a slab that stays in the cache.
        slab = places[:, start : start + SLAB]
        slab[:] = np.take(ranks, source[start : start + SLAB], axis=0, mode="clip").T
        slab -= tier(1)  # one tier less, and "not named", which is 0, turns into the largest number there is
    places[:, source == ballots] = np.iinfo(tier).max
    kept: dict[str, npt.NDArray[np.int64]] = {}
    categories: dict[str, tuple[str, ...]] = {}
    for dimension, column in codes.items():
        present, kept[dimension] = np.unique(column[order[firsts]], return_inverse=True)
        categories[dimension] = tuple(names[dimension][code] for code in present)
    return Profile(
        themes=themes,
        ballots=counts,
        codes=kept,
        categories=categories,
        places=places,
        objectives=_from(0 if objectives is None else objectives, source, ballots, np.uint32),
        number=_from(np.arange(ballots) if number is None else number, source, ballots, np.int32),
        real=source < ballots,
        starts=starts,
        unit=unit,
    )


def kind_for(weights: Sequence[int], counts: npt.NDArray[np.int64]) -> type:
    """Return the kind of whole numbers in which every sum of weights times counts is exact."""
    heaviest = max(weights, default=0)
    most = int(counts.max(initial=0)) - int(counts.min(initial=0))
    return np.int64 if heaviest * most * len(weights) < SAFE else object


def dot(weights: Sequence[int], counts: npt.NDArray[np.int64]) -> Any:
    """Return Σ_b weights[b] · counts[b] along the first axis of counts, exactly, as whole numbers of Python.

    A list (of lists) as long as the remaining axes. Weights are not negative.
    """
    kind = kind_for(weights, counts)
    return np.tensordot(np.array(weights, dtype=kind), counts.astype(kind), axes=1).tolist()


def _from(
    values: int | npt.NDArray[np.integer[Any]],
    source: npt.NDArray[np.int64],
    ballots: int,
    kind: type[np.integer[Any]],
) -> npt.NDArray[Any]:
    """Return values in the order of the columns, nothing where a block is filled up."""
    column = np.zeros(ballots + 1, dtype=kind)
    column[:-1] = values
    return column[source]


def _blocks(
    columns: Sequence[tuple[npt.NDArray[np.integer[Any]], int]], ballots: int
) -> tuple[npt.NDArray[Any], int]:
    """Return each ballot's block and how many there are, in ascending order of their codes.

    `columns` holds each dimension's codes and how many there can be; the first dimension weighs most.
    """
    block, blocks = np.zeros(ballots, dtype=np.int64), 1
    for codes, size in columns:
        block, blocks = _compact(block.astype(np.int64) * size + codes, blocks * size)
    return _narrow(block, blocks), blocks


def _compact(numbers: npt.NDArray[np.int64], span: int) -> tuple[npt.NDArray[np.int64], int]:
    """Return numbers below `span` as indexes among those that occur, and how many occur."""
    if span > 4 * len(numbers) + FEW:
        found, index = np.unique(numbers, return_inverse=True)
        return index, len(found)
    found = np.flatnonzero(np.bincount(numbers, minlength=span))
    index = np.zeros(span, dtype=np.int64)
    index[found] = np.arange(len(found))
    return index[numbers], len(found)


def numbered(
    numbers: npt.NDArray[np.integer[Any]],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the different numbers of a column, ascending, none below 0, and each one's place among them.

    Of small numbers it takes one pass, where sorting takes many.
    """
    span = int(numbers.max(initial=0)) + 1
    if span > 4 * len(numbers) + FEW:
        found, places = np.unique(numbers, return_inverse=True)
        return found.astype(np.int64), places
    found = np.flatnonzero(np.bincount(numbers, minlength=span))
    place = np.zeros(span, dtype=np.int64)
    place[found] = np.arange(len(found))
    return found, place[numbers]


def _narrow(numbers: npt.NDArray[np.int64], most: int) -> npt.NDArray[Any]:
    """Return small numbers in few bytes: sorting them then takes one pass for each byte."""
    return numbers.astype(np.uint8 if most <= 2**8 else np.uint16 if most <= 2**16 else np.int64)
