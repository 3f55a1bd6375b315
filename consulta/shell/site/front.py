"""Addresses without a language: the way in and the static files."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from flask import Response, abort, redirect, url_for

from consulta.platform.web.assets import asset as read_asset
from consulta.platform.web.language import negotiate
from consulta.platform.web.pages import Pages

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

blueprint = Pages("front", __name__, in_languages=False)


@blueprint.get("/", may="published.read")
def start() -> BaseResponse:
    """Redirect to the home page in the language that the browser prefers."""
    response = redirect(url_for("public.home", lang=negotiate()), 302)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


@blueprint.get("/static/<digest>/<path:name>", may="published.read", session=False, for_good=True)
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
    return Response(body, mimetype=kind)
