"""Ballots in groups: all ballots of a group lie in the same categories, weigh the same and say the same.

It decides how ballots become arrays, so that everything after it costs what the number of *distinct* ballots
costs, and needs no object per voter. It knows no weights and no rules of counting.

Exactness: sums of ballot values may pass what 64 bits hold (a base of 10⁶, a weight of 10⁶ or more
micro-units, times ballots). `exact` therefore hands out Python's whole numbers wherever a sum could come near
that limit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.bundle import Ballot, Bundle
from consulta.core.refusals import category_of

Whole = npt.NDArray[Any]
"""An array of whole numbers: 64 bits where every sum fits, Python's own where one might not."""

SAFE = 2**62
"""Sums below this are left to 64-bit arithmetic."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Groups of equal ballots, as arrays with one row for each group.

    `places[g, x]` is the tier of theme x, 1 for the best; themes not named share the last tier, `unranked`.
    `objectives[g]` has bit k-1 set where objective k is named. `base` is what one ballot of the group counts
    for before balance, `ballots` how many there are. `codes[d][g]` is an index into `categories[d]`, which
    holds the categories with ballots, sorted.
    """

    themes: int
    places: npt.NDArray[np.int32]
    objectives: npt.NDArray[np.int32]
    base: npt.NDArray[np.int64]
    ballots: npt.NDArray[np.int64]
    categories: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, npt.NDArray[np.int64]]

    @property
    def unranked(self) -> int:
        """The tier of themes that a ballot does not name."""
        return self.themes + 1


def from_bundle(bundle: Bundle, dimensions: Iterable[str]) -> Profile:
    """Return a bundle's ballots as a profile over these dimensions."""
    dimensions = sorted(set(dimensions))
    seats = {seat.seat: seat for seat in bundle.seats}
    index = {theme.key: place for place, theme in enumerate(bundle.themes)}
    groups = Counter(
        (
            tuple(category_of(seats[ballot.seat], dimension) for dimension in dimensions),
            places_of(ballot, index),
            sum(1 << (number - 1) for number in ballot.objectives),
            seats[ballot.seat].base,
        )
        for ballot in bundle.ballots
    )
    rows = sorted(groups)
    named = {
        dimension: tuple(sorted({cell[place] for cell, *_ in rows}))
        for place, dimension in enumerate(dimensions)
    }
    return Profile(
        themes=len(bundle.themes),
        places=np.array([places for _, places, _, _ in rows], dtype=np.int32),
        objectives=np.array([mask for _, _, mask, _ in rows], dtype=np.int32),
        base=np.array([base for *_, base in rows], dtype=np.int64),
        ballots=np.array([groups[row] for row in rows], dtype=np.int64),
        categories=named,
        codes={
            dimension: np.array([named[dimension].index(cell[place]) for cell, *_ in rows], dtype=np.int64)
            for place, dimension in enumerate(dimensions)
        },
    )


def places_of(ballot: Ballot, index: Mapping[str, int]) -> tuple[int, ...]:
    """Return the tier of every theme on a ballot; themes not named share the one after the last possible."""
    places = [len(index) + 1] * len(index)
    tiers = [tier for tier in ballot.ranking if tier]
    for place, tier in enumerate(tiers, start=1):
        for key in tier:
            places[index[key]] = place
    return tuple(places)


def exact(numbers: Sequence[int], factor: int) -> Whole:
    """Return an array of whole numbers whose every sum, times `factor`, is exact."""
    fits = sum(abs(number) for number in numbers) * factor < SAFE
    return np.array(numbers, dtype=np.int64 if fits else object)


def values(profile: Profile, micro: Sequence[int]) -> Whole:
    """Return what the ballots of each group count for together: ballots · base · micro-weight."""
    totals = [
        int(ballots) * int(base) * weight
        for ballots, base, weight in zip(profile.ballots, profile.base, micro, strict=True)
    ]
    return exact(totals, 2 * profile.themes)
