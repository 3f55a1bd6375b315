"""Reasons that an organisation gives by telephone or on paper, entered with its vote by the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired

from consulta.platform.web.desk import Page, blueprint
from consulta.platform.web.request import read
from consulta.vote.forms.entries import as_number
from consulta.vote.pages import entered
from consulta.vote.reasons import service as reasons
from consulta.vote.reasons.forms import ReasonsForm, reasons_form, sent_texts
from consulta.vote.reasons.values import TEXT_MAX

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class AssistedReasonsForm(ReasonsForm):
    """The same by telephone or from paper, with the box that the texts were read back."""

    confirm = BooleanField(
        _l("I have read each text back, and asked who may read or quote it"),
        [InputRequired(_l("Tick this box to record the reasons."))],
    )


@blueprint.route(
    "/rounds/<key>/seats/<seat_key>/assisted/reasons", methods=["GET", "POST"], may="ballot.assist"
)
def assisted_reasons(key: str, seat_key: str) -> Response | Page:
    """Show a text for each theme of the vote that was just entered, and store them.

    The themes are those of the vote as this person entered it; later, and to others, none is shown.
    """
    version = as_number(request.args.get("version", ""))
    themes = entered.placed(key, seat_key, version) or ()
    view = read(reasons.for_assisted, key, seat_key, version, themes)
    form = reasons_form(view, AssistedReasonsForm) if themes and view.takes else None
    lost = sent_texts(request.form, view.themes if form is not None else ())
    if form is not None and form.validate_on_submit() and not form.show(reasons.faults(form.written())):
        written = form.written()
        if form.does(lambda work: reasons.keep_assisted(work, key, seat_key, version, written)):
            flash(_("The reasons are recorded. The organisation can read and change them by its link."))
            there = url_for("secretariat.assisted_receipt", key=key, seat_key=seat_key, version=version)
            return redirect(there, 303)
    page = render_template(
        "reasons/assisted.html", view=view, form=form, lost=lost, most=TEXT_MAX, example=view.example
    )
    if form is None:
        return page, 409 if lost else 200
    return page, form.status if request.method == "POST" else 200
