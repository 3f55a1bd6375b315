"""The published minutes of a session, to read and to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.minutes import service as minutes_of
from consulta.minutes.pages.letter import minutes_letter as as_letter
from consulta.web import letters
from consulta.web.public import blueprint
from consulta.web.request import read

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/rounds/<key>/minutes")
def minutes(key: str) -> str:
    """Show what the session agreed, and what of it is done."""
    view = read(minutes_of.published, key)
    return render_template(
        "minutes/public.html",
        view=view,
        letter_url=url_for("public.minutes_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/minutes.pdf")
def minutes_letter(key: str) -> Response:
    """Return the minutes as a PDF."""
    view = read(minutes_of.published, key)
    return as_letter(view)
