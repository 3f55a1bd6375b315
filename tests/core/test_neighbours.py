"""Each rule of the count on five themes and more, where the rules that resemble it answer differently.

With three themes many rules agree: "the upper half of the themes" is then the same as "half of the points".
Each test names the neighbours that it tells the rule from; its figures can be followed with a pencil. A
ballot over five themes gives 8, 6, 4, 2 and 0 halves of a comparison, from the first place to the last.
"""

import hashlib
from fractions import Fraction

import pytest

from consulta.core.counting import profile, tally
from consulta.core.counting.count import count
from consulta.core.trust.chance import tie_order
from tests.cases import for_each
from tests.core.build import election, parsed, seat
from tests.core.results import figures, result_of
from tests.core.test_by_hand import without_topic
from tests.core.test_robustness import margin_of

NORTH, SOUTH, WEST, EAST = ({"country": name, "sector": "ngo"} for name in ("NO", "SO", "WE", "EA"))


def supported(result):
    return {theme["key"]: theme["supported"]["country"] for theme in result["themes"]}


def with_spread(result):
    return "".join(theme["key"] for theme in result["themes"] if theme["spread_met"])


# -- support and spread


def regions(thousandths):
    """Three regions and a silent one.

    Halves, half of what can be won in brackets: north A 18, B 16, C 14, D 12, E 0 (12); south A 24, B 14, C
    12, D 8, E 2 (12); west A 32, all others 12 (16).
    """
    votes = [
        (1, "A B C D E", NORTH),
        (1, "A C B D E", NORTH),
        (1, "D B C A E", NORTH),
        (1, "A B C D E", SOUTH),
        (1, "A C B E D", SOUTH),
        (1, "A D B C E", SOUTH),
        (1, "A B C D E", WEST),
        (1, "A C B E D", WEST),
        (1, "A D E B C", WEST),
        (1, "A E D C B", WEST),
    ]
    return election(votes, seats=[seat("silent", EAST)], spread={"country": thousandths})


def test_support_is_half_of_the_points_and_no_place_among_the_themes():
    """North supports the fourth of five, which has exactly half; west only the first.

    Not the rules "upper half of the themes" (D in the north, B and C in the west), "more than half" (D in the
    north, C in the south) and "first on most ballots" (B nowhere).
    """
    result = result_of(regions(600))
    assert figures(result, "points")["A"] == Fraction(18 + 24 + 32, 80)
    assert supported(result) == {
        "A": ["NO", "SO", "WE"],
        "B": ["NO", "SO"],
        "C": ["NO", "SO"],
        "D": ["NO"],
        "E": [],
    }


@for_each(
    "thousandths, themes",
    [(0, "ABCDE"), (1, "ABCD"), (333, "ABCD"), (334, "ABC"), (600, "ABC"), (667, "A"), (1000, "A")],
)
def test_spread_is_counted_up_among_the_places_with_ballots(thousandths, themes):
    """Of the three places with ballots 334 thousandths are 1.002, that is two, and 667 are 2.001, that is
    three.

    Not rounded down or to the nearest, and not of the four places on the roll: 600 of four would be 2.4,
    three.
    """
    assert with_spread(result_of(regions(thousandths))) == themes


def test_support_counts_what_ballots_are_worth():
    """An organisation of base 3 and two of base 1: of 40 halves A wins 16, B 18, C 20, D 22, E 24.

    By ballots A would win 16 of 24 and be supported, and E not.
    """
    bundle = election(
        [(1, "E D C B A", NORTH), (2, "A B C D E", NORTH)],
        spread={"country": 500},
    )
    bundle["seats"][0]["base"] = 3
    result = result_of(bundle)
    assert figures(result, "points")["A"] == Fraction(16, 40)
    assert with_spread(result) == "CDE"


def test_support_counts_the_weights_of_balance():
    """Three ngos are to have a quarter of the weight and one union the rest: a third each, and 3.

    Of 32 halves E wins 24, D 20, C 16, B 12 and A 8; without weights it would be the other way round.
    """
    ngo, union = {"country": "NO", "sector": "ngo"}, {"country": "NO", "sector": "union"}
    votes = [(3, "A B C D E", ngo), (1, "E D C B A", union)]
    shares = {"sector": {"ngo": 0.25, "union": 0.75}}
    result = result_of(election(votes, spread={"country": 1000}, balance=shares))
    assert figures(result, "unweighted")["A"] == Fraction(24, 32)
    assert float(figures(result, "points")["A"]) == pytest.approx(8 / 32, abs=1e-5)
    assert with_spread(result) == "CDE"


def test_support_is_counted_of_many_themes_as_of_few():
    """Of 24 themes on one ballot each wins 46, 44, 42 … halves, and 23 are needed: the first twelve."""
    keys = [f"t{number:02}" for number in range(24)]
    result = result_of(election([(1, " ".join(keys), NORTH)], spread={"country": 1000}))
    assert [theme["key"] for theme in result["themes"] if theme["spread_met"]] == keys[:12]


def test_spread_asks_in_every_dimension():
    """A has both places and one of two sectors; B both sectors and one of two places; only C has all.

    There is one ballot in each sector of each place. Not the rule "in any dimension".
    """
    one, two = {"country": "NO", "sector": "ngo"}, {"country": "SO", "sector": "ngo"}
    three, four = {"country": "NO", "sector": "union"}, {"country": "SO", "sector": "union"}
    votes = [(1, "A C B D E", one), (1, "A C D E B", two), (1, "C B D E A", three), (1, "C B A D E", four)]
    result = result_of(election(votes, spread={"country": 1000, "sector": 1000}))
    # Of 16 halves, 8 are needed. A: north 8, south 12, ngo 16, union 4. B: 10, 6, 4, 12. C: 14, 14, 12, 16.
    by_theme = {theme["key"]: theme["supported"] for theme in result["themes"]}
    assert by_theme["A"] == {"country": ["NO", "SO"], "sector": ["ngo"]}
    assert by_theme["B"] == {"country": ["NO"], "sector": ["union"]}
    assert with_spread(result) == "C"


def chosen(order, support, topics):
    """So many topics, one after another, all from one order."""
    found = []
    while len(found) < topics:
        found.append(tally.next_topic([x for x in order if x not in found], support.__getitem__))
    return found


def test_more_support_than_asked_in_one_dimension_makes_up_for_none_in_another():
    """Not the rule "as many categories as all dimensions require together"."""
    need = {"place": 2, "sector": 2}
    uneven = tally.Support({"place": ("a", "b", "c"), "sector": ("x",)}, need)
    even = tally.Support({"place": ("a", "b"), "sector": ("x", "y")}, need)
    assert (uneven.has_spread, uneven.ratio) == (False, Fraction(1, 2))
    assert (even.has_spread, even.ratio) == (True, 1)
    assert chosen([0, 1], [uneven, even], 1) == [1]


def test_missing_places_go_by_the_smallest_ratio():
    """Ratios (places, sectors): 1/3 2/2, all, 2/3 1/2, 2/3 2/2, 3/3 1/2; the smallest: 1/3, 1, 1/2, 2/3, 1/2.

    Not by the sum of the ratios (3, 4, 0, 2), the largest one, or the categories missing (3 and 4 one each).
    """
    need = {"place": 3, "sector": 2}
    places, sectors = ("a", "b", "c"), ("x", "y")
    support = [
        tally.Support({"place": places[:in_places], "sector": sectors[:in_sectors]}, need)
        for in_places, in_sectors in [(1, 2), (3, 2), (2, 1), (2, 2), (3, 1)]
    ]
    found = [chosen([0, 1, 2, 3, 4], support, topics) for topics in range(1, 6)]
    assert found == [[1], [1, 3], [1, 3, 2], [1, 3, 2, 4], [1, 3, 2, 4, 0]]
    assert chosen([4, 3, 2, 1, 0], support, 4) == [1, 3, 4, 2], "equal ones by the order"


def test_of_those_with_spread_the_order_alone_decides():
    need = {"place": 1}
    support = [tally.Support({"place": ("a",) * number}, need) for number in (0, 1, 3, 1, 2)]
    assert chosen([0, 3, 1, 4, 2], support, 3) == [3, 1, 4]


# -- points, relevance and score


def test_points_of_ballots_that_name_few_themes():
    """Those not named are equal in the last place and win half of their comparisons with one another.

    "A B" gives A 8, B 6 and the three others 2 each; "C D E" 8, 6, 4, and A and B 1 each; "E=B A" gives E
    and B 7 each, A 4, and C and D 1 each. Not 0 for a theme that is not named, not the better place for a
    tie, and not 5, 4, 3 … by the place on the ballot alone.
    """
    result = result_of(election([(2, "A B"), (1, "C D E"), (1, "E=B A")]))
    assert figures(result, "points") == {
        "A": Fraction(16 + 1 + 4, 32),
        "B": Fraction(12 + 1 + 7, 32),
        "C": Fraction(4 + 8 + 1, 32),
        "D": Fraction(4 + 6 + 1, 32),
        "E": Fraction(4 + 4 + 7, 32),
    }
    assert result["order"]["points"] == ["A", "B", "E", "C", "D"]
    assert [row[0] for row in result["pairs"][1:]] == [
        (1 + 2) * 10**6,  # B above A once, equal once (C D E)
        2 * 10**6,
        2 * 10**6,
        (2 + 2) * 10**6,
    ]


def test_relevance_is_the_mean_over_the_objectives_of_a_theme():
    """Three ballots name objectives: 5 is on all, 1 and 2 on one each.

    A mean of four objectives, two of them held by a third, is 1/6. Not the sum (2/3), not the largest (1/3),
    and not a share of all four ballots (1/8). The score is three parts of points and one of relevance.
    """
    objectives = {"A": [1, 2, 3, 4], "B": [5], "C": [1], "D": [2, 6], "E": [7]}
    bundle = election([(3, "A B C D E"), (1, "E A D B C")], objectives=objectives, objective_share=250)
    for ballot, named in zip(bundle["ballots"], [[1, 5], [5], [2, 5], []], strict=True):
        ballot["objectives"] = named
    result = result_of(bundle)
    sixteenths = {"A": 15, "B": 10, "C": 6, "D": 5, "E": 4}
    relevance = {"A": "1/6", "B": "1", "C": "1/3", "D": "1/6", "E": "0"}
    assert figures(result, "points") == {key: Fraction(n, 16) for key, n in sixteenths.items()}
    assert figures(result, "relevance") == {key: Fraction(text) for key, text in relevance.items()}
    assert figures(result, "score") == {
        key: (3 * Fraction(n, 16) + Fraction(relevance[key])) / 4 for key, n in sixteenths.items()
    }
    assert result["order"]["points"] == ["A", "B", "C", "D", "E"]
    assert result["topics"][0]["focus"] == [1, 2, 3, 4]


# -- the three orders


def test_schulze_on_the_example_of_its_author():
    """Schulze 2011, 45 ballots over five themes: E A C B D.

    Points say E A B C D, as does the number of duels won (E 3, A, B and C 2, D 1) with points behind it;
    ranked pairs say A C E B D, the run-off E C B A D.
    """
    votes = [
        (5, "A C B E D"),
        (5, "A D E C B"),
        (8, "B E D A C"),
        (3, "C A B E D"),
        (7, "C A E B D"),
        (2, "C B A D E"),
        (7, "D C E B A"),
        (8, "E B A D C"),
    ]
    result = result_of(election(votes))
    assert result["order"]["schulze"] == list("EACBD")
    assert result["order"]["points"] == list("EABCD")
    assert result["condorcet_winner"] is None


def test_schulze_is_no_rule_of_the_smallest_defeat():
    """A, B and C beat one another in a circle by 10 each, D loses to each by 2 and E to all by 20.

    By the smallest of the largest defeats D would stand first. A path is as strong as its weakest link, so
    that A, B and C are equal and points part them.
    """
    margins = {
        "AB": 10,
        "BC": 10,
        "CA": 10,
        "AD": 2,
        "BD": 2,
        "CD": 2,
        "AE": 20,
        "BE": 20,
        "CE": 20,
        "DE": 20,
    }
    pairs = [
        [0 if x == y else 50 + margins.get(x + y, 0) - margins.get(y + x, 0) for y in "ABCDE"]
        for x in "ABCDE"
    ]
    assert tally.schulze_order(pairs, [5, 7, 6, 9, 8], [0, 1, 2, 3, 4]) == [1, 2, 0, 3, 4]
    assert tally.schulze_order(pairs, [5, 5, 5, 9, 8], [2, 0, 1, 3, 4]) == [1, 2, 0, 3, 4], (
        "then the tie order"
    )


def test_schulze_follows_paths_of_more_than_two_links():
    """A beats B by 9, B C by 8, C D by 7, D E by 6, and E beats A by 1; all others draw.

    A path of four links is as strong as 6, the way back 1: all are ordered along it. With paths of two links
    only, A and D, A and E would be equal.
    """
    margins = {"AB": 9, "BC": 8, "CD": 7, "DE": 6, "EA": 1}
    pairs = [
        [0 if x == y else 50 + margins.get(x + y, 0) - margins.get(y + x, 0) for y in "ABCDE"]
        for x in "ABCDE"
    ]
    assert tally.schulze_order(pairs, [0, 1, 2, 3, 4], [4, 3, 2, 1, 0]) == [0, 1, 2, 3, 4]


def test_a_theme_that_draws_one_duel_is_no_condorcet_winner():
    """A beats B, C and D by two of six and draws with E: more value must hold it above each of the others."""
    votes = [(2, "A B C D E"), (1, "A C B E D"), (2, "E A D C B"), (1, "E A B C D")]
    result = result_of(election(votes))
    assert result["pairs"][0][4] == result["pairs"][4][0]
    assert result["condorcet_winner"] is None
    assert result_of(election([*votes, (1, "A E B C D")]))["condorcet_winner"] == "A"


RUNOFF = [(7, "A B C D E"), (6, "B C A D E"), (5, "C A B D E"), (3, "D C B A E"), (2, "E C D B A")]


def test_a_runoff_moves_each_ballot_to_the_next_theme_left():
    """E goes (2, to C), D (3, to C), B (6, to C: 16), and C stands against A with 7.

    Not the two with most first places alone (A wins 12 to 11), not the theme that most put last going first
    (A would go third), not first places (A B C D E) and not points (C B A D E).
    """
    found = profile.from_bundle(parsed(election(RUNOFF)), [])
    steps = tally.runoff(found, found.weighing([1]), [0, 1, 2, 3, 4])
    assert [(dict(step.totals), step.out) for step in steps] == [
        ({0: 7, 1: 6, 2: 5, 3: 3, 4: 2}, 4),
        ({0: 7, 1: 6, 2: 7, 3: 3}, 3),
        ({0: 7, 1: 6, 2: 10}, 1),
        ({0: 7, 2: 16}, 0),
        ({2: 23}, 2),
    ]
    order = result_of(election(RUNOFF))["order"]
    assert (order["runoff"], order["points"]) == (list("CABDE"), list("CBADE"))


def test_of_equal_themes_the_one_later_in_the_tie_order_goes_first():
    """Five ballots that name one theme each: the order is the tie order, and what is left is exhausted."""
    found = profile.from_bundle(parsed(election([(1, key) for key in "ABCDE"])), [])
    steps = tally.runoff(found, found.weighing([1]), [2, 0, 3, 1, 4])
    assert tally.runoff_order(steps) == [1, 3, 0, 2, 4]
    assert [sum(step.totals.values()) for step in steps] == [5, 4, 3, 2, 1]


def test_a_tier_is_split_among_the_themes_left_in_it():
    """Base 12 holds A, B, C and D equal: 3 each; without D 4 each, without D and C 6 each. E has 5 of its
    own.

    Not the whole value for each theme of the tier, and not a quarter for ever.
    """
    bundle = election([(1, "A=B=C=D E"), (1, "E")])
    bundle["seats"][0]["base"], bundle["seats"][1]["base"] = 12, 5
    found = profile.from_bundle(parsed(bundle), [])
    weigh = found.weighing(profile.bases_of(found))
    assert tally.first_values(found, weigh, [0, 1, 2, 3, 4]) == {0: 3, 1: 3, 2: 3, 3: 3, 4: 5}
    assert tally.first_values(found, weigh, [0, 1, 2, 4]) == {0: 4, 1: 4, 2: 4, 4: 5}
    assert tally.first_values(found, weigh, [0, 1, 4]) == {0: 6, 1: 6, 4: 5}
    assert tally.runoff_order(tally.runoff(found, weigh, [0, 1, 2, 3, 4])) == [0, 1, 4, 2, 3]


# -- the tie order


@for_each("method", ["points", "schulze", "runoff"])
def test_what_is_equal_in_all_goes_by_the_digest_of_seed_label_and_key(method):
    """Each of five themes is first on one ballot, second on one, and so on: only chance is left."""
    keys = "ABCDE"
    bundle = election([(1, " ".join(keys[n:] + keys[:n])) for n in range(5)], method=method)
    result = result_of(bundle)
    assert set(figures(result, "points").values()) == {Fraction(1, 2)}
    by_digest = sorted(
        keys, key=lambda key: hashlib.sha256(f"{result['seed']}|theme|{key}".encode()).hexdigest()
    )
    assert [*tie_order(keys, result["seed"], "theme")] == by_digest != sorted(keys)
    assert result["order"]["points"] == result["order"]["schulze"] == by_digest
    assert result["order"]["runoff"][-1] == by_digest[-1], "of five equal ones the last in the tie order goes"


# -- balance: targets and bounds


ROLL = {"a": [16], "b": [1] * 9, "c": [1] * 4, "d": [1], "e": [2, 2]}
VOTED = {"a": 1, "b": 3, "c": 2, "d": 1, "e": 0}


@for_each(
    "target, shares",
    [
        ("equal", [1 / 4, 1 / 4, 1 / 4, 1 / 4, 0]),
        ("roll", [16 / 30, 9 / 30, 4 / 30, 1 / 30, 0]),
        ("sqrt", [4 / 10, 3 / 10, 2 / 10, 1 / 10, 0]),
        ({"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.2, "e": 0.2}, [1 / 8, 2 / 8, 3 / 8, 2 / 8, 0]),
    ],
)
def test_targets_are_of_the_roll_and_what_is_silent_is_shared_in_proportion(target, shares):
    """Base on the roll: 16 (one seat), 9, 4, 1, and 4 of a category in which nobody votes.

    Not of the seats (1, 9, 4, 1), not of the ballots (1, 3, 2, 1) or their base; "equal" not a fifth each.
    The silent share is not split equally: given shares keep their ratio, 1 to 2 to 3 to 2.
    """
    bundle = election([(1, "A B")], balance={"area": target})
    bundle["seats"], bundle["ballots"] = [], []
    for name, bases in ROLL.items():
        for number, base in enumerate(bases):
            bundle["seats"].append(seat(f"{name}{number}", {"area": name}, base))
            if number < VOTED[name]:
                bundle["ballots"].append({"seat": f"{name}{number}", "ranking": [["A"]]})
    margins = result_of(bundle)["weights"]["margins"]
    assert [margin["category"] for margin in margins] == list(ROLL)
    assert [margin["silent"] for margin in margins] == [False, False, False, False, True]
    assert [margin["target"] for margin in margins] == pytest.approx(shares, abs=5e-7)


def test_weights_rest_on_both_bounds_and_the_rest_meets_its_target():
    """Twenty ballots in five categories that are to weigh the same, weights from 1/2 to 5/2.

    14 ballots would need 2/7 each and stop at 1/2: together 7. Single ballots would need 4 and stop at 5/2: 5
    together. Of 20 that leaves 8 for the other four: 2 each, their target. Design effect: 14/4 + 4 · 4 + 2 ·
    25/4 = 32, times 20, by 20 squared: 8/5, so that 20 ballots count as 12.5.
    """
    sizes = {"a": 14, "b": 2, "c": 2, "d": 1, "e": 1}
    votes = [(number, "A B", {"area": name}) for name, number in sizes.items()]
    weights = result_of(election(votes, balance={"area": "equal"}, weight_bounds=[0.5, 2.5]))["weights"]
    assert {cell["categories"]["area"]: cell["micro"] for cell in weights["cells"]} == {
        "a": 500_000,
        "b": 2_000_000,
        "c": 2_000_000,
        "d": 2_500_000,
        "e": 2_500_000,
    }
    assert [cell["at_bound"] for cell in weights["cells"]] == ["lower", None, None, "upper", "upper"]
    assert [margin["miss"] for margin in weights["margins"]] == [0.15, 0.0, 0.0, 0.075, 0.075]
    assert (weights["met"], weights["largest_miss"], weights["at_bounds"]) == (False, 0.15, 3)
    assert (weights["design_effect"], weights["effective_ballots"]) == (1.6, 12.5)


@for_each("missing, met", [(100, True), (101, False)])
def test_a_miss_of_one_in_ten_thousand_is_the_last_that_counts_as_met(missing, met):
    """Weights are 1 by their bounds; a share of 1/2 is asked, and 5,000 less `missing` of 10,000 are there.

    Bases stand for the ballots: a miss of 0.0001 is met, one of 0.000101 is not.
    """
    bundle = election([(1, "A B", {"area": "a"}), (1, "A B", {"area": "b"})], balance={"area": "equal"})
    bundle["rules"]["weight_bounds"] = [1, 1]
    bundle["seats"][0]["base"], bundle["seats"][1]["base"] = 500_000 - missing, 500_000 + missing
    weights = count(parsed(bundle), resamples=0).weights
    assert weights.met is met


# -- how firm the topic is


def test_the_margin_recasts_ballots_with_the_rival_first_and_the_topic_last():
    """A has 160 of the halves, B 126; a ballot "A B C D E" re-cast gives B two more and takes eight from A.

    Three make 30, four 40: four are enough for 34. Not an exchange of A and B on the ballot (4 a ballot:
    nine), and E, last on most ballots, gains 16 a ballot of 136: nine.
    """
    result = result_of(election([(20, "A B C D E"), (3, "E D C B A")]))
    assert {key: 23 * 8 * points for key, points in figures(result, "points").items()} == {
        "A": 160,
        "B": 126,
        "C": 92,
        "D": 58,
        "E": 24,
    }
    assert result["firmness"]["margin"]["level"] == {"ballots": 4, "rival": "B"}


def test_the_margin_is_reached_where_the_rival_is_before_the_topic():
    """A has 160, B 120 + 6 + 2 + 2 = 130.

    Three ballots that gain ten each bring B level: then the lot decides, and where it is for A a fourth is
    needed.
    """
    result = result_of(election([(20, "A B C D E"), (1, "E B D C A"), (2, "E D C B A")]))
    needed = 3 if tie_order(["A", "B"], result["seed"], "theme")[0] == "B" else 4
    assert result["firmness"]["margin"]["level"] == {"ballots": needed, "rival": "B"}


def test_leaving_out_a_place_weighs_the_sectors_anew():
    """Ngos and unions count for one half each. Without the north one ngo is left: it counts for half alone.

    Then B wins 16 halves of it and 8 of the unions, A 16 of the unions alone. With the weights of before the
    ngo would count for 0.9 and the unions for 4.5: A would stay.
    """
    union = {"country": "WE", "sector": "union"}
    votes = [(5, "A B C D E", NORTH), (1, "B D E C A", SOUTH), (3, "A C B D E", union)]
    bundle = election(votes, balance={"sector": "equal"})
    assert without_topic(bundle) == {
        ("country", "NO"): "B",
        ("country", "SO"): "A",
        ("country", "WE"): "A",
        ("sector", "ngo"): "A",
        ("sector", "union"): "A",
    }


def test_five_figures_of_the_margin_that_all_differ():
    """27 ballots in three places, of which two must support a topic. Halves (needed: 40, 32, 36 in a place):

    north A 26, B 34, C 80, D 60, E 0; south A 24, B 64, C 24, D 8, E 40; west A 44, B 68, C 14, D 8, E 46;
    in all A 94, B 166, C 118, D 76, E 86. B is the topic; B and E are supported in south and west.

    * `level`: C is 48 behind and gains 14 on each of eleven ballots: four pass (three make 42). It lacks one
      place, the south, where two ballots more with C first are enough: four in all.
    * `choosable`: only E has spread; it is 80 behind and gains 12 at most: six make 72, seven pass.
    * `support`: B may win 32 halves too many in the south; a ballot with B first takes eight: five lose it.
    """
    votes = [
        (3, "C D A B E", NORTH),
        (7, "C D B A E", NORTH),
        (4, "B E C D A", SOUTH),
        (4, "B A E C D", SOUTH),
        (7, "B E A C D", WEST),
        (2, "A B D E C", WEST),
    ]
    bundle = election(votes, spread={"country": 600})
    result = result_of(bundle)
    assert {key: 27 * 8 * points for key, points in figures(result, "points").items()} == {
        "A": 94,
        "B": 166,
        "C": 118,
        "D": 76,
        "E": 86,
    }
    assert with_spread(result) == "BE"
    assert margin_of(bundle) == {
        "level": {"ballots": 4, "rival": "C"},
        "choosable": {"ballots": 7, "rival": "E"},
        "support": {"ballots": 5, "dimension": "country"},
        "at_least": 4,
        "enough": 5,
    }


def test_a_rival_needs_the_support_of_every_dimension_and_pays_for_the_dearest():
    """Halves: B 9 · 6 + 3 · 8 = 78, A 72, C 54, D 30, E 6; all of two places and two sizes must support.

    A passes with one ballot of B first, which brings 16. It has nothing in the south, where one of one ballot
    must turn, nor among the small, where two of three must (24 halves, half of them 12): two, not one.
    C is supported everywhere, as B is; it is 24 behind, ten a ballot: three.
    """
    large, small = {"country": "NO", "size": "large"}, {"country": "NO", "size": "small"}
    votes = [
        (9, "A B C D E", large),
        (2, "B C D E A", small),
        (1, "B C D E A", {"country": "SO", "size": "small"}),
    ]
    assert margin_of(election(votes, spread={"country": 1000, "size": 1000})) == {
        "level": {"ballots": 2, "rival": "A"},
        "choosable": {"ballots": 3, "rival": "C"},
        "support": {"ballots": 1, "dimension": "country"},
        "at_least": 1,
        "enough": 1,
    }


def test_each_of_the_23_objectives_has_its_own_share():
    """Ballot k has base k and names objective k alone: of 1 + 2 + … + 23 = 276 it has k."""
    bundle = election([(23, "A B C D E")])
    for number, (entry, ballot) in enumerate(zip(bundle["seats"], bundle["ballots"], strict=True), start=1):
        entry["base"], ballot["objectives"] = number, [number]
    shares = [Fraction(line["share"]) for line in result_of(bundle)["objectives"]]
    assert shares == [Fraction(number, 276) for number in range(1, 24)]


def test_schulze_counts_themes_beaten_and_not_themes_that_draw():
    """A beats B, B beats C, D beats E by the smallest margin there is; all others draw.

    Beaten: A 2, B and D 1, C and E 0. Counting draws too, D (4) would stand before A (4) by its points.
    """
    margins = {"AB": 9, "BC": 8, "DE": 1}
    pairs = [
        [0 if x == y else 50 + margins.get(x + y, 0) - margins.get(y + x, 0) for y in "ABCDE"]
        for x in "ABCDE"
    ]
    assert tally.schulze_order(pairs, [0, 0, 0, 4, 5], [0, 1, 2, 3, 4]) == [0, 3, 1, 4, 2]
