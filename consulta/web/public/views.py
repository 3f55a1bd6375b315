"""Home, a round, its result and panel, and how it is counted: what a stranger reads."""

from __future__ import annotations

from flask import render_template

from consulta.data import catalogue
from consulta.services import public
from consulta.web.public.blueprint import blueprint
from consulta.web.request import reading


@blueprint.get("/")
def home() -> str:
    """The rounds: open now, being counted, and published."""
    with reading() as work:
        view = public.home(work)
    return render_template("public/home.html", view=view)


@blueprint.get("/rounds/<key>")
def round_page(key: str) -> str:
    """What a round asks, of whom, until when, and under which rules."""
    with reading() as work:
        view = public.round_page(work, key)
    return render_template(
        "public/round.html",
        view=view,
        example=view.card.example,
        objectives=catalogue.objectives_by_number(),
    )


@blueprint.get("/method")
def method() -> str:
    """How ballots are weighted and counted, in plain words."""
    return render_template("public/method.html")
