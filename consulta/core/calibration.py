"""The weights that meet given margins and stay near to equal: bounded calibration (section 2.3).

For cells c with base b_c, N = Σ b_c, it finds the unique minimiser of

    Σ_c b_c (w_c ln w_c - w_c + 1) / N  +  (κ/2) Σ_g (m_g(w) - T_g)²,      m_g(w) = Σ_{c in g} b_c w_c / N

subject to L ≤ w_c ≤ U and Σ_c b_c w_c = N. Its convex dual, to be minimised over one λ for each category and
one μ, is

    Σ_c b_c φ(s_c) / N - μ - Σ_g λ_g T_g + Σ_g λ_g² / 2κ,      s_c = μ + Σ_{g∋c} λ_g,  φ'(s) = clip(e^s, L, U)

and at its minimum w_c = clip(e^{s_c}, L, U) and m_g - T_g = -λ_g/κ. For given λ the best μ is found on its
own: Σ_c b_c clip(e^{μ + Σλ}, L, U) = N rises with μ. What remains is smooth and strongly convex in λ (κ sees
to that, also where margins depend on one another), and damped Newton steps solve it. Where bounds and targets
conflict the way is long; then the springs are stiffened by and by: the solution for a softer κ is where the
next one starts. The last one alone decides the answer.

It is solved twice over. `approximate` works in double precision, takes well under a millisecond for the cells
of a round, and says how far each weight may be off. `calibrate` goes on from there in decimal arithmetic,
which gives the same digits on every machine; whoever rounds a weight asks for it only where the first answer
lies too near to the middle between two roundings. So what is rounded is right, whichever was asked.

It knows no dimensions, only which categories (numbered) each cell lies in.

Sources: Deville and Särndal, "Calibration estimators in survey sampling" (1992); the ridge form after Rao and
Singh (1997); semismooth Newton steps after Qi and Sun (1993).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

import numpy as np
import numpy.typing as npt

STIFFNESS = 10**6
"""κ, so stiff that targets are met to about 1e-5 where the bounds allow."""

STAGES = tuple(10.0**power for power in range(6))
"""Softer springs on the long way, taken where whole steps do not lead straight to the lowest point."""

STEPS = 400
"""Many more than any stage has been seen to take."""

ENOUGH = 1e-4
"""A step must bring at least this part of what its slope promises (Armijo's rule)."""

EPSILON = 2.0**-52
"""What double precision cannot tell from one."""

CAUTION = 64.0
"""How many times larger than the errors of a few operations the errors of all of them are taken to be."""

ARITHMETIC = Context(prec=80, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""Digits enough for the last steps to be seen: where targets cannot be met the dual stands 10⁵ high, and at a
residual of 1e-25 a step goes down by as little as 1e-50. With fewer, Armijo's rule would wait for ever."""

RESIDUAL = Decimal("1e-25")
"""How near to nothing the slope is in the end: the weights are certain to 15 decimals and more."""

NOISE = Decimal("1e-60")
"""Far below the smallest step down, far above what these digits lose: no step fails by less than this."""

Array = npt.NDArray[np.floating[Any]]
Vector = list[Decimal]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is to be solved: `cells[c]` holds the numbers of the categories that cell c lies in.

    Every cell lies in equally many categories; `upper` may be infinite and `lower` nothing.
    """

    cells: Sequence[Sequence[int]]
    base: Sequence[int]
    targets: Sequence[Decimal]
    lower: Decimal
    upper: Decimal

    @property
    def is_fixed(self) -> bool:
        """Whether the mean weight of one leaves no choice: if none may be below it, or above it, none is."""
        return self.lower == 1 or self.upper == 1


@dataclass(frozen=True, slots=True)
class Approximation:
    """Weights in double precision, how far each may be off, and the λ they stand for."""

    weights: Array
    errors: Array
    multipliers: Array


def approximate(problem: Calibration) -> Approximation:
    """Return the weights as double precision finds them, within the errors that it states."""
    if problem.is_fixed:
        ones = np.ones(len(problem.cells))
        return Approximation(ones, np.zeros_like(ones), np.zeros(len(problem.targets)))
    dual = _Dual.of(problem)
    start = np.zeros(len(dual.targets))
    point = _descend(dual, start, shortest=1.0)
    if not dual.is_low(point):
        point = _descend(dual.with_stiffness(STAGES[0]), start)
        for stiffness in (*STAGES[1:], float(STIFFNESS)):
            point = _descend(dual.with_stiffness(stiffness), point.multipliers)
    return Approximation(point.weights, dual.errors(point), point.multipliers)


def calibrate(problem: Calibration) -> tuple[Decimal, ...]:
    """Return the weight of each cell, in decimals far beyond those of double precision."""
    if problem.is_fixed:
        return (Decimal(1),) * len(problem.cells)
    with localcontext(ARITHMETIC):
        return _polish(problem, approximate(problem).multipliers)


@dataclass(frozen=True, slots=True)
class _Point:
    """The dual at one λ: its best μ, its height and gradient, and the weights it stands for."""

    multipliers: Array
    level: float
    height: float
    gradient: Array
    weights: Array
    free: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Dual:
    """The function to be minimised, for one stiffness, in double precision.

    `members[c, g]` is one where cell c lies in category g; `parts` are b_c / N.
    """

    cells: npt.NDArray[np.int64]
    members: Array
    parts: Array
    targets: Array
    low: float
    high: float
    stiffness: float

    @staticmethod
    def of(problem: Calibration) -> "_Dual":
        cells = np.array(problem.cells, dtype=np.int64).reshape(len(problem.base), -1)
        members = np.zeros((len(cells), len(problem.targets)))
        np.put_along_axis(members, cells, 1.0, axis=1)
        total = sum(problem.base)
        with localcontext(ARITHMETIC):
            low = float(problem.lower.ln()) if problem.lower else -np.inf
            high = float(problem.upper.ln())
        return _Dual(
            cells=cells,
            members=members,
            parts=np.array([base / total for base in problem.base]),
            targets=np.array([float(target) for target in problem.targets]),
            low=low,
            high=high,
            stiffness=float(STIFFNESS),
        )

    def with_stiffness(self, stiffness: float) -> "_Dual":
        return _Dual(
            self.cells, self.members, self.parts, self.targets, self.low, self.high, stiffness=stiffness
        )

    def at(self, multipliers: Array, level: float) -> _Point:
        """Return its height and gradient at λ, with the best μ; `level` is where that is looked for first."""
        tilts = multipliers[self.cells].sum(axis=1)
        level = self.level(tilts, level)
        heights = level + tilts
        logs = np.minimum(np.maximum(heights, self.low), self.high)
        weights = np.exp(logs)
        # φ(s), whose slope is the clipped weight: e^s between the bounds, straight lines beyond them.
        beyond = heights - logs
        pulls = multipliers / self.stiffness
        return _Point(
            multipliers,
            level,
            float(
                self.parts @ (weights * (1.0 + beyond)) - level + multipliers @ (pulls / 2.0 - self.targets)
            ),
            (self.parts * weights) @ self.members - self.targets + pulls,
            weights,
            beyond == 0.0,
        )

    def level(self, tilts: Array, level: float) -> float:
        """Return the μ for which Σ b clip(e^{μ + Σλ}, L, U) = N, by Newton's steps inside a bracket."""
        below, above = self.low - tilts.max(initial=0.0), self.high - tilts.min(initial=0.0)
        level = min(max(level, below), above)
        for _ in range(200):
            heights = level + tilts
            inside = (heights > self.low) & (heights < self.high)
            worth = self.parts * np.exp(np.minimum(np.maximum(heights, self.low), self.high))
            miss = 1.0 - float(worth.sum())
            if abs(miss) <= 4 * EPSILON:
                break
            below, above = (level, above) if miss > 0 else (below, level)
            rising = float(worth[inside].sum())
            # In μ the free part grows like e^μ; where all cells are free one step is the whole way.
            wanted = rising + miss
            step = math.log(wanted / rising) if rising > 0 and wanted > 0 else math.nan
            trial = level + step
            if not below < trial < above:
                trial = _between(below, above, level)
            if trial == level:
                break
            level = trial
        return level

    def curvature(self, weights: Array, free: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return the second derivatives in λ, the best μ going along, and how much μ goes down with each λ.

        With h_c = b_c w_c / N over the free cells: Σ_{c∋g,k} h_c - (Σ_{c∋g} h_c)(Σ_{c∋k} h_c) / Σ_c h_c, plus
        1/κ on the diagonal.
        """
        parts = self.parts * weights * free
        sums = parts @ self.members
        whole = float(parts.sum())
        drift = sums / whole if whole > 0 else np.zeros_like(sums)
        matrix = self.members.T @ (self.members * parts[:, np.newaxis]) - np.outer(sums, drift)
        matrix[np.diag_indices_from(matrix)] += 1.0 / self.stiffness
        return matrix, drift

    def noise(self, point: _Point) -> float:
        """Return what rounding may make of a slope that is nothing."""
        largest = float(np.abs(point.multipliers).max(initial=0.0))
        dimensions = float(self.cells.shape[1])
        return CAUTION * EPSILON * (1.0 + largest * (1.0 + dimensions) + abs(point.level))

    def is_low(self, point: _Point) -> bool:
        """Whether the slope is as near to nothing as double precision can tell."""
        return bool(np.abs(point.gradient).max(initial=0.0) <= self.noise(point))

    def errors(self, point: _Point) -> Array:
        """Return how far each weight may be off: the slope that is left, and its own errors, followed back.

        Infinite for a cell so near to a bound that it may stand on either side of where the bound begins.
        """
        matrix, drift = self.curvature(point.weights, point.free)
        noise = self.noise(point)
        slopes = np.abs(point.gradient) + noise
        moves = np.abs((self.members - drift) @ np.linalg.inv(matrix)) @ slopes + noise
        heights = point.level + point.multipliers[self.cells].sum(axis=1)
        gaps = np.minimum(np.abs(heights - self.low), np.abs(heights - self.high))
        errors = CAUTION * point.weights * np.where(point.free, moves, EPSILON)
        return np.where(gaps <= CAUTION * moves, np.inf, errors)


def _between(below: float, above: float, level: float) -> float:
    """Return a point inside a bracket, also one without an end."""
    if np.isinf(below) or np.isinf(above):
        return level + 1.0 if np.isinf(above) else level - 1.0
    return (below + above) / 2.0


def _descend(dual: _Dual, start: Array, shortest: float = EPSILON) -> _Point:
    """Return where damped Newton steps lead: to the lowest point, or as far as they go.

    They go on as long as the slope is felt and a step not shorter than `shortest` leads down.
    """
    point = dual.at(start, 0.0)
    for _ in range(STEPS):
        if dual.is_low(point):
            break
        matrix, _ = dual.curvature(point.weights, point.free)
        lower = _step(dual, point, np.linalg.solve(matrix, -point.gradient), shortest)
        if lower is None:
            break
        point = lower
    return point


def _step(dual: _Dual, point: _Point, step: Array, shortest: float) -> _Point | None:
    """Return the point along a step, halved until it goes down far enough; none where it would be too short.

    Near the lowest point heights no longer tell, since rounding hides their difference: there the slope does.
    """
    promise = float(point.gradient @ step)
    steepest = np.abs(point.gradient).max()
    hidden = CAUTION * EPSILON * max(1.0, abs(point.height))
    length = 1.0
    while length >= shortest:
        trial = dual.at(point.multipliers + length * step, point.level)
        rise = trial.height - point.height
        if rise <= ENOUGH * length * promise:
            return trial
        if abs(rise) <= hidden and np.abs(trial.gradient).max() < steepest / 2.0:
            return trial
        length /= 2.0
    return None


@dataclass(frozen=True, slots=True)
class _Exact:
    """The dual at one λ in decimals, for κ itself: its height, its slope, and the weights it stands for."""

    multipliers: Vector
    height: Decimal
    gradient: Vector
    weights: Vector

    @property
    def steepest(self) -> Decimal:
        return max(map(abs, self.gradient), default=Decimal(0))


def _polish(problem: Calibration, multipliers: Array) -> tuple[Decimal, ...]:
    """Return the weights in decimals: heights and slopes are exact, steps come from double precision.

    Each step leaves about a millionth of the error, so a handful is enough.
    """
    dual = _Dual.of(problem)
    point = _exact(problem, [Decimal(float(multiplier)) for multiplier in multipliers])
    for _ in range(STEPS):
        scale = point.steepest
        if scale <= RESIDUAL:
            return tuple(point.weights)
        free = np.array([problem.lower < weight < problem.upper for weight in point.weights])
        matrix, _ = dual.curvature(np.array([float(weight) for weight in point.weights]), free)
        step = np.linalg.solve(matrix, np.array([float(-slope / scale) for slope in point.gradient]))
        point = _go(problem, point, [scale * Decimal(float(part)) for part in step])
    raise ArithmeticError("the calibration of weights does not settle")


def _go(problem: Calibration, point: _Exact, step: Vector) -> _Exact:
    """Return the point along a step, halved until it goes down far enough."""
    promise = Decimal(ENOUGH) * _dot(point.gradient, step)
    length = Decimal(1)
    while True:
        trial = _exact(problem, [a + length * b for a, b in zip(point.multipliers, step, strict=True)])
        if trial.height <= point.height + length * promise + NOISE:
            return trial
        length /= 2


def _exact(problem: Calibration, multipliers: Vector) -> _Exact:
    """Return the dual at λ, with the best μ."""
    tilts = [sum((multipliers[g] for g in groups), Decimal(0)) for groups in problem.cells]
    factors = [tilt.exp() for tilt in tilts]
    level = _level(problem, factors)
    weights = [_clip(level * factor, problem) for factor in factors]
    mu = level.ln()
    heights = [w * (1 + mu + tilt - w.ln()) for tilt, w in zip(tilts, weights, strict=True)]
    height = _dot(problem.base, heights) / sum(problem.base) - mu
    gradient = []
    for margin, target, multiplier in zip(
        _margins(problem, weights), problem.targets, multipliers, strict=True
    ):
        pull = multiplier / STIFFNESS
        height += multiplier * (pull / 2 - target)
        gradient.append(margin - target + pull)
    return _Exact(multipliers, height, gradient, weights)


def _level(problem: Calibration, factors: Vector) -> Decimal:
    """Return the t for which Σ b clip(t e, L, U) = Σ b: in t a broken line that rises."""
    total = sum(problem.base)
    starts = [problem.lower / factor for factor in factors]
    ends = [problem.upper / factor for factor in factors]
    bends = sorted({*starts, *ends})
    first, last = 0, len(bends) - 1
    while first < last:
        middle = (first + last) // 2
        if _dot(problem.base, [_clip(bends[middle] * factor, problem) for factor in factors]) < total:
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
