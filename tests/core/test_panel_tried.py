"""A few small pools in full: the panel, by how much rows give way, substitutes; by every set of people.

What rows mean for a set of people is tried by hand in `test_panel`; here it is taken as given.
"""

import itertools
from dataclasses import replace

import numpy as np

from consulta.core.panel import choose as panel
from consulta.core.panel import exact, relaxation
from consulta.core.panel.alternates import of_each
from consulta.core.panel.relaxation import FIRM
from consulta.core.panel.rows import rows_of
from consulta.core.trust import chance
from consulta.core.values import Nominee, PanelRules, Quota, Share
from tests.cases import for_each

SEED = "00ff"
POOLS = range(10)


def drawn(number, *, hard=None):
    """Rules and eight people of a number; many are alike, so that support, seats and lots decide."""
    luck = np.random.default_rng(number)

    def one(*choices):
        return choices[int(luck.integers(len(choices)))]

    people = [
        Nominee(
            f"p{place}",
            "",
            one("o0", "o1", "o2"),
            one("a", "a", "b"),
            one("PE", "MX"),
            {} if (gender := one("woman", "man", "man", "no_answer", None)) is None else {"gender": gender},
            (),
            one(0, 0, 1),
            one(0, 5, 5, 9),
        )
        for place in range(8)
    ]
    rules = PanelRules(
        4,
        roles={"b": (1, 2)},
        quotas=(
            Quota(
                "country", "MX", one(0, 2), one(1, 3, None), hard=one(True, False) if hard is None else hard
            )
            if number % 3
            else Quota("country", "MX", 2, hard=one(True, False) if hard is None else hard),
        )
        if number % 2
        else (Quota("gender", "woman", 2, hard=False if hard is None else hard),),
        shares=(Share("gender", "woman", one(400, 500), ("woman", "man"), hard=hard is not False),),
        at_most={"organisation": one(1, 2, 2)},
        mixed=("gender",) if one(0, 1) else (),
        locked=("p0",) if number % 3 == 1 else (),
        memory=one(0, 50, 300),
        reserves=one(0, 1, 2, 3, 4),
    )
    return rules, people


def tried(rules, people):
    """Rows, every panel that keeps size and locked, and what the stages compare, by place."""
    rows = rows_of(rules, people)
    firm = [row for row in rows if row.kind in FIRM]
    every = (frozenset(each) for each in itertools.combinations(range(len(people)), rules.size))
    lots = [chance.tie_number(SEED, "panel", each.key) for each in people]

    def merit(members):
        return (
            sum(row.missing(members) for row in rows if not row.hard),
            -sum(people[place].support for place in members),
            sum(people[place].recent for place in members),
            -sum(lots[place] for place in members),
        )

    return rows, [each for each in every if not any(row.missing(each) for row in firm)], merit, lots


def best_of(panels, memory):
    """The best of panels with their merit: the most support, less what may be given up for the unheard."""
    if not panels:
        return None
    least = min(figures[:2] for figures, _ in panels)
    within = [
        (figures, each)
        for figures, each in panels
        if figures[0] == least[0] and -1000 * figures[1] >= -least[1] * (1000 - memory)
    ]
    return min(within, key=lambda each: (each[0][2], each[0][1], each[0][3], sorted(each[1])))[1]


def keeps(rows, members):
    return not any(row.hard and row.missing(members) for row in rows)


@for_each("number", POOLS)
def test_a_panel_and_who_could_replace_whom(number):
    rules, people = drawn(number)
    rows, panels, merit, lots = tried(rules, people)
    support = {each.key: each.support for each in people}
    result = panel.choose(rules, people, support, [], SEED, known_roles="ab")
    best = best_of([(merit(each), each) for each in panels if keeps(rows, each)], rules.memory)
    assert result.feasible is (best is not None)
    if best is None:
        return
    assert result.members == tuple(people[place].key for place in sorted(best))
    alone = sorted(range(len(people)), key=lambda x: (-people[x].support, people[x].recent, -lots[x]))
    for member in best:
        joined = {x: best - {member} | {x} for x in alone if x not in best}
        fitting = sorted((x for x in joined if keeps(rows, joined[x])), key=lambda x: merit(joined[x]))
        assert result.alternates[people[member].key] == tuple(people[x].key for x in fitting[:3])


@for_each("number", POOLS)
def test_rows_give_way_for_the_fewest_people_the_earlier_ones_least(number):
    rules, people = drawn(number, hard=number % 4 > 0)
    rows, panels, _, lots = tried(rules, people)
    giving = [row for row in rows if row.hard and row.kind not in FIRM]
    asked = [[row.missing(each) for row in giving] for each in panels]
    found = relaxation.smallest(rows, lots, rules.size)
    if not panels:
        assert found is None
        return
    least = min((sum(each), *each) for each in asked)
    assert (found.least, *found.gives.values()) == least
    assert found.proven
    assert [row.missing(found.members) for row in giving] == [*least[1:]]


def test_some_pools_have_a_panel_and_some_have_none():
    """What the tests above look at is there at all."""
    found = []
    for number in POOLS:
        rows, panels, _, _ = tried(*drawn(number))
        found.append(any(keeps(rows, each) for each in panels))
    assert {*found} == {True, False}


@for_each("first", ["most", "least"])
def test_of_rows_that_contradict_each_other_the_earlier_gives_way_least(first):
    """Three women are asked for, and at most one, behind a row that holds anyhow."""
    people = [Nominee(f"{sex}{n}", "", "", "a", "PE", {"gender": sex}) for sex in "wm" for n in range(3)]
    both = [Quota("gender", "w", 0, 1), Quota("gender", "w", 3)]
    rules = PanelRules(3, quotas=(Quota("country", "PE", 1), *(both if first == "most" else both[::-1])))
    found = relaxation.smallest(rows_of(rules, people), [*range(6)], 3)
    assert [*found.gives.values()] == [0, 0, 2]
    assert (found.least, found.proven) == (2, True)


@for_each("unproven", [0, 1])
def test_what_gives_way_is_proven_where_every_search_for_it_is(monkeypatch, unproven):
    best, asked = exact.best, []

    def without_proof(*given, **named):
        found = best(*given, **named)
        asked.append(found)
        return replace(found, bound=found.value + 1) if len(asked) == unproven + 1 else found

    monkeypatch.setattr(exact, "best", without_proof)
    people = [Nominee(f"p{n}", "", "", "a", "PE") for n in range(3)]
    rules = PanelRules(2, quotas=(Quota("country", "MX", 1),))
    found = relaxation.smallest(rows_of(rules, people), [1, 2, 3], 2)
    assert (len(asked), found.gives, found.proven) == (2, {"quotas[0]": 1}, False)


def test_a_search_without_an_end_is_not_said_to_find_that_nothing_helps(monkeypatch):
    monkeypatch.setattr(exact, "best", lambda *given, **named: exact.Open(-1))
    rows = rows_of(PanelRules(1), [Nominee("p", "", "", "a", "PE")])
    assert relaxation.smallest(rows, [1], 1) == exact.Open(-1)


@for_each("number", POOLS)
def test_substitutes_are_those_with_whom_fewest_are_missing_in_soft_rows(number):
    """Of a few panels of a pool, the best or not: each place in turn."""
    rules, people = drawn(number, hard=False)
    rows, panels, merit, _ = tried(rules, people)
    alone = sorted(range(len(people)), key=lambda place: (merit({place})[1:], place))
    for members in panels[:: max(1, len(panels) // 6)]:
        found = of_each(rows, len(people), members, alone)
        for member in members:
            joined = {x: members - {member} | {x} for x in alone if x not in members}
            fitting = [x for x in joined if keeps(rows, joined[x])]
            assert found[member] == tuple(sorted(fitting, key=lambda x: merit(joined[x])[0])[:3])


def test_who_would_be_one_too_many_comes_behind_who_would_not():
    people = [Nominee(key, "", "", "a", "PE", {"gender": key[0]}) for key in ("m0", "w0", "m1")]
    rules = PanelRules(1, quotas=(Quota("gender", "w", 0, 0, hard=False),))
    assert of_each(rows_of(rules, people), 3, frozenset({0}), [1, 2, 0]) == {0: (2, 1)}


def test_what_a_row_gives_way_is_for_all_its_values_together():
    """One more than one of an organisation: two of a, and then none of b beside the one."""
    people = [
        Nominee(f"{o}{n}", "", o, "a", "PE", support=own)
        for o, own in zip("abc", (9, 5, 1), strict=True)
        for n in "01"
    ]
    rules = PanelRules(4, at_most={"organisation": 1})
    table = panel._Table.of(rules, people, {each.key: each.support for each in people}, SEED)
    found = table.best({"at_most.organisation": 1})
    assert sum(people[place].support for place in found.members) == 9 + 9 + 5 + 1
