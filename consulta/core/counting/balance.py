"""The report about weights (section 2.4): how far the targets are met, and what balance costs.

All figures are exact in the micro-weights; no later decision depends on them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt

from consulta.core.counting.profile import Blocks, dot
from consulta.core.counting.result import Margin, Reach, Voice
from consulta.core.counting.weights import Balance, Standing, largest_ballot, targets
from consulta.core.typed import rounded
from consulta.core.values import Rules

LARGEST_MISS = Fraction(1, 10_000)
"""A share further from its target than this is said aloud."""

KNOWN = 60
"""How many decimals of a target are known: a third or a root has no end, and its last digit no say."""

CERTAIN = 12
"""How many decimals of a number of ballots are certain before it goes up to a whole one."""

NOWHERE = np.array([], dtype=np.int64)


def margins_of(
    blocks: Blocks, balance: Balance, weights: Sequence[int]
) -> tuple[tuple[Margin, ...], Fraction]:
    """Return the margins of every balanced dimension under the weights of blocks, and the largest miss."""
    aims = balance.aims()
    misses: list[Fraction] = []
    margins: list[Margin] = []
    for dimension in balance.cells.dimensions:
        for voice in voices(blocks, weights, {dimension: balance.roll[dimension]}):
            target = Fraction(aims[dimension][voice.category])
            misses.append(round(abs(voice.weighted - target), KNOWN))
            margins.append(
                Margin(
                    dimension=dimension,
                    category=voice.category,
                    seats=voice.seats,
                    ballots=voice.ballots,
                    turnout=Fraction(voice.ballots, voice.seats),
                    share=voice.share,
                    weighted=voice.weighted,
                    target=rounded(target),
                    miss=rounded(misses[-1]),
                    silent=voice.ballots == 0,
                )
            )
    return tuple(margins), max(misses, default=Fraction(0))


def largest_part(rules: Rules, ballots: int) -> Fraction:
    """Return the most of the whole that one of so many ballots of base 1 can be worth."""
    _lower, upper = rules.weight_bounds
    return min(largest_ballot(rules, ballots), Fraction(repr(upper)) / ballots)


def needed(target: Fraction, part: Fraction) -> int:
    """Return how many ballots, each worth at most this part of the whole, it takes to carry a share."""
    return ceil(round(target / part, CERTAIN))


def reach_of(
    blocks: Blocks, balance: Balance, roll: Mapping[str, Mapping[str, Standing]]
) -> tuple[Reach, ...]:
    """Return for every category of the balanced dimensions what it takes to carry its share."""
    limits, (_low, high) = balance.limits(), balance.least_and_most
    part = high / balance.cells.base
    if limits.cap != "lifted":
        part = min(limits.part, part)
    found = []
    for dimension in balance.cells.dimensions:
        aims = targets(balance.rule[dimension], roll[dimension], roll[dimension].keys())
        for category, standing in roll[dimension].items():
            target = Fraction(aims[category])
            ballots = int(blocks.ballots[blocks_of(blocks, dimension, category)].sum())
            found.append(
                Reach(dimension, category, standing.seats, ballots, rounded(target), needed(target, part))
            )
    return tuple(found)


def blocks_of(blocks: Blocks, dimension: str, category: str) -> npt.NDArray[np.int64]:
    """Return the blocks whose ballots are in a category; none where it has no ballots."""
    names = blocks.categories[dimension]
    if category not in names:
        return NOWHERE
    return np.flatnonzero(blocks.codes[dimension] == names.index(category))


def voices(
    blocks: Blocks, weights: Sequence[int], roll: Mapping[str, Mapping[str, Standing]]
) -> tuple[Voice, ...]:
    """Return what part each category of these dimensions has in the ballots, and in their value.

    Seats without a category in a dimension are nowhere in it.
    """
    value = dot(weights, blocks.ballots)
    found = []
    for dimension in sorted(roll):
        for category, standing in roll[dimension].items():
            here = blocks_of(blocks, dimension, category)
            ballots = int(blocks.ballots[here].sum())
            own = dot([weights[block] for block in here], blocks.ballots[here])
            if category:
                found.append(
                    Voice(
                        dimension,
                        category,
                        standing.seats,
                        ballots,
                        Fraction(ballots, blocks.total),
                        Fraction(own, value),
                    )
                )
    return tuple(found)
