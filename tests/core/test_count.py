"""The whole count, and counting again to verify."""

import dataclasses
import json

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count, support, verify
from consulta.core.counting.election import dimensions_of, election_of, other_dimensions
from consulta.core.problems import Problem
from tests.cases import for_each
from tests.core.build import election, parsed, sensible

VOTES = [(3, "A B C", {"row": "x"}), (2, "C A B", {"row": "y"}), (2, "B C A", {"row": "z"})]


@pytest.fixture(name="round_")
def a_round():
    return parsed(election(VOTES, balance={"row": "equal"}, spread={"row": 500}))


def test_a_result_verifies(round_):
    assert verify(round_, count(round_).to_json()) is None
    assert verify(parsed(sensible()), count(parsed(sensible())).to_json()) is None


def far(result):
    """One millionth more than the weight of the second cell."""
    return result["weights"]["cells"][1]["micro"] + 1


@for_each(
    "spoil, path",
    [
        (lambda result: result.update(seed="00"), "seed"),
        (lambda result: result["themes"][1].update(place=9), "themes[1].place"),
        (lambda result: result["order"]["points"].reverse(), "order.points[0]"),
        (lambda result: result.update(weights=[]), "weights"),
        (lambda result: result["weights"].update(cells={}), "weights.cells"),
        (lambda result: result["weights"].update(cells=[]), "weights.cells[0]"),
        (lambda result: result["weights"]["cells"].__setitem__(0, 7), "weights.cells[0]"),
        (lambda result: result["weights"]["cells"][2].update(micro=True), "weights.cells[2].micro"),
        (lambda result: result["weights"]["cells"][2].update(micro=0), "weights.cells[2].micro"),
        (lambda result: result["weights"]["cells"][1].update(micro=far(result)), "weights.cells[1].micro"),
        (lambda result: result.update(firmness={}), "firmness.margin"),
        (lambda result: result.update(luck={}), "luck"),
        (lambda result: result.pop("panel"), "panel"),
    ],
)
def test_the_first_difference_is_named(round_, spoil, path):
    content = json.loads(count(round_).to_json())
    spoil(content)
    assert verify(round_, json.dumps(content).encode()) == path


def test_a_result_that_is_no_object_differs_and_one_that_is_no_json_is_refused(round_):
    assert verify(round_, b"[]") == "(file)"
    with pytest.raises(Problem, match=r"result\.json"):
        verify(round_, b"{")


def test_another_bundle_of_the_same_round_differs_in_its_digest(round_):
    again = bundles.parse(bundles.to_json(round_))
    assert again == round_
    assert verify(again, count(round_).to_json()) == "bundle_sha256"
    in_memory = dataclasses.replace(round_, digest="")
    assert verify(in_memory, count(again).to_json()) is None


def test_the_panel_is_free_for_the_chosen_topic():
    bundle = sensible()
    bundle["rules"]["panel"] = {"size": 1}
    bundle["nominees"][0] |= {"support": 9000, "topics": ["voice"]}
    result = count(parsed(bundle))
    assert result.topics[0].key == "water"
    assert result.panel is not None
    assert result.panel.members != ("n1",), "the nominee with most support takes another topic only"
    assert result.panel.pool == 3


def test_support_can_be_had_from_a_result():
    bundle = parsed(sensible())
    result = count(bundle)
    found = support(bundle, result)
    assert result.panel is not None
    assert (found["n2"], found["n4"]) == (700, 0)
    assert sum(found[key] for key in result.panel.members) == result.panel.support


def test_topics_beyond_the_first():
    result = count(parsed(election(VOTES, topics=3)))
    assert sorted(topic.key for topic in result.topics) == ["A", "B", "C"]
    assert all(topic.spread_met for topic in result.topics)


def test_a_count_looks_at_the_dimensions_of_its_rules_and_at_those_left_out_that_seats_have():
    """Those of its rules alone would not do for what stands beside the result; all would be too much."""
    bundle = parsed(election([(2, "A B", {"row": "x", "size": "s"})], balance={"row": "roll"}))
    found = election_of(bundle, "00" * 32, "digest")
    assert ([*found.roll], [*found.others], found.dimensions) == (
        ["country", "row"],
        ["row", "size"],
        ["country", "row", "size"],
    )
    assert dimensions_of(bundle.rules, ["country", "row", "sector"]) == ["country", "row", "sector"]
    assert other_dimensions(["country", "row", "sector", "subregion"]) == ["row"]
