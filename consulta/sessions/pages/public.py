"""Published factsheets: what a session came to, to read and to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.data import catalogue
from consulta.sessions import service as factsheets
from consulta.sessions.pages import letter
from consulta.sessions.pages import pictures as factsheet_pictures
from consulta.web import letters
from consulta.web.public import blueprint
from consulta.web.request import reading

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/rounds/<key>/factsheet")
def factsheet(key: str) -> str:
    """Show the published factsheet of a round's session."""
    with reading() as work:
        sheet = factsheets.published(work, key)
    return render_template(
        "sessions/public.html",
        sheet=sheet,
        pictures=factsheet_pictures.of_figures(sheet.figures) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        letter_url=url_for("public.factsheet_letter", key=key) if letters.are_available() else None,
        example=sheet.example,
    )


@blueprint.get("/rounds/<key>/factsheet.pdf")
def factsheet_letter(key: str) -> Response:
    """Return the published factsheet of a round's session as a PDF."""
    with reading() as work:
        sheet = factsheets.published(work, key)
    return letter.factsheet_letter(sheet)
