"""The members' list."""

from __future__ import annotations

from flask import render_template

from consulta.web.secretariat.blueprint import blueprint


@blueprint.get("/members")
def members() -> str:
    """The list of members."""
    return render_template("secretariat/members.html")
