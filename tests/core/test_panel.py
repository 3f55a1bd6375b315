"""The panel: each row, each stage, against all sets of people where there are few, and what is said of it."""

import itertools

import pytest

from consulta.core.counting.count import count
from consulta.core.panel import choose as panel
from consulta.core.panel import search as panel_search
from consulta.core.panel.rows import Line, attribute_of, rows_of
from consulta.core.problems import Problem
from consulta.core.trust import chance
from consulta.core.values import Nominee, PanelRules, Quota, Share
from tests.cases import for_each
from tests.core.build import parsed, sensible

SEED = "00ff"


def person(key, *, role="r", country="PE", organisation=None, topics=(), recent=0, **categories):
    return Nominee(key, key, organisation or f"o-{key}", role, country, categories, topics, recent)


def chosen(rules, people, support=None, topics=(), seed=SEED):
    support = {nominee.key: 0 for nominee in people} | (support or {})
    return panel.choose(rules, people, support, topics, seed)


def rows(result):
    return {row.row: row for row in result.rows}


WOMEN = [person(f"w{number}", gender="woman") for number in range(3)]
MEN = [person(f"m{number}", gender="man") for number in range(3)]
QUIET = [person("q0", gender="no_answer"), person("q1")]


def test_support_comes_from_endorsements_or_from_outside():
    bundle = parsed(sensible())
    values = {"s1": 1, "s2": 3, "s3": 4}
    assert panel.support(bundle, values) == {"n1": 5000, "n2": 700, "n3": 1250, "n4": 0}


@for_each("endorsing, rounded", [(1, 0), (3, 2), (5, 2)])
def test_support_rounds_half_to_even(endorsing, rounded):
    # 10,000 · k / 20,000 is k halves.
    bundle = parsed(sensible())
    values = {"s1": endorsing, "s2": 0, "s3": 20_000 - endorsing}
    assert panel.support(bundle, values)["n3"] == rounded


def test_the_pool():
    people = [
        person("b"),
        person("a", topics=("water",)),
        person("c", topics=("work",)),
        person("d", topics=("work", "water")),
        person("e"),
        person("f", topics=("work",)),
    ]
    rules = PanelRules(1, locked=("f",), barred=("e",))
    assert [nominee.key for nominee in panel.pool_of(rules, people, ["water"])] == ["a", "b", "d", "f"]


def test_most_support_wins_then_fewest_recent_seats_then_lots():
    people = [person("a"), person("b", recent=1), person("c"), person("d")]
    support = {"a": 9, "b": 9, "c": 5, "d": 5}
    assert chosen(PanelRules(2), people, support).members == ("a", "b")
    result = chosen(PanelRules(1), people, support)
    assert (result.members, result.support, result.recent) == (("a",), 9, 0)
    result = chosen(PanelRules(3), people, support)
    lots = {key: chance.tie_number(SEED, "panel", key) for key in "cd"}
    assert result.members == tuple(sorted({"a", "b", max(lots, key=lots.__getitem__)}))
    assert (result.support, result.recent, result.shortfall, result.pool) == (23, 1, 0, 4)


def test_equal_lots_are_settled_by_key(monkeypatch):
    monkeypatch.setattr(chance, "tie_number", lambda seed, label, key: {"b": 2, "c": 2}.get(key, 1))
    people = [person(key) for key in "edcba"]
    assert chosen(PanelRules(3), people).members == ("a", "b", "c")
    assert chosen(PanelRules(2), people).members == ("b", "c")


def test_the_order_of_nominees_does_not_count():
    people = [*WOMEN, *MEN, *QUIET]
    assert chosen(PanelRules(4, mixed=("gender",)), people) == chosen(
        PanelRules(4, mixed=("gender",)), people[::-1]
    )


def test_attributes():
    nominee = person("a", role="x", country="BB", organisation="o", gender="woman")
    assert [attribute_of(nominee, name) for name in ("role", "country", "organisation", "gender", "age")] == [
        "x",
        "BB",
        "o",
        "woman",
        None,
    ]


def test_a_hard_quota_beats_support():
    rules = PanelRules(2, quotas=(Quota("gender", "woman", 1, 1),))
    result = chosen(rules, [*WOMEN, *MEN], {"m0": 9, "m1": 9})
    assert len([key for key in result.members if key.startswith("w")]) == 1
    row = rows(result)["quotas[0]"]
    assert (row.kind, row.attribute, row.value, row.asked) == ("quota", "gender", "woman", "1-1")
    assert (row.pool, row.met, row.missing, row.hard, row.ok) == (3, 1, 0, True, True)


def test_soft_rows_are_missed_as_little_as_possible():
    rules = PanelRules(
        3, quotas=(Quota("gender", "woman", 2, hard=False), Quota("gender", "man", 2, None, hard=False))
    )
    result = chosen(rules, [*WOMEN, *MEN, *QUIET], {"q0": 9, "q1": 9})
    assert result.shortfall == 1
    assert {key[0] for key in result.members} == {"w", "m"}
    assert sorted(row.missing for row in result.rows) == [0, 0, 1]
    assert [row.ok for row in result.rows].count(False) == 1


def test_people_over_a_soft_quota_count_as_missed():
    rules = PanelRules(3, quotas=(Quota("gender", "woman", 0, 1, hard=False),))
    result = chosen(rules, WOMEN)
    assert (result.feasible, result.shortfall) == (True, 2)
    assert rows(result)["quotas[0]"].met == 3


@for_each("least, women", [(0, 0), (1, 1), (250, 1), (251, 2), (500, 2), (1000, 4)])
def test_a_share_is_of_those_known(least, women):
    rules = PanelRules(
        4,
        shares=(Share("gender", "woman", least, ("woman", "man")),),
        locked=("m0", "m1") if women < 3 else (),
    )
    people = [*WOMEN, person("w3", gender="woman"), *MEN]
    result = chosen(rules, people, {nominee.key: 9 for nominee in MEN} | {"m2": 8})
    if women == 0:
        assert rows(result)["shares[0]"].met == 1, "only three men"
    else:
        assert rows(result)["shares[0]"].met == max(women, 1)
    assert rows(result)["shares[0]"].asked == f"{least}/1000"


def test_people_not_in_the_base_of_a_share_do_not_count():
    rules = PanelRules(3, shares=(Share("gender", "woman", 500, ("woman", "man")),))
    result = chosen(rules, [*MEN, WOMEN[0], *QUIET], {"q0": 9, "q1": 8, "m0": 7})
    assert set(result.members) == {"q0", "q1", "w0"}


@for_each("least, missing", [(400, 2), (500, 2), (501, 3), (1000, 4)])
def test_a_soft_share_counts_whole_people_missing(least, missing):
    people = [person(f"m{number}", gender="man") for number in range(4)]
    rules = PanelRules(4, shares=(Share("gender", "woman", least, ("woman", "man"), hard=False),))
    result = chosen(rules, people)
    assert (result.feasible, result.shortfall) == (True, missing)


def test_at_most():
    people = [person(f"a{number}", organisation="a") for number in range(3)]
    people += [person(f"b{number}", organisation="b") for number in range(3)]
    rules = PanelRules(3, at_most={"organisation": 2, "gender": 1})
    people.append(person("c", gender="woman"))
    result = chosen(rules, people, {nominee.key: 9 for nominee in people[:3]})
    row = rows(result)["at_most.organisation"]
    assert (row.asked, row.met, row.pool, row.value) == ("0-2", 2, 5, None)
    assert rows(result)["at_most.gender"].met in {0, 1}


def test_mixed_asks_for_two_known_values():
    rules = PanelRules(3, mixed=("gender",))
    result = chosen(rules, [*MEN, WOMEN[0], *QUIET], {nominee.key: 9 for nominee in MEN})
    assert "w0" in result.members
    assert len({"m0", "m1", "m2"} & set(result.members)) == 2
    assert (rows(result)["mixed[0]"].met, rows(result)["mixed[0]"].pool) == (2, 2)
    quiet = chosen(rules, [*QUIET, *MEN, WOMEN[0]], {"q0": 9, "q1": 9})
    assert quiet.members != ("m0", "q0", "q1")
    assert not chosen(PanelRules(2, mixed=("gender",)), QUIET).feasible
    assert not chosen(rules, [*MEN, *QUIET]).feasible


def test_locked_are_in_and_rows_say_whom_they_need():
    rules = PanelRules(
        3,
        roles={"x": (1, 2), "r": (0, 3)},
        quotas=(Quota("gender", "woman", 1), Quota("gender", "man", 0, 3)),
        shares=(Share("gender", "woman", 300, ("woman", "man")),),
        at_most={"country": 3},
        mixed=("gender",),
        locked=("m0",),
    )
    result = chosen(rules, [*WOMEN, *MEN, person("x", role="x")], {"w0": 1})
    assert result.members == ("m0", "w0", "x")
    assert list(rows(result)) == [
        "size",
        "locked",
        "roles.x",
        "roles.r",
        "quotas[0]",
        "quotas[1]",
        "shares[0]",
        "at_most.country",
        "mixed[0]",
    ]
    assert result.helps == {
        "m0": ("locked", "mixed[0]"),
        "w0": ("quotas[0]", "shares[0]", "mixed[0]"),
        "x": ("roles.x",),
    }


def test_an_impossible_panel_is_an_answer():
    rules = PanelRules(
        2,
        roles={"x": (2, 2)},
        quotas=(Quota("gender", "woman", 1), Quota("gender", "man", 1, 2, hard=False)),
        mixed=("gender",),
    )
    result = chosen(rules, [*WOMEN, *MEN, person("x", role="x")])
    assert (result.feasible, result.members, result.helps, result.pool) == (False, (), {}, 7)
    assert {name: (row.asked, row.pool, row.met, row.ok) for name, row in rows(result).items()} == {
        "size": ("2", 7, None, True),
        "roles.x": ("2-2", 1, None, False),
        "quotas[0]": ("1+", 3, None, True),
        "mixed[0]": ("2+", 2, None, True),
    }


@for_each("people", [[], WOMEN[:1]])
def test_a_pool_too_small_is_said(people):
    result = chosen(PanelRules(2), people)
    assert not result.feasible
    assert (rows(result)["size"].asked, rows(result)["size"].pool, rows(result)["size"].ok) == (
        "2",
        len(people),
        False,
    )


def test_rules_that_make_no_sense_are_refused_here_too():
    with pytest.raises(Problem, match=r"panel\.rule"):
        chosen(PanelRules(1, barred=("nobody",)), WOMEN)
    with pytest.raises(Problem, match=r"rules\.range"):
        chosen(PanelRules(0), WOMEN)


def test_the_bundles_panel():
    result = count(parsed(sensible())).panel
    assert result is not None
    assert result.members == ("n1", "n2")
    bare = sensible()
    del bare["rules"]["panel"]
    assert count(parsed(bare)).panel is None


def brute_force(rules, people, support, seed):
    """All best panels by trying every set of people, each rule read straight from the text."""
    possible = []
    for members in itertools.combinations(sorted(people, key=lambda nominee: nominee.key), rules.size):
        short = shortfall(rules, members)
        if short is not None:
            keys = [nominee.key for nominee in members]
            lots = sum(int(chance.tie_hash(seed, "panel", key)[:5], 16) for key in keys)
            recent = sum(nominee.recent for nominee in members)
            possible.append((short, sum(support[key] for key in keys), recent, lots, tuple(keys)))
    return best_of(possible, rules.memory)


def best_of(possible, memory):
    """The best of panels with their figures: (people missing, support, recent seats, lots, keys)."""
    if not possible:
        return ()
    fewest = min(each[0] for each in possible)
    most = max(each[1] for each in possible if each[0] == fewest)
    within = [each for each in possible if each[0] == fewest and 1000 * each[1] >= most * (1000 - memory)]
    return min(within, key=lambda each: (each[2], -each[1], -each[3], each[4]))[4]


def number(members, attribute, *values):
    return sum(attribute_of(nominee, attribute) in values for nominee in members)


def shortfall(rules, members):
    """People missing in soft rows; nothing where a hard row is not kept."""
    missing = [
        *((missing_in_quota(quota, members), quota.hard) for quota in rules.quotas),
        *((missing_in_share(share, members), share.hard) for share in rules.shares),
    ]
    if any(miss and hard for miss, hard in missing) or not keeps_what_is_always_hard(rules, members):
        return None
    return sum(miss for miss, _ in missing)


def missing_in_quota(quota, members):
    found = number(members, quota.attribute, quota.value)
    return max(0, quota.min - found, 0 if quota.max is None else found - quota.max)


def missing_in_share(share, members):
    inside, base = number(members, share.attribute, share.value), number(members, share.attribute, *share.of)
    return next(miss for miss in itertools.count() if 1000 * (inside + miss) >= share.min * base)


def keeps_what_is_always_hard(rules, members):
    def apart(attribute):
        own = "country" if attribute == "organisation" else attribute
        return [(attribute_of(nominee, attribute), attribute_of(nominee, own)) for nominee in members]

    return (
        all(low <= number(members, "role", role) <= high for role, (low, high) in rules.roles.items())
        and all(
            apart(attribute).count(value) <= most
            for attribute, most in rules.at_most.items()
            for value in set(apart(attribute))
            if value[0] is not None
        )
        and all(
            len({each for each in apart(attribute) if each[0] not in {None, "no_answer"}}) >= 2
            for attribute in rules.mixed
        )
    )


def crowd(number):
    """Twelve people, made of arithmetic."""
    people, support = [], {}
    for place in range(12):
        figure = (number * 7919 + place * 104729 + place * place * 31) % 9973
        nominee = person(
            f"n{place:02}",
            role="xyz"[figure % 3],
            country="ABCD"[figure // 3 % 4],
            organisation="opqrs"[figure // 7 % 5],
            recent=figure // 11 % 3,
            gender=["woman", "man", "non_binary", "no_answer"][figure // 13 % 4],
        )
        people.append(nominee)
        support[nominee.key] = [0, 10, 20, figure][figure // 17 % 4]
    return people, support


@for_each("number", range(24))
def test_the_panel_is_the_best_of_all(number):
    people, support = crowd(number)
    hard = number % 3 == 0
    rules = PanelRules(
        size=3 + number % 5,
        roles={"x": (1, 3)} if number % 2 else {},
        quotas=(Quota("country", "A", 2, 2, hard=hard), Quota("gender", "man", 1, 3, hard=False)),
        shares=(Share("gender", "woman", 400, ("woman", "man", "non_binary"), hard=hard),),
        at_most={"organisation": 2},
        mixed=("gender",) if number % 4 else ("organisation",),
        memory=[0, 50, 200, 1000][number // 3 % 4],
    )
    result = chosen(rules, people, support, seed=str(number))
    assert result.members == brute_force(rules, people, support, str(number))


def test_ministries_of_the_same_name_in_two_countries_are_two():
    ministries = [
        person(f"{country}{n}", organisation="Ministry", country=country)
        for country in ("BB", "PE")
        for n in "12"
    ]
    rules = PanelRules(2, at_most={"organisation": 1}, mixed=("organisation",))
    result = chosen(rules, ministries, {"PE1": 9, "PE2": 8, "BB1": 1})
    assert result.members == ("BB1", "PE1")
    assert (rows(result)["at_most.organisation"].met, rows(result)["mixed[0]"].met) == (1, 2)
    by_name = PanelRules(2, quotas=(Quota("organisation", "Ministry", 0, 1),))
    assert not chosen(by_name, ministries).feasible, "a quota names an organisation by its name alone"


@for_each("memory, members", [(0, ("a", "b")), (49, ("a", "b")), (50, ("a", "c")), (1000, ("c", "d"))])
def test_who_was_heard_lately_makes_room_as_far_as_the_rules_let_support_go(memory, members):
    people = [person("a", recent=1), person("b", recent=2), person("c"), person("d")]
    result = chosen(PanelRules(2, memory=memory), people, {"a": 120, "b": 80, "c": 70, "d": 0})
    assert (result.members, result.most_support) == (members, 200)
    assert result.support == {("a", "b"): 200, ("a", "c"): 190, ("c", "d"): 70}[members]


def test_rows_are_whole_numbers():
    share = Share("gender", "woman", 400, ("woman", "man"))
    row = next(
        row
        for row in rows_of(PanelRules(3, shares=(share,)), [WOMEN[0], MEN[0], QUIET[0]])
        if row.kind == "share"
    )
    assert row.lines == (Line({0: 600, 1: -400}, low=0, unit=1000),)
    assert row.missing({1}) == 1
    assert panel_search.can_hold([row], 3)


def test_a_row_that_is_whole_is_missed_by_one():
    row = next(row for row in rows_of(PanelRules(2, mixed=("gender",)), [*WOMEN, *MEN]) if row.whole)
    assert [row.missing(members) for members in (set(), {0}, {0, 1}, {0, 3})] == [1, 1, 1, 0]


def given_way(result):
    return [(row.row, row.asked, row.possible, row.by, row.pool) for row in result.relaxation]


def test_of_two_quotas_that_contradict_each_other_the_earlier_is_kept_whole():
    rules = PanelRules(3, quotas=(Quota("gender", "woman", 3), Quota("gender", "woman", 0, 1)))
    result = chosen(rules, [*WOMEN, *MEN])
    assert (result.feasible, result.obstacle) == (False, "rows")
    assert given_way(result) == [("quotas[1]", "0-1", 3, 2, 3)]
    assert result.relaxed_members == ("w0", "w1", "w2")
    assert [(row.row, row.ok) for row in result.rows[1:]] == [("quotas[0]", True), ("quotas[1]", True)]


def test_an_earlier_row_that_cannot_be_kept_whole_gives_way_least():
    # Two of the three seats are for others than women: either row may give way for both.
    rules = PanelRules(
        3, roles={"x": (2, 3)}, quotas=(Quota("gender", "woman", 3),), locked=("m0",), at_most={"country": 9}
    )
    result = chosen(rules, [*WOMEN, *MEN, person("x", role="x")])
    assert given_way(result) == [("roles.x", "2-3", 1, 1, 1), ("quotas[0]", "3+", 1, 2, 3)]


def test_a_cap_gives_way_person_by_person():
    people = [person(f"a{n}", organisation="a") for n in range(3)]
    people += [person(f"b{n}", organisation="b") for n in range(3)]
    result = chosen(PanelRules(4, at_most={"organisation": 1}), people, {"a0": 9, "a1": 9, "a2": 9})
    assert given_way(result) == [("at_most.organisation", "0-1", 3, 2, 2)]
    assert result.relaxed_members[:3] == ("a0", "a1", "a2")


def test_a_mixture_gives_way_by_one_and_a_share_by_people():
    rules = PanelRules(
        3, shares=(Share("gender", "woman", 500, ("woman", "man")),), mixed=("gender",), barred=("w0",)
    )
    result = chosen(rules, [WOMEN[0], *MEN])
    assert given_way(result) == [("shares[0]", "500/1000", 0, 2, 0), ("mixed[0]", "2+", 1, 1, 1)]


@for_each(
    "rules, obstacle",
    [(PanelRules(7), "pool"), (PanelRules(1, locked=("m0", "w0")), "locked")],
)
def test_what_no_giving_way_helps_is_said_as_such(rules, obstacle):
    result = chosen(rules, [*WOMEN, *MEN])
    assert (result.feasible, result.obstacle, result.relaxation) == (False, obstacle, ())
    assert result.relaxed_members == ()


def test_substitutes_stand_in_the_order_of_the_stages():
    people = [person("a"), person("b", recent=1), person("c"), person("d"), person("e")]
    support = {"a": 9, "b": 5, "c": 5, "d": 5, "e": 1}
    result = chosen(PanelRules(1), people, support)
    lots = {key: chance.tie_number(SEED, "panel", key) for key in "cd"}
    assert result.alternates == {"a": (*sorted("cd", key=lambda key: -lots[key]), "b")}
    assert chosen(PanelRules(1, locked=("a",)), people, support).alternates == {"a": ()}


def test_who_declined_is_barred_and_no_longer_locked():
    rules = panel.after_declining(PanelRules(3, locked=("m0",), barred=("w0",)), ["m0", "m1"], ["w1", "m1"])
    assert (rules.locked, rules.barred) == (("w1",), ("m0", "m1", "w0"))
    assert panel.changes(["a", "b"], ["c", "b"]) == (("a",), ("c",))
