"""The page to which a link to propose leads, and from it the ways to themes and to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.platform.web.fields import Form
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read
from consulta.rounds import proposing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

BELONGS_TO = proposing.PARTS_OF_IT

blueprint = Pages("proposing", __name__, under="/proposing/<key>")


@blueprint.get("", may="nominations.by_link")
def own(key: str) -> Response | str:
    """Show what the organisation can propose and did; where that is one thing only, lead to its page."""
    view = read(proposing.own, key)
    if view.people is None and view.themes is not None:
        return redirect(url_for("theme_proposals.own", key=key), 303)
    if view.themes is None and view.people is not None:
        return redirect(url_for("nominations.own", key=key), 303)
    return render_template("proposing/own.html", nav=(), example=view.example, view=view, form=Form())


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> tuple[str, int]:
    """Return the page (403) for a request without a session for this round."""
    return render_template("proposing/ended.html", nav=()), 403
