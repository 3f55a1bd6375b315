"""The weights that meet given margins and stay near to equal: bounded calibration (section 2.3).

For cells c with base b_c, N = Σ b_c, it finds the unique minimiser of

    Σ_c b_c (w_c ln w_c - w_c + 1) / N  +  (κ/2) Σ_g (m_g(w) - T_g)²,      m_g(w) = Σ_{c in g} b_c w_c / N

subject to L ≤ w_c ≤ U and Σ_c b_c w_c = N. Its convex dual, to be minimised over one λ for each category and
one μ, is

    Σ_c b_c φ(s_c) / N - μ - Σ_g λ_g T_g + Σ_g λ_g² / 2κ,      s_c = μ + Σ_{g∋c} λ_g,  φ'(s) = clip(e^s, L, U)

and at its minimum w_c = clip(e^{s_c}, L, U) and m_g - T_g = -λ_g/κ. For given λ the best μ is found
exactly: in t = e^μ the constraint Σ_c b_c clip(t e^{Σλ}, L, U) = N is a rising broken line. What remains is
smooth and strongly convex in λ (κ sees to that, also where margins depend on one another), and damped
Newton steps solve it. Where bounds and targets conflict the way is long, so the springs are stiffened by
and by: the solution for a softer κ is where the next one starts. The last one alone decides the answer.

Everything runs in decimal arithmetic, which gives the same digits on every machine. Double precision would
reach a residual of 1e-12; a cell with a millionth of the ballots needs more for its sixth decimal to be
certain.

It knows no dimensions, only which categories (numbered) each cell lies in.

Sources: Deville and Särndal, "Calibration estimators in survey sampling" (1992); the ridge form after Rao and
Singh (1997).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext

STAGES = tuple((Decimal(10) ** power, Decimal("1e-8")) for power in range(6))
"""Softer springs on the way, each with the residual at which the next takes over."""

FINAL = (Decimal(10) ** 6, Decimal("1e-25"))
"""κ, so stiff that targets are met to about 1e-5 where the bounds allow; and the residual of a solution."""

ENOUGH = Decimal("1e-4")
"""A step must bring at least this part of what its slope promises (Armijo's rule)."""

ARITHMETIC = Context(prec=80, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""Digits enough for the last steps to be seen: where targets cannot be met the dual stands 10⁵ high, and at a
residual of 1e-25 a step goes down by as little as 1e-50. With fewer, Armijo's rule would wait for ever."""

NOISE = Decimal("1e-60")
"""Far below the smallest step down, far above what these digits lose: no step fails by less than this."""

Vector = list[Decimal]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is to be solved: `cells[c]` holds the numbers of the categories that cell c lies in."""

    cells: Sequence[Sequence[int]]
    base: Sequence[int]
    targets: Sequence[Decimal]
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class _Point:
    """The dual at one λ: its height, its gradient, and the weights it stands for."""

    multipliers: Vector
    height: Decimal
    gradient: Vector
    weights: Vector


def calibrate(problem: Calibration) -> tuple[Decimal, ...]:
    """Return the weight of each cell."""
    with localcontext(ARITHMETIC):
        if problem.lower == 1 or problem.upper == 1:
            # The mean weight is one: if none may be below it (or above it), none is.
            return (Decimal(1),) * len(problem.cells)
        return tuple(_minimise(problem).weights)


def _minimise(problem: Calibration) -> _Point:
    multipliers = [Decimal(0)] * len(problem.targets)
    for stiffness, residual in (*STAGES, FINAL):
        dual = _Dual(problem, stiffness)
        point = dual.at(multipliers)
        while max(map(abs, point.gradient), default=Decimal(0)) > residual:
            step = _solve(dual.curvature(point), [-slope for slope in point.gradient])
            point = _descend(dual, point, step)
        multipliers = point.multipliers
    return point


def _descend(dual: "_Dual", point: _Point, step: Vector) -> _Point:
    """Return the point along a step, halved until it goes down far enough."""
    promise = _dot(point.gradient, step)
    length = Decimal(1)
    while True:
        trial = dual.at([a + length * b for a, b in zip(point.multipliers, step, strict=True)])
        if trial.height <= point.height + ENOUGH * length * promise + NOISE:
            return trial
        length /= 2


@dataclass(frozen=True, slots=True)
class _Dual:
    """The function to be minimised, for one stiffness."""

    problem: Calibration
    stiffness: Decimal

    def at(self, multipliers: Vector) -> _Point:
        """Return its height and gradient at λ, with the best μ."""
        problem = self.problem
        tilts = [sum((multipliers[g] for g in groups), Decimal(0)) for groups in problem.cells]
        factors = [tilt.exp() for tilt in tilts]
        level = _level(problem, factors)
        weights = [_clip(level * factor, problem) for factor in factors]
        mu = level.ln()
        # φ(s), whose slope is the clipped weight: e^s between the bounds, straight lines beyond them.
        heights = [w * (1 + mu + tilt - w.ln()) for tilt, w in zip(tilts, weights, strict=True)]
        height = _dot(problem.base, heights) / sum(problem.base) - mu
        gradient = []
        for margin, target, multiplier in zip(
            _margins(problem, weights), problem.targets, multipliers, strict=True
        ):
            pull = multiplier / self.stiffness
            height += multiplier * (pull / 2 - target)
            gradient.append(margin - target + pull)
        return _Point(multipliers, height, gradient, weights)

    def curvature(self, point: _Point) -> list[Vector]:
        """Return the second derivatives in λ, the best μ going along.

        With h_c = b_c w_c / N over the free cells: Σ_{c∋g,k} h_c - (Σ_{c∋g} h_c)(Σ_{c∋k} h_c) / Σ_c h_c, plus
        1/κ on the diagonal.
        """
        problem, size, total = self.problem, len(point.gradient), sum(self.problem.base)
        matrix = [[Decimal(0)] * size for _ in range(size)]
        sums, whole = [Decimal(0)] * size, Decimal(0)
        for groups, base, weight in zip(problem.cells, problem.base, point.weights, strict=True):
            if problem.lower < weight < problem.upper:
                free = base * weight / total
                whole += free
                for g in groups:
                    sums[g] += free
                    for k in groups:
                        matrix[g][k] += free
        for g in range(size):
            for k in range(size):
                if whole:
                    matrix[g][k] -= sums[g] * sums[k] / whole
            matrix[g][g] += 1 / self.stiffness
        return matrix


def _level(problem: Calibration, factors: Vector) -> Decimal:
    """Return the t for which Σ b clip(t e, L, U) = Σ b."""
    total = sum(problem.base)
    starts = [problem.lower / factor for factor in factors]
    ends = [problem.upper / factor for factor in factors]
    bends = sorted({*starts, *ends})
    first, last = 0, len(bends) - 1
    while first < last:
        middle = (first + last) // 2
        if _weighed(problem, factors, bends[middle]) < total:
            first = middle + 1
        else:
            last = middle
    bend = bends[first]
    # Just below this bend the free cells are those that have started and not ended.
    fixed, rising = Decimal(0), Decimal(0)
    for base, factor, start, end in zip(problem.base, factors, starts, ends, strict=True):
        if start >= bend:
            fixed += base * problem.lower
        elif end < bend:
            fixed += base * problem.upper
        else:
            rising += base * factor
    return (total - fixed) / rising if rising else bend


def _weighed(problem: Calibration, factors: Vector, level: Decimal) -> Decimal:
    return _dot(problem.base, [_clip(level * factor, problem) for factor in factors])


def _clip(value: Decimal, problem: Calibration) -> Decimal:
    return min(max(value, problem.lower), problem.upper)


def _dot(left: Sequence[Decimal | int], right: Vector) -> Decimal:
    return sum((a * b for a, b in zip(left, right, strict=True)), Decimal(0))


def _margins(problem: Calibration, weights: Vector) -> Vector:
    sums = [Decimal(0)] * len(problem.targets)
    for groups, base, weight in zip(problem.cells, problem.base, weights, strict=True):
        for g in groups:
            sums[g] += base * weight
    total = sum(problem.base)
    return [found / total for found in sums]


def _solve(matrix: list[Vector], right: Vector) -> Vector:
    """Return x with matrix · x = right, for a symmetric positive definite matrix, by Gauss's elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        for j in range(i + 1, size):
            ratio = rows[j][i] / rows[i][i]
            if ratio:
                for k in range(i, size + 1):
                    rows[j][k] -= ratio * rows[i][k]
    solution = [Decimal(0)] * size
    for i in reversed(range(size)):
        known = _dot(rows[i][i + 1 : size], solution[i + 1 :])
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution
