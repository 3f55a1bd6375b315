"""What a vote did, against recounts of the changed bundle: by the core itself, and by two slow programs."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from consulta.core.counting import bundle as bundles_of
from consulta.core.counting import count, profile
from consulta.core.counting.effects import Decided, Effects
from consulta.core.counting.election import election_of
from consulta.core.counting.weights import MILLION
from consulta.core.trust import chance
from tests.cases import for_each
from tests.core import counted
from tests.core.build import PLAIN, USUAL, busy, election
from tests.core.elections import bundles, encoded, usual_bundles
from tests.deep import examples

AWAY = ("country", "sector", "subregion")
TRIED = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
SLOW = settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parsed(bundle):
    return bundles_of.parse(encoded(bundle))


def recounted(bundle, ballots):
    """The real count of a bundle with these ballots alone, whose seed and tie order stay."""
    whole = parsed(bundle)
    if not ballots:
        return None
    changed = parsed({**bundle, "ballots": ballots}) if possible(bundle, ballots) else None
    if changed is None:
        return None
    found = election_of(changed, chance.ballots_root(whole.ballots), "")
    result = count.count_profile(found, profile.from_bundle(changed, found.dimensions), 0)
    order = getattr(result.order, found.rules.method)
    return Decided(tuple(topic.key for topic in result.topics), order)


def possible(bundle, ballots):
    """Whether given shares leave anything to those that voted."""
    rules = counted.DEFAULT_RULES | bundle["rules"]
    rest = {**bundle, "ballots": ballots}
    return not any(counted.no_share_left(rest, d, rule) for d, rule in rules["balance"].items())


def slow_table(bundle, ballots, one=None):
    """The rules, the values of all ballots and the table of a slow count; with `one` as in `slowly`."""
    rules = counted.DEFAULT_RULES | bundle["rules"]
    rest = {**bundle, "ballots": ballots}
    if not ballots or not possible(bundle, ballots):
        return None
    votes = counted.weighted(bundle, rules, ballots, counted.micro_weights(bundle, rules, ballots))
    votes = [
        (ballot, seat, counted.base_of(seat) * 10**6 if ballot["seat"] == one else value)
        for ballot, seat, value in votes
    ]
    keys = [theme["key"] for theme in bundle["themes"]]
    return (
        rules,
        votes,
        counted.Table(rest, rules, votes, counted.in_tie_order(keys, "theme", counted.seed_of(bundle))),
    )


def slowly(bundle, ballots, one=None):
    """The same by the slow programs; with `one` all ballots, and that one of the average weight."""
    found = slow_table(bundle, ballots, one)
    if found is None:
        return None
    _, _, table = found
    return Decided(tuple(counted.topics_of(table)), tuple(table.order))


def without(bundle, seat):
    return [ballot for ballot in bundle["ballots"] if ballot["seat"] != seat]


def away(bundle, dimension, category):
    seats = counted.seats_by_name(bundle)
    return [b for b in bundle["ballots"] if counted.category_of(seats[b["seat"]], dimension) != category]


def questions(bundle, seat):
    """The changed ballots of each question about a seat, with the answer's place in an effect."""
    known = counted.seats_by_name(bundle)[seat]
    yield "without", without(bundle, seat)
    for dimension in AWAY:
        category = counted.category_of(known, dimension)
        if category is not None:
            yield dimension, away(bundle, dimension, category)


def answer(effect, question):
    return effect.without if question == "without" else effect.away[question]


def told_of(bundle):
    effects = Effects(parsed(bundle))
    known = {d for seat in bundle["seats"] for d in seat["categories"]} | {"country"}
    return effects, {
        ballot["seat"]: effects.of_seat(ballot["seat"], [d for d in AWAY if d in known])
        for ballot in bundle["ballots"]
    }


any_rules = st.one_of(bundles(gaps=True), usual_bundles())


@TRIED
@given(any_rules)
def test_every_statement_equals_a_recount_by_the_core(bundle):
    effects, told = told_of(bundle)
    assert effects.official == recounted(bundle, bundle["ballots"])
    event(f"{bundle['rules']['method']}, {len(effects.official.topics)}")
    for seat, effect in told.items():
        for question, ballots in questions(bundle, seat):
            assert answer(effect, question) == recounted(bundle, ballots), (seat, question)
            event(f"{question}: {'same' if answer(effect, question) == effects.official else 'another'}")


@SLOW
@given(st.one_of(bundles(max_themes=5, max_seats=12), usual_bundles(max_themes=5, max_seats=12)))
def test_every_statement_equals_a_recount_by_programs_that_share_no_code(bundle):
    effects, told = told_of(bundle)
    assert effects.official == slowly(bundle, bundle["ballots"])
    for seat, effect in told.items():
        for question, ballots in questions(bundle, seat):
            assert answer(effect, question) == slowly(bundle, ballots), (seat, question)
        assert effect.average == slowly(bundle, bundle["ballots"], seat), seat
        event(f"average: {'same' if effect.average == effects.official else 'another'}")


@TRIED
@given(any_rules)
def test_pairs_and_weights_are_those_of_the_ballot_and_the_result(bundle):
    effects, told = told_of(bundle)
    order = effects.official.order
    rules = counted.DEFAULT_RULES | bundle["rules"]
    micro = counted.micro_weights(bundle, rules, bundle["ballots"])
    for ballot in bundle["ballots"]:
        places = {x: counted.place_of(ballot, x) for x in order}
        named = {x for x in order if counted.names(ballot, x)}
        tiers = {x: places[x] if x in named else len(order) + 1 for x in order}
        pairs = [(x, y) for i, x in enumerate(order) for y in order[i + 1 :] if tiers[x] != tiers[y]]
        effect = told[ballot["seat"]]
        assert effect.pairs == len(pairs)
        assert effect.kept == sum(tiers[x] < tiers[y] for x, y in pairs)
        seat = counted.seats_by_name(bundle)[ballot["seat"]]
        assert effect.weight == micro[counted.cell_of(seat, sorted(rules["balance"]))]


@for_each("rules", [PLAIN, USUAL])
def test_the_decisive_vote_and_the_last_one(rules):
    """Two against two by the lot: who is missing decides; and where one voted, nothing is left without it."""
    bundle = election([(2, "a b"), (2, "b a")], objective_share=0)
    bundle["rules"] |= rules
    effects, told = told_of(bundle)
    first_of = {ballot["seat"]: ballot["ranking"][0][0] for ballot in bundle["ballots"]}
    for seat, effect in told.items():
        assert effect.without.order == (("b", "a") if first_of[seat] == "a" else ("a", "b"))
        assert (effect.pairs, effect.kept) == (1, int(first_of[seat] == effects.official.order[0]))
        assert effect.weight == 10**6
        assert effect.average == effects.official
    alone = {**bundle, "ballots": bundle["ballots"][:1]}
    _, told = told_of(alone)
    (effect,) = told.values()
    assert effect.without is None


def test_the_average_weight_of_a_network_is_its_base():
    bundle = election([(3, "a b"), (2, "b a")], objective_share=0)
    for seat in bundle["seats"][3:]:
        seat["base"] = 3
    effects, told = told_of(bundle)
    assert effects.official.order[0] == "b"
    assert {effect.average.order[0] for effect in told.values()} == {"b"}
    assert Fraction(sum(effect.weight for effect in told.values()), len(told)) == 10**6


def test_places_and_the_heaviest_ballot_by_hand():
    """Three ballots of base 1 and one of base 3, all of equal weight: that one is half of the whole."""
    bundle = election([(3, "a b"), (1, "b")], objective_share=0)
    bundle["seats"][3]["base"] = 3
    effects = Effects(parsed(bundle))
    seats = [ballot["seat"] for ballot in bundle["ballots"]]
    assert [effects.places_on(seat) for seat in seats] == [{"a": 1, "b": 2}] * 3 + [{"a": None, "b": 1}]
    crowd = effects.crowd()
    assert (crowd.ballots, crowd.heaviest) == (4, Fraction(1, 2))


@for_each("rules", [PLAIN, USUAL])
def test_a_ballot_of_average_weight_counts_in_its_categories(rules):
    """Halves: A 5 · 8 = 40, B 5 · 6 + 8 = 38. The south, one ballot, does not support A: B is the topic.

    All weigh the same, so the average weight changes nothing. Without that ballot no south is asked.
    """
    north, south = {"country": "NO"}, {"country": "SO"}
    votes = [(5, "A B C D E", north), (1, "B C D E A", south)]
    bundle = election(votes, spread={"country": 1000}, objective_share=0)
    bundle["rules"] |= rules | {"support_min": 1}
    effects, told = told_of(bundle)
    alone = told[bundle["ballots"][-1]["seat"]]
    assert effects.official.topics == alone.average.topics == ("B",)
    assert alone.without.topics == ("A",)


def two_halves():
    """Of the south four ballots of base 1, 1, 2 and 4, of the north two of base 3 and 1; each half counts."""
    south, north = {"subregion": "south", "country": "PE"}, {"subregion": "north", "country": "MX"}
    votes = [(3, "a b c", south), (1, "b a=c", south), (2, "b", north)]
    bundle = election(votes, objective_share=0, balance={"subregion": "equal"})
    for seat, base in zip(bundle["seats"], (1, 1, 2, 4, 3, 1), strict=True):
        seat["base"] = base
    return bundle


def test_what_ballots_are_worth_by_hand():
    """The north has 4 of 12: its base counts for 1.5, that of the south for 0.75, to one millionth."""
    bundle = two_halves()
    effects = Effects(parsed(bundle))
    first, *_, biggest, network, last = (ballot["seat"] for ballot in bundle["ballots"])
    assert effects.blocks == 5  # north 1 and 3, south 1, 2 and 4
    assert [effects.has(seat) for seat in (first, "nobody")] == [True, False]
    assert [effects.block_of(seat) for seat in (last, network, first, biggest)] == [0, 1, 2, 4]
    assert [effects.base_of(seat) for seat in (first, biggest, network, last)] == [1, 4, 3, 1]
    all_of = [1_499_999, 3 * 1_499_999, 750_001, 2 * 750_001, 4 * 750_001]
    assert effects.values() == ("all", all_of, [1, 1, 2, 1, 1], 0)
    # Without four of the south both have the base 4, and all counts once.
    assert effects.values_without(biggest) == (
        ("without", 4),
        [MILLION, 3 * MILLION, MILLION, 2 * MILLION, 0],
        [1, 1, 2, 1, 1],
        0,
    )
    # Without one of two that count 1 in the south it has 7 of 11 for a half, the north 4; one stays.
    name, worth, left, more = effects.values_without(first)
    assert (name, left, more) == (("without", 2), [1, 1, 2, 1, 1], -worth[2])
    assert worth[0] == pytest.approx(11 / 8 * MILLION, abs=2)
    assert worth[2] == pytest.approx(11 / 14 * MILLION, abs=2)
    # Without three of the north it has 1 of 9 for a half: 4.5, and the south 9/16, to nine millionths.
    assert effects.values_without(network) == (
        ("without", 1),
        [4_499_991, 0, 562_501, 2 * 562_501, 4 * 562_501],
        [1, 1, 2, 1, 1],
        0,
    )
    assert effects.values_average(first) == ("all", all_of, [1, 1, 2, 1, 1], 249_999)
    assert effects.values_average(biggest) == ("all", all_of, [1, 1, 2, 1, 1], 4 * 249_999)
    assert effects.values_away(first, "subregion") == (
        ("subregion", 1),
        [MILLION, 3 * MILLION, 0, 0, 0],
        [1, 1, 0, 0, 0],
        0,
    )
    assert effects.values_away(last, "subregion") == (
        ("subregion", 0),
        [0, 0, MILLION, 2 * MILLION, 4 * MILLION],
        [0, 0, 2, 1, 1],
        0,
    )
    # The network has three quarters of the north and 4.499997 of 12.000004 of all.
    assert effects.crowd() == (6, Fraction(4_499_997, 12_000_004))
    assert effects.crowd_away(first, "subregion") == (2, Fraction(3, 4))
    assert effects.crowd_away(last, "subregion") == (4, Fraction(1, 2))
    assert [effects.places_on(seat) for seat in (biggest, last)] == [
        {"a": 2, "b": 1, "c": 2},
        {"a": None, "b": 1, "c": None},
    ]


@for_each("rules", [PLAIN, USUAL])
def test_each_ballot_of_two_halves_equals_its_recounts(rules):
    bundle = two_halves()
    bundle["rules"] |= rules
    effects, told = told_of(bundle)
    assert effects.official == recounted(bundle, bundle["ballots"]) == slowly(bundle, bundle["ballots"])
    for seat, effect in told.items():
        for question, ballots in questions(bundle, seat):
            assert answer(effect, question) == recounted(bundle, ballots), (seat, question)
        assert effect.average == slowly(bundle, bundle["ballots"], seat)


@for_each("rules, method", [(PLAIN, "points"), (USUAL, "points"), (PLAIN, "runoff"), (USUAL, "schulze")])
def test_each_ballot_of_a_busy_round_equals_its_recounts(rules, method):
    """Several ballots stand in a block, of equal bases and of a large one; some name objectives."""
    bundle = busy(ballots=8, balance={}, method=method)
    bundle["rules"] |= rules
    effects, told = told_of(bundle)
    assert effects.official == recounted(bundle, bundle["ballots"])
    for seat, effect in [*told.items()][::2]:
        for question, ballots in questions(bundle, seat):
            assert answer(effect, question) == recounted(bundle, ballots), (seat, question)


@for_each("rules", [PLAIN, USUAL])
@for_each("bases", [(1, 1, 2, 4, 3, 1), (4, 1, 2, 1, 1, 3), (1, 9, 2, 4, 1, 3)])
def test_the_heaviest_ballot_is_that_of_most_value_or_of_most_base(rules, bases):
    bundle = two_halves()
    for seat, base in zip(bundle["seats"], bases, strict=True):
        seat["base"] = base
    bundle["rules"] |= rules
    effects = Effects(parsed(bundle))
    values = [effects.of_seat(seat["seat"], []).weight * seat["base"] for seat in bundle["seats"]]
    heaviest = max(Fraction(max(each), sum(each)) for each in (values, bases))
    assert effects.crowd() == (6, heaviest)
