"""The questions of an evaluation: those of a round without priority governments, kept as one list.

It decides nothing of what a question must say: that is `questions.rules`.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.vote.questions import service as questions
from consulta.vote.questions.rules import MOST_QUESTIONS, faults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.work import Work
    from consulta.vote.questions.values import Question

KINDS = ("one", "several", "scale", "number", "text")


@cache
def _file() -> list[dict[str, Any]]:
    path = resources.files("consulta.platform.data") / "evaluation.toml"
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    return found


def ready_made(languages: Sequence[str]) -> tuple[Question, ...]:
    """Return the ready-made questions, in the languages of the installation."""

    def spoken(value: Any) -> Any:
        if isinstance(value, list):
            return [spoken(each) for each in value]
        if isinstance(value, dict):
            return Text({code: value[code] for code in languages if code in value})
        return value

    return tuple(
        questions.of_plain({name: spoken(value) for name, value in each.items()}) for each in _file()
    )


def read(kept: Sequence[Any]) -> tuple[Question, ...]:
    """Return the stored questions."""
    return tuple(questions.of_plain(each) for each in kept)


def stored(some: Sequence[Question]) -> list[Any]:
    """Return questions as they are stored."""
    return [questions.plain(each) for each in some]


def saved(work: Work, some: Sequence[Question], question: Question) -> tuple[Question, ...]:
    """Return the questions with one more at the end, or with that of its key replaced.

    Problems: `question.kind` (governments are asked about with a vote), `question.unknown`,
    `questions.many`, those of `questions.rules.faults`.
    """
    said = questions.tidied(question)
    if said.kind not in KINDS:
        raise Problem("question.kind")
    for problem in faults(said, work.languages):
        raise problem
    if question.key:
        place(some, question.key)
        return tuple(said if each.key == question.key else each for each in some)
    if len(some) >= MOST_QUESTIONS:
        raise Problem("questions.many", most=MOST_QUESTIONS)
    taken = {each.key for each in some}
    key = next(f"e{number}" for number in range(1, 1000) if f"e{number}" not in taken)
    return (*some, replace(said, key=key))


def without(some: Sequence[Question], key: str) -> tuple[Question, ...]:
    """Return the questions without one. Problem: `question.unknown`."""
    place(some, key)
    return tuple(each for each in some if each.key != key)


def moved(some: Sequence[Question], key: str, step: int) -> tuple[Question, ...]:
    """Return the questions with one a place up (-1) or down (1). Problem: `question.unknown`."""
    here = place(some, key)
    there = min(max(here + step, 0), len(some) - 1)
    found = list(some)
    found.insert(there, found.pop(here))
    return tuple(found)


def place(some: Sequence[Question], key: str) -> int:
    """Return where a question stands. Problem: `question.unknown`."""
    for number, each in enumerate(some):
        if each.key == key:
            return number
    raise Problem("question.unknown", key=key)
