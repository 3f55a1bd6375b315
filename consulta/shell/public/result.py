"""The published result of a round, to be read in a minute, with what came of it."""

from __future__ import annotations

from flask import render_template, url_for

from consulta.core.counting.repetitions import REPLICATES
from consulta.platform.web import letters, taking
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, reading
from consulta.results import archive, page, synthesis
from consulta.results.pages import glance as glances
from consulta.results.pages import pictures as result_pictures
from consulta.results.pages import slides
from consulta.sessions import factsheets
from consulta.vote import answers


@blueprint.get("/rounds/<key>/result", may="published.read")
def result(key: str) -> str:
    """Show what a round chose, how firm it is, why, who voted, what the weights did, and what comes next."""
    with reading() as work:
        view = page.published_page(work, key)
        facts = archive.facts_of(work, key)
        factsheet = factsheets.of_round(work, key)
        asked = answers.are_published(work, key)
        said = synthesis.is_public(work, key)
    pictures = result_pictures.of_result(view)
    return render_template(
        "results/public.html",
        view=view,
        asked=asked,
        said=said,
        glance=glances.of_result(view, pictures),
        pictures=pictures,
        limit=glances.at_the_limit(view),
        moved=glances.largest_move(view),
        facts=facts,
        factsheet=factsheet,
        address=house().settings.origin + url_for("public.result", key=key),
        letter_url=url_for("public.result_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
        takes=taking.addresses(slides.of_result(view), "public.result_chart", key=key),
        result_card=house().settings.origin + url_for("public.result_card", key=key, ending="png"),
        png=slides.are_drawn(),
        replicates=REPLICATES,
    )
