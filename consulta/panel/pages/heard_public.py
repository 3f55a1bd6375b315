"""Who was heard on panels so far, for any reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, render_template, url_for
from flask_babel import gettext as _

from consulta.formats.delimited import write_csv
from consulta.organiser.pages.everywhere import site_name
from consulta.panel import memory
from consulta.panel.pages.heard_words import map_of, parts
from consulta.web import drawing
from consulta.web.downloads import csv_file
from consulta.web.public import blueprint
from consulta.web.request import house, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.panel.values import Heard

MAP = "heard-map"
Chart = tuple[str, str, tuple[str, ...], list[tuple[str, ...]], "Callable[[drawing.Words], str]"]
"""Message, what it shows, headings, figures and drawing of a chart."""


@blueprint.get("/heard")
def heard() -> str:
    """Show who sat on the panels that are public."""
    with reading() as work:
        view = memory.publicly_heard(work)
    return render_template(
        "panel/heard_public.html",
        view=view,
        parts=parts(view),
        heard_map=map_of(view) if view.panels else None,
        takes={
            name: tuple(url_for("public.heard_chart", chart=name, ending=ending) for ending in ("svg", "csv"))
            for name in _charts(view)
        },
        example=view.example,
    )


@blueprint.get("/heard/charts/<chart>.<any(svg, csv):ending>")
def heard_chart(chart: str, ending: str) -> Response:
    """Return a chart of the page to take away, as a picture or as its figures; 404 where there is none."""
    with reading() as work:
        view = memory.publicly_heard(work)
    found = _charts(view).get(chart)
    if found is None:
        abort(404)
    title, note, headings, rows, draw = found
    if ending == "csv":
        return csv_file(f"{chart}.csv", write_csv(headings, rows))
    said = [site_name(), _("EXAMPLE")] if view.example else [site_name()]
    source = " · ".join([*said, house().settings.base_url + url_for("public.heard")])
    headers = {"Content-Disposition": f'inline; filename="{chart}.svg"'}
    svg = draw(drawing.Words(title, note, source))
    return Response(svg, mimetype="image/svg+xml", headers=headers)


def _charts(view: Heard) -> dict[str, Chart]:
    """Return the charts of the page by their names; none where nobody was heard on a public panel."""
    if not view.panels:
        return {}
    shown = map_of(view)
    people = _("People")
    charts: dict[str, Chart] = {
        MAP: (
            shown.message,
            _(
                "Each State is a tile near its neighbours, all of one size. The figure is how many people "
                "from there took part on the panels."
            ),
            (_("Country"), _("Code"), people),
            [(place.label, *place.cells) for place in shown.tiles.rows],
            lambda said: drawing.tiles(said, shown.tiles, shown.classes),
        )
    }
    for part in parts(view):
        charts[f"heard-{part.dimension}"] = (
            f"{_('People heard on all panels')}: {part.title}",
            _("How many people took part on the panels."),
            (part.heading, people),
            [(row.label, row.marks[0].text) for row in part.chart.rows],
            lambda said, part=part: drawing.bars(said, part.chart),  # type: ignore[misc]
        )
    return charts
