"""Human judgement on the panel: tried, then decided beside the exact best, with a reason where needed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.values import PanelRules, Quota
from consulta.panel import public_panel
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.documents import members_of
from consulta.panel.trials import Change
from consulta.platform import documents
from consulta.platform.log import chain
from consulta.platform.models import Document, Nominee, Round
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.factories import moment
from tests.results.test_results import KEY, RULES, closed_round

if TYPE_CHECKING:
    from consulta.panel.values import PanelDecision, PanelTrial, PanelView
    from consulta.platform.work import Bench

IMPOSSIBLE = PanelRules(size=3, quotas=(Quota("subregion", "caribbean", 2, 3),))
OUTSIDE = {"by": "Comité Ejecutivo", "on": "2027-03-05", "act": "Acta 7"}


@pytest.fixture
def chosen(bench: Bench) -> Bench:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
        assert panels.choose(work, KEY, RULES)
    return bench


def look(bench: Bench) -> PanelView:
    with bench.read(COMMAND, moment()) as work:
        return panel_trials.page(work, KEY)


def attempt(bench: Bench, *asked: Change, version: int = 1) -> PanelTrial:
    with bench.work(COMMAND, moment()) as work:
        for each in asked:
            panel_trials.change(work, KEY, version, each)
    tried = look(bench).trial
    assert tried is not None
    return tried


def decide(bench: Bench, reason: str = "", version: int = 1) -> PanelDecision:
    with bench.work(COMMAND, moment()) as work:
        panel_trials.decide(work, KEY, version, reason)
    decision = look(bench).decision
    assert decision is not None
    return decision


def outsider(bench: Bench) -> str:
    """A person who does not sit: who that is, the lot decides."""
    view = look(bench)
    return next(each.key for each in view.nominees if each.key not in view.sitting)


def keys(people: object) -> list[str]:
    return [each.key for each in people]  # type: ignore[attr-defined]


def test_a_change_is_tried_and_decides_nothing(chosen: Bench) -> None:
    before = look(chosen).decision
    assert before is not None
    leaves, stays = next((key, others) for key, others in before.alternates.items() if others)
    tried = attempt(chosen, Change("swap", leaves, stays[0].key))
    assert keys(tried.left) == [leaves]
    assert keys(tried.came) == [stays[0].key]
    assert tried.best_support == before.support >= tried.support
    assert not tried.broken
    assert look(chosen).decision == before


def test_a_panel_other_than_the_best_needs_a_reason_though_every_rule_holds(chosen: Bench) -> None:
    before = look(chosen).decision
    assert before is not None
    leaves, others = next((key, others) for key, others in before.alternates.items() if others)
    attempt(chosen, Change("swap", leaves, others[0].key))
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.other"):
        panel_trials.decide(work, KEY, 1, "  ")
    decision = decide(chosen, "Conoce el tema.")
    assert decision.judgement is not None
    assert decision.standing in {"decided", "best"}
    assert (keys(decision.judgement.left), keys(decision.judgement.came)) == ([leaves], [others[0].key])
    assert decision.judgement.best_support == before.support
    assert decision.kept.version == 2
    assert look(chosen).trial is None


def test_a_rule_that_must_hold_gives_way_only_with_a_reason_that_stays(chosen: Bench) -> None:
    attempt(chosen, Change("swap", "n03", outsider(chosen)))
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.reason"):
        panel_trials.decide(work, KEY, 1, "  ")
    decision = decide(chosen, "Jamaica no puede viajar.\r\nLo acordó el comité.")
    assert decision.judgement is not None
    assert decision.judgement.reason == "Jamaica no puede viajar.\nLo acordó el comité."
    assert decision.judgement.role == "command"
    assert "subregion" in {row.attribute for row in decision.judgement.overridden}
    with chosen.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        first, second = documents.every(work.session, found.id, "panel")
        kept = json.loads(second.content)
        assert kept["panel"] == json.loads(first.content)["panel"], "the best stays beside what was decided"
        assert kept["decided"]["overridden"]
        assert members_of(kept) == keys(decision.members)


def test_who_is_held_stays_and_who_is_kept_out_does_not_come_back(chosen: Bench) -> None:
    attempt(chosen, Change("hold", "n04"))
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.held"):
        panel_trials.change(work, KEY, 1, Change("remove", "n04"))
    tried = attempt(chosen, Change("let_go", "n04"), Change("again"), Change("bar", "n01"), Change("again"))
    assert "n01" not in keys(tried.members)
    assert len(tried.members) == 3
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.holds"):
        panel_trials.decide(work, KEY, 1, "")
    decision = decide(chosen, "No puede viajar.")
    assert decision.judgement is not None
    assert keys(decision.judgement.kept_out) == ["n01"]
    assert decision.standing == "held", "no panel without n01 has more support"
    assert look(chosen).rules.barred == ("n01",)
    assert {each.key for each in look(chosen).nominees if not each.in_pool} == {"n01"}


def test_on_an_impossible_panel_people_can_decide_and_publish(chosen: Bench) -> None:
    with chosen.work(COMMAND, moment()) as work:
        assert not panels.choose(work, KEY, IMPOSSIBLE)
        results.publish(work, KEY)
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.impossible"):
        panels.publish_panel(work, KEY)
    tried = attempt(chosen, Change("try"), version=2)
    assert len(tried.members) == 3
    assert tried.best_support is None
    assert [row.attribute for row in tried.broken] == ["subregion"]
    decision = decide(chosen, "Solo hay una persona del Caribe.", version=2)
    assert decision.feasible
    assert decision.judgement is not None
    with chosen.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    with chosen.read(ANONYMOUS, moment()) as work:
        public = public_panel.published_panel(work, KEY)
    assert public.standing == "impossible"
    (choice,) = public.choices
    assert choice.impossible
    assert choice.reason == "Solo hay una persona del Caribe."


def test_whom_an_act_from_outside_sent_stays(chosen: Bench) -> None:
    with chosen.work(COMMAND, moment()) as work:
        work.session.scalars(select(Nominee).where(Nominee.key == "n04")).one().outside = OUTSIDE
    tried = attempt(chosen, Change("try"))
    assert "n04" in keys(tried.members)
    for act in ("remove", "bar", "let_go"):
        with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.designated"):
            panel_trials.change(work, KEY, 1, Change(act, "n04"))


def test_a_change_of_something_else_than_the_page_showed_is_refused(chosen: Bench) -> None:
    for version, asked in [
        (0, Change("add", "n05")),
        (1, Change("add", "n99")),
        (1, Change("remove", "n99")),
        (1, Change("add", "n03")),
        (1, Change("swap", "n03", "n99")),
        (1, Change("let_go", "n03")),
        (1, Change("promote", "n03")),
    ]:
        with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.stale"):
            panel_trials.change(work, KEY, version, asked)
        assert look(chosen).trial is None


def test_nothing_is_decided_that_was_not_tried_and_nobody_is_no_panel(chosen: Bench) -> None:
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.stale"):
        panel_trials.decide(work, KEY, 1, "por que sí")
    members = keys(look(chosen).decision.members)  # type: ignore[union-attr]
    attempt(chosen, *(Change("remove", key) for key in members))
    with chosen.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"panel\.empty"):
        panel_trials.decide(work, KEY, 1, "por que sí")
    with chosen.work(COMMAND, moment()) as work:
        panel_trials.give_up(work, KEY)
    assert look(chosen).trial is None


def test_who_is_held_is_so_by_the_rules_of_the_panel_not_by_those_for_the_next_choice(chosen: Bench) -> None:
    with chosen.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, replace(RULES, locked=("n04",), barred=("n02",)), "Así lo pidió el comité.")
        found = work.session.scalars(select(Round)).one()
        found.panel_rules = {**found.panel_rules, "locked": [], "barred": []}
    view = look(chosen)
    assert (view.held, view.barred) == ({"n04"}, {"n02"})
    assert (view.rules.locked, view.rules.barred) == ((), ())


def test_the_log_tells_what_was_tried_and_decided_without_names(chosen: Bench) -> None:
    comes = outsider(chosen)
    attempt(chosen, Change("remove", "n03"), Change("add", comes))
    decide(chosen, "La persona de Jamaica no viaja.")
    with chosen.read(COMMAND, moment()) as work:
        told = {row.action: row.details for row in chain.acts(work.session, "round:1", "panel.tried")}
        told |= {row.action: row.details for row in chain.acts(work.session, "round:1", "panel.decided")}
        assert len(list(work.session.scalars(select(Document).where(Document.kind == "panel")))) == 2
    assert json.loads(told["panel.tried"]) == {"act": "add", "nominee": comes}
    assert json.loads(told["panel.decided"])["version"] == 2
    assert "Jamaica" not in told["panel.decided"]
