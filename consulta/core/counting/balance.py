"""The report about weights (section 2.4): how far the targets are met, and what balance costs.

All figures are exact in the micro-weights; no later decision depends on them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from consulta.core.counting.profile import Profile, dot
from consulta.core.counting.result import Margin, Voice
from consulta.core.counting.weights import Balance, Standing
from consulta.core.typed import rounded

LARGEST_MISS = Fraction(1, 10_000)
"""A share further from its target than this is said aloud."""

KNOWN = 60
"""How many decimals of a target are known: a third or a root has no end, and its last digit no say."""

NOWHERE = np.array([], dtype=np.int64)


def margins_of(
    profile: Profile, balance: Balance, weights: Sequence[int]
) -> tuple[tuple[Margin, ...], Fraction]:
    """Return the margins of every balanced dimension under the weights of blocks, and the largest miss."""
    aims = balance.aims()
    misses: list[Fraction] = []
    margins: list[Margin] = []
    for dimension in balance.cells.dimensions:
        for voice in voices(profile, weights, {dimension: balance.roll[dimension]}):
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


def voices(
    profile: Profile, weights: Sequence[int], roll: Mapping[str, Mapping[str, Standing]]
) -> tuple[Voice, ...]:
    """Return what part each category of these dimensions has in the ballots, and in their value.

    Seats without a category in a dimension are nowhere in it.
    """
    value = dot(weights, profile.base)
    found = []
    for dimension in sorted(roll):
        names, codes = profile.categories[dimension], profile.codes[dimension]
        for category, standing in roll[dimension].items():
            here = np.flatnonzero(codes == names.index(category)) if category in names else NOWHERE
            ballots = int(profile.ballots[here].sum())
            own = dot([weights[block] for block in here], profile.base[here])
            if category:
                found.append(
                    Voice(
                        dimension,
                        category,
                        standing.seats,
                        ballots,
                        Fraction(ballots, profile.total),
                        Fraction(own, value),
                    )
                )
    return tuple(found)
