"""The answers of a round in pictures, tables and messages: published figures into geometry and words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.web import charts, dimension_words, drawing
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import local, number, percent
from consulta.platform.web.taking import Chart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.vote.answers import Answered, Facts
    from consulta.vote.questions import Question


UNTOLD = "\N{EN DASH}"
HALF = 0.5
HUNDRED = 100  # from it on an answer is told without decimals


@dataclass(frozen=True, slots=True)
class Row:
    """An option, a step or a quantile with its figures in words; a dash where a figure is not told."""

    label: str
    count: str
    plain: str
    weighted: str
    error: str
    values: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Groups:
    """The figures of groups of a dimension: its title, headings of its columns, and a row a group."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]  # name, how many answered, figures


@dataclass(frozen=True, slots=True)
class ForTheme:
    """The governments that were named for a theme: (name, organisations, weighted) a kind, and the others."""

    title: Text
    answered: int
    kinds: tuple[tuple[str, tuple[tuple[str, str, str], ...], str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with all that is told of its answers."""

    question: Question
    number: int
    message: str
    answered: str
    told: bool
    rows: tuple[Row, ...]
    in_percent: bool
    has_errors: bool
    mean: tuple[str, str, str] | None
    chart: charts.BarChart | None
    groups: tuple[Groups, ...]
    texts: tuple[str, ...]
    themes: tuple[ForTheme, ...] = ()


def shown(questions: Iterable[Question], facts: Facts, themes: Mapping[str, Text]) -> tuple[Shown, ...]:
    """Return the questions of a round with what is told of their answers."""
    told = facts.by_key()
    return tuple(
        replace(
            _shown(question, place, told[question.key], facts.voted),
            themes=tuple(_themes(told[question.key], facts.places, themes)),
        )
        for place, question in enumerate(questions, start=1)
        if question.key in told
    )


def take_away(some: Sequence[Shown]) -> tuple[Chart, ...]:
    """Return the charts to take away, named after their questions."""
    return tuple(
        Chart(
            each.question.key,
            each.message,
            f"{local(each.question.text)} {each.answered}",
            (_("Answer"), _("Organisations"), _("unweighted"), _("weighted"), _("standard error")),
            tuple((row.label, row.count, *row.values, row.error) for row in each.rows),
            partial(drawing.bars, chart=each.chart, series=(_("unweighted"), _("weighted"))),
        )
        for each in some
        if each.chart is not None
    )


def _shown(question: Question, place: int, told: Answered, voted: int) -> Shown:
    rows = tuple(_rows(question, told))
    pairs = [
        charts.Pair(row.label, row.values[0], row.plain, row.values[1], row.weighted)
        for row in rows
        if row.values[0] is not None and row.values[1] is not None
    ]
    return Shown(
        question=question,
        number=place,
        message=_message(question, told, rows),
        answered=_answered(told, voted),
        told=told.told,
        rows=rows,
        in_percent=told.rows is not None,
        has_errors=any(row.error != UNTOLD for row in rows),
        mean=_mean(question, told),
        chart=charts.pairs(pairs, keep_order=question.kind in {"scale", "number"}) if pairs else None,
        groups=tuple(_groups(question, told)),
        texts=told.texts,
    )


def _themes(
    told: Answered, places: Mapping[str, tuple[str, str | None]], themes: Mapping[str, Text]
) -> Iterable[ForTheme]:
    """Yield what was named for each theme, in the order of the round's themes."""
    by_theme = {each.theme: each for each in told.themes}
    headings = {"n": _("National governments"), "l": _("Local governments")}

    def name(kind: str, each: int | str) -> str:
        said, code = ("", str(each)) if kind == "n" else places[str(each)]
        country = state_name(code) if code else ""
        return country if kind == "n" else f"{said} ({country})" if country else said

    for theme, title in themes.items():
        if theme not in by_theme:
            continue
        one = by_theme[theme]
        yield ForTheme(
            title,
            one.answered,
            tuple(
                (
                    heading,
                    tuple(
                        (name(kind, row.name), _count(row.count), _percent(row.weighted))
                        for row in one.of(kind).rows
                    ),
                    _others(kind, one.of(kind).others, name),
                )
                for kind, heading in headings.items()
            ),
        )


def _others(kind: str, others: int | tuple[int | str, ...], name: Callable[[str, int | str], str]) -> str:
    """Return the governments that few named: their names where they are told, else how many there are."""
    if isinstance(others, tuple):
        return ", ".join(sorted(name(kind, each) for each in others))
    said: str = ngettext("%(num)s more", "%(num)s more", others) if others else ""
    return said


def _answered(told: Answered, voted: int) -> str:
    if told.answered is None:
        return _(
            "Of %(voted)s organisations whose vote counts, few answered, or nearly all did.", voted=voted
        )
    said: str = ngettext(
        "%(num)s of %(voted)s organisations whose vote counts answered.",
        "%(num)s of %(voted)s organisations whose vote counts answered.",
        told.answered,
        voted=voted,
    )
    return said


def _rows(question: Question, told: Answered) -> Iterable[Row]:
    for each in told.rows or ():
        plain, weighted = each.percent, each.weighted
        yield Row(
            label_of(question, each.code),
            _count(each.count),
            _percent(plain),
            _percent(weighted),
            UNTOLD if each.error is None else number(each.error, "0.0"),
            (None if plain is None else plain / 100, None if weighted is None else weighted / 100),
        )
    if question.kind == "number" and told.quantiles:
        names = {"low": _("¼: up to"), "middle": _("½: up to"), "high": _("¾: up to")}
        for part, name in names.items():
            plain, weighted = (getattr(way, part) for way in (told.quantiles.plain, told.quantiles.weighted))
            yield Row(name, UNTOLD, figure(plain), figure(weighted), UNTOLD, (plain, weighted))


def label_of(question: Question, code: int) -> str:
    """Return an option or a step in words."""
    if question.kind != "scale":
        return local(question.options[code - 1])
    ends = {1: question.low, question.steps: question.high}
    return f"{code} ({local(ends[code])})" if code in ends else str(code)


def _count(value: int | None) -> str:
    return UNTOLD if value is None else number(value)


def _percent(value: float | None) -> str:
    return UNTOLD if value is None else percent(value / 100, whole=float(value).is_integer())


def figure(value: float | None) -> str:
    """Return an answer in figures; a dash where it is not told."""
    if value is None:
        return UNTOLD
    return number(value, "#,##0" if abs(value) >= HUNDRED else "#,##0.##")


def alike(*values: float | None) -> list[str]:
    """Return figures that are compared, all to the same digit; a dash for one that is not told."""
    told = [each for each in values if each is not None]
    whole = any(abs(each) >= HUNDRED for each in told) or all(each == int(each) for each in told)
    pattern = "#,##0" if whole else "#,##0.00"
    return [UNTOLD if each is None else number(each, pattern) for each in values]


def _mean(question: Question, told: Answered) -> tuple[str, str, str] | None:
    """Return the mean without and with weights, and its standard error; None where there is none."""
    if told.mean is None:
        return None
    unit = f" {local(question.unit)}" if question.unit else ""
    plain, weighted = (
        each + (unit if each != UNTOLD else "") for each in alike(told.mean.plain, told.mean.weighted)
    )
    return plain, weighted, figure(told.mean.error)


def _message(question: Question, told: Answered, rows: Sequence[Row]) -> str:
    """Return what the answers come to, in some ten words; the question itself where nothing is told."""
    best = max(
        (row for row in rows if row.values[1] is not None), key=lambda row: row.values[1] or 0, default=None
    )
    if question.kind in {"one", "several"} and best is not None and _is_most(question, rows, best):
        said: str = _("Most often: “%(answer)s”, %(share)s weighted", answer=best.label, share=best.weighted)
        return said
    mean = told.mean.weighted if told.mean else None
    if question.kind == "scale" and mean is not None:
        return _(
            "The weighted mean is %(mean)s, from 1 (%(low)s) to %(steps)s (%(high)s)",
            mean=number(mean, "0.0"),
            low=local(question.low),
            steps=question.steps,
            high=local(question.high),
        )
    if question.kind == "number" and told.quantiles:
        middle = told.quantiles.weighted.middle
        return _("Half of the weighted answers are %(value)s or less", value=_with_unit(question, middle))
    if question.kind == "number" and mean is not None:
        return _("The weighted mean is %(value)s", value=_with_unit(question, mean))
    return local(question.text)


def _is_most(question: Question, rows: Sequence[Row], best: Row) -> bool:
    """Return whether no answer whose figure is not told can have been given more often than `best`."""
    if all(row.values[1] is not None for row in rows):
        return True
    return question.kind == "one" and (best.values[1] or 0) > HALF


def _with_unit(question: Question, value: float | None) -> str:
    return f"{figure(value)} {local(question.unit)}".strip()


def _groups(question: Question, told: Answered) -> Iterable[Groups]:
    for dimension in dict.fromkeys(each.dimension for each in told.groups):
        some = [each for each in told.groups if each.dimension == dimension]
        if some[0].weighted is None:
            headings: tuple[str, ...] = (_("weighted mean"),)
            cells: list[tuple[str, ...]] = [(figure(each.mean),) for each in some]
        else:
            headings = tuple(row.label for row in _rows(question, told))
            cells = [tuple(_percent(share) for share in each.weighted or ()) for each in some]
        if all(cell == UNTOLD for row in cells for cell in row):
            continue
        yield Groups(
            dimension_words.by(dimension),
            headings,
            tuple(
                (
                    ", ".join(local(name_of(dimension, key)) for key in each.categories),
                    _count(each.answered),
                    row,
                )
                for each, row in zip(some, cells, strict=True)
            ),
        )


def state_name(code: str) -> str:
    """Return the name of a State in the reader's language."""
    return local(catalogue.countries_by_code()[code].name)
