"""Who joins after the opening, and whom others sent: on no ballot, held on the panel, never “chosen”."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.panel import nominees
from consulta.panel import service as panels
from consulta.panel.values import Designation
from consulta.platform import documents
from consulta.platform.log import chain
from consulta.platform.work import COMMAND, Actor
from consulta.results import service as results
from consulta.rounds.queries import rounds as round_queries
from consulta.vote import service as voting
from tests.drafts import KEY, hand_out, make_open, nominee_command, reading, writing
from tests.factories import build_nominee, moment
from tests.results.test_results import RULES, closed_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from consulta.vote.values import BallotView

ACT = Designation("Asamblea del Mecanismo", "2026-01-20", "Acta 4, punto 2")


@pytest.fixture
def counted(bench: Bench) -> Bench:
    """A counted round; nominee n06 sat on panels before and comes last among equals."""
    with bench.work(COMMAND, moment()) as work:
        build_nominee(
            work.session, closed_round(work.session), "n06", role="gov_local", country="MX", recent=3
        )
        work.session.flush()
        results.count(work, KEY)
    return bench


def ballot_of_first_seat(bench: Bench) -> BallotView:
    with reading(bench) as work:
        found = round_queries.whole(work.session, KEY, roll=True)
        seat = found.seats[0].id if found else 0
    with bench.read(Actor("voter", 1, "", seat_id=seat), moment()) as work:
        return voting.ballot(work, KEY)


def test_who_joins_an_open_round_stands_on_no_ballot_and_changes_nothing_frozen(bench: Bench) -> None:
    make_open(bench)
    hand_out(bench, KEY)
    with reading(bench) as work:
        before = round_queries.whole(work.session, KEY)
        package = (before.frozen, before.frozen_sha256) if before else None
    ballot = ballot_of_first_seat(bench)
    with writing(bench) as work:
        assert nominees.save_nominee(work, KEY, nominee_command(name="Llegó Después")) == "n01"
    assert ballot_of_first_seat(bench) == ballot
    with reading(bench) as work:
        after = round_queries.whole(work.session, KEY)
        assert after is not None
        assert (after.frozen, after.frozen_sha256) == package
        view = nominees.list_nominees(work, KEY)
    assert (view.nominees[0].on_ballot, view.editable) == (False, {"n01"})
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command(name="Llegó Después", country="BO"), "n01")
        nominees.delete_nominee(work, KEY, "n01")


def test_who_joins_later_can_sit_on_the_panel_without_a_ballots_support(counted: Bench) -> None:
    late = nominee_command(name="Tarde", role="gov_national", country="HT", gender="woman")
    with counted.work(COMMAND, moment()) as work:
        bundle = results.document(work, KEY, "bundle")
        key = nominees.save_nominee(work, KEY, late)
        nominees.designate(work, KEY, key, ACT)
    with counted.work(COMMAND, moment()) as work:
        assert panels.choose(work, KEY, RULES)
        view = panels.panel_page(work, KEY)
        assert results.document(work, KEY, "bundle") == bundle, "what was counted stays as it was"
    assert view.decision is not None
    sitting = {member.key: member for member in view.decision.members}
    assert sitting[key].support == 0
    assert sitting[key].designation == ACT
    assert all(member.designation is None for member in sitting.values() if member.key != key)
    with reading(counted) as work:
        editable = nominees.list_nominees(work, KEY).editable
    assert key not in editable, "a panel that was kept names this person"
    with pytest.raises(Problem, match=r"round\.frozen"), writing(counted) as work:
        nominees.delete_nominee(work, KEY, key)


def test_whom_others_sent_is_held_though_nobody_locks_them_and_cannot_be_kept_out(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, RULES)
        free = panels.panel_page(work, KEY).decision
    assert free is not None
    assert "n06" not in {member.key for member in free.members}, "else the test shows nothing"
    with counted.work(COMMAND, moment()) as work:
        nominees.designate(work, KEY, "n06", ACT)
        panels.choose(work, KEY, RULES)
        view = panels.panel_page(work, KEY)
        kept = documents.find(work.session, 1, "panel")
    assert view.decision is not None
    assert "n06" in {member.key for member in view.decision.members}
    assert view.rules.locked == ("n06",)
    assert kept is not None
    assert json.loads(kept.content)["designated"] == {
        "n06": {"by": "Asamblea del Mecanismo", "on": "2026-01-20", "act": "Acta 4, punto 2"}
    }
    with pytest.raises(Problem, match=r"panel\.designated"), counted.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, replace(RULES, barred=("n06",)))


def test_an_act_that_is_taken_back_leaves_its_reason_and_the_panels_that_were_kept(counted: Bench) -> None:
    with counted.work(COMMAND, moment()) as work:
        nominees.designate(work, KEY, "n06", ACT)
        panels.choose(work, KEY, RULES)
    with counted.work(COMMAND, moment()) as work:
        nominees.take_back(work, KEY, "n06", "La asamblea lo revocó.")
        before = panels.panel_page(work, KEY)
        (told,) = chain.acts(work.session, "round:1", "nominees.designation_ended")
    assert before.decision is not None
    assert {m.key: m.designation for m in before.decision.members}["n06"] == ACT
    assert json.loads(told.details) == {"nominee": "n06", "reason": "La asamblea lo revocó."}
    with counted.work(COMMAND, moment()) as work:
        panels.choose(work, KEY, replace(RULES, locked=()))
        after = panels.panel_page(work, KEY).decision
    assert after is not None
    assert "n06" not in {member.key for member in after.members}
    with pytest.raises(Problem, match=r"designation\.none"), writing(counted) as work:
        nominees.take_back(work, KEY, "n06", "Otra vez.")


def test_an_act_needs_who_when_and_by_what(counted: Bench) -> None:
    for act, code in [
        (replace(ACT, by=" "), "designation.by"),
        (replace(ACT, act=""), "designation.act"),
        (replace(ACT, act="x" * 301), "designation.act"),
        (replace(ACT, on="ayer"), "designation.on"),
        (replace(ACT, on="2999-01-01"), "designation.on"),
    ]:
        with pytest.raises(Problem) as refused, writing(counted) as work:
            nominees.designate(work, KEY, "n06", act)
        assert refused.value.code == code
        with pytest.raises(Problem, match=r"nominee\.unknown"), writing(counted) as work:
            nominees.designate(work, KEY, "n99", ACT)
        with pytest.raises(Problem, match=r"designation\.none"), writing(counted) as work:
            nominees.take_back(work, KEY, "n06", "x")
