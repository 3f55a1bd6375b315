"""The best point of a program in whole numbers, and the proof that there is none better.

A program is every whole z with `least ≤ z ≤ most` and `low ≤ matrix · z ≤ high`; wanted is one with the
largest gains · z. A solver of linear programs (HiGHS) works in floating point, so nothing that it says is
believed. It is asked for *prices* y of the rows; whatever they are,

    gains · z  ≤  Σ_i max(y_i low_i, y_i high_i) + Σ_j max(d_j least_j, d_j most_j),   d = gains - y · matrix

for every z of the program. With prices rounded to whole parts of 2^k this bound is worked out in whole
numbers. Good prices make it tight, bad ones loose, none make it wrong. So a part of the search is given up
only when a row cannot hold in it, or when its bound says that nothing better is there; and a column whose
reduced gain d would cost more than is left between bound and best is held where it stands, which leaves some
dozens of two thousand. What is found is checked in whole numbers, too.

It decides nothing about panels. Sums must stay below 2^60.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Whole: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

FAR = 1 << 40
"""Stands for no limit of a row: beyond any sum."""

SAFE_BITS = 60
MOST_BITS = 30
NEAR = 1e-6
SOLVED, NONE_THERE = 0, 2
"""What the solver calls a solved program and an impossible one."""

FIRST, WIDER, WORTH = 40, 4, 2
"""How many columns beyond those without reduced gain are tried first, how many times as many next, and how
many times as many there must be: of fewer all are tried at once."""

DENSE = 1_000_000
"""Matrices with fewer entries are kept whole: for small ones that is quicker."""


@dataclass(frozen=True, slots=True)
class Program:
    """All whole points within limits; rows in a matrix of SciPy or NumPy."""

    matrix: Any
    low: Whole
    high: Whole
    least: Whole
    most: Whole

    def admits(self, point: Whole) -> bool:
        """Whether a point is one of the program's, in whole numbers."""
        sums = self.matrix @ point
        return bool(
            ((self.least <= point) & (point <= self.most)).all()
            and ((self.low <= sums) & (sums <= self.high)).all()
        )

    def within(self, least: Whole, most: Whole) -> "Program":
        """Return the program between narrower limits of the columns."""
        return replace(self, least=least, most=most)

    def with_row(self, coefficients: Whole, low: int, high: int) -> "Program":
        """Return the program with one row more."""
        from scipy import sparse  # noqa: PLC0415 - slow to import, and most commands choose no panel

        return replace(
            self,
            matrix=sparse.vstack([self.matrix, sparse.csr_array(coefficients[np.newaxis, :])], format="csr"),
            low=np.append(self.low, low),
            high=np.append(self.high, high),
        )


@dataclass(frozen=True, slots=True)
class Best:
    """A point than which none is better, proven, and the program of all as good: its last row says that."""

    point: Whole
    value: int
    equals: Program


@dataclass(frozen=True, slots=True)
class _Look:
    """What prices say of a part of a program: a bound in units of 2^-bits, reduced gains, a guess."""

    total: int
    bits: int
    reduced: Whole
    leaning: Floats
    guess: Floats

    @property
    def bound(self) -> int:
        """No point of the part gains more."""
        return self.total >> self.bits

    def held(self, program: Program, above: int) -> tuple[Whole, Whole]:
        """Return the limits within which lie all points that gain more than `above`."""
        room = min(self.total - (above + 1 << self.bits), 1 << SAFE_BITS)
        span = program.most - program.least
        moves = np.minimum(room // np.maximum(np.abs(self.reduced), 1), span)
        moves = np.where(self.reduced == 0, span, moves)
        return (
            np.where(self.reduced > 0, program.most - moves, program.least),
            np.where(self.reduced < 0, program.least + moves, program.most),
        )


def best(
    program: Program, gains: Whole, hint: Floats | None = None, start: Whole | None = None
) -> Best | None:
    """Return a point with the largest gains, or nothing where the program has none; both proven.

    `hint` leans between points that are equal: small gains that add up to less than one. `start` is a point
    of the program that is known.
    """
    if start is not None and not gains[program.least < program.most].any():
        value = int(gains @ start)
        return Best(start, value, program.with_row(gains, value, value))
    hint = np.zeros(len(gains)) if hint is None else hint
    seen = _look(program, gains, hint)
    if seen is None:
        return None
    if start is not None and seen.bound <= int(gains @ start):
        return _proven(program, gains, seen, start)
    point, tried = _good(program, gains, hint, seen, start)
    if point is None:
        return None
    value = int(gains @ point)
    if seen.bound > value:
        open_to_better = program.within(*seen.held(program, value))
        if (open_to_better.least < tried.least).any() or (open_to_better.most > tried.most).any():
            better = _search(open_to_better, gains, hint, value)
            point = point if better is None else better
    return _proven(program, gains, seen, point)


def _good(
    program: Program, gains: Whole, hint: Floats, seen: _Look, start: Whole | None
) -> tuple[Whole | None, Program]:
    """Return a good point, and the part of the program in which it is proven to be the best."""
    point, tried = start, program
    whole = program if start is None else program.within(*seen.held(program, int(gains @ start)))
    for tried, floor in _narrowed(whole, seen):
        above = floor if point is None else max(floor, int(gains @ point))
        better = _search(tried, gains, hint, above)
        point = point if better is None else better
        if point is not None and int(gains @ point) >= above:
            break
    return point, tried


def rival(program: Program, gains: Whole, least: int) -> Whole | None:
    """Return a point that gains at least so much, or nothing where it is proven that there is none."""
    seen = _look(program, gains, np.zeros(len(gains)))
    if seen is None or seen.bound < least:
        return None
    return _search(program.within(*seen.held(program, least - 1)), gains, np.zeros(len(gains)), least - 1)


def _proven(program: Program, gains: Whole, seen: _Look, point: Whole) -> Best:
    value = int(gains @ point)
    equals = program.within(*seen.held(program, value - 1)).with_row(gains, value, value)
    return Best(point, value, equals)


def _narrowed(program: Program, seen: _Look) -> Iterator[tuple[Program, int]]:
    """Return ever wider parts of a program where few columns may move, and what is to be passed in each.

    That is what no point outside a part is likely to pass, so that little of the part is searched. The last
    part is the whole, with nothing to be passed.
    """
    free = np.flatnonzero(program.least < program.most)
    leaning = np.abs(seen.leaning[free])
    order = np.argsort(leaning, kind="stable")
    count = int((leaning < NEAR).sum()) + FIRST
    while WORTH * count < len(order):
        least, most = program.least.copy(), program.most.copy()
        rest = free[order[count:]]
        up = seen.leaning[rest] > 0
        least[rest[up]] = most[rest[up]]
        most[rest[~up]] = least[rest[~up]]
        yield program.within(least, most), seen.bound - 2 - int(leaning[order[count]])
        count *= WIDER
    yield program, -(1 << SAFE_BITS)


def _search(program: Program, gains: Whole, hint: Floats, above: int) -> Whole | None:
    """Return the point that gains most, if it is more than `above`; by halves, the likelier half first."""
    squeezed = _squeezed(program)
    if squeezed is None:
        return None
    columns, small = squeezed
    point = program.least.copy()
    rest = int(gains @ point) - int(gains[columns] @ point[columns])
    found = _search_all(small, gains[columns], hint[columns], above - rest)
    if found is None:
        return None
    point[columns] = found
    return point


def _search_all(program: Program, gains: Whole, hint: Floats, above: int) -> Whole | None:
    found = None
    parts = [program]
    while parts:
        part = parts.pop()
        seen = _look(part, gains, hint)
        if seen is None or seen.bound <= above:
            continue
        point = np.rint(seen.guess).astype(np.int64)
        if int(gains @ point) > above and part.admits(point):
            found, above = point, int(gains @ point)
            if seen.bound <= above:
                continue
        parts += _halves(part.within(*seen.held(part, above)), seen.guess)
    return found


def _halves(program: Program, guess: Floats) -> list[Program]:
    """Return the program in two parts at the column that the guess leaves most open, the likelier one last.

    Where no column is open, what remains is a single point, which is looked at for itself.
    """
    free = np.flatnonzero(program.least < program.most)
    if not len(free):
        return [program]
    guess = np.clip(guess[free], program.least[free], program.most[free])
    column = free[np.argmax(np.abs(guess - np.rint(guess)))]
    at = float(guess[np.searchsorted(free, column)])
    split = min(int(np.floor(at)), int(program.most[column]) - 1)
    below, beyond = program.most.copy(), program.least.copy()
    below[column], beyond[column] = split, split + 1
    halves = [program.within(program.least, below), program.within(beyond, program.most)]
    return halves if at - split >= 1 / 2 else halves[::-1]


def _squeezed(program: Program) -> tuple[Whole, Program] | None:
    """Return the columns that may move, with the program of these alone and the rows that they can break.

    Nothing where a row cannot hold.
    """
    rows = _rows_that_bind(program)
    if rows is None:
        return None
    columns = np.flatnonzero(program.least < program.most)
    fixed = program.least.copy()
    fixed[columns] = 0
    matrix = program.matrix[rows]
    sums = matrix @ fixed
    matrix = matrix[:, columns]
    if matrix.shape[0] * matrix.shape[1] < DENSE and not isinstance(matrix, np.ndarray):
        matrix = matrix.toarray()
    low, high = program.low[rows], program.high[rows]
    return columns, Program(
        matrix=matrix,
        low=np.where(low > -FAR, low - sums, low),
        high=np.where(high < FAR, high - sums, high),
        least=program.least[columns],
        most=program.most[columns],
    )


def _rows_that_bind(program: Program) -> npt.NDArray[np.bool_] | None:
    """Return which rows some point within the limits breaks; nothing where one row breaks at all of them."""
    if isinstance(program.matrix, np.ndarray):
        ups = np.maximum(program.matrix, 0)
    else:
        ups = program.matrix.maximum(0)
    downs = program.matrix - ups
    top = ups @ program.most + downs @ program.least
    bottom = ups @ program.least + downs @ program.most
    if ((top < program.low) | (bottom > program.high)).any():
        return None
    breakable: npt.NDArray[np.bool_] = (bottom < program.low) | (top > program.high)
    return breakable


def _look(program: Program, gains: Whole, hint: Floats) -> _Look | None:
    """Return what the solver's prices prove of a program; nothing where they prove that it has no point."""
    squeezed = _squeezed(program)
    if squeezed is None:
        return None
    columns, small = squeezed
    point = program.least.astype(float)
    leaning = gains + hint
    prices = np.zeros(len(small.low))
    if len(columns):
        guess, prices = _prices(small, leaning[columns])
        if guess is None:
            if _bound(small, np.zeros(len(columns), dtype=np.int64), prices)[0] < 0:
                return None
            guess, prices = (small.least + small.most) / 2, np.zeros(len(small.low))
        # What is no number is no guess.
        point[columns] = np.clip(np.nan_to_num(guess, nan=0.0), small.least, small.most)
    total, bits, reduced = _bound(small, gains[columns], prices)
    rest = int(gains @ program.least) - int(gains[columns] @ program.least[columns])
    every, inclined = np.zeros(len(gains), dtype=np.int64), np.zeros(len(gains))
    every[columns] = reduced
    inclined[columns] = leaning[columns] - small.matrix.T @ prices
    return _Look(total + (rest << bits), bits, every, inclined, point)


def _bound(program: Program, gains: Whole, prices: Floats) -> tuple[int, int, Whole]:
    """Return the bound that prices prove, in units of 2^-bits, those bits, and the reduced gains."""
    usable = np.isfinite(prices) & ~((prices > 0) & (program.high >= FAR))
    usable &= ~((prices < 0) & (program.low <= -FAR))
    prices = np.where(usable, prices, 0.0)
    widest = np.maximum(np.abs(program.least), np.abs(program.most))
    limits = np.where(prices > 0, program.high, np.where(prices < 0, program.low, 0))
    size = float((np.abs(gains) + abs(program.matrix).T @ np.abs(prices)) @ widest)
    size += float(np.abs(prices) @ np.abs(limits)) + 1.0
    bits = min(MOST_BITS, SAFE_BITS - int(np.ceil(np.log2(size))))
    if bits < 0:
        prices, bits = np.zeros(len(prices)), 0
    whole = np.rint(prices * 2.0**bits).astype(np.int64)
    reduced = (gains << bits) - program.matrix.T @ whole
    ends = np.maximum(reduced * program.least, reduced * program.most)
    return int((whole * limits).sum() + ends.sum()), bits, reduced


def _prices(program: Program, gains: Floats) -> tuple[Floats | None, Floats]:
    """Return the solver's best point without whole numbers, and its prices of the rows.

    Without a point, the prices are those of the rows' being missed: they may prove that there is none.
    """
    status, guess, prices = _solve(program, gains)
    if status == SOLVED:
        return guess, prices
    if status != NONE_THERE:
        return None, np.zeros(len(program.low))
    return None, _solve(_missing(program), np.repeat([0.0, -1.0], [len(gains), 2 * len(program.low)]))[2]


def _missing(program: Program) -> Program:
    """Return the program where every row may be missed: two columns more a row say by how much."""
    from scipy import sparse  # noqa: PLC0415 - as above

    rows = len(program.low)
    each = sparse.eye_array(rows, dtype=np.int64)
    return Program(
        matrix=sparse.hstack([sparse.csr_array(program.matrix), each, -each], format="csr"),
        low=program.low,
        high=program.high,
        least=np.append(program.least, np.zeros(2 * rows, dtype=np.int64)),
        most=np.append(program.most, np.full(2 * rows, FAR)),
    )


def _solve(program: Program, gains: Floats) -> tuple[int, Floats, Floats]:
    """Return the solver's status, point and prices, as it says them."""
    from scipy import optimize, sparse  # noqa: PLC0415 - as above

    equal = program.low == program.high
    above, below = ~equal & (program.high < FAR), ~equal & (program.low > -FAR)
    stack = np.vstack if isinstance(program.matrix, np.ndarray) else sparse.vstack
    ends: Any = np.column_stack([program.least, program.most])
    said: Any = optimize.linprog(
        -gains,
        A_ub=stack([program.matrix[above], -program.matrix[below]]),
        b_ub=np.append(program.high[above], -program.low[below]),
        A_eq=program.matrix[equal],
        b_eq=program.low[equal],
        bounds=ends,
        method="highs-ds",
    )
    prices = np.zeros(len(program.low))
    if said.status != SOLVED:
        return said.status, np.zeros(len(gains)), prices
    marginals = np.asarray(said.ineqlin.marginals, dtype=float)
    prices[equal] = -np.asarray(said.eqlin.marginals, dtype=float)
    prices[above] -= marginals[: int(above.sum())]
    prices[below] += marginals[int(above.sum()) :]
    return SOLVED, np.asarray(said.x, dtype=float), prices
