"""The evaluation of a session for everybody: drawn from what was kept at its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import taking
from consulta.platform.web.language import local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read
from consulta.sessions.evaluation import results
from consulta.sessions.evaluation.pages import pictures

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/rounds/<key>/evaluation", may="published.read")
def evaluation(key: str) -> str:
    """Show how those who took part evaluated the session."""
    view = read(results.published, key)
    shown = pictures.shown(view.figures)
    return render_template(
        "evaluation/public.html",
        view=view,
        shown=shown,
        response=pictures.response(view.figures),
        takes=taking.addresses(pictures.take_away(shown), "public.evaluation_chart", key=key),
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/evaluation/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def evaluation_chart(key: str, chart: str, ending: str) -> Response:
    """Return a chart of a published evaluation to take away; 404 where it has none of that name."""
    view = read(results.published, key)
    page = url_for("public.evaluation", key=key)
    below = source(page, str(local(view.session)), example=view.card.example)
    charts = pictures.take_away(pictures.shown(view.figures))
    return taking.answer(charts, chart, ending, f"{key}-{chart}", below)
