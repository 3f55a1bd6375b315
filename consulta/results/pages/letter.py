"""A result as a document to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template
from markupsafe import Markup

from consulta.platform.web import charts, taking
from consulta.platform.web.language import current, tongue
from consulta.platform.web.letters import as_pdf, kept, sheet_style, style
from consulta.results import verifier
from consulta.results.pages import pictures as result_pictures
from consulta.results.pages import slides

if TYPE_CHECKING:
    from consulta.results.values import ResultView
    from consulta.rounds.values import TrustFacts


def result_summary(view: ResultView, facts: TrustFacts | None = None) -> Response:
    """Return the result on one sheet as a PDF in the reader's language. Problems: those of `drawn`.

    Its foot tells the digests of `facts` and of the verifier: a sheet that was kept cannot be changed later.
    """
    ranked = next((chart for chart in slides.of_result(view) if chart.name == "ranked"), None)
    page = render_template(
        "results/summary.html",
        letter=True,
        view=view,
        picture=Markup(taking.as_svg(ranked, slides.source(view))) if ranked else "",  # noqa: S704 - drawn and escaped by us
        url=slides.address(view),
        facts=facts,
        verifier=verifier.digest(),
        made_from=view.published_at or view.closed_at,
    )
    content = kept(page, sheet_style(), "")
    return as_pdf(content, f"{view.card.key}-summary-{current()}.pdf")


def result_letter(view: ResultView) -> Response:
    """Return the result as a PDF in the reader's language. Problems: those of `drawn`."""
    page = render_template(
        "results/letter.html",
        letter=True,
        view=view,
        pictures=result_pictures.of_result(view, charts.SHEET),
        url=slides.address(view),
        made_from=view.published_at or view.closed_at,
    )
    content = kept(page, style("css/letter.css"), style("css/letter-pictures.css"))
    name = f"{view.card.key}-{tongue().files['result']}-{current()}.pdf"
    return as_pdf(content, name)
