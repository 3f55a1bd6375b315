"""Drafts of the desk's long forms: a browser keeps them (`static/js/drafts.js`), this says which were saved.

A form with the attribute `data-draft` is sent with a random name of its draft. Where the form was carried
out, the pages that follow give that name to the script, which then deletes the draft. Where the form is shown
again, the page says so, and the script keeps what is in it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import g, request, session
from werkzeug.datastructures import ImmutableMultiDict

if TYPE_CHECKING:
    from flask import Flask, Response

FIELD = "draft_id"  # the hidden entry that the script adds
SAVED = "saved_drafts"  # names in the session, the newest last
MOST, LONGEST = 6, 16  # names that are remembered, characters of one


def init_app(app: Flask) -> None:
    """Remember which drafts were saved, and let the base template name them."""
    app.after_request(_note_saved)
    app.jinja_env.globals.update(saved_drafts=lambda: session.get(SAVED, []), sent_draft=_sent)


def take() -> None:
    """Take the name of the draft out of the form of this request, so that no view and no kept act has it."""
    name = request.form.get(FIELD, "") if request.method == "POST" else ""
    if not name:
        return
    if name.isalnum() and len(name) <= LONGEST:
        g.draft = name
    request.form = ImmutableMultiDict([each for each in request.form.items(multi=True) if each[0] != FIELD])
    vars(request).pop("values", None)


def _sent() -> str:
    """Return the name of the draft whose form this page answers; empty where there is none."""
    name: str = g.get("draft", "")
    return name


def _note_saved(response: Response) -> Response:
    """Remember the draft of a form that was carried out: it is answered by a redirect without a warning."""
    warned = any(category in {"warn", "error"} for category, _text in session.get("_flashes", ()))
    if _sent() and response.status_code == HTTPStatus.SEE_OTHER and not g.get("only_fill") and not warned:
        session[SAVED] = [*session.get(SAVED, []), _sent()][-MOST:]
    return response
