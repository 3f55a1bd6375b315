"""Answers that staff enter for an organisation, from a telephone call or a sheet of paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request
from flask_babel import gettext as _

from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.request import read, write
from consulta.vote.questions import answering, rules
from consulta.vote.questions.forms import AnswersForm, raw_of
from consulta.vote.questions.pages import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.vote.questions.values import Sheet


@blueprint.route("/rounds/<key>/seats/<seat_key>/questions", methods=["GET", "POST"], may="ballot.assist")
def enter_answers(key: str, seat_key: str) -> Response | Page:
    """Show the empty page of questions of an organisation, and store what is entered for it."""
    view = read(answering.for_seat, key, seat_key)
    if request.method != "POST":
        return _page(view, AnswersForm(formdata=None, asked=view.digest, seen=view.version))
    form, raw = AnswersForm(), raw_of(request.form)
    found = rules.read(view.questions, raw, [theme for theme, _title in view.themes])
    if found.faults and view.takes_answers and view.voted and form.asked.data == view.digest:
        return _page(view, form, raw, found.faults)

    def act() -> None:
        write(answering.enter, key, seat_key, raw, form.asked.data or "", form.version)

    if form.validate_on_submit() and form.accepts(act):
        said = _("The answers of “%(organisation)s” are recorded.", organisation=view.organisation)
        return done(said, "seat", key=key, seat_key=seat_key)
    view = read(answering.for_seat, key, seat_key)
    again = AnswersForm(formdata=None, asked=view.digest, seen=view.version)
    again.refusals, again.problem = form.refusals, form.problem
    return _page(view, again, raw)


def _page(
    view: Sheet,
    form: AnswersForm,
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
) -> Page:
    items = sheets.items(view, raw, faults)
    text = render_template(
        "questions/assisted.html",
        view=view,
        form=form,
        items=items,
        offered_places=lambda: sheets.offered(view),
        written=sheets.written(view, raw) if raw is not None else [],
        example=view.example,
    )
    return text, 422 if any(item.error for item in items) else form.status
