"""The published result of a round with all its figures, to read and to keep."""

from __future__ import annotations

from flask import Response, render_template, url_for

from consulta.core.counting.repetitions import REPLICATES
from consulta.platform.web import letters, taking
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read, reading
from consulta.results import archive, page, verifier
from consulta.results.pages import glance as glances
from consulta.results.pages import letter, slides
from consulta.results.pages import pictures as result_pictures
from consulta.rounds import roll


@blueprint.get("/rounds/<key>/result/figures", may="published.read")
def result_figures(key: str) -> str:
    """Show every published figure of a result, with what others need to check it."""
    with reading() as work:
        view = page.published_page(work, key)
        facts = archive.facts_of(work, key)
    pictures = result_pictures.of_result(view)
    return render_template(
        "results/figures.html",
        view=view,
        pictures=pictures,
        dots=glances.of_result(view, pictures).dots,
        replicates=REPLICATES,
        result_card=house().settings.origin + url_for("public.result_card", key=key, ending="png"),
        facts=facts,
        verifier=verifier.digest(),
        letter_url=url_for("public.result_letter", key=key) if letters.are_available() else None,
        takes=taking.addresses(slides.of_result(view), "public.result_chart", key=key),
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result.pdf", may="published.read")
def result_letter(key: str) -> Response:
    """Return the published result of a round as a PDF."""
    view = read(page.published_page, key)
    return letter.result_letter(view)


@blueprint.get("/rounds/<key>/result/summary.pdf", may="published.read")
def result_summary(key: str) -> Response:
    """Return the published result of a round on one sheet, as a PDF."""
    with reading() as work:
        view = page.published_page(work, key)
        facts = archive.facts_of(work, key)
    return letter.result_summary(view, facts)


@blueprint.get("/rounds/<key>/result/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def result_chart(key: str, chart: str, ending: str) -> Response:
    """Return one chart of the published result to take away, as a picture or as its figures."""
    with reading() as work:
        view = page.published_page(work, key)
        seats = roll.by_country(work, key)
    return slides.chart_file(view, chart, ending, seats)


@blueprint.get("/rounds/<key>/result/card.<any(svg, png):ending>", may="published.read")
def result_card(key: str, ending: str) -> Response:
    """Return the picture of the answer for messengers and slides, 1200 by 630 pixels.

    A PNG that is not drawn yet is a picture of the program (`slides.card_file`).
    """
    view = read(page.published_page, key)
    return slides.card_file(slides.card(view), ending)
