"""The pages of the sign-in by the organisation's identity provider: an optional part, by OpenID Connect.

Its acts and the questions to the provider are in `accounts/provider.py`, its settings are `CONSULTA_OIDC_…`.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, session, url_for

from consulta.accounts.pages import sign_in
from consulta.platform import accounts, security
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import current, offered, speaking
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, local_path, now, recognise, write
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from types import ModuleType

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.accounts.provider import Provider


blueprint = Pages("provider", __name__, in_languages=False)
PROVIDER_ASKED = "provider"  # in the cookie: the token of the question that this browser was sent with
BY = "by_provider"  # in the cookie: the session began at the provider
NAME = "consulta.provider"
_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Offer the sign-in by the provider where one is set."""
    if app.extensions["consulta"].settings.provider is not None:
        app.extensions[sign_in.ELSEWHERE] = sign_in.Elsewhere(name, signs_out_at)


def _acts() -> ModuleType:
    """Return acts and client; they need the packages of an extra, which are there if a provider is set."""
    from consulta.accounts import provider  # noqa: PLC0415 - see above

    return provider


def name() -> str:
    """Return how the provider is called on the button; empty where there is none."""
    found = house().settings.provider
    return (found.name or _("your organisation")) if found is not None else ""


@sign_in.blueprint.post("/provider", may="account.sign_in")
def ask_provider() -> Response | str:
    """Lead the browser to the provider, with a question that is kept and used once.

    A person who is signed in is asked again who it is, and stays here.
    """
    if house().settings.provider is None:
        return _back(_("This site has no sign-in through an organisation."))
    refused = sign_in.refuse()
    if refused is not None:
        return refused
    moment = now()
    signed_in = recognise("account.confirm")
    state: dict[str, Any] = {
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
        "lang": current(),
        "next": local_path(request.args.get("next")),
        "at": moment.timestamp(),
        "again": signed_in.id if signed_in != ANONYMOUS else None,
    }
    token = write(_acts().ask, state)
    way, why = _found(lambda provider: provider.way(state, token, _way_back(), moment))
    if not way:
        return _back(_said(why), state)
    session[PROVIDER_ASKED] = token
    return render_template("sign_in/to_provider.html", way=way, name=name())


@blueprint.get("/account/provider", may="account.sign_in")
def answer() -> Response:
    """Take what the provider says, and open the session, confirm it, or say why not."""
    token, held = request.args.get("state", ""), session.pop(PROVIDER_ASKED, "")
    state: dict[str, Any] = {}
    is_set = house().settings.provider is not None
    if is_set and token and held and hmac.compare_digest(token.encode(), held.encode()):
        state = write(_acts().answered, token)
    with speaking(state["lang"] if state.get("lang") in offered() else current()):
        return _answered(state)


def _answered(state: dict[str, Any]) -> Response:
    if not state:
        return _refused("late", state)
    said, why = _found(lambda provider: provider.said(state, request.args.to_dict(), _way_back(), now()))
    if said is None:
        return _refused(why, state)
    if state["again"] is not None:
        confirmed = write(_acts().confirm_by_provider, session.get("staff", ""), said)
        return redirect(_onwards(state), 303) if confirmed else _refused("other", state)
    source = request.remote_addr or ""
    token = write(
        _acts().sign_in_by_provider,
        said,
        required=sign_in.is_required(),
        source=source,
        browser=sign_in.named(),
    )
    if token is None:
        return _refused("unknown", state)
    response = sign_in.after_password(token, accounts.plain_address(said.email), state["next"])
    session[BY] = True
    return response


def signs_out_at() -> str | None:
    """Return where to sign out of the provider too; None where the session did not begin there."""
    if not session.pop(BY, False) or house().settings.provider is None:
        return None
    return _provider().way_out(house().settings.base_url + "/", now())


def _onwards(state: dict[str, Any]) -> str:
    return local_path(state.get("next")) or url_for("secretariat.start")


def _refused(why: str, state: dict[str, Any]) -> Response:
    security.tell("sign_in.failed", how="provider", why=why)
    return _back(_said(why), state)


def _said(why: str) -> str:
    """Return in words why the provider opened nothing, with the way out."""
    others = _("Passkey, and e-mail with password, work without it.")
    words = {
        "down": _("The sign-in service of %(name)s is not responding at the moment.", name=name())
        + " "
        + others,
        "denied": _("The sign-in with %(name)s was cancelled or refused there.", name=name()) + " " + others,
        "late": _("This sign-in took too long, was sent twice, or began in another browser. Start again."),
        "unverified": _(
            "%(name)s has not verified your e-mail address, so it is not accepted here. Ask its "
            "technical support, or sign in in another way.",
            name=name(),
        ),
        "unknown": _(
            "The sign-in of your organisation does not match any account on this site. Ask an "
            "administrator to invite you."
        ),
        "other": _(
            "At %(name)s, the person signed in is not the same as here. Nothing was confirmed.", name=name()
        ),
        "old": _("%(name)s did not verify your identity again. Enter your password here.", name=name()),
    }
    wrong = _(
        "The answer from the sign-in service of %(name)s is not valid, so nothing was opened. Inform "
        "the site administrator; the server's log explains why.",
        name=name(),
    )
    return words.get(why) or wrong + " " + others


def _back(said: str, state: dict[str, Any] | None = None) -> Response:
    """Return the way to the other ways of signing in, which says why this one opened nothing."""
    flash(said, "warn")
    state = state or {}
    target = local_path(state.get("next") or request.args.get("next"))
    endpoint = "account.confirm" if state.get("again") is not None else "account.sign_in"
    return redirect(url_for(endpoint, next=target), 303)


def _way_back() -> str:
    return house().settings.origin + url_for("provider.answer")


def _provider() -> Provider:
    """Return the provider of this process, which keeps what is known of it."""
    settings = house().settings.provider
    assert settings is not None  # noqa: S101 - asked before
    known: Provider = current_app.extensions.setdefault(NAME, _acts().Provider(settings))
    return known


def _found(ask: Any) -> tuple[Any, str]:
    """Return what the provider answers, or None and why it opened nothing; the log is told."""
    found, refused = _acts().outcome(lambda: ask(_provider()))
    if refused is None:
        return found, ""
    _log.warning("sign_in.provider refused=%s told=%s", refused.why, refused)
    return None, refused.why
