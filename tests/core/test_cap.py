"""The weights under a cap by their conditions: each cell between bounds of its own, in exact fractions.

Karush, Kuhn and Tucker, as in `test_weights`: at the only minimum Σ b w = N, and with λ_g = κ (T_g - m_g)
there is one μ with ln w = μ + Σ λ for free cells, μ + Σ λ ≤ ln L_c for those at the lower bound, and ≥ ln U_c
for those at the upper.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

from consulta.core.counting import calibration, weights
from consulta.core.counting.weights import MILLION, Balance, Cells, Standing, micro_weight
from tests.cases import for_each
from tests.core.test_panel_always import Lots

BOUNDS = [("0.25", "4"), ("0.001", "1000"), ("0.5", "1.5"), ("0.9", "4"), ("1", "4"), ("0.25", "1.2")]


def drawn(number):
    """A balance over one to three dimensions, with networks of any size and few or many ballots."""
    chance = Lots(number)
    dimensions = ("a", "b", "c")[: chance.one([1, 2, 2, 3])]
    sizes = [1 + chance.below(5) for _ in dimensions]
    cells, ballots = {}, chance.one([3, 8, 20, 60, 300])
    for _ in range(ballots):
        key = tuple(str(chance.below(size)) for size in sizes)
        base = chance.one([1, 1, 1, 1, 2, 3, chance.one([10, 50, 1000, 10**6])])
        cells[key, base] = cells.get((key, base), 0) + 1
    found = sorted(cells)
    roll = {
        d: {
            name: Standing(1, chance.one([1, 2, 5, 40, 300])) for name in sorted({key[n] for key, _ in found})
        }
        for n, d in enumerate(dimensions)
    }
    return Balance(
        Cells(
            dimensions=dimensions,
            keys=tuple(key for key, _ in found),
            each=tuple(base for _, base in found),
            ballots=tuple(cells[cell] for cell in found),
            of_block=weights.np.zeros(0, dtype=weights.np.int64),
        ),
        {d: chance.one(["equal", "roll", "sqrt"]) for d in dimensions},
        roll,
        tuple(map(Decimal, BOUNDS[number % len(BOUNDS)])),
        Fraction(chance.one([1, 10, 30, 30, 100, 500]), 1000),
    )


@for_each("number", range(60))
def test_the_conditions_of_the_optimum_hold(number, monkeypatch):
    balance, asked = drawn(number), []
    rounded = weights.rounded
    with monkeypatch.context() as patched:
        patched.setattr(weights, "rounded", lambda problem: asked.append(problem) or rounded(problem))
        micro = balance.micro_weights()
    limits, each = balance.limits(), balance.cells.each
    bases = [own * base for own, base in zip(balance.cells.ballots, each, strict=True)]
    assert min(micro) >= 1
    # What is rounded keeps the bounds and the mean to a millionth.
    assert (
        abs(sum(b * w for b, w in zip(bases, micro, strict=True)) / MILLION - sum(bases))
        <= sum(bases) / 10**6
    )
    for weight, low, high in zip(micro, limits.lower, limits.upper, strict=True):
        assert micro_weight(low) <= weight <= micro_weight(high)
    for problem in asked:
        check(problem)
        exact = calibration.calibrate(problem)
        assert rounded(problem) == tuple(map(micro_weight, exact))


def check(problem):
    found = [Fraction(weight) for weight in calibration.calibrate(problem)]
    total = sum(problem.base)
    assert abs(sum(b * w for b, w in zip(problem.base, found, strict=True)) / total - 1) < Fraction(1, 10**30)
    multipliers = []
    for g, target in enumerate(problem.targets):
        inside = [c for c, cell in enumerate(problem.cells) if g in cell]
        margin = sum(problem.base[c] * found[c] for c in inside) / total
        multipliers.append(10**6 * (Fraction(target) - margin))
    most, least = [], []
    bounds = zip(problem.cells, found, problem.lowers, problem.uppers, strict=True)
    with localcontext(prec=50):
        for cell, weight, lower, upper in bounds:
            level = Fraction((Decimal(weight.numerator) / weight.denominator).ln())
            level -= sum(multipliers[g] for g in cell)
            assert Fraction(lower) <= weight <= Fraction(upper)
            if weight > Fraction(lower):
                least.append(level)
            if weight < Fraction(upper):
                most.append(level)
    if least and most:
        assert max(least) <= min(most) + Fraction(1, 10**12)


def test_cells_that_no_cap_holds_weigh_the_same_whatever_their_base():
    balance = drawn(3)
    limits, micro = balance.limits(), balance.micro_weights()
    by_key = {}
    for key, upper, weight in zip(balance.cells.keys, limits.upper, micro, strict=True):
        by_key.setdefault((key, upper), set()).add(weight)
    assert all(len(found) == 1 for found in by_key.values())
