"""Who was heard so far, for the secretariat: gender too, and panels that are not public yet."""

from __future__ import annotations

from flask import render_template

from consulta.panel import memory
from consulta.panel.pages.heard_words import parts
from consulta.platform.web.desk import blueprint
from consulta.platform.web.request import read


@blueprint.get("/heard", may="panel.read")
def heard() -> str:
    """Show who took part on the panels of the rounds so far."""
    view = read(memory.heard)
    return render_template("panel/heard.html", view=view, parts=parts(view), example=view.example)
