"""The public page of the themes that members proposed for a round, with what became of each."""

from __future__ import annotations

from flask import render_template

from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read
from consulta.themes.proposals import shown
from consulta.themes.proposals.pages import words


@blueprint.get("/rounds/<key>/themes-proposed", may="published.read")
def themes_proposed(key: str) -> str:
    """Show every proposal, its state and the reason. Problem: `round.unknown`, until the phase is over."""
    view = read(shown.public, key, house().settings.small_cell)
    return render_template("theme_proposals/public.html", view=view, words=words, example=view.example)
