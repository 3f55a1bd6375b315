"""The rows of a session's tables, taken from its published factsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.operations.open_data.of_rounds import option_rows
from consulta.platform.data import catalogue, tongues
from consulta.platform.labels import name_of
from consulta.sessions.attendance import GROUPS, NO_COUNTRY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.sessions.evaluation import Figures, PublishedEvaluation
    from consulta.sessions.factsheets import Answer, Factsheet, Line, Told
    from consulta.sessions.minutes import Minutes

Rows = list[dict[str, Any]]
NO_ANSWER = "no_answer"


def rows(
    sheet: Factsheet, agreed: Minutes | None = None, judged: PublishedEvaluation | None = None
) -> dict[str, Rows]:
    """Return the rows of each table of `schemas.SESSIONS`, by the table's name.

    `agreed` are the published minutes, `judged` is the published evaluation.
    """
    figures = sheet.figures
    made: dict[str, Rows] = {
        "session": [
            {
                "round": sheet.key,
                "number": sheet.words.number,
                "title": sheet.title,
                "period": sheet.words.period,
                "starts_at": sheet.starts_at,
                "zone": sheet.zone,
                "place": sheet.place,
                "example": sheet.example,
                "people": sheet.people,
                "countries": sheet.countries,
                "factsheet_version": sheet.version,
                "published_at": sheet.published_at,
            }
        ],
        "session_topics": [
            {"line": number, "title": each.title, "objectives": each.objectives}
            for number, each in enumerate(sheet.topics, start=1)
        ],
        "attendance": list(_attendance(figures)) if figures else [],
        "session_texts": list(_texts(sheet)),
        "links": [
            {"line": number, "label": Text.name(each.label), "address": each.url}
            for number, each in enumerate(sheet.words.links, start=1)
        ],
        "agreements": [
            {
                "agreement": each.number,
                "text": each.text,
                "responsible": each.responsible,
                "due": each.due,
                "done_on": each.done_on,
            }
            for each in (agreed.agreements if agreed else ())
        ],
        **_evaluation(judged.figures if judged else None),
    }
    return {name: [{"session": sheet.key, **row} for row in found] for name, found in made.items()}


def _evaluation(told: Figures | None) -> dict[str, Rows]:
    """Return what is published of an evaluation: without groups and without weights."""
    facts = {each.key: each for each in told.facts.questions} if told else {}
    asked = [(each, facts[each.key]) for each in (told.questions if told else ()) if each.key in facts]
    return {
        "evaluation": [
            {
                "question": question.key,
                "asked": told.asked if told else None,
                "kind": question.kind,
                "text": question.text,
                "answered": found.answered,
                "told": found.told,
                "unit": question.unit,
                "mean": found.mean,
                "low_quarter": found.quantiles.low,
                "median": found.quantiles.middle,
                "high_quarter": found.quantiles.high,
            }
            for question, found in asked
        ],
        "evaluation_options": [
            {name: row[name] for name in ("question", "option", "label", "count", "percent")}
            for question, found in asked
            for row in option_rows(question, found.rows)
        ],
    }


def _attendance(figures: Told) -> Iterator[dict[str, Any]]:
    inside = [line for group in figures.groups for line in group.sectors]
    told: tuple[tuple[str, Sequence[Line | Answer]], ...] = (
        ("country", figures.by_country),
        ("sector_group", figures.groups),
        ("sector", inside),
        ("gender", figures.gender.lines if figures.gender else ()),
    )
    for dimension, lines in told:
        for number, line in enumerate(lines, start=1):
            yield {
                "dimension": dimension,
                "line": number,
                "categories": [key or "regional" for key in line.keys],
                "label": _label(dimension, line.keys),
                "people": line.people,
                "percent": getattr(line, "percent", None),
            }


def _label(dimension: str, keys: Sequence[str]) -> Text:
    names = [_name(dimension, key) for key in keys]
    return Text.each(tongues.codes(), lambda code: ", ".join(name.best(code) for name in names))


def _name(dimension: str, key: str) -> Text:
    if dimension == "sector_group":
        return GROUPS[key]
    if dimension == "country" and not key:
        return NO_COUNTRY
    if dimension == "gender":
        found = catalogue.genders_by_key().get(key)
        return found.name if found else Text.name(NO_ANSWER)
    return name_of(dimension, key)


def _texts(sheet: Factsheet) -> Iterator[dict[str, Any]]:
    words = sheet.words
    parts: tuple[tuple[str, Sequence[tuple[str, Text]]], ...] = (
        ("achieved", [("", words.achieved)]),
        ("highlight", [(each.country, each.text) for each in words.highlights]),
        ("challenge", [("", words.challenges)]),
        ("lesson", [("", each) for each in words.lessons]),
        ("recommendation", [("", each) for each in words.recommendations]),
    )
    for part, texts in parts:
        for number, (country, text) in enumerate(texts, start=1):
            if text:
                yield {"part": part, "line": number, "country": country, "text": text}
