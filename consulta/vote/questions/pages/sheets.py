"""A page of questions as its templates draw it: what is filled in, what is wrong, and answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.platform.data import catalogue
from consulta.platform.web.language import alphabetical, local, number, say
from consulta.vote.questions import naming
from consulta.vote.questions.values import GovernmentLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.vote.questions.values import Answer, NamedGovernment, Question, Sheet


SUGGESTED = 300  # local governments that a page offers


@dataclass(frozen=True, slots=True)
class Asked:
    """A theme for which governments are asked, and what is in its fields: three of either kind."""

    theme: str
    title: Text
    states: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A question on the page: what is in its fields, and what is wrong with that."""

    question: Question
    values: tuple[str, ...]
    error: str

    asked: tuple[Asked, ...] = ()

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
            (),
            say(faults[question.key]) if faults and question.key in faults else "",
            _asked(sheet, question, raw),
        )
        if question.kind == "governments"
        else item(question, sheet.said, raw, faults)
        for question in sheet.questions
    )


def item(
    question: Question,
    said: Mapping[str, Answer],
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
) -> Item:
    """Return a question with what was sent in its fields, or with the stored answer."""
    return Item(
        question,
        tuple(raw.get(question.key, ())) if raw is not None else fields_of(question, said),
        say(faults[question.key]) if faults and question.key in faults else "",
    )


def _asked(sheet: Sheet, question: Question, raw: Mapping[str, Sequence[str]] | None) -> tuple[Asked, ...]:
    """Return the themes for which governments are asked, each with three fields of either kind."""
    said = sheet.said.get(question.key, {})

    def three(theme: str, kind: str) -> tuple[str, ...]:
        if raw is not None:
            found = [each for each in raw.get(f"{question.key}:{theme}:{kind}", ()) if each.strip()]
        elif kind == naming.NATIONAL:
            found = [state_name(code) for code in said.get(theme, {}).get(kind, ())]
        else:
            found = [place_name(sheet.governments[number]) for number in said.get(theme, {}).get(kind, ())]
        return tuple([*found, "", "", ""][: naming.MOST])

    return tuple(
        Asked(theme, title, three(theme, naming.NATIONAL), three(theme, naming.LOCAL))
        for theme, title in sheet.themes
    )


def state_name(code: str) -> str:
    """Return the name of a State in the reader's language."""
    return local(catalogue.countries_by_code()[code].name)


def place_name(place: GovernmentLine | NamedGovernment) -> str:
    """Return a local government with its country, where that is known."""
    code = place.country if isinstance(place, GovernmentLine) else place.code
    return f"{place.name} ({state_name(code)})" if code else place.name


def offered(sheet: Sheet) -> tuple[list[str], list[str]]:
    """Return the States and the local governments that the fields suggest, by name."""
    states = sorted((state_name(each.iso2) for each in catalogue.countries()), key=alphabetical)
    places = {each.number: place_name(each) for each in sheet.governments.values()}
    return states, sorted(places.values(), key=alphabetical)[:SUGGESTED]


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
    governments = [
        f"{local(title)}: {', '.join(said)}"
        for question in sheet.questions
        if question.kind == "governments"
        for theme, title in sheet.themes
        if (
            said := [
                each.strip()
                for kind in (naming.NATIONAL, naming.LOCAL)
                for each in raw.get(f"{question.key}:{theme}:{kind}", ())
                if each.strip()
            ]
        )
    ]
    return governments + in_lines(sheet.questions, raw)


def in_lines(questions: Sequence[Question], raw: Mapping[str, Sequence[str]]) -> list[str]:
    """Return in words what was sent, a question each: the question, and its answer on the next line."""
    return [
        f"{local(question.text)}\n{', '.join(said)}"
        for question in questions
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
