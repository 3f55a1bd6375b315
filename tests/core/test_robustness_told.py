"""Laws of a whole result, and which results and rules are refused."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core.counting import count, profile
from consulta.core.counting.bundle import parse
from consulta.core.counting.election import election_of
from consulta.core.problems import Problem
from tests.core import counted
from tests.core.build import sensible
from tests.core.elections import encoded, usual_bundles
from tests.core.usual import result_of, usual, usual_election
from tests.deep import examples

EXAMPLES = settings.default.max_examples


@settings(max_examples=examples(2 * EXAMPLES), deadline=None)
@given(usual_bundles())
def test_laws(bundle):
    result = result_of(bundle, 20)
    rules, keys = counted.DEFAULT_RULES | bundle["rules"], [theme["key"] for theme in bundle["themes"]]
    weights, topic = result["weights"], result["topics"][0]["key"]
    topics, firmness = {each["key"] for each in result["topics"]}, result["firmness"]
    # The first topic is the same under both rules, and the topics are those of the round's rule.
    assert {each[0] for each in result["topics_by"].values()} == {topic}
    assert [each["key"] for each in result["topics"]] == result["topics_by"][rules["topics_rule"]]
    assert all(len(set(each)) == rules["topics"] for each in result["topics_by"].values())
    # No ballot is heavier than the limit but for the rounding of a micro-weight.
    share = Fraction(weights["heaviest"]["share"])
    if weights["cap"] == "held":
        assert share <= Fraction(weights["ballot_limit"]) * (1 + Fraction(1, 10**4))
    assert sum(cell["ballots"] for cell in weights["cells"]) == len(bundle["ballots"])
    assert all(cell["base"] == cell["each"] * cell["ballots"] for cell in weights["cells"])
    # The official combination is among the others where it has only named rules.
    for row in firmness["other_targets"]:
        if row["targets"] == rules["balance"]:
            assert {*row["topics"]} == topics
    assert [row["theme"] for row in firmness["without_theme"]] == [
        key for key in keys if key not in topics and len(keys) > 2
    ]
    assert {*firmness["methods"][rules["method"]]} == topics
    assert (firmness["margin"] is None) == (rules["method"] != "points" or rules["topics"] > 1)
    assert all(1 <= low <= high <= len(keys) for low, high in (each["places"] for each in result["themes"]))
    if rules["objective_share"] == 0 and firmness["points_alone"] is not None:
        assert {*firmness["points_alone"]} == topics
    for dimension, few in result["support"]["too_few"].items():
        assert few == sorted(few)
        assert not any({*few} & {*theme["supported"][dimension]} for theme in result["themes"])
    pairs = [(keys.index(x), keys.index(y)) for x, y, _ in result["alike"]]
    assert pairs == sorted(pairs)
    assert all(x < y for x, y in pairs)


@settings(max_examples=EXAMPLES, deadline=None)
@given(usual_bundles(max_seats=13), st.randoms(use_true_random=False))
def test_neither_the_order_of_ballots_nor_of_seats_has_a_say(bundle, chance):
    before = result_of(bundle, 3)
    chance.shuffle(bundle["ballots"])
    chance.shuffle(bundle["seats"])
    after = result_of(bundle, 3)
    before.pop("bundle_sha256"), after.pop("bundle_sha256")
    assert after == before


@settings(max_examples=EXAMPLES, deadline=None)
@given(usual_bundles(max_seats=13))
def test_a_result_is_verified_and_any_change_of_a_micro_weight_is_seen(bundle):
    parsed = parse(encoded(bundle))
    result = count.count(parsed)
    assert count.verify(parsed, result.to_json()) is None
    assert count.Result.parse(result.to_json()) == result
    changed = result.to_json().replace(b'"micro": ', b'"micro": 1', 1)
    assert count.verify(parsed, changed) == "weights.cells[0].micro"


def test_a_result_of_another_version_of_the_rules_is_refused():
    result = result_of(usual_election([(2, "A B C"), (1, "C B A")]))
    assert refused({**result, "rules_version": 1}) == "rules_version"
    assert refused({**result, "alike": [["A", "B"]]}) == "alike[0]"
    assert refused({**result, "format": "consulta-result/1"}) == "format"
    result["themes"][0]["places"] = [1]
    assert refused(result) == "themes[0].places"


def refused(result):
    with pytest.raises(Problem) as caught:
        count.Result.parse(json.dumps(result).encode())
    return caught.value.params["path"]


def test_only_rules_that_leave_something_are_counted():
    bundle = usual(sensible())
    parsed = parse(encoded(bundle))
    election = election_of(parsed, "00" * 32, "")
    ballots = profile.from_bundle(parsed, election.dimensions)
    nothing = replace(parsed.rules, balance={"sector": {"ngo": 0.0, "union": 0.0}})
    with pytest.raises(ValueError, match="targets leave nothing"):
        count.count_profile(replace(election, rules=nothing), ballots, 0)


def test_values_of_any_size_are_added_up_exactly():
    """Bases of a million and weights of a billion: a repetition's sums pass what 64 bits hold."""
    votes = [(3, "A B C", {"country": "NO", "sector": "x"}), (3, "C B A", {"country": "SO", "sector": "x"})]
    bundle = usual_election(
        votes,
        bases=dict.fromkeys(range(6), 1_000_000) | {0: 1},
        weight_bounds=[1e-9, 1e9],
        max_ballot=1000,
        balance={"country": {"NO": 0.5, "SO": 0.5}},
    )
    theirs = result_of(bundle, 30)
    ours = counted.count(bundle, 30)
    assert theirs["firmness"]["resampling"] == ours["firmness"]["resampling"]
    assert [theme["places"] for theme in theirs["themes"]] == [theme["places"] for theme in ours["themes"]]
