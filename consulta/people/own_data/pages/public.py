"""The form by which a contact asks for a link to the data of its organisation: one answer for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.people.new_link import service as link_requests
from consulta.people.own_data.forms import AddressForm
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/own-data", methods=["GET", "POST"], may="links.request")
def own_data() -> Response | tuple[str, int]:
    """Show the form and record the request; an answer to the address goes by mail only."""
    form = AddressForm()
    if form.validate_on_submit():
        write(link_requests.ask, form.email.data or "", request.remote_addr or "", "own")
        return redirect(url_for("public.own_data_asked"), 303)
    return render_template("own_data/ask.html", form=form), form.status


@blueprint.get("/own-data/asked", may="links.request")
def own_data_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("own_data/asked.html")
