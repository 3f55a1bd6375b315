"""The weights of hard cases: targets that cannot be met, and bounds far apart."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from consulta.core.counting.calibration import ARITHMETIC, Calibration, calibrate
from consulta.core.counting.weights import micro_weight, rounded
from tests.cases import for_each
from tests.core import counted

FAR = 10**6
CASES = {
    "against the bounds": (["0.025", "0.275", "0.7"], ["0.1", "0.2", "0.7"], "0.25", "4"),
    "contrary dimensions": (["0.9", "0.05", "0.05"], ["0.05", "0.05", "0.9"], "0.001", "1000"),
    "nearly no room": (["0.2", "0.3", "0.5"], ["0.5", "0.3", "0.2"], "0.99", "1.01"),
    "bounds far apart": (["0.001", "0.009", "0.99"], ["0", "0.5", "0.5"], "0.000001", "1000000"),
}


@for_each("name", CASES)
@for_each("base", [[1, 1, 1, 1], [1, FAR, 1, 2], [FAR, 1, 1, FAR]])
def test_hard_cases_end_and_agree(name, base):
    first, second, low, high = CASES[name]
    cells = [("a0", "b0"), ("a1", "b0"), ("a1", "b1"), ("a2", "b2")]
    targets = {"a": first, "b": second}
    labels = [[(dimension[0], dimension) for dimension in cell] for cell in cells]
    with localcontext(ARITHMETIC):
        aims = {d: {f"{d}{i}": Decimal(t) for i, t in enumerate(shares)} for d, shares in targets.items()}
        lows, highs = [Fraction(low)] * len(cells), [Fraction(high)] * len(cells)
        slow = counted.Calibration(["a", "b"], labels, base, aims, lows, highs)
        expected = slow.solve()
    found = calibrate(Calibration(slow.members, base, slow.targets, lower=Decimal(low), upper=Decimal(high)))
    assert max(abs(ours - theirs) for ours, theirs in zip(expected, found, strict=True)) < Decimal("1e-15")


def test_the_last_steps_are_seen_high_up():
    """One cell must have 0.7 of all and may have 4/6: the dual stands high, and its last steps are minute."""
    problem = Calibration(
        cells=[[0, 1], [0, 2], [0, 3]],
        base=[1, 2, 3],
        targets=[Decimal(1), Decimal("0.7"), Decimal("0.1"), Decimal("0.2")],
        lower=Decimal("0.25"),
        upper=Decimal(4),
    )
    academia, diaspora, ngo = calibrate(problem)
    assert academia == 4
    assert float(2 * diaspora) == pytest.approx(6 * (0.1 + (0.7 - 4 / 6) / 2), abs=1e-4)
    assert float(3 * ngo) == pytest.approx(6 * (0.2 + (0.7 - 4 / 6) / 2), abs=1e-4)


@for_each(
    "upper, base, exact, micro",
    [
        ("1.1", [2, 10**6, 400_752, 1], "0.9599245", 959_924),
        ("4", [3, 128, 1, 1], "0.8828125", 882_812),
        ("4", [3, 128, 2, 2], "0.8359375", 835_938),
    ],
)
def test_a_weight_half_way_goes_to_the_even_millionth(upper, base, exact, micro):
    """All cells but the second want more than they may have; it keeps what is left."""
    targets = [Decimal(share) for share in ("0.3", "0", "0.4", "0.3")]
    problem = Calibration([[0], [1], [2], [3]], base, targets, Decimal("0.5"), Decimal(upper))
    weight = calibrate(problem)[1]
    assert abs(weight - Decimal(exact)) < Decimal("1e-20")
    assert rounded(problem)[1] == micro, "double precision alone would leave it to its noise"
    for noise in (0, Decimal("1e-20"), Decimal("-1e-20")):
        assert micro_weight(weight + noise) == micro


def test_a_ballot_counts_for_a_millionth_at_least():
    """Forty dimensions ask for nothing of the first half: that comes to 0.39 of a millionth a ballot."""
    asked = range(40)
    problem = Calibration(
        cells=[[*asked], [40 + each for each in asked]],
        base=[10, 10],
        targets=[*[Decimal(0) for _ in asked], *[Decimal(1) for _ in asked]],
        lower=Decimal("1e-9"),
        upper=Decimal(4),
    )
    assert rounded(problem) == (1, 2_000_000)


def test_the_widest_bounds_have_millionths_too():
    assert micro_weight(Decimal("1.7e308")) == 17 * 10**313
    assert micro_weight(Decimal("5e-324")) == 1
