"""Balance: the weight of each ballot, from the roll, the ballots and the targets (section 2).

The module decides cells, targets and micro-weights. The mathematics of the weights is in `calibration`,
the report about them in `balance`.

A **cell** is a combination of categories over the balanced dimensions; all ballots in a cell have the
same weight. A weight is rounded once, to millionths, and a ballot's **value** is base · micro-weight: a
whole number. All later modules use whole weights only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from consulta.core.counting import calibration
from consulta.core.counting.profile import BASE, Blocks
from consulta.core.counting.refusals import category_of
from consulta.core.counting.result import Cap
from consulta.core.values import Bundle, Rules, Seat, Target

MILLION = 1_000_000
EVERY_COUNTRY_EQUAL: Mapping[str, Target] = {"country": "equal"}

LARGE = 10**9
"""Weights from here on are left to decimals: double precision cannot tell their millionths apart."""

CERTAIN = 15
"""How many decimals of a weight are certain: calibration stops where it is wrong by far less."""

THOUSAND = 1000

LEAST_PARTS = 3
"""Of few ballots each may be worth as much as a third of what all would be worth if they were equal."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many seats of the roll are in a category, and the sum of their base."""

    seats: int
    base: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells with ballots, sorted: by categories, then by base.

    `keys[c]` has one category for each dimension, `each[c]` is the base of each of its ballots, `ballots[c]`
    their number. `of_block` gives the cell of each block of the profile. `kinds` are the combinations of
    categories that there are, and `bases` the bases; `kind_of` and `size_of` number them for each cell.
    """

    dimensions: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    each: tuple[int, ...]
    ballots: tuple[int, ...]
    of_block: npt.NDArray[np.int64]
    kinds: tuple[tuple[str, ...], ...] = field(init=False)
    bases: tuple[int, ...] = field(init=False)
    kind_of: npt.NDArray[np.int64] = field(init=False)
    size_of: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        for column, names, numbers in ((self.keys, "kinds", "kind_of"), (self.each, "bases", "size_of")):
            place = {name: number for number, name in enumerate(dict.fromkeys(column))}
            object.__setattr__(self, names, tuple(place))
            object.__setattr__(self, numbers, np.array([place[name] for name in column], dtype=np.int64))

    @property
    def base(self) -> int:
        """Return the base of all ballots together (N)."""
        return sum(each * own for each, own in zip(self.each, self.ballots, strict=True))

    def ballots_of(self, blocks: npt.NDArray[np.int64]) -> tuple[int, ...]:
        """Return how many ballots the cells have where the blocks have so many."""
        ballots = np.zeros(len(self.keys), dtype=np.int64)
        np.add.at(ballots, self.of_block, blocks)
        return tuple(ballots.tolist())

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
class Balance:
    """A task of balance: the cells, the rule of each dimension, the roll, and how heavy a ballot may be.

    `bounds` are those of a weight, and `most` is the part of the whole that one ballot may be worth among
    many. Without bounds there is no cap either.
    """

    cells: Cells
    rule: Mapping[str, Target]
    roll: Mapping[str, Mapping[str, Standing]]
    bounds: tuple[Decimal, Decimal] | None
    most: Fraction = Fraction(0)

    def aims(self, kinds: Sequence[tuple[str, ...]] | None = None) -> dict[str, dict[str, Decimal]]:
        """Return dimension → category → target share, where these combinations of categories have ballots.

        By default those of the cells. Empty shares in a dimension mean that its targets leave nothing to
        those that voted.
        """
        voting = self.cells.kinds if kinds is None else kinds
        return {
            dimension: targets(self.rule[dimension], self.roll[dimension], {key[place] for key in voting})
            for place, dimension in enumerate(self.cells.dimensions)
        }

    def limits(self) -> Limits:
        """Return the bounds, and whether the cap holds any. There must be bounds."""
        found = self._limits_of(np.array(self.cells.ballots, dtype=np.int64))
        return replace(
            found,
            lower=tuple(found.lower[size] for size in self.cells.size_of.tolist()),
            upper=tuple(found.upper[size] for size in self.cells.size_of.tolist()),
        )

    @property
    def least_and_most(self) -> tuple[Fraction, Fraction]:
        """Return the bounds of a weight. Raise ValueError without any."""
        if self.bounds is None:
            raise ValueError("no bounds")
        return Fraction(self.bounds[0]), Fraction(self.bounds[1])

    def _limits_of(self, ballots: npt.NDArray[np.int64]) -> Limits:
        """Return the bounds of each base where the cells have so many ballots, at least one in all."""
        bases, held = self.cells.bases, _sums(self.cells.size_of, ballots)
        total = sum(own * base for base, own in zip(bases, held, strict=True))
        part = _largest_ballot(self.most, sum(held))
        low, high = self.least_and_most
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

    def micro_weights(self, ballots: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """Return the weight of each cell in millionths of the mean weight, 0 for a cell without ballots.

        `ballots` are numbers of ballots, in place of the cells' own. None where nothing is left to weigh.
        """
        cells = self.cells
        counts = np.array(cells.ballots if ballots is None else ballots, dtype=np.int64)
        voting = dict.fromkeys(cells.kind_of[counts > 0].tolist())
        aims = self.aims([cells.kinds[kind] for kind in voting])
        if not voting or not all(aims.values()):
            return None
        # Cells with the same categories and bounds have the same weight: they are one in the calibration.
        upper = self._limits_of(counts).upper if self.bounds else [Fraction(0)] * len(cells.bases)
        bounds = sorted(set(upper))
        number = np.array([bounds.index(bound) for bound in upper], dtype=np.int64)
        alike = cells.kind_of * len(bounds) + number[cells.size_of]
        worth = _sums(alike, counts * np.array(cells.each, dtype=np.int64))
        live = [place for place, own in enumerate(worth) if own]
        tasks = {
            (cells.kinds[kind], place): worth[kind * len(bounds) + place]
            for kind, place in (divmod(both, len(bounds)) for both in live)
        }
        found = [0] * len(worth)
        for place, weight in zip(live, self._solved(tasks, bounds, aims), strict=True):
            found[place] = weight
        weight_of = [found[place] for place in alike.tolist()]
        if not counts.all():
            weight_of = [weight if own else 0 for weight, own in zip(weight_of, counts.tolist(), strict=True)]
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
        number: dict[tuple[int, str], int] = {}
        members = [
            [number.setdefault((place, name), len(number)) for place, name in enumerate(key)]
            for key, _ in bases
        ]
        problem = calibration.Calibration(
            cells=members,
            base=[*bases.values()],
            targets=[aims[self.cells.dimensions[place]][name] for place, name in number],
            lower=Decimal(0),
            upper=Decimal("Infinity"),
        )
        if self.bounds is None:
            return rounded(problem)
        low, _high = self.least_and_most
        least = [min(low, upper) for upper in most]
        total = sum(bases.values())
        whole = [0] * len(most)
        for (_, place), base in bases.items():
            whole[place] += base
        for bounds in (most, least):
            if sum(base * bound for base, bound in zip(whole, bounds, strict=True)) == total:
                # There is no other way to a mean of one.
                return tuple(micro_weight(bounds[place]) for _, place in bases)
        lowers, uppers = _decimals(least), _decimals(most)
        return rounded(
            replace(
                problem,
                lower=[lowers[place] for _, place in bases],
                upper=[uppers[place] for _, place in bases],
            )
        )


def roll_of(seats: Iterable[Seat], dimensions: Iterable[str]) -> dict[str, dict[str, Standing]]:
    """Return dimension → category → its standing in the roll, categories sorted."""
    seats = tuple(seats)
    roll: dict[str, dict[str, Standing]] = {}
    for dimension in dimensions:
        bases: dict[str, list[int]] = {}
        for seat in seats:
            bases.setdefault(category_of(seat, dimension), []).append(seat.base)
        roll[dimension] = {name: Standing(len(bases[name]), sum(bases[name])) for name in sorted(bases)}
    return roll


def balance_of(blocks: Blocks, rules: Rules, roll: Mapping[str, Mapping[str, Standing]]) -> Balance:
    """Return what the rules ask of the ballots of a profile by base."""
    # Bounds are what was written, not its binary neighbour.
    lower, upper = (Decimal(repr(bound)) for bound in rules.weight_bounds)
    most = Fraction(rules.max_ballot, THOUSAND)
    return Balance(cells_of(blocks, rules.balance), rules.balance, roll, (lower, upper), most)


def largest_ballot(rules: Rules, ballots: int) -> Fraction:
    """Return the part of the whole that one of so many ballots may be worth by the cap."""
    return _largest_ballot(Fraction(rules.max_ballot, THOUSAND), ballots)


def _largest_ballot(most: Fraction, ballots: int) -> Fraction:
    return max(most, Fraction(LEAST_PARTS, ballots))


def cells_of(blocks: Blocks, dimensions: Iterable[str]) -> Cells:
    """Return the cells of a profile by base over these dimensions: by categories, then by base."""
    dimensions = tuple(sorted(dimensions))
    columns = [blocks.codes[dimension].tolist() for dimension in (*dimensions, BASE)]
    places = list(zip(*columns, strict=True))
    found = sorted(set(places))
    index = {place: number for number, place in enumerate(found)}
    names = [blocks.categories[dimension] for dimension in dimensions]
    cells = Cells(
        dimensions=dimensions,
        keys=tuple(tuple(own[code] for own, code in zip(names, place, strict=False)) for place in found),
        each=tuple(int(blocks.categories[BASE][place[-1]]) for place in found),
        ballots=(),
        of_block=np.array([index[place] for place in places], dtype=np.int64),
    )
    return replace(cells, ballots=cells.ballots_of(blocks.ballots))


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


def every_country_equal(blocks: Blocks, roll: Mapping[str, Mapping[str, Standing]]) -> list[int] | None:
    """Return what ballots of each block are worth where every country counts the same, without bounds.

    None where country is no category of the ballots, or where no such weights exist.
    """
    if "country" not in blocks.categories:
        return None
    cells = cells_of(blocks, EVERY_COUNTRY_EQUAL)
    micro = Balance(cells, EVERY_COUNTRY_EQUAL, roll, None).micro_weights()
    return None if micro is None else cells.to_blocks(micro)


def targets(target: Target, roll: Mapping[str, Standing], voted: Collection[str]) -> dict[str, Decimal]:
    """Return each category's target share in one dimension, over the categories of the roll.

    A category without ballots is silent: its share is 0 and the others are scaled up in proportion. Nothing
    is returned where the shares given leave nothing to those with ballots.
    """
    with localcontext(calibration.ARITHMETIC):
        shares = {
            name: _share(target, name, standing) if name in voted else Decimal(0)
            for name, standing in roll.items()
        }
        whole = sum(shares.values())
        return {name: share / whole for name, share in shares.items()} if whole else {}


def _share(target: Target, name: str, standing: Standing) -> Decimal:
    """Return a category's share before scaling: `sqrt` is degressive proportionality, after Penrose."""
    match target:
        case "equal":
            return Decimal(1)
        case "roll":
            return Decimal(standing.base)
        case "sqrt":
            return Decimal(standing.base).sqrt()
        case _:
            return Decimal(repr(target[name]))


def rounded(problem: calibration.Calibration) -> tuple[int, ...]:
    """Return the solution of a calibration in millionths, each the right one.

    Double precision is enough unless a weight may lie on the other side of the middle between two millionths.
    """
    found = calibration.approximate(problem)
    if found.weights.max() < LARGE:
        micro = found.weights * MILLION
        doubt = np.abs(micro - np.floor(micro) - 0.5) <= found.errors * MILLION
        if not doubt.any():
            return tuple(max(1, weight) for weight in np.rint(micro).astype(np.int64).tolist())
    return tuple(map(micro_weight, calibration.calibrate(problem)))


def micro_weight(weight: Decimal | Fraction) -> int:
    """Return a weight in millionths, to the nearest (of two, the even one), and at least one.

    A weight may lie exactly between two millionths (what bounds leave to a cell of 128 ballots, say). It is
    first rounded to `CERTAIN` decimals, so that digits which calibration does not know have no say.
    """
    return max(1, round(round(Fraction(weight), CERTAIN) * MILLION))


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
