"""Rounds: where each stands, and the next thing to do."""

from __future__ import annotations

from flask import render_template

from consulta.web.secretariat.blueprint import blueprint


@blueprint.get("/")
def start() -> str:
    """All rounds, each with the next thing to do."""
    return render_template("secretariat/start.html")
