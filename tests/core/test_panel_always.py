"""A panel always comes: shares that were searched without end are proven; the limit gives the best found."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count
from consulta.core.panel import choose as panel
from consulta.core.panel import exact
from consulta.core.panel import search as panel_search
from consulta.core.panel.rules import panel_rules_to_dict, parse_panel_rules
from consulta.core.values import Nominee, PanelRules, Quota, Share
from tests.cases import for_each
from tests.core import solver
from tests.core.build import sensible
from tests.core.elections import encoded, pools
from tests.deep import deep, examples, some

SEED = "0f"
GENDERS = ("woman", "man", "non_binary")
ROLES = {"gov_national": (6, 12), "gov_local": (3, 9), "mechanism": (9, 15)}
SUBREGIONS = ("south_america", "caribbean", "central_america")


class Lots:
    """Draws that are the same each time."""

    def __init__(self, number: int) -> None:
        self.source = np.random.default_rng(number)

    def below(self, most: int) -> int:
        return int(self.source.integers(most))

    def one(self, options: Any) -> Any:
        return options[self.below(len(options))]


def crowd(number: int, share: int, *, hard: bool = True) -> tuple[PanelRules, list[Nominee], dict[str, int]]:
    """24 of 120 with the usual roles, a share of women, and support in which very many are equal."""
    drawn = Lots(number)
    people, support = [], {}
    for place in range(120):
        country = drawn.below(18)
        key = f"n{place:03}"
        traits = {
            "subregion": SUBREGIONS[country % 3],
            "gender": drawn.one([*["woman"] * 8, *["man"] * 10, "non_binary", "no_answer"]),
        }
        role, recent = drawn.one(list(ROLES)), drawn.one([0, 0, 0, 1, 2])
        organisation = f"o{drawn.below(80)}"
        people.append(Nominee(key, key, organisation, role, f"C{country:02}", traits, (), recent))
        support[key] = drawn.one([0, 10, 20])
    rules = PanelRules(
        size=24,
        roles=ROLES,
        quotas=tuple(Quota("subregion", name, 1) for name in SUBREGIONS),
        shares=(Share("gender", "woman", share, GENDERS, hard),),
        at_most={"organisation": 1, "country": 6},
        mixed=("gender",),
    )
    return rules, people, support


def split(number: int, attributes: int = 12) -> tuple[PanelRules, list[Nominee], dict[str, int]]:
    """Exact numbers asked of many attributes at once: rules made to be hard to decide."""
    drawn = Lots(number)
    people = [
        Nominee(
            key=f"n{place:03}",
            name="x",
            organisation=f"o{drawn.below(60)}",
            role="r",
            country=f"C{drawn.below(20)}",
            categories={f"a{at}": drawn.one("xyz") for at in range(attributes)},
            topics=(),
            recent=drawn.one([0, 1]),
        )
        for place in range(60)
    ]
    quotas = tuple(
        Quota(f"a{at}", value, 8 + more, 8 + more, hard=False)
        for at in range(attributes)
        for value, more in (("x", drawn.one([-1, 0, 1])), ("y", 0))
    )
    support = {person.key: drawn.one([0, 10, 20]) for person in people}
    return PanelRules(24, {}, quotas, (), {"organisation": 1, "country": 3}), people, support


def as_plain(people: list[Nominee], support: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "organisation": each.organisation,
            "role": each.role,
            "country": each.country,
            "categories": each.categories,
            "recent": each.recent,
            "support": support[each.key],
        }
        for each in people
    ]


@pytest.mark.deep
@for_each("number", [1, deep(2), deep(3), 4])
@for_each("share, hard", [(501, True), (500, True), (501, False), (334, True)])
def test_shares_that_were_searched_without_end_are_proven(number: int, share: int, hard: bool) -> None:
    rules, people, support = crowd(number, share, hard=hard)
    found = panel.choose(rules, people, support, [], SEED)
    assert (found.feasible, found.proven, found.bounds) == (True, True, None)


def test_the_panel_of_such_a_share_is_that_of_another_program() -> None:
    rules, people, support = crowd(2, 501)
    found = panel.choose(rules, people, support, [], SEED)
    plain = panel_rules_to_dict(rules)
    values, who = solver.panel(as_plain(people, support), plain, SEED)
    assert [found.shortfall, found.most_support, found.recent, found.support] == values
    assert list(found.members) == who


def test_people_alike_are_told_apart_by_lot_alone() -> None:
    """Two hundred who differ in nothing but their tie number: the largest numbers sit."""
    people = [Nominee(f"n{at:03}", "x", f"o{at}", "r", "PE", {}, (), 0) for at in range(200)]
    found = panel.choose(PanelRules(70), people, {each.key: 5 for each in people}, [], SEED)
    lots = {each.key: panel.chance.tie_number(SEED, "panel", each.key) for each in people}
    assert set(found.members) == set(sorted(lots, key=lambda key: -lots[key])[:70])
    assert found.proven


@pytest.mark.deep
def test_the_search_ends_at_its_limit_with_a_panel_and_what_none_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solves, solve = [], exact._solve
    monkeypatch.setattr(exact, "_solve", lambda *asked: solves.append(1) or solve(*asked))
    monkeypatch.setattr(exact, "EFFORT", 30)
    monkeypatch.setattr(panel_search, "NEXT_STAGE", 60)
    rules, people, support = split(2)
    found = panel.choose(rules, people, support, [], SEED)
    assert found.feasible
    assert not found.proven
    assert found.bounds is not None
    assert found.bounds["shortfall"] <= found.shortfall
    assert found.bounds["most_support"] >= found.most_support >= found.support
    # The first search's limit, what each later one may do, and the last solve of each.
    assert len(solves) < 2 * (30 + 4 * 60)
    assert panel.choose(rules, people, support, [], SEED) == found


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(pools())
def test_what_a_search_cut_short_says_is_true(drawn: tuple[list[dict[str, Any]], dict[str, Any]]) -> None:
    """The best found is no better than the best, whose figures no bound denies; a proven one is the best."""
    nominees, written = drawn
    rules, people = parse_panel_rules(written), [Nominee(**nominee) for nominee in nominees]
    support = {nominee["key"]: nominee["support"] for nominee in nominees}
    best = panel.choose(rules, people, support, [], SEED)
    assert best.proven
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact.Effort, "over", property(lambda _: True))
        found = panel.choose(rules, people, support, [], SEED)
    event(f"proven: {found.proven}, feasible: {found.feasible}")
    if found.proven:
        assert found == best
        return
    bounds = found.bounds or {}
    assert found.feasible <= best.feasible
    if not found.feasible:
        assert 0 <= bounds["giving_way"] <= sum(row.by for row in best.relaxation)
        return
    missed = sum(row.missing or 0 for row in found.rows if not row.hard)
    least = sum(row.missing or 0 for row in best.rows if not row.hard)
    assert bounds["shortfall"] <= least <= missed
    if least == missed:
        assert found.most_support <= best.most_support <= bounds["most_support"]
        assert found.support <= found.most_support


# -- verifying a panel that is not proven best


def unproven() -> tuple[Any, dict[str, Any]]:
    """A bundle whose panel is not proven best at a small limit, and its result."""
    bundle = sensible()
    rules, people, support = split(2)
    bundle["nominees"] = [
        {**each, "name": "x", "topics": [], "categories": dict(each["categories"])}
        for each in as_plain(people, support)
    ]
    for ballot in bundle["ballots"]:
        ballot["endorsements"] = []
    bundle["rules"]["panel"] = panel_rules_to_dict(rules)
    parsed = bundles.parse(encoded(bundle))
    return parsed, json.loads(count.count(parsed).to_json())


def said(bundle: Any, result: dict[str, Any]) -> str | None:
    return count.verify(bundle, json.dumps(result).encode())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "EFFORT", 20)
    monkeypatch.setattr(panel_search, "NEXT_STAGE", 10)
    monkeypatch.setattr(exact, "NODES", 1)


@pytest.mark.usefixtures("small")
def test_verifying_checks_rows_figures_and_bounds_and_asks_for_no_panel_of_its_own() -> None:
    bundle, result = unproven()
    told = result["panel"]
    assert told["proven"] is False
    assert said(bundle, result) is None
    for stage, step in some((("shortfall", 1), ("most_support", -1), ("recent", 1), ("lots", -1)), 2, 1):
        tighter = dict(told, bounds=dict(told["bounds"], **{stage: told["bounds"][stage] + step}))
        assert said(bundle, dict(result, panel=tighter)) == f"panel.bounds.{stage}"
    looser = dict(told, bounds=dict(told["bounds"], support=told["bounds"]["support"] + 1))
    assert said(bundle, dict(result, panel=looser)) is None
    assert said(bundle, dict(result, panel=dict(told, support=told["support"] + 1))) == "panel.support"
    assert said(bundle, dict(result, panel=dict(told, bounds={}))) == "panel.bounds.shortfall"
    for most in (told["bounds"]["most_support"] + 1, told["support"] - 1):
        bounds = dict(told["bounds"], most_support=max(most, told["bounds"]["most_support"]))
        untrue = dict(told, most_support=most, bounds=bounds)
        assert said(bundle, dict(result, panel=untrue)) in {"panel.bounds.most_support", "panel.most_support"}
    rules, nominees = bundle.rules.panel, bundle.nominees
    member, other = next((member, others[0]) for member, others in told["alternates"].items() if others)
    support = {each.key: each.support for each in nominees}
    topics = [topic["key"] for topic in result["topics"]]
    members = {*told["members"], other} - {member}
    seated = panel.report_on_members(rules, nominees, support, topics, result["seed"], members)
    another = json.loads(json.dumps({**told, **_as_file(seated)}))
    # Less good where it must be, within bounds that stay true of it.
    assert said(bundle, dict(result, panel=another)) is None
    assert said(bundle, dict(result, panel=dict(told, members=another["members"]))) is not None


def _as_file(seated: Any) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415 - only here

    told = asdict(seated)
    # Nobody is endorsed by a ballot, and what the most support is stays said.
    untouched = ("proven", "bounds", "endorsed_by", "most_support")
    return {name: value for name, value in told.items() if name not in untouched}


def test_a_panel_that_can_be_proven_is_not_taken_down_to_the_best_found() -> None:
    bundle = bundles.parse(encoded(sensible()))
    result = json.loads(count.count(bundle).to_json())
    assert result["panel"]["proven"]
    bounds = {"shortfall": 0, "most_support": 10_000, "recent": 0, "support": 10_000, "lots": 2**21}
    result["panel"] |= {"proven": False, "bounds": bounds}
    assert said(bundle, result) == "panel.proven"
