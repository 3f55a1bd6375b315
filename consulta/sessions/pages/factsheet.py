"""The factsheet of a session at the desk: its words, how it will read, its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from consulta.data import catalogue
from consulta.sessions import service as factsheets
from consulta.sessions.forms.factsheet import LISTS, filled, rows_of, rows_sent, with_rows
from consulta.sessions.pages import pictures as factsheet_pictures
from consulta.sessions.pages.letter import factsheet_letter
from consulta.web import letters
from consulta.web.desk import blueprint
from consulta.web.fields import TypedKeyForm
from consulta.web.request import house, reading, writing

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.sessions.service import FactsheetDesk
    from consulta.sessions.words import Words


@blueprint.route("/rounds/<key>/factsheet", methods=["GET", "POST"])
def factsheet(key: str) -> BaseResponse | tuple[str, int]:
    """Show the words of a factsheet as a form, and save them as a draft, complete or not."""
    view = _desk(key)
    sent = request.method == "POST"
    more = request.values.get("more")
    rows = rows_sent(request.form) if sent else rows_of(view.sheet.words, more)
    form = with_rows(rows)(data=filled(view.sheet.words, view.seen), topics=view.dialogue.topics)
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form.to_words(), form.seen.data or "")):
        flash(_("Saved."))
        if more in LISTS:
            return redirect(url_for("secretariat.factsheet", key=key, more=more, _anchor=more), 303)
        return redirect(url_for("secretariat.factsheet", key=key), 303)
    if sent:
        form.seen.data = view.seen  # what stands now has been told: sending again is meant
    page = render_template(
        "sessions/factsheet.html", view=view, line=view.round, form=form, example=view.round.example
    )
    return page, form.status


@blueprint.route("/rounds/<key>/factsheet/publish", methods=["GET", "POST"])
def publish_factsheet(key: str) -> BaseResponse | tuple[str, int]:
    """Show the factsheet as it will read, and publish it."""
    form = TypedKeyForm(expected=key)
    if form.validate_on_submit() and form.accepts(lambda: _publish(key)):
        flash(_("The factsheet is published."))
        return redirect(url_for("secretariat.factsheet", key=key), 303)
    view = _desk(key)
    page = render_template(
        "sessions/publish.html",
        view=view,
        line=view.round,
        sheet=view.sheet,
        pictures=factsheet_pictures.of_figures(view.sheet.figures) if view.sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        form=form,
        letters=letters.are_available(),
        example=view.round.example,
    )
    return page, form.status


@blueprint.get("/rounds/<key>/factsheet/draft.pdf")
def factsheet_draft(key: str) -> Response:
    """Return the factsheet as a PDF, as it would be published now."""
    return factsheet_letter(_desk(key).sheet)


def _desk(key: str) -> FactsheetDesk:
    with reading() as work:
        return factsheets.desk_page(work, key, house().settings.small_cell)


def _save(key: str, words: Words, seen: str) -> None:
    with writing() as work:
        factsheets.save(work, key, words, seen)


def _publish(key: str) -> None:
    with writing() as work:
        factsheets.publish(work, key, house().settings.small_cell)
