"""The rules of the topic, one by one, on elections small enough for a pencil."""

from fractions import Fraction

import numpy as np

from consulta.core.counting import asking, profile, tally
from consulta.core.counting.count import count
from tests.cases import for_each
from tests.core.build import election, parsed


def counted(votes, **rules):
    return count(parsed(election(votes, **rules)))


def themes(result):
    return {theme.key: theme for theme in result.themes}


def columns(found):
    """The ballots of a profile as (block, tiers), what fills up blocks left out."""
    block = found.block_of_ballots()
    return [
        (int(block[i]), [int(tier) for tier in found.places[:, i]])
        for i in range(len(found.real))
        if found.real[i]
    ]


def test_ballots_become_blocks():
    bundle = parsed(election([(3, "A B", {"r": "x"}), (2, "A B", {"r": "y"}), (1, "C=A", {"r": "x"})]))
    found = profile.from_bundle(bundle, ["r"])
    assert sorted(columns(found)) == [
        (0, [0, 1, 255]),
        (0, [0, 1, 255]),
        (0, [0, 1, 255]),
        (0, [0, 255, 0]),
        (1, [0, 1, 255]),
        (1, [0, 1, 255]),
    ]
    assert found.categories == {"r": ("x", "y"), profile.BASE: ("1",)}
    assert (found.ballots.tolist(), found.total) == ([4, 2], 6)


def test_ballots_of_another_base_are_in_a_block_of_their_own():
    bundle = election([(3, "A B"), (1, "B A")])
    bundle["seats"][1]["base"] = 12
    bundle["seats"][3]["base"] = 2
    found = profile.from_bundle(parsed(bundle), [])
    assert (profile.bases_of(found), found.ballots.tolist()) == ([1, 2, 12], [2, 1, 1])
    assert [block for block, tiers in columns(found) if tiers == [1, 0]] == [1]


def test_marked_ballots_are_counted_and_not_what_fills_up_a_block():
    ranks = np.array([[1, 2, 3]] * 3 + [[0, 1, 1]] * 2 + [[2, 0, 1]], dtype=np.int16)
    found = profile.from_columns(ranks, {}, {}, objectives=None)
    first = found.places[0] == 0
    assert len(first) > 6
    assert found.weigh(np.stack((first, ~first))).tolist() == [[3], [3]]


def test_sums_beyond_64_bits_are_exact():
    assert profile.kind_for([2**40], np.array([1])) is np.int64
    assert profile.kind_for([2**62, 1], np.array([1])) is object
    assert profile.dot([2**62, 1, 2**62], np.array([1, 1, 1])) == 2**63 + 1
    bundle = parsed(election([(3, "A B C"), (2, "B=C"), (1, "C A")]))
    ballots = profile.from_bundle(bundle, [])
    asked = asking.at_hand(ballots)
    huge = 10**18
    assert asked.pairs([huge]) == [[huge * cell for cell in row] for row in asked.pairs([1])]
    few, many = (tally.worth(asked.survey(), [weight]).sums() for weight in (1, huge))
    assert many.points() == few.points()
    assert many.objective_shares() == few.objective_shares()
    assert many.value == huge * few.value
    few_steps, many_steps = (
        tally.runoff(ballots, ballots.weighing([weight]), [0, 1, 2]) for weight in (1, huge)
    )
    assert tally.runoff_order(many_steps) == tally.runoff_order(few_steps)


def test_themes_not_named_share_the_last_tier():
    result = counted([(1, "A"), (1, "B C"), (1, "C D")])
    # 1: A above three. 2: B above three, C above two. 3: C above three, D above two; the rest are equal.
    million = 10**6
    assert result.pairs[0] == (0, 3 * million, 2 * million, 3 * million)
    assert result.pairs[1][0] == 3 * million
    assert themes(result)["A"].points == Fraction(3 + 2 + 3, 18)


def test_points_are_the_share_of_comparisons_won():
    result = counted([(1, "A B C"), (2, "C A=B")])
    assert {key: theme.points for key, theme in themes(result).items()} == {
        "A": Fraction(4 + 2 * 1, 12),
        "B": Fraction(2 + 2 * 1, 12),
        "C": Fraction(0 + 2 * 4, 12),
    }
    assert sum(theme.points for theme in result.themes) == Fraction(3, 2)


OBJECTIVES = {"A": [1], "B": [1, 2], "C": [3]}


def with_objectives(named, votes, objectives=OBJECTIVES, **rules):
    bundle = election(votes, objectives=objectives, **rules)
    for ballot, numbers in zip(bundle["ballots"], named, strict=True):
        ballot["objectives"] = numbers
    return count(parsed(bundle))


def test_relevance_is_a_mean_over_ballots_that_name_any():
    result = with_objectives(
        [[1, 2], [1], []], [(1, "A B C"), (1, "A B C"), (1, "C B A")], objective_share=500
    )
    shares = {line.number: line.share for line in result.objectives}
    assert (shares[1], shares[2], shares[3], len(shares)) == (1, Fraction(1, 2), 0, 23)
    found = themes(result)
    assert [found[key].relevance for key in "ABC"] == [1, Fraction(3, 4), 0]
    assert found["A"].score == (found["A"].points + 1) / 2


def test_where_no_ballot_names_objectives_they_count_for_nothing():
    result = with_objectives([[], []], [(1, "A B C"), (1, "A C B")], objective_share=1000)
    assert all(theme.relevance == 0 and theme.score == theme.points for theme in result.themes)
    assert {line.share for line in result.objectives} == {0}


def test_the_order_by_score_falls_back_on_points_relevance_and_chance():
    objectives = [(1,), (2,), (3,), (3,)]

    def order(won, marks, parts):
        sums = tally.Sums(8, won, 8, [*marks, *[0] * 20])
        return tally.points_order(objectives, sums, tally.Scores(tuple(parts), 1, 1), [3, 2, 1, 0])

    assert order([0, 1, 1, 1], [1, 0, 1], [5] * 4) == [3, 2, 1, 0]
    assert order([0, 1, 1, 1], [1, 2, 1], [5] * 4) == [1, 3, 2, 0]
    assert order([0, 1, 1, 1], [1, 0, 1], [5, 6, 5, 5]) == [1, 3, 2, 0]


def test_schulze_falls_back_on_points_and_chance():
    pairs = [[0, 5, 5], [5, 0, 5], [5, 5, 0]]
    assert tally.schulze_order(pairs, [0, 1, 1], [0, 2, 1]) == [2, 1, 0]


def test_a_runoff_splits_a_tier_and_exhausts_a_ballot():
    ballots = profile.from_bundle(parsed(election([(1, "A=B=C D"), (1, "A=B"), (1, "D")])), [])
    weigh = ballots.weighing([1])
    third = Fraction(1, 3)
    assert tally.first_values(ballots, weigh, [0, 1, 2, 3]) == {
        0: third + Fraction(1, 2),
        1: third + Fraction(1, 2),
        2: third,
        3: 1,
    }
    assert tally.first_values(ballots, weigh, [2]) == {2: 1}
    steps = tally.runoff(ballots, weigh, [1, 0, 2, 3])
    assert tally.runoff_order(steps) == [1, 0, 3, 2]
    assert [len(step.totals) for step in steps] == [4, 3, 2, 1]


@for_each(
    "thousandths, categories, needed",
    [(0, 5, 0), (1, 5, 1), (500, 4, 2), (500, 5, 3), (334, 3, 2), (333, 3, 1), (1000, 7, 7)],
)
def test_the_spread_rule_rounds_up(thousandths, categories, needed):
    """Rounds of versions 1 and 2 were counted by it: another rule is the next version (docs/changing.md)."""
    assert tally.required(thousandths, categories) == needed, "counted rounds would change: docs/changing.md"


def test_strictly_more_than_half_is_a_figure_of_the_rules():
    """501 thousandths, 50.1 per cent on the form: no other rule is needed (docs/changing.md)."""
    assert all(tally.required(501, number) == number // 2 + 1 for number in range(1, 501))
    assert tally.required(501, 501) > 501 // 2 + 1


REGIONS = [
    (3, "A B C", {"region": "north"}),
    (1, "B C A", {"region": "south"}),
    (1, "B C A", {"region": "west"}),
]


def test_spread_counts_categories_not_ballots():
    result = counted(REGIONS, spread={"region": 500})
    found = themes(result)
    assert found["A"].supported == {"region": ("north",)}
    assert found["B"].supported == {"region": ("north", "south", "west")}, "points of exactly ½ are support"
    assert found["C"].supported == {"region": ("south", "west")}
    assert [found[key].spread_met for key in "ABC"] == [False, True, True]
    assert result.order.points == ("B", "A", "C")
    assert [(topic.key, topic.spread_met) for topic in result.topics] == [("B", True)]


def test_the_first_with_spread_is_the_topic():
    result = counted([(9, "A B C", {"region": "north"}), *REGIONS[1:]], spread={"region": 500}, topics=2)
    assert result.order.points == ("A", "B", "C")
    assert [topic.key for topic in result.topics] == ["B", "C"]


def test_places_missing_go_to_those_nearest_to_spread():
    result = counted([(9, "A B C", {"region": "north"}), *REGIONS[1:]], spread={"region": 1000}, topics=3)
    assert result.order.points == ("A", "B", "C")
    # B has 3 of 3; C has 2 of 3, A one: C comes first of the two although A is before it in the order.
    assert [(topic.key, topic.spread_met) for topic in result.topics] == [
        ("B", True),
        ("C", False),
        ("A", False),
    ]


def test_the_smallest_ratio_counts_and_a_dimension_that_asks_for_nothing_does_not():
    support = tally.Support({"r": ("a",), "s": ("x", "y"), "t": ()}, {"r": 2, "s": 3, "t": 0})
    assert support.ratio == Fraction(1, 2)
    assert not support.has_spread
    assert tally.Support({"t": ()}, {"t": 0}).has_spread
    assert tally.Support({}, {}).ratio == 1


def test_focus_objectives_go_by_share_then_number():
    result = with_objectives([[5, 2], [2], [9]], [(3, "A B")], objectives={"A": [9, 7, 5, 2], "B": [1]})
    assert result.topics[0].focus == (2, 5, 9, 7)


@for_each("method", ["points", "schulze", "runoff"])
def test_unweighted_beside_weighted(method):
    votes = [(3, "A B C", {"region": "north"}), (1, "C B A", {"region": "south"})]
    bundle = parsed(election(votes, method=method, balance={"region": {"north": 0.4, "south": 0.6}}))
    result = count(bundle)
    assert getattr(result.order, method)[0] == "C"
    assert result.order.unweighted[0] == "A"
    assert [theme.unweighted for theme in result.themes] == [Fraction(3, 4), Fraction(1, 2), Fraction(1, 4)]
    assert (result.topics[0].key, result.firmness.unweighted) == ("C", ("A",))


def test_of_many_themes_the_order_is_that_of_the_whole_key():
    """Scores, then comparisons won, then relevance, then the tie order, with many equals in each."""
    chance = np.random.default_rng(3)
    objectives = [(1 + number % 23, 1 + (number + 5) % 23) for number in range(80)]
    for marks in ([*range(23)], [10**30 * number for number in range(23)], [0] * 23):
        won = chance.integers(0, 3, 80).tolist()
        sums = tally.Sums(7, won, 3, marks)
        parts = tuple(chance.integers(0, 4, 80).tolist())
        ties = chance.permutation(80).tolist()
        relevant = [30 * sum(marks[number - 1] for number in numbers) for numbers in objectives]
        order = tally.points_order(objectives, sums, tally.Scores(parts, 1, 1), ties)
        assert order == sorted(range(80), key=lambda x: (-parts[x], -won[x], -relevant[x], ties[x]))
        told = tally.scores(objectives, sums, 250)
        assert told.fractions() == [
            Fraction(750 * own, 1000 * sums.comparisons)
            + Fraction(250, 1000) * tally.relevance(numbers, sums)
            for own, numbers in zip(won, objectives, strict=True)
        ]
