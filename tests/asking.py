"""Questions for a round in tests: one of each kind, and organisations that answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.texts import Text
from consulta.platform.models import Question as Row
from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from consulta.vote import answers, questions
from consulta.vote import service as voting
from consulta.vote.questions import Question
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.work import Bench
    from tests.polling import Voter

KEY = "2027-1"
ONE = Question(
    "p1",
    "one",
    both("¿Tiene oficina propia?", "Do you have an office of your own?"),
    options=(both("Sí", "Yes"), both("No", "No"), both("Compartida", "Shared")),
)
SEVERAL = Question(
    "p2",
    "several",
    both("¿A quiénes atiende?", "Whom do you serve?"),
    options=tuple(
        both(each, f"{each} (en)") for each in ("Familias", "Niñez", "Mujeres", "Personas mayores")
    ),
    most=2,
)
SCALE = Question(
    "p3",
    "scale",
    both("¿Cuánto influyó el último conversatorio?", "How much did the last dialogue change?"),
    steps=5,
    low=both("nada", "nothing"),
    high=both("mucho", "a lot"),
)
NUMBER = Question(
    "p4",
    "number",
    both("¿Cuántas personas atendió?", "How many people did you serve?"),
    greatest=1_000_000,
    decimals=1,
    unit=both("personas", "people"),
)
TEXT = Question(
    "p5",
    "text",
    both("¿Qué falta?", "What is missing?"),
    most=300,
    shown=True,
)
ALL = (ONE, SEVERAL, SCALE, NUMBER, TEXT)


def ask(bench: Bench, some: Sequence[Question] = ALL, key: str = KEY) -> None:
    """Let a round ask questions, whatever its state."""
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        for place, question in enumerate(some, start=1):
            row = Row(round_id=found.id, key=question.key, position=place, kind=question.kind)
            questions._fill(row, question)
            work.session.add(row)


def vote(bench: Bench, voter: Voter, key: str = KEY, entries: Entries | None = None) -> None:
    """Send a vote of an organisation."""
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, key, entries or Entries({"t1": 1, "t2": 2}), f"vote-{voter.seat}")


def send(bench: Bench, voter: Voter, raw: Mapping[str, Sequence[str]], **values: Any) -> int:
    """Send answers of an organisation, as its page would."""
    with bench.work(voter.actor, values.pop("at", None) or moment()) as work:
        view = answers.own(work, values.get("key", KEY))
        return answers.send(
            work,
            values.get("key", KEY),
            raw,
            values.get("asked", view.digest),
            values.get("seen", view.version),
        )


def words(text: str) -> Text:
    """Return a text in Spanish alone."""
    return Text({"es": text})
