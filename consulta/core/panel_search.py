"""Searching for panels: sets of people that keep every hard line, as good as can be.

A solver of integer programs (HiGHS) works in floating point, so it is never believed: it *proposes* people,
and each proposal is checked here in whole numbers. What does not hold is left out and the search goes on.

It decides whether a panel exists, and proposes good ones. What "good" means, and in which order, is for
`panel`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from consulta.core.panel_rows import Line

Members = frozenset[int]
"""Places in the pool."""

INFEASIBLE = 2
"""The solver's status for "there is none"."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be made large: Σ gains of the members, less what they miss of soft lines if it minds."""

    gains: tuple[int, ...]
    minds_soft: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """The panels of a pool of `size` people that keep the hard lines and reach what is held."""

    size: int
    hard: tuple[Line, ...]
    soft: tuple[Line, ...] = ()
    held: tuple[tuple[Goal, int], ...] = ()

    def reached(self, goal: Goal, members: Members) -> int:
        """Return how far a panel reaches a goal."""
        missing = sum(line.missing(members) for line in self.soft) if goal.minds_soft else 0
        return sum(goal.gains[j] for j in members) - missing

    def holding(self, goal: Goal, least: int) -> "Search":
        """Return the search among panels that also reach this."""
        return replace(self, held=(*self.held, (goal, least)))

    def without(self, members: Members) -> "Search":
        """Return the search among all other panels (of this size or smaller)."""
        marks = tuple(int(j in members) for j in range(self.size))
        return replace(self, hard=(*self.hard, Line(marks, high=len(members) - 1)))

    def deciding(self, person: int, *, sits: bool) -> "Search":
        """Return the search among panels where this person sits, or does not."""
        marks = tuple(int(j == person) for j in range(self.size))
        return replace(self, hard=(*self.hard, Line(marks, low=int(sits), high=int(sits))))

    def admits(self, members: Members) -> bool:
        """Whether a panel holds, in whole numbers."""
        return not any(line.missing(members) for line in self.hard) and all(
            self.reached(goal, members) >= least for goal, least in self.held
        )

    def find(self, goal: Goal) -> Members | None:
        """Return a panel that holds, as good as the solver finds; none where there is none."""
        search = self
        while True:
            members = _propose(search, goal)
            if members is None or search.admits(members):
                return members
            search = search.without(members)


def _propose(search: Search, goal: Goal) -> Members | None:
    """Return the solver's best set of people, unchecked.

    Variables: one x_j in {0, 1} for each person, then for each soft line one whole number of units missing.
    """
    if search.size == 0:
        return None
    # Imported when a panel is chosen: scipy takes half a second, and most commands choose none.
    import numpy as np  # noqa: PLC0415
    from scipy import optimize  # noqa: PLC0415

    matrix, low, high = _inequalities(search)
    softs = len(search.soft)
    found: Any = optimize.milp(
        c=np.array(_row(goal, softs), dtype=float) * -1,
        constraints=optimize.LinearConstraint(np.array(matrix, dtype=float), low, high),
        integrality=np.ones(search.size + softs, dtype=int),
        bounds=optimize.Bounds(0, np.array([1.0] * search.size + [np.inf] * softs)),
        options={"mip_rel_gap": 0},
    )
    if found.x is not None:
        return frozenset(j for j in range(search.size) if round(found.x[j]))
    if found.status != INFEASIBLE:
        raise ArithmeticError(found.message)
    return None


def _inequalities(search: Search) -> tuple[list[list[int]], list[float], list[float]]:
    """Return the rows of a matrix with their lower and upper limits."""
    softs = len(search.soft)
    rows: list[tuple[list[int], float, float]] = [
        ([*line.coefficients, *[0] * softs], *_limits(line.low, line.high)) for line in search.hard
    ]
    for place, line in enumerate(search.soft):
        missing = [line.unit * int(place == other) for other in range(softs)]
        rows.append(([*line.coefficients, *missing], *_limits(line.low, None)))
        rows.append(([*line.coefficients, *(-units for units in missing)], *_limits(None, line.high)))
    rows += [(_row(goal, softs), *_limits(least, None)) for goal, least in search.held]
    return [row for row, _, _ in rows], [low for _, low, _ in rows], [high for _, _, high in rows]


def _limits(low: int | None, high: int | None) -> tuple[float, float]:
    return float("-inf") if low is None else low, float("inf") if high is None else high


def _row(goal: Goal, softs: int) -> list[int]:
    return [*goal.gains, *[-int(goal.minds_soft)] * softs]


def first_by_key(search: Search, members: Members) -> Members:
    """Return the one of all panels that hold whose places come first, given one of them."""
    indifferent = Goal((0,) * search.size)
    if search.without(members).find(indifferent) is None:
        return members
    for person in range(search.size):
        other = search.deciding(person, sits=True).find(indifferent)
        members = members if other is None else other
        search = search.deciding(person, sits=other is not None)
    return members


def can_hold(size: int, lines: Sequence[Line]) -> bool:
    """Whether any panel keeps these lines, taken as hard."""
    return Search(size, tuple(lines)).find(Goal((0,) * size)) is not None
