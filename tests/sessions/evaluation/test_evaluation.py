"""The evaluation of a session: prepared, sent, answered once by link, told together and without names."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.desk.mail import finish
from consulta.platform.models import (
    Contact,
    Dialogue,
    Evaluation,
    EvaluationPerson,
    EvaluationSheet,
    Invitation,
    LogEntry,
    Message,
    Nominee,
)
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.rounds.letters.service import Finished, Needless, Post
from consulta.sessions import attendance, evaluation
from consulta.sessions.attendance import Answers
from consulta.sessions.evaluation import Facts, Figures, PersonCommand
from consulta.sessions.pages import evaluation as evaluation_pages
from consulta.vote import questions as questions_acts
from tests.factories import moment
from tests.invited import confirm, invited
from tests.sessions.evaluation.evaluating import (
    DESK,
    KEY,
    LAST_DAY,
    PUBLIC,
    answer,
    fields,
    over,
    participant,
    people,
    prepared,
    said_by,
    sent,
)
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

OWN = "/es/evaluation"
POST = Post("http://localhost")


def refused(bench: Bench, act: Callable[..., object], *given: Any) -> str:
    with pytest.raises(Problem) as problem, bench.work(COMMAND, moment()) as work:
        act(work, KEY, *given)
    return problem.value.code


def rows(bench: Bench, what: Any) -> list[Any]:
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(what)))
        work.session.expunge_all()
        return found


def reopen(bench: Bench) -> None:
    """Let answers be taken again, as if the last day were to come."""
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Evaluation)).one().closes_at = moment() + timedelta(days=1)


def mails(bench: Bench) -> list[Message]:
    return [each for each in rows(bench, Message) if each.kind.startswith("evaluation_")]


# -- prepared at the desk


def test_the_ready_made_questions_can_be_asked_in_every_language(bench: Bench) -> None:
    found = evaluation.ready_made(("es", "en", "pt"))
    assert 8 <= len(found) <= 10
    for question in found:
        assert list(questions_acts.faults(question, ("es", "en", "pt"))) == []
        for text in (question.text, *question.options, *(e for e in (question.low, question.high) if e)):
            assert set(text) == {"es", "en", "pt"}, question.key
    assert [
        questions_acts.of_plain(json.loads(json.dumps(questions_acts.plain(each)))) for each in found
    ] == [*found]


def test_the_secretariat_changes_the_questions_until_it_sends_them(
    bench: Bench, staff_visitor: Visitor
) -> None:
    prepared(bench)
    page = Page(staff_visitor.get(DESK))
    assert "¿Pudo decir lo que quería decir?" in page.text
    form = {"text_es": "¿Volvería?", "options_es": "sí\nno"}
    assert staff_visitor.submit(f"{DESK}/new-question/one", form).status_code == 303
    form = {"text_es": "¿Qué cambiaría?", "most": "100"}
    assert staff_visitor.submit(f"{DESK}/questions/e10", form).status_code == 303
    assert staff_visitor.submit(f"{DESK}/questions/e1/delete").status_code == 303
    assert staff_visitor.submit(DESK, {"step": "up"}, to=f"{DESK}/questions/e11/move").status_code == 303
    with bench.read(COMMAND, moment()) as work:
        found = evaluation.desk_page(work, KEY).questions
    assert [each.key for each in found][-2:] == ["e11", "e10"]
    assert found[0].key == "e2"
    assert found[-1].text["es"] == "¿Qué cambiaría?"
    assert staff_visitor.submit(f"{DESK}/new-question/scale", {"text_es": "?"}).status_code == 422
    assert staff_visitor.get(f"{DESK}/new-question/governments").status_code == 404
    with bench.work(COMMAND, moment()) as work:
        evaluation.ask(work, KEY, LAST_DAY)
    assert staff_visitor.get(f"{DESK}/questions/e10").status_code == 409
    assert refused(bench, evaluation.delete_question, "e10") == "evaluation.frozen"


def test_those_who_took_part_are_proposed(bench: Bench) -> None:
    invited(bench)
    confirm(bench)
    with bench.work(COMMAND, moment()) as work:
        member = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert member is not None
        organisation = member.organisation
        work.session.scalars(select(Nominee).where(Nominee.key == "n02")).one().consent_contact = False
        attendance.add(work, KEY, Answers(f" {organisation.name.upper()} ", organisation.country, "ngo"))
        attendance.add(work, KEY, Answers("Otra que nadie conoce", "PE", "ngo"))
        found = work.session.scalars(select(Dialogue)).one()
        found.starts_at, found.ends_at = moment() - timedelta(hours=5), moment() - timedelta(hours=3)
    with bench.work(COMMAND, moment()) as work:
        evaluation.prepare(work, KEY)
    listed = {each.email: each.source for each in rows(bench, EvaluationPerson)}
    assert listed == {
        "n04@example.org": "panel",
        "n07@example.org": "panel",
        "n08@example.org": "panel",
        member.email: "member",
    }
    # Once it is written who took part, the others of the panel are not asked.
    with bench.work(COMMAND, moment()) as work:
        one = work.session.scalars(select(Invitation).join(Nominee).where(Nominee.key == "n04")).one()
        one.state = "attended"
        for each in work.session.scalars(select(EvaluationPerson)):
            work.session.delete(each)
    with bench.work(COMMAND, moment()) as work:
        assert evaluation.gather(work, KEY) == 2
    with bench.work(COMMAND, moment()) as work:
        assert evaluation.gather(work, KEY) == 0


def test_people_are_added_by_lines(bench: Bench, staff_visitor: Visitor) -> None:
    prepared(bench, 0)
    text = "Ana Díaz; Alcaldía; ANA@example.org; pt\nBo; bo@example.org\nCy\tOIM\tcy@example.org"
    wrong = staff_visitor.submit(f"{DESK}/people", {"people": text + "\nsin correo\nDe; de@; es"})
    assert wrong.status_code == 422
    told = Page(wrong).text
    assert "Línea 1: «pt» no es un idioma de este sitio (es, en)." in told
    assert "Línea 4" in told
    assert "Línea 5" in told
    assert "sin correo" in wrong.text
    assert rows(bench, EvaluationPerson) == []
    text = text.replace("; pt", "; en")
    assert staff_visitor.submit(f"{DESK}/people", {"people": text}).status_code == 303
    found = {
        each.email: (each.name, each.organisation, each.language) for each in rows(bench, EvaluationPerson)
    }
    assert found == {
        "ana@example.org": ("Ana Díaz", "Alcaldía", "en"),
        "bo@example.org": ("Bo", "", "es"),
        "cy@example.org": ("Cy", "OIM", "es"),
    }
    # Again, in other letters: nobody twice.
    assert staff_visitor.submit(f"{DESK}/people", {"people": "Ana; Ana@Example.org"}).status_code == 303
    assert len(rows(bench, EvaluationPerson)) == 3
    number = rows(bench, EvaluationPerson)[0].id
    path = f"{DESK}/people/{number}/remove"
    assert staff_visitor.submit(f"{DESK}/people", {}, to=path).status_code == 303
    assert len(rows(bench, EvaluationPerson)) == 2


# -- sent


def test_it_is_sent_after_the_session_with_a_last_day(bench: Bench, staff_visitor: Visitor) -> None:
    prepared(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Dialogue)).one()
        ended, found.ends_at = found.ends_at, moment() + timedelta(hours=1)
    assert refused(bench, evaluation.ask, LAST_DAY) == "evaluation.future"
    assert "La sesión todavía no terminó" in Page(staff_visitor.get(f"{DESK}/send")).text
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Dialogue)).one().ends_at = ended
    assert refused(bench, evaluation.ask, "") == "evaluation.day"
    assert refused(bench, evaluation.ask, "2020-01-01") == "evaluation.past"
    assert staff_visitor.submit(f"{DESK}/send", {"day": "ayer"}).status_code == 422
    assert staff_visitor.submit(f"{DESK}/send", {"day": LAST_DAY}).status_code == 303
    assert len(mails(bench)) == 4
    assert refused(bench, evaluation.ask) == "evaluation.no_one"
    with bench.work(COMMAND, moment()) as work:
        evaluation.add_people(work, KEY, people(6))
    with bench.work(COMMAND, moment()) as work:
        assert evaluation.ask(work, KEY) == 2
    assert len({each.address for each in mails(bench)}) == len(mails(bench)) == 6


def test_the_mail_says_what_it_is_about_and_until_when(bench: Bench) -> None:
    sent(bench)
    with bench.work(WORKER, moment()) as work:
        for message in work.session.scalars(select(Message).where(Message.kind == "evaluation_invitation")):
            made = finish(work, message.id, POST)
            assert isinstance(made, Finished)
            text = made.mail.halves[0].text
            assert "Conversatorio de prueba" in text or "Test dialogue" in text
            assert f"/e/{message.token}" in text
            assert "23:59" in text


def test_one_reminder_goes_to_who_has_not_answered(bench: Bench, staff_visitor: Visitor) -> None:
    sent(bench)
    answer(bench, 1, said_by(1))
    page = Page(staff_visitor.get(f"{DESK}/remind"))
    assert "Persona 01" in page.text
    assert staff_visitor.submit(f"{DESK}/remind").status_code == 303
    reminders = [each for each in rows(bench, Message) if each.kind == "evaluation_reminder"]
    assert {each.address for each in reminders} == {f"p{number:02d}@example.org" for number in (2, 3, 4)}
    assert refused(bench, evaluation.remind) == "evaluation.no_one"
    # What waits is not sent to who answers meanwhile.
    answer(bench, 2, said_by(1))
    with bench.work(WORKER, moment()) as work:
        told = [
            finish(work, each.id, POST)
            for each in work.session.scalars(select(Message).where(Message.kind == "evaluation_reminder"))
            if each.address == "p02@example.org"
        ]

    assert [type(each) for each in told] == [Needless]


# -- answered


def test_a_person_answers_once_on_a_phone_without_script(bench: Bench, app: Flask) -> None:
    sent(bench)
    visitor = participant(app, bench, 1)
    page = visitor.get(OWN)
    assert "<script" not in page.text.partition("<main")[2]
    assert len(page.data) < 40_000
    assert "¿Cómo fue la sesión?" in Page(page).text
    asked = re.search(r'name="asked"[^>]*value="(\w+)"', page.text)
    assert asked is not None
    form = {"asked": asked[1], **fields(said_by(1))}
    assert visitor.submit(OWN, form).status_code == 303
    assert "sus respuestas quedaron registradas" in Page(visitor.get(OWN)).text
    (sheet,) = rows(bench, EvaluationSheet)
    assert sheet.said["e10"].startswith("Texto 1") or "e10" not in said_by(1)
    # A second sending, from a page that was open: nothing is recorded, nothing is lost.
    other = participant(app, bench, 2)
    token = other.token(other.get(OWN))
    assert other.post(OWN, {"csrf_token": token, **form}).status_code == 303
    again = other.post(OWN, {"csrf_token": token, **form, "a-e10": "Lo que quise decir"})
    assert again.status_code == 409
    assert "Lo que quise decir" in again.text
    assert len(rows(bench, EvaluationSheet)) == 2
    assert [each for each in rows(bench, LogEntry) if "particip" in each.actor] == []


def test_bad_input_is_told_beside_what_was_written(bench: Bench, app: Flask, visitor: Visitor) -> None:
    sent(bench)
    participating = participant(app, bench)
    asked = re.search(r'name="asked"[^>]*value="(\w+)"', participating.get(OWN).text)
    assert asked is not None
    for wrong, told in (
        ({"a-e1": "9"}, "Elija una de las opciones que se ofrecen"),
        ({"a-e10": "x" * 601}, "601"),
        ({"a-e1": ""}, "Responda al menos una pregunta"),
        ({"asked": "0" * 64, "a-e1": "1"}, "preguntas distintas"),
    ):
        answered = participating.submit(OWN, {"asked": asked[1], **wrong})
        assert answered.status_code in {409, 422}, wrong
        assert told in Page(answered).text
        assert wrong.get("a-e10", "") in answered.text
    ended = visitor.post(OWN, {"a-e10": "Mi texto"})
    assert (ended.status_code, "Mi texto" in ended.text) == (403, True)
    assert rows(bench, EvaluationSheet) == []


def test_nothing_is_taken_after_the_last_day_and_it_is_shown(bench: Bench, app: Flask) -> None:
    sent(bench)
    visitor = participant(app, bench)
    token = visitor.token(visitor.get(OWN))
    over(bench)
    late = visitor.post(OWN, {"csrf_token": token, "a-e10": "Demasiado tarde", "asked": "x"})
    assert late.status_code == 409
    assert "Demasiado tarde" in late.text
    assert "Ya no se reciben respuestas" in Page(visitor.get(OWN)).text
    assert rows(bench, EvaluationSheet) == []
    assert refused(bench, evaluation.remind) == "evaluation.over"
    with bench.work(COMMAND, moment()) as work:
        evaluation.move_end(work, KEY, LAST_DAY)
    assert "Enviar las respuestas" in Page(visitor.get(OWN)).text


def test_what_could_be_read_takes_no_further_answers(bench: Bench, staff_visitor: Visitor) -> None:
    """Else the desk reads, lets one more person answer, and reads the difference beside the person's name."""
    sent(bench, 12)
    answer(bench, 1, said_by(1))
    over(bench)
    assert staff_visitor.get(f"{DESK}/results").status_code == 200
    assert refused(bench, evaluation.move_end, LAST_DAY) == "evaluation.read"
    assert f"{DESK}/end" not in Page(staff_visitor.get(DESK)).links()


def test_answers_are_stored_apart_from_people(bench: Bench) -> None:
    """No column of an answer leads to a person, and the order of numbers is none of arrival."""
    assert {column.name for column in EvaluationSheet.__table__.columns} == {"id", "evaluation_id", "said"}
    sent(bench, 12)
    for number in range(1, 13):
        answer(bench, number, {"e10": [f"Texto {number:02d}"]})
    texts = [each.said["e10"] for each in sorted(rows(bench, EvaluationSheet), key=lambda each: each.id)]
    assert sorted(texts) == [f"Texto {number:02d}" for number in range(1, 13)]

    assert max(each.id for each in rows(bench, EvaluationSheet)) > 100_000


def test_no_age_and_no_place_of_a_row_joins_an_answer_to_its_person(
    either: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL knows which transaction wrote a row, both know where it is: so all are written anew."""
    sent(either, 6)
    monkeypatch.setattr(evaluation, "chance", Turned())
    for number in (4, 1, 6, 2):
        answer(either, number, {"e10": [f"Texto {number:02d}"]})
    postgres = either.engine.dialect.name == "postgresql"
    answers, marks = (
        (
            "SELECT xmin::text, said FROM evaluation_sheets ORDER BY ctid",
            "SELECT xmin::text FROM evaluation_people WHERE answered",
        )
        if postgres
        else (
            "SELECT 0, said FROM evaluation_sheets ORDER BY rowid",
            "SELECT 0 FROM evaluation_people WHERE answered",
        )
    )
    with either.engine.connect() as connection:
        sheets = connection.exec_driver_sql(answers).all()
        people = connection.exec_driver_sql(marks).all()
    assert len(sheets) == len(people) == 4
    assert len({age for age, _ in sheets}) == 1, "the last answer wrote all of them"
    assert not postgres or len({age for (age,) in people}) == 4
    texts = [re.findall(r"Texto \d\d", str(said))[0] for _, said in sheets]
    assert texts == [f"Texto {number:02d}" for number in (1, 2, 4, 6)], (
        "as chance puts them, not as they came"
    )


class Turned:
    """Chance that sorts what it is given by its text, and draws each number after the last one."""

    def __init__(self) -> None:
        self.last = 1000

    def shuffle(self, some: list[Any]) -> None:
        some.sort(key=str)

    def randrange(self, most: int) -> int:
        self.last += 1
        return self.last % most


# -- what came of it


def test_it_is_published_once_with_small_groups_hidden(bench: Bench, staff_visitor: Visitor) -> None:
    sent(bench, 20)
    for number in range(1, 10):
        answer(bench, number, said_by(number))
    assert "9 de 20" in Page(staff_visitor.get(DESK)).text
    assert staff_visitor.get(f"{DESK}/results").status_code == 409, "while answers are taken"
    assert refused(bench, evaluation.publish) == "evaluation.not_over"
    over(bench)
    assert "Respondieron 9 personas" in Page(staff_visitor.get(f"{DESK}/publish")).text
    assert refused(bench, evaluation.publish) == "evaluation.few"
    reopen(bench)
    for number in range(10, 19):
        answer(bench, number, said_by(number))
    over(bench)
    page = Page(staff_visitor.get(f"{DESK}/results"))
    assert "Respondieron 18 de 20 personas consultadas" in page.text
    assert staff_visitor.get(PUBLIC).status_code == 404
    assert staff_visitor.submit(f"{DESK}/publish").status_code == 422
    assert staff_visitor.submit(f"{DESK}/publish", {"sure": "y"}).status_code == 303
    text = Page(staff_visitor.get(PUBLIC)).text
    assert "Respondieron 18 de 20 personas consultadas" in text
    assert "@example.org" not in text
    assert "Texto 1" not in text, "texts are for the secretariat"
    assert PUBLIC in Page(staff_visitor.get(f"/es/rounds/{KEY}")).links()
    assert refused(bench, evaluation.publish) == "evaluation.published"
    assert refused(bench, evaluation.move_end, LAST_DAY) == "evaluation.published"
    assert [entry.action for entry in rows(bench, LogEntry)][-1] == "evaluation.published"
    for lang in ("es", "en"):
        assert staff_visitor.get(PUBLIC.replace("/es/", f"/{lang}/")).status_code == 200


def naive(sheets: list[dict[str, Any]], key: str, code: int) -> int:
    return sum(
        code in said[key] if isinstance(said[key], list) else said[key] == code
        for said in sheets
        if key in said
    )


def test_sentences_and_figures_agree_with_the_answers_on_random_data(app: Flask) -> None:
    questions = evaluation.ready_made(("es", "en"))
    chance = np.random.default_rng(2027)
    for _case in range(40):
        size, least = int(chance.integers(10, 60)), int(chance.choice((3, 5)))
        sheets = []
        for _person in range(size):
            said: dict[str, Any] = {
                each.key: int(chance.choice(5, p=(0.05, 0.1, 0.15, 0.2, 0.5))) + 1
                for each in questions
                if each.kind == "scale" and chance.random() < 0.8
            }
            said["e3"] = int(chance.choice(4, p=(0.06, 0.12, 0.76, 0.06))) + 1
            said["e7"] = sorted({int(each) + 1 for each in chance.integers(0, 7, size=2)})
            sheets.append(said)
        for desk in (True, False):
            facts = evaluation.told(questions, sheets, least, desk=desk)
            with app.test_request_context("/en/"):
                shown = evaluation_pages.shown(
                    Figures(questions, size + 3, size, least, from_stored(Facts, facts))
                )
            for one, told in zip(shown, facts["questions"], strict=True):
                check(one, told, sheets, least)


def check(one: Any, told: dict[str, Any], sheets: list[dict[str, Any]], least: int) -> None:
    key, kind = one.question.key, one.question.kind
    some = [said[key] for said in sheets if key in said]
    for row in told.get("rows", ()):
        true = naive(sheets, key, row["code"])
        if row["count"] is not None:
            assert row["count"] == true
            assert least <= true <= len(some) - least, "small groups stay hidden"
            assert abs(row["percent"] - 100 * true / len(some)) <= 0.5
    if "mean" in told and told["mean"] is not None and kind == "scale":
        assert abs(told["mean"] - sum(some) / len(some)) <= 0.21, "in steps of at most a tenth of the span"
    if one.message.startswith("Most often"):
        named = next(row for row in one.rows if f"“{row.label}”" in one.message)
        counts = {row.label: naive(sheets, key, n) for n, row in enumerate(one.rows, start=1)}
        assert counts[named.label] == max(counts.values())
        assert named.share in one.message


def test_an_unprepared_evaluation_is_refused_everywhere(bench: Bench, staff_visitor: Visitor) -> None:
    prepared(bench, 0)
    with bench.work(COMMAND, moment()) as work:
        work.session.delete(work.session.scalars(select(Evaluation)).one())
    for act in (evaluation.ask, evaluation.remind, evaluation.gather):
        assert refused(bench, act) == "evaluation.unprepared"
    assert "Prepararla con estas preguntas" in Page(staff_visitor.get(DESK)).text
    assert staff_visitor.submit(DESK, {}, to=f"{DESK}/prepare").status_code == 303
    assert len(rows(bench, Evaluation)) == 1
    assert refused(bench, evaluation.ask, LAST_DAY) == "evaluation.people"
    with pytest.raises(Problem), bench.work(ANONYMOUS, moment()) as work:
        evaluation.add_people(work, KEY, [PersonCommand("A", "", "a@example.org", "es")])
