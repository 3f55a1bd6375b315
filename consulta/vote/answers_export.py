"""Answers as files: figures in every round, answers one by one only where the secrecy of the round allows it.

With names where votes are public with names; without names, and in an order that tells nothing, where votes
are public without names: there subregion, sector and weight stand beside an answer only where enough
organisations have all three; not at all where only totals are public. Texts stand one by one only beside
names: elsewhere they are in the figures, since words can give an organisation away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.data import dimensions
from consulta.platform.formats import zipped as containers
from consulta.platform.formats.delimited import write_csv
from consulta.platform.formats.statistics import Column, for_r, for_spss
from consulta.platform.labels import name_of, name_of_dimension
from consulta.rounds.secrecy import what_is_public
from consulta.rounds.service import known, subject
from consulta.vote import answers as answers_acts
from consulta.vote.answers import codes_of
from consulta.vote.questions import of_round

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.platform.work import Work
    from consulta.vote.answers import Answered, Facts, Places, Voter
    from consulta.vote.questions import Question, Said


Cell = str | int | float | None
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table to take away; `weight` names the column that weighs its rows, if any."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    weight: str | None

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the names of its columns."""
        return tuple(column.name for column in self.columns)


def has_each(secrecy: str) -> bool:
    """Return whether answers may be taken away one by one."""
    return "bundle" in what_is_public(secrecy)


def table(work: Work, round_key: str, kind: str, language: str, small_cell: int) -> Table:
    """Return the figures (`tables`) or the answers one by one (`answers`); the log says that they were taken.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`, `answers.totals`.
    """
    require(work, "result.read")
    found = known(work, round_key)
    questions = of_round(work, found)
    if kind == "tables":
        view = answers_acts.desk(work, round_key, small_cell)
        lines = _lines(work, questions, view.facts, view.themes, language)
        made = Table("tables", _TABLES, tuple(lines), None)
    elif not has_each(found.secrecy):
        raise Problem("answers.totals")
    else:
        named = "seats" in what_is_public(found.secrecy)
        made = _each(
            work,
            questions,
            answers_acts.answers_of(work, found),
            language,
            0 if named else max(small_cell, 1),
        )
    work.record("answers.downloaded", subject(found), {"kind": kind})
    return made


def zipped(table: Table, stem: str) -> bytes:
    """Return a ZIP with the table as CSV and the syntax that reads it in R and in SPSS."""
    file = f"{stem}.csv"
    return containers.write(
        {
            file: write_csv(table.headings, table.rows),
            f"{stem}.R": for_r(file, table.columns, table.weight).encode(),
            f"{stem}.sps": for_spss(file, table.columns, table.weight).encode(),
        }
    )


# -- figures


_TABLES = (
    Column("question", "Key of the question", width=8),
    Column("text", "Question", width=900),
    Column("group", "Group; empty: all", width=900),
    Column("answer", "Answer, or which figure", width=900),
    Column("answered", "Organisations that answered, of this group"),
    Column("organisations", "Organisations that gave this answer"),
    Column("unweighted", "Per cent, or figure, without weights", decimals=4),
    Column("weighted", "Per cent, or figure, with weights", decimals=4),
    Column("error", "Standard error of the weighted figure", decimals=4),
)


def _lines(
    work: Work,
    questions: tuple[Question, ...],
    facts: Facts,
    titles: Mapping[str, Text],
    language: str,
) -> Iterator[tuple[Cell, ...]]:
    told = facts.by_key()
    for question in questions:
        one = told[question.key]
        head, answered = (question.key, work.best(question.text, language)), one.answered
        if not one.told:
            yield (*head, "", "not told", answered, None, None, None, None)
            continue
        for row in one.rows or ():
            label = answer_name(work, question, row.code, language)
            yield (*head, "", label, answered, row.count, row.percent, row.weighted, row.error)
        yield from (
            (*head, "", name, answered, None, plain, weighted, error)
            for name, plain, weighted, error in _figures(one)
        )
        yield from ((*head, *line) for line in _named(work, one, facts.places, titles, language))
        yield from ((*head, "", text, answered, None, None, None, None) for text in one.texts)
        yield from ((*head, *line) for line in _grouped(work, question, one, language))


def _named(
    work: Work, one: Answered, places: Places, titles: Mapping[str, Text], language: str
) -> Iterator[tuple[Cell, ...]]:
    for theme in one.themes:
        title = work.best(titles[theme.theme], language)
        for kind in ("n", "l"):
            for row in theme.of(kind).rows:
                label = _government(work, kind, row.name, places, language)
                yield title, label, theme.answered, row.count, None, row.weighted, None


def _grouped(work: Work, question: Question, one: Answered, language: str) -> Iterator[tuple[Cell, ...]]:
    for group in one.groups:
        names = (work.best(name_of(group.dimension, each), language) for each in group.categories)
        name = ", ".join(names)
        if group.weighted is None:
            yield name, "mean", group.answered, None, None, group.mean, None
        for code, share in zip(codes_of(question), group.weighted or (), strict=False):
            label = answer_name(work, question, code, language)
            yield name, label, group.answered, None, None, share, None


def _government(work: Work, kind: str, name: int | str, places: Places, language: str) -> str:
    if kind == "n":
        return work.best(name_of("country", str(name)), language)
    said, code = places[str(name)]
    return f"{said} ({work.best(name_of('country', code), language)})" if code else said


def _figures(one: Answered) -> Iterator[tuple[str, float | None, float | None, float | None]]:
    if one.mean is not None:
        yield "mean", one.mean.plain, one.mean.weighted, one.mean.error
    names = {"low": "quantile 25", "middle": "median", "high": "quantile 75"}
    if one.quantiles is not None:
        for part, name in names.items():
            yield name, getattr(one.quantiles.plain, part), getattr(one.quantiles.weighted, part), None


def answer_name(work: Work, question: Question, code: int, language: str) -> str:
    """Return an option or a step in words."""
    if question.kind == "scale":
        ends = {1: question.low, question.steps: question.high}
        return f"{code} ({work.best(ends[code], language)})" if code in ends else str(code)
    return work.best(question.options[code - 1], language)


# -- answers one by one


def marked(voters: Sequence[Voter], least: int) -> list[bool]:
    """Return for each organisation whether its categories and weight may stand beside its answers.

    Those of at least `least` organisations may; the others stand together, at least as many, or all.
    """
    shown = dimensions.grouped(voter.categories for voter in voters)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, voter in enumerate(voters):
        groups.setdefault((*(voter.categories[each] for each in shown), voter.weight), []).append(place)
    order = sorted(groups.values(), key=len)
    hidden: list[int] = []
    for places in order:
        if len(places) < least or 0 < len(hidden) < least:
            hidden += places
    return [place not in set(hidden) for place in range(len(voters))]


def _each(
    work: Work,
    questions: tuple[Question, ...],
    answers: list[tuple[Voter, Said]],
    language: str,
    least: int,
) -> Table:
    """Return a row for each organisation that answered, with its name where `least` is 0.

    Without names they are sorted by what they say, and marks are those of `least` organisations or more.
    """
    named = not least
    columns, readers = _columns(work, questions, answers, language, named=named)
    voters = [voter for voter, _said in answers]
    marks = {"weight", *map(dimensions.field_name, dimensions.grouped(voter.categories for voter in voters))}
    told = marked(voters, least)
    rows = [
        tuple(
            read(voter, said) if with_marks or column.name not in marks else None
            for column, read in zip(columns, readers, strict=True)
        )
        for (voter, said), with_marks in zip(answers, told, strict=True)
    ]
    if not named:
        rows.sort(key=lambda row: [(cell is None, str(cell)) for cell in row])
    return Table("answers", tuple(columns), tuple(rows), "weight")


def _columns(
    work: Work,
    questions: tuple[Question, ...],
    answers: list[tuple[Voter, Said]],
    language: str,
    *,
    named: bool,
) -> tuple[list[Column], list[Any]]:
    columns: list[Column] = []
    readers: list[Any] = []

    def add(column: Column, read: Any) -> None:
        columns.append(column)
        readers.append(read)

    if named:
        add(Column("organisation", "Organisation", width=800), lambda _voter, said: said.organisation)
        add(Column("country", "Country", width=2), lambda _voter, said: said.country)
    for name in dimensions.grouped(voter.categories for voter, _said in answers):
        known_keys = sorted({voter.categories[name] for voter, _said in answers})
        codes = {key: place for place, key in enumerate(known_keys, start=1)}
        labels = tuple((place, work.best(name_of(name, key), language)) for key, place in codes.items())
        label = work.best(name_of_dimension(name), language)
        add(
            Column(dimensions.field_name(name), label, labels),
            lambda voter, _said, name=name, codes=codes: codes[voter.categories[name]],
        )
    add(
        Column("weight", "Weight of the vote", decimals=6),
        lambda voter, _said: voter.weight / MILLION,
    )
    for question in questions:
        _question_columns(work, question, language, add, named=named)
    return columns, readers


def _question_columns(work: Work, question: Question, language: str, add: Any, *, named: bool) -> None:
    key, label = question.key, work.best(question.text, language)
    labels = tuple((code, answer_name(work, question, code, language)) for code in codes_of(question))
    match question.kind:
        case "one" | "scale":
            add(Column(key, label, labels), lambda _voter, said: said.said.get(key))
        case "several":
            for code, name in labels:
                add(
                    Column(f"{key}_{code}", f"{label}: {name}", ((0, "no"), (1, "yes"))),
                    lambda _voter, said, code=code: _ticked(said.said.get(key), code),
                )
        case "number":
            column = Column(key, label, decimals=question.decimals)
            add(column, lambda _voter, said: _number(said.said.get(key)))
        case "text":
            if named:
                width = 4 * question.most
                add(Column(key, label, width=width), lambda _voter, said: _line(said.said.get(key)))


def _ticked(said: list[int] | None, code: int) -> int | None:
    return None if said is None else int(code in said)


def _number(said: str | None) -> float | None:
    return None if said is None else float(said)


def _line(said: str | None) -> str:
    return " ".join((said or "").split())
