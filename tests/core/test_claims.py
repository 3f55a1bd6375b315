"""What a panel that is not proven best may claim: its bounds, held against itself and another panel."""

from dataclasses import replace

from consulta.core.panel import choose as panel
from consulta.core.trust import chance
from consulta.core.values import Nominee, PanelRules, Quota
from tests.cases import for_each

SEED = "0f"
SUPPORT = {"a": 10, "b": 8, "c": 8, "d": 1}
PEOPLE = [Nominee(key, key, f"o-{key}", "r", "PE", {}, (), int(key == "b")) for key in SUPPORT]
RULES = PanelRules(2)
LOTS = {key: chance.tie_number(SEED, "panel", key) for key in SUPPORT}
A_C = {"shortfall": 0, "most_support": 18, "recent": 0, "support": 18, "lots": LOTS["a"] + LOTS["c"]}
A_B = {"shortfall": 0, "most_support": 18, "recent": 1, "support": 18, "lots": LOTS["a"] + LOTS["b"]}


def seated(members, bounds, *, feasible=True):
    found = panel.report_on_members(RULES, PEOPLE, SUPPORT, [], SEED, members)
    return replace(found, feasible=feasible, proven=False, bounds=bounds)


def failing(own, given):
    """Return the bound of a panel that fails; what is told of it is its own."""
    told, fails = panel.as_claimed(RULES, PEOPLE, SUPPORT, [], SEED, own, given)
    assert told == replace(given, feasible=True)
    return fails


def test_all_stages_have_a_bound_and_nothing_else_has():
    own = seated("ac", A_C)
    for stage in A_C:
        rest = {name: bound for name, bound in A_C.items() if name != stage}
        assert failing(own, seated("ac", rest)) == stage
    assert failing(own, seated("ac", None)) == "shortfall"
    assert failing(own, seated("ac", A_C | {"more": 0})) == ""


@for_each("stage, better", panel.STAGES.items())
def test_a_bound_is_not_passed_by_the_panel_itself(stage, better):
    given = seated("ac", A_C)
    own = replace(given, feasible=False)
    assert failing(own, given) is None
    assert failing(own, replace(given, bounds=A_C | {stage: A_C[stage] + better})) is None
    assert failing(own, replace(given, bounds=A_C | {stage: A_C[stage] - better})) == stage


def test_a_bound_says_no_more_than_was_proven():
    for stage, better in panel.STAGES.items():
        own = seated("ac", A_C | {stage: A_C[stage] + 2 * better})
        assert failing(own, seated("ac", A_C | {stage: A_C[stage] + better})) == stage
        assert failing(own, seated("ac", A_C | {stage: A_C[stage] + 2 * better})) is None


def test_a_bound_is_not_passed_by_the_panel_that_was_found_here():
    """a and c are as good as a and b in support, and better by a recent seat."""
    own, bounds = seated("ac", A_C), A_C | {"recent": 1}
    assert failing(own, seated("ab", bounds)) == "recent"
    assert failing(replace(own, feasible=False), seated("ab", A_B)) is None
    assert failing(own, seated("ab", A_C)) is None
    assert failing(own, seated("ab", A_C | {"lots": A_C["lots"] - 1})) == "lots"
    # What was proven of the lots of panels without a recent seat says nothing of those with one.
    assert failing(replace(own, bounds=A_C | {"lots": A_C["lots"] + 9}), seated("ab", A_C)) is None


def test_a_worse_panel_found_here_says_nothing_of_later_stages():
    """a and d have less support than a and b, and no recent seat."""
    assert failing(seated("ad", A_B), seated("ab", A_B)) is None


def test_once_a_stage_falls_short_later_bounds_speak_of_better_panels():
    own = seated("ac", A_C, feasible=False)
    worse = seated("ad", A_C | {"lots": -1})
    assert failing(own, worse) is None
    assert failing(own, replace(worse, bounds=A_C | {"support": 11, "lots": -1})) is None
    reached = A_C | {"most_support": 11, "support": 11, "lots": -1}
    assert failing(own, replace(worse, bounds=reached)) == "lots"


@for_each(
    "most, fails",
    [(17, "most_support"), (18, None), (20, None), (21, "most_support"), (22, "most_support")],
)
def test_the_most_support_is_no_less_than_its_own_and_no_more_than_was_proven(most, fails):
    """Of 20 a panel with 18 gives up a tenth, which the rules allow."""
    rules = replace(RULES, memory=100)
    own = seated("ac", A_C | {"most_support": 21, "support": 21})
    given = replace(own, most_support=most, bounds=own.bounds | {"most_support": 22})
    assert panel.as_claimed(rules, PEOPLE, SUPPORT, [], SEED, own, given)[1] == fails


def test_no_panel_claims_more_support_than_was_proven():
    own = seated("ac", A_C)
    for most, fails in ((18, None), (19, "most_support")):
        given = replace(own, most_support=most, bounds=A_C | {"most_support": most})
        rules = replace(RULES, memory=100)
        assert panel.as_claimed(rules, PEOPLE, SUPPORT, [], SEED, own, given)[1] == fails


# -- where no panel keeps the hard rows

WOMEN = [Nominee(f"w{at}", "w", f"o{at}", "r", "PE", {"gender": "woman"}, (), 0) for at in range(2)]
MEN = [Nominee(f"m{at}", "m", f"p{at}", "r", "PE", {"gender": "man"}, (), 0) for at in range(3)]
HARD = PanelRules(3, quotas=(Quota("gender", "woman", 3), Quota("gender", "man", 1)), barred=("m2",))
NONE = dict.fromkeys([each.key for each in [*WOMEN, *MEN]], 0)


def impossible(members, bounds, own=None):
    """Return what is told of a panel that no rules allow, and the bound that fails."""
    found = panel.choose(HARD, [*WOMEN, *MEN], NONE, [], SEED)
    assert not found.feasible
    own = replace(found, proven=False, bounds={"giving_way": 1} if own is None else own)
    given = replace(own, relaxed_members=members, bounds=bounds)
    told, fails = panel.as_claimed(HARD, [*WOMEN, *MEN], NONE, [], SEED, own, given)
    assert told == replace(
        own, relaxation=told.relaxation, relaxed_members=told.relaxed_members, bounds=bounds
    )
    return told, fails


def test_who_gives_way_is_told_of_the_people_given():
    told, fails = impossible(("w1", "w0", "m1"), {"giving_way": 1})
    assert (told.relaxed_members, fails) == (("m1", "w0", "w1"), None)
    assert [(each.row, each.asked, each.possible, each.by) for each in told.relaxation] == [
        ("quotas[0]", "3+", 2, 1)
    ]
    told, fails = impossible(("w0", "m0", "m1"), {"giving_way": 1})
    assert [(each.row, each.possible, each.by) for each in told.relaxation] == [("quotas[0]", 1, 2)]
    assert fails is None


def test_how_much_gives_way_at_least_is_between_nothing_and_what_does():
    members = ("w0", "w1", "m1")
    assert impossible(members, {"giving_way": 0})[1] is None
    assert impossible(members, {"giving_way": -1})[1] == "giving_way"
    assert impossible(members, {"giving_way": 2}, {"giving_way": 2})[1] == "giving_way"
    assert impossible(members, {"giving_way": 1}, {"giving_way": 0})[1] == "giving_way"
    assert impossible(members, {"giving_way": 0}, {})[1] is None
    assert impossible(members, {"giving_way": 1, "lots": 1})[1] == "giving_way"
    assert impossible(members, None)[1] == "giving_way"


def test_people_who_are_too_few_are_no_panel_that_gives_way():
    told, fails = impossible(("w0", "w1"), {"giving_way": 1})
    assert (told.relaxation, told.relaxed_members, fails) == ((), (), None)


# -- what is said of a panel, whole


def test_a_panel_keeps_its_hard_rows_only_if_it_keeps_each():
    rules = PanelRules(2, quotas=(Quota("gender", "woman", 1), Quota("gender", "man", 1)))
    for members, kept in ((("w0", "m0"), True), (("w0", "w1"), False)):
        found = panel.report_on_members(rules, [*WOMEN, *MEN], NONE, [], SEED, members)
        assert (found.feasible, found.proven, found.bounds) == (kept, True, None)


def test_of_no_panel_there_are_no_figures():
    found = panel.choose(HARD, [*WOMEN, *MEN], NONE, [], SEED)
    assert (found.support, found.shortfall, found.recent, found.pool) == (0, 0, 0, 4)
    assert (found.proven, found.bounds, found.obstacle) == (True, None, "rows")
    assert [(each.row, each.by) for each in found.relaxation] == [("quotas[0]", 1)]
    assert {"w0", "w1"} < set(found.relaxed_members)
    assert {row.row: row.ok for row in found.rows} == {"size": True, "quotas[0]": False, "quotas[1]": True}


@for_each(
    "rules, obstacle",
    [
        (PanelRules(5, quotas=(Quota("gender", "woman", 3),)), "rows"),  # the pool is just large enough
        (PanelRules(6), "pool"),
        (PanelRules(2, quotas=(Quota("gender", "woman", 1),), locked=("m0", "m1")), "rows"),
        (PanelRules(2, locked=("m0", "m1", "m2")), "locked"),
    ],
)
def test_what_stands_in_the_way_is_named(rules, obstacle):
    found = panel.choose(rules, [*WOMEN, *MEN], NONE, [], SEED)
    assert (found.feasible, found.obstacle) == (False, obstacle)
    assert (found.proven, found.bounds) == (True, None)
