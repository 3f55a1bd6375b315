"""Published factsheets: what a session came to, to read and to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, render_template, url_for
from flask_babel import gettext as _

from consulta.data import catalogue
from consulta.formats.delimited import write_csv
from consulta.organiser.pages.everywhere import site_name
from consulta.sessions import service as factsheets
from consulta.sessions.pages import letter
from consulta.sessions.pages import pictures as factsheet_pictures
from consulta.web import charts, drawing, letters
from consulta.web.downloads import csv_file
from consulta.web.language import local
from consulta.web.public import blueprint
from consulta.web.request import house, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.sessions.service import Factsheet

Chart = tuple[str, str, tuple[str, str], list[tuple[str, ...]], "Callable[[drawing.Words], str]"]
"""Message, what it shows, headings, figures and drawing of a chart."""


@blueprint.get("/rounds/<key>/factsheet")
def factsheet(key: str) -> str:
    """Show the published factsheet of a round's session."""
    with reading() as work:
        sheet = factsheets.published(work, key)
    return render_template(
        "sessions/public.html",
        sheet=sheet,
        pictures=factsheet_pictures.of_figures(sheet.figures) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        letter_url=url_for("public.factsheet_letter", key=key) if letters.are_available() else None,
        takes={
            name: tuple(
                url_for("public.factsheet_chart", key=key, chart=name, ending=ending)
                for ending in ("svg", "csv")
            )
            for name in _charts(sheet)
        },
        example=sheet.example,
    )


@blueprint.get("/rounds/<key>/factsheet/charts/<chart>.<any(svg, csv):ending>")
def factsheet_chart(key: str, chart: str, ending: str) -> Response:
    """Return a chart of a published factsheet to take away; 404 where it has none of that name."""
    with reading() as work:
        sheet = factsheets.published(work, key)
    found = _charts(sheet).get(chart)
    if found is None:
        abort(404)
    title, note, headings, rows, draw = found
    if ending == "csv":
        return csv_file(f"{key}-{chart}.csv", write_csv(headings, rows))
    said = [site_name(), str(local(sheet.title)), *([_("EXAMPLE")] if sheet.example else [])]
    source = " · ".join([*said, house().settings.base_url + url_for("public.factsheet", key=key)])
    headers = {"Content-Disposition": f'inline; filename="{key}-{chart}.svg"'}
    svg = draw(drawing.Words(title, note, source))
    return Response(svg, mimetype="image/svg+xml", headers=headers)


def _charts(sheet: Factsheet) -> dict[str, Chart]:
    """Return the charts of a factsheet by their names; what its figures do not tell has none."""
    if not sheet.figures:
        return {}
    pictures = factsheet_pictures.of_figures(sheet.figures)
    people, found = _("People"), dict[str, Chart]()
    if pictures.gender:
        gender = sheet.figures["gender"]
        values = [line[gender["unit"]] for line in gender["lines"] if line[gender["unit"]] > 0]
        rows: list[tuple[str, ...]] = [(each.label, each.text) for each in pictures.gender.slices]
        answers = charts.bars(
            (
                (each.label, value, each.text)
                for each, value in zip(pictures.gender.slices, values, strict=True)
            ),
            keep_order=True,
        )
        found["gender"] = (
            pictures.gender_message,
            pictures.gender_note,
            (_("Answer"), people),
            rows,
            lambda about: drawing.bars(about, answers),
        )
    if pictures.tiles:
        grid = pictures.tiles
        found["tiles"] = (
            pictures.tiles_message,
            _("Each tile is a State, near its neighbours, with how many people came from there."),
            (_("State"), people),
            [(place.label, *place.cells) for place in grid.rows],
            lambda about: drawing.tiles(about, grid, pictures.tile_classes),
        )
    if pictures.sectors:
        bars = pictures.sectors
        found["sectors"] = (
            pictures.sectors_message,
            _("How many people came from each sector."),
            (_("Sector"), people),
            [(row.label, row.marks[0].text) for row in bars.rows],
            lambda about: drawing.bars(about, bars),
        )
    return found


@blueprint.get("/rounds/<key>/factsheet.pdf")
def factsheet_letter(key: str) -> Response:
    """Return the published factsheet of a round's session as a PDF."""
    with reading() as work:
        sheet = factsheets.published(work, key)
    return letter.factsheet_letter(sheet)
