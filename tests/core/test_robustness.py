"""How many organisations could have changed the topic: by hand, by a second count, by trying everything."""

import itertools
import json
from fractions import Fraction
from hashlib import sha256

from hypothesis import event, given, settings
from hypothesis import strategies as st

from consulta.core.counting import bundle as bundles_of
from consulta.core.counting.count import (
    _election,
    count,
    count_columns,
    robustness_of_bundle,
    verify_robustness,
)
from consulta.core.counting.robustness import Robustness
from tests.cases import for_each
from tests.core import counted
from tests.core.build import election
from tests.core.elections import bundles, category, encoded
from tests.core.results import result_of
from tests.deep import examples

EXAMPLES = settings.default.max_examples
NORTH, SOUTH, WEST = ({"country": name, "sector": "ngo"} for name in ("NO", "SO", "WE"))


def document(bundle):
    """The document about a bundle, as its file has it."""
    parsed = bundles_of.parse(encoded(bundle))
    return json.loads(robustness_of_bundle(parsed, 0).to_json())


def margin_of(bundle):
    return document(bundle)["margin"]


# -- by hand


def test_the_document_names_bundle_seed_method_and_topic():
    bundle = election([(3, "A B"), (1, "B A")])
    assert document(bundle) == {
        "format": "consulta-robustness/3",
        "bundle_sha256": sha256(encoded(bundle)).hexdigest(),
        "seed": counted.seed_of(bundle),
        "method": "points",
        "topics": ["A"],
        "margin": margin_of(bundle),
    }


def test_to_draw_level_is_not_to_pass():
    """Three against one: one ballot turned makes two against two, and then the tie order decides."""
    bundle = election([(3, "A B"), (1, "B A")])
    first = counted.in_tie_order(["A", "B"], "theme", counted.seed_of(bundle))[0]
    needed = 1 if first == "B" else 2
    assert margin_of(bundle) == {
        "level": {"ballots": needed, "rival": "B"},
        "choosable": {"ballots": needed, "rival": "B"},
        "support": None,
        "at_least": needed,
        "enough": needed,
    }
    assert result_of(bundle)["firmness"]["margin"] == margin_of(bundle)


def test_where_scores_are_level_points_decide_and_then_relevance():
    """Half of the score is relevance: A leads by points, B by relevance; level, A stands first by points."""
    bundle = election([(4, "A B"), (2, "B A")], objectives={"A": [1], "B": [2]}, objective_share=500)
    for ballot, objectives in zip(bundle["ballots"], [[1], [1], [2], [2], [], []], strict=True):
        ballot["objectives"] = objectives
    assert margin_of(bundle)["enough"] == passing_by_search(bundle)


@for_each("named, ballots", [(2, 1), (1, 2), (3, None)])
def test_where_points_are_all_and_level_relevance_decides_and_then_the_lot(named, ballots):
    """Four put A first and two put B first: one ballot draws level, and two let B pass in any case."""
    bundle = election([(4, "A B"), (2, "B A")], objectives={"A": [1], "B": [2]}, objective_share=0)
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [named]
    enough = margin_of(bundle)["enough"]
    assert enough == passing_by_search(bundle)
    assert enough == ballots if ballots else enough in {1, 2}


def passing_by_search(bundle):
    return counted.margin(counted.table_of(bundle))["enough"]


def test_a_rival_ahead_without_spread_must_find_support_first():
    """A has most points, all of them in the north. B is the topic: it is supported in two places of three.

    A passes nobody any more; it needs one more place: one ballot in the south or the west, where it has none.
    B keeps its two places unless the only ballot of one of them turns.
    """
    votes = [(9, "A B C", NORTH), (1, "B C A", SOUTH), (1, "B C A", WEST)]
    bundle = election(votes, spread={"country": 500})
    assert result_of(bundle)["topics"][0]["key"] == "B"
    margin = margin_of(bundle)
    assert margin["level"] == {"ballots": 1, "rival": "A"}
    assert margin["at_least"] == 1
    # B is supported in all three: A first, B second is half of what it can win. Two places must be lost.
    assert margin["support"] == {"ballots": 2, "dimension": "country"}
    # C wins half or more in south and west; it is choosable.
    assert margin["choosable"]["rival"] == "C"
    assert margin["enough"] == min(margin["choosable"]["ballots"], 2)


def test_five_themes_by_hand():
    """Nine ballots over five themes, eight comparisons each, so that 72 can be won.

    A wins 4·8 + 3·6 + 2·0 = 50, B 4·6 + 3·8 + 2·2 = 52. A is two behind; a ballot B A C D E, re-cast with A
    first and B last, takes 8 from B and brings A 2: one is enough to pass.
    """
    votes = [(4, "A B C D E"), (3, "B A C D E"), (2, "E D C B A")]
    bundle = election(votes)
    result = result_of(bundle)
    assert [(t["key"], t["points"]) for t in result["themes"]][:2] == [("A", "25/36"), ("B", "13/18")]
    margin = margin_of(bundle)
    assert margin["level"] == margin["choosable"] == {"ballots": 1, "rival": "A"}
    assert (margin["at_least"], margin["enough"]) == (1, 1)


def test_a_topic_that_needs_many_places_can_lose_them_by_few_ballots():
    """A beats all by far, but needs three places of three: one ballot in a place of one takes it away."""
    votes = [(8, "A B C D E", NORTH), (8, "A C B D E", SOUTH), (1, "A B C D E", WEST)]
    bundle = election(votes, spread={"country": 1000})
    margin = margin_of(bundle)
    assert margin["support"] == {"ballots": 1, "dimension": "country"}
    assert margin["level"]["ballots"] > 1
    assert margin["at_least"] == 1
    assert margin["enough"] == margin["support"]["ballots"]  # B has spread, too, and would be chosen


def test_no_theme_with_spread():
    """Each theme has its own place: a topic without spread hangs on any ballot, and no level is told."""
    votes = [(3, "A B C", NORTH), (2, "B C A", SOUTH), (2, "C A B", WEST)]
    bundle = election(votes, spread={"country": 1000})
    result = result_of(bundle)
    assert not result["topics"][0]["spread_met"]
    margin = margin_of(bundle)
    assert (margin["level"], margin["support"], margin["at_least"]) == (None, None, 1)
    assert margin["enough"] == (margin["choosable"] and margin["choosable"]["ballots"])


def test_no_change_of_rankings_reaches_a_relevance_that_is_out_of_reach():
    bundle = election([(3, "A B")], objectives={"A": [1], "B": [2]}, objective_share=1000)
    for ballot in bundle["ballots"]:
        ballot["objectives"] = [1]
    assert margin_of(bundle) == dict.fromkeys(["level", "choosable", "support", "at_least", "enough"])


def test_of_several_topics_no_margin_is_told():
    assert margin_of(election([(3, "A B C"), (1, "B A C")], topics=2)) is None


def test_by_other_methods_nothing_is_told():
    for method in ("schulze", "runoff"):
        margin = margin_of(election([(3, "A B"), (1, "B A")], method=method))
        assert margin is None


# -- by a second count


@settings(max_examples=examples(2 * EXAMPLES))
@given(bundles(max_themes=6, max_seats=21, methods=("points",), gaps=True))
def test_two_counts_agree(bundle):
    bundle["rules"]["topics"] = 1
    found = margin_of(bundle)
    expected = counted.margin(counted.table_of(bundle))
    event(f"with spread: {found['support'] is not None}, told: {found['enough'] is not None}")
    assert found == expected


@settings(max_examples=EXAMPLES)
@given(bundles(max_themes=5, max_seats=12), st.sampled_from([1, 7, 20, 60]))
def test_two_counts_agree_on_places(bundle, resamples):
    """Over every method: the places that five and ninety-five of a hundred repetitions do not exceed."""
    parsed = bundles_of.parse(encoded(bundle))
    told = json.loads(robustness_of_bundle(parsed, resamples).to_json())["places"]
    expected = counted.count(bundle, resamples)["themes"]
    assert [[row["theme"], [row["best"], row["worst"]]] for row in told] == [
        [theme["key"], theme["places"]] for theme in expected
    ]
    event(f"apart: {any(row['best'] < row['worst'] for row in told)}")
    for row in told:
        assert 1 <= row["best"] <= row["worst"] <= len(bundle["themes"])


def test_who_counts_again_refuses_other_places_and_other_documents():
    bundle = election([(5, "A B C"), (4, "B A C"), (3, "C B A")])
    parsed = bundles_of.parse(encoded(bundle))
    whole = robustness_of_bundle(parsed)
    told = json.loads(whole.to_json())
    assert Robustness.parse(whole.to_json()) == whole
    assert verify_robustness(parsed, whole.to_json()) is None
    assert verify_robustness(parsed, json.dumps({**told, "places": []}).encode()) == "places[0]"
    without = {name: value for name, value in told.items() if name != "places"}
    assert verify_robustness(parsed, json.dumps(without).encode()) == "places"
    assert verify_robustness(parsed, json.dumps({**told, "topics": ["C"]}).encode()) == "topics[0]"
    told["places"][1]["worst"] += 1
    assert verify_robustness(parsed, json.dumps(told).encode()) == "places[1].worst"


def test_the_columns_give_the_same_document_as_the_bundle():
    bundle = election([(5, "A B C"), (4, "B A C"), (3, "C B A")])
    parsed = bundles_of.parse(encoded(bundle))
    result, robustness = count_columns(*_election(parsed))
    assert result.to_json() == count(parsed).to_json()
    assert robustness == robustness_of_bundle(parsed)
    assert robustness.places


# -- by trying everything


def weak_orders(themes):
    """Every ranking with ties of these themes, as a tier for each."""
    found = set()
    for tiers in itertools.product(range(themes), repeat=themes):
        used = sorted(set(tiers))
        found.add(tuple(used.index(tier) for tier in tiers))
    return sorted(found)


class Small:
    """A small round whose ballots can be dealt anew, with weights, relevance and categories held."""

    def __init__(self, bundle):
        rules = counted.DEFAULT_RULES | bundle["rules"]
        keys = [theme["key"] for theme in bundle["themes"]]
        by_name = {seat["seat"]: seat for seat in bundle["seats"]}
        table = counted.table_of(bundle)
        self.topic_before = keys.index(counted.first_topic(table))
        self.themes = range(len(keys))
        self.values = [value for _, _, value in table.votes]
        total = sum(self.values)
        share = table.objective_share()
        self.points_part = (1000 - share, 2 * (len(keys) - 1) * total)
        self.relevance = [table.relevance[key] for key in keys]
        self.share = share
        self.ties = [table.tie(key) for key in keys]
        self.groups = {}
        for dimension, thousandths in rules["spread"].items():
            held = [category(by_name[ballot["seat"]], dimension) for ballot in bundle["ballots"]]
            groups = [[n for n, name in enumerate(held) if name == one] for one in sorted(set(held))]
            groups = [group for group in groups if len(group) >= rules["support_min"]]
            self.groups[dimension] = (groups, -(-thousandths * len(groups) // 1000))
        self.cast = [
            [self.place(ballot, key) for key in keys] for ballot in (vote[0] for vote in table.votes)
        ]

    @staticmethod
    def place(ballot, key):
        return counted.place_of(ballot, key)

    def won(self, tiers):
        return [
            sum(2 if tiers[x] < tiers[y] else tiers[x] == tiers[y] for y in self.themes if y != x)
            for x in self.themes
        ]

    def topic(self, won):
        """The topic where ballot n wins `won[n][x]` for theme x."""
        sums = [sum(v * w[x] for v, w in zip(self.values, won, strict=True)) for x in self.themes]
        part, whole = self.points_part
        order = sorted(
            self.themes,
            key=lambda x: (
                -(part * sums[x] + self.share * self.relevance[x] * whole),
                -sums[x],
                -self.relevance[x],
                self.ties[x],
            ),
        )
        half = len(self.themes) - 1
        ratios = []
        for x in self.themes:
            ratio = [1]
            for groups, required in self.groups.values():
                supporting = sum(
                    sum(self.values[n] * won[n][x] for n in group)
                    >= half * sum(self.values[n] for n in group)
                    for group in groups
                )
                if required:
                    ratio.append(min(1, Fraction(supporting, required)))
            ratios.append(min(ratio))
        return max(order, key=lambda x: ratios[x])  # of equals the first in the order

    def changed_by(self, most):
        """The fewest ballots, up to `most`, whose change changes the topic; None where none do."""
        dealt = [self.won(tiers) for tiers in self.cast]
        assert self.topic(dealt) == self.topic_before
        ways = [self.won(tiers) for tiers in weak_orders(len(self.themes))]
        for size in range(1, most + 1):
            for chosen in itertools.combinations(range(len(dealt)), size):
                for rankings in itertools.product(ways, repeat=size):
                    new = [*dealt]
                    for number, ranking in zip(chosen, rankings, strict=True):
                        new[number] = ranking
                    if self.topic(new) != self.topic_before:
                        return size
        return None


@st.composite
def small_rounds(draw):
    """Rounds of three themes and at most five ballots in few places."""
    places = [NORTH, SOUTH, WEST][: draw(st.integers(1, 3))]
    rankings = st.sampled_from(["A B C", "A C B", "B A C", "B C A", "C A B", "C B A", "A=B C", "C A=B"])
    votes = [(1, draw(rankings), draw(st.sampled_from(places))) for _ in range(draw(st.integers(2, 5)))] + [
        (1, "A B C", places[0])
    ]
    bundle = election(
        votes,
        objectives={"A": [1], "B": [2], "C": [3]},
        objective_share=draw(st.sampled_from([0, 0, 250, 500])),
        spread=draw(st.sampled_from([{}, {"country": 500}, {"country": 700}, {"country": 1000}])),
    )
    bundle["rules"]["balance"] = draw(st.sampled_from([{}, {}, {"country": "equal"}]))
    for ballot in bundle["ballots"]:
        ballot["objectives"] = draw(st.sampled_from([[], [1], [2], [3], [1, 2]]))
    for one in bundle["seats"]:
        one["base"] = draw(st.sampled_from([1, 1, 1, 2, 3]))
    return bundle


@settings(max_examples=examples(max(20, EXAMPLES // 2)), deadline=None)
@given(small_rounds(), st.sampled_from([1, 1, 2, 3]), st.sampled_from([1000, 400, 1]))
def test_everything_tried_no_fewer_change_the_topic_and_so_many_do(bundle, least, most):
    bundle["rules"] |= {"support_min": least, "max_ballot": most}
    margin = margin_of(bundle)
    at_least, enough = margin["at_least"], margin["enough"]
    tried = 2 if len(bundle["ballots"]) > 4 else 3
    fewest = Small(bundle).changed_by(tried)
    event(f"at least {at_least}, enough {enough}, fewest {fewest}")
    if fewest is not None:
        assert at_least is not None
        assert at_least <= fewest
    if enough is not None and enough <= tried:
        assert fewest is not None
        assert fewest <= enough
