"""Following recommendations by mail, and another link for those who are asked about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.follow_up_calls import following
from consulta.follow_up_calls.forms.answers import FollowForm
from consulta.follow_up_calls.pages.words import THINGS
from consulta.new_link import service as link_requests
from consulta.own_data.forms import AddressForm
from consulta.web.language import current
from consulta.web.public import blueprint
from consulta.web.request import read, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/follow-up-mail", methods=["GET", "POST"])
def follow() -> Response | tuple[str, int]:
    """Show the form to follow what the query names, and record the request; mail goes to the address only.

    Raise Problem `follow_up.unknown` where there is no such thing.
    """
    what = request.args.get("what", "")
    thing = read(following.followable, what)
    form = FollowForm()
    if form.does(
        lambda work: following.ask(work, what, form.email.data or "", current(), request.remote_addr or "")
    ):
        return redirect(url_for("public.follow_asked"), 303)
    page = render_template(
        "follow_up_calls/follow.html", form=form, thing=thing, things=THINGS, example=thing.example
    )
    return page, form.status


@blueprint.get("/follow-up-mail/asked")
def follow_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("follow_up_calls/asked.html")


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
