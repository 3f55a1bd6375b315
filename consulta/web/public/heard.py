"""Who was heard so far, for everybody."""

from __future__ import annotations

from flask import render_template

from consulta.services import memory
from consulta.web.heard import parts
from consulta.web.public.blueprint import blueprint
from consulta.web.request import reading


@blueprint.get("/heard")
def heard() -> str:
    """Who sat on the panels that were made public."""
    with reading() as work:
        view = memory.publicly_heard(work)
    return render_template("public/heard.html", view=view, parts=parts(view), example=view.example)
