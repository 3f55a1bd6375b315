"""Reminders: only to seats that have not voted, once for each hour, twice in a day only if confirmed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import reminders
from consulta.platform import door
from consulta.platform.models import LogEntry, Reminder
from consulta.platform.work import ANONYMOUS
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.service import Post
from consulta.vote import service as voting
from tests.cases import for_each
from tests.drafts import KEY, NOW, do, reading, refuses, writing
from tests.platform.mailer.desk import change_contacts, change_round, messages, open_round, working

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench

DAY = timedelta(days=1)


def plan(bench: Bench, local: str = "2027-03-03T09:00", now: datetime = NOW) -> int:
    with writing(bench, now) as work:
        return reminders.plan_reminder(work, KEY, local)


def vote(bench: Bench, number: int) -> None:
    with bench.work(ANONYMOUS, NOW) as work:
        entrance = door.enter(work, "v", str(messages(bench, "invitation")[number].token))
    assert entrance is not None
    with bench.work(entrance.actor, NOW) as work:
        voting.cast(work, KEY, Entries({"tema_numero_1": 1}), "k")


def remind(bench: Bench, now: datetime = NOW, *, confirmed: bool = False) -> int:
    with writing(bench, now) as work:
        return reminders.remind_now(work, KEY, confirmed=confirmed)


def keep(bench: Bench, now: datetime) -> list[int | None]:
    with working(bench, now) as work:
        due = reminders.due_rounds(work)
    kept = []
    for key in due:
        with working(bench, now) as work:
            kept.append(reminders.remind_as_planned(work, key))
    return kept


def test_only_seats_that_have_not_voted_are_reminded(bench: Bench) -> None:
    open_round(bench, 3, 2)
    vote(bench, 0)
    change_contacts(bench, "c2.1@example.org", paused=True)
    with reading(bench) as work:
        foreseen = mass_mail.foresee(work, KEY, "remind", Post("https://voto.example.org"))
        assert reminders.last_reminder(work, KEY) == (None, False)
    assert (foreseen.organisations, foreseen.count, foreseen.languages) == (2, 3, (("es", 3),))
    left_out = {why: len(names) for why, names in foreseen.left_out}
    assert left_out == {"voted": 1, "mail.paused": 1}
    assert foreseen.sample is not None
    assert foreseen.sample.subject.startswith("Falta su voto.")
    assert remind(bench) == 3
    reminded = {m.address: m.state for m in messages(bench, "reminder")}
    assert reminded == {
        "c2.1@example.org": "cancelled",
        "c2.2@example.org": "queued",
        "c3.1@example.org": "queued",
        "c3.2@example.org": "queued",
    }


def test_within_a_day_another_must_be_confirmed(bench: Bench) -> None:
    """SC-9."""
    open_round(bench, 2)
    remind(bench)
    with pytest.raises(Problem, match=r"reminder\.recent"):
        remind(bench, NOW + DAY - timedelta(minutes=1))
    with reading(bench, NOW + timedelta(hours=3)) as work:
        assert reminders.last_reminder(work, KEY) == (NOW, True)
    assert remind(bench, NOW + timedelta(hours=3), confirmed=True) == 2
    assert remind(bench, NOW + 3 * DAY) == 2
    assert len(messages(bench, "reminder")) == 6


def test_nobody_left_to_remind_is_said(bench: Bench) -> None:
    open_round(bench, 1)
    vote(bench, 0)
    with pytest.raises(Problem, match=r"reminder\.nobody"):
        remind(bench)


def test_a_planned_reminder_goes_once_at_its_hour(bench: Bench) -> None:
    open_round(bench, 2)
    plan(bench)
    hour = NOW.replace(month=3, day=3, hour=14)  # nine in the morning in Panama
    assert keep(bench, hour - timedelta(minutes=1)) == []
    assert keep(bench, hour) == [2]
    assert keep(bench, hour) == []
    with working(bench, hour) as work:
        assert reminders.remind_as_planned(work, KEY) is None, "another worker had it in mind too"
    with reading(bench) as work:
        (planned,) = reminders.list_reminders(work, KEY)
    assert (planned.due_at, planned.done_at, planned.queued) == (hour, hour, 2)


def test_hours_that_passed_while_nobody_worked_make_one_reminder(bench: Bench) -> None:
    open_round(bench, 2)
    for local in ("2027-02-20T09:00", "2027-02-22T09:00", "2027-02-24T09:00"):
        plan(bench, local)
    assert keep(bench, NOW + timedelta(days=25)) == [2]
    assert len(messages(bench, "reminder")) == 2
    with reading(bench) as work:
        assert [each.queued for each in reminders.list_reminders(work, KEY)] == [0, 0, 2]


@for_each("state, days", [("closed", 31), ("cancelled", 31), ("open", 40)], fresh=True)
def test_in_a_round_that_is_over_nobody_is_reminded(bench: Bench, state: Any, days: Any) -> None:
    open_round(bench, 1)
    plan(bench)
    change_round(bench, state=state)
    assert keep(bench, NOW + timedelta(days=days)) == [0]
    assert messages(bench, "reminder") == []


def test_an_hour_that_makes_no_sense_is_refused(bench: Bench) -> None:
    open_round(bench, 1)
    plan(bench)
    for local, code in (
        ("2027-01-03T09:00", "plan.past"),
        ("2027-03-05T17:00", "reminder.late"),
        ("mañana", "deadline.form"),
        ("2027-03-03T09:00", "reminder.twice"),
    ):
        with pytest.raises(Problem) as refused:
            plan(bench, local)
        assert refused.value.code == code, local


def test_a_planned_hour_can_be_given_up_until_it_has_passed(bench: Bench) -> None:
    open_round(bench, 1)
    number = plan(bench)
    do(bench, reminders.remove_reminder, KEY, number)
    assert keep(bench, NOW + timedelta(days=31)) == []
    remind(bench)
    with reading(bench) as work:
        done = work.session.scalars(select(Reminder.id)).one()
    refuses(bench, "reminder.unknown", reminders.remove_reminder, KEY, done)


def test_only_an_open_round_is_reminded_of(bench: Bench) -> None:
    open_round(bench, 1)
    change_round(bench, state="closed")
    with pytest.raises(Problem, match=r"round\.not_open"):
        remind(bench)
    with pytest.raises(Problem, match=r"round\.not_open"):
        plan(bench)


# -- boundaries: one second before, exactly at, one second after

SECOND = timedelta(seconds=1)
CLOSES = NOW.replace(month=3, day=5, hour=22)  # five in the afternoon in Panama
SIDES = [-SECOND, timedelta(0), SECOND]


@for_each("side", SIDES, fresh=True)
def test_a_reminder_goes_again_from_exactly_a_day_on(bench: Bench, side: timedelta) -> None:
    open_round(bench, 1)
    early = side < timedelta(0)
    remind(bench)
    with reading(bench, NOW + DAY + side) as work:
        assert reminders.last_reminder(work, KEY)[1] is early
    if early:
        with pytest.raises(Problem) as refused:
            remind(bench, NOW + DAY + side)
        assert (refused.value.code, refused.value.params) == ("reminder.recent", {"hours": 24})
    else:
        assert remind(bench, NOW + DAY + side) == 1


@for_each("side", SIDES, fresh=True)
def test_reminders_go_until_the_deadline(bench: Bench, side: timedelta) -> None:
    open_round(bench, 1)
    if side < timedelta(0):
        assert remind(bench, CLOSES + side) == 1
        return
    with pytest.raises(Problem, match=r"round\.not_open"):
        remind(bench, CLOSES + side)
    with pytest.raises(Problem, match=r"round\.not_open"), reading(bench, CLOSES + side) as work:
        reminders.last_reminder(work, KEY)


HOUR = NOW.replace(month=3, day=3, hour=14)  # of the plan: nine in the morning in Panama


@for_each("side", SIDES, fresh=True)
def test_a_planned_hour_is_kept_from_exactly_then_on(bench: Bench, side: timedelta) -> None:
    open_round(bench, 1)
    plan(bench)
    assert keep(bench, HOUR + side) == ([] if side < timedelta(0) else [1])
    with working(bench, HOUR + side) as work:
        assert reminders.remind_as_planned(work, KEY) is None, "too early, or done"


@for_each("side", SIDES, fresh=True)
def test_a_plan_is_kept_before_the_deadline_alone(bench: Bench, side: timedelta) -> None:
    open_round(bench, 1)
    plan(bench)
    assert keep(bench, CLOSES + side) == [1 if side < timedelta(0) else 0]
    assert len(messages(bench, "reminder")) == (1 if side < timedelta(0) else 0)


def test_an_hour_is_planned_before_it_comes_and_before_the_deadline(bench: Bench) -> None:
    open_round(bench, 1)
    for side in (timedelta(0), SECOND):
        with pytest.raises(Problem, match=r"plan\.past"):
            plan(bench, now=HOUR + side)
    with pytest.raises(Problem, match=r"reminder\.late"):
        plan(bench, "2027-03-05T17:00")
    assert plan(bench, "2027-03-05T16:59") > 0
    plan(bench, now=HOUR - SECOND)
    assert 1 in keep(bench, HOUR)


def test_a_reminder_that_reached_nobody_makes_the_next_one_no_second(bench: Bench) -> None:
    """Only reminders that were written to a person count for the day between two."""
    open_round(bench, 1)
    change_contacts(bench, "c1.1@example.org", may_vote=False)
    plan(bench)
    hour = NOW.replace(month=3, day=3, hour=14)
    assert keep(bench, hour) == [0]
    change_contacts(bench, "c1.1@example.org", may_vote=True)
    assert remind(bench, hour + SECOND) == 1


def test_the_log_tells_what_was_planned_and_how_many_were_reminded(bench: Bench) -> None:
    open_round(bench, 2)
    plan(bench)
    hour = NOW.replace(month=3, day=3, hour=14)
    keep(bench, hour)
    remind(bench, hour + DAY)
    with reading(bench) as work:
        rows = work.session.execute(
            select(LogEntry.action, LogEntry.details)
            .where(LogEntry.action.startswith("reminders."))
            .order_by(LogEntry.seq)
        ).all()
    assert [(action, json.loads(details)) for action, details in rows] == [
        ("reminders.planned", {"local": "2027-03-03T09:00", "zone": "America/Panama"}),
        ("reminders.sent", {"count": 2}),
        ("reminders.sent", {"count": 2}),
    ]
