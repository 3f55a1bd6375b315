"""What is reported about weights (section 2.4): how far the targets are met, and what balance costs.

It decides figures, all of them exact in the micro-weights, and none of them decides anything further.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from consulta.core.profile import Profile, Whole
from consulta.core.result import Bound, CellWeight, Margin, Weights, rounded
from consulta.core.weights import Cells, Standing, micro_weight

LARGEST_MISS = Fraction(1, 10_000)
"""A share further from its target than this is said aloud."""


def report(
    profile: Profile,
    values: Whole,
    cells: Cells,
    micro: Sequence[int],
    bounds: tuple[float, float],
    roll: Mapping[str, Mapping[str, Standing]],
    targets: Mapping[str, Mapping[str, Decimal]],
) -> Weights:
    """Return the weights with their margins, misses and cost."""
    misses: list[Fraction] = []
    margins: list[Margin] = []
    for dimension in cells.dimensions:
        for category, standing in roll[dimension].items():
            ballots, weighted = _part(profile, values, dimension, category)
            target = Fraction(targets[dimension][category])
            misses.append(abs(weighted - target))
            margins.append(
                Margin(
                    dimension=dimension,
                    category=category,
                    seats=standing.seats,
                    ballots=ballots,
                    turnout=Fraction(ballots, standing.seats),
                    share=Fraction(ballots, int(profile.ballots.sum())),
                    weighted=weighted,
                    target=rounded(target),
                    miss=rounded(misses[-1]),
                    silent=ballots == 0,
                )
            )
    largest = max(misses, default=Fraction(0))
    rests = [at_bound(weight, bounds) for weight in micro]
    effect = design_effect(profile, values)
    return Weights(
        met=largest <= LARGEST_MISS,
        largest_miss=rounded(largest),
        at_bounds=sum(rest is not None for rest in rests),
        smallest=min(micro),
        largest=max(micro),
        cells=tuple(
            CellWeight(dict(zip(cells.dimensions, key, strict=True)), base, weight, rest)
            for key, base, weight, rest in zip(cells.keys, cells.base, micro, rests, strict=True)
        ),
        margins=tuple(margins),
        design_effect=rounded(effect),
        effective_ballots=rounded(int(profile.ballots.sum()) / effect),
    )


def _part(profile: Profile, values: Whole, dimension: str, category: str) -> tuple[int, Fraction]:
    """Return how many ballots a category has, and its share of the value of all."""
    if category not in profile.categories[dimension]:
        return 0, Fraction(0)
    here = profile.codes[dimension] == profile.categories[dimension].index(category)
    return int(profile.ballots[here].sum()), Fraction(int(values[here].sum()), int(values.sum()))


def at_bound(micro: int, bounds: tuple[float, float]) -> Bound | None:
    """Return the bound that a micro-weight rests on, judged after rounding so that no float decides it."""
    lower, upper = (micro_weight(Decimal(repr(bound))) for bound in bounds)
    if micro <= lower:
        return "lower"
    return "upper" if micro >= upper else None


def design_effect(profile: Profile, values: Whole) -> Fraction:
    """Return Kish's design effect n Σ v² / (Σ v)²: how many ballots balance makes of one.

    A group of k ballots with the value V together adds k (V/k)² to Σ v².
    """
    ballots = int(profile.ballots.sum())
    squares = sum(
        (Fraction(int(value) ** 2, int(count)) for value, count in zip(values, profile.ballots, strict=True)),
        Fraction(0),
    )
    return ballots * squares / int(values.sum()) ** 2
