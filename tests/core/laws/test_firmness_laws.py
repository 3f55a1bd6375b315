"""Laws of how firm a topic is: margin, what is left out, what is drawn again."""

import copy
from fractions import Fraction

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.core import counted
from tests.core.elections import DIMENSIONS, bundles, category
from tests.core.results import duel, figures, micros, result_of, topic_of

DRAWS = 20


def margin_of(result):
    return result["firmness"]["margin"]


def ballots_to_level(result):
    """No number of ballots is more than any."""
    ballots = margin_of(result)["ballots"]
    return float("inf") if ballots is None else ballots


def raised(ranking, theme, place):
    """The ranking with the theme alone in that place, from 0, all others as they were."""
    others = [tier for tier in ([key for key in tier if key != theme] for tier in ranking) if tier]
    return [*others[:place], [theme], *others[place:]]


def place_in(ranking, theme):
    """How many tiers are above that of the theme."""
    tiers = [tier for tier in ranking if tier]
    return next((place for place, tier in enumerate(tiers) if theme in tier), len(tiers))


@given(bundles(), st.data())
def test_a_ballot_that_moves_towards_the_topic_never_shrinks_its_margin(bundle, data):
    before = result_of(bundle)
    topic = topic_of(before)
    ballot = data.draw(st.sampled_from(bundle["ballots"]))
    place = data.draw(st.integers(0, place_in(ballot["ranking"], topic)))
    ballot["ranking"] = raised(ballot["ranking"], topic, place)
    after = result_of(bundle)
    points, now = figures(before, "points")[topic], figures(after, "points")[topic]
    assert now >= points
    if bundle["rules"]["method"] == "points" and figures(after, "score") != figures(before, "score"):
        assert topic_of(after) == topic
    assume(topic_of(after) == topic)
    assert ballots_to_level(after) >= ballots_to_level(before)
    event(f"moved: {now > points}, more: {ballots_to_level(after) > ballots_to_level(before)}")


class Standing:
    """Scores counted again from ballots, with the weights and the relevance of a result held."""

    def __init__(self, bundle, result):
        self.bundle, self.relevance = bundle, figures(result, "relevance")
        self.votes = counted.weighted(bundle, bundle["rules"], bundle["ballots"], micros(result))
        self.themes = list(self.relevance)
        named = any(ballot["objectives"] for ballot in bundle["ballots"])
        self.share = bundle["rules"]["objective_share"] if named else 0

    def score(self, votes, x):
        points = counted.points_of(votes, self.themes, x)
        return ((1000 - self.share) * points + self.share * self.relevance[x]) / 1000

    def is_level(self, votes, rival, topic):
        return self.score(votes, rival) >= self.score(votes, topic)

    def recast(self, chosen, rival, topic):
        """The votes, those chosen with the rival alone first and the topic alone last."""
        others = [key for key in self.themes if key not in {rival, topic}]
        ranking = [tier for tier in ([rival], others, [topic]) if tier]
        return [
            ({**ballot, "ranking": ranking} if number in chosen else ballot, seat, value)
            for number, (ballot, seat, value) in enumerate(self.votes)
        ]

    def by_gain(self, rival, topic):
        """The numbers of the ballots, first those which bring the rival nearest when re-cast alone."""

        def lead(number):
            votes = self.recast({number}, rival, topic)
            return self.score(votes, rival) - self.score(votes, topic)

        return sorted(range(len(self.votes)), key=lead, reverse=True)


@given(bundles(max_themes=5, max_seats=13), st.data())
def test_as_many_ballots_as_the_margin_says_bring_the_rival_level_and_fewer_do_not(bundle, data):
    result = result_of(bundle)
    topic, margin = topic_of(result), margin_of(result)
    standing = Standing(bundle, result)
    rivals = [key for key in standing.themes if key != topic]
    if margin["ballots"] is None:
        assert margin["rival"] is None
        everybody = set(range(len(standing.votes)))
        for rival in rivals:
            assert not standing.is_level(standing.recast(everybody, rival, topic), rival, topic)
        return
    enough = set(standing.by_gain(margin["rival"], topic)[: margin["ballots"]])
    assert standing.is_level(standing.recast(enough, margin["rival"], topic), margin["rival"], topic)
    event(f"ballots: {min(margin['ballots'], 3)}")
    if margin["ballots"]:
        for rival in rivals:
            fewer = standing.by_gain(rival, topic)[: margin["ballots"] - 1]
            assert not standing.is_level(standing.recast(fewer, rival, topic), rival, topic)
            numbers = data.draw(st.permutations(range(len(standing.votes))))[: margin["ballots"] - 1]
            assert not standing.is_level(standing.recast(numbers, rival, topic), rival, topic)


@given(bundles())
def test_a_rival_before_the_topic_in_score_leaves_no_margin(bundle):
    result = result_of(bundle)
    topic, margin, scores = topic_of(result), margin_of(result), figures(result, "score")
    level = [key for key in scores if key != topic and scores[key] >= scores[topic]]
    assert (margin["ballots"] == 0) == bool(level)
    if level:
        order = result["order"][bundle["rules"]["method"]]
        assert margin["rival"] == min(level, key=order.index)
    assert margin["rival"] != topic
    assert margin["ballots"] is None or margin["ballots"] <= len(bundle["ballots"])


@given(bundles())
def test_what_is_left_out_is_every_category_with_ballots_once(bundle):
    seats = {seat["seat"]: seat for seat in bundle["seats"]}
    voting = [seats[ballot["seat"]] for ballot in bundle["ballots"]]
    rows = result_of(bundle)["firmness"]["leave_one_out"]
    expected = sorted({(d, category(seat, d)) for d in DIMENSIONS for seat in voting})
    assert [(row["dimension"], row["category"]) for row in rows] == expected
    alone = {d for d in DIMENSIONS if len({category(seat, d) for seat in voting}) == 1}
    assert all(row["topic"] is None for row in rows if row["dimension"] in alone)


@given(bundles(), st.integers(1, 3))
def test_categories_from_which_nobody_votes_change_nothing(bundle, number):
    """Not even with another kind of target: their shares go to the others in proportion."""
    with_silent = copy.deepcopy(bundle)
    for place in range(number):
        with_silent["seats"].insert(
            place,
            {
                "seat": f"x{place}",
                "country": "ZZ",
                "categories": {"subregion": "zz", "sector": "zz", "size": "zz"},
                "base": 1 + place,
            },
        )
    for rule in with_silent["rules"]["balance"].values():
        if isinstance(rule, dict):
            rule |= {"ZZ": 0, "zz": 0}
    before, after = result_of(bundle, DRAWS), result_of(with_silent, DRAWS)
    silent = [row for row in after["weights"]["margins"] if row["category"] in {"ZZ", "zz"}]
    assert all(row["silent"] and row["ballots"] == 0 and row["target"] == 0 for row in silent)
    assert len(silent) == len(bundle["rules"]["balance"])
    for rows in (after["weights"]["margins"], after["voices"]):
        rows[:] = [row for row in rows if row["category"] not in {"ZZ", "zz"}]
    del before["bundle_sha256"], after["bundle_sha256"]
    assert after == before


@given(bundles())
def test_doubling_every_base_changes_no_order_and_nothing_of_how_firm(bundle):
    for seat in bundle["seats"]:
        seat["base"] = min(seat["base"], 500_000)
    before = result_of(bundle, DRAWS)
    for seat in bundle["seats"]:
        seat["base"] *= 2
    after = result_of(bundle, DRAWS)
    assume(micros(after) == micros(before))
    for part in ("order", "condorcet_winner", "topics", "firmness", "voices", "themes", "objectives"):
        assert after[part] == before[part], part


@given(bundles(), st.data())
def test_the_order_of_the_file_only_matters_to_what_is_listed_in_it(bundle, data):
    """Themes may come in any order; only the draws, which go by that order, may then come out otherwise."""
    before = result_of(bundle, DRAWS)
    shuffled = copy.deepcopy(bundle)
    for part in ("seats", "ballots"):
        shuffled[part] = data.draw(st.permutations(shuffled[part]))
    after = result_of(shuffled, DRAWS)
    del before["bundle_sha256"], after["bundle_sha256"]
    assert after == before
    shuffled["themes"] = data.draw(st.permutations(shuffled["themes"]))
    other = result_of(shuffled)
    for x in figures(before, "score"):
        for y in figures(before, "score"):
            assert duel(other, x, y) == duel(before, x, y)
    for result in (before, other):
        for rows in (result["themes"], *(step["totals"] for step in result["runoff"])):
            rows.sort(key=lambda row: row["key"])
        result["firmness"].pop("resampling_percent")
        result.pop("pairs")
    other.pop("bundle_sha256")
    assert other == before


@given(bundles(), st.data())
def test_where_all_say_the_same_every_draw_does(bundle, data):
    keys = [theme["key"] for theme in bundle["themes"]]
    ranking = [[key] for key in data.draw(st.permutations(keys))]
    for ballot in bundle["ballots"]:
        ballot |= {"ranking": ranking, "objectives": []}
    result = result_of(bundle, DRAWS)
    assert topic_of(result) == ranking[0][0]
    assert result["firmness"]["resampling_percent"] == 100
    assert {row["topic"] for row in result["firmness"]["leave_one_out"]} <= {ranking[0][0], None}


@given(bundles(), st.data())
def test_where_all_say_the_same_one_ballot_in_m_levels_the_second(bundle, data):
    """Of n equal ballots each puts the second 2 halves behind and brings it 2 m halves nearer."""
    keys = data.draw(st.permutations([theme["key"] for theme in bundle["themes"]]))
    for ballot in bundle["ballots"]:
        ballot |= {"ranking": [[key] for key in keys], "objectives": []}
    for seat in bundle["seats"]:
        seat["base"] = 1
    bundle["rules"] |= {"balance": {}, "method": "points"}
    assert margin_of(result_of(bundle)) == {
        "ballots": -(-len(bundle["ballots"]) // len(keys)),
        "rival": keys[1],
    }


@given(bundles(max_seats=13))
def test_draws_are_the_same_for_the_same_seed(bundle):
    one, other = result_of(bundle, DRAWS), result_of(bundle, DRAWS)
    assert one == other
    percent = one["firmness"]["resampling_percent"]
    assert percent in {round(Fraction(100 * hits, DRAWS)) for hits in range(DRAWS + 1)}
    assert result_of(bundle)["firmness"]["resampling_percent"] is None


@given(bundles(max_seats=13))
def test_a_ballot_alone_in_its_cell_is_always_drawn(bundle):
    """Where each ballot is a cell of its own there is nothing to draw."""
    for number, seat in enumerate(bundle["seats"]):
        seat["categories"]["size"] = f"own{number}"
    bundle["rules"] |= {"balance": {"size": "roll"}, "spread": {}}
    assert result_of(bundle, DRAWS)["firmness"]["resampling_percent"] == 100
