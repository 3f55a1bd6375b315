"""Who was heard so far, for the secretariat: gender too, and panels that are not public yet."""

from __future__ import annotations

from flask import render_template

from consulta.services import memory
from consulta.web.heard import parts
from consulta.web.request import reading
from consulta.web.secretariat.blueprint import blueprint


@blueprint.get("/heard")
def heard() -> str:
    """Who sat on the panels as they were decided last."""
    with reading() as work:
        view = memory.heard(work)
    return render_template("secretariat/heard.html", view=view, parts=parts(view), example=view.example)
