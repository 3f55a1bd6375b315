"""Balance: the weight of each ballot, from the roll, the ballots and the targets (section 2).

The module decides cells, targets and micro-weights. The mathematics of the weights is in `calibration`,
the report about them in `balance`.

A **cell** is a combination of categories over the balanced dimensions; all ballots in a cell have the
same weight. A weight is rounded once, to millionths, and a ballot's **value** is base · micro-weight: a
whole number. All later modules use whole weights only.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from consulta.core.counting import calibration
from consulta.core.counting.profile import Profile
from consulta.core.counting.refusals import category_of
from consulta.core.values import Bundle, Seat, Target

MILLION = 1_000_000
NO_BOUNDS = (0.0, math.inf)
EVERY_COUNTRY_EQUAL: Mapping[str, Target] = {"country": "equal"}

LARGE = 10**9
"""Weights from here on are left to decimals: double precision cannot tell their millionths apart."""

CERTAIN = 15
"""How many decimals of a weight are certain: calibration stops where it is wrong by far less."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many seats of the roll are in a category, and the sum of their base."""

    seats: int
    base: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells with ballots, sorted: `keys[c]` has one category for each dimension, `base[c]` is b_c.

    `of_block` gives the cell of each block of the profile.
    """

    dimensions: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    base: tuple[int, ...]
    of_block: npt.NDArray[np.int64]

    def base_of(self, blocks: npt.NDArray[np.int64]) -> tuple[int, ...]:
        """Return each cell's base from the base of the blocks."""
        base = np.zeros(len(self.keys), dtype=np.int64)
        np.add.at(base, self.of_block, blocks)
        return tuple(base.tolist())

    def to_blocks(self, micro: Sequence[int]) -> list[int]:
        """Return the weight of each block from those of the cells."""
        return [micro[cell] for cell in self.of_block.tolist()]


@dataclass(frozen=True, slots=True)
class Balance:
    """A task of balance: the cells, the rule of each dimension, the roll, and the bounds of a weight."""

    cells: Cells
    rule: Mapping[str, Target]
    roll: Mapping[str, Mapping[str, Standing]]
    bounds: tuple[Decimal, Decimal]

    def aims(self, base: Sequence[int] | None = None) -> dict[str, dict[str, Decimal]]:
        """Return dimension → category → target share, with ballots where the cells have base.

        Empty shares in a dimension mean that its targets leave nothing to those that voted.
        """
        cells = zip(self.cells.keys, base or self.cells.base, strict=True)
        return self.aims_of([key for key, own in cells if own])

    def aims_of(self, voting: Sequence[tuple[str, ...]]) -> dict[str, dict[str, Decimal]]:
        """Return the same where the cells with these categories have ballots."""
        return {
            dimension: targets(self.rule[dimension], self.roll[dimension], {key[place] for key in voting})
            for place, dimension in enumerate(self.cells.dimensions)
        }

    def micro_weights(self, base: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """Return the weight of each cell in millionths of the mean weight, 0 for a cell without base.

        `base` takes the place of the cells' own. None where nothing is left to weigh.
        """
        base = self.cells.base if base is None else base
        aims = self.aims(base)
        live = [cell for cell, own in enumerate(base) if own]
        if not live or not all(aims.values()):
            return None
        number: dict[tuple[int, str], int] = {}
        members = [
            [
                number.setdefault((place, name), len(number))
                for place, name in enumerate(self.cells.keys[cell])
            ]
            for cell in live
        ]
        lower, upper = self.bounds
        problem = calibration.Calibration(
            cells=members,
            base=[base[cell] for cell in live],
            targets=[aims[self.cells.dimensions[place]][name] for place, name in number],
            lower=lower,
            upper=upper,
        )
        micro = [0] * len(base)
        for cell, weight in zip(live, rounded(problem), strict=True):
            micro[cell] = weight
        return tuple(micro)


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


def cells_of(profile: Profile, dimensions: Iterable[str]) -> Cells:
    """Return the cells of a profile over these dimensions, which are sorted first."""
    dimensions = tuple(sorted(dimensions))
    places = list(zip(*(profile.codes[dimension].tolist() for dimension in dimensions), strict=True))
    places = places or [()] * len(profile.base)
    found = sorted(set(places))
    index = {place: number for number, place in enumerate(found)}
    keys = tuple(
        tuple(profile.categories[dimension][code] for dimension, code in zip(dimensions, place, strict=True))
        for place in found
    )
    of_block = np.array([index[place] for place in places], dtype=np.int64)
    cells = Cells(dimensions, keys, (), of_block)
    return replace(cells, base=cells.base_of(profile.base))


def balance_of(
    profile: Profile,
    rule: Mapping[str, Target],
    roll: Mapping[str, Mapping[str, Standing]],
    bounds: tuple[float, float],
) -> Balance:
    """Return what a rule asks of a profile's ballots."""
    lower, upper = (Decimal(repr(bound)) for bound in bounds)  # what was written, not its binary neighbour
    return Balance(cells_of(profile, rule), rule, roll, (lower, upper))


def every_country_equal(
    profile: Profile, base: npt.NDArray[np.int64], roll: Mapping[str, Mapping[str, Standing]]
) -> list[int] | None:
    """Return the weights of blocks with this base with which every country counts the same, without bounds.

    None where country is no category of the ballots, or where no such weights exist.
    """
    if "country" not in profile.categories:
        return None
    balancing = balance_of(replace(profile, base=base), EVERY_COUNTRY_EQUAL, roll, NO_BOUNDS)
    micro = balancing.micro_weights()
    return None if micro is None else balancing.cells.to_blocks(micro)


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


def ballot_values(bundle: Bundle, cells: Cells, micro: Sequence[int]) -> dict[str, int]:
    """Return the value of each seat's ballot: base · micro-weight of its cell."""
    weight = dict(zip(cells.keys, micro, strict=True))
    seats = {seat.seat: seat for seat in bundle.seats}
    return {
        ballot.seat: seats[ballot.seat].base * weight[_key(seats[ballot.seat], cells.dimensions)]
        for ballot in bundle.ballots
    }


def _key(seat: Seat, dimensions: Iterable[str]) -> tuple[str, ...]:
    return tuple(category_of(seat, dimension) for dimension in dimensions)
