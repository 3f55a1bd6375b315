"""The second step of signing in: a code of the telephone, or a recovery code.

Between the two steps the browser holds the token of a session that opens nothing
(`platform/accounts/factors.py`).
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from consulta.accounts.sign_in.forms import CodeForm
from consulta.accounts.sign_in.pages import asking, browsers, devices, passkeys
from consulta.platform import security
from consulta.platform.accounts import factors
from consulta.platform.accounts import service as accounts
from consulta.platform.deadlines import DEFAULT_ZONE, as_text
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.organiser import service as organiser
from consulta.platform.web.language import moment
from consulta.platform.web.request import (
    house,
    local_path,
    now,
    read,
    reading,
    recognise,
    remember,
    write,
    writing,
)
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.accounts.values import Waiting

HALF = "second"  # in the cookie: the token of a session that waits
NOTICED = 5  # wrong codes after which the account's owner is told


def is_required() -> bool:
    """Return whether every account needs a second factor here."""
    return house().settings.second_factor == "required"


def onwards(role: str, asked: str | None = None) -> Response:
    """Return the way to the page that was asked for, or to the first one of this role."""
    target = local_path(asked or request.args.get("next"))
    home = url_for("scrutineer.start" if role == "scrutineer" else "secretariat.start")
    # A scrutineer who was sent here from another page could not enter it with this account either.
    closed = role == "scrutineer" and target is not None and not target.startswith(home)
    return redirect(home if closed or target is None else target, 303)


def after_password(token: str, email: str, asked: str | None = None) -> Response:
    """Return the way to the second step, or onwards where none is needed; `asked` is where to."""
    waits = read(factors.waiting, token)
    if waits is None:
        return signed_in(token, email, asked)
    session[HALF] = token
    target = local_path(asked or request.args.get("next"))
    return redirect(url_for("account.second", next=target), 303)


def signed_in(token: str, email: str, asked: str | None = None) -> Response:
    """Let the browser have the session, tell its owner of a browser that was not seen before, and go on."""
    session.pop(HALF, None)
    with reading() as work:
        person = accounts.resume(work, token)
        asks = person is not None and person.role == "admin" and not organiser.was_asked(work)
    # Forms that the same person left open when the session ended can still be sent.
    remember("staff", token, same_person=person is not None and person.id == session.get("staff_id"))
    if person is not None and person.id is not None and not devices.known(email):
        tell(person.id, "device")
    role = person.role if person else ""
    response = redirect(url_for("secretariat.organiser"), 303) if asks else onwards(role, asked)
    devices.give(response, email)
    return response


def tell(staff_id: int, what: str) -> None:
    """Send the owner of an account a mail about something that happened to it (`accounts/staff/mails.py`)."""
    if what == "device":
        security.tell("device.new", staff=staff_id)
    source = request.remote_addr or ""
    facts = {
        "what": what,
        "at": as_text(now()),
        "browser": browsers.named(),
        "network": accounts.network(source) if source else "",
    }
    with writing() as work:
        person = accounts.person(work, staff_id)
        queue_plain(
            work,
            [
                PlainLetter(
                    "staff_notice",
                    person.name,
                    person.organisation,
                    "",
                    person.email,
                    person.language,
                    f"staff_notice:{staff_id}:{what}:{round(work.now.timestamp() * 1000)}",
                    None,
                    facts,
                )
            ],
        )


def second() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Ask for the code and complete the sign-in; the way back to the first step where it took too long.

    A person without any second factor, where one is required, is led to set one up.
    """
    token = session.get(HALF, "")
    with reading() as work:
        waits = factors.waiting(work, token) if token else None
    if waits is None:
        session.pop(HALF, None)
        return redirect(url_for("account.sign_in", next=local_path(request.args.get("next"))), 303)
    if not waits.factors.any:
        return redirect(url_for("staff.set_up", next=local_path(request.args.get("next"))), 303)
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form, waits), form.status
    source, device = request.remote_addr or "", devices.known(waits.email)
    wait = read(factors.wait_of, waits.id, source, device)
    if wait:
        seconds = math.ceil(wait.total_seconds())
        security.tell("sign_in.slowed", seconds=seconds)
        form.refusals.append(
            _(
                "There were several wrong codes, so the next one is possible in %(seconds)s seconds."
                " Your account is not blocked.",
                seconds=seconds,
            )
        )
        return _page(form, waits), HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)}
    with writing() as work:
        right = factors.try_code(work, token, form.code.data or "", source, device)
        wrong = 0 if right else factors.failures(work, waits.id)
    if right:
        return signed_in(token, waits.email)
    security.tell("sign_in.failed", known_device=bool(device), how="code")
    if wrong == NOTICED:
        tell(waits.id, "codes")
    form.refusals.append(
        _(
            "This code does not fit, or was used before. Wait for the next one of your telephone,"
            " or write a recovery code that you have not used. If no code fits, compare the clocks:"
            " that of this site says %(moment)s.",
            moment=moment(now(), DEFAULT_ZONE),
        )
    )
    return _page(form, waits), form.status


def ask_passkey() -> Response | str:
    """Show the page that asks the browser for a passkey; the cookie holds which challenge it was given."""
    refused = asking.refused()
    if refused is not None:
        return refused
    token, options = write(factors.authentication, passkeys.site())
    session[passkeys.ASKED] = token
    again = request.args.get("again")
    return render_template("sign_in/use_passkey.html", options=options, again=again, **passkeys.offered())


def answer_passkey() -> Response:
    """Sign in with the answer of a passkey, or confirm a session `again`; the way back if it does not fit."""
    token, said = session.pop(passkeys.ASKED, ""), request.form.get("answer", "")
    source, target = request.remote_addr or "", local_path(request.args.get("next"))
    me = recognise("account.confirm")
    if request.args.get("again") and me != ANONYMOUS:
        fits = write(
            factors.confirm, session.get("staff", ""), token, said[: passkeys.ANSWER_MAX], passkeys.site()
        )
        if fits:
            return onwards(me.role, target)
        flash(
            _("This passkey is not one of your account, or it took too long. Nothing was confirmed."), "warn"
        )
        return redirect(url_for("account.confirm", next=target), 303)
    with writing() as work:
        opened = factors.sign_in(
            work, token, said[: passkeys.ANSWER_MAX], passkeys.site(), source, browsers.named()
        )
        email = accounts.owner(work, opened).email if opened else ""
    if opened is not None:
        return signed_in(opened, email)
    security.tell("sign_in.failed", how="passkey")
    flash(_("This passkey did not open an account. Try again, or sign in with e-mail and password."), "warn")
    return redirect(url_for("account.sign_in", next=local_path(request.args.get("next"))), 303)


def _page(form: CodeForm, waits: Waiting) -> str:
    return render_template("sign_in/second.html", form=form, waits=waits, **passkeys.offered())
