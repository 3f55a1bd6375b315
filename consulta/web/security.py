"""Deny by default, the headers of every answer, and the guard against requests from other sites."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect

from consulta.services import access
from consulta.services.work import ANONYMOUS
from consulta.web.request import house, recently_confirmed, recognise
from consulta.web.routes import CONFIRMED, ROUTES, WITHOUT_SESSION

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.wrappers import Response as BaseResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS, SUBDOMAINS = "max-age=63072000", "; includeSubDomains"
STATIC = Path(__file__).parent / "static"
_SMALL = 600  # bytes; below this, compressing gains nothing
csrf = CSRFProtect()


def protect(app: Flask) -> None:
    """Put the guards before, and the headers after, every request of `app`."""
    csrf.init_app(app)
    app.before_request(_refuse_other_sites)
    app.before_request(_refuse_nul)
    app.before_request(_admit)
    app.after_request(_compress)
    app.after_request(_add_headers)
    app.jinja_env.globals["static_url"] = static_url


def _refuse_other_sites() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            abort(403)
        return
    origin = request.headers.get("Origin", "null")
    if origin not in {"null", f"http://{request.host}", f"https://{request.host}"}:
        abort(403)


def _refuse_nul() -> None:
    """No text of ours has this sign, and PostgreSQL refuses it with an error of its own."""
    sent = (request.path, *request.values, *(text for texts in request.values.listvalues() for text in texts))
    if any("\0" in text for text in sent):
        abort(400)


def _admit() -> BaseResponse | None:
    """Let the request through where its endpoint's action is open to whoever sends it."""
    if request.endpoint is None:
        return None  # no such page: 404 follows
    action = ROUTES.get(request.endpoint)
    if action is None:
        abort(403)
    g.actor = ANONYMOUS if request.endpoint in WITHOUT_SESSION else recognise(action)
    if g.actor.role not in access.ACTIONS[action]:
        if access.SIGNED_IN & access.ACTIONS[action] and recognise("account.confirm") == ANONYMOUS:
            return redirect(url_for("account.sign_in", next=_way_back()), 303)
        abort(403)
    if request.endpoint in CONFIRMED and not recently_confirmed():
        return redirect(url_for("account.confirm", next=_way_back()), 303)
    return None


def _way_back() -> str | None:
    """Where to return after signing in: this page, when it can be read again."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def local_path(target: str | None) -> str | None:
    """`target` where it is a path of this site, else None: nobody is sent elsewhere after signing in.

    Browsers leave out tabs and line breaks before they read an address: "/<tab>/other.example" is not ours.
    """
    if not target or not target.isprintable() or "\\" in target:
        return None
    return target if target.startswith("/") and not target.startswith("//") else None


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings = house().settings
    if settings.secure:
        told = HSTS + (SUBDOMAINS if settings.subdomains else "")
        response.headers.setdefault("Strict-Transport-Security", told)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.endpoint not in {
        "public.home",
        "public.method",
        "public.round_page",
        "public.result",
        "public.panel",
    }:
        response.headers.setdefault("X-Robots-Tag", "noindex")
    return response


def _compress(response: Response) -> Response:
    """Compress text on the way out. Cookies are SameSite: no other site can make a browser ask with them."""
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


@cache
def _assets() -> frozenset[str]:
    """The names of our static files: what else is asked for never touches the disk."""
    return frozenset(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


@cache
def asset(name: str) -> tuple[bytes, str]:
    """The bytes and the short digest of one of our static files; FileNotFoundError where there is none."""
    if name not in _assets():
        raise FileNotFoundError(name)
    body = (STATIC / name).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def static_url(name: str) -> str:
    """Address of a static file, with the digest of its content, so that it may be kept for ever."""
    return url_for("front.asset", digest=asset(name)[1], name=name)
