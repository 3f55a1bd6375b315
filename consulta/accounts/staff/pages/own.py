"""One's own account: begun by a link, second steps, password, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp
import segno
from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from consulta.accounts.sign_in.pages import browsers, confirmation, devices, passkeys, second
from consulta.accounts.staff import service
from consulta.accounts.staff.forms import CodesForm, JoinForm, PasswordForm
from consulta.platform.accounts import factors
from consulta.platform.accounts import service as accounts
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web.fields import Form
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import (
    actor,
    forget,
    local_path,
    read,
    reading,
    recently_confirmed,
    write,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work

blueprint = Pages("staff", __name__)


def _token() -> str:
    """Return the token of the session: the open one, else the one that waits for its second step."""
    return str(session.get("staff") or session.get(second.HALF, ""))


@blueprint.route("/join", methods=["GET", "POST"], may="staff.join")
def join() -> Response | tuple[str, int]:
    """Set name and password of an account that a link begins; then the second step follows."""
    account = read(service.newcomer)
    form = JoinForm(data={"name": account.name})

    def start(work: Work) -> str:
        return service.start(
            work,
            form.name.data or "",
            form.password.data or "",
            required=second.is_required(),
            source=request.remote_addr or "",
            browser=browsers.named(),
        )

    if form.does(start):
        forget("newcomer")
        forget("staff")
        return second.after_password(form.outcome, account.email)
    return render_template("staff/join.html", form=form, account=account), form.status


@blueprint.get("/second-step", may="account.sign_in")
def set_up() -> Response | str:
    """Offer the second steps that there are, to a person who has none or wants another one."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    return render_template("staff/set_up.html", possible=passkeys.possible(), onwards=_next())


@blueprint.post("/second-step/codes", may="account.sign_in")
def codes() -> Response | str | tuple[str, int]:
    """Show a new key for codes by time, as a picture and as text, and take its first code."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    form = CodesForm()
    key, offered = "", form.offered.data or ""
    if offered:
        if form.does(lambda work: factors.accept_codes(work, _token(), offered, form.code.data or "")):
            return _set_up(form.outcome)
        key = read(factors.offered_key, offered)
    else:
        form.offered.errors = form.code.errors = []
    if not key:
        key, offered = write(factors.offer_codes, _token())
    form.offered.data = offered
    email = read(_email)
    address = pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=everywhere.site_name())
    drawn = segno.make(address, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return (
        render_template(
            "staff/codes.html",
            form=form,
            picture=Markup(drawn),  # noqa: S704 - drawn here, of a key that was made here
            address=address,
            key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
            onwards=_next(),
        ),
        form.status,
    )


@blueprint.post("/second-step/passkey", may="account.sign_in")
def make_passkey() -> Response | str:
    """Show the page that asks the browser to make a passkey."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    form = Form()
    if not form.does(lambda work: factors.registration(work, _token(), passkeys.site())):
        return _refused(form, "staff.own")
    token, options = form.outcome
    session[passkeys.ASKED] = token
    return render_template("staff/make_passkey.html", options=options, onwards=_next())


@blueprint.post("/second-step/passkey/answer", may="account.sign_in")
def keep_passkey() -> Response | str:
    """Keep the passkey that the browser made; the way back where its answer does not fit."""
    refused = _not_allowed()
    if refused is not None:
        return refused
    asked, said = session.pop(passkeys.ASKED, ""), request.form.get("answer", "")
    form, name = Form(), request.form.get("name", "")
    answer = said[: passkeys.ANSWER_MAX]
    if not form.does(lambda work: factors.register(work, _token(), asked, answer, name, passkeys.site())):
        return _refused(form, "staff.set_up")
    return _set_up(form.outcome)


@blueprint.get("/", may="account.own")
def own() -> str:
    """Show the own account: its second steps, and its sessions."""
    with reading() as work:
        me = accounts.owner(work, session.get("staff", ""))
        found, open_ones = (
            factors.of(work, me.id),
            accounts.list_sessions(work, me.id, session.get("staff", "")),
        )
        email, role = me.email, me.role
    return render_template(
        "staff/own.html",
        email=email,
        role=role,
        factors=found,
        sessions=open_ones,
        possible=passkeys.possible(),
        required=second.is_required(),
    )


@blueprint.route("/password", methods=["GET", "POST"], may="account.own")
def password() -> Response | tuple[str, int]:
    """Change the own password; all other sessions end."""
    form = PasswordForm()
    token = session.get("staff", "")
    if form.does(lambda work: service.change_password(work, token, form.new.data or "")):
        flash(_("The password is changed. Your other sessions have ended."))
        return redirect(url_for("staff.own"), 303)
    return render_template("staff/password.html", form=form), form.status


@blueprint.post("/second-step/codes/remove", may="account.own", password=True)
def remove_codes() -> Response:
    """Take the codes by time from the own account."""
    return _removed(lambda work, token: factors.remove_codes(work, token, required=second.is_required()))


@blueprint.post("/second-step/passkey/<int:number>/remove", may="account.own", password=True)
def remove_passkey(number: int) -> Response:
    """Take a passkey from the own account."""
    return _removed(
        lambda work, token: factors.remove_passkey(work, token, number, required=second.is_required())
    )


@blueprint.post("/recovery-codes", may="account.own", password=True)
def recovery() -> str:
    """Make new recovery codes and show them once."""
    found = write(factors.new_recovery, _token())
    second.tell(actor().id or 0, "factor")
    return render_template("staff/recovery.html", codes=found, onwards="")


@blueprint.post("/sessions/<int:number>/end", may="account.own")
def end_session(number: int) -> Response:
    """End one of the own sessions."""
    write(accounts.end_one, actor().staff_id or actor().id or 0, number)
    flash(_("The session has ended."))
    return redirect(url_for("staff.own"), 303)


@blueprint.post("/sessions/end", may="account.own")
def end_others() -> Response:
    """End all own sessions but this one."""
    with writing() as work:
        accounts.end_others(work, actor().id or 0, session.get("staff", ""))
        work.record("staff.sessions_ended", f"staff:{actor().id}")
    flash(_("All your other sessions have ended."))
    return redirect(url_for("staff.own"), 303)


def _removed(remove: Callable[[Work, str], None]) -> Response:
    form = Form()
    if not form.does(lambda work: remove(work, _token())):
        return _refused(form, "staff.own")
    second.tell(actor().id or 0, "factor")
    flash(_("It is removed. Your other sessions have ended."))
    return redirect(url_for("staff.own"), 303)


def _refused(form: Form, endpoint: str) -> Response:
    """Return the way to a page of the account, which says why an act was refused."""
    for said in form.refusals:
        flash(said, "warn")
    return redirect(url_for(endpoint, next=_next()), 303)


def _set_up(found: tuple[str, ...]) -> Response:
    """Show new recovery codes, where there are any, and go on; a session that waited is open from now on."""
    half = session.get(second.HALF)
    with reading() as work:
        me = accounts.owner(work, _token())
        number, email = me.id, me.email
    if half and not session.get("staff"):
        answer = second.signed_in(half, email)
        going = answer.headers["Location"]
    else:
        second.tell(number, "factor")
        flash(_("The second step is set up."))
        going = url_for("staff.own")
        answer = redirect(going, 303)
    if not found:
        return answer
    page = make_response(render_template("staff/recovery.html", codes=found, onwards=going))
    devices.give(page, email)
    return page


def _not_allowed() -> Response | None:
    """Return the way to sign in, or to give the password again.

    None for a person who may set up a second step now.
    """
    if session.get("staff") and actor().role != "anonymous":
        if recently_confirmed():
            return None
        if request.method == "POST":  # what was made on the telephone or the device is sent on
            return confirmation.ask_again()
        return redirect(url_for("account.confirm", next=url_for("staff.set_up")), 303)
    with reading() as work:
        waits = factors.waiting(work, session.get(second.HALF, "")) if session.get(second.HALF) else None
    if waits is None:
        return redirect(url_for("account.sign_in", next=_next()), 303)
    return redirect(url_for("account.second", next=_next()), 303) if waits.factors.any else None


def _email(work: Work) -> str:
    half = factors.waiting(work, _token())
    return half.email if half else accounts.owner(work, _token()).email


def _next() -> str | None:
    return local_path(request.args.get("next"))
