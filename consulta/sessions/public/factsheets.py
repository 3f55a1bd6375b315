"""Published factsheets: what a session came to, to read and to keep."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.panel import public_panel
from consulta.panel.public.headings import spoke_title
from consulta.platform.data import catalogue
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import charts, drawing, letters, taking
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read, reading
from consulta.platform.web.taking import Chart
from consulta.results import page as result_page
from consulta.sessions import factsheets
from consulta.sessions.follow_up import service as follow_up
from consulta.sessions.pages import pictures as letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from consulta.sessions.factsheets import Factsheet


@blueprint.get("/rounds/<key>/factsheet", may="published.read")
def factsheet(key: str) -> str:
    """Show the published factsheet of a round's session."""
    with reading() as work:
        sheet = factsheets.published(work, key)
        became = follow_up.is_public(work, key)
        chosen = result_page.published_page(work, key)
        spoke = public_panel.speakers(work, key)
    return render_template(
        "sessions/public.html",
        spoke=spoke,
        spoke_title=spoke_title,
        sheet=sheet,
        became=became,
        chosen=chosen,
        pictures=letter.of_figures(sheet.figures) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        letter_url=url_for("public.factsheet_letter", key=key) if letters.are_available() else None,
        takes=taking.addresses(_charts(sheet), "public.factsheet_chart", key=key),
        example=sheet.example,
    )


@blueprint.get("/rounds/<key>/factsheet/versions/<int:version>", may="published.read")
def former_figures(key: str, version: int) -> str:
    """Show figures of a session that were public and were replaced, with the day and the reason."""
    sheet = read(factsheets.former_figures, key, version)
    return render_template(
        "sessions/former.html",
        sheet=sheet,
        replaced=next(each for each in sheet.replaced if each.version == version),
        present=sheet.replaced[-1].by_version,
        takes=taking.addresses(_charts(sheet), "public.former_chart", key=key, version=version),
        pictures=letter.of_figures(sheet.figures) if sheet.figures else None,
        example=sheet.example,
    )


@blueprint.get(
    "/rounds/<key>/factsheet/versions/<int:version>/charts/<chart>.<any(svg, csv):ending>",
    may="published.read",
)
def former_chart(key: str, version: int, chart: str, ending: str) -> Response:
    """Return a chart of figures that were replaced to take away; 404 where they have none of that name."""
    sheet = read(factsheets.former_figures, key, version)
    page = url_for("public.former_figures", key=key, version=version)
    below = source(page, str(local(sheet.title)), _("These figures were replaced"), example=sheet.example)
    return taking.answer(_charts(sheet), chart, ending, f"{key}-version-{version}-{chart}", below)


@blueprint.get("/rounds/<key>/factsheet/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def factsheet_chart(key: str, chart: str, ending: str) -> Response:
    """Return a chart of a published factsheet to take away; 404 where it has none of that name."""
    sheet = read(factsheets.published, key)
    below = source(url_for("public.factsheet", key=key), str(local(sheet.title)), example=sheet.example)
    return taking.answer(_charts(sheet), chart, ending, f"{key}-{chart}", below)


def _charts(sheet: Factsheet) -> Iterator[Chart]:
    """Yield the charts of a factsheet; what its figures do not tell has none."""
    if not sheet.figures:
        return
    pictures = letter.of_figures(sheet.figures)
    people = _("People")
    if pictures.gender:
        told = sheet.figures.gender.lines if sheet.figures.gender else ()
        values = [answer.number for answer in told if answer.number > 0]
        answers = charts.bars(
            (
                (each.label, value, each.text)
                for each, value in zip(pictures.gender.slices, values, strict=True)
            ),
            keep_order=True,
        )
        yield Chart(
            "gender",
            pictures.gender_message,
            pictures.gender_note,
            (_("Answer"), people),
            tuple((each.label, each.text) for each in pictures.gender.slices),
            partial(drawing.bars, chart=answers),
        )
    if pictures.tiles:
        yield Chart(
            "tiles",
            pictures.tiles_message,
            _(
                "Each tile is a State, close to its neighbours, with the number of people who came from "
                "there."
            ),
            (_("State"), people),
            tuple((place.label, *place.cells) for place in pictures.tiles.rows),
            partial(drawing.tiles, grid=pictures.tiles, classes=pictures.tile_classes),
        )
    if pictures.sectors:
        yield Chart(
            "sectors",
            pictures.sectors_message,
            _("The number of people who came from each sector."),
            (_("Sector"), people),
            tuple((row.label, row.marks[0].text) for row in pictures.sectors.rows),
            partial(drawing.bars, chart=pictures.sectors),
        )


@blueprint.get("/rounds/<key>/factsheet.pdf", may="published.read")
def factsheet_letter(key: str) -> Response:
    """Return the published factsheet of a round's session as a PDF."""
    with reading() as work:
        sheet, chosen = factsheets.published(work, key), result_page.published_page(work, key)
    return letter.factsheet_letter(sheet, chosen)
