"""Laws of how firm a topic is: margin, what is left out, what is drawn again."""

import copy
from fractions import Fraction

from hypothesis import assume, event, given
from hypothesis import strategies as st

from consulta.core.trust.chance import tie_order
from tests.core.elections import DIMENSIONS, bundles, category
from tests.core.results import duel, figures, micros, result_of, topic_of

DRAWS = 20


def margin_of(result):
    return result["firmness"]["margin"]


def ballots_to_level(result):
    """No number of ballots is more than any; by another method than points there is none."""
    margin = margin_of(result)
    level = margin and margin["level"]
    return float("inf") if level is None else level["ballots"]


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
    bundle["rules"]["topics"] = 1  # of several there is no margin
    before = result_of(bundle)
    topic = topic_of(before)
    assume(before["topics"][0]["spread_met"])  # without spread there is no such number
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


@given(bundles())
def test_what_is_left_out_is_every_category_with_ballots_once(bundle):
    seats = {seat["seat"]: seat for seat in bundle["seats"]}
    voting = [seats[ballot["seat"]] for ballot in bundle["ballots"]]
    rows = result_of(bundle)["firmness"]["leave_one_out"]
    expected = sorted({(d, category(seat, d)) for d in DIMENSIONS for seat in voting})
    assert [(row["dimension"], row["category"]) for row in rows] == expected
    alone = {d for d in DIMENSIONS if len({category(seat, d) for seat in voting}) == 1}
    assert all(row["topics"] is None for row in rows if row["dimension"] in alone)


@given(bundles(), st.integers(1, 3))
def test_categories_from_which_nobody_votes_change_nothing(bundle, number):
    """Not even with another kind of target: their shares go to the others in proportion.

    But for what it takes to carry a share, which is told as if everybody were heard.
    """
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
    del before["weights"]["reach"], after["weights"]["reach"]
    assert after == before


@given(bundles())
def test_doubling_every_base_changes_no_order_and_nothing_of_how_firm(bundle):
    for seat in bundle["seats"]:
        seat["base"] = min(seat["base"], 500_000)
    before = result_of(bundle, DRAWS)
    for seat in bundle["seats"]:
        seat["base"] *= 2
    after = result_of(bundle, DRAWS)
    assume([*micros(after).values()] == [*micros(before).values()])
    for part in ("order", "condorcet_winner", "topics", "firmness", "voices", "themes", "objectives"):
        assert after[part] == before[part], part


@given(bundles(), st.data())
def test_the_order_of_the_file_only_matters_to_what_is_listed_in_it(bundle, data):
    """Themes, seats and ballots may come in any order: draws go by the names of seats."""
    before = result_of(bundle, DRAWS)
    shuffled = copy.deepcopy(bundle)
    for part in ("seats", "ballots"):
        shuffled[part] = data.draw(st.permutations(shuffled[part]))
    after = result_of(shuffled, DRAWS)
    del before["bundle_sha256"], after["bundle_sha256"]
    assert after == before
    shuffled["themes"] = data.draw(st.permutations(shuffled["themes"]))
    other = result_of(shuffled, DRAWS)
    for x in figures(before, "score"):
        for y in figures(before, "score"):
            assert duel(other, x, y) == duel(before, x, y)
    for result in (before, other):
        for rows in (result["themes"], *(step["totals"] for step in result["runoff"])):
            rows.sort(key=lambda row: row["key"])
        firm = result["firmness"]
        for rows in (firm["resampling"]["topics"], firm["could_be_first"]):
            rows.sort()
        for name in ("without_theme", "without_tie", "with_tie"):
            firm[name].sort(key=lambda row: (row["theme"], row.get("objective")))
        result["alike"] = sorted((*sorted(pair[:2]), *pair[2:]) for pair in result["alike"])
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
    topics = [topic["key"] for topic in result["topics"]]
    assert topics == [key for [key] in ranking[: len(topics)]]
    assert result["firmness"]["resampling"]["same"] == DRAWS
    assert all(row["topics"] in (topics, None) for row in result["firmness"]["leave_one_out"])


@given(bundles(), st.data())
def test_where_all_say_the_same_one_ballot_in_m_levels_the_second(bundle, data):
    """Of n equal ballots each puts the second 2 halves behind and brings it 2 m halves nearer.

    Where that makes it level, one more is needed if the lot is for the first.
    """
    keys = data.draw(st.permutations([theme["key"] for theme in bundle["themes"]]))
    for ballot in bundle["ballots"]:
        ballot |= {"ranking": [[key] for key in keys], "objectives": []}
    for seat in bundle["seats"]:
        seat["base"] = 1
    bundle["rules"] |= {"balance": {}, "spread": {}, "method": "points", "topics": 1}
    result = result_of(bundle)
    needed, short = divmod(len(bundle["ballots"]), len(keys))
    needed += bool(short) or tie_order(keys[:2], result["seed"], "theme")[0] == keys[0]
    assert margin_of(result)["level"] == {"ballots": needed, "rival": keys[1]}


@given(bundles(max_seats=13))
def test_draws_are_the_same_for_the_same_seed(bundle):
    one, other = result_of(bundle, DRAWS), result_of(bundle, DRAWS)
    assert one == other
    told = one["firmness"]["resampling"]
    assert told["percent"] == round(Fraction(100 * told["same"], DRAWS))
    assert sum(times for _, times in told["topics"]) == DRAWS * len(one["topics"])
    assert result_of(bundle)["firmness"]["resampling"] is None
