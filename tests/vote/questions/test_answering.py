"""Answers after the vote: when they are taken, by whom, and that the vote never depends on them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform.models import AnswerSheet, LogEntry, Question
from consulta.platform.work import COMMAND, Actor
from consulta.vote import answers
from consulta.vote import service as voting
from tests.asking import KEY, ONE, SCALE, TEXT, ask, send, vote, words
from tests.benches import voter_visitor
from tests.factories import moment
from tests.polling import change_round, close, open_round

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor
    from tests.polling import Voter

RAW = {"p1": ["2"], "p2": ["1", "3"], "p3": ["4"], "p4": ["1.000,5"], "p5": ["Más formación"]}
SAID = {"p1": 2, "p2": [1, 3], "p3": 4, "p4": "1000.5", "p5": "Más formación"}
PAGE = f"/es/ballot/{KEY}/questions"
STAFF = Actor("secretariat", None, "Mariana")


def stored(bench: Bench) -> list[dict[str, object]]:
    with bench.read(COMMAND, moment()) as work:
        return [
            sheet.said for sheet in work.session.scalars(select(AnswerSheet).order_by(AnswerSheet.seat_id))
        ]


def refusal(bench: Bench, voter: Voter, raw: dict[str, list[str]] = RAW, **values: object) -> str:
    with pytest.raises(Problem) as refused:
        send(bench, voter, raw, **values)
    return refused.value.code


def test_answers_are_stored_after_the_vote_and_changed_until_the_end(either: Bench) -> None:
    voter, other = open_round(either)
    ask(either)
    vote(either, voter)
    assert send(either, voter, RAW) == 1
    assert stored(either) == [SAID]
    assert send(either, voter, {"p1": ["1"]}) == 2
    assert stored(either) == [{"p1": 1}]
    assert refusal(either, other) == "answers.unvoted"


def test_an_abstention_is_no_vote_to_be_asked_after(either: Bench) -> None:
    voter, _ = open_round(either)
    ask(either)
    with either.work(voter.actor, moment()) as work:
        voting.abstain(work, KEY, "abstain-1")
    assert refusal(either, voter) == "answers.unvoted"


def test_they_are_refused_after_the_end_of_another_round_and_of_other_questions(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    vote(bench, voter)
    assert refusal(bench, voter, asked="0" * 64) == "answers.foreign"
    assert refusal(bench, voter, at=moment() + timedelta(days=15)) == "answers.over"
    open_round(bench, "2027-2")
    ask(bench, key="2027-2")
    assert refusal(bench, voter, key="2027-2") == "answers.elsewhere"
    close(bench)
    assert refusal(bench, voter) == "answers.over"
    assert stored(bench) == []


def test_two_pages_do_not_overwrite_each_other_unseen(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    vote(bench, voter)
    send(bench, voter, {"p1": ["1"]}, seen=0)
    assert refusal(bench, voter, {"p1": ["2"]}, seen=0) == "answers.changed"
    assert stored(bench) == [{"p1": 1}]
    assert send(bench, voter, {"p1": ["2"]}, seen=1) == 2


def test_a_round_without_questions_takes_no_answers(bench: Bench) -> None:
    voter, _ = open_round(bench)
    vote(bench, voter)
    assert refusal(bench, voter) == "answers.none"


def test_the_vote_and_its_log_are_the_same_with_answers_and_without(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    vote(bench, voter)
    with bench.read(COMMAND, moment()) as work:
        before = [(row.action, row.details) for row in work.session.scalars(select(LogEntry))]
    send(bench, voter, RAW)
    with bench.read(COMMAND, moment()) as work:
        assert [(row.action, row.details) for row in work.session.scalars(select(LogEntry))] == before


def test_staff_enter_answers_and_see_none(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    vote(bench, voter)
    send(bench, voter, RAW)
    with bench.read(STAFF, moment()) as work:
        view = answers.for_seat(work, KEY, voter.seat)
        assert (dict(view.said), view.version) == ({}, 1)
    with bench.work(STAFF, moment()) as work:
        answers.enter(work, KEY, voter.seat, {"p1": ["3"]}, view.digest, view.version)
    assert stored(bench) == [{"p1": 3}]
    with bench.read(COMMAND, moment()) as work:
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "answers.entered")).one()
        assert row.details == '{"version":2}'
    with bench.work(STAFF, moment()) as work, pytest.raises(Problem) as refused:
        answers.enter(work, KEY, "s009", {}, view.digest, 0)
    assert refused.value.code == "seat.unknown"


# -- pages


def answering_visitor(app: Flask, bench: Bench) -> tuple[Visitor, Voter]:
    voter, _ = open_round(bench)
    ask(bench)
    vote(bench, voter)
    return voter_visitor(app, voter.token), voter


def fields(page: str) -> dict[str, str]:
    """Return the fields of a page of questions that are no answers."""
    found = {}
    for name in ("csrf_token", "asked", "seen"):
        told = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
        assert told is not None
        found[name] = told[1]
    return found


def test_a_member_answers_on_a_page_of_its_own(app: Flask, bench: Bench) -> None:
    visitor, _ = answering_visitor(app, bench)
    receipt = visitor.get(f"/es/ballot/{KEY}/receipt").text
    assert PAGE in receipt
    page = visitor.get(PAGE).text
    assert "<script" not in page
    given = {"a-p1": "2", "a-p2": ["1", "3"], "a-p3": "4", "a-p4": "1.000,5", "a-p5": "Más formación"}
    answer = visitor.post(PAGE, {**fields(page), **given})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?saved=1")
    assert stored(bench) == [SAID]
    again = visitor.get(f"{PAGE}?saved=1").text
    assert 'role="status"' in again
    assert 'value="1000,5"' in again
    assert "Más formación" in again


def test_what_is_wrong_is_said_beside_the_question_and_all_is_kept(app: Flask, bench: Bench) -> None:
    visitor, _ = answering_visitor(app, bench)
    page = visitor.get(PAGE).text
    long = "<i>texto</i> " + "largo " * 9_000
    answer = visitor.post(PAGE, {**fields(page), "a-p1": "9", "a-p4": "1.000", "a-p5": long})
    assert answer.status_code == 422
    assert answer.text.count('class="field-error"') == 3
    assert "1000 o 1.0000" in answer.text
    assert "largo largo" in answer.text
    assert "<i>texto" not in answer.text
    assert stored(bench) == []


def test_a_form_of_before_another_page_is_shown_again_and_can_be_sent(app: Flask, bench: Bench) -> None:
    visitor, voter = answering_visitor(app, bench)
    page = visitor.get(PAGE).text
    send(bench, voter, {"p1": ["1"]})
    answer = visitor.post(PAGE, {**fields(page), "a-p5": "De la segunda ventana"})
    assert answer.status_code == 409
    assert "De la segunda ventana" in answer.text
    assert visitor.post(PAGE, {**fields(answer.text), "a-p5": "De la segunda ventana"}).status_code == 303
    assert stored(bench) == [{"p5": "De la segunda ventana"}]


def test_questions_that_changed_after_the_opening_are_not_answered_unseen(app: Flask, bench: Bench) -> None:
    visitor, _ = answering_visitor(app, bench)
    page = visitor.get(PAGE).text
    with bench.work(COMMAND, moment()) as work:
        row = work.session.scalars(select(Question).where(Question.key == "p1")).one()
        row.text = words("Otra pregunta")
    answer = visitor.post(PAGE, {**fields(page), "a-p1": "1", "a-p5": "Se conserva"})
    assert answer.status_code == 409
    assert "Se conserva" in answer.text
    assert stored(bench) == []


def test_after_the_end_what_was_written_is_shown_to_be_copied(app: Flask, bench: Bench) -> None:
    visitor, _ = answering_visitor(app, bench)
    page = visitor.get(PAGE).text
    change_round(bench, closes_at=moment() - timedelta(hours=1))
    answer = visitor.post(PAGE, {**fields(page), "a-p1": "2", "a-p5": "No se pierde"})
    assert answer.status_code == 409
    assert "No se pierde" in answer.text
    assert ONE.options[1]["es"] in answer.text
    assert visitor.get(PAGE).status_code == 200


def test_before_the_vote_the_page_leads_to_the_ballot(app: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    visitor = voter_visitor(app, voter.token)
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert f"/es/ballot/{KEY}" in page.text
    assert 'name="a-p1"' not in page.text


def test_without_a_session_what_was_written_is_not_lost(app: Flask, visitor: Visitor, bench: Bench) -> None:
    open_round(bench)
    ask(bench)
    answer = visitor.post(PAGE, {"a-p5": "Escrito sin sesión"})
    assert answer.status_code == 403
    assert "Escrito sin sesión" in answer.text


def test_a_needed_answer_never_keeps_a_vote(app: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench, [replace(SCALE, required=True), TEXT])
    vote(bench, voter)
    visitor = voter_visitor(app, voter.token)
    page = visitor.get(PAGE).text
    answer = visitor.post(PAGE, {**fields(page), "a-p5": "Sin la escala"})
    assert answer.status_code == 422
    assert "Sin la escala" in answer.text
    vote(bench, voter, entries=Entries({"t3": 1}))
