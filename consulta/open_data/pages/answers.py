"""What the answers of open data have in common: any page may read and keep them, and no cookie is set."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from consulta.web.language import current

if TYPE_CHECKING:
    from collections.abc import Mapping

blueprint = Blueprint("data", __name__, url_prefix="/data")
INTERFACE = "/data/api/"
"""Below this address every answer is JSON, errors as well."""

FRESH = "public, max-age=300"
FOR_LONG = "public, max-age=86400"
PROBLEM = "application/problem+json"


@blueprint.after_request
def _open(response: Response) -> Response:
    return opened(response)


def opened(response: Response) -> Response:
    """Let pages of other sites read an answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def kept(response: Response, tag: str, cache: str) -> Response:
    """Give an answer its tag and how long it may be kept; 304 where the reader has it already."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache
    response.make_conditional(request)
    return response


def as_json(content: Mapping[str, Any], mimetype: str = "application/json") -> Response:
    """Return content as an answer in JSON."""
    return Response(as_text(content), mimetype=mimetype)


def as_text(content: Mapping[str, Any]) -> str:
    """Return content as the text of an answer."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def is_asked() -> bool:
    """Return whether this request is one to the interface."""
    return request.path.startswith(INTERFACE)


def problem_content(status: int, title: str, code: str) -> dict[str, Any]:
    """Return what an error of the interface says."""
    return {"type": "about:blank", "status": status, "title": title, "code": code}


def problem(status: int, title: str, code: str) -> Response:
    """Return an error of the interface (RFC 9457) in the reader's language."""
    response = as_json(problem_content(status, title, code), PROBLEM)
    response.status_code = status
    response.headers["Content-Language"] = current()
    response.vary.add("Accept-Language")
    return opened(response)


def http_problem(status: int) -> Response:
    """Return an error of the interface that has no words of its own."""
    if status == HTTPStatus.NOT_FOUND:
        title = _("There is nothing at this address. The documentation of the interface lists all addresses.")
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        title = _("Only GET and HEAD are answered: open data are read and not written.")
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        title = _("Something went wrong on our side. Ask again in a few minutes.")
    else:
        title = _("This request could not be understood.")
    return problem(status, title, f"http.{status}")
