"""The page of the practice at the desk: made, entered, deleted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext as _

from consulta.accounts.sign_in.pages import devices
from consulta.core.problems import or_problem
from consulta.operations.practice import filling, place, service
from consulta.operations.practice.forms import DeleteForm, PracticeForm
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.language import current
from consulta.platform.web.request import cookie_name, house, now, read, reading, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/practice", methods=["GET", "POST"], may="rounds.read")
def practice() -> Response | Page:
    """Show the practice that there is, or the form that asks for one."""
    form = PracticeForm()
    with reading() as work:
        choices = service.choices(work)
        view = service.look(work)
        found = service.find_members(work, form.search.data or "", form.chosen)
    form.offer(choices)
    form.offer_members(found)
    if not form.finds and form.does(lambda work: service.ask(work, form.command, secrets.token_bytes)):
        return done(_("The practice is being made: this takes some seconds."), "practice")
    return render_template(
        "practice/practice.html",
        form=form,
        view=view,
        found=found,
        finds=form.finds,
        address=place.address(house().settings.base_url, view.key) if view else "",
        inside=house().settings.practice,
    ), form.status


@blueprint.post("/practice/enter", may="rounds.read")
def enter_practice() -> Response:
    """Open a session in the practice for the person who is signed in here, and go there."""
    settings = house().settings
    with reading() as work:
        view = or_problem(service.look(work), "practice.unknown")
        account = service.account(work, view.key)
    token, number = filling.enter(settings, view.key, account, now())
    own = place.settings_of(settings, view.key)
    response = redirect(f"{own.base_url.removeprefix(settings.origin)}/{current()}/secretariat/", 303)
    held = {"staff": token, "staff_seen": int(now().timestamp()), "staff_id": number}
    interface = SecureCookieSessionInterface()
    signed = interface.get_signing_serializer(current_app)
    assert signed is not None  # noqa: S101 - the application has a secret: `Settings`
    response.set_cookie(
        cookie_name(own),
        signed.dumps(held),
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    devices.give(response, account.email, own)
    write(service.entered, view.key)
    return response


@blueprint.route("/practice/delete", methods=["GET", "POST"], may="rounds.write")
def delete_practice() -> Response | Page:
    """Delete the practice with all that is in it, after saying what that is."""
    view = read(service.look)
    if view is None:
        return redirect(url_for("secretariat.practice"), 303)
    form = DeleteForm(expected=view.title)
    if form.does(lambda work: service.delete(work, view.key)):
        return done(_("The practice is deleted: no address of it works any more."), "practice")
    return render_template("practice/delete.html", form=form, view=view), form.status
