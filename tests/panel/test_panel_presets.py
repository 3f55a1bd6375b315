"""Rules kept under a name: saved from the form, loaded, renamed, deleted, in both languages."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.core.values import PanelRules, Quota
from consulta.panel import presets as panel_presets
from consulta.panel import trials as panel_trials
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.results import service as results
from tests.factories import moment
from tests.results.test_results import KEY, RULES, closed_round
from tests.results.test_results_pages import DESK, PANEL
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = f"{DESK}/panel/rules"
NAMED = PANEL | {
    "save": "yes",
    "name_es": "Con el Caribe",
    "name_en": "With the Caribbean",
    "locked": ["n01"],
}


@pytest.fixture
def desk(bench: Bench, staff_visitor: Visitor) -> Visitor:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
    return staff_visitor


def own(bench: Bench) -> list[panel_presets.PresetView]:
    with bench.read(COMMAND, moment()) as work:
        return [each for each in panel_presets.every(work) if each.number]


def test_rules_are_kept_from_the_form_without_its_people_and_loaded_again(
    bench: Bench, desk: Visitor
) -> None:
    assert desk.submit(PAGE, NAMED).status_code == 303
    (kept,) = own(bench)
    assert kept.title == both("Con el Caribe", "With the Caribbean")
    assert kept.rules == PanelRules(
        size=3,
        roles=RULES.roles,
        quotas=(Quota("subregion", "caribbean", 1, None),),
        shares=RULES.shares,
        at_most=RULES.at_most,
    )
    page = desk.get(f"/en/secretariat/rounds/{KEY}/panel/rules?preset={kept.key}").text
    assert "With the Caribbean (custom)" in page
    assert "Saved by Secretaría de prueba on" in page
    assert 'value="50"' in page
    with bench.read(COMMAND, moment()) as work:
        assert panel_trials.page(work, KEY).decision is None, "keeping rules chooses no panel"
    assert "change a figure, or choose with them" in desk.get(f"/en/secretariat/rounds/{KEY}/panel").text


def test_a_name_that_is_taken_or_missing_is_said_and_nothing_is_lost(bench: Bench, desk: Visitor) -> None:
    desk.submit(PAGE, NAMED)
    for lang, change, said in [
        ("es", {"name_es": ""}, "Escriba un nombre en el primer idioma"),
        ("en", {"name_es": ""}, "Write a name in the first language"),
        ("es", {"name_es": "CSIPM"}, "Ya hay reglas con el nombre"),
        ("en", {"name_es": "conversatorio  2023"}, "There are already rules called “Conversatorio 2023”"),
        ("en", {"name_en": "con el CARIBE"}, "There are already rules called “With the Caribbean”"),
        ("es", {"size": "0"}, "Escriba un número"),
    ]:
        page = f"/{lang}/secretariat/rounds/{KEY}/panel/rules"
        changed = change
        if "CSIPM" in change.values():
            with bench.read(COMMAND, moment()) as work:
                title = next(each.title["es"] for each in panel_presets.every(work) if each.key == "csipm")
            changed = {"name_es": title.upper()}
        answer = desk.submit(
            page, NAMED | {"name_es": "Otras", "name_en": "Others", "per_country": "7"} | changed
        )
        assert answer.status_code == 422
        assert said in html.unescape(answer.text)
        assert 'value="7"' in answer.text
        assert len(own(bench)) == 1


def test_they_are_renamed_and_deleted_on_their_page(bench: Bench, desk: Visitor) -> None:
    desk.submit(PAGE, NAMED)
    number = own(bench)[0].number
    one = f"/es/secretariat/panel-rules/{number}"
    assert desk.submit(one, {"title_es": "Con el Caribe", "title_en": ""}).status_code == 303, (
        "its own name is free to it"
    )
    assert desk.submit(one, {"title_es": " Caribe  primero ", "title_en": ""}).status_code == 303
    page = desk.get("/en/secretariat/panel-rules").text
    assert "Caribe primero" in page
    assert "custom</span>" in page
    assert desk.submit(one, {"title_es": "", "title_en": "x"}).status_code == 422
    desk.submit("/es/secretariat/panel-rules", to=f"{one}/delete")
    assert own(bench) == []
    assert desk.get(one).status_code == 404


def test_only_the_secretariat_keeps_rules_and_the_log_tells_no_name(bench: Bench) -> None:
    for actor in (ANONYMOUS, Actor("scrutineer"), Actor("voter")):
        with bench.work(actor, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
            panel_presets.save(work, both("Otra", ""), RULES)
    with bench.work(COMMAND, moment()) as work:
        panel_presets.save(work, both("Otra", ""), RULES)
        with pytest.raises(Problem, match=r"panel\.rule"):
            panel_presets.save(work, both("Mala", ""), PanelRules(size=2, roles={"mechanism": (3, 1)}))
