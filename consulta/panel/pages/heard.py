"""Who was heard, as a map, as bars and as a table: the same figures, one against one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import render_template

from consulta.panel import memory
from consulta.panel.memory import WHOLE
from consulta.platform.data import attributes, catalogue
from consulta.platform.labels import name_of
from consulta.platform.web import charts, dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.language import local, number
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.panel.values import Heard


class HeardPart(NamedTuple):
    """One dimension: the people of all panels as bars, panel by panel as rows, and who was not heard."""

    dimension: str
    title: str
    heading: str
    chart: charts.BarChart
    rows: Sequence[Sequence[object]]
    absent: Sequence[str]
    whole: bool  # everybody heard is in it, also who is not named in public


SHADES = ((1, 1), (2, 3), (4, 6), (7, None))
"""From how many to how many people each shade of the map stands for; the first is 1."""

NOBODY = 5
"""The shade of a State from which no person is known to have been heard."""


class HeardMap(NamedTuple):
    """The States as tiles, with how many people from each were heard; `countries` had at least one."""

    tiles: charts.TileGrid
    message: str
    classes: tuple[tuple[int, str], ...]
    countries: int


def map_of(view: Heard) -> HeardMap:
    """Return the map of who was heard on the panels of `view`.

    People who are not named in public are in no State, so the message is a bound where there are any.
    """
    sums = view.sums("country")
    named = sorted((local(each.name), each.iso2) for each in catalogue.countries())
    places = [
        charts.Place(
            code, name, number(people) if people else charts.TO, (code, number(people)), _shade(people)
        )
        for name, code in named
        for people in (sums.get(code, 0),)
    ]
    there = sum(people > 0 for people in sums.values())
    if view.untold:
        message = ngettext(
            "People from at least %(num)s of %(all)s countries have been heard",
            "People from at least %(num)s of %(all)s countries have been heard",
            there,
            all=len(named),
        )
    else:
        message = ngettext(
            "%(num)s of %(all)s countries has been heard",
            "%(num)s of %(all)s countries have been heard",
            there,
            all=len(named),
        )
    return HeardMap(charts.tiles(places), message, _classes(whole=not view.untold), there)


def _shade(people: int) -> int:
    if not people:
        return NOBODY
    return next(
        shade for shade, (low, high) in enumerate(SHADES, start=1) if high is None or low <= people <= high
    )


def _classes(*, whole: bool) -> tuple[tuple[int, str], ...]:
    told = [
        (
            shade,
            str(low) if low == high else f"{low}{charts.TO}{high}" if high else _("%(num)s or more", num=low),
        )
        for shade, (low, high) in enumerate(SHADES, start=1)
    ]
    return (*told, (NOBODY, _("nobody so far") if whole else _("nobody named publicly")))


def parts(view: Heard) -> list[HeardPart]:
    """Return each dimension that `view` has, in its order, as bars and a table."""
    titles = {
        "subregion": (_("By subregion"), _("Subregion")),
        "country": (_("By country"), _("Country")),
        "sector": (_("By sector"), _("Sector")),
        "gender": (_("By gender"), _("Gender")),
        **{key: (dimension_words.by(key), dimension_words.own(key)) for key in attributes.added_by_key()},
    }
    return [_part(view, dimension, *titles[dimension]) for dimension in view.categories]


def _part(view: Heard, dimension: str, title: str, heading: str) -> HeardPart:
    sums = view.sums(dimension)
    whole = dimension == WHOLE or not view.untold
    names = {key: local(name_of(dimension, key)) for key in sums}
    present = [key for key in sums if sums[key]]
    return HeardPart(
        dimension,
        title,
        heading,
        charts.bars((names[key], float(sums[key]), number(sums[key])) for key in present),
        [
            [names[key], *(panel.counts[dimension].get(key, 0) for panel in view.panels), sums[key]]
            for key in present
        ],
        [names[key] for key in sums if not sums[key]] if whole else [],
        whole,
    )


@blueprint.get("/heard", may="panel.read")
def heard() -> str:
    """Show who took part on the panels of the rounds so far."""
    view = read(memory.heard)
    return render_template("panel/heard.html", view=view, parts=parts(view), example=view.example)
