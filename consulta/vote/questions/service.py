"""The questions of a draft: written, ordered, copied, and fixed when the round opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform.access import require
from consulta.platform.models import Question as Row
from consulta.platform.texts import line, paragraphs
from consulta.rounds.service import draft, known, line_of, sized, subject
from consulta.vote.questions import queries
from consulta.vote.questions.rules import MOST_QUESTIONS, faults
from consulta.vote.questions.values import Question, QuestionsView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.vote.questions.values import Kind

NUMBERS = ("most", "steps", "least", "greatest", "decimals")
ENDS = ("low", "high", "unit")


def list_questions(work: Work, round_key: str) -> QuestionsView:
    """Return the questions of a round in their order. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key)
    return QuestionsView(line_of(found, sizes, work.now), of_round(work, found))


def of_round(work: Work, found: Round) -> tuple[Question, ...]:
    """Return the questions of a round in their order."""
    return tuple(question_of(row) for row in queries.of_round(work.session, found.id))


def save_question(work: Work, round_key: str, question: Question) -> str:
    """Add a question at the end, or replace the one of its key; return the key.

    Problems: `round.unknown`, `round.frozen`, `question.unknown`, `questions.many`, `questions.governments`
    (it is asked once), those of `rules.faults`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    said = tidied(question)
    for problem in faults(said, work.languages):
        raise problem
    rows = queries.of_round(work.session, found.id)
    if said.kind == "governments" and any(r.kind == said.kind and r.key != question.key for r in rows):
        raise Problem("questions.governments")
    if question.key:
        row = _find(rows, question.key)
    else:
        if len(rows) >= MOST_QUESTIONS:
            raise Problem("questions.many", most=MOST_QUESTIONS)
        taken = {row.key for row in rows}
        key = next(f"p{number}" for number in range(1, 1000) if f"p{number}" not in taken)
        row = Row(round_id=found.id, key=key, position=len(rows) + 1, kind=said.kind)
    _fill(row, said)
    if not question.key:
        queries.add(work.session, row)
    work.session.flush()
    action = "questions.edited" if question.key else "questions.added"
    work.record(action, subject(found), {"question": row.key, "kind": row.kind})
    return row.key


def delete_question(work: Work, round_key: str, key: str) -> None:
    """Delete a question of a draft. Problems: `round.unknown`, `round.frozen`, `question.unknown`."""
    require(work, "rounds.write")
    found = draft(work, round_key)
    rows = queries.of_round(work.session, found.id)
    row = _find(rows, key)
    rows.remove(row)
    queries.remove(work.session, row)
    _number(rows)
    work.record("questions.deleted", subject(found), {"question": key})


def move_question(work: Work, round_key: str, key: str, step: Literal[-1, 1]) -> None:
    """Move a question one place up (-1) or down (1); at the end of the list it stays.

    Problems: `round.unknown`, `round.frozen`, `question.unknown`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    rows = queries.of_round(work.session, found.id)
    row = _find(rows, key)
    here = rows.index(row)
    there = min(max(here + step, 0), len(rows) - 1)
    if there == here:
        return
    rows.insert(there, rows.pop(here))
    _number(rows)
    work.record("questions.moved", subject(found), {"question": key})


def copy_questions(work: Work, round_key: str, source_key: str) -> int:
    """Copy the questions of another round into a draft that has none; return how many there are.

    Problems: `round.unknown`, `round.frozen`, `questions.present`.
    """
    require(work, "rounds.write")
    found, source = draft(work, round_key), known(work, source_key)
    if queries.of_round(work.session, found.id):
        raise Problem("questions.present")
    copied = of_round(work, source)
    for place, question in enumerate(copied, start=1):
        row = Row(round_id=found.id, key=f"p{place}", position=place, kind=question.kind)
        _fill(row, question)
        queries.add(work.session, row)
    work.record("questions.copied", subject(found), {"count": len(copied), "source": source_key})
    return len(copied)


def freeze(work: Work, found: Round) -> None:
    """Record in the log the digest of the questions with which a round opens; nothing where it asks none."""
    questions = of_round(work, found)
    if questions:
        work.record(
            "questions.frozen",
            subject(found),
            {"count": len(questions), "questions_sha256": digest(questions)},
        )


def digest(questions: Sequence[Question]) -> str:
    """Return the digest of questions with all their words."""
    return record.digest(record.canonical([plain(each) for each in questions]))


def missing_words(work: Work, questions: Sequence[Question], language: str) -> list[str]:
    """Return the questions that lack some of their words in a language, each as it is called in another."""
    return [
        work.best(each.text, work.languages[0])
        for each in questions
        if any(text and not text.into(language) for text in _texts(each))
    ]


def plain(question: Question) -> dict[str, Any]:
    """Return a question as plain values, each text by language."""
    return {
        "key": question.key,
        "kind": question.kind,
        "text": dict(question.text),
        "help": dict(question.help),
        "required": question.required,
        **_details(question),
    }


def question_of(row: Row) -> Question:
    """Return a stored question."""
    facts = {name: getattr(row, name) for name in ("key", "kind", "text", "help", "required")}
    return of_plain({**row.details, **facts})


def of_plain(kept: Mapping[str, Any]) -> Question:
    """Return a question from plain values, as `plain` makes them."""
    more: dict[str, Any] = {name: Text(kept.get(name, {})) for name in ENDS}
    more |= {name: int(kept.get(name, 0)) for name in NUMBERS}
    return Question(
        key=kept["key"],
        kind=cast("Kind", kept["kind"]),
        text=Text(kept["text"]),
        help=Text(kept.get("help", {})),
        required=bool(kept.get("required")),
        options=tuple(Text(each) for each in kept.get("options", ())),
        shown=bool(kept.get("shown")),
        **more,
    )


def tidied(question: Question) -> Question:
    """Return a question with its words made fit to be kept, and nothing that its kind does not need."""
    said = replace(question, text=question.text.map(line), help=question.help.map(paragraphs))
    needed = {
        "one": ("options",),
        "several": ("options", "most"),
        "scale": ("steps", "low", "high"),
        "number": ("least", "greatest", "decimals", "unit"),
        "text": ("most", "shown"),
    }.get(said.kind, ())
    nothing = Question("", said.kind, said.text)
    dropped = {
        name: getattr(nothing, name) for name in ("options", "shown", *ENDS, *NUMBERS) if name not in needed
    }
    kept = {name: getattr(said, name).map(line) for name in ENDS if name in needed}
    return replace(said, **{**dropped, **kept})


def _details(question: Question) -> dict[str, Any]:
    ends = {name: dict(text) for name in ENDS if (text := getattr(question, name))}
    numbers = {name: value for name in NUMBERS if (value := getattr(question, name))}
    options = {"options": [dict(each) for each in question.options]} if question.options else {}
    return {**options, **ends, **numbers, **({"shown": True} if question.shown else {})}


def _fill(row: Row, question: Question) -> None:
    row.kind, row.text, row.help = question.kind, question.text, question.help
    row.required, row.details = question.required, _details(question)


def _texts(question: Question) -> tuple[Text, ...]:
    return (question.text, question.help, *question.options, question.low, question.high, question.unit)


def _find(rows: Sequence[Row], key: str) -> Row:
    for row in rows:
        if row.key == key:
            return row
    raise Problem("question.unknown", key=key)


def _number(rows: Sequence[Row]) -> None:
    for place, row in enumerate(rows, start=1):
        row.position = place
