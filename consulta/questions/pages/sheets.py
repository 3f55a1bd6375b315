"""A page of questions as its templates draw it: what is filled in, what is wrong, and answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.data.folding import fold
from consulta.web.language import local, number, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.problems import Problem
    from consulta.questions.values import Answer, Question, Sheet


@dataclass(frozen=True, slots=True)
class Item:
    """A question on the page: what is in its fields, and what is wrong with that."""

    question: Question
    values: tuple[str, ...]
    error: str

    @property
    def value(self) -> str:
        """Return what is in its one field."""
        return self.values[0] if self.values else ""


def items(
    sheet: Sheet, raw: Mapping[str, Sequence[str]] | None = None, faults: Mapping[str, Problem] | None = None
) -> tuple[Item, ...]:
    """Return the questions with what was sent in their fields, or with the stored answers."""
    return tuple(
        Item(
            question,
            tuple(raw.get(question.key, ())) if raw is not None else fields_of(question, sheet.said),
            say(faults[question.key]) if faults and question.key in faults else "",
        )
        for question in sheet.questions
    )


def fields_of(question: Question, said: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return a stored answer as the fields of the form have it."""
    found = said.get(question.key)
    if found is None:
        return ()
    if isinstance(found, list):
        return tuple(str(each) for each in found)
    if question.kind == "number":
        return (number(float(found), "0.##"),)
    return (str(found),)


def written(sheet: Sheet, raw: Mapping[str, Sequence[str]]) -> list[str]:
    """Return in words what was sent, a question a line, to be copied."""
    return [
        f"{local(question.text)}\n{', '.join(said)}"
        for question in sheet.questions
        if (said := in_words(question, raw.get(question.key, ())))
    ]


def in_words(question: Question, raw: Sequence[str]) -> list[str]:
    """Return what stands in the fields of a question, options by their words."""
    given = [each.strip() for each in raw if each.strip()]
    if question.kind in {"one", "several"}:
        names = {str(place): local(each) for place, each in enumerate(question.options, start=1)}
        return [names.get(each, each) for each in given]
    if question.kind == "scale":
        return [_("%(step)s of %(steps)s", step=each, steps=question.steps) for each in given]
    return given


def sorted_texts(texts: Sequence[str]) -> list[str]:
    """Return texts in an order that says nothing of who wrote them or when."""
    return sorted(texts, key=lambda text: (fold(text), text))
