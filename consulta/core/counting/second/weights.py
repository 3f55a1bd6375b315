"""Weights of version 2 (section 9.2): no ballot is worth more than a part of the whole.

A **cell** is a combination of categories over the balanced dimensions and of base: all its ballots are
worth the same. Ballots are in blocks of one base, and the profile counts each as one; what a block's ballot
is worth is base · micro-weight. So every function of version 1 that takes the weights of blocks takes these
values.

With n ballots of base N together, q = max(max_ballot / 1000, 3 / n): in a cell whose ballots have base B no
weight is above U_c = min(U, q N / B), nor L_c = min(L, U_c). Bounds are exact fractions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.counting import calibration, weights
from consulta.core.counting.profile import Profile, from_columns, numbered, tiers_of
from consulta.core.counting.refusals import category_of
from consulta.core.counting.second.values import SecondBundle, SecondRules
from consulta.core.counting.weights import Balance, Cells, Standing, micro_weight
from consulta.core.values import Bundle

BASE = ""
"""In place of a dimension: the base of the ballots of a block. No dimension has an empty name."""

THOUSAND = 1000

LEAST_PARTS = 3
"""Of few ballots each may be worth as much as a third of what all would be worth if they were equal."""

Cap: TypeAlias = Literal["idle", "held", "lifted"]


@dataclass(frozen=True, slots=True)
class BasedCells(Cells):
    """Cells with the base of each of their ballots; `base` of a cell is its number of ballots.

    `kinds` are the combinations of categories that there are, and `bases` the bases; `kind_of` and `size_of`
    number them for each cell.
    """

    each: tuple[int, ...] = ()
    kinds: tuple[tuple[str, ...], ...] = field(init=False)
    bases: tuple[int, ...] = field(init=False)
    kind_of: npt.NDArray[np.int64] = field(init=False)
    size_of: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        for column, names, numbers in ((self.keys, "kinds", "kind_of"), (self.each, "bases", "size_of")):
            place = {name: number for number, name in enumerate(dict.fromkeys(column))}
            object.__setattr__(self, names, tuple(place))
            object.__setattr__(self, numbers, np.array([place[name] for name in column], dtype=np.int64))

    def to_blocks(self, micro: Sequence[int]) -> list[int]:
        """Return what a ballot of each block is worth: base · micro-weight."""
        values = [weight * each for weight, each in zip(micro, self.each, strict=True)]
        return [values[cell] for cell in self.of_block.tolist()]


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of the weight in each cell, or for each base, and whether the cap holds any of them."""

    cap: Cap
    part: Fraction  # q
    lower: tuple[Fraction, ...]
    upper: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class CappedBalance(Balance):
    """A task of balance in which no ballot may be too heavy; `cells` are those with a base."""

    cells: BasedCells
    most: Fraction = Fraction(0)

    def limits(self) -> Limits:
        """Return the bounds, and whether the cap holds any."""
        found = self._limits_of(np.array(self.cells.base, dtype=np.int64))
        return replace(
            found,
            lower=tuple(found.lower[size] for size in self.cells.size_of.tolist()),
            upper=tuple(found.upper[size] for size in self.cells.size_of.tolist()),
        )

    def _limits_of(self, ballots: npt.NDArray[np.int64]) -> Limits:
        """Return the bounds of each base where the cells have so many ballots, at least one in all."""
        bases, held = self.cells.bases, _sums(self.cells.size_of, ballots)
        total = sum(own * base for base, own in zip(bases, held, strict=True))
        part = max(self.most, Fraction(LEAST_PARTS, sum(held)))
        low, high = map(Fraction, self.bounds)
        # Fractions are slow: what is compared is whole numbers, or two fractions.
        share = part * total
        capped = [
            share.numerator * high.denominator < high.numerator * share.denominator * base for base in bases
        ]
        of_capped = sum(own for own, there in zip(held, capped, strict=True) if there)
        others = sum(own * base for base, own, there in zip(bases, held, capped, strict=True) if not there)
        known: Cap = "held"
        if not of_capped:
            known = "idle"
        elif share * of_capped + high * others < total:
            known = "lifted"
        most = [
            share / base if there and known == "held" else high
            for base, there in zip(bases, capped, strict=True)
        ]
        return Limits(known, part, tuple(min(low, bound) for bound in most), tuple(most))

    def micro_weights(self, base: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """Return the weight of each cell in millionths of the mean weight, 0 for a cell without ballots.

        `base` holds numbers of ballots, in place of the cells' own. None where nothing is left to weigh.
        """
        cells = self.cells
        ballots = np.array(cells.base if base is None else base, dtype=np.int64)
        voting = dict.fromkeys(cells.kind_of[ballots > 0].tolist())
        aims = self.aims_of([cells.kinds[kind] for kind in voting])
        if not voting or not all(aims.values()):
            return None
        # Cells with the same categories and bounds have the same weight: they are one in the calibration.
        upper = self._limits_of(ballots).upper
        bounds = sorted(set(upper))
        number = np.array([bounds.index(bound) for bound in upper], dtype=np.int64)
        alike = cells.kind_of * len(bounds) + number[cells.size_of]
        worth = _sums(alike, ballots * np.array(cells.each, dtype=np.int64))
        live = [place for place, own in enumerate(worth) if own]
        tasks = {
            (cells.kinds[kind], place): worth[kind * len(bounds) + place]
            for kind, place in (divmod(both, len(bounds)) for both in live)
        }
        found = [0] * len(worth)
        for place, weight in zip(live, self._solved(tasks, bounds, aims), strict=True):
            found[place] = weight
        weight_of = [found[place] for place in alike.tolist()]
        if not ballots.all():
            weight_of = [
                weight if own else 0 for weight, own in zip(weight_of, ballots.tolist(), strict=True)
            ]
        return tuple(weight_of)

    def _solved(
        self,
        bases: Mapping[tuple[tuple[str, ...], int], int],
        most: Sequence[Fraction],
        aims: Mapping[str, Mapping[str, Decimal]],
    ) -> tuple[int, ...]:
        """Return the micro-weights of cells with these bases, by their categories and the number of `most`.

        `most` are the largest weights that there are.
        """
        low = Fraction(self.bounds[0])
        least = [min(low, upper) for upper in most]
        total = sum(bases.values())
        whole = [0] * len(most)
        for (_, place), base in bases.items():
            whole[place] += base
        for bounds in (most, least):
            if sum(base * bound for base, bound in zip(whole, bounds, strict=True)) == total:
                # There is no other way to a mean of one.
                return tuple(micro_weight(bounds[place]) for _, place in bases)
        number: dict[tuple[int, str], int] = {}
        members = [
            [number.setdefault((place, name), len(number)) for place, name in enumerate(key)]
            for key, _ in bases
        ]
        lowers, uppers = _decimals(least), _decimals(most)
        problem = calibration.Calibration(
            cells=members,
            base=[*bases.values()],
            targets=[aims[self.cells.dimensions[place]][name] for place, name in number],
            lower=[lowers[place] for _, place in bases],
            upper=[uppers[place] for _, place in bases],
        )
        return weights.rounded(problem)


def _sums(numbers: npt.NDArray[np.int64], own: npt.NDArray[np.int64]) -> list[int]:
    """Return the sum of what each number has, from 0 to the largest."""
    sums = np.zeros(int(numbers.max()) + 1, dtype=np.int64)
    np.add.at(sums, numbers, own)
    found: list[int] = sums.tolist()
    return found


def _decimals(bounds: Sequence[Fraction]) -> list[Decimal]:
    """Return bounds with the digits of calibration, far more than a weight is rounded to."""
    with localcontext(calibration.ARITHMETIC):
        return [Decimal(bound.numerator) / bound.denominator for bound in bounds]


def balance_of(
    profile: Profile, rules: SecondRules, roll: Mapping[str, Mapping[str, Standing]]
) -> CappedBalance:
    """Return what the rules ask of the ballots of a profile by base."""
    lower, upper = (Decimal(repr(bound)) for bound in rules.weight_bounds)
    most = Fraction(rules.max_ballot, THOUSAND)
    return CappedBalance(cells_of(profile, rules.balance), rules.balance, roll, (lower, upper), most)


def cells_of(profile: Profile, dimensions: Iterable[str]) -> BasedCells:
    """Return the cells of a profile by base over these dimensions: by categories, then by base."""
    dimensions = tuple(sorted(dimensions))
    columns = [profile.codes[dimension].tolist() for dimension in (*dimensions, BASE)]
    places = list(zip(*columns, strict=True))
    found = sorted(set(places))
    index = {place: number for number, place in enumerate(found)}
    names = [profile.categories[dimension] for dimension in dimensions]
    cells = BasedCells(
        dimensions=dimensions,
        keys=tuple(tuple(own[code] for own, code in zip(names, place, strict=False)) for place in found),
        base=(),
        of_block=np.array([index[place] for place in places], dtype=np.int64),
        each=tuple(int(profile.categories[BASE][place[-1]]) for place in found),
    )
    return replace(cells, base=cells.base_of(profile.base))


def bases_of(profile: Profile) -> list[int]:
    """Return the base of the ballots of each block."""
    names = [int(name) for name in profile.categories[BASE]]
    return [names[code] for code in profile.codes[BASE].tolist()]


def columns_of_base(base: npt.NDArray[np.integer[Any]]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return ballots' bases as the codes of a dimension, and its names: the bases, ascending."""
    found, codes = numbered(base)
    return codes, tuple(map(str, found.tolist()))


def from_bundle(bundle: SecondBundle, dimensions: Iterable[str]) -> Profile:
    """Return a bundle's ballots as a profile by base over these dimensions."""
    seats = {seat.seat: seat for seat in bundle.seats}
    voted = [seats[ballot.seat] for ballot in bundle.ballots]
    index = {theme.key: place for place, theme in enumerate(bundle.themes)}
    names: dict[str, tuple[str, ...]] = {}
    codes: dict[str, npt.NDArray[np.int64]] = {}
    for dimension in sorted(set(dimensions)):
        held = [category_of(seat, dimension) for seat in voted]
        names[dimension] = tuple(sorted(set(held)))
        number = {name: code for code, name in enumerate(names[dimension])}
        codes[dimension] = np.array([number[name] for name in held], dtype=np.int64)
    codes[BASE], names[BASE] = columns_of_base(np.array([seat.base for seat in voted], dtype=np.int64))
    return from_columns(
        np.array([tiers_of(ballot, index) for ballot in bundle.ballots], dtype=np.int16),
        codes,
        names,
        base=None,
        objectives=np.array(
            [sum(1 << (number - 1) for number in ballot.objectives) for ballot in bundle.ballots],
            dtype=np.uint32,
        ),
    )


def by_base(profile: Profile) -> Profile:
    """Return the ballots of a profile of version 1 in blocks of one base each, counted as one."""
    real = np.flatnonzero(profile.bases)
    codes, names = columns_of_base(profile.bases[real])
    return split(profile, codes, names)


def split(profile: Profile, codes: npt.NDArray[np.int64], names: Sequence[str]) -> Profile:
    """Return a profile whose blocks differ also in this column, which takes the place of `BASE`.

    `codes` has a number for each ballot, in the order of the columns.
    """
    real = np.flatnonzero(profile.bases)
    block = profile.block_of_ballots()[real]
    # The tier of what is not named is the largest number there is: one more is 0, which stands for that.
    ranks = profile.places[:, real] + profile.places.dtype.type(1)
    return from_columns(
        ranks.T,
        {**{dimension: own[block] for dimension, own in profile.codes.items()}, BASE: codes},
        {**profile.categories, BASE: names},
        base=None,
        objectives=profile.objectives[real],
    )


def ballot_values(bundle: Bundle, cells: Iterable[tuple[Mapping[str, str], int, int]]) -> dict[str, int]:
    """Return the value of each seat's ballot; `cells` are categories, base of each ballot, micro-weight."""
    found = list(cells)
    dimensions = [*found[0][0]]
    weight = {(tuple(held.values()), each): micro for held, each, micro in found}
    seats = {seat.seat: seat for seat in bundle.seats}
    values = {}
    for ballot in bundle.ballots:
        seat = seats[ballot.seat]
        key = tuple(category_of(seat, dimension) for dimension in dimensions)
        values[ballot.seat] = seat.base * weight[key, seat.base]
    return values
