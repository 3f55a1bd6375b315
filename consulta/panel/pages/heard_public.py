"""Who was heard on panels so far, for any reader."""

from __future__ import annotations

from flask import render_template

from consulta.panel import memory
from consulta.panel.pages.heard_words import map_of, parts
from consulta.web.public import blueprint
from consulta.web.request import reading


@blueprint.get("/heard")
def heard() -> str:
    """Show who sat on the panels that are public."""
    with reading() as work:
        view = memory.publicly_heard(work)
    return render_template(
        "panel/heard_public.html",
        view=view,
        parts=parts(view),
        heard_map=map_of(view) if view.panels else None,
        example=view.example,
    )
