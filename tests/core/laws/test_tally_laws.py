"""Laws of the count: nobody's name counts, more support never hurts, and what the three methods promise."""

import copy
from fractions import Fraction
from hashlib import sha256

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.elections import bundles
from tests.core.results import duel, figures, official, result_of


def keys_of(bundle):
    return [theme["key"] for theme in bundle["themes"]]


def renamed(bundle, names):
    new = copy.deepcopy(bundle)
    for theme in new["themes"]:
        theme["key"] = names[theme["key"]]
    for ballot in new["ballots"]:
        ballot["ranking"] = [[names[key] for key in tier] for tier in ballot["ranking"]]
    return new


def full_rankings(bundle):
    """The same ballots, those not named as a last tier of its own."""
    for ballot in bundle["ballots"]:
        named = {key for tier in ballot["ranking"] for key in tier}
        rest = [key for key in keys_of(bundle) if key not in named]
        ballot["ranking"] = [*ballot["ranking"], *([rest] if rest else [])]


@given(bundles(methods=("points", "schulze")), st.data())
def test_neutrality(bundle, data):
    """Themes that exchange names exchange figures; only equals may change places, for their lots change."""
    keys = keys_of(bundle)
    names = dict(zip(keys, data.draw(st.permutations(keys)), strict=True))
    before, after = result_of(bundle), result_of(renamed(bundle, names))
    for figure in ("points", "relevance", "score"):
        then, now = figures(before, figure), figures(after, figure)
        assert {names[key]: then[key] for key in keys} == now
        if figure == "points":
            assert [then[x] for x in official(before, bundle)] == [now[x] for x in official(after, bundle)]
    spread = {theme["key"]: theme["spread_met"] for theme in after["themes"]}
    assert {names[theme["key"]]: theme["spread_met"] for theme in before["themes"]} == spread


@given(bundles(), st.data())
def test_anonymity(bundle, data):
    """Neither the order of the roll nor that of the ballots counts, and no seat counts as a name."""
    before = result_of(bundle)
    shuffled = copy.deepcopy(bundle)
    shuffled["seats"] = data.draw(st.permutations(shuffled["seats"]))
    shuffled["ballots"] = data.draw(st.permutations(shuffled["ballots"]))
    after = result_of(shuffled)
    before.pop("bundle_sha256")
    after.pop("bundle_sha256")
    assert after == before


@given(bundles())
def test_who_holds_a_seat_does_not_count(bundle):
    seats = [seat["seat"] for seat in bundle["seats"]]
    names = dict(zip(seats, seats[1:] + seats[:1], strict=True))
    moved = copy.deepcopy(bundle)
    for item in (*moved["seats"], *moved["ballots"]):
        item["seat"] = names[item["seat"]]
    before, after = result_of(bundle), result_of(moved)
    assert after["weights"] == before["weights"]
    assert after["pairs"] == before["pairs"]
    assert figures(after, "score") == figures(before, "score")


@given(bundles(), st.data())
def test_raising_a_theme_never_costs_it_points(bundle, data):
    before = figures(result_of(bundle), "points")
    ballot = data.draw(st.sampled_from(bundle["ballots"]))
    theme = data.draw(st.sampled_from(keys_of(bundle)))
    others = [[key for key in tier if key != theme] for tier in ballot["ranking"]]
    ballot["ranking"] = [[theme], *(tier for tier in others if tier)]
    after = figures(result_of(bundle), "points")
    for key, points in before.items():
        assert after[key] >= points if key == theme else after[key] <= points


@given(bundles())
def test_points_share_out_all_comparisons(bundle):
    result = result_of(bundle)
    points = figures(result, "points")
    assert sum(points.values()) == Fraction(len(points), 2)
    assert all(0 <= value <= 1 for value in points.values())
    everything = {duel(result, x, y) + duel(result, y, x) for x in points for y in points if x != y}
    assert len(everything) == 1
    assert all(row[place] == 0 for place, row in enumerate(result["pairs"]))


@given(bundles())
def test_reversing_every_ballot_reverses_the_points(bundle):
    full_rankings(bundle)
    before = figures(result_of(bundle), "points")
    for ballot in bundle["ballots"]:
        ballot["ranking"].reverse()
    assert figures(result_of(bundle), "points") == {key: 1 - value for key, value in before.items()}


@given(bundles(), st.data())
def test_what_everybody_puts_first_comes_first(bundle, data):
    theme = data.draw(st.sampled_from(keys_of(bundle)))
    bundle["rules"]["objective_share"] = 0
    for ballot in bundle["ballots"]:
        others = [[key for key in tier if key != theme] for tier in ballot["ranking"]]
        ballot["ranking"] = [[theme], *(tier for tier in others if tier)]
    result = result_of(bundle)
    assert figures(result, "points")[theme] == 1
    assert official(result, bundle)[0] == theme
    assert result["topics"][0]["key"] == theme
    assert result["topics"][0]["spread_met"]


@given(bundles(methods=("schulze",)))
def test_schulze_elects_the_winner_of_all_duels(bundle):
    result = result_of(bundle)
    order = official(result, bundle)
    for x in order:
        if all(duel(result, x, y) > duel(result, y, x) for y in order if y != x):
            assert order[0] == x
        if all(duel(result, x, y) < duel(result, y, x) for y in order if y != x):
            assert order[-1] == x


@given(bundles(methods=("runoff",)))
def test_runoff_never_elects_the_loser_of_all_duels(bundle):
    result = result_of(bundle)
    order = official(result, bundle)
    winner = order[0]
    assert any(duel(result, winner, y) >= duel(result, y, winner) for y in order if y != winner)


@given(bundles(methods=("runoff", "schulze")), st.data())
def test_a_majority_of_first_places_decides(bundle, data):
    """Each ballot of one voter more than half, all of one weight, puts the same theme alone first."""
    bundle["rules"] |= {"balance": {}}
    for seat in bundle["seats"]:
        seat["base"] = 1
    theme = data.draw(st.sampled_from(keys_of(bundle)))
    for ballot in bundle["ballots"][: len(bundle["ballots"]) // 2 + 1]:
        others = [[key for key in tier if key != theme] for tier in ballot["ranking"]]
        ballot["ranking"] = [[theme], *(tier for tier in others if tier)]
    assert official(result_of(bundle), bundle)[0] == theme


@given(bundles(), st.integers(0, 1000), st.integers(0, 1000))
def test_asking_for_more_spread_never_gives_it_to_more_themes(bundle, one, other):
    found = []
    for share in sorted([one, other]):
        bundle["rules"]["spread"] = {"country": share, "sector": 300}
        result = result_of(bundle)
        found.append({theme["key"] for theme in result["themes"] if theme["spread_met"]})
    assert found[1] <= found[0]


@given(bundles())
def test_topics_take_what_has_spread_in_order(bundle):
    result = result_of(bundle)
    topics = [topic["key"] for topic in result["topics"]]
    spread = {theme["key"] for theme in result["themes"] if theme["spread_met"]}
    order = official(result, bundle)
    assert len(set(topics)) == len(topics) == bundle["rules"]["topics"]
    assert sorted(order) == sorted(keys_of(bundle))
    expected = [key for key in order if key in spread][: len(topics)]
    assert topics[: len(expected)] == expected
    assert [topic["spread_met"] for topic in result["topics"]] == [key in spread for key in topics]


@given(bundles(methods=("points",)))
def test_relevance_gains_nothing_by_more_objectives(bundle):
    result = result_of(bundle)
    shares = {row["number"]: Fraction(row["share"]) for row in result["objectives"]}
    objectives = {theme["key"]: theme["objectives"] for theme in bundle["themes"]}
    for key, relevance in figures(result, "relevance").items():
        assert min(shares[o] for o in objectives[key]) <= relevance <= max(shares[o] for o in objectives[key])


@given(bundles(methods=("points",)))
def test_without_objectives_the_points_decide_alone(bundle):
    for ballot in bundle["ballots"]:
        ballot["objectives"] = []
    result = result_of(bundle)
    assert figures(result, "score") == figures(result, "points")
    assert set(figures(result, "relevance").values()) == {Fraction(0)}


@given(bundles(), st.binary(min_size=32, max_size=32))
def test_chance_only_orders_equals(bundle, secret):
    """Another secret gives other lots, and the same figures in the same descending order."""
    assume(bundle["rules"]["method"] == "points")
    before = result_of(bundle)
    bundle["seed"] |= {"secret": secret.hex(), "commitment": sha256(secret).hexdigest()}
    after = result_of(bundle)
    scores = figures(before, "score")
    assert figures(after, "score") == scores
    assert [scores[x] for x in official(after, bundle)] == sorted(scores.values(), reverse=True)
