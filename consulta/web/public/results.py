"""Published results and panels: what came out, and why."""

from __future__ import annotations

from flask import render_template

from consulta.data import catalogue
from consulta.services import panels, results
from consulta.web import pictures
from consulta.web.public.blueprint import blueprint
from consulta.web.request import house, reading


@blueprint.get("/rounds/<key>/result")
def result(key: str) -> str:
    """The published result of a round."""
    with reading() as work:
        view = results.published_page(work, key, house().settings.small_cell)
    return render_template(
        "public/result.html", view=view, pictures=pictures.of_result(view), example=view.card.example
    )


@blueprint.get("/rounds/<key>/panel")
def panel(key: str) -> str:
    """The published panel of a round."""
    with reading() as work:
        view = panels.published_panel(work, key)
    every = view.decision.rows if view.decision else ()
    # Gender is never published beside names, not even as a count: only whether its rules are met.
    shown = [row for row in every if row.attribute != "gender"]
    return render_template(
        "public/panel.html",
        view=view,
        rows=pictures.of_rules(shown),
        gender=[row.ok for row in every if row.attribute == "gender"],
        roles=catalogue.roles(),
        example=view.card.example,
    )
