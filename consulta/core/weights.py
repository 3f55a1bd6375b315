"""Balance: which weight each ballot gets, from the roll, the ballots and the targets (section 2).

It decides cells, targets and micro-weights. The mathematics of the weights is in `calibration`, what is
reported about them in `balance`.

A **cell** is a combination of categories over the balanced dimensions; all ballots in a cell have the same
weight. A weight is rounded once, to millionths, and a ballot's **value** is base · micro-weight: a whole
number. Nothing after this module sees a weight that is not whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from consulta.core import calibration
from consulta.core.bundle import Bundle, Seat, Target
from consulta.core.profile import Profile
from consulta.core.refusals import category_of

MILLION = 1_000_000
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

    `of_group` gives the cell of each group of the profile.
    """

    dimensions: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    base: tuple[int, ...]
    of_group: npt.NDArray[np.int64]


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
    base = [0] * len(found)
    for place, each, ballots in zip(places, profile.base.tolist(), profile.ballots.tolist(), strict=True):
        base[index[place]] += each * ballots
    keys = tuple(
        tuple(profile.categories[dimension][code] for dimension, code in zip(dimensions, place, strict=True))
        for place in found
    )
    return Cells(dimensions, keys, tuple(base), np.array([index[place] for place in places], dtype=np.int64))


def targets(target: Target, roll: Mapping[str, Standing], voted: Collection[str]) -> dict[str, Decimal]:
    """Return each category's target share in one dimension, over the categories of the roll.

    A category without ballots is silent: its share is 0 and the others are scaled up in proportion.
    """
    with localcontext(calibration.ARITHMETIC):
        shares = {
            name: _share(target, name, standing) if name in voted else Decimal(0)
            for name, standing in roll.items()
        }
        whole = sum(shares.values())
        return {name: share / whole for name, share in shares.items()}


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


def micro_weights(
    cells: Cells, targets: Mapping[str, Mapping[str, Decimal]], bounds: tuple[float, float]
) -> tuple[int, ...]:
    """Return the weight of each cell in millionths of the mean weight."""
    categories = [
        (place, name)
        for place, dimension in enumerate(cells.dimensions)
        for name in targets[dimension]
        if any(key[place] == name for key in cells.keys)
    ]
    number = {category: index for index, category in enumerate(categories)}
    lower, upper = bounds
    weights = calibration.calibrate(
        calibration.Calibration(
            cells=[[number[category] for category in enumerate(key)] for key in cells.keys],
            base=cells.base,
            targets=[targets[cells.dimensions[place]][name] for place, name in categories],
            lower=Decimal(repr(lower)),
            upper=Decimal(repr(upper)),
        )
    )
    return tuple(map(micro_weight, weights))


def micro_weight(weight: Decimal) -> int:
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
