"""Balance: targets, weights against pencil and against the conditions of the optimum, and the report."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import isclose

import pytest

from consulta.core.counting import calibration, profile, weights
from consulta.core.counting.count import count
from consulta.core.counting.weights import Standing
from consulta.core.values import Rules
from tests.cases import for_each
from tests.core.build import election, parsed, seat


def balanced(cells, balance, bounds=(0.25, 4.0), absent=()):
    """A count of ballots spread over cells: `[(number, {"row": "a", "column": "x"})]`."""
    votes = [(number, "A B", categories) for number, categories in cells]
    seats = [seat(f"silent{place}", categories) for place, categories in enumerate(absent)]
    return count(parsed(election(votes, seats=seats, balance=balance, weight_bounds=list(bounds))))


def micro(result):
    return {tuple(cell.categories.values()): cell.micro for cell in result.weights.cells}


def test_raking_by_hand_where_the_table_is_independent():
    # Counts 8 4 / 4 2: shares of rows and columns are 2/3 and 1/3, wanted are halves. Rows times 3/4 and 3/2,
    # columns the same: 9/16, 9/8, 9/8, 9/4, which meets both margins at once.
    cells = [
        (8, {"row": "a", "column": "x"}),
        (4, {"row": "a", "column": "y"}),
        (4, {"row": "b", "column": "x"}),
        (2, {"row": "b", "column": "y"}),
    ]
    result = balanced(cells, {"row": "equal", "column": "equal"})
    expected = {("x", "a"): 562500, ("y", "a"): 1125000, ("x", "b"): 1125000, ("y", "b"): 2250000}
    assert micro(result).keys() == expected.keys()
    for cell, weight in micro(result).items():
        assert abs(weight - expected[cell]) <= 3, "the spring gives way by a few millionths"
    assert result.weights.met


def test_raking_keeps_the_odds_ratio():
    # Mosteller (1968): raking keeps ad/bc, so a two by two table with halves as margins has
    # p11 = p22 = √θ / 2(1 + √θ). Counts 9 3 / 3 16: θ = 16, p11 = 2/5, p12 = 1/10; weights p · 31 / count.
    cells = [
        (9, {"row": "a", "column": "x"}),
        (3, {"row": "a", "column": "y"}),
        (3, {"row": "b", "column": "x"}),
        (16, {"row": "b", "column": "y"}),
    ]
    weighed = micro(balanced(cells, {"row": "equal", "column": "equal"}))
    expected = {("x", "a"): 0.4 * 31 / 9, ("y", "a"): 3.1 / 3, ("x", "b"): 3.1 / 3, ("y", "b"): 0.4 * 31 / 16}
    assert all(isclose(weight / 1e6, expected[cell], abs_tol=5e-6) for cell, weight in weighed.items())


def test_a_conflict_is_shared_by_least_squares():
    # One dimension, two categories of one ballot each, wanted 9 to 1, weights at most 5/4.
    result = balanced([(1, {"row": "a"}), (1, {"row": "b"})], {"row": {"a": 0.9, "b": 0.1}}, (0.5, 1.25))
    assert micro(result) == {("a",): 1250000, ("b",): 750000}
    assert [cell.at_bound for cell in result.weights.cells] == ["upper", None]
    assert not result.weights.met
    assert result.weights.largest_miss == 0.275
    assert (result.weights.smallest, result.weights.largest, result.weights.at_bounds) == (750000, 1250000, 1)


@for_each("share, met", [(0.5001, True), (0.50010001, False), (0.4999, True), (0.49989999, False)])
def test_a_target_is_met_up_to_a_ten_thousandth(share, met):
    """Two ballots of weight 1 are a half each, so that the miss is that of the target alone."""
    targets = {"a": share, "b": round(1 - share, 8)}
    weights = balanced([(1, {"row": "a"}), (1, {"row": "b"})], {"row": targets}, (1, 1)).weights
    assert weights.met is met
    assert weights.largest_miss == 0.0001


@for_each("bounds", [(1, 1), (1, 4), (0.25, 1)])
def test_a_bound_of_one_leaves_everybody_equal(bounds):
    result = balanced([(9, {"row": "a"}), (1, {"row": "b"})], {"row": "equal"}, bounds)
    assert set(micro(result).values()) == {10**6}
    assert not result.weights.met


def test_a_miss_that_lies_in_the_middle_goes_to_the_even_side_whatever_the_digits_of_a_third():
    """2,000,003 of six million are half a millionth more than a third; 80 digits of a third are less."""
    bases = {"a": (1_000_000, 1_000_000, 3), "b": (1_000_000, 1_000_000), "c": (1_000_000, 999_997)}
    votes = [(len(parts), "A B", {"subregion": name}) for name, parts in bases.items()]
    bundle = election(votes, balance={"subregion": "equal"}, weight_bounds=[1, 1])
    for entry, base in zip(bundle["seats"], sum(bases.values(), ()), strict=True):
        entry["base"] = base
    found = count(parsed(bundle), resamples=0).weights
    assert [margin.weighted - Fraction(1, 3) for margin in found.margins] == [
        Fraction(1, 2_000_000),
        0,
        Fraction(-1, 2_000_000),
    ]
    assert [margin.miss for margin in found.margins] == [0.0, 0.0, 0.0]
    assert found.largest_miss == 0.0


def test_all_cells_at_bounds():
    result = balanced([(1, {"row": "a"}), (1, {"row": "b"})], {"row": {"a": 1, "b": 0}}, (0.5, 1.5))
    assert micro(result) == {("a",): 1500000, ("b",): 500000}
    assert [cell.at_bound for cell in result.weights.cells] == ["upper", "lower"]


def test_balancing_nothing_weighs_nobody():
    result = balanced([(2, {"row": "a"}), (1, {"row": "b"})], {})
    assert micro(result) == {(): 10**6}
    assert result.weights.cells[0].base == 3
    assert result.weights.margins == ()
    assert (result.weights.met, result.weights.largest_miss) == (True, 0.0)
    assert (result.weights.design_effect, result.weights.effective_ballots) == (1.0, 3.0)


def test_a_silent_category_gives_its_share_to_the_others():
    result = balanced(
        [(1, {"row": "a"}), (3, {"row": "b"})],
        {"row": {"a": 0.25, "b": 0.25, "c": 0.5}},
        absent=[{"row": "c"}, {"row": "a"}],
    )
    a, b, c = result.weights.margins
    assert (a.category, a.seats, a.ballots, a.turnout, a.silent) == ("a", 2, 1, Fraction(1, 2), False)
    assert (a.share, a.target) == (Fraction(1, 4), 0.5)
    assert (b.share, b.target) == (Fraction(3, 4), 0.5)
    assert (c.seats, c.ballots, c.turnout, c.share, c.weighted) == (1, 0, 0, 0, 0)
    assert (c.target, c.miss, c.silent) == (0.0, 0.0, True)
    assert abs(a.weighted - Fraction(1, 2)) < Fraction(1, 10**5)


def test_a_share_for_a_category_without_seats_goes_to_the_others_too():
    result = balanced([(1, {"row": "a"}), (1, {"row": "b"})], {"row": {"a": 0.3, "b": 0.1, "z": 0.6}})
    assert [(margin.category, margin.target) for margin in result.weights.margins] == [
        ("a", 0.75),
        ("b", 0.25),
    ]


def test_country_is_a_dimension():
    result = balanced([(3, {"country": "PE"}), (1, {"country": "BB"})], {"country": "equal"})
    assert micro(result) == pytest.approx({("PE",): 666667, ("BB",): 2000000}, abs=5)


def test_kish():
    # Weights 2/3 three times and 2 once: n Σv² / (Σv)² = 4 · (4/3 + 4) / 16 = 4/3.
    result = balanced([(3, {"row": "a"}), (1, {"row": "b"})], {"row": "equal"})
    assert result.weights.design_effect == pytest.approx(4 / 3, abs=1e-5)
    assert result.weights.effective_ballots == pytest.approx(3, abs=1e-5)


ROLL = {"a": Standing(2, 4), "b": Standing(1, 9), "c": Standing(5, 25)}


@for_each(
    "target, expected",
    [
        ("equal", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
        ("roll", {"a": 4 / 38, "b": 9 / 38, "c": 25 / 38}),
        ("sqrt", {"a": 0.2, "b": 0.3, "c": 0.5}),
        ({"a": 0.1, "b": 0.2, "c": 0.7}, {"a": 0.1, "b": 0.2, "c": 0.7}),
    ],
)
def test_targets(target, expected):
    found = weights.targets(target, ROLL, {"a", "b", "c"})
    assert {name: float(share) for name, share in found.items()} == pytest.approx(expected)
    assert abs(sum(found.values()) - 1) < Decimal("1e-25")
    heard = weights.targets(target, ROLL, {"a", "c"})
    rest = expected["a"] + expected["c"]
    assert float(heard["a"]) == pytest.approx(expected["a"] / rest)
    assert heard["b"] == 0


@for_each(
    "weight, expected",
    [("1.0000005", 1000000), ("1.0000015", 1000002), ("1.00000051", 1000001), ("0.0000001", 1)],
)
def test_micro_weights_round_half_to_even_and_never_to_nothing(weight, expected):
    assert weights.micro_weight(Decimal(weight)) == expected


def nasty(number, dims, lower, upper, largest):
    """A hard calibration, made of arithmetic: bases over six orders of magnitude, targets to match."""
    step = (number * 7919 + 104729) % 65521
    cells, base = [], []
    for place in range(2 + number % 9):
        step = step * 48271 % 2147483647
        offset, cell = 0, []
        for size in dims:
            cell.append(offset + step // (7 * (offset + 1)) % size)
            offset += size
        if cell not in cells:
            cells.append(cell)
            base.append(1 + step % largest if place % 2 else 1 + step % 7)
    raw = {g: 1 + (g * 2654435761 + number) % (100 if g % 3 else 10_000) for cell in cells for g in cell}
    present = sorted(raw)
    offset, targets = 0, []
    with localcontext(calibration.ARITHMETIC):
        for size in dims:
            here = [g for g in present if offset <= g < offset + size]
            targets += [Decimal(raw[g]) / sum(raw[k] for k in here) for g in here]
            offset += size
    return calibration.Calibration(
        [[present.index(g) for g in cell] for cell in cells], base, targets, Decimal(lower), Decimal(upper)
    )


BOUNDS = [("0.25", "4"), ("0.001", "1000"), ("0.5", "1.5"), ("0.999", "1.001"), ("1e-9", "1e9")]


@for_each("number", range(40))
def test_the_conditions_of_the_optimum_hold(number):
    """Karush, Kuhn and Tucker, checked in exact fractions but for one logarithm.

    At the only minimum Σ b w = N exactly, and with λ_g = κ (T_g - m_g) there is one μ with ln w = μ + Σ λ for
    free cells, μ + Σ λ ≤ ln L for those at the lower bound, ≥ ln U for those at the upper.
    """
    problem = nasty(
        number, [(3, 4), (5,), (2, 3, 3)][number % 3], *BOUNDS[number % 5], [9, 10**6][number % 2]
    )
    found = [Fraction(weight) for weight in calibration.calibrate(problem)]
    total = sum(problem.base)
    assert abs(sum(b * w for b, w in zip(problem.base, found, strict=True)) / total - 1) < Fraction(1, 10**30)
    multipliers = []
    for g, target in enumerate(problem.targets):
        inside = [c for c, cell in enumerate(problem.cells) if g in cell]
        margin = sum(problem.base[c] * found[c] for c in inside) / total
        multipliers.append(10**6 * (Fraction(target) - margin))
    lower, upper = Fraction(problem.lower), Fraction(problem.upper)
    most, least = [], []
    with localcontext(prec=50):
        for cell, weight in zip(problem.cells, found, strict=True):
            pull = sum(multipliers[g] for g in cell)
            level = Fraction((Decimal(weight.numerator) / weight.denominator).ln()) - pull
            if weight > lower:
                least.append(level)
            if weight < upper:
                most.append(level)
    tolerance = Fraction(1, 10**12)
    assert all(lower <= weight <= upper for weight in found)
    if least and most:
        assert max(least) <= min(most) + tolerance


def test_the_weights_of_a_tiny_cell_are_certain():
    """A cell of one ballot among a million: its weight agrees to twelve decimals with another way to find it.

    One dimension of two cells: with w for the tiny cell of share q and v for the other, q w + (1-q) v = 1 and
    ln w - ln v is the difference of the two multipliers; that equation is solved here by bisection.
    """
    base, target = [1, 10**6], [Decimal("0.000005"), Decimal("0.999995")]
    problem = calibration.Calibration([[0], [1]], base, target, Decimal("0.001"), Decimal(1000))
    tiny, _ = calibration.calibrate(problem)
    with localcontext(prec=40):
        q = Decimal(1) / (10**6 + 1)
        low, high = Decimal("0.001"), Decimal(1000)
        for _ in range(120):
            w = (low + high) / 2
            v = (1 - q * w) / (1 - q)
            # Both multipliers pull: the second category misses by the opposite of what the first misses.
            slope = w.ln() - v.ln() + 10**6 * 2 * (q * w - target[0])
            low, high = (w, high) if slope < 0 else (low, w)
        assert abs(tiny - w) < Decimal("1e-12")


def test_a_roll_is_told_by_category():
    bundle = parsed(election([(2, "A B", {"row": "a"})], seats=[seat("x", {"row": "b"}, base=7)]))
    assert weights.roll_of(bundle.seats, ["row", "country"]) == {
        "row": {"a": Standing(2, 2), "b": Standing(1, 7)},
        "country": {"XX": Standing(3, 9)},
    }


def test_a_cell_without_base_weighs_nothing_and_the_others_share_what_there_is():
    bundle = parsed(election([(2, "A B", {"row": "a"}), (1, "B A", {"row": "b"})]))
    found = profile.from_bundle(bundle, ["row"])
    roll = weights.roll_of(bundle.seats, ["row"])
    balance = weights.balance_of(found, Rules(balance={"row": "equal"}, max_ballot=1000), roll)
    assert balance.micro_weights([2, 0]) == (10**6, 0)
    assert balance.micro_weights([0, 1]) == (0, 10**6)
    assert balance.micro_weights([0, 0]) is None


def test_the_value_of_a_ballot_is_its_base_times_the_weight_of_its_cell():
    bundle = election([(1, "A B", {"row": "a"}), (1, "B A", {"row": "b"})])
    bundle["seats"][1]["base"] = 3
    cells = [({"row": "a"}, 1, 5), ({"row": "b"}, 1, 9), ({"row": "b"}, 3, 7)]
    assert weights.ballot_values(parsed(bundle), cells) == {"v0000": 5, "v0001": 21}


def test_base_counts_before_balance():
    votes = [(1, "A B", {"row": "a"}), (1, "B A", {"row": "a"})]
    bundle = election(votes, balance={"row": "roll"})
    bundle["seats"][0]["base"] = 3
    result = count(parsed(bundle))
    assert [(cell.each, cell.base) for cell in result.weights.cells] == [(1, 1), (3, 3)]
    assert {theme.key: theme.points for theme in result.themes} == {"A": Fraction(3, 4), "B": Fraction(1, 4)}
    # Values 3 and 1: n Σv² / (Σv)² = 2 · 10 / 16.
    assert result.weights.design_effect == 1.25
