"""Laws of the panel: hard rules kept, same answer from the same bundle, more support never hurts."""

import copy

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from consulta.core.panel import choose as panel_core
from consulta.core.panel.rules import panel_rules_to_dict, parse_panel_rules
from tests.core.elections import panel_bundles, pools
from tests.core.results import panel_of as panel_of_pool
from tests.core.results import result_of
from tests.deep import COSTLY, examples


def panel_of(bundle):
    return result_of(bundle)["panel"]


def chosen(nominees, rules):
    return panel_of_pool(nominees, rules, ["t0"], "00")


def outcome(panel):
    return {name: panel[name] for name in ("feasible", "members", "support", "shortfall", "recent")}


def possible(bundle):
    panel = panel_of(bundle)
    assume(panel["feasible"])
    return panel


TRIED = settings(max_examples=examples(settings().max_examples, few=COSTLY))  # a panel each


@TRIED
@given(panel_bundles())
def test_size_locks_bars_and_roles_are_kept(bundle):
    rules, members = bundle["rules"]["panel"], possible(bundle)["members"]
    roles = {nominee["key"]: nominee["role"] for nominee in bundle["nominees"]}
    assert members == sorted(set(members))
    assert len(members) == rules["size"]
    assert set(rules["locked"]) <= set(members)
    assert not set(rules["barred"]) & set(members)
    for role, (low, high) in rules["roles"].items():
        assert low <= sum(roles[key] == role for key in members) <= high


@TRIED
@given(panel_bundles())
def test_hard_quotas_and_shares_are_kept(bundle):
    rules, members = bundle["rules"]["panel"], set(possible(bundle)["members"])
    people = [n["categories"] | {"country": n["country"]} for n in bundle["nominees"] if n["key"] in members]
    for row in rules["quotas"]:
        counted = sum(person[row["attribute"]] == row["value"] for person in people)
        assert not row["hard"] or row["min"] <= counted <= row["max"]
    for row in rules["shares"]:
        counted = sum(person[row["attribute"]] == row["value"] for person in people)
        base = sum(person[row["attribute"]] in row["of"] for person in people)
        assert not row["hard"] or 1000 * counted >= row["min"] * base


@TRIED
@given(panel_bundles())
def test_caps_and_mixture_are_kept(bundle):
    rules, members = bundle["rules"]["panel"], set(possible(bundle)["members"])
    chosen = [nominee for nominee in bundle["nominees"] if nominee["key"] in members]
    people = [n["categories"] | {"country": n["country"], "organisation": n["organisation"]} for n in chosen]
    for attribute, most in rules["at_most"].items():
        values = [person[attribute] for person in people]
        assert max(values.count(value) for value in values) <= most
    for attribute in rules["mixed"]:
        known = [person[attribute] for person in people if person[attribute] != "no_answer"]
        assert len(set(known)) > 1


@TRIED
@given(panel_bundles(), st.data())
def test_the_order_of_nominees_does_not_count(bundle, data):
    before = panel_of(bundle)
    bundle["nominees"] = data.draw(st.permutations(bundle["nominees"]))
    assert panel_of(bundle) == before


@TRIED
@given(panel_bundles(), st.data())
def test_a_member_with_more_support_stays(bundle, data):
    before = possible(bundle)
    member = data.draw(st.sampled_from(before["members"]))
    for nominee in bundle["nominees"]:
        nominee["support"] = nominee["support"] or 0
    again = panel_of(bundle)
    assume(member in again["members"])
    nominee = next(n for n in bundle["nominees"] if n["key"] == member)
    nominee["support"] = min(10_000, nominee["support"] + data.draw(st.integers(1, 2000)))
    assert member in panel_of(bundle)["members"]


@TRIED
@given(panel_bundles(), st.data())
def test_barring_who_is_not_chosen_and_locking_who_is_changes_nothing(bundle, data):
    bundle["rules"]["panel"]["memory"] = 0  # else who is out counts in the most support that is possible
    before = possible(bundle)
    others = sorted({n["key"] for n in bundle["nominees"]} - set(before["members"]))
    changed = copy.deepcopy(bundle)
    rules = changed["rules"]["panel"]
    rules["barred"] = sorted({*rules["barred"], *others[:1]})
    member = data.draw(st.sampled_from(before["members"]))
    rules["locked"] = sorted({*rules["locked"], member})
    assert outcome(panel_of(changed)) == outcome(before)


@TRIED
@given(panel_bundles())
def test_soft_rows_never_make_a_panel_impossible(bundle):
    before = possible(bundle)
    rules = bundle["rules"]["panel"]
    rules["quotas"] = [row | {"hard": False} for row in rules["quotas"]]
    rules["shares"] = [row | {"hard": False} for row in rules["shares"]]
    after = panel_of(bundle)
    assert after["feasible"]
    assert after["shortfall"] <= before["shortfall"]


def given_way(panel):
    return sum(row["by"] for row in panel["relaxation"])


@TRIED
@given(pools())
def test_rules_that_give_way_as_told_have_the_panel_that_was_told(pool):
    nominees, rules = pool
    before = chosen(nominees, rules)
    if before["obstacle"] != "rows":
        assert before["relaxation"] == []
        return
    loosened = copy.deepcopy(rules)
    for row in before["relaxation"]:
        loosen(loosened, row)
    after = chosen(nominees, loosened)
    assert after["feasible"]
    if all(row["kind"] in {"role", "quota"} for row in before["relaxation"]):
        assert after["members"] == before["relaxed_members"]


def loosen(rules, row):
    """Let a row have what is told to be possible; a share, a cap or a mixture is dropped."""
    place = row["row"].removeprefix("quotas[").removeprefix("shares[").removesuffix("]")
    match row["kind"]:
        case "role":
            low, high = rules["roles"][row["value"]]
            rules["roles"][row["value"]] = [min(low, row["possible"]), max(high, row["possible"])]
        case "quota":
            quota = rules["quotas"][int(place)]
            quota["min"] = min(quota["min"], row["possible"])
            quota["max"] = None if quota["max"] is None else max(quota["max"], row["possible"])
        case "share":
            rules["shares"][int(place)]["min"] = 0
        case "at_most":
            del rules["at_most"][row["attribute"]]
        case "mixed":
            rules["mixed"].remove(row["attribute"])


@TRIED
@given(pools(), st.integers(0, 20))
def test_with_more_people_no_more_must_give_way(pool, at):
    nominees, rules = pool
    before = chosen(nominees, rules)
    newcomer = nominees[at % len(nominees)] | {"key": "n99", "organisation": "o9", "topics": []}
    after = chosen([*nominees, newcomer], rules)
    assert after["obstacle"] in {before["obstacle"], "rows", None}
    if before["obstacle"] == "rows":
        assert given_way(after) <= given_way(before)
    if before["feasible"]:
        assert after["feasible"]


MANY_ARE_IMPOSSIBLE = settings(
    TRIED, suppress_health_check=[*settings().suppress_health_check, HealthCheck.filter_too_much]
)
"""Of the pools that are drawn many have no panel; these laws are about those that have one."""


@MANY_ARE_IMPOSSIBLE
@given(pools())
def test_no_substitute_is_better_than_whom_it_replaces(pool):
    nominees, rules = pool
    rules["memory"] = 0
    panel = chosen(nominees, rules)
    assume(panel["feasible"])
    for member, others in panel["alternates"].items():
        for other in others:
            swapped = chosen(
                nominees,
                rules | {"locked": sorted({*panel["members"], other} - {member}), "size": rules["size"]},
            )
            assert (swapped["shortfall"], -swapped["support"]) >= (panel["shortfall"], -panel["support"])
            assert swapped["feasible"]


@MANY_ARE_IMPOSSIBLE
@given(pools())
def test_who_declines_is_out_and_who_accepted_stays(pool):
    nominees, rules = pool
    rules["memory"] = 0  # a substitute is not asked for room for who was not heard
    before = chosen(nominees, rules)
    assume(before["feasible"] and len(before["members"]) > 1)
    declined, *held = before["members"]
    again = panel_core.after_declining(parse_panel_rules(rules), [declined], held)
    after = chosen(nominees, panel_rules_to_dict(again))
    others = before["alternates"][declined]
    assert declined not in after["members"]
    if others:
        assert after["members"] == sorted({*held, others[0]}), "the best substitute is the best choice"
    left, came = panel_core.changes(before["members"], after["members"])
    assert not after["feasible"] or (declined in left and len(left) == len(came) == 1)


@MANY_ARE_IMPOSSIBLE
@given(pools())
def test_memory_gives_up_no_more_support_than_the_rules_allow_and_only_for_fewer_recent_seats(pool):
    nominees, rules = pool
    with_it, without = chosen(nominees, rules), chosen(nominees, rules | {"memory": 0})
    assume(with_it["feasible"])
    assert with_it["most_support"] == without["most_support"] == without["support"]
    assert 1000 * with_it["support"] >= (1000 - rules["memory"]) * without["support"]
    assert with_it["shortfall"] == without["shortfall"]
    assert with_it["recent"] <= without["recent"]
    assert with_it["recent"] < without["recent"] or with_it["members"] == without["members"]
