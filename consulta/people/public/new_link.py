"""The form “Send me a new link”: the answer is the same for every address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.people import new_link as new_link_acts
from consulta.people.pages.own_data import AddressForm
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/new-link", methods=["GET", "POST"], may="links.request")
def new_link() -> Response | tuple[str, int]:
    """Show the form and record the request; an answer to the address goes by mail only."""
    form = AddressForm()
    if form.validate_on_submit():
        write(new_link_acts.ask, form.email.data or "", request.remote_addr or "")
        return redirect(url_for("public.new_link_asked"), 303)
    return render_template("new_link/ask.html", form=form), form.status


@blueprint.get("/new-link/asked", may="links.request")
def new_link_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("new_link/asked.html")
