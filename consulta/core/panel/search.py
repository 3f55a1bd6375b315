"""Search for panels: sets of people that keep every hard row, best by several goals one after another.

Rows become a program in whole numbers: a column for each person, 1 for members, and one for each line
that may be missed, holding by how many people. Each goal is reached in full, with proof (`exact`),
before the next one is looked at.

The module decides how rows, and their relaxation, are written as a program. The goals and their order
are decided by `panel.choose` and `panel.relaxation`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from consulta.core.panel import exact
from consulta.core.panel.exact import FAR, Best, Effort, Floats, Open, Program, Whole
from consulta.core.panel.rows import THOUSAND, Line, Row

Members = frozenset[int]
"""Places in the pool."""

NEXT_STAGE = 300
"""How much effort there is for each stage, whatever was spent on those before it."""

LEANING, FADING = 0.2, 50
"""How far the next goals lean between equals, all together, and by how much less each later one does."""


Groups = Sequence[Sequence[int]]
"""People, by place, who differ in nothing that a program looks at: one column each group."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A pool's rows as a program: in which column each person counts, and which say what a row misses.

    Of a column that counts several people, the first ones sit.
    """

    program: Program
    groups: Groups
    columns: Whole
    misses: Mapping[str, Sequence[int]]

    @property
    def people(self) -> int:
        """Return how many people the pool has."""
        return len(self.columns)

    def counting(self, gains: Sequence[int]) -> Whole:
        """Return what the members gain, as a goal; who shares a column gains the same."""
        goal = np.zeros(len(self.program.least), dtype=np.int64)
        goal[self.columns] = gains
        return goal

    def sparing(self, rows: Iterable[str]) -> Whole:
        """Return that as few people as can be are missing in these rows, as a goal."""
        goal = np.zeros(len(self.program.least), dtype=np.int64)
        goal[[column for row in rows for column in self.misses.get(row, ())]] = -1
        return goal

    def members(self, point: Whole) -> Members:
        """Return who sits."""
        return frozenset(
            place for group in self.groups for place in group[: int(point[self.columns[group[0]]])]
        )

    def missed(self, row: str, point: Whole) -> int:
        """Return how many people a point grants a row."""
        return int(point[list(self.misses.get(row, ()))].sum())

    def point(self, members: Members, goal: Whole, effort: Effort) -> Whole | None:
        """Return the point of a known panel that is best by a goal."""
        least, most = self.program.least.copy(), self.program.most.copy()
        for group in self.groups:
            column = self.columns[group[0]]
            least[column] = most[column] = len(members.intersection(group))
        found = exact.best(self.program.within(least, most), goal, effort=effort)
        return found.point if isinstance(found, Best) else None

    def opened(self, program: Program) -> "Plan":
        """Return the plan with a column for each person, within the limits of a program of this plan.

        Of a group the first ones sit, as many as sit in any case; the last ones do not, where they never do.
        """
        from scipy import sparse  # noqa: PLC0415 - as below

        shared = [group for group in self.groups if len(group) > 1]
        if not shared:
            return replace(self, program=program)
        before, more = len(program.least), sum(map(len, shared))
        columns, least, most = self.columns.copy(), [], []
        links = sparse.lil_array((len(shared), before + more), dtype=np.int64)
        at = before
        for number, group in enumerate(shared):
            count = int(self.columns[group[0]])
            links[number, count] = -1
            for place, who in enumerate(group):
                links[number, at] = 1
                columns[who] = at
                least.append(int(place < program.least[count]))
                most.append(int(place < program.most[count]))
                at += 1
        rows, nothing = program.matrix.shape[0], np.zeros(len(shared), dtype=np.int64)
        wide = sparse.hstack([program.matrix, sparse.csr_array((rows, more), dtype=np.int64)], format="csr")
        first = np.zeros(before + more, dtype=bool)
        first[:before] = program.first if program.first is not None else False
        first[[self.columns[group[0]] for group in shared]] = True
        return Plan(
            program=Program(
                matrix=sparse.vstack([wide, links.tocsr()], format="csr"),
                low=np.append(program.low, nothing),
                high=np.append(program.high, nothing),
                least=np.append(program.least, np.array(least, dtype=np.int64)),
                most=np.append(program.most, np.array(most, dtype=np.int64)),
                first=first,
            ),
            groups=[(place,) for place in range(self.people)],
            columns=columns,
            misses=self.misses,
        )

    def spread(self, opened: "Plan", point: Whole) -> Whole:
        """Return a point of this plan as one of the plan that was opened."""
        wide = np.zeros(len(opened.program.least), dtype=np.int64)
        wide[: len(point)] = point
        wide[opened.columns] = 0
        wide[[opened.columns[place] for place in self.members(point)]] = 1
        return wide


def alike(rows: Sequence[Row], order: Sequence[int], *figures: Sequence[int]) -> Groups:
    """Return people in groups who are the same in all rows and figures, each group in the given order."""
    marks: dict[int, list[tuple[int, int]]] = {place: [] for place in order}
    for number, line in enumerate(line for row in rows for line in row.lines):
        for place, coefficient in line.coefficients.items():
            marks[place].append((number, coefficient))
    groups: dict[object, list[int]] = {}
    for place in order:
        same = (*marks[place], *(figure[place] for figure in figures))
        groups.setdefault(same, []).append(place)
    return sorted(groups.values(), key=min)


def plan(rows: Sequence[Row], groups: Groups, grants: Mapping[str, int | None]) -> Plan:
    """Return the program of rows over a pool in groups.

    `grants` says of rows how many people they may miss, of none where any number is allowed.
    """
    sheet = _Sheet(groups)
    misses = {}
    for row in rows:
        grant = grants.get(row.name, 0)
        misses[row.name] = sheet.add(row, grant) if grant != 0 else sheet.add_kept(row)
    return Plan(sheet.program(), groups, sheet.columns, misses)


class _Sheet:
    """A program as it is written, row by row."""

    def __init__(self, groups: Groups) -> None:
        self.columns = np.zeros(sum(map(len, groups)), dtype=np.int64)
        for column, group in enumerate(groups):
            self.columns[list(group)] = column
        self.lead = [group[0] for group in groups]
        self.most = [len(group) for group in groups]
        self.counts: dict[frozenset[int], int] = {}
        self.entries: tuple[list[int], list[int], list[int]] = ([], [], [])
        self.limits: list[tuple[int, int]] = []

    def write(self, coefficients: Mapping[int, int], low: int | None, high: int | None) -> None:
        values, lines, columns = self.entries
        values += coefficients.values()
        columns += coefficients.keys()
        lines += [len(self.limits)] * len(coefficients)
        self.limits.append((-FAR if low is None else low, FAR if high is None else high))

    def coefficients(self, line: Line) -> dict[int, int]:
        """Return a line's coefficients by column; those of a share are about two counts."""
        if line.inside is None:
            return self.by_column(line.coefficients)
        whole = frozenset(line.coefficients)
        inside, base = line.inside, whole
        least = next((-line.coefficients[place] for place in whole - inside), None)
        if least is None or not inside:
            return self.by_column(line.coefficients)
        return {self.count(inside): line.unit, self.count(base): -least}

    def by_column(self, coefficients: Mapping[int, int]) -> dict[int, int]:
        return {
            int(self.columns[place]): value
            for place, value in coefficients.items()
            if self.lead[self.columns[place]] == place
        }

    def count(self, who: frozenset[int]) -> int:
        """Return the column that says how many of these people sit."""
        if who not in self.counts:
            column = len(self.most)
            self.most.append(len(who))
            self.write({**self.by_column(dict.fromkeys(who, 1)), column: -1}, 0, 0)
            self.counts[who] = column
        return self.counts[who]

    def add_kept(self, row: Row) -> list[int]:
        """Write a row that must hold."""
        for line in row.lines:
            self.write(self.coefficients(line), line.low, line.high)
        return []

    def add(self, row: Row, grant: int | None) -> list[int]:
        """Write a row that may be missed; return the columns that say by how much."""
        columns: list[int] = []
        for line in row.lines:
            coefficients = self.coefficients(line)
            if not (row.whole and columns):
                columns.append(len(self.most))
                self.most.append(max(len(self.columns), line.low or 0) if grant is None else grant)
            if line.low is not None:
                self.write({**coefficients, columns[-1]: line.unit}, line.low, None)
            if line.high is not None:
                self.write({**coefficients, columns[-1]: -line.unit}, None, line.high)
        if grant is not None and len(columns) > 1:
            self.write(dict.fromkeys(columns, 1), None, grant)
        return columns

    def program(self) -> Program:
        from scipy import sparse  # noqa: PLC0415 - slow to import, and most commands choose no panel

        values, lines, columns = self.entries
        limits = np.array(self.limits, dtype=np.int64).reshape(-1, 2)
        first = np.zeros(len(self.most), dtype=bool)
        first[list(self.counts.values())] = True
        return Program(
            matrix=sparse.csr_array(
                (np.array(values, dtype=np.int64), (lines, columns)), shape=(len(limits), len(self.most))
            ),
            low=limits[:, 0],
            high=limits[:, 1],
            least=np.zeros(len(self.most), dtype=np.int64),
            most=np.array(self.most, dtype=np.int64),
            first=first,
        )


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


class Goal(NamedTuple):
    """What a stage wants the most of; later stages may give up so many thousandths of what it reaches."""

    gains: Whole
    yields: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The best members found, what each stage reached, what no panel passes in it, and whether all is proven.

    A stage's bound is of panels that keep what was reached in all stages before it.
    """

    members: Members
    reached: Sequence[int]
    bounds: Sequence[int]
    proven: bool


def through(
    asked: Plan,
    goals: Sequence[Goal],
    last: Sequence[int],
    seats: int,
    *,
    effort: Effort,
    known: Members | None = None,
) -> Chosen | Open | None:
    """Return the best panel by the first goal, of these by the second, and so on; or that there is none.

    What a goal reaches is kept by all later ones, less what it yields. By the `last` goal, a figure for each
    person, people of one group differ. Of panels that are equal by all goals it is the one whose places come
    first. `known` is a panel that the rows allow.
    """
    start = None if known is None else asked.point(known, goals[0].gains, effort)
    program, stages = asked.program, []
    for at, goal in enumerate(goals):
        lean = hint([*(later.gains for later in goals[at + 1 :]), asked.counting(last)], seats)
        effort.renew(NEXT_STAGE)
        found = exact.best(program, goal.gains, lean, start, effort)
        if not isinstance(found, Best):
            return found
        stages.append(found)
        start = found.point
        least = -(-found.value * (THOUSAND - goal.yields) // THOUSAND)
        program = found.down_to(least) if goal.yields else found.equals
    opened = asked.opened(program)
    lots = opened.counting(last)
    effort.renew(NEXT_STAGE)
    found = exact.best(
        opened.program, lots, None, None if start is None else asked.spread(opened, start), effort
    )
    if not isinstance(found, Best):
        return found
    effort.renew(NEXT_STAGE)
    members, first = _first_by_key(opened, found, lots, effort)
    stages.append(found)
    return Chosen(
        members,
        [each.value for each in stages],
        [each.bound for each in stages],
        first and all(each.proven for each in stages),
    )


def _first_by_key(opened: Plan, found: Best, goal: Whole, effort: Effort) -> tuple[Members, bool]:
    """Return the one of all panels as good as what was found by the last goal whose places come first.

    And whether that is proven.
    """
    program, members = found.equals, opened.members(found.point)
    # What is as good by the last goal is looked for by that goal, without the row that holds its value.
    last = replace(
        program, matrix=program.matrix[:-1], low=program.low[:-1], high=program.high[:-1]
    ).with_row(
        opened.counting([int(place in members) for place in range(opened.people)]), 0, len(members) - 1
    )
    other = exact.rival(last, goal, found.value, effort)
    if other is None or isinstance(other, Open):
        return members, other is None
    indifferent, proven = opened.counting([0] * opened.people), True
    for column in opened.columns.tolist():
        if program.least[column] == program.most[column]:
            continue
        if effort.over:
            return members, False
        sits = program.least.copy()
        sits[column] = 1
        with_one = exact.best(program.within(sits, program.most), indifferent, effort=effort)
        if isinstance(with_one, Best):
            program, members = program.within(sits, program.most), opened.members(with_one.point)
        else:
            stays = program.most.copy()
            stays[column] = 0
            program, proven = program.within(program.least, stays), proven and with_one is None
    return members, proven


def can_hold(rows: Sequence[Row], people: int, effort: Effort | None = None) -> bool | None:
    """Return whether any panel keeps all of these rows; None if the search reaches its limit."""
    asked = plan(rows, alike(rows, range(people)), {})
    found = exact.best(asked.program, asked.counting([0] * people), effort=effort)
    return None if isinstance(found, Open) else found is not None
