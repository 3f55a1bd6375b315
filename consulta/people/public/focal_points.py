"""The question of the link that a focal point gets: does the person accept, and what may be public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for

from consulta.people import focal_points as focal_points_acts
from consulta.people.pages.focal_points import STANDINGS, OwnNamingForm
from consulta.people.public.own_data import blueprint
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form
from consulta.platform.web.language import alphabetical, current, local
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.wrappers import Response

    from consulta.people.focal_points import OwnFocals, PublicFocal

BELONGS_TO = "focal_points"


TEMPLATE = "focal_points/asked.html"
CHOICES: Mapping[str, object] = {
    "email": _l("I accept, and the public list may show my name and my e-mail address"),
    "both": _l(
        "I accept, and the public list may show my name, my e-mail address and my telephone number (if given)"
    ),
    "name": _l("I accept, and the public list may show my name, without e-mail address or telephone number"),
    "unlisted": _l("I accept, but the public list must not show my name"),
    "decline": _l("I do not accept"),
}
view, answer = focal_points_acts.look, focal_points_acts.answer


__all__ = ["blueprint"]
Page = tuple[str, int]


@blueprint.get("/own-organisation/focal-points", may="own_data.write")
def focal_points() -> Page:
    """Show the focal points that the organisation named, and those of its country."""
    return _page("focal_points/own.html", read(focal_points_acts.own), Form())


@blueprint.route("/own-organisation/focal-points/new", methods=["GET", "POST"], may="own_data.write")
def name_focal_point() -> Response | Page:
    """Name a focal point."""
    view = read(focal_points_acts.own)
    known = {"kind": "state", "country": view.country_code, "language": current()}
    form = OwnNamingForm(view, data=known)
    if form.does(lambda work: focal_points_acts.name_focal_point(work, form.to_command())):
        return redirect(url_for(".focal_points", done="named"), 303)
    return _page("focal_points/name.html", view, form)


@blueprint.post("/own-organisation/focal-points/<int:number>/withdraw", may="own_data.write")
def withdraw_focal_point(number: int) -> Response | Page:
    """Withdraw a naming that waits."""
    form = Form()
    if form.does(lambda work: focal_points_acts.withdraw(work, number)):
        return redirect(url_for(".focal_points", done="withdrawn"), 303)
    return _page("focal_points/own.html", read(focal_points_acts.own), form)


def _page(template: str, view: OwnFocals, form: Form) -> Page:
    page = render_template(
        template,
        nav=(),
        view=view,
        form=form,
        example=view.example,
        standings=STANDINGS,
        listed=house().settings.roll == "public",
    )
    return page, form.status


@public_blueprint.get("/focal-points", may="published.read", endpoint="focal_points")
def focal_points_public() -> str:
    """Show the focal points in term; organisations only where the names of members are public."""
    found = read(focal_points_acts.public_list)
    return render_template(
        "focal_points/public.html",
        states=_sorted(each for each in found if each.is_state),
        places=_sorted(each for each in found if not each.is_state),
        listed=house().settings.roll == "public",
        example=any(each.example for each in found),
    )


def _sorted(found: Iterable[PublicFocal]) -> list[PublicFocal]:
    return sorted(found, key=lambda each: alphabetical(local(each.territory)))
