"""Laws of the weights: inside their bounds, adding up, and as near to the targets as promised."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.elections import DIMENSIONS, bundles, category
from tests.core.results import figures, micros, official, result_of


@given(bundles())
def test_weights_stay_inside_their_bounds(bundle):
    low, high = bundle["rules"]["weight_bounds"]
    for micro in micros(result_of(bundle)).values():
        assert low * 10**6 - 0.5 <= micro <= high * 10**6 + 0.5


@given(bundles())
def test_weights_keep_the_sum_of_bases(bundle):
    cells = result_of(bundle)["weights"]["cells"]
    total = sum(cell["base"] for cell in cells)
    assert abs(sum(cell["base"] * cell["micro"] for cell in cells) - total * 10**6) <= total / 2 + 1


@given(bundles(), st.sampled_from(DIMENSIONS), st.sampled_from(["equal", "roll", "sqrt"]))
def test_one_dimension_is_met_where_bounds_allow(bundle, dimension, rule):
    """With one dimension a category weighs its target over its share: nothing pulls against it."""
    bundle["rules"] |= {"balance": {dimension: rule}, "weight_bounds": [0.25, 4.0]}
    weights = result_of(bundle)["weights"]
    total = sum(cell["base"] for cell in weights["cells"])
    targets = {row["category"]: row["target"] for row in weights["margins"]}
    shares = [
        (cell["base"] * cell["micro"] / total / 10**6, targets[cell["categories"][dimension]], cell["base"])
        for cell in weights["cells"]
    ]
    assume(all(0.251 < target * total / base < 3.99 for _, target, base in shares))
    assert weights["met"]
    assert weights["largest_miss"] <= 1e-5
    for share, target, _ in shares:
        # The spring lets a share be 1e-5 off: for a cell with a millionth of the base, a large part of it.
        assert share == pytest.approx(target, abs=2e-5)


@given(bundles(), st.sampled_from(DIMENSIONS))
def test_equal_shares_go_to_those_who_voted(bundle, dimension):
    bundle["rules"]["balance"] = {dimension: "equal"}
    margins = result_of(bundle)["weights"]["margins"]
    voting = {ballot["seat"] for ballot in bundle["ballots"]}
    heard = {category(seat, dimension) for seat in bundle["seats"] if seat["seat"] in voting}
    assert {row["category"] for row in margins if not row["silent"]} == heard
    for row in margins:
        assert row["target"] == pytest.approx(0 if row["silent"] else 1 / len(heard), abs=1e-6)
        assert not (row["silent"] and (row["miss"] or row["ballots"]))


@given(bundles(), st.sampled_from([{"balance": {}}, {"weight_bounds": [1, 1]}]))
def test_without_balance_or_room_everybody_weighs_the_same(bundle, change):
    bundle["rules"] |= change
    assert set(micros(result_of(bundle)).values()) == {10**6}


@given(bundles(), st.lists(st.sampled_from(DIMENSIONS), unique=True))
def test_a_roll_that_votes_as_a_whole_is_in_balance_already(bundle, dimensions):
    ranking = bundle["ballots"][0]
    bundle["ballots"] = [ranking | {"seat": seat["seat"]} for seat in bundle["seats"]]
    bundle["rules"]["balance"] = dict.fromkeys(dimensions, "roll")
    result = result_of(bundle)
    assert set(micros(result).values()) == {10**6}
    assert result["weights"]["met"]


@given(bundles())
def test_only_proportions_between_bases_matter(bundle):
    for seat in bundle["seats"]:
        seat["base"] = min(seat["base"], 500_000)
    before = result_of(bundle)
    for seat in bundle["seats"]:
        seat["base"] *= 2
    after = result_of(bundle)
    pairs = zip(micros(before).values(), micros(after).values(), strict=True)
    differences = [abs(one - other) for one, other in pairs]
    assert max(differences) <= 1
    if not any(differences):
        assert figures(after, "score") == figures(before, "score")
        assert official(after, bundle) == official(before, bundle)
        assert after["topics"] == before["topics"]


@given(bundles())
def test_what_is_reported_follows_from_the_cells(bundle):
    weights = result_of(bundle)["weights"]
    value = sum(cell["base"] * cell["micro"] for cell in weights["cells"])
    for row in weights["margins"]:
        here = [c for c in weights["cells"] if c["categories"][row["dimension"]] == row["category"]]
        assert Fraction(row["weighted"]) == Fraction(sum(c["base"] * c["micro"] for c in here), value)
        assert row["miss"] == pytest.approx(abs(float(Fraction(row["weighted"])) - row["target"]), abs=1.1e-6)
    assert weights["met"] == (weights["largest_miss"] <= 1e-4)
    assert 1 <= weights["design_effect"] <= len(bundle["ballots"])
