"""Letters: a result or a factsheet as a document to keep, drawn by the same parts as its page.

It decides how many requests may wait for a document: making one takes seconds, and whoever waits holds a
thread that others need to vote.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from flask import Response, render_template, url_for

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.formats import document
from consulta.web import charts, factsheet_pictures, result_pictures
from consulta.web.language import current
from consulta.web.request import house
from consulta.web.security import asset

if TYPE_CHECKING:
    from consulta.services.factsheets import Factsheet
    from consulta.services.result_views import ResultView

PDF = "application/pdf"
NAMES = {"es": "resultado", "en": "result"}
WAITING = BoundedSemaphore(3)
"""One document is made, two requests wait for theirs; who comes then is asked to come back."""
FACTSHEETS = {"es": "hitos", "en": "milestones"}
HALF_SHEET = 30.0  # width in em of a picture that shares the sheet with another


def result_letter(view: ResultView) -> Response:
    """The result as a PDF in the reader's language. Problems: those of `drawn`."""
    address = house().settings.base_url + url_for("public.result", key=view.card.key)
    page = render_template(
        "letters/result.html",
        letter=True,
        view=view,
        pictures=result_pictures.of_result(view, charts.SHEET),
        url=address,
        made_from=view.published_at or view.closed_at,
    )
    content = drawn(page, _style("css/letter.css"), _style("css/letter-pictures.css"))
    name = f"{view.card.key}-{NAMES[current()]}-{current()}.pdf"
    return as_pdf(content, name)


def drawn(page: str, style: str, picture_style: str = "") -> bytes:
    """The page as a document. Problems: `document.unavailable`, `document.busy`."""
    if not WAITING.acquire(blocking=False):
        raise Problem("document.busy")
    try:
        return document.to_pdf(page, style, picture_style)
    finally:
        WAITING.release()


def factsheet_letter(sheet: Factsheet) -> Response:
    """A factsheet as a PDF in the reader's language. Problem: `document.unavailable`."""
    page = render_template(
        "letters/factsheet.html",
        sheet=sheet,
        pictures=factsheet_pictures.of_figures(sheet.figures, HALF_SHEET) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        url=house().settings.base_url + url_for("public.factsheet", key=sheet.key),
        made_from=sheet.published_at or sheet.starts_at,
    )
    content = drawn(page, _style("css/factsheet-paper.css"), _style("css/letter-pictures.css"))
    return as_pdf(content, f"{sheet.key}-{FACTSHEETS[current()]}-{current()}.pdf")


def as_pdf(content: bytes, name: str) -> Response:
    """A document as a file that the browser saves."""
    return Response(content, mimetype=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def are_available() -> bool:
    """Whether letters can be made here."""
    return document.is_available()


def _style(name: str) -> str:
    return asset(name)[0].decode()
