"""The answers of an evaluation in pictures, tables and messages: figures into geometry and words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.web import charts, drawing
from consulta.platform.web.language import local, number, percent
from consulta.platform.web.taking import Chart
from consulta.vote.questions.pages.pictures import HALF, UNTOLD, figure, label_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.sessions.evaluation.values import Answered, Figures
    from consulta.vote.questions.values import Question


@dataclass(frozen=True, slots=True)
class Row:
    """An option or a step with its figures in words; a dash where a figure is not told."""

    label: str
    count: str
    share: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with all that is told of its answers."""

    question: Question
    number: int
    message: str
    answered: str
    told: bool
    rows: tuple[Row, ...]
    mean: str
    middle: str
    chart: charts.BarChart | None
    texts: tuple[str, ...]


def response(found: Figures) -> str:
    """Return how many of those who were asked answered."""
    return _(
        "%(answered)s of %(asked)s people who were asked answered.",
        answered=number(found.answered),
        asked=number(found.asked),
    )


def shown(found: Figures) -> tuple[Shown, ...]:
    """Return the questions with what is told of their answers."""
    told = {each.key: each for each in found.answers}
    return tuple(
        _shown(question, place, told[question.key]) for place, question in enumerate(found.questions, start=1)
    )


def take_away(some: Sequence[Shown]) -> tuple[Chart, ...]:
    """Return the charts to take away, named after their questions."""
    return tuple(
        Chart(
            each.question.key,
            each.message,
            f"{local(each.question.text)} {each.answered}",
            (_("Answer"), _("People"), _("Per cent")),
            tuple((row.label, row.count, row.share) for row in each.rows),
            partial(drawing.bars, chart=each.chart),
        )
        for each in some
        if each.chart is not None
    )


def _shown(question: Question, place: int, told: Answered) -> Shown:
    rows = tuple(
        Row(
            label_of(question, each.code),
            UNTOLD if each.count is None else number(each.count),
            UNTOLD if each.percent is None else percent(each.percent / 100, whole=True),
            each.percent,
        )
        for each in told.rows
    )
    bars = [(row.label, row.value, row.share) for row in rows if row.value is not None]
    mean, middle = told.mean, told.quantiles.middle
    return Shown(
        question=question,
        number=place,
        message=_message(question, told, rows),
        answered=_answered(told),
        told=told.told,
        rows=rows,
        mean="" if mean is None else _with_unit(question, mean),
        middle="" if middle is None or question.kind != "number" else _with_unit(question, middle),
        chart=charts.bars(bars, keep_order=question.kind == "scale") if bars else None,
        texts=told.texts,
    )


def _answered(told: Answered) -> str:
    if told.answered is None:
        return _("Nearly all who sent the questionnaire answered this.")
    said: str = ngettext("%(num)s person answered.", "%(num)s people answered.", told.answered)
    return said


def _message(question: Question, told: Answered, rows: Sequence[Row]) -> str:
    """Return what the answers come to; the question itself where nothing can be said for sure."""
    mean = told.mean
    if question.kind == "scale" and mean is not None:
        said: str = _(
            "The mean is %(mean)s, from 1 (%(low)s) to %(steps)s (%(high)s)",
            mean=number(mean, "0.0"),
            low=local(question.low),
            steps=question.steps,
            high=local(question.high),
        )
        return said
    if question.kind == "number" and mean is not None:
        return _("The mean is %(value)s", value=_with_unit(question, mean))
    best = max((row for row in rows if row.value is not None), key=lambda row: row.value or 0, default=None)
    if question.kind in {"one", "several"} and best is not None and _is_most(question, rows, best):
        return _("Most often: “%(answer)s”, %(share)s", answer=best.label, share=best.share)
    return local(question.text)


def _is_most(question: Question, rows: Sequence[Row], best: Row) -> bool:
    """Return whether no other answer, told or not, can have been given as often as `best`."""
    if any(row is not best and row.value == best.value for row in rows):
        return False
    if all(row.value is not None for row in rows):
        return True
    return question.kind == "one" and (best.value or 0) > 100 * HALF


def _with_unit(question: Question, value: float) -> str:
    return f"{figure(value)} {local(question.unit)}".strip()
