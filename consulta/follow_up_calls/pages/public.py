"""Another link for those who are asked about recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.new_link import service as link_requests
from consulta.own_data.forms import AddressForm
from consulta.web.public import blueprint
from consulta.web.request import write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/follow-up-link", methods=["GET", "POST"])
def follow_up_link() -> Response | tuple[str, int]:
    """Show the form for another link to answer; an answer to the address goes by mail only."""
    form = AddressForm()
    if form.validate_on_submit():
        write(link_requests.ask, form.email.data or "", request.remote_addr or "", "follow_up")
        return redirect(url_for("public.follow_up_link_asked"), 303)
    return render_template("follow_up_calls/new_link.html", form=form), form.status


@blueprint.get("/follow-up-link/asked")
def follow_up_link_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("follow_up_calls/link_asked.html")
