"""Deny by default, the headers of every answer, and the guard against requests from other sites."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import abort, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface

from consulta.accounts.pages import confirmation, pending
from consulta.platform import access, parts
from consulta.platform.web import drafts, meanwhile
from consulta.platform.web.assets import POLICY, static_url
from consulta.platform.web.fields import csrf
from consulta.platform.web.pages import VIEWS
from consulta.platform.web.request import (
    actor,
    from_another_site,
    house,
    local_path,
    now,
    recently_confirmed,
    recognise,
    unused_parts,
)
from consulta.platform.work import ANONYMOUS
from consulta.shell.site import for_all, permitted

if TYPE_CHECKING:
    from flask import Flask, Response
    from itsdangerous import URLSafeTimedSerializer
    from werkzeug.wrappers import Response as BaseResponse

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
OF_PAGES = {  # which browsers read on pages alone
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS, SUBDOMAINS = "max-age=63072000", "; includeSubDomains"
_SMALL = 600  # bytes; below this, compressing gains nothing


class Sessions(SecureCookieSessionInterface):
    """Sessions in signed cookies; what signs them is made once, not twice for each request."""

    _made: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs the cookies of `app`."""
        secrets = (app.secret_key, *app.config["SECRET_KEY_FALLBACKS"])
        if self._made[0] != secrets:
            self._made = secrets, super().get_signing_serializer(app)
        return self._made[1]


def init_app(app: Flask) -> None:
    """Put the guards before, and the headers after, every request of `app`."""
    app.session_interface = Sessions()
    app.before_request(_refuse_unused)  # first: an address that is not there asks for no token
    csrf.init_app(app)
    app.before_request(_guard)
    app.after_request(for_all.say_how_long)  # last: what is registered first comes last
    app.after_request(_compress)
    app.after_request(permitted.leave_out)
    app.after_request(permitted.leave_out_unused)
    app.after_request(_remember_edit)
    app.teardown_request(meanwhile.end_turn)
    app.after_request(_add_headers)
    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals["uses"] = permitted.are_used


def _refuse_unused() -> None:
    """Answer 404 to a request for a part of the program that is not used, whoever sends it.

    Which parts are not used is read before the view takes a connection.
    """
    view = VIEWS.get(request.endpoint or "")
    if view is not None and (view.session or view.part) and not parts.is_used(view.part, unused_parts()):
        abort(404)


def _guard() -> BaseResponse | None:
    _refuse_other_sites()
    _refuse_nul()
    return _admit() or for_all.at_hand()


def _refuse_other_sites() -> None:
    if request.method not in {"GET", "HEAD", "OPTIONS"} and from_another_site():
        abort(403)


def _refuse_nul() -> None:
    """Answer 400 to a request with a NUL character.

    No text of this program has one, and PostgreSQL refuses it with an error of its own.
    """
    sent = (request.path, *request.values, *(text for texts in request.values.listvalues() for text in texts))
    if any("\0" in text for text in sent):
        abort(400)


def _admit() -> BaseResponse | None:
    """Admit the request where its sender may do the action of its endpoint.

    Otherwise the answer is a page to sign in, one that asks for the password, or 403, as for an endpoint
    without an action. Only actions of roles with a password are ever confirmed.
    """
    if request.endpoint is None:
        return None  # no such page: 404 follows
    view = VIEWS.get(request.endpoint)
    if view is None:
        abort(403)
    action = view.action
    if pending.confirms():
        action = access.SECONDS.get(action, action)
    roles = access.ACTIONS[action]
    desk = bool(roles & access.SIGNED_IN)
    if desk:
        confirmation.take_secrets()
    g.actor = recognise(action) if view.session else ANONYMOUS
    if g.actor.role not in roles:
        page = _sign_in_first(action)
        if page is not None:
            return page
    return _confirmed(request.endpoint) if desk else None


def _confirmed(endpoint: str) -> BaseResponse | None:
    """Return None where the person has confirmed the request as far as needed, with all its files.

    Else the page that asks for the password, or for a file. What needs two persons waits for the other one.
    """
    if confirmation.needs_password(endpoint) and not recently_confirmed():
        if request.method != "POST":
            return redirect(url_for("account.confirm", next=_way_back()), 303)
        page = confirmation.ask_again()
        if page is not None:
            return page
    g.only_fill = confirmation.only_fills()
    page = confirmation.restore_files()
    if page is None:
        drafts.take()
        pending.take_number()
        meanwhile.wait_for_turn(house().settings.data)
    return page


def _sign_in_first(action: str) -> BaseResponse | None:
    """Return the way to sign in for a person who may do `action` after it; else answer 403.

    None where the person has just signed in with this request.
    """
    if not access.SIGNED_IN & access.ACTIONS[action] or recognise("account.confirm") != ANONYMOUS:
        abort(403)
    if request.method != "POST" or request.endpoint == "account.confirm":
        return redirect(url_for("account.sign_in", next=_way_back()), 303)
    page = confirmation.sign_in_again()
    if page is None and g.actor.role not in access.ACTIONS[action]:
        abort(403)
    return page


def _way_back() -> str | None:
    """Return the address to which to go after signing in, or None.

    It is the address of this page; on the page that asks for the password, the address in `next`.
    """
    if request.endpoint == "account.confirm":
        return local_path(request.args.get("next"))
    return request.script_root + request.full_path.rstrip("?")


def _add_headers(response: Response) -> Response:
    there = {name.lower() for name, _value in response.headers}
    meant = HEADERS | (OF_PAGES if response.mimetype == "text/html" else {})
    response.headers.extend([each for each in meant.items() if each[0].lower() not in there])
    settings = house().settings
    if settings.secure:
        told = HSTS + (SUBDOMAINS if settings.subdomains else "")
        response.headers.setdefault("Strict-Transport-Security", told)
    if settings.practice or request.endpoint not in {
        "public.home",
        "public.method",
        "public.round_page",
        "public.result",
        "public.result_figures",
        "public.panel",
        "public.data",
        "public.data_package",
        "front.asset",
    }:
        response.headers.setdefault("X-Robots-Tag", "noindex")
    return response


def _remember_edit(response: Response) -> Response:
    """Remember who saved the form of this request, for those who have it open."""
    if "edit" in g and response.status_code == HTTPStatus.SEE_OTHER:
        house().edits.keep(meanwhile.page(), meanwhile.Saved(actor().name, now(), g.edit))
    return response


def _compress(response: Response) -> Response:
    """Compress text responses with gzip, where the browser accepts it.

    Cookies are SameSite: no other site can make a browser send a request with them, so compression
    reveals no secret.
    """
    if (
        response.direct_passthrough
        or response.status_code not in {200, 403, 404, 409, 422, 429}
        or response.mimetype
        not in {"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"}
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) < _SMALL or not request.accept_encodings.quality("gzip"):
        return response
    response.set_data(gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
