"""The page on which a person who took part evaluates the session, opened by the link in its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, read, write
from consulta.sessions.evaluation import service as evaluation
from consulta.sessions.evaluation.forms import AnswersForm
from consulta.vote.questions import rules
from consulta.vote.questions.forms import ANSWER, raw_of
from consulta.vote.questions.pages import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.sessions.evaluation.values import OwnEvaluation

blueprint = Pages("evaluation", __name__)
Page = tuple[str, int]
CONFLICTS = frozenset({"evaluation.answered", "evaluation.over", "answers.foreign"})


@blueprint.route("/evaluation", methods=["GET", "POST"], may="evaluation.answer")
def own() -> Response | Page:
    """Show the questions; after a POST store the answers, or show again what was written."""
    view = read(evaluation.own, house().settings.small_cell)
    if request.method != "POST":
        return page(view, AnswersForm(formdata=None, asked=view.digest))
    form, raw = AnswersForm(), raw_of(request.form)
    found = rules.read(view.questions, raw)
    if found.faults and view.takes_answers and not view.answered and form.asked.data == view.digest:
        return page(view, form, raw, found.faults)

    def act() -> None:
        write(evaluation.answer, raw, form.asked.data or "")

    if form.validate_on_submit() and form.accepts(act):
        return redirect(url_for("evaluation.own"), 303)
    view = read(evaluation.own, house().settings.small_cell)
    again = AnswersForm(formdata=None, asked=view.digest)
    again.refusals, again.problem = form.refusals, form.problem
    return page(view, again, raw)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session; texts that were written are shown on it."""
    texts = [
        value
        for name in request.form
        if name.startswith(ANSWER)
        for value in request.form.getlist(name)
        if not value.isdecimal()
    ]
    return render_template(
        "evaluation/ended.html", nav=(), written=[each for each in texts if each.strip()]
    ), 403


def page(
    view: OwnEvaluation,
    form: AnswersForm,
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
    template: str = "evaluation/own.html",
    **more: object,
) -> Page:
    """Return the page of the questions, or of why none are asked any more."""
    items = tuple(sheets.item(question, {}, raw, faults) for question in view.questions)
    written = []
    if not view.takes_answers or view.answered:
        template = "evaluation/closed.html"
        written = sheets.in_lines(view.questions, raw or {})
    text = render_template(
        template, nav=(), example=view.example, view=view, form=form, items=items, written=written, **more
    )
    if form.problem is not None and form.problem.code in CONFLICTS:
        return text, 409
    return text, 422 if any(item.error for item in items) else form.status
