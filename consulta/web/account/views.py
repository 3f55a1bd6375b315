"""Signing in, giving the password again, signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from consulta.services import accounts
from consulta.web.account.forms import ConfirmForm, SignInForm
from consulta.web.request import (
    ENDING,
    actor,
    confirm_again,
    forget,
    reading,
    remember,
    signed_in_kinds,
    writing,
)
from consulta.web.security import local_path

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("account", __name__)


def _onwards(role: str) -> Response:
    target = local_path(request.args.get("next"))
    home = url_for("scrutineer.start" if role == "scrutineer" else "secretariat.start")
    # A scrutineer who was sent here from another page could not enter it with this account either.
    closed = role == "scrutineer" and target is not None and not target.startswith(home)
    return redirect(home if closed or target is None else target, 303)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response | tuple[str, int]:
    """Address and password; the same answer for every failure."""
    form = SignInForm()
    if form.validate_on_submit():
        email, password = form.email.data or "", form.password.data or ""
        with reading() as work:
            tried = accounts.try_password(work, email, password, request.remote_addr or "")
        with writing() as work:
            token = accounts.sign_in(work, tried)
        if token is not None:
            with reading() as work:
                person = accounts.resume(work, token)
            # Forms that the same person left open, when the session ended, can still be sent.
            same = person is not None and person.id == session.get("staff_id")
            remember("staff", token, same_person=same)
            return _onwards(person.role if person else "")
        form.refusals.append(
            _(
                "This address and password do not belong together, or there were too many attempts."
                " Check both, or wait a quarter of an hour."
            )
        )
    return render_template("account/sign_in.html", form=form), form.status


@blueprint.route("/confirm", methods=["GET", "POST"])
def confirm() -> Response | tuple[str, int]:
    """The password again."""
    form = ConfirmForm()
    if form.validate_on_submit():
        if confirm_again(form.password.data or ""):
            return _onwards(actor().role)
        form.refusals.append(_("This is not your password. Check it and write it again."))
    return render_template("account/confirm.html", form=form), form.status


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End every session that this browser holds."""
    for kind in list(signed_in_kinds()):
        token = forget(kind)
        if token:
            with writing() as work:
                ENDING.get(kind, accounts.end_session)(work, token)
    return redirect(url_for("public.home"), 303)
