"""The pages of those who are asked by a call: what is addressed to theirs, and the answer to each.

One blueprint for both sides, at two addresses, since a person can be asked on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge

from consulta.core.problems import Problem, or_problem
from consulta.follow_up.evidence import LIMIT
from consulta.follow_up.pages import words
from consulta.follow_up_calls import answering
from consulta.follow_up_calls.forms.answers import OwnAnswerForm
from consulta.importing.waiting import Waiting
from consulta.web import too_large as large
from consulta.web.fields import Form
from consulta.web.language import current
from consulta.web.request import actor, house, now, read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.follow_up_calls.values import OwnAnswers, OwnLine

WAYS = {"seen_answers": "follow-up-answers/seen", "reported_answers": "follow-up-answers/reported"}
"""The names under which the blueprint is registered, and the addresses of each."""
blueprint = Blueprint("seen_answers", __name__)
Page = tuple[str, int]
MEGABYTE = 1_000_000


@blueprint.get("/")
def own() -> Page:
    """Show the recommendations that are asked about, and how each stands."""
    return _page("follow_up_calls/own.html", read(answering.own), Form())


@blueprint.route("/<reference>", methods=["GET", "POST"])
def answer(reference: str) -> Response | Page:
    """Answer what became of a recommendation; the answer that was given last stays in its history.

    Raise Problem `recommendation.unknown` where the link is not about it.
    """
    view = read(answering.own)
    line = _line(view, reference)
    form = OwnAnswerForm(words={"steps": words.STEP}, data={"language": current()})
    files = Waiting(
        house().settings.data / "evidence", f"{actor()}", now(), f"{view.side}:{view.organisation}"
    )
    held = ""
    if form.is_submitted():
        form.choose(files.find)
        if form.does(lambda work: answering.answer(work, reference, form.to_answer(), form.version)):
            files.drop(form.held.data or "")
            return redirect(url_for(".sent", reference=reference), 303)
        view = read(answering.own)
        line = _line(view, reference)
        form.held.data = files.hold(*form.chosen) if form.chosen and not form.file.errors else ""
        held = form.chosen[0] if form.held.data and form.chosen else ""
    form.seen.data = str(line.mine.version if line.mine is not None else 0)
    return _page("follow_up_calls/answer.html", view, form, one=line, held=held, most=LIMIT // MEGABYTE)


@blueprint.get("/<reference>/sent")
def sent(reference: str) -> Page:
    """Show what was recorded of a recommendation, and what comes next.

    Raise Problem `recommendation.unknown` where the link is not about it, or nothing was answered.
    """
    view = read(answering.own)
    line = _line(view, reference)
    if line.mine is None:
        raise Problem("recommendation.unknown")
    following = [
        each for each in view.lines if each.mine is None and each.recommendation.withdrawn_at is None
    ]
    return _page("follow_up_calls/sent.html", view, Form(), one=line, following=following)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session; what was written is shown on it."""
    left_out = {"csrf_token", "step", "seen", "held"}
    written = [said for name, said in request.form.items() if said and name not in left_out]
    return render_template("follow_up_calls/ended.html", nav=(), written=written), 403


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: Exception) -> Page:
    """Return the page (413) for a file that is too large to be read at all."""
    page = render_template(
        "follow_up_calls/too_large.html", nav=(), most=LIMIT // MEGABYTE, written=large.written()
    )
    return page, 413


def _line(view: OwnAnswers, reference: str) -> OwnLine:
    return or_problem(view.line(reference), "recommendation.unknown")


def _page(template: str, view: OwnAnswers, form: Form, **more: object) -> Page:
    page = render_template(
        template,
        nav=(),
        view=view,
        form=form,
        example=view.example,
        words=words,
        **more,
    )
    return page, form.status
