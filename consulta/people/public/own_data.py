"""The question of a mail that told of a change of an organisation's data: object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.core.problems import or_problem
from consulta.people import new_link
from consulta.people import own_data as own_data_acts
from consulta.people.pages.own_data import (
    KINDS,
    STATES,
    AddressForm,
    DetailsForm,
    OwnContactForm,
    categories_form,
)
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import read, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from consulta.people.own_data import OwnData

BELONGS_TO = "own_data"


TEMPLATE = "own_data/objection.html"
CHOICES: Mapping[str, object] = {
    "object": _l("I object: this change is wrong, or our organisation does not know about it"),
}
view, answer = own_data_acts.question, own_data_acts.answer


blueprint = Pages("own_data", __name__)
Page = tuple[str, int]


@blueprint.get("/own-organisation", may="own_data.write")
def own() -> Page:
    """Show the data of the organisation."""
    return _page("own_data/own.html", read(own_data_acts.own), Form())


@blueprint.route("/own-organisation/details", methods=["GET", "POST"], may="own_data.write")
def details() -> Response | Page:
    """Change the name and the web site."""
    view = read(own_data_acts.own)
    form = DetailsForm(data={"name": view.name, "web": view.web})
    if form.does(lambda work: own_data_acts.change_details(work, form.name.data or "", form.web.data or "")):
        return _back(form)
    return _page("own_data/details.html", view, form)


@blueprint.route("/own-organisation/contacts/<int:contact>", methods=["GET", "POST"], may="own_data.write")
def contact(contact: int) -> Response | Page:
    """Change a contact. Raise Problem `correction.contact` where there is no such active contact."""
    view = read(own_data_acts.own)
    others = (each for each in view.contacts if each.id == contact)
    found = or_problem(next(others, None), "correction.contact")
    known = {each: getattr(found, each) for each in ("name", "email", "phone", "language", "by_message")}
    form = OwnContactForm(data=known)
    del form.may_vote
    if form.does(lambda work: own_data_acts.change_contact(work, contact, form.to_command())):
        return _back(form)
    return _page("own_data/contact.html", view, form, contact=found)


@blueprint.route("/own-organisation/contacts/new", methods=["GET", "POST"], may="own_data.write")
def add() -> Response | Page:
    """Add a contact."""
    form = OwnContactForm(data={"language": current(), "may_vote": True})
    if form.does(lambda work: own_data_acts.add_contact(work, form.to_command())):
        return _back(form)
    return _page("own_data/contact.html", read(own_data_acts.own), form, contact=None)


@blueprint.post("/own-organisation/contacts/<int:contact>/remove", may="own_data.write")
def remove(contact: int) -> Response | Page:
    """Let a contact take part no more."""
    form = Form()
    if form.does(lambda work: own_data_acts.remove_contact(work, contact)):
        return _back(form)
    return _page("own_data/own.html", read(own_data_acts.own), form)


@blueprint.route("/own-organisation/categories", methods=["GET", "POST"], may="own_data.write")
def categories() -> Response | Page:
    """Ask for other categories."""
    view = read(own_data_acts.own)
    form = categories_form(view)
    if form.does(lambda work: own_data_acts.ask_categories(work, form.country.data or "", form.categories)):
        return _back(form)
    return _page("own_data/categories.html", view, form)


@blueprint.post("/own-organisation/requests/<int:number>/withdraw", may="own_data.write")
def withdraw(number: int) -> Response | Page:
    """Withdraw what was asked for."""
    form = Form()
    if form.does(lambda work: own_data_acts.withdraw(work, number)):
        return redirect(url_for(".own", done="withdrawn"), 303)
    return _page("own_data/own.html", read(own_data_acts.own), form)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session; what was written is shown on it."""
    left_out = {"csrf_token", "language", "may_vote", "country", "sector"}
    written = [said for name, said in request.form.items() if said and name not in left_out]
    return render_template("own_data/ended.html", nav=(), written=written), 403


def _back(form: Form) -> Response:
    return redirect(url_for(".own", done=form.outcome), 303)


def _page(template: str, view: OwnData, form: Form, **more: object) -> Page:
    page = render_template(
        template,
        nav=(),
        view=view,
        line=None,
        form=form,
        example=view.example,
        kinds=KINDS,
        states=STATES,
        **more,
    )
    return page, form.status


@public_blueprint.route("/own-data", methods=["GET", "POST"], may="links.request")
def own_data() -> Response | tuple[str, int]:
    """Show the form and record the request; an answer to the address goes by mail only."""
    form = AddressForm()
    if form.validate_on_submit():
        write(new_link.ask, form.email.data or "", request.remote_addr or "", "own")
        return redirect(url_for("public.own_data_asked"), 303)
    return render_template("own_data/ask.html", form=form), form.status


@public_blueprint.get("/own-data/asked", may="links.request")
def own_data_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("own_data/asked.html")
