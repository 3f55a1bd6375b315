"""Published results and panels: what came out, and why."""

from __future__ import annotations

from flask import render_template

from consulta.data import catalogue
from consulta.invitations import replacements
from consulta.panel import public as public_panel
from consulta.panel.pages import pictures
from consulta.web.public import blueprint
from consulta.web.request import reading


@blueprint.get("/rounds/<key>/panel")
def panel(key: str) -> str:
    """Show the published panel of a round, and the replacements on it."""
    with reading() as work:
        published = public_panel.published_panel(work, key)
        replaced = replacements.public_replacements(work, key)
    return render_template(
        "panel/public.html",
        view=published,
        replaced=replaced,
        rows=pictures.of_rules(published.rows),
        roles=catalogue.roles(),
        example=published.card.example,
    )
