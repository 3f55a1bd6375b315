"""The page on which a person who took part evaluates the session, opened by the link in its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import taking
from consulta.platform.web.language import local
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read, write
from consulta.sessions import evaluation as evaluation_acts
from consulta.sessions.pages import evaluation as evaluation_pages
from consulta.sessions.pages.evaluation import Answer, AnswersForm, questionnaire
from consulta.vote import questions as questions_acts
from consulta.vote.public.questions import ANSWER, raw_of

if TYPE_CHECKING:
    from flask import Response as flask_Response
    from werkzeug.wrappers import Response

BELONGS_TO = "evaluation"


blueprint = Pages("evaluation", __name__)


@blueprint.route("/evaluation", methods=["GET", "POST"], may="evaluation.answer")
def own() -> Response | Answer:
    """Show the questions; after a POST store the answers, or show again what was written."""
    view = read(evaluation_acts.own, house().settings.small_cell)
    if request.method != "POST":
        return questionnaire(view, AnswersForm(formdata=None, asked=view.digest))
    form, raw = AnswersForm(), raw_of(request.form)
    found = questions_acts.read(view.questions, raw)
    if found.faults and view.takes_answers and not view.answered and form.asked.data == view.digest:
        return questionnaire(view, form, raw, found.faults)

    def act() -> None:
        write(evaluation_acts.answer, raw, form.asked.data or "")

    if form.validate_on_submit() and form.accepts(act):
        return redirect(url_for("evaluation.own"), 303)
    view = read(evaluation_acts.own, house().settings.small_cell)
    again = AnswersForm(formdata=None, asked=view.digest)
    again.refusals, again.problem = form.refusals, form.problem
    return questionnaire(view, again, raw)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Answer:
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


@public_blueprint.get("/rounds/<key>/evaluation", may="published.read")
def evaluation(key: str) -> str:
    """Show how those who took part evaluated the session."""
    view = read(evaluation_acts.published, key)
    shown = evaluation_pages.shown(view.figures)
    return render_template(
        "evaluation/public.html",
        view=view,
        shown=shown,
        response=evaluation_pages.response(view.figures),
        takes=taking.addresses(evaluation_pages.take_away(shown), "public.evaluation_chart", key=key),
        example=view.card.example,
    )


@public_blueprint.get("/rounds/<key>/evaluation/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def evaluation_chart(key: str, chart: str, ending: str) -> flask_Response:
    """Return a chart of a published evaluation to take away; 404 where it has none of that name."""
    view = read(evaluation_acts.published, key)
    page = url_for("public.evaluation", key=key)
    below = source(page, str(local(view.session)), example=view.card.example)
    charts = evaluation_pages.take_away(evaluation_pages.shown(view.figures))
    return taking.answer(charts, chart, ending, f"{key}-{chart}", below)
