"""The curve of a round: votes by day of its zone, beside the round before, with its reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from flask import g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consulta.core.texts import Text
from consulta.desk import moves, opening, reminders
from consulta.platform.deadlines import local
from consulta.platform.models import Reminder
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.vote import participation
from consulta.vote.pages import curve as pictures
from consulta.vote.participation import MOST_STEPS, steps
from consulta.vote.values import Curve, Flag
from tests.drafts import KEY, NOW, make_open, reading, round_command, writing
from tests.factories import moment
from tests.vote.test_participation import LATER, cast

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from consulta.vote.values import ParticipationView

ZONE = "America/Panama"


@given(st.integers(0, 400 * 24), st.integers(0, 23))
def test_steps_end_at_midnight_and_are_never_too_many(hours: int, start: int) -> None:
    opened = datetime(2027, 3, 1, start, tzinfo=UTC)
    until = opened + timedelta(hours=hours)
    ends, days = steps(opened, until, ZONE)
    assert 1 <= len(ends) <= MOST_STEPS
    assert ends[0] > opened
    assert ends[-1] > until
    assert all((end - timedelta(hours=5)).hour == 0 for end in ends)
    assert all(later - end == timedelta(days=days) for end, later in pairwise(ends))
    assert len(ends) == 1 or ends[-2] <= until


def test_a_round_that_ended_on_the_day_before_it_opened_has_one_step() -> None:
    """By a deadline that was moved back, or by clocks that differ."""
    midnight = datetime(2027, 3, 1, 5, tzinfo=UTC)
    ends, days = steps(midnight, midnight - timedelta(minutes=1), ZONE)
    assert (ends, days) == ((midnight + timedelta(days=1),), 1)


def test_a_step_has_a_day_until_there_would_be_more_than_62() -> None:
    midnight = datetime(2027, 3, 1, 5, tzinfo=UTC)
    found = [steps(midnight, midnight + timedelta(days=days - 1), ZONE) for days in (1, 62, 63, 124, 125)]
    assert [(len(ends), days) for ends, days in found] == [(1, 1), (62, 1), (32, 2), (62, 2), (42, 3)]


def look(bench: Bench, now: datetime, key: str = KEY) -> ParticipationView:
    with reading(bench, now) as work:
        return participation.participation(work, key)


def test_a_curve_counts_first_votes_and_marks_reminders(bench: Bench) -> None:
    make_open(bench, "PE", "PE", "MX", "JM")
    cast(bench, KEY, "Red 001", "Red 003")
    cast(bench, KEY, "Red 001")  # again: it is counted once
    with writing(bench) as work:
        reminders.plan_reminder(work, KEY, "2027-02-03T09:00")
    assert look(bench, LATER).curve.voted == (0,)
    view = look(bench, LATER + timedelta(minutes=1))
    assert view.curve.voted == (view.voted,) == (2,)
    assert view.curve.seats == 4
    assert (view.curve.before, view.curve.before_seats, view.curve.before_by_now) == ((), 0, 0)
    assert [flag.kind for flag in view.curve.flags][:1] == ["planned"]
    assert look(bench, LATER + timedelta(days=2)).curve.voted == (2, 2, 2)
    midnight = view.curve.ends[1]
    found = [look(bench, midnight + timedelta(seconds=each)).curve.voted for each in (-1, 0, 1)]
    assert found == [(2, 2), (2, 2, 2), (2, 2, 2)], "a day begins at its midnight"
    closes, last = view.round.closes_at, view.curve.ends[-1]
    assert [len(look(bench, each).curve.voted) for each in (last, last + timedelta(days=1))] == [33, 33]
    with writing(bench) as work:
        first, second = (
            Reminder(round_id=1, local=each, due_at=closes - timedelta(hours=hours), done_at=done)
            for each, hours, done in (("2027-03-05T15:00", 2, None), ("2027-03-05T16:00", 1, closes))
        )
        work.session.add_all((first, second))
    before, at = (look(bench, closes - timedelta(seconds=each)).curve.flags for each in (1, 0))
    assert [flag.kind for flag in before] == ["planned", "planned", "sent"]
    assert [(flag.kind, flag.at) for flag in at] == [("sent", closes)], "what was planned was not sent"


def test_usual_reminders_are_proposed_while_they_can_be_planned(app: Flask, bench: Bench) -> None:
    make_open(bench, "PE", "MX")
    closes = look(bench, LATER).round.closes_at
    days = [closes - timedelta(days=days) for days in (7, 3, 1)]
    curve = look(bench, LATER).curve
    assert [(flag.at, flag.kind) for flag in curve.flags] == [(day, "proposed") for day in days]
    with app.test_request_context("/en/"):
        g.lang = "en"
        chart = pictures.draw(curve, ZONE, LATER)
    assert f"Reminders proposed: {chart.proposed}." in chart.said
    with writing(bench) as work:
        reminders.plan_reminder(work, KEY, local(days[1], ZONE))
    assert [flag.kind for flag in look(bench, LATER).curve.flags] == ["proposed", "planned", "proposed"]
    assert [flag.kind for flag in look(bench, days[0]).curve.flags] == ["planned", "proposed"]
    with writing(bench, NOW + timedelta(days=2)) as work:
        moves.close(work, KEY, "Basta.")
    for days in (1, 3):  # also by a clock that was put back
        assert all(flag.kind != "proposed" for flag in look(bench, NOW + timedelta(days=days)).curve.flags)


def test_the_round_before_is_laid_over_it(bench: Bench) -> None:
    make_open(bench, "PE", "PE", "MX", "JM")
    cast(bench, KEY, "Red 001", "Red 003")
    with writing(bench, NOW + timedelta(days=1, hours=14)) as work:
        moves.close(work, KEY, "Basta.")  # at midnight
    with writing(bench, NOW + timedelta(days=3)) as work:
        rounds.create_round(work, round_command(key="2027-2"))
        themes.add_proposed_themes(work, "2027-2")
        opening.open_round(work, "2027-2")
    first = look(bench, NOW + timedelta(days=3, minutes=30), "2027-2").curve
    assert (first.before_seats, first.before_by_now) == (4, 0)
    curve = look(bench, NOW + timedelta(days=4), "2027-2").curve
    assert (curve.before, curve.before_by_now) == ((2, 2), 2), "two days, and no third that it did not last"
    assert len(curve.before) < len(curve.ends)
    assert look(bench, NOW + timedelta(days=4)).curve.before == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_pictures_of_random_rounds_say_their_figures(app: Flask, data: st.DataObject) -> None:
    seats = data.draw(st.integers(1, 500))
    count = data.draw(st.integers(1, MOST_STEPS))
    ends, days = steps(moment(), moment() + timedelta(days=count - 1), ZONE)
    shown = data.draw(st.integers(1, len(ends)))
    voted = sorted(data.draw(st.lists(st.integers(0, seats), min_size=shown, max_size=shown)))
    before = sorted(data.draw(st.lists(st.integers(0, seats), max_size=len(ends))))
    flags = (Flag(moment(), "sent"), Flag(ends[-1], "planned"), Flag(ends[-1], "proposed"))
    curve = Curve(
        moment(), ends, days, seats, tuple(voted), tuple(before), data.draw(st.integers(0, seats)), seats,
        Text.name("Otra"), flags,
    )  # fmt: skip
    for lang in ("es", "en"):
        with app.test_request_context(f"/{lang}/"):
            g.lang = lang
            chart = pictures.draw(curve, ZONE, moment())
        assert len(chart.rows) == len(chart.bars) == shown
        assert sum(int(row[1]) for row in chart.rows) == voted[-1]
        assert chart.rows[-1][2] == chart.bars[-1].text == str(voted[-1])
        assert "%(" not in chart.message + chart.said
        assert len(chart.ticks) == len(before)
        for bar in chart.bars:
            heights = [float(each.removesuffix("em")) for each in (bar.height, bar.fresh_height)]
            assert min(heights) >= 0
            assert sum(heights) <= pictures.HEIGHT + 0.02
