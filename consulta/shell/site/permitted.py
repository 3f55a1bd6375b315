"""Links and forms that lead to what a reader may not do, or to nothing, are taken out where a page leaves.

What a role may do stands in one table (`platform/access.py`), and which act an address serves in another
(`may` of its view). A page need not ask them for each of its links: whatever it has, a person of staff sees
only what would not answer 403 (decision 86). In the same way no page leads to a part of the program that the
installation does not use (`part` of a view, `platform/parts.py`).
"""

from __future__ import annotations

import html
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, g, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from consulta.accounts.pages.confirmation import CONFIRMS
from consulta.core.problems import Problem
from consulta.platform.access import ACTIONS, SECONDS, may
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.pages import action_of, part_of
from consulta.platform.web.request import unused_parts, uses

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.routing import MapAdapter

    from consulta.platform.work import Actor

DESK = frozenset({"secretariat", "staff"})  # of whose pages, and to which, links are looked at
LIMITED = frozenset({"reader", "mail", "secretariat"})  # roles of the desk that may not do all
_LINK = re.compile(r'<a\b([^>]*?)\shref="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_BUTTON = re.compile(r"<button\b[^>]*>.*?</button>", re.DOTALL)
_ACTION = re.compile(r'\saction="([^"]*)"')
_FIELD = re.compile(r'<(?:select|textarea|input)\b(?![^>]*\btype="hidden")')
_ALONE = re.compile(
    r'<(li|p|td)\b[^>]*>\s*<a\b[^>]*?\shref="([^"]*)"[^>]*>(?:(?!</a>).)*</a>\s*</\1>', re.DOTALL
)
_VIEWS = re.compile(r'<nav class="views[^>]*>.*?</nav>', re.DOTALL)
_EMPTY = re.compile(
    r'<(p|li|ul)\b[^>]*>\s*</\1>|<div class="row[^"]*">\s*</div>|<nav class="ways"[^>]*>\s*</nav>'
)
_BODY = re.compile(r"<body\b.*</body>", re.DOTALL)


def are_used(part: str) -> bool:
    """Return whether a part is used, for what a page shows; not where the database cannot be read."""
    try:
        return uses(part)
    except Problem:
        return False


def leave_out_unused(response: Response) -> Response:
    """Take out of a page what leads to a part of the program that is not used."""
    if response.mimetype != "text/html" or response.is_streamed:
        return response
    with suppress(Problem):  # where the database cannot be read, and never was
        if not unused_parts():
            return response
    page = response.get_data(as_text=True)
    left = _BODY.sub(lambda found: _without_unused(found[0]), page)
    if left != page:
        response.set_data(left)
    return response


def _without_unused(page: str) -> str:
    adapter = current_app.url_map.bind(request.host)

    def leads(address: str, method: str = "GET") -> bool:
        endpoint = _endpoint(adapter, address, method)  # or this page, in another language
        return endpoint == request.endpoint or are_used(part_of(endpoint))

    def link(found: re.Match[str]) -> str:
        before, address, after, inside = found.groups()
        if leads(address):
            return found[0]
        return "" if 'class="button' in before + after else str(inside)

    def form(found: re.Match[str]) -> str:
        action = _ACTION.search(found[1])
        method = "POST" if 'method="post"' in found[1] else "GET"
        return found[0] if action is None or leads(action[1], method) else ""

    def views(found: re.Match[str]) -> str:
        return _LINK.sub(lambda one: one[0] if leads(one[2]) else "", found[0])

    left = _FORM.sub(form, page)
    left = _ALONE.sub(lambda found: found[0] if leads(found[2]) else "", _VIEWS.sub(views, left))
    return _without_empty(page, _LINK.sub(link, left))


def leave_out(response: Response) -> Response:
    """Take out of a page of the desk what its reader may not do, and say at a form who may."""
    actor: Actor | None = g.get("actor")
    if (
        actor is None
        or actor.role not in LIMITED
        or request.blueprint not in DESK
        or response.mimetype != "text/html"
        or response.is_streamed
    ):
        return response
    page = response.get_data(as_text=True)
    left = _BODY.sub(lambda found: _without(found[0], actor), page)
    if left != page:
        response.set_data(left)
    return response


def _without(page: str, actor: Actor) -> str:
    adapter = current_app.url_map.bind(request.host)

    def link(found: re.Match[str]) -> str:
        before, address, after, inside = found.groups()
        if _is_open(adapter, actor, address, "GET"):
            return found[0]
        attributes = before + after
        return "" if 'class="button' in attributes else f"<span{attributes}>{inside}</span>"

    def form(found: re.Match[str]) -> str:
        attributes, inside = found.groups()
        action = _ACTION.search(attributes)
        method = "POST" if 'method="post"' in attributes else "GET"
        confirms = f'name="{CONFIRMS}"' in inside
        if action is None or _is_open(adapter, actor, action[1], method, confirms=confirms):
            return found[0]
        if not _FIELD.search(inside) and "<table" not in inside:
            return ""
        who = _who(_action(adapter, action[1], method))
        return f'<div>{_BUTTON.sub("", inside)}<p class="meta">{escape(who)}</p></div>'

    return _without_empty(page, _FORM.sub(form, _LINK.sub(link, page)))


def _without_empty(page: str, left: str) -> str:
    """Return what is left of a page without the paragraphs, lists and rows that became empty."""
    while left != page and (shorter := _EMPTY.sub("", left)) != left:
        left = shorter
    return left


def _who(action: str | None) -> str:
    """Return who sends a form that the reader of a page may not send."""
    if action is None or "secretariat" in ACTIONS[action]:
        return _("The secretariat submits this form.")
    return _("An administrator submits this form.")


def _is_open(adapter: MapAdapter, actor: Actor, address: str, method: str, *, confirms: bool = False) -> bool:
    """Return whether an actor may follow an address: any that is no page of the desk is left as it is.

    `confirms`: by a form with which a second person confirms what another one asked for.
    """
    action = _action(adapter, address, method)
    if action is None:
        return True
    return may(actor, SECONDS.get(action, action) if confirms else action)


def _action(adapter: MapAdapter, address: str, method: str) -> str | None:
    endpoint = _endpoint(adapter, address, method)
    return (action_of(endpoint) or None) if endpoint.partition(".")[0] in DESK else None


def _endpoint(adapter: MapAdapter, address: str, method: str) -> str:
    """Return the endpoint of an address of these pages; empty where it is none."""
    parts = urlsplit(html.unescape(address))
    if parts.netloc or not parts.path.startswith("/"):
        return ""
    path = parts.path.removeprefix(request.script_root)
    try:
        endpoint, _values = adapter.match(path, method)
    except HTTPException:
        return ""
    return str(endpoint)
