"""Who was heard on panels so far, for any reader."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, url_for
from flask_babel import gettext as _

from consulta.panel import memory
from consulta.panel.pages.heard import map_of, parts
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import drawing, taking
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read
from consulta.platform.web.taking import Chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from consulta.panel.values import Heard


MAP = "heard-map"


@blueprint.get("/heard", may="published.read")
def heard() -> str:
    """Show who sat on the panels that are public."""
    view = read(memory.publicly_heard)
    return render_template(
        "panel/heard_public.html",
        view=view,
        parts=parts(view),
        heard_map=map_of(view) if view.panels else None,
        takes=taking.addresses(_charts(view), "public.heard_chart"),
        example=view.example,
    )


@blueprint.get("/heard/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def heard_chart(chart: str, ending: str) -> Response:
    """Return a chart of the page to take away, as a picture or as its figures; 404 where there is none."""
    view = read(memory.publicly_heard)
    below = source(url_for("public.heard"), example=view.example)
    return taking.answer(_charts(view), chart, ending, chart, below)


def _charts(view: Heard) -> Iterator[Chart]:
    """Yield the charts of the page; none where no person was heard on a public panel."""
    if not view.panels:
        return
    shown = map_of(view)
    people = _("People")
    yield Chart(
        MAP,
        shown.message,
        _(
            "Each State is a tile near its neighbours, all of one size. The figure is how many people "
            "from there took part on the panels."
        ),
        (_("Country"), _("Code"), people),
        tuple((place.label, *place.cells) for place in shown.tiles.rows),
        partial(drawing.tiles, grid=shown.tiles, classes=shown.classes),
    )
    for part in parts(view):
        yield Chart(
            f"heard-{part.dimension}",
            f"{_('People heard on all panels')}: {part.title}",
            _("How many people took part on the panels."),
            (part.heading, people),
            tuple((row.label, row.marks[0].text) for row in part.chart.rows),
            partial(drawing.bars, chart=part.chart),
        )
