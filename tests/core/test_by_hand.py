"""What stands beside the official answer, on elections small enough for a pencil."""

import hashlib
from fractions import Fraction

import numpy as np

from consulta.core.counting import profile, repetitions, tally
from consulta.core.trust.chance import tie_order
from tests.cases import for_each
from tests.core.build import election, parsed, seat
from tests.core.results import figures, result_of, topic_of

NORTH, SOUTH = {"country": "NO", "sector": "ngo"}, {"country": "SO", "sector": "union"}


def margin_of(bundle):
    return result_of(bundle)["firmness"]["margin"]


def passed(ballots, rival):
    """The margin where so many ballots put the rival first, and where no spread is asked for."""
    nearest = None if ballots is None else {"ballots": ballots, "rival": rival}
    return {
        "level": nearest,
        "choosable": nearest,
        "support": None,
        "at_least": ballots,
        "enough": ballots,
    }


def without_topic(bundle):
    """(dimension, category) -> the topic when its ballots are left out."""
    rows = result_of(bundle)["firmness"]["leave_one_out"]
    return {(row["dimension"], row["category"]): row["topics"] and row["topics"][0] for row in rows}


def test_places_on_ballots():
    votes = [(3, "A B"), (2, "B"), (1, "A=B C"), (1, "C B=A D")]
    bundle = election(votes)
    bundle["themes"].append({"key": "E", "title": {"es": "E", "en": "E"}, "objectives": [1]})
    found = {theme["key"]: theme for theme in result_of(bundle)["themes"]}
    assert {key: (t["first"], t["mentions"], t["mean_place"]) for key, t in found.items()} == {
        "A": (4, 5, "6/5"),  # 1 1 1, 1, 2
        "B": (3, 7, "11/7"),  # 2 2 2, 1 1, 1, 2
        "C": (1, 2, "3/2"),
        "D": (0, 1, "3/1"),
        "E": (0, 0, None),
    }


def test_margin_of_the_capital_of_tennessee():
    """Nashville has 21 of 300 points more than Chattanooga, and a ballot of Memphis, re-cast, takes off four.

    Chattanooga gets two more, Nashville two fewer. Five such ballots make 20, six make 24.
    """
    bundle = election([(42, "M N C K"), (26, "N C K M"), (15, "C K N M"), (17, "K C N M")])
    points = figures(result_of(bundle), "points")
    assert (300 * points["N"], 300 * points["C"]) == (194, 173)
    assert margin_of(bundle) == passed(6, "C")


def test_margin_takes_the_ballots_that_gain_most():
    """Ten ballots of 1 and one of 4: the one of base 4 brings B from 6 halves behind to 10 before."""
    bundle = election([(10, "A B"), (1, "A B"), (7, "B A")])
    bundle["seats"][10]["base"] = 4
    assert margin_of(bundle) == passed(1, "B")
    bundle["seats"][10]["base"] = 3  # level, and the tie order decides
    first = tie_order("AB", result_of(bundle)["seed"], "theme")[0]
    assert margin_of(bundle) == passed(1 if first == "B" else 2, "B")
    bundle["seats"][10]["base"] = 2
    bundle["seats"][0]["base"] = 3
    bundle["seats"][1]["base"] = 3
    # 8 + 3 + 3 + 2 = 16 against 7: nine behind, eighteen halves; 6 + 6 < 9 * 2 <= 6 + 6 + 4 + 2.
    assert margin_of(bundle) == passed(2, "B")


def test_of_equal_rivals_the_one_before_in_the_order_is_named():
    bundle = election([(2, "A B C"), (2, "A C B"), (1, "B A C")])
    result = result_of(bundle)
    assert result["order"]["points"] == ["A", "B", "C"]
    assert result["firmness"]["margin"] == passed(2, "B")


def test_where_relevance_alone_counts_no_number_of_ballots_suffices():
    bundle = election([(3, "A B")], objectives={"A": [1], "B": [2]}, objective_share=1000)
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [1]
    assert margin_of(bundle) == passed(None, None)
    bundle["rules"]["objective_share"] = 501
    # 501/1000 ahead by relevance and 499/1000 by points: re-cast, all three only bring the points round.
    assert margin_of(bundle) == passed(None, None)
    bundle["rules"]["objective_share"] = 500  # level, and B stands first by its points
    assert margin_of(bundle) == passed(3, "B")


def test_leaving_out_and_weighing_anew():
    """North and South weigh the same; without one of them, only the other is there to be counted."""
    votes = [(4, "A B", NORTH), (1, "B A", SOUTH), (1, "A B", SOUTH), (1, "B A", SOUTH)]
    bundle = election(votes, balance={"country": "equal"})
    assert topic_of(result_of(bundle)) == "A"
    assert without_topic(bundle) == {
        ("country", "NO"): "B",
        ("country", "SO"): "A",
        ("sector", "ngo"): "B",
        ("sector", "union"): "A",
    }


def test_leaving_out_a_silent_category_is_not_on_the_list_and_nobody_left_is_no_topic():
    bundle = election([(2, "A B", NORTH)])
    bundle["seats"].append(seat("x", SOUTH))
    bundle["seats"].append(seat("y", {"country": "NO", "subregion": "sub"}))
    assert without_topic(bundle) == {("country", "NO"): None, ("sector", "ngo"): None}


def test_leaving_out_all_those_with_a_share_is_no_topic():
    """The union counts for nothing: with nobody else there is nothing to weigh."""
    votes = [(2, "A B", NORTH), (1, "B A", SOUTH)]
    bundle = election(votes, balance={"sector": {"ngo": 1, "union": 0}})
    found = without_topic(bundle)
    assert found["sector", "ngo"] is None
    assert found["sector", "union"] == "A"


def test_voices():
    bundle = election([(3, "A B", NORTH), (1, "B A", SOUTH)])
    bundle["seats"][3]["base"] = 3
    bundle["seats"] += [seat("x", SOUTH), seat("y", {"country": "WE"})]
    assert [tuple(row.values()) for row in result_of(bundle)["voices"]] == [
        ("country", "NO", 3, 3, "3/4", 75.0, "1/2", 50.0),
        ("country", "SO", 2, 1, "1/4", 25.0, "1/2", 50.0),
        ("country", "WE", 1, 0, "0/1", 0.0, "0/1", 0.0),
        ("sector", "ngo", 3, 3, "3/4", 75.0, "1/2", 50.0),
        ("sector", "union", 2, 1, "1/4", 25.0, "1/2", 50.0),
    ]


@for_each("draws", [1, 10, 200, 1000])
def test_draws_follow_from_the_seed_alone(draws):
    """Two ballots against each other: the topic stays unless both drawn are of the other side."""
    result = result_of(election([(1, "B A"), (1, "A B")]), draws)
    topic = topic_of(result)
    lost = 0
    for number in range(draws):
        stream = hashlib.shake_128(f"{result['seed']}|resample|{number + 1}".encode()).digest(16)
        # Bytes 0 and 8 are the highest of each number; the lower half of all draws "B A", the first seat's.
        drawn = {"B" if stream[place] < 128 else "A" for place in (0, 8)}
        lost += topic not in drawn
    assert result["firmness"]["resampling"]["same"] == draws - lost
    assert result["firmness"]["resampling"]["percent"] == round(Fraction(100 * (draws - lost), draws))


def test_draws_go_over_all_cells_and_weights_are_held():
    """Each of the two is alone in its cell, and yet one alone is drawn in half of the repetitions.

    The union has nine tenths of the weight: of one of each, B wins. So B is first in three of four, not half.
    """
    votes = [(1, "A B C", NORTH), (1, "B A C", SOUTH)]
    rules = {"balance": {"sector": {"ngo": 0.1, "union": 0.9}}, "weight_bounds": [0.01, 100]}
    result = result_of(election(votes, **rules), 1000)
    assert topic_of(result) == "B"
    assert 700 <= result["firmness"]["resampling"]["same"] <= 800


def test_orders_side_by_side():
    """Four ballots of NO are for A; two others, of two countries, put it last.

    As cast A has 16 of 24 halves, B 14, C 6. With countries equal each of the three weighs a third: of 12 A
    has 4, B 2 + 4 + 2 and C 2 + 4. With sectors equal the union weighs 3, any other 0.6: of 24 A has 9.6,
    B 18 and C 8.4, but C is above A on 3.6 and below it on 2.4. The run-off drops C (0.6) and leaves B (3.6).
    """
    votes = [(4, "A B C", NORTH), (1, "B C A", SOUTH), (1, "C B A", {"country": "WE", "sector": "ngo"})]
    result = result_of(election(votes, balance={"sector": "equal"}))
    assert result["order"] == {
        "points": ["B", "A", "C"],
        "schulze": ["B", "C", "A"],
        "runoff": ["B", "A", "C"],
        "unweighted": ["A", "B", "C"],
        "country_equal": ["B", "C", "A"],
    }
    assert result["condorcet_winner"] == "B"
    assert figures(result, "unweighted") == {
        "A": Fraction(16, 24),
        "B": Fraction(14, 24),
        "C": Fraction(6, 24),
    }


def test_where_a_category_is_left_out_the_topic_has_spread_too():
    """A stands first, in one place alone; B has support in all. Of three places left it needs two."""
    places = [{"country": name, "sector": "ngo"} for name in ("SO", "WE", "EA")]
    votes = [(9, "A B C", NORTH), *((1, "B C A", each) for each in places)]
    bundle = election(votes, spread={"country": 500})
    assert result_of(bundle)["order"]["points"][0] == "A"
    found = without_topic(bundle)
    assert {found["country", each["country"]] for each in places} == {"B"}


def test_what_a_ballot_says_to_the_drawing_by_hand():
    """One, whether it names an objective, the comparisons that each theme wins, the objectives."""
    bundle = election([(1, "A B"), (1, "B A"), (1, "B")])
    bundle["ballots"][0]["objectives"] = [1]
    bundle["ballots"][1]["objectives"] = [2, 23]
    found = profile.from_bundle(parsed(bundle), [])
    said = tally.features(found, np.flatnonzero(found.real)).tolist()
    named = [[number in held for number in range(1, 24)] for held in ([1], [2, 23], [])]
    first = [[1, 1, 2, 0], [1, 1, 0, 2], [1, 0, 0, 2]]
    assert sorted(said) == sorted(own + marks for own, marks in zip(first, named, strict=True))


def test_a_thousand_replicates_are_drawn():
    assert repetitions.REPLICATES == 1000
