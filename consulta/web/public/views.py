"""Home, a round, its result and panel, and how it is counted: what a stranger reads."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def home() -> str:
    """The rounds: open now, and published."""
    return render_template("public/home.html")


@blueprint.get("/method")
def method() -> str:
    """How ballots are weighted and counted, in plain words."""
    return render_template("public/method.html")
