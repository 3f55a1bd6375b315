"""What tests of the evaluation have in common: a session that is over, its evaluation, and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from consulta.platform.models import Evaluation, EvaluationPerson
from consulta.platform.work import COMMAND, Actor
from consulta.sessions import evaluation
from consulta.sessions.evaluation import PersonCommand
from consulta.vote.questions import digest
from tests.benches import Visitor
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import session_over

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

KEY = "2027-1"
DESK = f"/es/secretariat/rounds/{KEY}/evaluation"
PUBLIC = f"/es/rounds/{KEY}/evaluation"
LAST_DAY = f"{moment() + timedelta(days=15):%Y-%m-%d}"


def people(count: int) -> list[PersonCommand]:
    """So many people, every third of whom reads English."""
    return [
        PersonCommand(
            f"Persona {number:02d}",
            f"Institución {number:02d}",
            f"p{number:02d}@example.org",
            "es" if number % 3 else "en",
        )
        for number in range(1, count + 1)
    ]


def prepared(bench: Bench, count: int = 4) -> None:
    """A published round whose session is over, and a draft of its evaluation with so many people."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    with bench.work(COMMAND, moment()) as work:
        evaluation.prepare(work, KEY)
    if count:
        with bench.work(COMMAND, moment()) as work:
            evaluation.add_people(work, KEY, people(count))


def sent(bench: Bench, count: int = 4) -> None:
    """The same, sent to all."""
    prepared(bench, count)
    with bench.work(COMMAND, moment()) as work:
        evaluation.ask(work, KEY, LAST_DAY)


def over(bench: Bench) -> None:
    """Let the last day be past."""
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Evaluation).values(closes_at=moment() - timedelta(hours=1)))


def said_by(number: int) -> dict[str, list[str]]:
    """The answers of a person by a fixed rule, as a form has them; some leave some out."""
    said = {
        **{key: [str((number * place) % 5 + 1)] for place, key in enumerate(("e1", "e2", "e4", "e5"), 1)},
        "e3": [str(number % 4 + 1)],
        "e7": sorted({str(number % 7 + 1), str(number % 3 + 1)}),
        "e10": [f"Texto {number}; escriba a ana{number}@example.org"],
    }
    return {key: value for key, value in said.items() if (number + len(key)) % 6}


def answer(bench: Bench, number: int, said: dict[str, list[str]]) -> None:
    """Let a person answer."""
    with bench.read(COMMAND, moment()) as work:
        query = select(EvaluationPerson).where(EvaluationPerson.email == f"p{number:02d}@example.org")
        person = work.session.scalars(query).one()
        actor, asked = (
            Actor("participant", person.id, person.name),
            digest(evaluation.desk_page(work, KEY).questions),
        )
    with bench.work(actor, moment()) as work:
        evaluation.answer(work, said, asked)


def link(bench: Bench, number: int) -> str:
    """Return the link of a person."""
    with bench.work(COMMAND, moment()) as work:
        return evaluation.hand_out(work, KEY, f"p{number:02d}@example.org")


def participant(app: Flask, bench: Bench, number: int = 1, lang: str = "es") -> Visitor:
    """A browser that came by the link of a person."""
    visitor = Visitor(app.test_client())
    assert visitor.post(f"/{lang}/e/{link(bench, number)}").status_code == 303
    return visitor


def fields(said: dict[str, list[str]]) -> dict[str, Any]:
    """Return answers as the fields of the form."""
    return {f"a-{key}": value for key, value in said.items()}
