"""Bounded calibration (section 2.3): the weights nearest to equal that meet given margins.

For cells c with base b_c, N = Σ b_c, the module finds the unique minimiser of

    Σ_c b_c (w_c ln w_c - w_c + 1) / N  +  (κ/2) Σ_g (m_g(w) - T_g)²,      m_g(w) = Σ_{c in g} b_c w_c / N

subject to L ≤ w_c ≤ U and Σ_c b_c w_c = N. Its convex dual, to be minimised over one λ for each category
and one μ, is

    Σ_c b_c φ(s_c) / N - μ - Σ_g λ_g T_g + Σ_g λ_g² / 2κ,      s_c = μ + Σ_{g∋c} λ_g,  φ'(s) = clip(e^s, L, U)

and at its minimum w_c = clip(e^{s_c}, L, U) and m_g - T_g = -λ_g/κ. For given λ the best μ is found
separately: Σ_c b_c clip(e^{μ + Σλ}, L, U) = N rises with μ. The remaining function is smooth and
strongly convex in λ (by κ, also where margins depend on one another), and damped Newton steps minimise
it. Where bounds and targets conflict, many steps are needed; then κ is raised in stages, and the
solution for a smaller κ is the start of the next stage. Only the last stage decides the answer.

The precision is as requested. `approximate` takes its steps in double precision, about a millisecond for
the cells of a round, then evaluates the gradient in the longest floating point of the machine, takes the
last steps with it, and says how far each weight may be off. `calibrate` continues in decimal arithmetic,
which gives the same digits on every machine. The caller that rounds a weight uses it only where the
first answer lies too near to the middle between two roundings. So the rounded weight is right in both
cases.

The module knows no dimensions, only which categories (numbered) each cell lies in.

Sources: Deville and Särndal, "Calibration estimators in survey sampling" (1992); the ridge form after
Rao and Singh (1997); semismooth Newton steps after Qi and Sun (1993).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

import numpy as np
import numpy.typing as npt

STIFFNESS = 10**6
"""κ, so stiff that targets are met to about 1e-5 where the bounds allow."""

STAGES = tuple(10.0**power for power in range(6))
"""Softer springs on the long way, taken where the stiff ones do not lead to the lowest point soon."""

SOON = 20
"""How often the dual may be looked at before the long way is taken."""

STEPS = 400
"""Many more than any stage has been seen to take."""

ENOUGH = 1e-4
"""A step must bring at least this part of what its slope promises (Armijo's rule)."""

EPSILON = 2.0**-52
"""What double precision cannot tell from one."""

CAUTION = 16.0
"""How many times larger than the error of one operation the errors of all of them are taken to be."""

HALVINGS = 52
"""Where a step is no longer felt."""

FLAT = 1e-7
"""The part of each target that a slope may be when the finer last steps begin."""

LAST_STEPS = 5
"""How many steps are taken by the finer slope at most: each leaves a millionth of the error or less."""

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
    """A problem of calibration: `cells[c]` holds the numbers of the categories that cell c lies in.

    Every cell lies in the same number of categories. `lower` and `upper` are the bounds of every weight, or
    have one for each cell; `upper` may be infinite and `lower` zero.
    """

    cells: Sequence[Sequence[int]]
    base: Sequence[int]
    targets: Sequence[Decimal]
    lower: Decimal | Sequence[Decimal]
    upper: Decimal | Sequence[Decimal]

    @property
    def lowers(self) -> Sequence[Decimal]:
        """Return the smallest weight of each cell."""
        return _of_each(self.lower, len(self.base))

    @property
    def uppers(self) -> Sequence[Decimal]:
        """Return the largest weight of each cell."""
        return _of_each(self.upper, len(self.base))

    @property
    def is_fixed(self) -> bool:
        """Return whether all weights must be 1.

        Their mean is 1, so this holds if no weight may be below 1, or none above it.
        """
        return {*self.lowers} == {1} or {*self.uppers} == {1}


def _of_each(bound: Decimal | Sequence[Decimal], cells: int) -> Sequence[Decimal]:
    return (bound,) * cells if isinstance(bound, Decimal) else bound


@dataclass(frozen=True, slots=True)
class Approximation:
    """Weights in double precision, how far each may be off, and the λ they stand for."""

    weights: Array
    errors: Array
    multipliers: Array


def approximate(problem: Calibration) -> Approximation:
    """Return the weights as floating point finds them, within the errors that it states."""
    with np.errstate(all="ignore"):  # a trial too far out is seen by its height, which is then no number
        return _approximate(problem)


def _approximate(problem: Calibration) -> Approximation:
    if problem.is_fixed:
        ones = np.ones(len(problem.cells))
        return Approximation(ones, np.zeros_like(ones), np.zeros(len(problem.targets)))
    dual = _Dual.of(problem)
    fine = dual.finely(problem)
    point = _refine(dual, fine, _lowest(dual))
    return Approximation(point.weights, dual.errors(point, fine.epsilon), point.multipliers)


def calibrate(problem: Calibration) -> tuple[Decimal, ...]:
    """Return the weight of each cell, in decimals far beyond those of double precision."""
    if problem.is_fixed:
        return (Decimal(1),) * len(problem.cells)
    with localcontext(ARITHMETIC), np.errstate(all="ignore"):
        return _polish(problem, _approximate(problem).multipliers)


@dataclass(frozen=True, slots=True)
class _Point:
    """The dual at one λ: its best μ, its height and gradient, and the weights it stands for."""

    multipliers: Array
    level: Any
    height: Any
    gradient: Array
    weights: Array
    free: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Dual:
    """The function to be minimised, for one stiffness, in one kind of floating point.

    `members[c, g]` is one where cell c lies in category g; `parts` are b_c / N; `low` and `high` are the
    logarithms of each cell's bounds.
    """

    cells: npt.NDArray[np.int64]
    members: Array
    parts: Array
    targets: Array
    low: Array
    high: Array
    stiffness: float

    @staticmethod
    def of(problem: Calibration) -> "_Dual":
        """Return the dual in double precision."""
        cells = np.array(problem.cells, dtype=np.int64).reshape(len(problem.base), -1)
        members = np.zeros((len(cells), len(problem.targets)))
        np.put_along_axis(members, cells, 1.0, axis=1)
        base = np.array(problem.base, dtype=np.float64)
        targets = np.array(problem.targets, dtype=np.float64)
        low = _logarithms(problem.lowers, np.float64)
        high = _logarithms(problem.uppers, np.float64)
        return _Dual(cells, members, base / base.sum(), targets, low, high, stiffness=float(STIFFNESS))

    def finely(self, problem: Calibration) -> "_Dual":
        """Return the same function in the longest floating point that the machine has."""
        kind = np.longdouble
        base = np.array(problem.base, dtype=kind)
        return replace(
            self,
            members=self.members.astype(kind),
            parts=base / base.sum(),
            targets=np.array([kind(str(target)) for target in problem.targets]),
            low=_logarithms(problem.lowers, kind),
            high=_logarithms(problem.uppers, kind),
        )

    @property
    def epsilon(self) -> float:
        """Return the machine epsilon of this kind of floating point."""
        return float(np.finfo(self.parts.dtype).eps)

    def with_stiffness(self, stiffness: float) -> "_Dual":
        """Return the same function with other springs."""
        return replace(self, stiffness=stiffness)

    def at(self, multipliers: Array, level: Any) -> _Point:
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
            self.parts @ (weights * (1.0 + beyond)) - level + multipliers @ (pulls / 2.0 - self.targets),
            (self.parts * weights) @ self.members - self.targets + pulls,
            weights,
            (beyond == 0.0) & (self.low < self.high),
        )

    def level(self, tilts: Array, level: Any) -> Any:
        """Return the μ for which Σ b clip(e^{μ + Σλ}, L, U) = N, by Newton's steps inside a bracket."""
        least = self.low.min(initial=np.inf)
        below, above = (self.low - tilts).min(initial=least), (self.high - tilts).max(initial=self.high.max())
        level = min(max(level, below), above)
        near = 4 * np.finfo(self.parts.dtype).eps
        for _ in range(STEPS):
            heights = level + tilts
            worth = self.parts * np.exp(np.minimum(np.maximum(heights, self.low), self.high))
            miss = 1 - worth.sum()
            if abs(miss) <= near:
                break
            below, above = (level, above) if miss > 0 else (below, level)
            rising = worth[(heights > self.low) & (heights < self.high)].sum()
            # In μ the free part grows like e^μ; where all cells are free one step is the whole way.
            trial = above
            if rising > 0 and miss > -rising:
                trial = level + np.log1p(miss / rising)
                if trial == level:  # an end of the bracket: no number is nearer
                    break
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
        width, size = self.cells.shape[1], len(sums)
        both = (self.cells[:, :, np.newaxis] * size + self.cells[:, np.newaxis, :]).ravel()
        shared = np.bincount(both, np.repeat(parts, width**2), size**2).reshape(size, size)
        matrix = shared - np.outer(sums, drift)
        matrix[np.diag_indices_from(matrix)] += 1.0 / self.stiffness
        return matrix, drift

    def noise(self, point: _Point, epsilon: float) -> Array:
        """Return what rounding may make of each slope that is nothing.

        A margin is as wrong as its weights are, and those are as wrong as the sums of λ that they come from.
        """
        pulls = np.abs(point.multipliers).astype(np.float64) / self.stiffness
        margins = (self.parts * point.weights.astype(np.float64)) @ self.members
        worst = 1.0 + self.sizes(point).max(initial=0.0)
        noise: Array = CAUTION * epsilon * (margins * worst + self.targets + pulls)
        return noise

    def sizes(self, point: _Point) -> Array:
        """Return for each cell the sum of the absolute values whose sum is its ln w."""
        sizes: Array = float(abs(point.level)) + np.abs(point.multipliers).astype(np.float64)[self.cells].sum(
            axis=1
        )
        return sizes

    def is_low(self, point: _Point, epsilon: float = EPSILON) -> bool:
        """Return whether every component of the gradient is within the noise of floating point."""
        return bool((np.abs(point.gradient) <= self.noise(point, epsilon)).all())

    def is_flat(self, point: _Point) -> bool:
        """Return whether the gradient is so small that the last steps, in finer arithmetic, suffice."""
        return bool(
            (np.abs(point.gradient) <= np.maximum(self.noise(point, EPSILON), FLAT * self.targets)).all()
        )

    def errors(self, point: _Point, epsilon: float) -> Array:
        """Return how far each weight may be off: the slope that is left, and its own errors, followed back.

        Infinite for a cell so near to a bound that it may stand on either side of where the bound begins.
        """
        matrix, drift = self.curvature(point.weights.astype(np.float64), point.free)
        way = (self.members - drift) @ np.linalg.inv(matrix)
        slopes = np.abs(point.gradient).astype(np.float64) + self.noise(point, epsilon)
        moves = 2.0 * np.abs(way) @ slopes + CAUTION * epsilon * (1.0 + self.sizes(point))
        heights = (point.level + point.multipliers[self.cells].sum(axis=1)).astype(np.float64)
        gaps = np.minimum(np.abs(heights - self.low), np.abs(heights - self.high)).astype(np.float64)
        gaps[self.low == self.high] = np.inf  # there is one weight for it
        errors = point.weights.astype(np.float64) * (moves * point.free + CAUTION * EPSILON)
        return np.where(gaps <= moves + EPSILON, np.inf, errors)


def _logarithms(bounds: Sequence[Decimal], kind: type[np.floating[Any]]) -> Array:
    """Return the logarithms of bounds in a kind of floating point."""
    found = {bound: kind(_logarithm(bound)) for bound in {*bounds}}
    return np.array([found[bound] for bound in bounds], dtype=kind)


@functools.lru_cache(maxsize=1024)
def _logarithm(bound: Decimal) -> str:
    """Return the logarithm of a bound, in more digits than any floating point holds."""
    with localcontext(ARITHMETIC):
        return str(bound.ln())


def _lowest(dual: _Dual) -> Array:
    """Return the λ of the lowest point, as near as double precision comes."""
    start = np.zeros(len(dual.targets))
    point = _descend(dual, start, SOON)
    if not dual.is_flat(point):
        point = _descend(dual.with_stiffness(STAGES[0]), start)
        for stiffness in (*STAGES[1:], float(STIFFNESS)):
            point = _descend(dual.with_stiffness(stiffness), point.multipliers)
    return point.multipliers


def _refine(dual: _Dual, fine: _Dual, multipliers: Array) -> _Point:
    """Return the point to which the last steps lead, by slopes in the longest floating point there is."""
    point = fine.at(multipliers.astype(fine.parts.dtype), fine.parts.dtype.type(0))
    for _ in range(LAST_STEPS):
        if dual.is_low(point, fine.epsilon):
            break
        matrix, _ = dual.curvature(point.weights.astype(np.float64), point.free)
        step = np.linalg.solve(matrix, -point.gradient.astype(np.float64))
        point = fine.at(point.multipliers + step, point.level)
    return point


def _between(below: Any, above: Any, level: Any) -> Any:
    """Return a point inside a bracket, also one without an end."""
    if np.isinf(below) or np.isinf(above):
        return level + 1.0 if np.isinf(above) else level - 1.0
    return (below + above) / 2.0


def _descend(dual: _Dual, start: Array, looks: int = STEPS) -> _Point:
    """Return where damped Newton steps lead: to where the dual is flat, or as far as so many looks go."""
    point = dual.at(start, 0.0)
    while looks > 0 and not dual.is_flat(point):
        matrix, _ = dual.curvature(point.weights, point.free)
        lower, tried = _step(dual, point, np.linalg.solve(matrix, -point.gradient), looks)
        if lower is None:
            break
        point, looks = lower, looks - tried
    return point


def _step(dual: _Dual, point: _Point, step: Array, looks: int) -> tuple[_Point | None, int]:
    """Return the point along a step, halved until it goes down far enough, and how many were looked at.

    None where rounding hides it, or no look is left. Near the lowest point heights no longer tell: there the
    slope does.
    """
    promise = point.gradient @ step
    steepest = np.abs(point.gradient).max()
    hidden = CAUTION * EPSILON * max(1.0, abs(point.height))
    for look in range(min(looks, HALVINGS)):
        length = 0.5**look
        trial = dual.at(point.multipliers + length * step, point.level)
        rise = trial.height - point.height
        flatter = abs(rise) <= hidden and np.abs(trial.gradient).max() < steepest / 2.0
        if flatter or rise <= ENOUGH * length * promise:
            return trial, look + 1
    return None, looks


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
        bounds = zip(problem.lowers, point.weights, problem.uppers, strict=True)
        free = np.array([lower < weight < upper for lower, weight, upper in bounds])
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
    weights = _clip([level * factor for factor in factors], problem)
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
    lowers, uppers = problem.lowers, problem.uppers
    starts = [lower / factor for lower, factor in zip(lowers, factors, strict=True)]
    ends = [upper / factor for upper, factor in zip(uppers, factors, strict=True)]
    bends = sorted({*starts, *ends})
    first, last = 0, len(bends) - 1
    while first < last:
        middle = (first + last) // 2
        if _dot(problem.base, _clip([bends[middle] * factor for factor in factors], problem)) < total:
            first = middle + 1
        else:
            last = middle
    bend = bends[first]
    # Just below this bend the free cells are those that have started and not ended.
    fixed, rising = Decimal(0), Decimal(0)
    for cell, (base, factor) in enumerate(zip(problem.base, factors, strict=True)):
        if starts[cell] >= bend:
            fixed += base * lowers[cell]
        elif ends[cell] < bend:
            fixed += base * uppers[cell]
        else:
            rising += base * factor
    return (total - fixed) / rising if rising else bend


def _clip(values: Vector, problem: Calibration) -> Vector:
    bounds = zip(problem.lowers, values, problem.uppers, strict=True)
    return [min(max(value, lower), upper) for lower, value, upper in bounds]


def _dot(left: Sequence[Decimal | int], right: Vector) -> Decimal:
    return sum((a * b for a, b in zip(left, right, strict=True)), Decimal(0))


def _margins(problem: Calibration, weights: Vector) -> Vector:
    sums = [Decimal(0)] * len(problem.targets)
    for groups, base, weight in zip(problem.cells, problem.base, weights, strict=True):
        for g in groups:
            sums[g] += base * weight
    total = sum(problem.base)
    return [found / total for found in sums]
