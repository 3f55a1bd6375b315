"""Signing in, giving the password again, signing out."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from consulta.accounts.sign_in.forms import ConfirmForm, SignInForm
from consulta.accounts.sign_in.pages import browsers, devices, passkeys, provider, second
from consulta.platform import security
from consulta.platform.accounts import service as accounts
from consulta.platform.web.gate import COME_BACK
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import (
    actor,
    confirm_again,
    forget,
    house,
    read,
    recently_confirmed,
    signed_in_kinds,
    write,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from werkzeug.wrappers import Response

blueprint = Pages("account", __name__)
blueprint.add_url_rule("/second", view_func=second.second, methods=["GET", "POST"], may="account.sign_in")
blueprint.add_url_rule("/provider", view_func=provider.ask_provider, methods=["POST"], may="account.sign_in")
blueprint.add_url_rule("/passkey", view_func=second.ask_passkey, methods=["POST"], may="account.sign_in")
blueprint.add_url_rule(
    "/passkey/answer", view_func=second.answer_passkey, methods=["POST"], may="account.sign_in"
)
TURNED_AWAY = "consulta.turned_away"


@blueprint.route("/sign-in", methods=["GET", "POST"], may="account.sign_in")
def sign_in() -> Response | tuple[str, int, dict[str, str]] | tuple[str, int]:
    """Show the sign-in form, and sign in with an address and a password.

    The answer is the same for every failure, whether or not an account with the address exists. After
    too many failures the answer is 429 with the time to wait, and no password is compared; it is 429 too
    where no comparison is possible at this moment.
    """
    form = SignInForm()
    if not form.validate_on_submit():
        return _page(form), form.status
    email, password = form.email.data or "", form.password.data or ""
    device, source = devices.known(email), request.remote_addr or ""
    lane = house().gate.known if device else house().gate.strangers
    if not lane.is_free():
        return _turned_away()
    wait = read(accounts.wait_of, email, source, device)
    if wait:
        return _too_soon(form, wait)
    with lane.entered() as room:
        if not room:
            return _turned_away()
        tried = read(accounts.try_password, email, password, source, device)
    token = write(
        accounts.sign_in, tried, required=second.is_required(), source=source, browser=browsers.named()
    )
    if token is None:
        security.tell("sign_in.failed", known_device=bool(device), how="password")
        form.refusals.append(
            _("This address and password do not belong together. Check both and write them again.")
        )
        return _page(form), form.status
    return second.after_password(token, email)


def _page(form: SignInForm) -> str:
    return render_template(
        "sign_in/sign_in.html",
        form=form,
        by_provider=provider.name(),
        **passkeys.offered(),
    )


def _too_soon(form: SignInForm, wait: timedelta) -> tuple[str, int, dict[str, str]]:
    """Say how long to wait; nothing was compared, and it is the same for every address."""
    seconds = math.ceil(wait.total_seconds())
    security.tell("sign_in.slowed", seconds=seconds)
    form.refusals.append(
        _(
            "There were several failed attempts, so the next one is possible in %(seconds)s seconds."
            " Your account is not blocked: wait, and write address and password again.",
            seconds=seconds,
        )
    )
    page = _page(form)
    house().gate.delay_refusal()
    return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)}


def _turned_away() -> tuple[str, int, dict[str, str]]:
    """Return the page "busy" with status 429 and `Retry-After`, for a sign-in that finds no room.

    For requests without a session the page is rendered once per language and kept in memory, since very
    many may come.
    """
    security.tell("rate.limited", endpoint=request.endpoint)
    kept = current_app.extensions.setdefault(TURNED_AWAY, {})
    if list(signed_in_kinds()):
        page = render_template("sign_in/busy.html")
    else:
        page = kept.get(current()) or kept.setdefault(current(), render_template("sign_in/busy.html"))
    house().gate.delay_refusal()
    return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(COME_BACK)}


@blueprint.route("/confirm", methods=["GET", "POST"], may="account.confirm")
def confirm() -> Response | tuple[str, int]:
    """Show the form that asks for the password again, and confirm the session where it is right."""
    form, apart = ConfirmForm(), request.args.get("apart")
    if apart and recently_confirmed():  # in a tab of its own, while a form waits in another
        return render_template("sign_in/confirmed.html"), 200
    if form.validate_on_submit():
        if confirm_again(form.password.data or ""):
            return second.onwards(actor().role, url_for("account.confirm", apart="yes") if apart else None)
        form.refusals.append(_("This is not your password. Check it and write it again."))
    page = render_template(
        "sign_in/confirm.html",
        form=form,
        by_provider=provider.name(),
        next=request.full_path if apart else request.args.get("next"),
        **passkeys.offered(),
    )
    return page, form.status


@blueprint.post("/sign-out", may="account.sign_in")
def sign_out() -> Response:
    """End every session that this browser holds; offer the sign-out of the provider after one of it."""
    elsewhere = provider.signs_out_at()
    for kind in list(signed_in_kinds()):
        token = forget(kind)
        if token:
            write(accounts.end_session, token)
    if elsewhere is None:
        answer = redirect(url_for("public.home"), 303)
    else:
        page = render_template("sign_in/signed_out.html", way=elsewhere, name=provider.name())
        answer = make_response(page)
    answer.headers["Clear-Site-Data"] = '"storage"'  # drafts of ballots; browsers that know it need no script
    return answer
