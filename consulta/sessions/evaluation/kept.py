"""Evaluations as they are kept: a stored document becomes a value as soon as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.typed import from_stored
from consulta.sessions.evaluation import questionnaire
from consulta.sessions.evaluation.values import Answered, Figures
from consulta.vote.questions.values import Question  # noqa: TC001 - `typed` reads the hints when the program runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.reading import Node


def _questions(node: Node) -> tuple[Question, ...]:
    return questionnaire.read([each.value for each in node.items()])


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the answers: `voted` people answered."""

    voted: int
    questions: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    questions: Annotated[tuple[Question, ...], _questions]
    asked: int
    answered: int
    small_cell: int
    facts: Facts


def read(stored: str | Mapping[str, Any]) -> Figures:
    """Return the value of a kept evaluation, or of what would be kept."""
    kept = from_stored(_Kept, stored)
    return Figures(kept.questions, kept.asked, kept.answered, kept.small_cell, kept.facts.questions)


def answers(facts: Mapping[str, Any]) -> tuple[Answered, ...]:
    """Return what is told of the answers to each question."""
    return from_stored(Facts, facts).questions
