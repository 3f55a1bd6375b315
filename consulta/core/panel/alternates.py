"""Who could take a member's place (5.5): the three best single substitutes that keep every hard row.

Best is meant as in the choice: least missing in soft rows, then most support, fewest recent seats, the
largest tie number, the first key. A locked member has none: the row `locked` would not hold.

It decides single substitutes. Several places at once are a new choice, with those who accepted locked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.panel.exact import FAR, Whole
from consulta.core.panel.rows import Line, Row
from consulta.core.panel.search import Members

Flags: TypeAlias = npt.NDArray[np.bool_]

HOW_MANY = 3


def of_each(
    rows: Sequence[Row], people: int, members: Members, merit: Sequence[int]
) -> dict[int, tuple[int, ...]]:
    """Return the substitutes of each member, by place; `merit` holds all places, the best first."""
    hard = _Lines.of([line for row in rows if row.hard for line in row.lines], people)
    soft = _Lines.of([line for row in rows if not row.hard for line in row.lines], people)
    sitting = np.zeros(people, dtype=bool)
    sitting[list(members)] = True
    ranked = np.array(merit, dtype=np.int64)
    ranked = ranked[~sitting[ranked]]
    found = {}
    for member in sorted(members):
        others = sitting.copy()
        others[member] = False
        fitting = ranked[hard.kept(others)[ranked]]
        order = np.argsort(soft.missing(others)[fitting], kind="stable")
        found[member] = tuple(fitting[order[:HOW_MANY]].tolist())
    return found


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines as columns of numbers: limits a line, then an entry for each coefficient, its line and person."""

    low: Whole
    high: Whole
    unit: Whole
    line: Whole
    person: Whole
    value: Whole
    people: int

    @staticmethod
    def of(lines: Sequence[Line], people: int) -> "_Lines":
        return _Lines(
            low=_column(-FAR if line.low is None else line.low for line in lines),
            high=_column(FAR if line.high is None else line.high for line in lines),
            unit=_column(line.unit for line in lines),
            line=_column(at for at, line in enumerate(lines) for _ in line.coefficients),
            person=_column(place for line in lines for place in line.coefficients),
            value=_column(value for line in lines for value in line.coefficients.values()),
            people=people,
        )

    def kept(self, others: Flags) -> Flags:
        """Return of each person whether all lines hold when that person joins the others."""
        sums = self._sums(others)
        joined = sums[self.line] + self.value
        holds = (self.low[self.line] <= joined) & (joined <= self.high[self.line])
        alone = (self.low <= sums) & (sums <= self.high)
        breaks = np.bincount(self.person[~holds], minlength=self.people)
        mends = np.bincount(self.person[holds & ~alone[self.line]], minlength=self.people)
        fits: Flags = (breaks == 0) & (mends == np.count_nonzero(~alone))
        return fits

    def missing(self, others: Flags) -> Whole:
        """Return of each person how many people are missing when that person joins the others."""
        sums = self._sums(others)
        alone = _missing(sums, self.low, self.high, self.unit)
        joined = _missing(
            sums[self.line] + self.value, self.low[self.line], self.high[self.line], self.unit[self.line]
        )
        missing = np.full(self.people, alone.sum())
        np.add.at(missing, self.person, joined - alone[self.line])
        return missing

    def _sums(self, others: Flags) -> Whole:
        sums = np.zeros(len(self.low), dtype=np.int64)
        taken = others[self.person]
        np.add.at(sums, self.line[taken], self.value[taken])
        return sums


def _missing(sums: Whole, low: Whole, high: Whole, unit: Whole) -> Whole:
    missing: Whole = np.maximum(0, np.maximum(-((sums - low) // unit), -((high - sums) // unit)))
    return missing


def _column(numbers: Iterable[int]) -> Whole:
    return np.fromiter(numbers, dtype=np.int64)
