"""Estimates from answers of organisations that count for different weights.

A share is the mean of ones and zeros. The standard error is that of a ratio by linearisation (Taylor),
with the calibrated weights taken as they are and the ballots as drawn independently: what R's `survey` gives
for `svydesign(ids = ~1, weights = ~w)`, where those who did not answer are outside of the domain. There is
no correction for a finite roll. This module knows neither questions nor organisations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or a share; `error` is its standard error, None where fewer than two answered."""

    value: float
    error: float | None


def mean(values: Sequence[float], weights: Sequence[int], ballots: int) -> Estimate | None:
    """Return the weighted mean of the answers; None where there are none.

    `ballots` is how many ballots counted, those without an answer included.
    """
    if not values:
        return None
    total = math.fsum(weights)
    value = math.fsum(weight * each for weight, each in zip(weights, values, strict=True)) / total
    if len(values) < 2:  # noqa: PLR2004 - one answer has no spread
        return Estimate(value, None)
    squares = math.fsum(
        (weight * (each - value) / total) ** 2 for weight, each in zip(weights, values, strict=True)
    )
    return Estimate(value, math.sqrt(squares * ballots / (ballots - 1)))


def quantile(values: Sequence[float], weights: Sequence[int], part: tuple[int, int]) -> float | None:
    """Return the smallest answer at which the weights, added up in order, reach a part; None without answers.

    `part` is a fraction: one half is (1, 2).
    """
    above, below = part
    total, reached = sum(weights), 0
    for value, weight in sorted(zip(values, weights, strict=True)):
        reached += weight
        if reached * below >= total * above:
            return value
    return None
