"""The evaluation of a session for everybody: drawn from what was kept at its publication."""

from __future__ import annotations

from flask import render_template

from consulta.evaluation import results
from consulta.evaluation.pages import pictures
from consulta.web.public import blueprint
from consulta.web.request import reading


@blueprint.get("/rounds/<key>/evaluation")
def evaluation(key: str) -> str:
    """Show how those who took part evaluated the session."""
    with reading() as work:
        view = results.published(work, key)
    return render_template(
        "evaluation/public.html",
        view=view,
        shown=pictures.shown(view.figures),
        response=pictures.response(view.figures),
        example=view.card.example,
    )
