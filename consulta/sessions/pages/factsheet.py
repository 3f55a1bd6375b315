"""The factsheet of a session at the desk: its words, how it will read, its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.core.rounds import State
from consulta.platform.data import catalogue
from consulta.platform.web import letters
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import local
from consulta.platform.web.request import house, read
from consulta.results import page as result_page
from consulta.sessions import service as factsheets
from consulta.sessions.forms.factsheet import (
    LISTS,
    FactsheetPublishForm,
    FiguresForm,
    filled,
    rows_of,
    rows_sent,
    with_rows,
)
from consulta.sessions.pages import pictures as factsheet_pictures
from consulta.sessions.pages.letter import factsheet_letter

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.results.values import ResultView
    from consulta.sessions.service import FactsheetDesk


@blueprint.route("/rounds/<key>/factsheet", methods=["GET", "POST"], may="dialogues.write")
def factsheet(key: str) -> BaseResponse | Page:
    """Show the words of a factsheet as a form, and save them as a draft, complete or not."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    sent = request.method == "POST"
    more = request.values.get("more")
    rows = rows_sent(request.form) if sent else rows_of(view.sheet.words, more)
    form = with_rows(rows)(data=filled(view.sheet.words, view.seen), topics=view.dialogue.topics)
    if form.does(lambda work: factsheets.save(work, key, form.to_words(), form.seen.data or "")):
        if "look" in request.form and not more:
            return done(_("Saved."), "publish_factsheet", key=key)
        there = {"more": more, "_anchor": more} if more in LISTS else {}
        return done(_("Saved."), "factsheet", key=key, **there)
    if sent:
        form.seen.data = view.seen  # what stands now has been told: sending again is meant
    offered = read(factsheets.offered, key)
    return page("sessions/factsheet.html", view.round, form, view=view, offered=offered)


@blueprint.post("/rounds/<key>/factsheet/sentences", may="dialogues.write")
def take_sentences(key: str) -> BaseResponse:
    """Add the ticked sentences of the published synthesis to the words of the factsheet."""
    challenges, lessons = (request.form.getlist(name, type=int) for name in ("challenge", "lesson"))
    form = Form()
    if form.does(lambda work: factsheets.take_over(work, key, challenges, lessons)):
        taken = form.outcome
        said = ngettext("%(num)s sentence was copied.", "%(num)s sentences were copied.", taken)
    else:
        said = " ".join(form.refusals)
    return done(said, "factsheet", key=key)


@blueprint.route(
    "/rounds/<key>/factsheet/publish",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def publish_factsheet(key: str) -> BaseResponse | Page:
    """Show the factsheet as it will read, and publish it."""
    form, small_cell = FactsheetPublishForm(expected=key), house().settings.small_cell
    form.concerning = lambda: _about(key)
    if form.does(lambda work: factsheets.publish(work, key, small_cell, form.seen.data or None)):
        return done(_("The factsheet is published."), "factsheet", key=key)
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    form.seen.data = view.content_seen  # what is sent next was seen now
    chosen = _chosen(view)
    return page(
        "sessions/publish.html",
        view.round,
        form,
        view=view,
        sheet=view.sheet,
        chosen=chosen,
        pictures=factsheet_pictures.of_figures(view.sheet.figures) if view.sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        letters=letters.are_available(),
    )


@blueprint.route(
    "/rounds/<key>/factsheet/figures",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def replace_figures(key: str) -> BaseResponse | Page:
    """Show the public figures beside those of the list as it is now, and replace them with a reason."""
    form, small_cell = FiguresForm(expected=key), house().settings.small_cell
    form.concerning = lambda: _about(key)
    if form.does(
        lambda work: factsheets.replace_figures(
            work, key, form.words_of("reason"), small_cell, form.seen.data or None
        )
    ):
        return done(_("The figures are replaced. The former ones stay readable."), "factsheet", key=key)
    view = read(factsheets.figures_page, key, small_cell)
    form.seen.data = view.seen  # what is sent next was seen now
    return page(
        "sessions/figures.html",
        view.round,
        form,
        view=view,
        rows=factsheet_pictures.side_by_side(view.public, view.told) if view.told else None,
        told_parts=factsheet_pictures.PARTS,
    )


@blueprint.get("/rounds/<key>/factsheet/draft.pdf", may="rounds.read")
def factsheet_draft(key: str) -> Response:
    """Return the factsheet as a PDF, as it would be published now."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    return factsheet_letter(view.sheet, _chosen(view))


def _about(key: str) -> list[tuple[str, str]]:
    """Return which factsheet is published, for a second person: label and value."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    return [
        (_("Round"), local(view.round.title)),
        (_("Session"), local(view.sheet.title)),
        (_("Version that is public now"), str(view.public_version or _("none"))),
        (_("People on the list of participants"), str(view.people)),
    ]


def _chosen(view: FactsheetDesk) -> ResultView | None:
    """Return the result of the round as readers of the factsheet know it; None before it is published."""
    if view.round.state != State.PUBLISHED:
        return None
    return read(result_page.published_page, view.round.key)
