"""The pictures of a factsheet: its kept figures into geometry, each with the message that stands above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response, render_template, url_for

from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.web import charts
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import alphabetical, current, local, number, percent, tongue
from consulta.platform.web.letters import as_pdf, kept, style
from consulta.platform.web.request import house
from consulta.sessions.attendance import GROUPS, NO_COUNTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from consulta.core.texts import Text
    from consulta.results.values import ResultView
    from consulta.sessions.factsheets import Answer, Factsheet, Gender, Line, Told


SHADES = ((1, 5, 7), (2, 8, 11), (3, 12, 19), (4, 20, None))
"""Shade of a tile, and from how many to how many people it stands for."""

TOGETHER, NOBODY = (0, "•"), (5, "\N{EN DASH}")
"""Shade and sign of a State that is grouped with others with others, and of one without participants."""

NOT_TOLD = "\N{EN DASH}"

NAMED = 3
"""So many bars of the same length are named in a headline; of more, none."""


@dataclass(frozen=True, slots=True)
class FactsheetPictures:
    """All pictures of a factsheet, with their messages; what its figures do not tell has none."""

    people: int
    countries: int | None
    groups: tuple[tuple[str, int], ...]
    gender: charts.Donut | None
    gender_message: str
    gender_note: str
    sectors: charts.BarChart | None
    sectors_message: str
    tiles: charts.TileGrid | None
    tiles_message: str
    tile_classes: tuple[tuple[int, str], ...]


def of_figures(figures: Told, width: float = charts.NARROWEST) -> FactsheetPictures:
    """Return the charts of a session's figures, for a page at least `width` em wide."""
    sectors = list(_sectors(figures.groups))
    gender, countries = figures.gender, figures.countries
    return FactsheetPictures(
        people=figures.people,
        countries=countries,
        groups=tuple((_groups(group.keys), group.people) for group in figures.groups),
        gender=_ring(gender, figures.people) if gender else None,
        gender_message=_gender_message(gender, figures.people) if gender else "",
        gender_note=_gender_note(gender) if gender else "",
        sectors=charts.bars(sectors, width=width) if sectors else None,
        sectors_message=_sectors_message(sectors),
        tiles=charts.tiles(_places(figures.by_country)) if figures.by_country else None,
        tiles_message=ngettext(
            "%(num)s State of Latin America and the Caribbean took part",
            "%(num)s States of Latin America and the Caribbean took part",
            countries or 0,
        ),
        tile_classes=_classes(figures.by_country),
    )


PARTS = {
    "by_country": _l("the numbers by country"),
    "groups": _l("the numbers by group and sector"),
    "sectors": _l("the numbers by sector within a group"),
    "gender": _l("the answers to the question about gender"),
}
"""What parts of figures are called, in the middle of a sentence."""


def side_by_side(public: Told | None, fresh: Told) -> list[tuple[str, str, str]]:
    """Return what the figures are of, the public ones, and those that would replace them, as text."""
    before, after = dict(_named(public)) if public else {}, dict(_named(fresh))
    return [
        (label, before.get(label, NOT_TOLD), after.get(label, NOT_TOLD))
        for label in dict.fromkeys((*before, *after))
    ]


def _named(figures: Told) -> Iterator[tuple[str, str]]:
    """Yield each number of figures with what it is of."""
    yield _("People"), number(figures.people)
    if figures.countries:
        yield _("Countries"), str(figures.countries)
    for group in figures.groups:
        yield _groups(group.keys), number(group.people)
        for line in group.sectors:
            yield _joined("sector", line.keys), number(line.people)
    for line in figures.by_country:
        yield _joined("country", line.keys), number(line.people)
    for answer in figures.gender.lines if figures.gender else ():
        yield (
            _joined("gender", answer.keys),
            number(answer.people) if answer.people is not None else percent(answer.number / 100),
        )


def _joined(dimension: str, keys: Sequence[str]) -> str:
    names = " + ".join(local(name_of(dimension, key) if key else NO_COUNTRY) for key in keys)
    return names if len(keys) == 1 else _("%(names)s, combined", names=names)


def _groups(keys: Sequence[str]) -> str:
    """Return the name of a group, or the names of groups that are grouped with others."""
    names = " + ".join(local(GROUPS[key]) for key in keys)
    return names if len(keys) == 1 else _("%(names)s, combined", names=names)


def _sectors(groups: Iterable[Line]) -> Iterator[tuple[str, float, str]]:
    """Yield the sectors of each group (label, people, figure in words).

    Where the sectors of a group are not public, yields the group itself. All people of the session are
    in the rows.
    """
    for group in groups:
        named = _groups(group.keys)
        for line in group.sectors or (group,):
            label = named
            if group.sectors:
                alone = len(line.keys) == 1
                label = _sector(line) if alone else _("Other sectors: %(group)s", group=named)
            yield label, line.people, number(line.people)


def _sector(line: Line) -> str:
    return local(name_of("sector", line.keys[0]))


def _sectors_message(bars: Sequence[tuple[str, float, str]]) -> str:
    """Return the headline of the bars: the longest, or all of the longest where they are few.

    A neutral headline is returned where there is one bar only, or more than `NAMED` share the length.
    """
    longest = max((people for _label, people, _text in bars), default=0)
    first = [label for label, people, _text in bars if people == longest]
    if len(bars) < 2 or len(first) > NAMED:  # noqa: PLR2004 - one bar has nothing to compare with
        return _("On whose behalf people spoke")
    if len(first) == 1:
        return _("Most people: %(name)s, %(people)s", name=first[0], people=int(longest))
    return _(
        "Most people: %(names)s, %(people)s each",
        names=" · ".join(first),
        people=int(longest),
    )


def _ring(gender: Gender, people: int) -> charts.Donut:
    if gender.unit == "percent":
        rows = [(_answer(line), line.number, percent(line.number / 100)) for line in gender.lines]
        return charts.donut(rows)
    return charts.donut(
        (
            (_answer(line), line.number, f"{number(line.number)} ({percent(line.number / people)})")
            for line in gender.lines
        ),
        number(people),
    )


def _answer(line: Answer) -> str:
    if len(line.keys) > 1:
        return _("Non-binary people, or no answer")
    key = line.keys[0]
    return _("No answer") if key == "no_answer" else local(_plural(key))


def _plural(key: str) -> Text:
    return catalogue.genders_by_key()[key].plural


def _gender_message(gender: Gender, people: int) -> str:
    """Return the headline of the ring: the share of women.

    The share is of all people, or only of those who answered woman or man where the figures are
    percentages.
    """
    first = gender.lines[0]
    if gender.unit == "percent":
        return _(
            "Of those who answered “woman” or “man”, %(share)s were women", share=percent(first.number / 100)
        )
    return _("%(share)s were women", share=percent(first.number / people))


def _gender_note(gender: Gender) -> str:
    if gender.unit == "people":
        return _("As stated by each person. Answering was voluntary.")
    return _(
        "As stated by each person; answering was voluntary. The share among those who answered "
        "“woman” or “man” is rounded: so few gave any other answer that their number would reveal who "
        "they are."
    )


def _places(lines: Sequence[Line]) -> list[charts.Place]:
    """Return the 33 States by name, then the sums that belong to no tile."""
    alone = {line.keys[0]: line.people for line in lines if len(line.keys) == 1}
    joined = [line for line in lines if len(line.keys) > 1]
    together = {key for line in joined for key in line.keys}
    found = []
    for country in sorted(catalogue.countries(), key=lambda each: alphabetical(local(each.name))):
        code, name = country.iso2, local(country.name)
        shade, sign = TOGETHER if code in together else NOBODY
        if code in alone:
            shade, sign = _shade(alone[code]), number(alone[code])
        found.append(charts.Place(code, name, sign, (sign,), shade))
    if "" in alone:
        found.append(charts.Place("", local(NO_COUNTRY), "", (number(alone[""]),), NOBODY[0]))
    for line in joined:
        label = _("Grouped together (%(sign)s)", sign=TOGETHER[1])
        if "" in line.keys:
            label = _("Grouped together (%(sign)s), with those representing no country", sign=TOGETHER[1])
        found.append(charts.Place("", label, "", (number(line.people),), NOBODY[0]))
    return found


def _shade(people: int) -> int:
    return next((shade for shade, low, high in SHADES if low <= people <= (high or people)), 0)


def _classes(lines: Iterable[Line]) -> tuple[tuple[int, str], ...]:
    told = [
        (shade, _("%(low)s or more", low=low) if high is None else f"{low}{charts.TO}{high}")
        for shade, low, high in SHADES
    ]
    if any(len(line.keys) > 1 for line in lines):
        told.insert(0, (TOGETHER[0], _("took part; grouped with others (%(sign)s)", sign=TOGETHER[1])))
    return (*told, (NOBODY[0], _("nobody (%(sign)s)", sign=NOBODY[1])))


HALF_SHEET = 30.0  # width in em of a picture that shares the sheet with another


def factsheet_letter(sheet: Factsheet, chosen: ResultView | None) -> Response:
    """Return a factsheet as a PDF in the reader's language; `chosen` is the published result of its round.

    Problems: those of `drawn`, such as `document.unavailable`.
    """
    page = render_template(
        "sessions/letter.html",
        letter=True,
        sheet=sheet,
        chosen=chosen,
        pictures=of_figures(sheet.figures, HALF_SHEET) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        url=house().settings.origin + url_for("public.factsheet", key=sheet.key),
        made_from=sheet.published_at or sheet.starts_at,
    )
    content = kept(page, style("css/factsheet-paper.css"), style("css/letter-pictures.css"))
    return as_pdf(content, f"{sheet.key}-{tongue().files['factsheet']}-{current()}.pdf")
