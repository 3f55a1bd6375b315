"""Addresses without a language: the way in, the static files, the health check."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, redirect, url_for

from consulta.services import health
from consulta.web.language import negotiate
from consulta.web.request import reading
from consulta.web.security import asset as read_asset

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("front", __name__)
FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/")
def start() -> BaseResponse:
    """To the home page in the language that the browser prefers."""
    response = redirect(url_for("public.home", lang=negotiate()), 302)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


@blueprint.get("/static/<digest>/<path:name>")
def asset(digest: str, name: str) -> Response:
    """A static file under the digest of its content: it may be kept for ever."""
    try:
        body, found = read_asset(name)
    except FileNotFoundError:
        abort(404)
    if digest != found:
        abort(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(body, mimetype=kind, headers={"Cache-Control": FOR_EVER})


@blueprint.get("/health")
def health_check() -> tuple[Response, int]:
    """Whether the service can answer at all; no details."""
    with reading() as work:
        healthy = health.answers(work)
    return Response("ok\n" if healthy else "failing\n", mimetype="text/plain"), 200 if healthy else 503
