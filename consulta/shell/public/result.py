"""The published result of a round, to be read in a minute, with what came of it."""

from __future__ import annotations

from flask import render_template, url_for

from consulta.core.counting.repetitions import REPLICATES
from consulta.panel import public_panel
from consulta.platform.web import letters, taking
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, reading
from consulta.results import archive, page, synthesis
from consulta.results.pages import glance as glances
from consulta.results.pages import headings, slides
from consulta.results.pages import pictures as result_pictures
from consulta.rounds import roll as roll_acts
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
        roll = roll_acts.by_country(work, key)
        panel = public_panel.published_panel(work, key) if view.card.has_panel else None
    pictures = result_pictures.of_result(view)
    roll_chart = slides.roll(view, roll)
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
        roll_map=result_pictures.roll_map(view, roll),
        roll_title=roll_chart[0].title if roll_chart else "",
        spoke=len(panel.spoke) if panel else 0,
        on_panel=len(panel.seats) if panel and not panel.begun else 0,
        months=headings.months_between(view.closed_at, factsheet.starts_at) if factsheet else 0,
        address=house().settings.origin + url_for("public.result", key=key),
        letter_url=url_for("public.result_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
        takes=taking.addresses((*slides.of_result(view), *roll_chart), "public.result_chart", key=key),
        shared_line=slides.shared_line(view),
        result_card=house().settings.origin + url_for("public.result_card", key=key, ending="png"),
        png=slides.are_drawn(),
        replicates=REPLICATES,
    )
