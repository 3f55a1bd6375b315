"""What signing in asks for."""

from __future__ import annotations

import math
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from consulta.platform import accounts, desk_settings, security
from consulta.platform.accounts import Site
from consulta.platform.deadlines import DEFAULT_ZONE, as_text
from consulta.platform.mailer.outbox import queue_plain, to_staff
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form
from consulta.platform.web.gate import COME_BACK
from consulta.platform.web.language import current, moment
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import (
    actor,
    confirm_again,
    forget,
    house,
    local_path,
    now,
    read,
    reading,
    recently_confirmed,
    recognise,
    remember,
    signed_in_kinds,
    write,
    writing,
)
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from werkzeug.wrappers import Response

    from consulta.platform.accounts import Tried, Waiting
    from consulta.platform.settings import Settings
    from consulta.platform.web.gate import Lane


class SignInForm(Form):
    """Address and password of a member of staff."""

    email = EmailField(
        _l("E-mail"),
        [InputRequired(), Length(max=254)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class ConfirmForm(Form):
    """The password again, before something that cannot be undone."""

    password = PasswordField(
        _l("Password"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class CodeForm(Form):
    """The second step: a code of the telephone, or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )


def refuse() -> Response | None:
    """Return the answer to a browser that asks too often, with status 429; None where it may ask now."""
    if has_any():
        return None
    source = request.remote_addr or ""
    with house().gate.questions.entered() as room:
        if room and write(accounts.may_ask, source):
            return None
    security.tell("rate.limited", what="questions")
    answer = make_response(render_template("sign_in/busy.html"), 429)
    answer.retry_after = COME_BACK
    house().gate.delay_refusal()
    return answer


LIFE = 180 * 24 * 60 * 60  # seconds
ACCOUNTS_KEPT = 4  # on one device


def known(email: str) -> str:
    """Return the name of this browser for the account of an address; "" where it never signed in to it."""
    return _held().get(accounts.device_of(email), "")


def has_any() -> bool:
    """Return whether a person signed in with this browser before, to whichever account."""
    return bool(_held())


def give(response: Response, email: str, settings: Settings | None = None) -> None:
    """Put into the cookie that this browser signed in to the account of this address.

    `settings` are those of the place where it did, by default those of this request.
    """
    place = settings or house().settings
    account = accounts.device_of(email)
    held = _held(_cookie(place))
    name = held.pop(account, "") or secrets.token_urlsafe(16)
    kept = {**dict(list(held.items())[-(ACCOUNTS_KEPT - 1) :]), account: name}
    response.set_cookie(
        _cookie(place),
        _serializer().dumps(kept),
        max_age=LIFE,
        secure=place.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _held(cookie: str = "") -> dict[str, str]:
    said = request.cookies.get(cookie or _cookie(house().settings), "")
    try:
        held = _serializer().loads(said, max_age=LIFE)
    except BadSignature:
        return {}
    return dict(held)


def _cookie(settings: Settings) -> str:
    name = "__Host-consulta-device" if settings.secure else "consulta_device"
    return f"{name}-practice" if settings.practice else name


def _serializer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="consulta device")


# What a browser says of itself -> what people call it; the first that fits, since most name others too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def named() -> str:
    """Return the name of the browser that sent this request and of its system, as far as it tells."""
    told = request.headers.get("User-Agent", "")
    found = [next((name for sign, name in known if sign in told), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(each for each in found if each)


PASSKEY_ASKED = "passkey"  # in the cookie: the challenge that this browser was given
ANSWER_MAX = 20_000  # characters


def site() -> Site:
    """Return for which site passkeys are made and taken: that of the base address."""
    settings = house().settings
    parts = urlsplit(settings.base_url)
    return Site(settings.host, f"{parts.scheme}://{parts.netloc}", everywhere.site_name())


def possible() -> bool:
    """Return whether browsers give passkeys to this site: it needs https, or the name localhost."""
    return house().settings.secure or house().settings.host == "localhost"


def offered() -> dict[str, object]:
    """Return what a page with the button for passkeys needs."""
    return {"passkeys_possible": possible(), "passkey_next": local_path(request.args.get("next"))}


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
    waits = read(accounts.waiting, token)
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
        begins = person is not None and person.role == "admin" and desk_settings.is_untouched(work)
    # Forms that the same person left open when the session ended can still be sent.
    remember("staff", token, same_person=person is not None and person.id == session.get("staff_id"))
    if person is not None and person.id is not None and not known(email):
        tell(person.id, "device")
    role = person.role if person else ""
    response = redirect(url_for("secretariat.first_steps"), 303) if begins else onwards(role, asked)
    give(response, email)
    return response


def tell(staff_id: int, what: str) -> None:
    """Send the owner of an account a mail about something that happened to it."""
    if what == "device":
        security.tell("device.new", staff=staff_id)
    source = request.remote_addr or ""
    facts = {
        "what": what,
        "at": as_text(now()),
        "browser": named(),
        "network": security.network(source) if source else "",
    }
    with writing() as work:
        once = f"staff_notice:{staff_id}:{what}:{round(work.now.timestamp() * 1000)}"
        queue_plain(work, [to_staff(work, "staff_notice", accounts.person(work, staff_id), once, facts)])


def second() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Ask for the code and complete the sign-in; the way back to the first step where it took too long.

    A person without any second factor, where one is required, is led to set one up.
    """
    token = session.get(HALF, "")
    with reading() as work:
        waits = accounts.waiting(work, token) if token else None
    if waits is None:
        session.pop(HALF, None)
        return redirect(url_for("account.sign_in", next=local_path(request.args.get("next"))), 303)
    if not waits.factors.any:
        return redirect(url_for("staff.set_up", next=local_path(request.args.get("next"))), 303)
    form = CodeForm()
    if not form.validate_on_submit():
        return _second_page(form, waits), form.status
    wait = wait_for_code(waits)
    if wait:
        seconds = math.ceil(wait.total_seconds())
        security.tell("sign_in.slowed", seconds=seconds)
        form.refusals.append(
            _(
                "Several wrong codes were entered, so the next one can be entered in %(seconds)s "
                "seconds. Your account is not blocked.",
                seconds=seconds,
            )
        )
        return _second_page(form, waits), HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)}
    if code_fits(token, waits, form.code.data or ""):
        return signed_in(token, waits.email)
    form.refusals.append(
        _(
            "This code is not correct, or was already used. Wait for the next one on your telephone, "
            "or enter an unused recovery code. If no code is correct, compare the clocks: this site's "
            "clock says %(moment)s.",
            moment=moment(now(), DEFAULT_ZONE),
        )
    )
    return _second_page(form, waits), form.status


def wait_for_code(waits: Waiting) -> timedelta:
    """Return how long no code of a person is compared for this request; zero if one is now."""
    return read(accounts.factor_wait, waits.id, request.remote_addr or "", known(waits.email))


def code_fits(token: str, waits: Waiting, code: str) -> bool:
    """Return whether a code completes the sign-in that waits; its owner is told of five that do not."""
    device = known(waits.email)
    with writing() as work:
        right = accounts.try_code(work, token, code, request.remote_addr or "", device)
        wrong = 0 if right else accounts.failures(work, waits.id)
    if not right:
        security.tell("sign_in.failed", known_device=bool(device), how="code")
    if wrong == NOTICED:
        tell(waits.id, "codes")
    return right


def compared(email: str, password: str) -> Tried | None:
    """Return the outcome of comparing a password with that of an address; None where there is no room."""
    device = known(email)
    with lane_of(device).entered() as room:
        return (
            read(accounts.try_password, email, password, request.remote_addr or "", device) if room else None
        )


def lane_of(device: str) -> Lane:
    """Return where a password waits to be compared, of a browser that is known or of a stranger."""
    return house().gate.known if device else house().gate.strangers


def opened(tried: Tried) -> str | None:
    """Return the token of a new session, which may wait for its second step; None for a wrong password."""
    source = request.remote_addr or ""
    return write(accounts.sign_in, tried, required=is_required(), source=source, browser=named())


def ask_passkey() -> Response | str:
    """Show the page that asks the browser for a passkey; the cookie holds which challenge it was given."""
    refused = refuse()
    if refused is not None:
        return refused
    token, options = write(accounts.authentication, site())
    session[PASSKEY_ASKED] = token
    again = request.args.get("again")
    return render_template("sign_in/use_passkey.html", options=options, again=again, **offered())


def answer_passkey() -> Response:
    """Sign in with the answer of a passkey, or confirm a session `again`; the way back if it does not fit."""
    token, said = session.pop(PASSKEY_ASKED, ""), request.form.get("answer", "")
    source, target = request.remote_addr or "", local_path(request.args.get("next"))
    me = recognise("account.confirm")
    if request.args.get("again") and me != ANONYMOUS:
        fits = write(accounts.confirm_by_factor, session.get("staff", ""), token, said[:ANSWER_MAX], site())
        if fits:
            return onwards(me.role, target)
        flash(
            _("This passkey does not belong to your account, or it took too long. Nothing was confirmed."),
            "warn",
        )
        return redirect(url_for("account.confirm", next=target), 303)
    with writing() as work:
        opened = accounts.sign_in_by_factor(work, token, said[:ANSWER_MAX], site(), source, named())
        email = accounts.owner(work, opened).email if opened else ""
    if opened is not None:
        return signed_in(opened, email)
    security.tell("sign_in.failed", how="passkey")
    flash(_("This passkey did not open an account. Try again, or sign in with e-mail and password."), "warn")
    return redirect(url_for("account.sign_in", next=local_path(request.args.get("next"))), 303)


def _second_page(form: CodeForm, waits: Waiting) -> str:
    return render_template("sign_in/second.html", form=form, waits=waits, **offered())


class Elsewhere(NamedTuple):
    """A sign-in outside this site: its name, and where to sign out of it after a session that began there."""

    name: Callable[[], str]
    signs_out_at: Callable[[], str | None]


ELSEWHERE = "consulta.sign_in_elsewhere"  # the Elsewhere of an application, where it has one


def by_provider() -> str:
    """Return how the identity provider is called on its button; empty where there is none."""
    elsewhere: Elsewhere | None = current_app.extensions.get(ELSEWHERE)
    return elsewhere.name() if elsewhere else ""


blueprint = Pages("account", __name__, under="/account")
blueprint.add_url_rule("/second", view_func=second, methods=["GET", "POST"], may="account.sign_in")
blueprint.add_url_rule("/passkey", view_func=ask_passkey, methods=["POST"], may="account.sign_in")
blueprint.add_url_rule("/passkey/answer", view_func=answer_passkey, methods=["POST"], may="account.sign_in")
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
    device = known(email)
    if not lane_of(device).is_free():
        return _turned_away()
    wait = read(accounts.wait_of, email, request.remote_addr or "", device)
    if wait:
        return _too_soon(form, wait)
    tried = compared(email, password)
    if tried is None:
        return _turned_away()
    token = opened(tried)
    if token is None:
        security.tell("sign_in.failed", known_device=bool(device), how="password")
        form.refusals.append(_("This address and password do not match. Check both and enter them again."))
        return _page(form), form.status
    return after_password(token, email)


def _page(form: SignInForm) -> str:
    return render_template(
        "sign_in/sign_in.html",
        form=form,
        by_provider=by_provider(),
        **offered(),
    )


def _too_soon(form: SignInForm, wait: timedelta) -> tuple[str, int, dict[str, str]]:
    """Say how long to wait; nothing was compared, and it is the same for every address."""
    seconds = math.ceil(wait.total_seconds())
    security.tell("sign_in.slowed", seconds=seconds)
    form.refusals.append(
        _(
            "There were several failed attempts, so you can try again in %(seconds)s seconds. Your "
            "account is not blocked: wait, then enter your address and password again.",
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
            return onwards(actor().role, url_for("account.confirm", apart="yes") if apart else None)
        form.refusals.append(_("This is not your password. Check it and enter it again."))
    page = render_template(
        "sign_in/confirm.html",
        form=form,
        by_provider=by_provider(),
        next=request.full_path if apart else request.args.get("next"),
        **offered(),
    )
    return page, form.status


@blueprint.post("/sign-out", may="account.sign_in")
def sign_out() -> Response:
    """End every session that this browser holds; offer the sign-out of the provider after one of it."""
    elsewhere: Elsewhere | None = current_app.extensions.get(ELSEWHERE)
    way = elsewhere.signs_out_at() if elsewhere else None
    for kind in list(signed_in_kinds()):
        token = forget(kind)
        if token:
            write(accounts.end_session, token)
    if way is None:
        answer = redirect(url_for("public.home"), 303)
    else:
        page = render_template("sign_in/signed_out.html", way=way, name=by_provider())
        answer = make_response(page)
    answer.headers["Clear-Site-Data"] = '"storage"'  # drafts of ballots; browsers that know it need no script
    return answer
