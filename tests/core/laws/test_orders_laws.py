"""Laws of what stands beside the official answer: the other orders, places on ballots, who took part."""

import itertools
import string
from fractions import Fraction

from hypothesis import assume, given

from tests.core.elections import bundles
from tests.core.results import duel, figures, micros, official, result_of

COUNTRIES = ["".join(letters) for letters in itertools.product(string.ascii_uppercase, repeat=2)]


@given(bundles())
def test_the_three_methods_do_not_look_at_which_of_them_is_official(bundle):
    results = []
    for method in ("points", "schulze", "runoff"):
        bundle["rules"]["method"] = method
        results.append(result_of(bundle))
        assert [theme["key"] for theme in by_place(results[-1])] == results[-1]["order"][method]
    for name in ("points", "schulze", "runoff"):
        assert len({tuple(result["order"][name]) for result in results}) == 1
    for name in ("condorcet_winner", "pairs", "weights", "objectives", "voices"):
        assert results[0][name] == results[1][name] == results[2][name]


def by_place(result):
    return sorted(result["themes"], key=lambda theme: theme["place"])


@given(bundles())
def test_who_beats_every_other_is_named_and_first_by_schulze(bundle):
    result = result_of(bundle)
    keys = official(result, bundle)
    beating = [x for x in keys if all(duel(result, x, y) > duel(result, y, x) for y in keys if y != x)]
    assert beating in ([], [result["condorcet_winner"]])
    assert beating or result["condorcet_winner"] is None
    if beating:
        assert result["order"]["schulze"][0] == beating[0]
        assert len(keys) > 2 or result["order"]["runoff"][0] == beating[0]


@given(bundles())
def test_who_loses_every_duel_is_first_by_no_method(bundle):
    bundle["rules"]["objective_share"] = 0
    result = result_of(bundle)
    for x in official(result, bundle):
        if all(duel(result, x, y) < duel(result, y, x) for y in official(result, bundle) if y != x):
            assert result["order"]["schulze"][-1] == x
            assert result["order"]["runoff"][0] != x
            assert result["order"]["points"][0] != x


@given(bundles())
def test_where_nobody_is_balanced_the_unweighted_order_is_the_official_one(bundle):
    bundle["rules"]["balance"] = {}
    result = result_of(bundle)
    assert result["order"]["unweighted"] == official(result, bundle)
    assert figures(result, "unweighted") == figures(result, "score")


@given(bundles())
def test_the_unweighted_score_is_the_score_of_a_round_without_balance(bundle):
    weighted = result_of(bundle)
    bundle["rules"]["balance"] = {}
    plain = result_of(bundle)
    assert figures(weighted, "unweighted") == figures(plain, "score")
    assert weighted["order"]["unweighted"] == official(plain, bundle)
    assert weighted["order"]["country_equal"] == plain["order"]["country_equal"]
    for theme, other in zip(weighted["themes"], plain["themes"], strict=True):
        assert [theme[name] for name in PLACES] == [other[name] for name in PLACES]


PLACES = ("key", "first", "mentions", "mean_place")


@given(bundles())
def test_one_seat_a_country_makes_countries_as_equal_as_seats(bundle):
    for seat, country in zip(bundle["seats"], COUNTRIES, strict=False):
        seat |= {"country": country, "base": 1}
    for name in ("balance", "spread"):
        bundle["rules"][name].pop("country", None)
    order = result_of(bundle)["order"]
    assert order["country_equal"] == order["unweighted"]


@given(bundles())
def test_countries_are_equal_where_the_rules_say_so_and_bounds_allow(bundle):
    bundle["rules"] |= {"balance": {"country": "equal"}, "weight_bounds": [0.000001, 1_000_000]}
    result = result_of(bundle)
    assume(result["weights"]["at_bounds"] == 0 or set(micros(result).values()) == {10**6})
    assert result["order"]["country_equal"] == official(result, bundle)


@given(bundles(gaps=True))
def test_places_on_ballots_add_up(bundle):
    result = result_of(bundle)
    ballots = bundle["ballots"]
    tiers = {ballot["seat"]: [tier for tier in ballot["ranking"] if tier] for ballot in ballots}
    themes = {theme["key"]: theme for theme in result["themes"]}
    assert sum(theme["first"] for theme in themes.values()) == sum(len(t[0]) for t in tiers.values())
    assert sum(theme["mentions"] for theme in themes.values()) == sum(
        len(tier) for ranking in tiers.values() for tier in ranking
    )
    total = sum(
        place * len(tier) for ranking in tiers.values() for place, tier in enumerate(ranking, start=1)
    )
    means = [Fraction(t["mean_place"]) * t["mentions"] for t in themes.values() if t["mentions"]]
    assert sum(means) == total
    for theme in themes.values():
        assert 0 <= theme["first"] <= theme["mentions"] <= len(ballots)
        assert (theme["mean_place"] is None) == (theme["mentions"] == 0)
        assert theme["mean_place"] is None or Fraction(theme["mean_place"]) >= 1


@given(bundles())
def test_voices_add_up_and_say_what_the_weights_say(bundle):
    result = result_of(bundle)
    rows = result["voices"]
    assert [(row["dimension"], row["category"]) for row in rows] == sorted(
        (row["dimension"], row["category"]) for row in rows
    )
    rules = bundle["rules"]
    named = {*rules["balance"], *rules["spread"], "country", "sector", "subregion"}
    assert {row["dimension"] for row in rows} == named
    for dimension in named:
        here = [row for row in rows if row["dimension"] == dimension]
        assert sum(row["seats"] for row in here) == len(bundle["seats"])
        assert sum(row["ballots"] for row in here) == len(bundle["ballots"])
        assert sum(Fraction(row["share"]) for row in here) == 1
        assert sum(Fraction(row["weighted"]) for row in here) == 1
    shared = ("dimension", "category", "seats", "ballots", "share", "weighted")
    for margin in result["weights"]["margins"]:
        assert {name: margin[name] for name in shared} in [{n: row[n] for n in shared} for row in rows]
