"""Addresses without a language: the way in, the static files, the health check."""

from __future__ import annotations

import mimetypes
from shutil import disk_usage
from time import monotonic
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, current_app, redirect, url_for

from consulta.backups import service as backups
from consulta.checks import health
from consulta.core.problems import Problem
from consulta.web.assets import asset as read_asset
from consulta.web.language import negotiate
from consulta.web.request import house, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("front", __name__)
HEALTH, HEALTH_KEPT = "consulta.health", 5.0  # seconds: nobody who asks often keeps others from writing
FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/")
def start() -> BaseResponse:
    """Redirect to the home page in the language that the browser prefers."""
    response = redirect(url_for("public.home", lang=negotiate()), 302)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


@blueprint.get("/static/<digest>/<path:name>")
def asset(digest: str, name: str) -> Response:
    """Serve a static file under the digest of its content, with leave to cache it for one year.

    404 where there is no such file, or its digest is another one.
    """
    try:
        body, found = read_asset(name)
    except FileNotFoundError:
        abort(404)
    if digest != found:
        abort(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(body, mimetype=kind, headers={"Cache-Control": FOR_EVER})


@blueprint.get("/salud")
@blueprint.get("/health")
def health_check() -> tuple[Response, int]:
    """Return "ok" (200) or "failing" (503): whether the service can do its work, without details.

    The check runs at most once in five seconds; between, the last result is returned.
    """
    known = current_app.extensions.get(HEALTH)
    if known is None or monotonic() - known[0] > HEALTH_KEPT:
        known = current_app.extensions[HEALTH] = (monotonic(), _is_well())
    return Response("ok\n" if known[1] else "failing\n", mimetype="text/plain"), 200 if known[1] else 503


def _is_well() -> bool:
    try:
        with writing() as work:
            settings = house().settings
            well = health.is_well(work, disk_usage(settings.data).free)
            return well and backups.late(work, settings.backups) is None
    except (Problem, OSError):
        return False
