"""The questions of a round at the desk: listed, written, moved, deleted, shown as members see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.request import read, write
from consulta.vote.questions import service as services
from consulta.vote.questions.forms import KINDS, AnswersForm, QuestionForm, filled, ready_made
from consulta.vote.questions.pages import sheets
from consulta.vote.questions.preview import previewed

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.vote.questions.values import Kind, Question, QuestionsView


@blueprint.get("/rounds/<key>/questions", may="rounds.read")
def questions(key: str) -> Page:
    """Show the questions of a round in their order."""
    view = read(services.list_questions, key)
    return page("questions/desk.html", view.round, view=view, kinds=KINDS)


@blueprint.route("/rounds/<key>/new-question/<kind>", methods=["GET", "POST"], may="rounds.write")
def create_question(key: str, kind: str) -> Response | Page:
    """Write a question of a kind."""
    if kind not in KINDS:
        abort(404)
    form = QuestionForm(cast("Kind", kind), data=ready_made() if kind == "governments" else None)
    if form.does(lambda work: services.save_question(work, key, form.to_question(""))):
        return done(_("The question is added."), "questions", key=key)
    view = _editable(key)
    return page("questions/form.html", view.round, form, question=None, kind=kind, kinds=KINDS)


@blueprint.route("/rounds/<key>/questions/<question>", methods=["GET", "POST"], may="rounds.write")
def edit_question(key: str, question: str) -> Response | Page:
    """Show and save the form of a question."""
    view = read(services.list_questions, key)
    found = _of(view, question)
    form = QuestionForm(found.kind, data=filled(found))
    if form.does(lambda work: services.save_question(work, key, form.to_question(question))):
        return done(_("Saved."), "questions", key=key)
    _require_draft(view)
    return page("questions/form.html", view.round, form, question=found, kind=found.kind, kinds=KINDS)


@blueprint.post("/rounds/<key>/questions/<question>/move", may="rounds.write")
def move_question(key: str, question: str) -> Response:
    """Move a question one place up or down."""
    step: Literal[-1, 1] = -1 if request.form.get("step") == "up" else 1
    write(services.move_question, key, question, step)
    return redirect(url_for("secretariat.questions", key=key, _anchor=f"question-{question}"), 303)


@blueprint.route("/rounds/<key>/questions/<question>/delete", methods=["GET", "POST"], may="rounds.write")
def delete_question(key: str, question: str) -> Response | Page:
    """Delete a question, after asking."""
    form = Form()
    if form.does(lambda work: services.delete_question(work, key, question)):
        return done(_("The question has been removed."), "questions", key=key)
    view = _editable(key)
    return page("questions/delete.html", view.round, form, question=_of(view, question))


@blueprint.get("/rounds/<key>/questions-preview", may="rounds.read")
def questions_preview(key: str) -> Page:
    """Show the page of questions as a member sees it; nothing can be sent from it."""
    line, sheet = read(previewed, key)
    form = AnswersForm(formdata=None)
    text = render_template(
        "questions/preview.html",
        nav=(),
        line=line,
        view=sheet,
        items=sheets.items(sheet),
        offered_places=lambda: sheets.offered(sheet),
        form=form,
        example=line.example,
    )
    return text, 200


def _editable(key: str) -> QuestionsView:
    view = read(services.list_questions, key)
    _require_draft(view)
    return view


def _require_draft(view: QuestionsView) -> None:
    if view.round.state != "draft":
        raise Problem("round.frozen", key=view.round.key)


def _of(view: QuestionsView, key: str) -> Question:
    for question in view.questions:
        if question.key == key:
            return question
    raise Problem("question.unknown", key=key)
