"""A ranked dot plot: one row a theme, its score with weights as a dot and without as a ring on one axis.

Beside it, on an axis of places, a line: between which places the theme stood in repeated counts.
All lengths are per cent of the width of the track, so that text never scales with the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

MARGIN = 4.0  # per cent on either side, so that no dot is cut
FIFTH = 5  # places from one named on the axis to the next
STEP = 10  # points between two lines of the grid


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where it stands, and its points of a hundred."""

    x: float
    points: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Between which places a theme stood, where both stand on their axis, and where its own place does."""

    best: int
    worst: int
    start: float
    end: float
    x: float


@dataclass(frozen=True, slots=True)
class DotRow:
    """A theme: where its score stands with weights (`x`) and without (`ring`), and the points of both.

    `ring` and `unweighted` are None where the score without weights is not there. `chosen`: it is a topic.
    `reach` is None where it is not known between which places the theme stood.
    """

    place: int
    title: object
    x: float
    points: int
    ring: float | None
    unweighted: int | None
    chosen: bool
    reach: Reach | None


@dataclass(frozen=True, slots=True)
class Dots:
    """The rows in their order, the grid that all of them share, and that of the places."""

    rows: tuple[DotRow, ...]
    ticks: tuple[Tick, ...]
    places: tuple[Tick, ...]  # none where no places are known

    @property
    def low(self) -> int:
        """Return the points at which the axis begins."""
        return self.ticks[0].points

    @property
    def high(self) -> int:
        """Return the points at which the axis ends."""
        return self.ticks[-1].points


def dots(
    rows: Iterable[tuple[object, float | None, float | None]],
    chosen: Collection[int] = (1,),
    places: Sequence[tuple[int, int] | None] = (),
) -> Dots | None:
    """Return the plot of titles with their scores, 0 to 1, with and without weights, in their order.

    `chosen`: the places of the themes that were chosen; `places`: for each theme, between which places it
    stood in repeated counts, where that is known of all.
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

    reaches = _reaches([each for each in places if each is not None], len(found))
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
                reach=reaches[place - 1] if reaches else None,
            )
            for place, (title, score, unweighted) in enumerate(found, 1)
            if score is not None
        ),
        tuple(Tick(at(points / 100), points) for points in range(low, high + 1, STEP)),
        tuple(Tick(_at_place(place, len(found)), place) for place in _marked(len(found))) if reaches else (),
    )


def _reaches(places: Sequence[tuple[int, int]], themes: int) -> list[Reach]:
    """Return the reach of every theme, in their order; none where it is not known of each."""
    if len(places) < themes:
        return []
    return [
        Reach(best, worst, *(_at_place(place, themes) for place in (best, worst, own)))
        for own, (best, worst) in enumerate(places, 1)
    ]


def _at_place(place: int, themes: int) -> float:
    return round(MARGIN + (place - 1) / max(themes - 1, 1) * (100 - 2 * MARGIN), 2)


def _marked(themes: int) -> list[int]:
    """Return the places that the axis names: the first, every fifth, and the last if it stands free."""
    return sorted({1, *range(FIFTH, themes - 1, FIFTH), themes})
