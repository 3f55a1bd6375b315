"""Reasons of an organisation, by its personal link: a step of its own after the vote is recorded.

What was typed is never lost: where it cannot be stored, the page that says so shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.core.problems import Problem
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read
from consulta.vote import reasons
from consulta.vote.pages.forms import BallotForm
from consulta.vote.pages.reasons import WORDS, reasons_form, sent_texts
from consulta.vote.reasons import TEXT_MAX

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.vote.pages.reasons import ReasonsForm
    from consulta.vote.reasons import OwnReasons

BELONGS_TO = "reasons"


blueprint = Pages("reasons", __name__)
Page = tuple[str, int]


@blueprint.route("/ballot/<key>/reasons", methods=["GET", "POST"], may="ballot.cast")
def own(key: str) -> Response | Page:
    """Show a text for each theme that was placed, and store them.

    After the end of voting they are shown as they are stored; what was sent then is shown to be copied (409).
    """
    view = read(reasons.own, key)
    if request.method == "GET":
        if not view.voted:
            return redirect(url_for("vote.ballot", key=key), 303)
        return _page(view, reasons_form(view) if view.takes else None)
    lost = sent_texts(request.form, view.themes)
    if not view.takes or not view.voted:
        return _page(view, None, sent_texts(request.form), 409)
    form = reasons_form(view)
    if form.of_version != view.version:
        form.refuse(Problem("reasons.revoted"))
    elif lost:
        form.refuse(Problem("reasons.not_placed"))
    elif form.validate_on_submit() and not form.show(reasons.faults(form.written())):
        version, seen = form.of_version, form.seen.data or ""
        if form.does(lambda work: reasons.keep(work, key, form.written(), version, seen)):
            return redirect(url_for("reasons.own", key=key, kept=1), 303)
    return _after_refusal(key, form, lost)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this ballot, with what was sent."""
    return render_template("reasons/ended.html", nav=(), written=sent_texts(request.form)), 403


def _after_refusal(key: str, form: ReasonsForm, lost: list[str]) -> Page:
    """Return the page again with what was typed; sending it again refers to what is stored by now."""
    view = read(reasons.own, key)
    if not view.takes:
        return _page(view, None, sent_texts(request.form), 409)
    form.version.data, form.seen.data = str(view.version), view.seen
    return _page(view, form, lost)


def _page(
    view: OwnReasons, form: ReasonsForm | None, lost: list[str] | None = None, status: int | None = None
) -> Page:
    shown: dict[str, Any] = {
        "view": view,
        "form": form,
        "lost": lost or [],
        "most": TEXT_MAX,
        "consents": WORDS,
        "kept": "kept" in request.args and view.kept,
        "sign_out": BallotForm(),
    }
    template = "reasons/own.html" if view.takes and form is not None else "reasons/over.html"
    text = render_template(template, nav=(), example=view.example, **shown)
    return text, status or (form.status if form is not None and request.method == "POST" else 200)
