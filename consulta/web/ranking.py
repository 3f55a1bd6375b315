"""A ranked dot plot: one row a theme, its score with weights as a dot and without as a ring on one axis.

All lengths are per cent of the width of the track, so that text never scales with the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MARGIN = 4.0  # per cent on either side, so that no dot is cut
STEP = 10  # points between two lines of the grid


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it stands, and its points of a hundred."""

    x: float
    points: int


@dataclass(frozen=True, slots=True)
class DotRow:
    """A theme: where its score stands with weights (`x`) and without (`ring`), and the points of both.

    `ring` and `unweighted` are None where the score without weights is not there. `chosen`: it is a topic.
    """

    place: int
    title: object
    x: float
    points: int
    ring: float | None
    unweighted: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Dots:
    """The rows in their order, and the grid that all of them share."""

    rows: tuple[DotRow, ...]
    ticks: tuple[Tick, ...]

    @property
    def low(self) -> int:
        """Return the points at which the axis begins."""
        return self.ticks[0].points

    @property
    def high(self) -> int:
        """Return the points at which the axis ends."""
        return self.ticks[-1].points


def dots(
    rows: Iterable[tuple[object, float | None, float | None]], chosen: Collection[int] = (1,)
) -> Dots | None:
    """Return the plot of titles with their scores, 0 to 1, with and without weights, in their order.

    `chosen`: the places of the themes that were chosen.
    Return None where there are no rows or any score with weights is not there. The axis runs over whole
    tens of points, at least one step wide, and holds every score.
    """
    found = list(rows)
    scores = [score for _title, score, _unweighted in found]
    known = [score for score in scores if score is not None]
    if not found or len(known) < len(scores):
        return None
    every = [*known, *(unweighted for _title, _score, unweighted in found if unweighted is not None)]
    low = math.floor(min(every) * 100 / STEP) * STEP
    high = max(math.ceil(max(every) * 100 / STEP) * STEP, low + STEP)

    def at(score: float) -> float:
        return round(MARGIN + (score * 100 - low) / (high - low) * (100 - 2 * MARGIN), 2)

    return Dots(
        tuple(
            DotRow(
                place,
                title,
                at(score),
                round(score * 100),
                None if unweighted is None else at(unweighted),
                None if unweighted is None else round(unweighted * 100),
                chosen=place in chosen,
            )
            for place, (title, score, unweighted) in enumerate(found, 1)
            if score is not None
        ),
        tuple(Tick(at(points / 100), points) for points in range(low, high + 1, STEP)),
    )
