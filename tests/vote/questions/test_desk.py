"""The questions of a draft at the desk: written, ordered, copied, shown; frozen when the round opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import copying, opening
from consulta.platform.models import LogEntry, Question
from consulta.platform.work import COMMAND, Actor
from consulta.rounds import service as rounds
from consulta.vote import questions
from consulta.vote import service as voting
from tests.asking import ALL, KEY, ONE, SEVERAL, ask, vote, words
from tests.drafts import join_members
from tests.factories import build_round, moment
from tests.polling import open_round
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

STAFF = Actor("secretariat", None, "Mariana")
BASE = f"/es/secretariat/rounds/{KEY}"


def draft(bench: Bench, key: str = KEY) -> None:
    with bench.work(COMMAND, moment()) as work:
        build_round(work.session, key, question=both("¿Qué sigue?", "What is next?"))


def keys(bench: Bench, key: str = KEY) -> list[str]:
    with bench.read(STAFF, moment()) as work:
        return [each.key for each in questions.list_questions(work, key).questions]


def test_questions_are_added_moved_and_deleted(either: Bench) -> None:
    draft(either)
    with either.work(STAFF, moment()) as work:
        made = [questions.save_question(work, KEY, _new(each)) for each in ALL]
    assert made == keys(either) == ["p1", "p2", "p3", "p4", "p5"]
    with either.work(STAFF, moment()) as work:
        questions.move_question(work, KEY, "p3", -1)
        questions.move_question(work, KEY, "p1", -1)
        questions.delete_question(work, KEY, "p4")
    assert keys(either) == ["p1", "p3", "p2", "p5"]
    with either.read(STAFF, moment()) as work:
        kept = {each.key: each for each in questions.list_questions(work, KEY).questions}
    assert (kept["p1"], kept["p2"]) == (ONE, SEVERAL)
    with either.work(STAFF, moment()) as work:
        assert questions.save_question(work, KEY, _new(ONE)) == "p4"


def _new(question: Any) -> Any:
    return replace(question, key="")


def test_after_the_opening_nothing_changes_them(bench: Bench) -> None:
    open_round(bench)
    ask(bench)
    acts = (
        lambda work: questions.save_question(work, KEY, ONE),
        lambda work: questions.save_question(work, KEY, _new(ONE)),
        lambda work: questions.delete_question(work, KEY, "p1"),
        lambda work: questions.move_question(work, KEY, "p1", 1),
    )
    for act in acts:
        with bench.work(STAFF, moment()) as work, pytest.raises(Problem) as refused:
            act(work)
        assert refused.value.code == "round.frozen"


def test_the_opening_records_their_digest(bench: Bench) -> None:
    draft(bench)
    join_members(bench, "PE", "MX")
    ask(bench, [replace(ONE, text=words("Solo en español"))])
    with bench.work(COMMAND, moment()) as work:
        said = {problem.code for problem in opening.opening_report(work, KEY).warnings}
        opening.open_round(work, KEY)
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "questions.frozen")).one()
        assert questions.digest(questions.list_questions(work, KEY).questions) in row.details
    assert "opening.question_words" in said


def test_a_round_without_questions_has_no_row_of_them(bench: Bench) -> None:
    draft(bench)
    join_members(bench, "PE", "MX")
    with bench.work(COMMAND, moment()) as work:
        opening.open_round(work, KEY)
        rows = work.session.scalars(select(LogEntry).where(LogEntry.action == "questions.frozen"))
        assert list(rows) == []


def test_they_are_copied_with_a_round_and_deleted_with_a_draft(bench: Bench) -> None:
    draft(bench)
    ask(bench)
    with bench.work(STAFF, moment()) as work:
        command = rounds.proposed(work, KEY)
        new = copying.create(work, command, KEY, ["questions"])
    assert keys(bench, new) == keys(bench)
    with bench.work(STAFF, moment()) as work, pytest.raises(Problem) as refused:
        questions.copy_questions(work, new, KEY)
    assert refused.value.code == "questions.present"
    with bench.work(STAFF, moment()) as work:
        rounds.delete_draft(work, new)
        left = work.session.scalars(select(Question.round_id).distinct()).all()
    assert len(left) == 1


# -- pages


def test_each_kind_is_written_on_a_form_and_shown_as_members_see_it(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft(bench)
    forms: dict[str, dict[str, str]] = {
        "one": {"options_es": "Sí\nNo"},
        "several": {"options_es": "a\nb\nc", "options_en": "x\ny\nz", "most": "2"},
        "scale": {"steps": "5", "low_es": "nada", "high_es": "mucho"},
        "number": {"least": "0", "greatest": "100", "decimals": "0", "unit_es": "personas"},
        "text": {"most": "300", "shown": "y"},
    }
    for kind, fields in forms.items():
        page = f"{BASE}/new-question/{kind}"
        answer = staff_visitor.submit(page, {"text_es": f"¿Pregunta {kind}?", **fields})
        assert answer.status_code == 303, kind
    assert keys(bench) == ["p1", "p2", "p3", "p4", "p5"]
    shown = staff_visitor.get(f"{BASE}/questions").text
    assert all(f"¿Pregunta {kind}?" in shown for kind in forms)
    preview = staff_visitor.get(f"{BASE}/questions-preview").text
    assert all(f'name="a-{key}"' in preview for key in keys(bench))
    edited = staff_visitor.get(f"{BASE}/questions/p2").text
    assert "x\ny\nz" in edited
    assert (
        staff_visitor.submit(f"{BASE}/questions/p1", {"text_es": "Otra", "options_es": "1\n2"}).status_code
        == 303
    )
    assert staff_visitor.submit(f"{BASE}/questions/p1/delete").status_code == 303
    assert (
        staff_visitor.submit(f"{BASE}/questions", {"step": "up"}, to=f"{BASE}/questions/p3/move").status_code
        == 303
    )
    assert keys(bench) == ["p3", "p2", "p4", "p5"]
    assert staff_visitor.get(f"{BASE}/new-question/essay").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("one", {"options_es": "Sí"}, "al menos dos opciones"),
        ("one", {"options_es": "Sí\nsi"}, "está dos veces"),
        ("one", {"options_es": "Sí\nNo", "options_en": "Yes"}, "Opciones en inglés: 1"),
        ("scale", {"steps": "5", "low_es": "nada"}, "sin eso, un número en una escala no tiene sentido"),
        ("number", {"least": "5", "greatest": "1", "decimals": "0"}, "El número mayor debe superar al menor"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    bench: Bench, staff_visitor: Visitor, kind: str, fields: dict[str, str], said: str
) -> None:
    draft(bench)
    answer = staff_visitor.submit(
        f"{BASE}/new-question/{kind}", {"text_es": "¿Se <b>conserva</b>?", **fields}
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert "¿Se &lt;b&gt;conserva&lt;/b&gt;?" in answer.text


def test_an_open_round_shows_them_without_forms_and_takes_answers_of_the_telephone(
    bench: Bench, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    page = staff_visitor.get(f"{BASE}/questions").text
    assert "new-question" not in page
    entry = f"{BASE}/seats/{voter.seat}/questions"
    assert 'name="a-p1"' not in staff_visitor.get(entry).text
    vote(bench, voter)
    first = staff_visitor.get(entry)
    assert 'name="a-p1"' in first.text
    sent = {
        "csrf_token": staff_visitor.token(first),
        "asked": questions.digest(ALL),
        "seen": "0",
        "a-p1": "1",
    }
    assert staff_visitor.post(entry, {**sent, "a-p4": "mil"}).status_code == 422
    assert staff_visitor.post(entry, sent).status_code == 303
    assert staff_visitor.post(entry, sent).status_code == 422  # others are recorded meanwhile
    assert "p1" not in staff_visitor.words(f"{BASE}/seats/{voter.seat}")
    paper = staff_visitor.get(f"{BASE}/seats/{voter.seat}/paper").text
    assert ONE.text["es"] in paper
    assert ONE.text["en"] in paper


def test_the_receipt_mail_says_where_they_are_answered(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    page = f"{BASE}/preview/mail?kind=receipt"
    address = f"/es/ballot/{KEY}/questions"
    assert address not in staff_visitor.get(page).text
    ask(bench)
    assert address in staff_visitor.get(page).text


def test_the_ballot_knows_how_many_there_are_once_there_is_a_vote(bench: Bench) -> None:
    voter, _ = open_round(bench)
    ask(bench)
    with bench.work(voter.actor, moment() + timedelta(minutes=1)) as work:
        assert voting.ballot(work, KEY).questions == 0
        voting.cast(work, KEY, Entries({"t1": 1}), "a form")
        assert voting.ballot(work, KEY).questions == len(ALL)
