"""What a candidate would change: every place tried by the independent count, and fast for hundreds."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consulta.core.panel import effects
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.values import Nominee
from consulta.panel import candidates
from consulta.panel import trials as panel_trials
from consulta.platform.models import Nominee as Stored
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.core import counted
from tests.deep import examples
from tests.factories import build_nominee, moment
from tests.results.test_results import KEY, closed_round
from tests.results.test_results_pages import DESK, PANEL

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

RANDOM = hypothesis_settings(max_examples=examples(40), deadline=None)
PAGE = f"/en/secretariat/rounds/{KEY}/panel/candidates"
ROLES = ("gov_national", "gov_local", "mechanism")


def pool(chance: Any, how_many: int) -> list[dict[str, Any]]:
    """Nominees as the independent count knows them."""
    return [
        {
            "key": f"n{number:03}",
            "role": chance.choice(ROLES),
            "organisation": f"o{number % 9}",
            "country": chance.choice(["PE", "CO", "MX", "JM"]),
            "support": 100 * chance.randint(0, 30),
            "categories": {
                "subregion": chance.choice(["caribbean", "mesoamerica", "south_america"]),
                "gender": chance.choice(["woman", "man", "non_binary", "no_answer"]),
            },
        }
        for number in range(how_many)
    ]


def asked(chance: Any) -> dict[str, Any]:
    """Rules of every kind."""
    share = {"attribute": "gender", "value": "woman", "min": 400, "of": ["woman", "man"]}
    return {
        "size": 5,
        "roles": {"gov_national": [1, 2], "mechanism": [1, 3]},
        "quotas": [
            {
                "attribute": "subregion",
                "value": "caribbean",
                "min": chance.randint(0, 2),
                "max": 3,
                "hard": True,
            },
            {"attribute": "subregion", "value": "mesoamerica", "min": 2, "max": None, "hard": False},
        ],
        "shares": [share | {"hard": chance.random() < 0.5}],
        "at_most": {"country": 2, "organisation": 1},
        "mixed": ["gender"],
        "locked": [],
        "barred": [],
    }


def nominees_of(people: list[dict[str, Any]]) -> list[Nominee]:
    return [
        Nominee(
            each["key"], each["key"], each["organisation"], each["role"], each["country"], each["categories"]
        )
        for each in people
    ]


@RANDOM
@given(st.randoms(use_true_random=False))
def test_the_place_is_the_best_of_all_and_the_rows_are_those_of_the_panel_then(chance: Any) -> None:
    people, rules = pool(chance, 14), asked(chance)
    members = [each["key"] for each in chance.sample(people, chance.choice([4, 5]))]
    loose = members[1:]
    by_key = {each["key"]: each for each in people}
    support = {key: each["support"] for key, each in by_key.items()}
    told = effects.of_candidates(
        parse_panel_rules(rules), nominees_of(people), support, (), members, loose, by_key
    )
    assert set(told) == set(by_key) - set(members)
    for key, effect in told.items():
        ways: list[str | None] = [*loose, *([None] if len(members) < rules["size"] else [])]
        panels = {
            leaves: [by_key[one] for one in (*(m for m in members if m != leaves), key)] for leaves in ways
        }
        then = panels[effect.leaves]
        assert effect.support == sum(each["support"] for each in then)
        assert (not effect.broken) == keeps(then, rules)
        possible = [panel for panel in panels.values() if keeps(panel, rules)]
        if possible:
            assert keeps(then, rules), "a place that keeps every hard row is found if there is one"
            assert merit(then, rules) == min(merit(panel, rules) for panel in possible)
        for row in effect.rows:
            assert row.before != row.after or row.ok != (row.row.missing(places(people, members)) == 0)


def keeps(panel: list[dict[str, Any]], rules: dict[str, Any]) -> bool:
    return len(panel) == rules["size"] and bool(counted.holds(panel, rules))


def merit(panel: list[dict[str, Any]], rules: dict[str, Any]) -> tuple[int, int]:
    return counted.soft_shortfall(panel, rules), -sum(each["support"] for each in panel)


def places(people: list[dict[str, Any]], members: list[str]) -> frozenset[int]:
    keys = sorted(each["key"] for each in people)
    return frozenset(keys.index(key) for key in members)


@pytest.fixture
def desk(bench: Bench, staff_visitor: Visitor) -> Visitor:
    """A desk with seventy nominees and a panel of three."""
    with bench.work(COMMAND, moment()) as work:
        a_round = closed_round(work.session)
        for number in range(65):
            build_nominee(work.session, a_round, f"x{number:02}", role="gov_local", country="CL", support=0)
        work.session.flush()
        work.session.query(Stored).filter_by(key="n03").one().consent_governments = True
        results.count(work, KEY)
    staff_visitor.submit(f"{DESK}/panel/rules", PANEL)
    return staff_visitor


def test_each_row_says_what_it_would_change_and_can_be_tried(bench: Bench, desk: Visitor) -> None:
    pages = [html.unescape(desk.get(f"{PAGE}?page={number}").text) for number in (1, 2, 3)]
    swaps = [swap for page in pages for swap in re.findall(r'value="swap:(\w+):(\w+)"', page)]
    with bench.read(COMMAND, moment()) as work:
        view = panel_trials.page(work, KEY)
        told = candidates.effects_of(work, KEY, [key for _leaves, key in swaps])
    outside = {each.key for each in view.nominees if each.in_pool} - view.sitting
    assert sorted(key for _leaves, key in swaps) == sorted(outside), "each candidate once, on some page"
    assert len(swaps) > 40
    assert {(each.leaves_key, key) for key, each in told.items()} == set(swaps)
    assert not {key for _leaves, key in swaps} & view.sitting
    leaves, comes = swaps[0]
    answer = desk.submit(PAGE, {"do": f"swap:{leaves}:{comes}", "version": "1", "at": "candidates"}, to=TRY)
    assert answer.status_code == 303
    assert answer.headers["Location"].split("?")[0].endswith("/panel/candidates")
    with bench.read(COMMAND, moment()) as work:
        trial = panel_trials.page(work, KEY).trial
    assert trial is not None
    assert (trial.support, {row.have for row in trial.rows if row.was is not None}) == (
        told[comes].support,
        {row.have for row in trial.rows},
    )
    assert "Trial:" in desk.get(PAGE).text


TRY = f"/en/secretariat/rounds/{KEY}/panel/try"


def test_in_the_place_of_one_person_only_that_place_is_tried(bench: Bench, desk: Visitor) -> None:
    with bench.read(COMMAND, moment()) as work:
        members = sorted(panel_trials.page(work, KEY).sitting)
    page = html.unescape(desk.get(f"{PAGE}?place={members[0]}").text)
    assert {leaves for leaves, _comes in re.findall(r'value="swap:(\w+):(\w+)"', page)} == {members[0]}
    assert "In place of Persona" in page
    fitting = html.unescape(desk.get(f"{PAGE}?place={members[0]}&fits=yes").text)
    found = [comes for _leaves, comes in re.findall(r'value="swap:(\w+):(\w+)"', fitting)]
    with bench.read(COMMAND, moment()) as work:
        every = candidates.effects_of(work, KEY, [*(f"x{n:02}" for n in range(65)), "n01", "n02"], members[0])
    kept = {key for key, each in every.items() if not each.broken}
    assert set(found) <= kept | {"n03", "n04", "n05"}
    assert "▽" not in fitting.split('id="pool"')[1]
