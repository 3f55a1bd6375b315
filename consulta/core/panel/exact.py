"""Integer programming: the best point of a program in whole numbers, with proof that none is better.

A program is every whole z with `least ≤ z ≤ most` and `low ≤ matrix · z ≤ high`; wanted is one with the
largest gains · z. A solver of linear programs (HiGHS) works in floating point, so none of its answers is
relied on. It is asked for *prices* y of the rows; for any prices,

    gains · z  ≤  Σ_i max(y_i low_i, y_i high_i) + Σ_j max(d_j least_j, d_j most_j),   d = gains - y · matrix

for every z of the program. With prices rounded to whole parts of 2^k this bound is computed in whole
numbers. Good prices make it tight, bad ones loose, none make it wrong. So a part of the search is given
up only when a row cannot hold in it, or when its bound shows that it has nothing better; and a column
whose reduced gain d would cost more than the difference between bound and best is fixed at its value,
which leaves some dozens of two thousand columns. Points found are checked in whole numbers, too.

Rows are divided by the greatest common divisor of their coefficients, and their limits rounded. Columns
that count others (`first`) are halved before any other: once a count is fixed, rows about it leave no
room for fractions.

The search has a limit, `Effort`: solves of linear programs, each counted by its size, never time. Where
the limit ends it, the best point found is returned with the bound that no point exceeds.

The module decides nothing about panels. Sums must stay below 2^60.
"""

import itertools
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

EFFORT, ENTRIES = 2_000, 20_000
"""How much a search may do where nothing else is said, and how many entries of a matrix count as one."""

ENOUGH = 200
"""With less effort left, the solver's own search is not asked for a better point."""

NODES = 2_000_000
"""How far the solver's own search goes for a point, where ours ended without proof: nodes times entries."""

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
    first: npt.NDArray[np.bool_] | None = None
    """Columns that are halved before others."""

    def admits(self, point: Whole) -> bool:
        """Return whether the program contains a point, computed in whole numbers."""
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


@dataclass(slots=True)
class Effort:
    """How much a search may still do. It depends on nothing but the programs that are searched."""

    left: int = EFFORT

    def spend(self, program: Program) -> None:
        """Count one solve of a program."""
        rows, columns = program.matrix.shape
        self.left -= 1 + rows * columns // ENTRIES

    def renew(self, least: int) -> None:
        """Let one more search do at least so much."""
        self.left = max(self.left, least)

    @property
    def over(self) -> bool:
        """Return whether the limit is reached."""
        return self.left <= 0


@dataclass(frozen=True, slots=True)
class Best:
    """The best point found, what no point passes, and the program of all at least as good.

    The last row of that program says what they gain. Where `bound` is `value`, the point is proven best.
    `look` is what prices say of the whole `program` by these `gains`; None where every point gains the same.
    """

    point: Whole
    value: int
    bound: int
    equals: Program
    program: Program
    gains: Whole
    look: "_Look | None"

    def down_to(self, least: int) -> Program:
        """Return the program of all points that gain at least so much."""
        if self.look is None:
            return self.program
        return self.program.within(*self.look.held(self.program, least - 1)).with_row(self.gains, least, FAR)

    @property
    def proven(self) -> bool:
        """Return whether it is proven that no point is better."""
        return self.bound <= self.value


@dataclass(frozen=True, slots=True)
class Open:
    """The limit was reached with no point found, and without proof that there is none."""

    bound: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to: a point or none, and what no point passes that it left out (`ended`: none)."""

    point: Whole | None
    passed: int
    ended: bool


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
        """Return the whole number that the gain of no point of the part exceeds."""
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
    program: Program,
    gains: Whole,
    hint: Floats | None = None,
    start: Whole | None = None,
    effort: Effort | None = None,
) -> Best | Open | None:
    """Return the point with the largest gains that is found, or nothing where it is proven that none exists.

    `hint` leans between points that are equal: small gains that add up to less than one. `start` is a point
    of the program that is known. `effort` is the limit of the search.
    """
    if start is not None and not gains[program.least < program.most].any():
        value = int(gains @ start)
        return Best(start, value, value, program.with_row(gains, value, value), program, gains, None)
    hint = np.zeros(len(gains)) if hint is None else hint
    effort = Effort() if effort is None else effort
    spent = effort.left < ENOUGH
    seen = _look(program, gains, hint, effort)
    if seen is None:
        return None
    if start is not None and seen.bound <= int(gains @ start):
        return _best(program, gains, seen, start, seen.bound)
    found = _all(program, gains, hint, seen, start, effort)
    if not found.ended:
        return _unproven(program, gains, seen, found, spent=spent)
    return None if found.point is None else _best(program, gains, seen, found.point, int(gains @ found.point))


def _all(
    program: Program, gains: Whole, hint: Floats, seen: _Look, start: Whole | None, effort: Effort
) -> _Found:
    """Return what a search of the whole program comes to: a good point first, then all that may be better."""
    found, tried = _good(program, gains, hint, seen, start, effort)
    if not found.ended or found.point is None or seen.bound <= int(gains @ found.point):
        return found
    better = program.within(*seen.held(program, int(gains @ found.point)))
    if not ((better.least < tried.least).any() or (better.most > tried.most).any()):
        return found
    more = _search(better, gains, hint, int(gains @ found.point), effort)
    return replace(more, point=found.point if more.point is None else more.point)


def _good(
    program: Program, gains: Whole, hint: Floats, seen: _Look, start: Whole | None, effort: Effort
) -> tuple[_Found, Program]:
    """Return a good point, and the part of the program in which it is proven to be the best."""
    point, tried, found = start, program, _Found(start, seen.bound, ended=False)
    whole = program if start is None else program.within(*seen.held(program, int(gains @ start)))
    for tried, floor in _narrowed(whole, seen):
        above = floor if point is None else max(floor, int(gains @ point))
        found = _search(tried, gains, hint, above, effort)
        point = point if found.point is None else found.point
        if not found.ended or (point is not None and int(gains @ point) >= above):
            break
    # A part says nothing of what is outside.
    passed = found.passed if tried is whole else seen.bound
    return replace(found, point=point, passed=passed), tried


def rival(program: Program, gains: Whole, least: int, effort: Effort | None = None) -> Whole | Open | None:
    """Return a point that gains at least so much, or nothing where it is proven that there is none."""
    effort = Effort() if effort is None else effort
    seen = _look(program, gains, np.zeros(len(gains)), effort)
    if seen is None or seen.bound < least:
        return None
    part = program.within(*seen.held(program, least - 1))
    found = _search(part, gains, np.zeros(len(gains)), least - 1, effort)
    return Open(found.passed) if found.point is None and not found.ended else found.point


def _best(program: Program, gains: Whole, seen: _Look, point: Whole, bound: int) -> Best:
    """Return a point as the best found, with the program of the points that are at least as good.

    Where it is proven that none is better, those points are exactly as good.
    """
    value = int(gains @ point)
    equals = program.within(*seen.held(program, value - 1))
    high = value if bound <= value else FAR
    return Best(point, value, max(bound, value), equals.with_row(gains, value, high), program, gains, seen)


def _unproven(program: Program, gains: Whole, seen: _Look, found: _Found, *, spent: bool) -> Best | Open:
    """Return what a search came to that its limit ended, after one look by the solver's own search.

    Where little effort was left (`spent`), that is only done if no point is known.
    """
    bound = min(seen.bound, found.passed)
    point = found.point
    other = _by_solver(program, gains) if point is None or not spent else None
    if other is not None and (point is None or int(gains @ other) > int(gains @ point)):
        point = other
    return Open(bound) if point is None else _best(program, gains, seen, point, bound)


def _by_solver(program: Program, gains: Whole) -> Whole | None:
    """Return a point that the solver's own search comes upon, if it is one."""
    from scipy import optimize, sparse  # noqa: PLC0415 - slow to import, and most commands choose no panel

    rows, columns = program.matrix.shape
    said: Any = optimize.milp(
        -gains.astype(float),
        constraints=optimize.LinearConstraint(
            sparse.csr_array(program.matrix).astype(float), _far(program.low), _far(program.high)
        ),
        integrality=np.ones(len(gains), dtype=np.int64),
        bounds=optimize.Bounds(program.least, program.most),
        options={"mip_rel_gap": 0, "node_limit": max(1, NODES // max(1, rows * columns))},
    )
    if said.x is None or not np.isfinite(said.x).all():
        return None
    point = np.rint(said.x).astype(np.int64)
    return point if program.admits(point) else None


def _far(limits: Whole) -> Floats:
    """Return limits as the solver is told them: none where there is none."""
    return np.where(np.abs(limits) < FAR, limits, np.copysign(np.inf, limits))


def _narrowed(program: Program, seen: _Look) -> Iterator[tuple[Program, int]]:
    """Yield ever wider parts of a program where few columns may move, each with the gain to be exceeded.

    No point outside the part is likely to exceed that gain, so that little of the part is searched. The
    last part is the whole program, with no gain to be exceeded.
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


def _search(program: Program, gains: Whole, hint: Floats, above: int, effort: Effort) -> _Found:
    """Return the point that gains most, if it is more than `above`; by halves, the likelier half first."""
    squeezed = _squeezed(program)
    if squeezed is None:
        return _Found(None, above, ended=True)
    columns, small = squeezed
    point = program.least.copy()
    rest = int(gains @ point) - int(gains[columns] @ point[columns])
    found = _search_all(small, gains[columns], hint[columns], above - rest, effort)
    if found.point is not None:
        point[columns] = found.point
    return _Found(None if found.point is None else point, found.passed + rest, found.ended)


def _search_all(program: Program, gains: Whole, hint: Floats, above: int, effort: Effort) -> _Found:
    found = None
    parts = [(program, 1 << SAFE_BITS)]
    while parts and not effort.over:
        part, most = parts.pop()
        if most <= above:
            continue
        seen = _look(part, gains, hint, effort)
        if seen is None or seen.bound <= above:
            continue
        point = np.rint(seen.guess).astype(np.int64)
        if int(gains @ point) > above and part.admits(point):
            found, above = point, int(gains @ point)
            if seen.bound <= above:
                continue
        narrower = part.within(*seen.held(part, above))
        parts += [(half, min(most, seen.bound)) for half in _halves(narrower, seen.guess)]
    left = [most for _, most in parts if most > above]
    return _Found(found, max(left, default=above), ended=not left)


def _halves(program: Program, guess: Floats) -> list[Program]:
    """Return the program in two parts at the column that the guess leaves most open, the likelier one last.

    Where no column is open, what remains is a single point, which is looked at for itself.
    """
    free = np.flatnonzero(program.least < program.most)
    if not len(free):
        return [program]
    if program.first is not None:
        counts = free[program.first[free]]
        clear = np.abs(guess[counts] - np.rint(guess[counts])) < NEAR
        free = free if clear.all() else counts[~clear]
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
    low = np.where(low > -FAR, low - sums, low)
    high = np.where(high < FAR, high - sums, high)
    matrix, low, high = _divided(matrix, low, high)
    if (low > high).any():
        return None
    return columns, Program(
        matrix=matrix,
        low=low,
        high=high,
        least=program.least[columns],
        most=program.most[columns],
        first=None if program.first is None else program.first[columns],
    )


def _divided(matrix: Any, low: Whole, high: Whole) -> tuple[Any, Whole, Whole]:
    """Return rows divided by what divides their coefficients: no whole sum lies between rounded limits."""
    if isinstance(matrix, np.ndarray):
        parts = np.gcd.reduce(matrix, axis=1, initial=0)
        rows = slice(None), np.newaxis
    else:
        parts = np.array(
            [np.gcd.reduce(matrix.data[a:b], initial=0) for a, b in itertools.pairwise(matrix.indptr)],
            dtype=np.int64,
        )
    parts = np.maximum(parts, 1)
    if (parts == 1).all():
        return matrix, low, high
    if isinstance(matrix, np.ndarray):
        matrix = matrix // parts[rows]
    else:
        matrix = matrix.copy()
        matrix.data //= np.repeat(parts, np.diff(matrix.indptr))
    return (
        matrix,
        np.where(low > -FAR, -(-low // parts), low),
        np.where(high < FAR, high // parts, high),
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


def _look(program: Program, gains: Whole, hint: Floats, effort: Effort) -> _Look | None:
    """Return what the solver's prices prove of a program; nothing where they prove that it has no point."""
    squeezed = _squeezed(program)
    if squeezed is None:
        return None
    columns, small = squeezed
    point = program.least.astype(float)
    leaning = gains + hint
    prices = np.zeros(len(small.low))
    if len(columns):
        effort.spend(small)
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
    usable = ~((prices > 0) & (program.high >= FAR)) & ~((prices < 0) & (program.low <= -FAR))
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
    marginals = _finite(said.ineqlin.marginals)
    prices[equal] = -_finite(said.eqlin.marginals)
    prices[above] -= marginals[: int(above.sum())]
    prices[below] += marginals[int(above.sum()) :]
    return SOLVED, np.asarray(said.x, dtype=float), prices


def _finite(said: Any) -> Floats:
    """Return the prices that the solver says, none where it says no number."""
    prices: Floats = np.nan_to_num(np.asarray(said, dtype=float), nan=0.0, posinf=0.0, neginf=0.0)
    return prices
