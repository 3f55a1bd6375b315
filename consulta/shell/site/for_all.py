"""How long an answer may be kept: a public page a minute, for readers without a cookie; all else not at all.

What never changes is kept for good, where its route says so (`for_good`).

When a result is published, all come to read the same pages within minutes. So what one reader without a
cookie gets is handed out to the next ones too, by this process for `AGE` seconds and by browsers and proxies
for `AFTER`: a page is never older than both together. Where a form, a session or a message to one person is
on the page, a cookie goes with it, and nothing is kept. A page is known again by the digest of what it shows:
the number of rows in the log would tell strangers when somebody votes.
"""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

from flask import Response, g, request, session

from consulta.platform.web.pages import VIEWS
from consulta.platform.web.request import house

AGE, AFTER = 10.0, 50  # seconds
MOST, LARGEST = 100, 512 * 1024  # pages that a process keeps; bytes of the largest of them
NOT_KEPT = "no-store"
FOR_GOOD = "public, max-age=31536000, immutable"


class Page(NamedTuple):
    """An answer as it left, for readers who ask for the same in the same way."""

    at: float  # of the monotonic clock
    headers: list[tuple[str, str]]
    body: bytes


def at_hand() -> Response | None:
    """Return what another reader got moments ago, or None; it has no body where this reader has it."""
    if not _is_public():
        return None
    g.pages = house().kept.pages  # what is changed from now on empties another one
    page = g.pages.get(_key())
    if page is None or monotonic() - page.at > AGE:
        return None
    answer = Response(iter((page.body,)), headers=page.headers)  # finished: nothing is done to a stream
    return _short(answer)


def say_how_long(answer: Response) -> Response:
    """Say how long an answer may be kept, where its view has not said so; and keep it here for a moment."""
    if "Cache-Control" in answer.headers:
        return answer
    sets_nothing = not session.modified and "Set-Cookie" not in answer.headers
    can_be_kept = answer.status_code == HTTPStatus.OK and not answer.is_streamed and sets_nothing
    view = VIEWS.get(request.endpoint or "")
    if can_be_kept and view is not None and view.for_good:
        answer.headers["Cache-Control"] = FOR_GOOD
        answer.add_etag()
        return _short(answer)
    if not can_be_kept or not _is_public():
        answer.headers["Cache-Control"] = NOT_KEPT
        return answer
    answer.headers["Cache-Control"] = f"public, max-age={AFTER}"
    answer.vary.add("Cookie")
    answer.add_etag(weak=True)
    body = answer.get_data()
    if len(body) <= LARGEST:
        pages = g.pages
        if len(pages) >= MOST:
            pages.clear()
        pages[_key()] = Page(monotonic(), list(answer.headers), body)
    return _short(answer)


def _short(answer: Response) -> Response:
    answer.make_conditional(request)
    return answer


def _is_public() -> bool:
    """Return whether this request asks for a page that everybody may read, and tells nothing of who asks."""
    view = VIEWS.get(request.endpoint or "")
    return (
        view is not None
        and view.action == "published.read"
        and view.session
        and request.method in {"GET", "HEAD"}
        and "Cookie" not in request.headers
        and not house().settings.practice
    )


def _key() -> tuple[object, ...]:
    packed = bool(request.accept_encodings.quality("gzip"))
    return request.root_url, request.path, request.query_string, packed
