"""A version of a panel that was public and was replaced, for any reader."""

from __future__ import annotations

from flask import render_template

from consulta.panel import public_panel
from consulta.platform.data import catalogue
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read


@blueprint.get("/rounds/<key>/panel/versions/<int:version>", may="published.read")
def former_panel(key: str, version: int) -> str:
    """Show a former version of a panel: its places, its rules, when and why it was replaced."""
    view = read(public_panel.former_panel, key, version)
    return render_template("panel/former.html", view=view, roles=catalogue.roles(), example=view.card.example)
