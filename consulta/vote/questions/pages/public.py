"""What came of the questions of a round, for everybody: drawn from what was kept at the publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import taking
from consulta.platform.web.language import local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read
from consulta.vote.questions import results
from consulta.vote.questions.pages import pictures

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/rounds/<key>/answers", may="published.read")
def question_results(key: str) -> str:
    """Show what was published of the answers to the questions of a round."""
    view = read(results.published, key)
    shown = pictures.shown(view.questions, view.facts, view.themes)
    return render_template(
        "questions/results_public.html",
        view=view,
        shown=shown,
        takes=taking.addresses(pictures.take_away(shown), "public.question_chart", key=key),
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/answers/<chart>.<any(svg, csv):ending>", may="published.read")
def question_chart(key: str, chart: str, ending: str) -> Response:
    """Return the chart of a question to take away, as a picture or as its figures."""
    view = read(results.published, key)
    charts = pictures.take_away(pictures.shown(view.questions, view.facts, view.themes))
    page = url_for("public.question_results", key=key)
    below = source(page, str(local(view.card.title)), example=view.card.example)
    return taking.answer(charts, chart, ending, f"{key}-{chart}", below)
