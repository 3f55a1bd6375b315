"""The rules by hand: each figure can be followed with a pencil, on five themes and more.

A ballot over five themes gives 8, 6, 4, 2 and 0 halves of a comparison, from the first place to the last.
"""

import json
from fractions import Fraction

import numpy as np
import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count, robustness_of_bundle
from consulta.core.counting.effects import Effects
from consulta.core.counting.repetitions import _Urn, draw
from consulta.core.counting.result import Result
from consulta.core.problems import Problem
from tests.cases import for_each
from tests.core import counted
from tests.core.build import encoded, seat
from tests.core.usual import result_of, usual_election

NORTH, SOUTH, WEST, EAST = ({"country": name, "sector": "ngo"} for name in ("NO", "SO", "WE", "EA"))


def weights_of(bundle):
    return result_of(bundle)["weights"]


def topics_of(bundle):
    return "".join(topic["key"] for topic in result_of(bundle)["topics"])


# -- 2.3 no ballot too heavy


def test_a_network_is_held_to_three_parts_of_as_many_as_there_are_ballots():
    """One ballot of base 60 and forty of 1: n is 41, N is 100, q is 3/41, more than 50 thousandths.

    The network may weigh q · 100 / 60 = 5/41 of the mean; the others share what is left: (100 - 300/41) / 40
    = 95/41. The lower bound, 1/5, gives way to the cap.
    """
    told = weights_of(usual_election([(21, "A B C D E"), (20, "E D C B A")], bases={0: 60}))
    assert (told["cap"], told["ballot_limit"]) == ("held", "3/41")
    assert told["cells"] == [
        {"categories": {}, "each": 1, "ballots": 40, "base": 40, "micro": 2_317_073, "at_bound": None},
        {"categories": {}, "each": 60, "ballots": 1, "base": 60, "micro": 121_951, "at_bound": "cap"},
    ]
    whole = 60 * 121_951 + 40 * 2_317_073
    assert told["heaviest"] == {
        "share": counted.text(Fraction(60 * 121_951, whole)),
        "share_percent": 7.32,
        "times": counted.text(Fraction(60 * 121_951, 2_317_073)),
    }
    assert told["at_bounds"] == 1
    assert (told["smallest"], told["largest"]) == (121_951, 2_317_073)
    # What one of equal weights would be counted as effective: n (Σv)² / Σv² of these values.
    squares = (60 * 121_951) ** 2 + 40 * 2_317_073**2
    assert told["design_effect"] == float(round(Fraction(41 * squares, whole**2), 6))


def test_objectives_have_the_numbers_of_the_compact():
    bundle = usual_election([(3, "A B"), (1, "B A")])
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [1, 23]
    told = {each["number"]: each["share"] for each in result_of(bundle)["objectives"]}
    assert list(told) == [*range(1, 24)]
    assert {number for number, share in told.items() if share not in {"0/1", None}} == {1, 23}


def test_a_result_is_read_as_it_was_written_and_no_other_version_is():
    votes = [(3, "A B C"), (2, "B C A", {"country": "NO", "sector": "ñ"})]
    parsed = bundles.parse(encoded(usual_election(votes, spread={"country": 500})))
    result = count(parsed, resamples=20)
    file = result.to_json()
    assert file.startswith(b'{\n "format": "consulta-result/3",\n "')
    assert '"ñ"' in file.decode()
    assert Result.parse(file) == result
    other = json.dumps(json.loads(file) | {"rules_version": 2}).encode()
    with pytest.raises(Problem, match=r"result\.json"):
        Result.parse(other)


def test_the_thousandths_hold_where_they_are_more():
    """Of 200 ballots, three parts are 15 thousandths: 50 hold unless the round says another figure."""
    votes, network = [(200, "A B C D E")], {0: 80}
    assert weights_of(usual_election(votes, bases=network))["ballot_limit"] == "1/20"
    assert weights_of(usual_election(votes, bases=network, max_ballot=20))["ballot_limit"] == "1/50"
    assert weights_of(usual_election(votes, bases=network, max_ballot=15))["ballot_limit"] == "3/200"
    assert weights_of(usual_election(votes, bases=network, max_ballot=1))["ballot_limit"] == "3/200"
    assert weights_of(usual_election(votes, bases=network, max_ballot=201))["cap"] == "held"


@for_each("ballots, cap", [(99, "held"), (100, "idle")])
def test_the_cap_is_idle_where_no_weight_may_be_larger_without_it(ballots, cap):
    """With equal bases U_c is 50/1000 of n: 4.95 of 99 ballots, 5 of 100; the upper bound is 5."""
    told = weights_of(usual_election([(ballots, "A B C D E")]))
    assert told["cap"] == cap
    assert told["ballot_limit"] == ("1/20" if cap == "held" else None)
    assert told["cells"][0]["at_bound"] is None


def test_the_cap_is_lifted_where_it_leaves_too_little():
    """One of base 1000 and 99 of 1: it may have 5/100 of 1099, the others five times 99: too little."""
    told = weights_of(usual_election([(100, "A B C D E")], bases={0: 1000}))
    assert (told["cap"], told["ballot_limit"]) == ("lifted", None)
    assert [cell["micro"] for cell in told["cells"]] == [1_000_000, 1_000_000]
    assert told["heaviest"]["times"] == "1000/1"


def test_the_cap_leaves_one_way():
    """Bounds of 1/2 and 1 leave every weight at 1; with the cap on a network there would be too little."""
    told = weights_of(usual_election([(40, "A B C D E")], bases={0: 9}, weight_bounds=[0.5, 1]))
    assert told["cap"] == "lifted"
    assert {cell["micro"] for cell in told["cells"]} == {1_000_000}
    assert {cell["at_bound"] for cell in told["cells"]} == {"upper"}


def test_all_the_room_there_is_may_be_exactly_enough():
    """One of base 9 and fifteen of 1: q is 3/16, N 24, the cap 24 · 3/16 / 9 = 1/2; 9/2 + 15 · 13/10 = 24."""
    bundle = usual_election([(16, "A B C D E")], bases={0: 9}, weight_bounds=[0.25, 1.3])
    told = weights_of(bundle)
    assert told["cap"] == "held"
    assert [(cell["micro"], cell["at_bound"]) for cell in told["cells"]] == [
        (1_300_000, "upper"),
        (500_000, "cap"),
    ]


def test_a_category_of_a_network_alone_misses_its_target():
    """The north is one network of base 10, the south 20 organisations; both are to have a half.

    n is 21, q 1/7, N 30: the network may have 30/7 of 30, and the north misses its half by 5/14.
    """
    votes = [(1, "A B C D E", NORTH), (20, "E D C B A", SOUTH)]
    told = weights_of(usual_election(votes, bases={0: 10}, balance={"country": "equal"}))
    assert told["met"] is False
    assert told["largest_miss"] == pytest.approx(float(Fraction(1, 2) - Fraction(1, 7)), abs=1e-6)
    north = next(cell for cell in told["cells"] if cell["each"] == 10)
    assert (north["micro"], north["at_bound"]) == (428_571, "cap")


def test_who_is_left_out_is_not_counted_for_the_cap():
    """Without the south two networks and a small organisation are left: n is 3, q is 1, A has two thirds."""
    votes = [
        (1, "A B C D E", NORTH),
        (1, "E D C B A", NORTH),
        (1, "E B C D A", WEST),
        (30, "E D C B A", SOUTH),
    ]
    bundle = usual_election(votes, bases={0: 40, 1: 15})
    left = {row["category"]: row["topics"] for row in result_of(bundle)["firmness"]["leave_one_out"]}
    assert (left["SO"], left["NO"], left["WE"]) == (["A"], ["E"], ["E"])


def test_neither_the_unweighted_order_nor_that_of_equal_countries_knows_the_cap():
    result = result_of(usual_election([(1, "A B C D E", NORTH), (30, "E D C B A", SOUTH)], bases={0: 100}))
    assert result["order"]["points"][0] == "E"
    assert result["order"]["unweighted"][0] == "A"
    level = result_of(
        usual_election([(1, "A B C D E", NORTH), (1, "A C B D E", WEST), (30, "E D C B A", SOUTH)])
    )
    assert (level["firmness"]["country_equal"], level["firmness"]["unweighted"]) == (["A"], ["E"])


# -- 3.4 support where there are enough ballots


def small_places(least):
    """North has three ballots, west two, south four and east one; A is first in the south, E elsewhere."""
    votes = [
        (3, "E D C B A", NORTH),
        (2, "E D C B A", WEST),
        (4, "A B C D E", SOUTH),
        (1, "E D C B A", EAST),
    ]
    return usual_election(votes, spread={"country": 500}, support_min=least)


@for_each(
    "least, required, too_few, supporting",
    [
        (1, 2, [], ["EA", "NO", "WE"]),
        (2, 2, ["EA"], ["NO", "WE"]),
        (3, 1, ["EA", "WE"], ["NO"]),
        (4, 1, ["EA", "NO", "WE"], []),
        (5, 0, ["EA", "NO", "SO", "WE"], []),
    ],
)
def test_only_categories_with_ballots_enough_are_counted(least, required, too_few, supporting):
    result = result_of(small_places(least))
    assert result["support"] == {"required": {"country": required}, "too_few": {"country": too_few}}
    themes = {theme["key"]: theme for theme in result["themes"]}
    assert themes["E"]["supported"]["country"] == supporting
    assert themes["A"]["supported"]["country"] == (["SO"] if least < 5 else [])
    assert themes["E"]["spread_met"] is (least != 4)
    assert themes["A"]["spread_met"] is (least > 2)


def test_support_is_half_of_the_points_and_no_place_among_the_themes_in_version_2_too():
    """Of four themes three have 12 of 18 halves in the north, in a circle; in the south A alone has half.

    There A wins 18 of 18, and the others share 18. The upper half of the themes would be two in each.
    """
    north = [(1, "A B C D", NORTH), (1, "B C A D", NORTH), (1, "C A B D", NORTH)]
    south = [(1, "A B C D", SOUTH), (1, "A C D B", SOUTH), (1, "A D B C", SOUTH)]
    result = result_of(usual_election([*north, *south], spread={"country": 1000}))
    assert {theme["key"]: theme["supported"]["country"] for theme in result["themes"]} == {
        "A": ["NO", "SO"],
        "B": ["NO"],
        "C": ["NO"],
        "D": [],
    }


def test_ballots_of_no_weight_are_not_among_those_that_a_category_needs():
    """Without the ballot of the north two ngos are left, too few to be counted in support.

    Halves of all: A 80, B 78, C 46, D 32, E 24. Ten unions support A, B and C, three ngos E, B and D: B has
    both. Without the north A has 80, B 72, and unions alone are counted: A is the topic.
    """
    ngo_north = {"country": "NO", "sector": "ngo"}
    ngo, union = {"country": "SO", "sector": "ngo"}, {"country": "SO", "sector": "union"}
    votes = [(1, "E B D C A", ngo_north), (2, "E B D C A", ngo), (10, "A B C D E", union)]
    result = result_of(usual_election(votes, spread={"sector": 1000}))
    assert result["topics"][0]["key"] == "B"
    left = {
        (line["dimension"], line["category"]): line["topics"][0]
        for line in result["firmness"]["leave_one_out"]
    }
    assert left["country", "NO"] == "A"


def test_support_counts_ballots_and_not_what_they_are_worth():
    bundle = small_places(3)
    for one in bundle["seats"]:
        one["base"] = 50 if one["country"] in {"EA", "WE"} else 1
    assert result_of(bundle)["support"]["too_few"] == {"country": ["EA", "WE"]}


def test_silent_places_are_not_too_few():
    bundle = small_places(3)
    bundle["seats"].append(seat("silent", {"country": "QQ"}))
    assert result_of(bundle)["support"]["too_few"] == {"country": ["EA", "WE"]}


def test_a_dimension_without_support_to_count_has_no_part_in_the_nearest_theme():
    """By country nothing is asked, since no country has three ballots; by size two of two categories are.

    A is supported by one of them, as E is; nobody has both, and the order by score decides.
    """
    votes = [
        (2, "A B C D E", {"country": "NO", "size": "large"}),
        (2, "A B C D E", {"country": "SO", "size": "large"}),
        (2, "E D C B A", {"country": "WE", "size": "small"}),
        (1, "E D C B A", {"country": "EA", "size": "small"}),
    ]
    result = result_of(usual_election(votes, spread={"country": 500, "size": 1000}))
    assert result["support"]["required"] == {"country": 0, "size": 2}
    # C is supported by both: it wins exactly half of each.
    assert [(topic["key"], topic["spread_met"]) for topic in result["topics"]] == [("C", True)]
    few = result_of(usual_election(votes, spread={"country": 500, "size": 1000}, support_min=4))
    assert few["support"] == {
        "required": {"country": 0, "size": 1},
        "too_few": {"country": ["EA", "NO", "SO", "WE"], "size": ["small"]},
    }
    assert few["topics"][0]["key"] == "A"


# -- 3.5 several topics


def camps(**rules):
    """Six against four. Halves: A 48, B 44, C 40, D 44, E 24, of 80 that a theme can win."""
    return usual_election([(6, "A B C D E"), (4, "D E C B A")], **rules)


def test_who_has_a_topic_on_the_table_counts_half_for_the_next():
    """After A the six count 3: A 24, B 26, C 28, D 38, E 24: D is next; without sharing it is B or D."""
    result = result_of(camps(topics=2))
    second = min("BD", key=lambda key: counted.tie_hash(key, "theme", result["seed"]))
    assert result["topics_by"] == {"shared": ["A", "D"], "order": ["A", second]}
    assert [topic["key"] for topic in result["topics"]] == ["A", "D"]
    assert topics_of(camps(topics=2, topics_rule="order")) == f"A{second}"


def test_a_third_once_they_have_two():
    """After A and D the six count 3 (D is their fourth), the four 2: A 24, B 22, C 20, D 22, E 12.

    With four topics the six then have two, A and B, and count 2; the four have D and count 2: C 16, E 12.
    """
    assert topics_of(camps(topics=3)) == "ADB"
    assert topics_of(camps(topics=4)) == "ADBC"
    assert topics_of(camps(topics=5)) == "ADBCE"


def test_heard_are_those_with_a_topic_among_their_first_three_tiers():
    result = result_of(camps(topics=2))
    assert result["heard"]["shared"] == "1/1"
    assert result["heard"]["shared_percent"] == 100.0
    first = result_of(camps())
    assert first["heard"] == {"shared": "3/5", "shared_percent": 60.0, "order": "3/5", "order_percent": 60.0}
    # The fourth tier is too late, ties and all.
    late = result_of(usual_election([(5, "A B C D E"), (3, "B=C D E A"), (2, "B C=D E A")]))
    assert (late["topics"][0]["key"], late["heard"]["order"]) == ("B", "1/1")
    assert (
        result_of(usual_election([(5, "A B C D E"), (3, "F=C D E A=B")], method="runoff"))["heard"]["order"]
        == "5/8"
    )


def test_what_a_ballot_does_not_name_is_none_of_its_tiers():
    """Five name A alone; all else shares their second tier, and B is not on it. Two name C, then B.

    Halves of 8: A 5 · 8 + 2 · 2, C 5 · 3 + 2 · 8, B 5 · 3 + 2 · 6, D and E 5 · 3 + 2 · 2.
    """
    bundle = usual_election([(5, "A"), (2, "C B"), (1, "D E")], topics=2)
    result = result_of(bundle)
    assert result["topics_by"]["shared"] == ["A", "C"]
    assert result["heard"]["shared"] == "7/8"


def test_spread_is_counted_anew():
    """The second topic needs the support of both places under the values of its step.

    Halves in the north (40 support): A 48, B 44, C 40, D 44, E 24; in the south (16): D 32, C 24, B 16, A 8.
    D is first, and C next in the order. Those with D in their first three tiers, four in each place, count
    half: in the north (32) A 48, B 40, C 32; in the south (8) C 12, B 8, A 4. A leads with 52 and has no
    support in the south, B follows with 48.
    """
    votes = [(6, "A B C D E", NORTH), (4, "D E C B A", NORTH), (4, "D C B A E", SOUTH)]
    result = result_of(usual_election(votes, spread={"country": 1000}, topics=2))
    assert result["topics_by"] == {"shared": ["D", "B"], "order": ["D", "C"]}
    assert [topic["spread_met"] for topic in result["topics"]] == [True, True]


def test_support_of_a_later_topic_counts_the_values_of_its_step():
    """In the south two of four hold D: its halves then count two for these others, and one for the two.

    D is first, with 64 of all halves. Where those with D in their first three tiers count one, and all others
    two: in the north (64 support) A 96, B 80, C 64, E 24; in the south (24) E 44, A 24, C 24, B 4. A leads
    and has exactly half of the south. By ballots alone it would have 12 of 16 there, and C would be next.
    """
    votes = [
        (6, "A B C D E", NORTH),
        (4, "D E C B A", NORTH),
        (2, "D E C B A", SOUTH),
        (2, "E A C D B", SOUTH),
    ]
    result = result_of(usual_election(votes, spread={"country": 1000}, topics=2))
    assert result["topics_by"] == {"shared": ["D", "A"], "order": ["D", "C"]}
    assert [topic["spread_met"] for topic in result["topics"]] == [True, False]


def test_relevance_is_counted_anew():
    """Score is relevance alone. Objective 1 is named by six of ten, 2 and 3 by the four.

    The six have A on the table: for the second topic they count three, and 2 is named by four of seven. B is
    before C by its points.
    """
    votes, objectives = (
        [(6, "A C B D E"), (4, "E D B C A")],
        {"A": [1], "B": [2], "C": [1], "D": [3], "E": [9]},
    )
    bundle = usual_election(votes, objectives=objectives, objective_share=1000, topics=2)
    for number, ballot in enumerate(bundle["ballots"]):
        ballot["objectives"] = [1] if number < 6 else [2]
    assert result_of(bundle)["topics_by"] == {"shared": ["A", "B"], "order": ["A", "C"]}


def test_where_no_theme_left_has_spread_the_nearest_is_next():
    votes = [(6, "A B C D E", NORTH), (4, "E D C B A", SOUTH), (4, "E D B A C", WEST)]
    result = result_of(usual_election(votes, spread={"country": 1000}, topics=3))
    assert [topic["spread_met"] for topic in result["topics"]] == [
        theme["spread_met"]
        for topic in result["topics"]
        for theme in result["themes"]
        if theme["key"] == topic["key"]
    ]
    assert result["topics_by"]["shared"][0] == result["topics_by"]["order"][0]


def test_a_runoff_passes_over_the_themes_chosen():
    """Six of A, five of C, four of D. B and E go, then D, whose four pass to C: nine against six.

    All have C in their first three tiers and count half. C is passed over, and so the five stand for D with
    the four: 4.5 against 3 for A.
    """
    votes = [(6, "A B C D E"), (5, "C D E B A"), (4, "D E C B A")]
    bundle = usual_election(votes, method="runoff", topics=2)
    assert result_of(bundle)["topics_by"] == {"shared": ["C", "D"], "order": ["C", "A"]}
    other = usual_election([(8, "A B C D E"), (4, "C D E B A"), (3, "D C E B A")], method="runoff", topics=2)
    assert result_of(other)["topics_by"] == {"shared": ["A", "C"], "order": ["A", "C"]}


def test_schulze_shares_too():
    bundle = usual_election([(6, "A B C D E"), (4, "D E C B A")], method="schulze", topics=2)
    assert result_of(bundle)["topics_by"] == {"shared": ["A", "D"], "order": ["A", "B"]}


# -- 4 firmness


def test_themes_that_voters_hold_together():
    """A and B stand one after the other on six of ten ballots, C and D on none of those that rank them apart.

    More than half is asked, not half: of D and E five of ten.
    """
    votes = [(6, "A B C"), (2, "A C B"), (2, "D=E A")]
    pairs = {(x, y): part for x, y, part in result_of(usual_election(votes))["alike"]}
    # A and C: one after the other on two; A and D: in two tiers that follow on two of ten.
    assert pairs == {("A", "B"): "3/5", ("B", "C"): "1/1", ("D", "E"): "1/1"}
    half = result_of(usual_election([(1, "A B C D"), (1, "A C D B")]))["alike"]
    assert ["A", "B", "1/2"] not in half
    assert ["C", "D", "1/1"] in half


def test_pairs_of_five_themes_are_parts_of_those_who_name_one_of_them():
    """B and C follow one another on five of eight that name either; of all ten that were no more than half.

    D and E do on five of ten, which is not more than half; and who names E alone holds it beside nothing.
    """
    result = result_of(usual_election([(5, "A B C D E"), (3, "B A D C E"), (2, "E")]))
    assert result["alike"] == [["A", "B", "1/1"], ["B", "C", "5/8"], ["C", "D", "1/1"]]


def test_of_five_themes_one_decides_between_two_others():
    """Of 8 halves A has 5 · 8 + 4 · 4, B 5 · 6 + 4 · 8; without D, of 6, A 5 · 6 + 4 · 4, B 5 · 4 + 4 · 6.

    Four hold D between B and A; C and E are behind both on all ballots or on those that hold A first.
    """
    result = result_of(usual_election([(5, "A B C D E"), (4, "B D A C E")]))
    assert result["topics"][0]["key"] == "B"
    found = [(row["theme"], row["topics"][0]) for row in result["firmness"]["without_theme"]]
    assert found == [("A", "B"), ("C", "B"), ("D", "A"), ("E", "B")]


def test_places_of_five_themes_are_told_with_spread_or_not():
    """All hold the same: in every replicate D and E stand fourth and fifth, and no place supports them."""
    bundle = usual_election([(9, "A B C D E", NORTH)], spread={"country": 1000})
    themes = {theme["key"]: theme for theme in result_of(bundle, 20)["themes"]}
    assert [themes[key]["places"] for key in "ABCDE"] == [[place, place] for place in range(1, 6)]
    assert [themes[key]["spread_met"] for key in "ABCDE"] == [True, True, True, False, False]


def test_the_topic_may_hang_on_a_theme_that_is_not_chosen():
    """A has 26 and B 24 of 40; C takes points from A on the ballots of those who hold A last.

    Five of A, B, C and four of B, C, A: halves of 4: A 20, B 5 · 2 + 4 · 4 = 26, C 8. Without C it is 5 to 4.
    """
    result = result_of(usual_election([(5, "A B C"), (4, "B C A")]))
    assert result["topics"][0]["key"] == "B"
    assert result["firmness"]["without_theme"] == [
        {"theme": "A", "topics": ["B"]},
        {"theme": "C", "topics": ["A"]},
    ]


@for_each("method", ["points", "schulze", "runoff"])
def test_a_ballot_left_with_nothing_holds_all_others_equal(method):
    """Four name only C and are told nothing of by A and B; three hold these before C."""
    bundle = usual_election([(4, "C"), (2, "A B"), (1, "B A")], method=method)
    assert result_of(bundle)["firmness"]["without_theme"] == [
        {"theme": "A", "topics": ["C"]},
        {"theme": "B", "topics": ["C"]},
    ]
    most = usual_election([(6, "A"), (3, "C D"), (2, "D C")], method=method)
    assert result_of(most)["firmness"]["without_theme"] == [
        {"theme": "C", "topics": ["A"]},
        {"theme": "D", "topics": ["A"]},
    ]


def test_with_two_themes_there_is_none_to_take_off():
    two = result_of(usual_election([(3, "B"), (2, "A")]))
    assert two["firmness"]["without_theme"] == []


def test_other_targets_are_all_combinations_of_named_rules():
    votes = [
        (9, "A B C D E", {"country": "NO", "size": "x"}),
        (1, "E D C B A", {"country": "SO", "size": "y"}),
    ]
    seats = [seat(f"silent{n}", {"country": "SO", "size": "y"}) for n in range(40)]
    rules = {"country": "sqrt"}
    bundle = usual_election(votes, balance=rules, seats=seats, weight_bounds=[0.001, 1000], max_ballot=1000)
    found = result_of(bundle)["firmness"]["other_targets"]
    assert [row["targets"] for row in found] == [{"country": rule} for rule in ("equal", "roll", "sqrt")]
    # By the roll the south has 41 of 50 seats and decides; by its root 6.4 of 9.4, too; equal is a lot.
    assert [row["topics"] for row in found][1:] == [["E"], ["E"]]
    both = result_of(usual_election(votes, balance={"size": "equal", "country": {"NO": 0.75, "SO": 0.25}}))
    words = [(row["targets"]["country"], row["targets"]["size"]) for row in both["firmness"]["other_targets"]]
    assert words[:4] == [("equal", "equal"), ("equal", "roll"), ("equal", "sqrt"), ("roll", "equal")]
    assert len(words) == 9
    assert result_of(usual_election(votes))["firmness"]["other_targets"] == []


def test_five_balanced_dimensions_are_too_many_to_try():
    held = {f"d{n}": "x" for n in range(5)}
    for dimensions, combinations in ((4, 81), (5, 0)):
        balance = {f"d{n}": "equal" for n in range(dimensions)}
        result = result_of(usual_election([(3, "A B", {"country": "NO", **held})], balance=balance))
        assert len(result["firmness"]["other_targets"]) == combinations


def test_points_alone():
    """By points A leads; E's objective is named by all, and half of the score comes from that."""
    objectives = {"A": [1], "E": [2]}
    bundle = usual_election([(6, "A B C D E"), (4, "E D C B A")], objectives=objectives, objective_share=500)
    assert result_of(bundle)["firmness"]["points_alone"] is None
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [2]
    result = result_of(bundle)
    assert (result["topics"][0]["key"], result["firmness"]["points_alone"]) == ("E", ["A"])
    bundle["rules"]["method"] = "schulze"
    assert result_of(bundle)["firmness"]["points_alone"] is None


def test_places_are_those_of_five_and_ninety_five_of_a_hundred():
    bundle = usual_election([(5, "A B C"), (4, "B A C")])
    assert [theme["places"] for theme in result_of(bundle)["themes"]] == [None, None, None]
    assert [theme["places"] for theme in result_of(bundle, 100)["themes"]][2] == [3, 3]
    low, high = result_of(bundle, 100)["themes"][0]["places"]
    assert (low, high) == (1, 2)


def test_the_five_figures_count_only_categories_with_ballots_enough():
    """North and south have three ballots and west two: two of two must support, and west says nothing.

    In the north A has 16 of 24 halves (12 are needed), and 8 once one ballot is re-cast: one is enough.
    """
    votes = [
        (2, "A B C D E", NORTH),
        (1, "E D C B A", NORTH),
        (3, "A B C D E", SOUTH),
        (2, "E D C B A", WEST),
    ]
    margin = result_of(usual_election(votes, spread={"country": 1000}))["firmness"]["margin"]
    assert margin["support"] == {"ballots": 1, "dimension": "country"}
    every = result_of(usual_election(votes, spread={"country": 600}, support_min=1))["firmness"]["margin"]
    assert every["support"] == {"ballots": 1, "dimension": "country"}
    none = result_of(usual_election(votes, spread={"country": 1000}, support_min=9))["firmness"]["margin"]
    assert none["support"] is None


def test_the_five_figures_of_five_themes():
    """Halves: A 64, B and C 36. Both places must support, which A and C do; B has nothing in the south.

    B lacks 28, and on a ballot of the south it gains 16 on A, on one of the north 10: two; its support in the
    south takes one. C gains 12 at most: three. In the south A has 16, and not below 8 until both are re-cast.
    """
    votes = [(6, "A B C D E", NORTH), (2, "A C D E B", SOUTH)]
    result = result_of(usual_election(votes, spread={"country": 1000}, support_min=2))
    assert result["firmness"]["margin"] == {
        "level": {"ballots": 2, "rival": "B"},
        "choosable": {"ballots": 3, "rival": "C"},
        "support": {"ballots": 2, "dimension": "country"},
        "at_least": 2,
        "enough": 2,
    }


def test_by_another_method_there_are_no_five_figures():
    margin = result_of(usual_election([(3, "A B C"), (1, "B A C")], method="schulze"))["firmness"]["margin"]
    assert margin is None


def test_who_has_two_topics_counts_a_third_also_where_nobody_has_one():
    """Ten have A and B, two have neither. D has 10/3 · 4 + 2 · 4 = 21 1/3, E 10/3 · 2 + 2 · 7 = 20 2/3."""
    bundle = usual_election([(10, "A B D E C"), (2, "C=E D")], topics=3, objective_share=0)
    assert topics_of(bundle) == "ABD"


def test_a_document_beside_the_result_has_a_line_for_each_field():
    found = bundles.parse(encoded(usual_election([(2, "A B"), (1, "B A")])))
    told = robustness_of_bundle(found, 0).to_json()
    assert told.startswith(b'{\n "format": "consulta-robustness/3",\n "')


# -- what is drawn


def urn_of(votes, values=None, **rules):
    """The urn of a round whose ballots are worth these values, by block."""
    effects = Effects(bundles.parse(encoded(usual_election(votes, objective_share=0, **rules))))
    return _Urn(effects._contest, effects._ballots, values or effects._values)


def test_a_ballot_counts_as_often_as_it_was_drawn():
    """Halves: A 9 · 8 + 3 · 2 = 78, B 9 · 6 + 3 · 6 = 72. The south does not support A, so B is the topic.

    In a repetition with fewer than three of the south it is not asked, and A is.
    """
    votes = [(9, "A B C D E", NORTH), (3, "C B D A E", SOUTH)]
    bundle = usual_election(votes, spread={"country": 1000}, balance={})
    result = result_of(bundle, 200)
    assert result["support"]["required"] == {"country": 2}
    assert [topic["key"] for topic in result["topics"]] == ["B"]
    few = sum(sum(number >= 9 for number in draw(result["seed"], r, 12)) < 3 for r in range(1, 201))
    told = dict(result["firmness"]["resampling"]["topics"])
    assert 0 < few <= told["A"] < 200


def test_ballots_are_drawn_in_groups_over_all_dimensions_of_spread():
    where = [{"sector": sector, "subregion": subregion} for sector, subregion in ("xn", "xs", "yn")]
    urn = urn_of([(1, "a b", each) for each in where], spread={"sector": 500, "subregion": 500})
    assert urn.survey.members["sector"].tolist() == [[1, 1, 0], [0, 0, 1]]
    assert urn.survey.members["subregion"].tolist() == [[1, 0, 1], [0, 1, 0]]


@for_each("value", [7, 2**50 + 1, 2**58 + 1, 2**63 + 1])
def test_sums_over_what_is_drawn_are_exact(value):
    """Seventeen ballots on which a and b share the first place: three halves of a comparison each."""
    urn = urn_of([(17, "a=b c")], [value])
    (worth,) = urn._worths(np.ones((1, 17), dtype=np.uint16), urn.values_after(frozenset()))
    assert worth.blocks[0].tolist()[:5] == [17 * value, 0, 51 * value, 51 * value, 0]
