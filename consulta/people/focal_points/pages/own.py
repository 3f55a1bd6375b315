"""The focal points of a member, on the pages of its own data: seen, named, withdrawn while they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.people.focal_points import service
from consulta.people.focal_points.forms import OwnNamingForm
from consulta.people.focal_points.pages.words import DONE, STANDINGS
from consulta.people.own_data.pages.own import blueprint
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current
from consulta.platform.web.request import house, read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.people.focal_points.values import OwnFocals

__all__ = ["blueprint"]
Page = tuple[str, int]


@blueprint.get("/own-organisation/focal-points", may="own_data.write")
def focal_points() -> Page:
    """Show the focal points that the organisation named, and those of its country."""
    return _page("focal_points/own.html", read(service.own), Form())


@blueprint.route("/own-organisation/focal-points/new", methods=["GET", "POST"], may="own_data.write")
def name_focal_point() -> Response | Page:
    """Name a focal point."""
    view = read(service.own)
    known = {"kind": "state", "country": view.country_code, "language": current()}
    form = OwnNamingForm(view, data=known)
    if form.does(lambda work: service.name(work, form.to_command())):
        return redirect(url_for(".focal_points", done="named"), 303)
    return _page("focal_points/name.html", view, form)


@blueprint.post("/own-organisation/focal-points/<int:number>/withdraw", may="own_data.write")
def withdraw_focal_point(number: int) -> Response | Page:
    """Withdraw a naming that waits."""
    form = Form()
    if form.does(lambda work: service.withdraw(work, number)):
        return redirect(url_for(".focal_points", done="withdrawn"), 303)
    return _page("focal_points/own.html", read(service.own), form)


def _page(template: str, view: OwnFocals, form: Form) -> Page:
    page = render_template(
        template,
        nav=(),
        view=view,
        form=form,
        example=view.example,
        done=DONE.get(request.args.get("done", "")),
        standings=STANDINGS,
        listed=house().settings.roll == "public",
    )
    return page, form.status
