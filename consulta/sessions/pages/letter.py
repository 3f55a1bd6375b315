"""A factsheet as a document to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, url_for

from consulta.platform.data import catalogue
from consulta.platform.web.language import current, tongue
from consulta.platform.web.letters import _style, as_pdf, kept
from consulta.platform.web.request import house
from consulta.sessions.pages import pictures as factsheet_pictures

if TYPE_CHECKING:
    from consulta.results.values import ResultView
    from consulta.sessions.factsheets import Factsheet


HALF_SHEET = 30.0  # width in em of a picture that shares the sheet with another


def factsheet_letter(sheet: Factsheet, chosen: ResultView | None) -> Response:
    """Return a factsheet as a PDF in the reader's language; `chosen` is the published result of its round.

    Problems: those of `drawn`, such as `document.unavailable`.
    """
    page = render_template(
        "sessions/letter.html",
        letter=True,
        sheet=sheet,
        chosen=chosen,
        pictures=factsheet_pictures.of_figures(sheet.figures, HALF_SHEET) if sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        url=house().settings.origin + url_for("public.factsheet", key=sheet.key),
        made_from=sheet.published_at or sheet.starts_at,
    )
    content = kept(page, _style("css/factsheet-paper.css"), _style("css/letter-pictures.css"))
    return as_pdf(content, f"{sheet.key}-{tongue().files['factsheet']}-{current()}.pdf")
