"""The reserves (5.5): a few people outside the panel, chosen so that they mend most drop-outs together.

A drop-out is a set of one or of two members. Reserves mend it where as many of them, in the place of those
who dropped out, keep every hard row; those who dropped out need not be in as locked any more. Every set of
the right size from the best of the pool is looked at.

It decides who is asked to hold the date. Who takes a place in the end is a new choice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.panel.exact import FAR, Whole
from consulta.core.panel.rows import Line
from consulta.core.panel.search import Members

Flags: TypeAlias = npt.NDArray[np.bool_]

SHORTLIST = 30
"""So many people of the pool, the best first, may become reserves."""

PAIRS_UP_TO = 40
"""Where more members sit, only drop-outs of one are looked at."""


class Found(NamedTuple):
    """The reserves by place; how many drop-outs of one and of two members they mend, of how many in all."""

    people: tuple[int, ...]
    one: int
    two: int | None
    of: int


def best(
    lines: Iterable[Line],
    members: Members,
    merit: Sequence[int],
    support: Sequence[int],
    lots: Sequence[int],
    how_many: int,
) -> Found:
    """Return the best reserves of a panel that keeps these lines; `merit` holds all places, the best first.

    Of sets that mend as many drop-outs it is the one with the most support, then with the largest sum of
    lots, then the one whose places come first.
    """
    sitting = sorted(members)
    listed = sorted([place for place in merit if place not in members][:SHORTLIST])
    sets = np.array([*combinations(range(len(listed)), min(how_many, len(listed)))], dtype=np.int64)
    swaps = _Swaps.of(lines, sitting, listed)
    one = _mended(swaps.that_hold(1), [*sets.T], len(sets))
    two, pairs = np.zeros_like(one), len(sitting) <= PAIRS_UP_TO
    if pairs:
        number = np.zeros((len(listed), len(listed)), dtype=np.int64)
        number[np.triu_indices(len(listed), 1)] = np.arange(len(listed) * (len(listed) - 1) // 2)
        columns = [number[sets[:, a], sets[:, b]] for a, b in combinations(range(sets.shape[1]), 2)]
        two = _mended(swaps.that_hold(2), columns, len(sets))
    supports, luck = (
        np.array([each[place] for place in listed] or [0], dtype=np.int64) for each in (support, lots)
    )
    order = np.lexsort((-luck[sets].sum(axis=1), -supports[sets].sum(axis=1), -(one + two)))
    chosen = int(order[0])
    return Found(
        people=tuple(listed[each] for each in sets[chosen]),
        one=int(one[chosen]),
        two=int(two[chosen]) if pairs else None,
        of=len(sitting) + (len(sitting) * (len(sitting) - 1) // 2 if pairs else 0),
    )


def _mended(holds: Flags, columns: Sequence[Whole], sets: int) -> Whole:
    """Return of each set how many drop-outs it mends.

    `holds` says of each substitution (row) which drop-outs (column) it mends; `columns` hold substitutions
    that each set can make, one of each set.
    """
    mended = np.zeros((sets, holds.shape[1]), dtype=bool)
    for column in columns:
        mended |= holds[column]
    counts: Whole = np.count_nonzero(mended, axis=1).astype(np.int64)
    return counts


@dataclass(frozen=True, slots=True)
class _Swaps:
    """Lines that some exchange of one or two members could break: limits, sums, what each person counts."""

    low: Whole
    high: Whole
    sums: Whole
    leaving: Whole  # a row for each member, a column for each line
    coming: Whole  # the same for each of the shortlist

    @staticmethod
    def of(lines: Iterable[Line], sitting: Sequence[int], listed: Sequence[int]) -> "_Swaps":
        kept = [line for line in lines if not line.coefficients.keys().isdisjoint((*sitting, *listed))]
        low = np.array([-FAR if line.low is None else line.low for line in kept], dtype=np.int64)
        high = np.array([FAR if line.high is None else line.high for line in kept], dtype=np.int64)
        leaving, coming = (
            np.array(
                [[line.coefficients.get(place, 0) for line in kept] for place in places], dtype=np.int64
            ).reshape(len(places), len(kept))
            for places in (sitting, listed)
        )
        sums = leaving.sum(axis=0)
        ups, downs = _two_most(leaving) + _two_most(-coming), _two_most(-leaving) + _two_most(coming)
        binds = (sums - ups < low) | (sums + downs > high)
        return _Swaps(low[binds], high[binds], sums[binds], leaving[:, binds], coming[:, binds])

    def that_hold(self, many: int) -> Flags:
        """Return which exchanges of so many keep all lines: who comes by row, who leaves by column."""
        come, leave = _sums(self.coming, many), _sums(self.leaving, many)
        holds = np.zeros((len(come), len(leave)), dtype=bool)
        for column, gone in enumerate(leave):
            there = come + (self.sums - gone)
            holds[:, column] = ((self.low <= there) & (there <= self.high)).all(axis=1)
        return holds


def _two_most(counts: Whole) -> Whole:
    """Return the sum of the two largest counts of each column, none counting less than nothing."""
    most: Whole = np.sort(np.maximum(counts, 0), axis=0)[-2:].sum(axis=0)
    return most


def _sums(counts: Whole, many: int) -> Whole:
    """Return the sums of so many rows, one or two."""
    if many == 1:
        return counts
    one, other = np.triu_indices(len(counts), 1)
    summed: Whole = counts[one] + counts[other]
    return summed
