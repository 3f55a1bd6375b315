"""What came of the questions, at the desk: figures, texts without names, and files to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort
from flask_babel import gettext as _

from consulta.platform.formats.workbook import Sheet
from consulta.platform.web import downloads
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.files import Export, as_file
from consulta.platform.web.language import current
from consulta.platform.web.request import house, now, read, write
from consulta.vote.questions import export, results
from consulta.vote.questions.pages import pictures

if TYPE_CHECKING:
    from flask import Response

    from consulta.vote.questions.export import Table

FILES = ("tables.csv", "tables.xlsx", "answers.csv", "answers.xlsx", "answers.zip", "tables.zip")


@blueprint.get("/rounds/<key>/answers", may="result.read")
def question_results(key: str) -> Page:
    """Show what came of the questions of a counted round."""
    view = read(results.desk, key, house().settings.small_cell)
    return page(
        "questions/results_desk.html",
        view.round,
        view=view,
        shown=pictures.shown(view.questions, view.facts, view.themes),
        each=export.has_each(view.secrecy),
        small_cell=house().settings.small_cell,
    )


@blueprint.get("/rounds/<key>/answers/<file>", may="result.read", password=True)
def answers_file(key: str, file: str) -> Response:
    """Return figures, or answers one by one where the secrecy of the round allows it, as a file."""
    if file not in FILES:
        abort(404)
    kind, _dot, ending = file.partition(".")
    table = write(export.table, key, kind, current(), house().settings.small_cell)
    stem = f"{key}-{table.name}"
    if ending == "zip":
        return downloads.zipped(f"{stem}.zip", export.zipped(table, stem))
    made = Export(
        stem,
        _("Answers to the questions of the round %(key)s", key=key),
        Sheet(table.name, table.headings, table.rows),
        now(),
        tuple(_facts(table)),
    )
    return as_file(made, "csv" if ending == "csv" else "xlsx")


def _facts(table: Table) -> list[tuple[str, str]]:
    return [(column.name, column.label) for column in table.columns]
