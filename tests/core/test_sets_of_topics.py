"""How firm the set of topics is, by examples: what is the same, what moves up, what was drawn how often."""

import numpy as np

from consulta.core.counting import repetitions
from consulta.core.counting.count import count_arrays
from consulta.core.counting.rules import parse_rules
from tests.cases import for_each
from tests.core.build import busy
from tests.core.usual import result_of, usual, usual_election

VOTES = [(2, "C D A B E"), (3, "B E A D C"), (1, "E B D C A")]


def firmness(votes, resamples=0, **rules):
    plain = {"balance": {}, "spread": {}, "objective_share": 0}
    return result_of(usual_election(votes, **{**plain, **rules}), resamples)["firmness"]


def test_where_a_theme_is_taken_off_the_later_tiers_move_up():
    """Without C all six name B among their first three, so all count half: E has 18, D and A 14.

    If B stayed in the fourth tier of the first two, these would count whole, and D would have 26 of E's 18.
    """
    found = {row["theme"]: row["topics"] for row in firmness(VOTES, topics=2)["without_theme"]}
    assert found["C"] == ["B", "E"]
    assert found.keys() == {"A", "C", "E"}, "each theme that is no topic"


def test_the_same_topics_in_another_order_are_the_same():
    """Of a round with as many topics as themes no repetition chooses others, whatever comes first."""
    told = firmness(VOTES, 20, topics=5)
    assert told["resampling"]["same"] == 20
    assert told["resampling"]["percent"] == 100
    assert told["resampling"]["topics"] == [[key, 20] for key in "ABCDE"]
    assert len(told["could_be_first"]) > 1
    assert sum(times for _, times in told["could_be_first"]) <= 20


def tied(votes, objectives):
    """What another tie changes where all name objective 1; relevance is a quarter of the score."""
    bundle = usual_election(votes, objectives=objectives, balance={}, spread={})
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [1]
    told = result_of(bundle)
    return [topic["key"] for topic in told["topics"]], told["firmness"]


def test_an_objective_less_makes_a_theme_the_topic():
    """A has 0.75 · 0.6 = 0.45, B 0.3 + 0.25 / 2 = 0.425; without objective 3 B has 0.3 + 0.25 = 0.55."""
    topics, told = tied([(6, "A B"), (4, "B A")], {"A": [2], "B": [1, 3]})
    assert topics == ["A"]
    assert told["without_tie"] == [{"theme": "B", "objective": 3, "topics": ["B"]}]
    assert told["with_tie"] == []


def test_an_objective_more_makes_a_theme_the_topic():
    """A has 0.3 + 0.25 = 0.55, B 0.45; with objective 3 too A has 0.425, with objective 1 too B has 0.575."""
    topics, told = tied([(4, "A B"), (6, "B A")], {"A": [1], "B": [3]})
    assert topics == ["A"]
    assert told["without_tie"] == [], "a theme keeps one"
    assert told["with_tie"] == [
        {"theme": "A", "objective": 3, "topics": ["B"]},
        {"theme": "B", "objective": 1, "topics": ["B"]},
    ]


@for_each(
    "rules", [{"topics": 2}, {"method": "schulze"}, {"method": "runoff"}, {"topics": 2, "method": "schulze"}]
)
def test_no_margin_of_several_topics_or_by_another_method(rules):
    assert firmness(VOTES, **rules)["margin"] is None
    assert firmness(VOTES)["margin"]["at_least"] >= 1


def test_objectives_that_count_for_nothing_are_not_asked_about():
    bundle = usual_election(VOTES, objectives={"A": [1, 2], "B": [3]}, balance={}, spread={})
    for rules in ({}, {"objective_share": 0}, {"method": "runoff"}):
        if rules:
            for ballot in bundle["ballots"]:
                ballot["objectives"] = [1]
        bundle["rules"] |= {"objective_share": 250, "method": "points"} | rules
        told = result_of(bundle)["firmness"]
        assert told["without_tie"] == told["with_tie"] == []
        assert (told["points_alone"] is None) == (rules != {"objective_share": 0})


def test_what_is_drawn_hangs_on_the_names_of_seats_and_not_on_the_file():
    bundle = usual(busy(3, topics=2))
    told = result_of(bundle, 30)
    bundle["ballots"].reverse()
    bundle["seats"].sort(key=lambda seat: seat["seat"][::-1])
    again = result_of(bundle, 30)
    told.pop("bundle_sha256"), again.pop("bundle_sha256")
    assert again == told
    assert 0 < told["firmness"]["resampling"]["same"] < 30


def test_a_ballot_that_is_drawn_as_often_as_all_decides_alone():
    """One ballot is drawn again and again: nothing else can come out."""
    told = firmness([(1, "B A C")], 100)
    assert told["resampling"] == {"made": 100, "same": 100, "percent": 100, "topics": [["B", 100]]}
    assert told["could_be_first"] == [["B", 100]]


@for_each("ballots, made", [(50_000, True), (50_001, False)])
def test_of_very_many_ballots_nothing_is_drawn(ballots, made):
    assert repetitions.MOST_BALLOTS == 50_000
    ranks = np.tile(np.array([[1, 0], [0, 1], [1, 2]], dtype=np.int8), (ballots // 3 + 1, 1))[:ballots]
    rules = parse_rules({"version": 3, "balance": {}, "spread": {}})
    found = count_arrays(ranks, {}, {}, rules, seed="ab" * 32, resamples=2)
    assert (found.firmness.resampling is not None) is made
    assert (found.firmness.could_be_first is not None) is made
    assert {theme.places is not None for theme in found.themes} == {made}
