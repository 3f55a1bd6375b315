"""The reserves of a panel and who sees somebody they named: against every set and every ballot, tried."""

import io
import itertools
import time
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np

from consulta.core.counting import columns
from consulta.core.counting.count import count
from consulta.core.panel import choose as panel
from consulta.core.panel.steady import Steady
from consulta.core.trust import chance
from consulta.core.values import Nominee, PanelRules, Quota, Share
from tests.cases import for_each
from tests.core.build import encoded, parsed, sensible
from tests.core.test_panel import WOMEN, chosen, person

SEED = "0f"


def crowd(number, people=14, size=5):
    """A pool of a number and rules for it, often tight: who can take whose place differs."""
    luck = np.random.default_rng(number)

    def one(*choices):
        return choices[int(luck.integers(len(choices)))]

    pool = [
        Nominee(
            key=f"p{place:02}",
            name="",
            organisation=one("o0", "o1", "o2", "o3"),
            role=one("a", "a", "b", "c"),
            country=one("PE", "MX", "BB"),
            categories={"gender": one("woman", "man", "no_answer")},
            recent=one(0, 0, 1, 2),
            support=one(0, 5, 5, 9),
        )
        for place in range(people)
    ]
    rules = PanelRules(
        size,
        roles={"b": (1, 2), "c": (0, 2)},
        quotas=(
            Quota("country", "BB", one(0, 1, 2)),
            Quota("gender", "man", 0, 3, hard=False),
        ),
        shares=(Share("gender", "woman", one(300, 400, 500), ("woman", "man")),),
        at_most={"organisation": one(1, 1, 2), "country": one(2, 3, size)},
        mixed=(one("gender", "organisation"),),
        locked=("p00",) if number % 3 == 0 else (),
        reserves=one(1, 2, 3, 3, 4),
    )
    return rules, pool


def tried(rules, pool, members):
    """The reserves by looking at every set, every drop-out and every way to mend it, rule by rule."""
    support = {each.key: each.support for each in pool}
    lots = {each.key: chance.tie_number(SEED, "panel", each.key) for each in pool}
    by_key = {each.key: each for each in pool}
    others = sorted({each.key for each in pool} - {*members})
    others.sort(key=lambda key: (-support[key], by_key[key].recent, -lots[key], key))
    found, tried_already = [], {}

    def holds(people):
        if people not in tried_already:
            tried_already[people] = keeps(rules, [by_key[key] for key in people])
        return tried_already[people]

    for few in itertools.combinations(sorted(others[:30]), min(rules.reserves, len(others[:30]))):
        mended = Counter()
        for size in (1, 2):
            for gone in itertools.combinations(members, size):
                stay = frozenset(members) - {*gone}
                mended[size] += any(holds(stay | {*come}) for come in itertools.combinations(few, size))
        merit = mended.total(), sum(map(support.get, few)), sum(map(lots.get, few))
        found.append((merit, few, mended))
    merit, few, mended = max(found, key=lambda each: each[0])
    return few, mended[1], mended[2]


def keeps(rules, people):
    """Whether every hard row but the locked holds, each read straight from the text."""
    counts = {name: Counter(getattr(each, name) for each in people) for name in ("role", "country")}
    gender = Counter(each.categories["gender"] for each in people)
    houses = Counter((each.organisation, each.country) for each in people)
    share = rules.shares[0]
    known = {"gender": {*gender} - {"no_answer"}, "organisation": {*houses}}
    return (
        all(least <= counts["role"][role] <= most for role, (least, most) in rules.roles.items())
        and counts["country"]["BB"] >= rules.quotas[0].min
        and 1000 * gender["woman"] >= share.min * (gender["woman"] + gender["man"])
        and max(houses.values()) <= rules.at_most["organisation"]
        and max(counts["country"].values()) <= rules.at_most["country"]
        and all(len(known[attribute]) >= 2 for attribute in rules.mixed)
    )


@for_each("number", range(12))
def test_reserves_are_the_best_of_all_sets(number):
    rules, pool = crowd(number)
    result = chosen(rules, pool, {each.key: each.support for each in pool}, seed=SEED)
    if not result.feasible:
        assert result.reserves is None
        return
    reserves = result.reserves
    assert (reserves.people, reserves.one, reserves.two) == tried(rules, pool, result.members)
    assert reserves.of == 5 + 10


def test_the_pools_above_have_panels_and_their_drop_outs_are_mended_in_part():
    found = []
    for number in range(12):
        rules, pool = crowd(number)
        result = chosen(rules, pool, {each.key: each.support for each in pool}, seed=SEED)
        found += [(result.reserves.one + result.reserves.two) / 15] if result.feasible else []
    assert len(found) > 5
    assert any(0 < part < 1 for part in found)


def test_who_is_asked_to_hold_the_date_fits_together():
    """Three women sit who must be two at least; the men with most support alone mend less."""
    men = [person(f"m{n}", gender="man") for n in range(3)]
    women = [*WOMEN, person("w3", gender="woman")]
    rules = PanelRules(3, quotas=(Quota("gender", "woman", 2),), locked=("w0", "w1", "w2"), reserves=2)
    result = chosen(rules, [*women, *men], {"m0": 9, "m1": 8, "m2": 7})
    assert result.reserves.people == ("m0", "w3")
    # One: any of three by the man or the woman. Two: both come, and with who stays two women sit.
    assert (result.reserves.one, result.reserves.two, result.reserves.of) == (3, 3, 6)


def test_no_reserves_are_told_where_none_are_asked_for_and_few_where_the_pool_is_small():
    assert chosen(PanelRules(2, reserves=0), WOMEN).reserves is None
    assert chosen(PanelRules(4), WOMEN).reserves is None
    alone = chosen(PanelRules(3), WOMEN).reserves
    assert (alone.people, alone.one, alone.two, alone.of) == ((), 0, 0, 6)
    assert chosen(PanelRules(2, reserves=4), WOMEN).reserves.people != ()
    one = chosen(PanelRules(2, reserves=1), WOMEN).reserves
    assert (len(one.people), one.one, one.two, one.of) == (1, 2, 0, 3)


def test_of_a_large_panel_only_single_drop_outs_are_tried_and_of_the_pool_the_best_thirty():
    people = [person(f"p{n:03}", organisation=f"o{n % 50}") for n in range(90)]
    support = {each.key: int(each.key[1:]) for each in people}
    rules = PanelRules(41, at_most={"organisation": 1}, reserves=4)
    found = chosen(rules, people, support).reserves
    assert (found.two, found.of) == (None, 41)
    rules = PanelRules(40, at_most={"organisation": 1}, reserves=4)
    start = time.process_time()
    found = chosen(rules, people, support)
    assert time.process_time() - start < 20  # so many seconds are far more than it takes
    assert found.reserves.of == 40 + 780
    listed = sorted(support.keys() - {*found.members}, key=support.get)[-30:]
    assert {*found.reserves.people} <= {*listed}


# -- whose voters see somebody they named


@for_each("many", [1, 3])
def test_the_part_of_each_category_that_sees_somebody_it_named(many):
    """Tried ballot by ballot with the weights of the result; a file read in columns says the same."""
    bundle = sensible()
    bundle["rules"]["panel"] |= {
        "size": many,
        "roles": {},
        "quotas": [],
        "shares": [],
        "mixed": [],
        "locked": [],
    }
    bundle["rules"]["panel"]["barred"] = []
    result = count(parsed(bundle), 0)
    told = {(each.dimension, each.category): each for each in result.panel.endorsed_by}
    assert [*told] == sorted(told)
    seats = {seat["seat"]: seat | seat["categories"] for seat in bundle["seats"]}
    worth = {}
    for cell in result.weights.cells:
        for name, seat in seats.items():
            if all(seat[d] == c for d, c in cell.categories.items()) and seat.get("base", 1) == cell.each:
                worth[name] = cell.each * cell.micro
    expected = {}
    for dimension in ("country", "sector", "subregion"):
        for ballot in bundle["ballots"]:
            named, whole, number = expected.get((dimension, seats[ballot["seat"]][dimension]), (0, 0, 0))
            value = worth[ballot["seat"]]
            sees = not {*result.panel.members}.isdisjoint(ballot["endorsements"])
            expected[dimension, seats[ballot["seat"]][dimension]] = (
                named + value * sees,
                whole + value,
                number + 1,
            )
    assert {place: (each.share, each.ballots) for place, each in told.items()} == {
        place: (Fraction(named, whole), number) for place, (named, whole, number) in expected.items()
    }
    by_columns = count(columns.read(io.BytesIO(encoded(bundle))), 0)
    assert by_columns.panel == result.panel


# -- a panel that stays the best, shown without a search


@for_each("number", range(16))
def test_what_is_shown_to_stay_the_best_is_chosen_again(number):
    """Support changes a little, then a lot: where prices show that the panel stays, the search finds it."""
    luck = np.random.default_rng(number)
    rules, pool = crowd(number)
    support = {each.key: int(luck.integers(0, 2000)) for each in pool}
    first = panel.choose(rules, pool, support, [], SEED)
    rich = panel.choose(replace(rules, memory=0), pool, support, [], SEED).members
    steady = Steady.of(rules, pool, [], first, rich if number % 2 else None)
    if steady is None:
        return
    for reach in (0, 5, 60, 400):
        other = {key: max(0, had + int(luck.integers(-reach, reach + 1))) for key, had in support.items()}
        gains = steady.gains(other)
        proof = steady.prices(gains)
        if proof is not None and steady.is_shown(gains, proof):
            assert panel.choose(rules, pool, other, [], SEED).members == first.members


def test_most_panels_are_shown_to_stay_the_best_where_nothing_changes():
    shown = asked = 0
    for number in range(16):
        luck = np.random.default_rng(number)
        rules, pool = crowd(number)
        support = {each.key: int(luck.integers(0, 2000)) for each in pool}
        rich = panel.choose(replace(rules, memory=0), pool, support, [], SEED).members
        steady = Steady.of(rules, pool, [], panel.choose(rules, pool, support, [], SEED), rich)
        if steady is not None:
            gains = steady.gains(support)
            proof = steady.prices(gains)
            asked += 1
            shown += proof is not None and steady.is_shown(gains, proof)
    assert shown > asked / 2 > 0, (shown, asked)
