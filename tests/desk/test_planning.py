"""Openings and closings at their hour, done by nobody's click and never undone by a clock."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import opening, planning
from consulta.platform import door
from consulta.platform.models import LogEntry
from consulta.platform.work import ANONYMOUS
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from tests.drafts import (
    KEY,
    NOW,
    actions,
    do,
    join_members,
    make_draft,
    make_open,
    reading,
    refuses,
    round_command,
    state,
    writing,
)
from tests.factories import build_phase
from tests.platform.mailer.desk import Clock, change_round, messages, open_round, worker_at

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

OPENS = "2027-02-10T08:00"  # in Panama: 13:00 UTC
HOUR = NOW.replace(day=10, hour=13)


def plan(bench: Bench, local: str = OPENS) -> None:
    do(bench, planning.plan_opening, KEY, local)


def test_a_draft_opens_at_its_hour_and_invites(bench: Bench, settings: Settings) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench)
    plan(bench)
    clock = Clock(HOUR - timedelta(minutes=1))
    with worker_at(bench, settings, clock=clock) as worker:
        worker.look()
        assert state(bench) == "draft"
        clock.forward(minutes=1)
        worker.look()
        worker.look()
    assert state(bench) == "open"
    assert actions(bench).count("rounds.opened") == 1
    assert {m.state for m in messages(bench)} == {"sent"}
    with reading(bench) as work:
        actor = select(LogEntry.actor).where(LogEntry.action == "rounds.opened")
        assert work.session.scalars(actor).one() == "worker"


def test_what_cannot_open_says_why_and_is_not_tried_again(bench: Bench, settings: Settings) -> None:
    make_draft(bench)
    plan(bench)
    with worker_at(bench, settings, clock=Clock(HOUR)) as worker:
        worker.look()
        worker.look()
    assert state(bench) == "draft"
    assert actions(bench).count("rounds.opening_refused") == 1
    with reading(bench) as work:
        found = rounds.known(work, KEY)
    assert (found.opens_local, found.opens_at, found.opens_refused) == (OPENS, None, "opening.nobody")


def test_an_hour_that_makes_no_sense_is_refused(bench: Bench) -> None:
    make_draft(bench)
    for local, code in (
        ("2027-02-01T10:00", "plan.past"),
        ("2027-03-05T17:00", "plan.late"),
        ("pronto", "deadline.form"),
    ):
        with pytest.raises(Problem) as refused:
            plan(bench, local)
        assert refused.value.code == code, local


def test_a_plan_follows_the_rounds_zone_and_can_be_given_up(bench: Bench) -> None:
    make_draft(bench)
    plan(bench)
    with writing(bench) as work:
        rounds.edit_round(work, KEY, round_command(zone="America/Sao_Paulo"))
        found = rounds.known(work, KEY)
    assert found.opens_at == HOUR - timedelta(hours=2)
    refuses(bench, "plan.late", rounds.edit_round, KEY, round_command(closes_local="2027-02-09T17:00"))
    do(bench, planning.give_up_plan, KEY)
    with reading(bench, HOUR + timedelta(days=1)) as work:
        assert planning.due_openings(work) == []
        assert rounds.known(work, KEY).opens_local is None


def vote(bench: Bench) -> None:
    with bench.work(ANONYMOUS, NOW) as work:
        entrance = door.enter(work, "v", str(messages(bench)[0].token))
    assert entrance is not None
    with bench.work(entrance.actor, NOW) as work:
        voting.cast(work, KEY, Entries({"tema_numero_1": 1}), "k")


def test_a_round_without_votes_closes_and_is_not_counted(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    with worker_at(bench, settings, clock=Clock(NOW + timedelta(days=40))) as worker:
        worker.look()
    assert state(bench) == "closed"
    assert "rounds.counted" not in actions(bench)


def test_a_clock_that_is_set_back_is_noted_and_opens_nothing_again(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """RL-9."""
    open_round(bench, 1)
    clock = Clock(NOW + timedelta(days=40))
    with worker_at(bench, settings, clock=clock) as worker:
        worker.look()
        assert state(bench) == "closed"
        clock.forward(days=-20)
        with caplog.at_level(logging.WARNING, "consulta.shell.worker"):
            worker.look()
            worker.look()
    assert state(bench) == "closed"
    assert actions(bench).count("clock.back") == 1
    assert "clock.back seconds=1728000" in caplog.text


def test_one_thing_that_fails_keeps_no_other_from_being_done(
    bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_round(bench, 1)

    def broken(*_: object) -> list[str]:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(planning, "due_openings", broken)
    with worker_at(bench, settings) as worker:
        worker.look()
    assert [m.state for m in messages(bench)] == ["sent"]


def test_only_the_worker_sends_and_only_staff_plan(bench: Bench) -> None:
    make_draft(bench)
    change_round(bench)
    with pytest.raises(Problem, match=r"access\.denied"), bench.work(ANONYMOUS, NOW) as work:
        planning.plan_opening(work, KEY, OPENS)


@pytest.mark.parametrize("local", ["2027-02-01T10:01", "2027-03-05T16:59"])
def test_an_opening_can_be_planned_from_the_next_minute_until_a_minute_before_the_end(
    bench: Bench, local: str
) -> None:
    make_draft(bench)
    plan(bench, local)
    with reading(bench) as work:
        found = rounds.known(work, KEY)
    assert found.opens_local == local


def test_a_plan_on_which_two_agreed_is_given_up_with_its_agreement(bench: Bench) -> None:
    """What one person plans afterwards follows a change of the draft, as ever."""
    make_draft(bench)
    with writing(bench) as work:
        planning.plan_opening(work, KEY, OPENS, agreed=True)
        planning.give_up_plan(work, KEY)
        assert not rounds.hold(work, KEY).opens_agreed
    plan(bench)
    with writing(bench) as work:
        assert not rounds.hold(work, KEY).opens_agreed
        rounds.edit_round(work, KEY, round_command(zone="America/Lima"))
        found = rounds.known(work, KEY)
    assert found.opens_at == HOUR


def test_who_opens_as_planned_hears_whether_it_was_still_to_be_done(bench: Bench) -> None:
    join_members(bench, "PE", "MX")
    make_draft(bench)
    plan(bench)
    for now, done in ((HOUR - timedelta(seconds=1), False), (HOUR, True), (HOUR, False)):
        with writing(bench, now) as work:
            assert planning.open_as_planned(work, KEY) is done


def test_five_minutes_after_its_hour_an_opening_is_overdue(bench: Bench) -> None:
    make_draft(bench)
    plan(bench)
    late = HOUR + timedelta(minutes=5)
    for now, overdue in ((late - timedelta(seconds=1), False), (late, True)):
        with reading(bench, now) as work:
            assert planning.plan_page(work, KEY).overdue is overdue


def test_at_the_hour_of_its_end_a_round_is_due_to_close_and_a_draft_opens_no_more(bench: Bench) -> None:
    make_open(bench)
    ends = NOW.replace(month=3, day=5, hour=22)
    make_draft(bench, key="2028-1")
    for now, over in ((ends - timedelta(seconds=1), False), (ends, True)):
        with reading(bench, now) as work:
            assert planning.due_closings(work) == ([KEY] if over else [])
            report = opening.opening_report(work, "2028-1")
            assert ("deadline.past" in {each.code for each in report.refusals}) is over


def test_an_opening_is_warned_of_members_who_propose_until_they_do_no_more(bench: Bench) -> None:
    make_draft(bench)
    with writing(bench) as work:
        build_phase(work.session, rounds.known(work, KEY), closes_at=HOUR)
    for now, proposing in ((HOUR - timedelta(seconds=1), True), (HOUR, False)):
        with reading(bench, now) as work:
            report = opening.opening_report(work, KEY)
            codes = {each.code for each in (*report.refusals, *report.warnings)}
            assert ("opening.proposing" in codes) is proposing
