"""The phase at the desk and by the worker: set, opened, extended, reminded, ended; its rules frozen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.desk.mail import finish
from consulta.platform.models import LogEntry, ProposingPhase
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds import proposing as phase
from consulta.rounds import service as rounds
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.drafts import KEY, writing
from tests.factories import build_organisation, moment
from tests.platform.mailer.desk import messages
from tests.themes.proposals.story import DESK, PUBLIC, days, member, opened, planned, send

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

FORM = {
    "shown": "at_once",
    "most": "2",
    "supports": "4",
    "rule": "support",
    "themes": "8",
    "subregions": "2",
}


def row(bench: Bench) -> ProposingPhase:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(ProposingPhase)).one()
        work.session.expunge(found)
        return found


def step(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        return rounds.round_line(work, KEY).step


def test_the_desk_sets_opens_and_ends_the_phase(
    app: Flask, bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    planned(bench)
    phase_form = {**FORM, "closes": days(10), "for_themes": "y"}
    assert staff_visitor.submit(f"{DESK}/phase", phase_form).status_code == 303
    assert (row(bench).most, row(bench).supports, row(bench).themes) == (2, 4, 8)
    assert step(bench) == "proposing_opening"
    page = staff_visitor.get(f"{DESK}/open").text
    assert 'data-count="3"' in page
    assert "Proponga hasta" in page
    assert not messages(bench)
    assert staff_visitor.submit(f"{DESK}/open").status_code == 303
    assert [each.kind for each in messages(bench)] == ["proposing"] * 3
    assert step(bench) == "proposing"
    assert staff_visitor.submit(f"{DESK}/open").status_code == 422  # a second time
    assert len(messages(bench)) == 3
    assert visitor.get(PUBLIC).status_code == 404
    send(member(app, str(messages(bench)[0].token)))
    assert staff_visitor.submit(f"{DESK}/end", {"reason": ""}).status_code == 422
    assert staff_visitor.submit(f"{DESK}/end", {"reason": "Ya están todas"}).status_code == 303
    assert step(bench) == "decide"
    assert "Ya están todas" in visitor.get(PUBLIC).text


def test_its_rules_are_frozen_when_it_opens_and_in_the_log(bench: Bench) -> None:
    opened(bench)
    with writing(bench, moment()) as work, pytest.raises(Problem, match=r"proposing\.frozen"):
        phase.plan(work, KEY, phase.PhaseCommand(closes_local=days(9), themes=3))
    with writing(bench, moment()) as work:
        phase.give_up(work, KEY)  # nothing: it has opened
    with bench.read(COMMAND, moment()) as work:
        entry = work.session.scalars(select(LogEntry).where(LogEntry.action == "proposing.opened")).one()
        told = json.loads(entry.details)
    assert {name: told[name] for name in ("count", "themes", "subregions", "rule", "supports", "most")} == {
        "count": 3,
        "themes": 10,
        "subregions": 2,
        "rule": "support",
        "supports": 3,
        "most": 3,
    }


def test_the_end_moves_forward_alone_and_keeps_the_first_promise(bench: Bench) -> None:
    opened(bench)
    first = row(bench).closes_at
    with writing(bench, moment()) as work, pytest.raises(Problem, match=r"proposing\.earlier"):
        phase.extend(work, KEY, days(8))
    with writing(bench, moment()) as work, pytest.raises(Problem, match=r"proposing\.late"):
        phase.extend(work, KEY, days(60))
    for later in (10, 12):
        with writing(bench, moment()) as work:
            phase.extend(work, KEY, days(later))
    assert row(bench).promised_at == first
    assert row(bench).closes_at > first


def test_the_worker_opens_and_ends_it_at_its_hours(bench: Bench) -> None:
    planned(bench)
    with writing(bench, moment()) as work:
        phase.open_at(work, KEY, days(2))
    at, ends = row(bench).opens_at, row(bench).closes_at
    assert at is not None
    with bench.work(WORKER, at - timedelta(minutes=1)) as work:
        assert phase.due_openings(work) == []
        assert phase.open_as_planned(work, KEY) is None
    with bench.work(WORKER, at) as work:
        assert phase.due_openings(work) == [KEY]
        assert phase.open_as_planned(work, KEY) == 3
    with bench.work(WORKER, at) as work:
        assert phase.open_as_planned(work, KEY) is None
    assert len(messages(bench)) == 3
    with bench.work(WORKER, ends + timedelta(minutes=5)) as work:
        assert phase.due_endings(work) == [KEY]
        assert phase.end_as_promised(work, KEY)
        assert not phase.end_as_promised(work, KEY)
    assert row(bench).ended_at == ends


def test_a_reminder_goes_to_organisations_that_did_nothing(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    tokens = opened(bench)
    send(member(app, tokens[0]))
    member(app, tokens[1]).submit(f"/es/proposing/{KEY}/themes", to=f"/es/proposing/{KEY}/themes/1/support")
    assert 'data-count="1"' in staff_visitor.get(f"{DESK}/reminder").text
    assert staff_visitor.submit(f"{DESK}/reminder").status_code == 303
    page = staff_visitor.get(DESK).text
    assert "/proposing/reminder" not in page
    assert "otro recordatorio a partir del" in page
    staff_visitor.submit(f"{DESK}/reminder")  # sent twice, or by two people
    sent = [each.address for each in messages(bench) if each.kind == "proposing_reminder"]
    assert sent == ["c3@example.org"]


def test_those_who_can_propose_are_told_of_a_later_end_once_for_each_end(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench)
    ends = row(bench).closes_at
    for after, count in ((1, 3), (2, 6)):
        later = f"{ends.astimezone(ZoneInfo(row(bench).zone)) + timedelta(days=after):%Y-%m-%dT%H:%M}"
        assert 'data-count="3"' in staff_visitor.get(f"{DESK}/extend").text
        assert staff_visitor.submit(f"{DESK}/extend", {"until": later}).status_code == 303
        again = staff_visitor.submit(f"{DESK}/extend", {"until": later})  # sent twice, or by two people
        assert again.status_code in {409, 422}
        told = [each for each in messages(bench) if each.kind == "proposing_extended"]
        assert len(told) == count
    # The mails that say the earlier end are not sent any more.
    with bench.work(WORKER, moment()) as work:
        made = [finish(work, each.id, Post("http://localhost")) for each in told]
    assert [type(each).__name__ for each in made] == ["Needless"] * 3 + ["Finished"] * 3


def test_who_joins_later_gets_the_link_on_its_own(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    with writing(bench, moment()) as work:
        build_organisation(work.session, "Red Nueva", country="CL", email="nueva@example.org")
    assert staff_visitor.submit(f"{DESK}/mail").status_code == 303
    assert [each.address for each in messages(bench)][3:] == ["nueva@example.org"]


def test_the_mail_says_the_limits_in_each_language_and_none_leaves_late(bench: Bench) -> None:
    opened(bench, supports=1, most=2)
    first = messages(bench)[0]
    with bench.read(WORKER, moment()) as work:
        mail = finish(work, first.id, Post("http://localhost"))
    assert isinstance(mail, Finished)
    es, en = mail.mail.halves
    assert f"http://localhost/es/p/{first.token}" in es.text
    assert "puede proponer hasta 2, cada uno con" in es.text
    assert "También puede apoyar una propuesta" in es.text
    assert "can propose up to 2, each with" in en.text
    assert "It can also support one proposal" in en.text
    assert str(first.token) not in mail.kept
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(ProposingPhase).values(closes_at=moment() - timedelta(minutes=1)))
    with bench.read(WORKER, moment()) as work:
        assert finish(work, first.id, Post("http://localhost")) == Needless("mail.over")


def test_no_round_opens_while_members_propose_its_themes(bench: Bench) -> None:
    opened(bench)
    with writing(bench, moment()) as work:
        refused = [each.code for each in opening.opening_report(work, KEY).refusals]
    assert "opening.themes_proposed" in refused


IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"closes_local": days(60)}, "proposing.late"),
    ({"closes_local": days(-2)}, "plan.past"),
    ({"closes_local": "never"}, "deadline.form"),
    ({"most": 0}, "proposing.numbers"),
    ({"supports": 101}, "proposing.numbers"),
    ({"themes": 1}, "proposing.numbers"),
    ({"subregions": 9}, "proposing.numbers"),
    ({"shown": "never"}, "proposing.numbers"),
    ({"rule": "chance"}, "proposing.numbers"),
]


def test_a_phase_that_cannot_be_is_refused(bench: Bench) -> None:
    planned(bench)
    for change, code in IMPOSSIBLE:
        command = phase.PhaseCommand(**({"closes_local": days(9)} | change))  # type: ignore[arg-type]
        with writing(bench, moment()) as work, pytest.raises(Problem) as refused:
            phase.plan(work, KEY, command)
        assert refused.value.code == code, change


def test_a_planned_phase_is_given_up_and_its_draft_deleted(bench: Bench, staff_visitor: Visitor) -> None:
    planned(bench)
    assert staff_visitor.submit(DESK, to=f"{DESK}/give-up").status_code == 303
    with writing(bench, moment()) as work:
        assert phase.of_round(work, KEY) is None
        phase.plan(work, KEY, phase.PhaseCommand(closes_local=days(9)))
    with writing(bench, moment()) as work:
        rounds.delete_draft(work, KEY)
