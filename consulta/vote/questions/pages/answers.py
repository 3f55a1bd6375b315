"""The page on which an organisation answers the questions of a round, after its vote, by the same link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read, write
from consulta.vote.questions import answering, rules
from consulta.vote.questions.forms import ANSWER, AnswersForm, raw_of
from consulta.vote.questions.pages import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.vote.questions.values import Sheet

blueprint = Pages("answers", __name__)
Page = tuple[str, int]
STATUS = {"answers.over": 409, "answers.changed": 409, "answers.foreign": 409, "answers.unvoted": 409}


@blueprint.route("/ballot/<key>/questions", methods=["GET", "POST"], may="answers.write")
def sheet(key: str) -> Response | Page:
    """Show the questions of a round, with the answers so far; after a POST store the answers.

    What was written is shown again where it could not be stored.
    """
    view = read(answering.own, key)
    if request.method != "POST":
        return _page(view, AnswersForm(formdata=None, asked=view.digest, seen=view.version))
    form, raw = AnswersForm(), raw_of(request.form)
    found = rules.read(view.questions, raw, [theme for theme, _title in view.themes])
    if found.faults and view.takes_answers and view.voted and form.asked.data == view.digest:
        return _page(view, form, raw, faults=found.faults)

    def act() -> None:
        write(answering.send, key, raw, form.asked.data or "", form.version)

    if form.validate_on_submit() and form.accepts(act):
        return redirect(url_for("answers.sheet", key=key, saved=1), 303)
    view = read(answering.own, key)
    again = AnswersForm(formdata=None, asked=view.digest, seen=view.version)
    again.refusals, again.problem = form.refusals, form.problem
    return _page(view, again, raw)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this round.

    Also for a form of a session that ended. What was written is shown so that it is not lost.
    """
    texts = [
        value for name in request.form if name.startswith(ANSWER) for value in request.form.getlist(name)
        if not value.isdecimal()
    ]  # fmt: skip
    return render_template(
        "questions/ended.html", nav=(), written=[each for each in texts if each.strip()]
    ), 403


def _page(
    view: Sheet,
    form: AnswersForm,
    raw: Mapping[str, Sequence[str]] | None = None,
    *,
    faults: Mapping[str, Problem] | None = None,
    template: str = "questions/sheet.html",
    **more: Any,
) -> Page:
    items = sheets.items(view, raw, faults)
    if not view.takes_answers or not view.voted:
        template = "questions/closed.html"
        more["written"] = sheets.written(view, raw) if raw is not None else []
    page = render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        form=form,
        items=items,
        offered_places=lambda: sheets.offered(view),
        **more,
    )
    code = form.problem.code if form.problem else ""
    return page, STATUS.get(code, 422 if any(item.error for item in items) else form.status)
