"""Calls are proposed when due, sent once by a person, and their reminders go to who has not answered."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people.focal_points import today
from consulta.platform.models import Dialogue, Institution, Organisation, Recommendation
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.sessions.follow_up import asking, calls
from consulta.sessions.follow_up import service as follow_up
from consulta.sessions.follow_up.calls import Rhythm, months_after
from consulta.sessions.follow_up.values import REPORTED, SEEN, Answer, Source
from tests.cases import for_each
from tests.factories import moment
from tests.queued import messages
from tests.sessions.follow_up.called import AGENCY, FEW, KEY, LIMA, POINT, STATE, call, made, session

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = f"/es/secretariat/rounds/{KEY}/follow-up-calls"


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 12), st.integers(2, 24))
def test_calls_follow_one_another(day: date, first: int, every: int) -> None:
    rhythm = Rhythm(first, every)
    days = [rhythm.due_on(day.isoformat(), number) for number in range(1, 6)]
    assert months_after("2026-11-30", 3) == "2027-02-28", "a month that has no such day"
    assert days == sorted(set(days))
    assert days[0] > day.isoformat()


@for_each(
    "rhythm, code",
    [
        (Rhythm(0), "follow_up.first"),
        (Rhythm(13), "follow_up.first"),
        (Rhythm(every_months=1), "follow_up.every"),
        (Rhythm(every_months=25), "follow_up.every"),
        (Rhythm(answer_days=6), "follow_up.answer_days"),
        (Rhythm(answer_days=91), "follow_up.answer_days"),
        (Rhythm(remind_days=(30,)), "follow_up.remind"),
        (Rhythm(remind_days=(3, 3)), "follow_up.remind"),
        (Rhythm(remind_days=(9, 6, 3)), "follow_up.remind"),
    ],
)
def test_a_rhythm_has_limits(rhythm: Rhythm, code: str) -> None:
    assert rhythm.fault() == code


def test_a_call_asks_focal_points_else_organisations_and_institutions(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    assert call(bench, start) == 4
    sent = messages(bench, "follow_up_call")
    assert {each.address for each in sent} == {LIMA, POINT, AGENCY, STATE}, (
        "no contact where a focal point is"
    )
    texts = {each.address: made(bench, each.id, start).mail.halves[0].text for each in sent}
    assert "Son 2 recomendaciones" in texts[LIMA]
    assert "a single recommendation" in texts[POINT]
    assert "En nombre de su institución" in texts[STATE]
    links = re.findall(r"http://localhost/../s/\S+", " ".join(texts.values()))
    assert len(set(links)) == 4


def test_a_call_is_sent_once_and_not_before_its_day(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    with bench.work(COMMAND, start - timedelta(days=60)) as work, pytest.raises(Problem, match="early"):
        asking.send(work, KEY, 1)
    call(bench, start)
    with bench.work(COMMAND, start) as work, pytest.raises(Problem, match=r"follow_up\.next"):
        asking.send(work, KEY, 1)
    with bench.work(COMMAND, start) as work, pytest.raises(Problem, match="early"):
        asking.send(work, KEY, 2)
    assert len(messages(bench, "follow_up_call")) == 4


def test_a_call_is_moved_or_left_out_with_a_reason(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    with bench.read(COMMAND, start) as work:
        day = today(work)
    later = (date.fromisoformat(day) + timedelta(days=9)).isoformat()
    with bench.work(COMMAND, start) as work, pytest.raises(Problem, match="reason"):
        calls.move(work, KEY, 1, later, " ")
    for bad in ("", "mañana", "2027-02-30", "1999-01-01", "2099-01-01"):
        with bench.work(COMMAND, start) as work, pytest.raises(Problem, match=r"follow_up\.day"):
            calls.move(work, KEY, 1, bad, "Elecciones")
    with bench.work(COMMAND, start) as work:
        calls.move(work, KEY, 1, later, "Elecciones")
    with bench.read(COMMAND, start) as work:
        view = calls.schedule(work, KEY)
        assert view.next is not None
        assert (view.next.due_on, view.next.state, view.next.reason) == (later, "planned", "Elecciones")
        assert view.calls[1].due_on == months_after(view.day, 9), "the others stay"
        assert calls.due(work) == []
    with bench.work(COMMAND, start) as work:
        calls.skip(work, KEY, 1, "Huracán")
    with bench.read(COMMAND, start) as work:
        view = calls.schedule(work, KEY)
        assert view.next is not None
        assert view.next.number == 2
    with bench.work(COMMAND, start) as work, pytest.raises(Problem, match=r"follow_up\.next"):
        calls.skip(work, KEY, 1, "Otra vez")


def answer(bench: Bench, at: datetime, side: str, addressee: str, source: Source) -> None:
    said = Answer("preparing", (at - timedelta(days=2)).date().isoformat(), "Se prepara.", "es")
    with bench.work(COMMAND, at) as work:
        follow_up.report(work, FEW, side, addressee, said, source, 0)


def test_only_who_has_not_answered_is_reminded_and_told_of_in_public(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    call(bench, start)
    answer(bench, start + timedelta(hours=1), REPORTED, "PE", Source("staff", "telephone"))
    with bench.read(ANONYMOUS, start) as work:
        waiting = {(each.side, each.addressee) for each in calls.waiting(work)[KEY]}
    with bench.read(COMMAND, start) as work:
        agency = work.session.query(Institution).filter_by(kind="agency").one().id
        lima = work.session.query(Organisation).filter_by(name="Red de Lima").one().id
    assert waiting == {(SEEN, "PE"), (SEEN, "EC"), (REPORTED, f"I{agency}")}
    for days, mails in ((10, 0), (17, 3), (18, 3), (29, 5)):
        at = start + timedelta(days=days)
        with bench.read(WORKER, at) as work:
            due = asking.due_reminders(work)
        for number in due:
            with bench.work(WORKER, at) as work:
                asking.remind(work, number)
            with bench.work(WORKER, at) as work:
                assert asking.remind(work, number) is None, "another worker has done it"
        assert len(messages(bench, "follow_up_reminder")) == mails
        if days == 18:
            answer(bench, at, SEEN, "PE", Source("staff", "mail", organisation_id=lima))
    last = messages(bench, "follow_up_reminder")[-2:]
    assert {each.address for each in last} == {POINT, AGENCY}


def test_where_all_was_withdrawn_nothing_is_asked_any_more(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    call(bench, start)
    with bench.work(COMMAND, start) as work:
        for row in work.session.query(Recommendation):
            row.withdrawn_at = start
    with bench.read(COMMAND, start + timedelta(days=200)) as work:
        assert calls.due(work) == []
        assert calls.schedule(work, KEY).next is None
    with bench.work(WORKER, start + timedelta(days=17)) as work:
        for number in asking.due_reminders(work):
            assert asking.remind(work, number) == 0


# -- the desk's pages


def test_the_desk_shows_the_days_and_sends_after_asking(bench: Bench, staff_visitor: Visitor) -> None:
    start = moment()
    session(bench, start)
    assert "follow-up-calls/send" in staff_visitor.get(PAGE).text
    with bench.work(COMMAND, start) as work:
        work.session.scalars(select(Dialogue)).one().factsheet_version = 1
    desk, of_round = "/es/secretariat/", PAGE.removesuffix("/follow-up-calls")
    for url in (desk, of_round):
        assert "Enviar el llamado 1 sobre las recomendaciones" in staff_visitor.get(url).text, "the next step"
    before = staff_visitor.get(f"{PAGE}/send")
    assert 'data-count="4"' in before.text
    assert messages(bench, "follow_up_call") == []
    sent = staff_visitor.submit(f"{PAGE}/send", {"number": "1"})
    assert sent.status_code == 303
    assert len(messages(bench, "follow_up_call")) == 4
    staff_visitor.submit(PAGE, {"number": "1"}, to=f"{PAGE}/send")
    assert len(messages(bench, "follow_up_call")) == 4, "sent twice, written once"
    told = staff_visitor.get(of_round).text
    assert "Enviar el llamado" not in told
    assert "al llamado 1" in told, "how many have answered"
    page = staff_visitor.get(PAGE)
    assert "Luis del Ministerio" in page.text
    assert staff_visitor.get(f"{PAGE}?state=silent").status_code == 200
    assert staff_visitor.get(PAGE.replace("/es/", "/en/")).status_code == 200


def test_bad_input_at_the_desk_is_told_and_kept(bench: Bench, staff_visitor: Visitor) -> None:
    start = moment()
    session(bench, start)
    moved = {"act": "move", "number": "1", "day": "1999-01-01", "reason": "Elecciones"}
    bad = staff_visitor.submit(PAGE, moved)
    assert bad.status_code == 422
    assert "Elecciones" in bad.text
    known = {"first_months": "2", "every_months": "6", "answer_days": "20", "first_reminder": ""}
    bad = staff_visitor.submit(f"{PAGE}/rhythm", known | {"first_months": "40"})
    assert bad.status_code == 422
    assert staff_visitor.submit(f"{PAGE}/rhythm", known | {"second_reminder": "2"}).status_code == 303
    with bench.read(COMMAND, start) as work:
        assert calls.schedule(work, KEY).rhythm == Rhythm(2, 6, 20, (2,))
