"""Searching for panels: sets of people that keep every hard row, the best by several goals one after another.

Rows become a program in whole numbers: a column for each person, 1 for members, and one for each line that
may be missed, saying by how many people. Each goal is reached in full, with proof (`exact`), before the next
one is looked at.

It decides how rows, and their giving way, are written as a program. What is wanted, and in which order, is
for `panel` and `panel_relaxation`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from consulta.core import exact
from consulta.core.exact import FAR, Best, Floats, Program, Whole
from consulta.core.panel_rows import Row

Members = frozenset[int]
"""Places in the pool."""

LEANING, FADING = 0.2, 50
"""How far the next goals lean between equals, all together, and by how much less each later one does."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A pool's rows as a program: how many of its columns are people, and which say what a row misses."""

    program: Program
    people: int
    misses: Mapping[str, Sequence[int]]

    def counting(self, gains: Sequence[int]) -> Whole:
        """Return what the members gain, as a goal."""
        goal = np.zeros(len(self.program.least), dtype=np.int64)
        goal[: self.people] = gains
        return goal

    def sparing(self, rows: Iterable[str]) -> Whole:
        """Return that as few people as can be are missing in these rows, as a goal."""
        goal = np.zeros(len(self.program.least), dtype=np.int64)
        goal[[column for row in rows for column in self.misses.get(row, ())]] = -1
        return goal

    def members(self, point: Whole) -> Members:
        """Return who sits."""
        return frozenset(np.flatnonzero(point[: self.people]).tolist())

    def missed(self, row: str, point: Whole) -> int:
        """Return how many people a point grants a row."""
        return int(point[list(self.misses.get(row, ()))].sum())


def plan(rows: Sequence[Row], people: int, grants: Mapping[str, int | None]) -> Plan:
    """Return the program of rows over a pool of so many people.

    `grants` says of rows how many people they may miss, of none where any number is allowed.
    """
    sheet = _Sheet(people)
    misses = {}
    for row in rows:
        grant = grants.get(row.name, 0)
        misses[row.name] = sheet.add(row, grant) if grant != 0 else sheet.add_kept(row)
    return Plan(sheet.program(), people, misses)


class _Sheet:
    """A program as it is written, row by row."""

    def __init__(self, people: int) -> None:
        self.most = [1] * people
        self.entries: tuple[list[int], list[int], list[int]] = ([], [], [])
        self.limits: list[tuple[int, int]] = []

    def write(self, coefficients: Mapping[int, int], low: int | None, high: int | None) -> None:
        values, lines, columns = self.entries
        values += coefficients.values()
        columns += coefficients.keys()
        lines += [len(self.limits)] * len(coefficients)
        self.limits.append((-FAR if low is None else low, FAR if high is None else high))

    def add_kept(self, row: Row) -> list[int]:
        """Write a row that must hold."""
        for line in row.lines:
            self.write(line.coefficients, line.low, line.high)
        return []

    def add(self, row: Row, grant: int | None) -> list[int]:
        """Write a row that may be missed; return the columns that say by how much."""
        columns: list[int] = []
        for line in row.lines:
            if not (row.whole and columns):
                columns.append(len(self.most))
                self.most.append(max(len(self.most), line.low or 0) if grant is None else grant)
            if line.low is not None:
                self.write({**line.coefficients, columns[-1]: line.unit}, line.low, None)
            if line.high is not None:
                self.write({**line.coefficients, columns[-1]: -line.unit}, None, line.high)
        if grant is not None and len(columns) > 1:
            self.write(dict.fromkeys(columns, 1), None, grant)
        return columns

    def program(self) -> Program:
        from scipy import sparse  # noqa: PLC0415 - slow to import, and most commands choose no panel

        values, lines, columns = self.entries
        limits = np.array(self.limits, dtype=np.int64).reshape(-1, 2)
        return Program(
            matrix=sparse.csr_array(
                (np.array(values, dtype=np.int64), (lines, columns)), shape=(len(limits), len(self.most))
            ),
            low=limits[:, 0],
            high=limits[:, 1],
            least=np.zeros(len(self.most), dtype=np.int64),
            most=np.array(self.most, dtype=np.int64),
        )


def through(program: Program, goals: Sequence[Whole], seats: int) -> Best | None:
    """Return the best point by the first goal, of these by the second, and so on; or that there is none."""
    found, start = None, None
    for at, goal in enumerate(goals):
        found = exact.best(program, goal, hint(goals[at + 1 :], seats), start)
        if found is None:
            return None
        program, start = found.equals, found.point
    return found


def hint(goals: Sequence[Whole], seats: int) -> Floats | None:
    """Return gains by which panels that are equal lean to what later goals want: less than one in all.

    So the solver's point is one of few, and likely in whole numbers, and later goals are nearly reached.
    """
    leaning: Floats | None = None
    share = LEANING
    for goal in goals:
        largest = float(np.abs(goal).max(initial=0))
        if largest:
            more = goal.astype(float) * (share / largest / seats)
            leaning = more if leaning is None else leaning + more
            share /= FADING
    return leaning


def first_by_key(plan: Plan, found: Best, goal: Whole) -> Members:
    """Return the one of all panels as good as what was found by the last goal whose places come first."""
    program, members = found.equals, plan.members(found.point)
    # Whoever is as good by the last goal is looked for by that goal, without the row that holds its value.
    last = replace(
        program, matrix=program.matrix[:-1], low=program.low[:-1], high=program.high[:-1]
    ).with_row(plan.counting([int(place in members) for place in range(plan.people)]), 0, len(members) - 1)
    if exact.rival(last, goal, found.value) is None:
        return members
    indifferent = plan.counting([0] * plan.people)
    for place in np.flatnonzero(program.least[: plan.people] < program.most[: plan.people]).tolist():
        sits = program.least.copy()
        sits[place] = 1
        other = exact.best(program.within(sits, program.most), indifferent)
        stays = program.most.copy()
        stays[place] = 0
        program = (
            program.within(program.least, stays) if other is None else program.within(sits, program.most)
        )
        members = members if other is None else plan.members(other.point)
    return members


def can_hold(rows: Sequence[Row], people: int) -> bool:
    """Whether any panel keeps all of these rows."""
    asked = plan(rows, people, {})
    return exact.best(asked.program, asked.counting([0] * people)) is not None
