"""A question as a form, and what of a form are answers."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from flask import abort, current_app, redirect, render_template, request, url_for
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.formats.workbook import Sheet
from consulta.platform.web import downloads
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage, beside
from consulta.platform.web.files import Export, as_file
from consulta.platform.web.language import current, offered
from consulta.platform.web.request import house, now, read, reading, write, writing
from consulta.vote import answers, answers_export
from consulta.vote import questions as questions_acts
from consulta.vote.answers import previewed
from consulta.vote.pages import question_pictures
from consulta.vote.public import questions as public_questions
from consulta.vote.public import questions as questions_pages
from consulta.vote.public.questions import AnswersForm, raw_of
from consulta.vote.questions import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response as flask_Response
    from werkzeug.wrappers import Response

    from consulta.vote.answers_export import Table
    from consulta.vote.questions import Kind, QuestionsView
    from consulta.vote.questions import Sheet as values_Sheet

BELONGS_TO = "questions"


LONGEST = questions_acts.MOST_OPTIONS * (questions_acts.OPTION_MAX + 2)

KINDS = {
    "one": _l("One choice"),
    "several": _l("Several choices"),
    "scale": _l("A scale with labelled ends"),
    "number": _l("A number"),
    "text": _l("A short text"),
    "governments": _l("Priority governments"),
}


class QuestionForm(Form):
    """A question: its words, and the fields that its kind needs; the form of one kind has no others."""

    places = beside(
        "question.text",
        "question.most",
        "question.steps",
        "question.decimals",
        options=("question.few", "question.many", "question.twice", "question.uneven"),
        low="question.ends",
        greatest="question.range",
        most="question.length",
    )
    needed: ClassVar[dict[str, tuple[str, ...]]] = {
        "one": ("options",),
        "several": ("options", "most"),
        "scale": ("steps", "low", "high"),
        "number": ("least", "greatest", "decimals", "unit"),
        "text": ("most", "shown"),
        "governments": (),
    }

    text = InEachLanguage(_l("Question"), questions_acts.TEXT_MAX, required=True)
    help = InEachLanguage(_l("Explanation"), questions_acts.HELP_MAX, area=True)
    options = InEachLanguage(_l("Options, one a line,"), LONGEST, area=True)
    most = IntegerField(_l("At most"), [InputRequired()])
    steps = IntegerField(_l("Steps"), [InputRequired(), NumberRange(*questions_acts.STEPS)], default=5)
    low = InEachLanguage(_l("What the first step means"), questions_acts.END_MAX)
    high = InEachLanguage(_l("What the last step means"), questions_acts.END_MAX)
    least = IntegerField(_l("Smallest number"), [InputRequired()], default=0)
    greatest = IntegerField(_l("Largest number"), [InputRequired()])
    decimals = SelectField(
        _l("Decimals"), coerce=int, choices={str(each): str(each) for each in questions_acts.DECIMALS}
    )
    unit = InEachLanguage(_l("Unit"), questions_acts.UNIT_MAX)
    shown = BooleanField(_l("The texts are published, without the name of the organisation"))
    required = BooleanField(_l("An answer is needed to send the page of questions"))

    def __init__(self, kind: Kind, *args: Any, data: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, data=data, **kwargs)
        self.kind = kind
        wanted = self.needed[kind]
        for name in ("options", "low", "high", "unit"):
            if name not in wanted:
                for code in offered():
                    del self[f"{name}_{code}"]
        for name in ("most", "steps", "least", "greatest", "decimals", "shown"):
            if name not in wanted:
                del self[name]
        if kind == "text":
            self.most.label.text = _l("Characters at most")
            self.most.default = 300
            if self.most.data is None and not self.is_submitted():
                self.most.data = 300

    def to_question(self, key: str) -> Question:
        """Return the form as a question. Problem: `question.uneven`."""
        wanted = self.needed[self.kind]
        question = Question(
            key=key,
            kind=self.kind,
            text=self.words_of("text"),
            help=self.words_of("help"),
            required=bool(self.required.data),
        )
        more: dict[str, Any] = {}
        for name in wanted:
            if name == "options":
                more[name] = questions_acts.options_of(dict(self.words_of(name)), offered())
            elif name in {"low", "high", "unit"}:
                more[name] = self.words_of(name)
            else:
                more[name] = self[name].data
        return replace(question, **more)


def ready_made() -> dict[str, Any]:
    """Return the form data of the question after priority governments, in every language."""
    words = {code: catalogue.mail_words(code)["priority_governments"] for code in offered()}
    return {"text": Text(words)}


def filled(question: Question) -> dict[str, Any]:
    """Return the form data of an existing question."""
    return {
        "text": question.text,
        "help": question.help,
        "required": question.required,
        "options": Text.each(
            offered(),
            lambda language: (
                ""
                if not any(option.into(language) for option in question.options)
                else "\n".join(option.best(language, *offered()) for option in question.options)
            ),
        ),
        "most": question.most,
        "steps": question.steps,
        "low": question.low,
        "high": question.high,
        "least": question.least,
        "greatest": question.greatest,
        "decimals": question.decimals,
        "unit": question.unit,
        "shown": question.shown,
    }


@blueprint.get("/rounds/<key>/questions", may="rounds.read")
def questions(key: str) -> Page:
    """Show the questions of a round in their order."""
    view = read(questions_acts.list_questions, key)
    return page("questions/desk.html", view.round, view=view, kinds=KINDS)


@blueprint.route("/rounds/<key>/new-question/<kind>", methods=["GET", "POST"], may="rounds.write")
def create_question(key: str, kind: str) -> Response | Page:
    """Write a question of a kind."""
    if kind not in KINDS:
        abort(404)
    form = QuestionForm(cast("Kind", kind), data=ready_made() if kind == "governments" else None)
    if form.does(lambda work: questions_acts.save_question(work, key, form.to_question(""))):
        return done(_("The question is added."), "questions", key=key)
    view = _editable(key)
    return page("questions/form.html", view.round, form, question=None, kind=kind, kinds=KINDS)


@blueprint.route("/rounds/<key>/questions/<question>", methods=["GET", "POST"], may="rounds.write")
def edit_question(key: str, question: str) -> Response | Page:
    """Show and save the form of a question."""
    view = read(questions_acts.list_questions, key)
    found = _of(view, question)
    form = QuestionForm(found.kind, data=filled(found))
    if form.does(lambda work: questions_acts.save_question(work, key, form.to_question(question))):
        return done(_("Saved."), "questions", key=key)
    _require_draft(view)
    return page("questions/form.html", view.round, form, question=found, kind=found.kind, kinds=KINDS)


@blueprint.post("/rounds/<key>/questions/<question>/move", may="rounds.write")
def move_question(key: str, question: str) -> Response:
    """Move a question one place up or down."""
    step: Literal[-1, 1] = -1 if request.form.get("step") == "up" else 1
    write(questions_acts.move_question, key, question, step)
    return redirect(url_for("secretariat.questions", key=key, _anchor=f"question-{question}"), 303)


@blueprint.route("/rounds/<key>/questions/<question>/delete", methods=["GET", "POST"], may="rounds.write")
def delete_question(key: str, question: str) -> Response | Page:
    """Delete a question, after asking."""
    form = Form()
    if form.does(lambda work: questions_acts.delete_question(work, key, question)):
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
        items=questions_pages.items_of_sheets(sheet),
        offered_places=lambda: questions_pages.offered(sheet),
        form=form,
        example=line.example,
    )
    return text, 200


def _editable(key: str) -> QuestionsView:
    view = read(questions_acts.list_questions, key)
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


MOST = 2**31  # so many marks there are: numbers that an address can have


@blueprint.get("/local-governments", may="rounds.read")
def local_governments() -> str:
    """Show the local governments that organisations named, with those that may be the same."""
    with reading() as work:
        lines = answers.listed(work)
        joined = answers.joined(work)
    names = {line.number: public_questions.place_name(line) for line in lines}
    return render_template(
        "questions/governments.html", lines=lines, names=names, joined=joined, mark=_mark, example=False
    )


@blueprint.post("/local-governments/<int:number>", may="rounds.write")
def join_government(number: int) -> Response:
    """Join a local government with another, or part it again where none is named; both by their marks."""
    with reading() as work:
        listed = [line.number for line in answers.listed(work)]
        known = {_mark(each): each for each in [*listed, *(row[0] for row in answers.joined(work))]}
    into = request.form.get("into", type=int)
    with writing() as work:
        if into is None:
            answers.part(work, known.get(number, 0))
        else:
            answers.join(work, known.get(number, 0), known.get(into, 0))
    return redirect(url_for("secretariat.local_governments"), 303)


def _mark(number: int) -> int:
    """Return by what a local government is named on the page.

    Its number would not do: numbers follow the order of arrival, and staff see when organisations vote.
    """
    key = str(current_app.secret_key).encode()
    drawn = hmac.new(key, f"local government {number}".encode(), "sha256").hexdigest()
    return int(drawn, 16) % MOST


FILES = ("tables.csv", "tables.xlsx", "answers.csv", "answers.xlsx", "answers.zip", "tables.zip")


@blueprint.get("/rounds/<key>/answers", may="result.read")
def question_results(key: str) -> Page:
    """Show what came of the questions of a counted round."""
    view = read(answers.desk, key, house().settings.small_cell)
    return page(
        "questions/results_desk.html",
        view.round,
        view=view,
        shown=question_pictures.shown(view.questions, view.facts, view.themes),
        each=answers_export.has_each(view.secrecy),
        small_cell=house().settings.small_cell,
    )


@blueprint.get("/rounds/<key>/answers/<file>", may="result.read", password=True)
def answers_file(key: str, file: str) -> flask_Response:
    """Return figures, or answers one by one where the secrecy of the round allows it, as a file."""
    if file not in FILES:
        abort(404)
    kind, _dot, ending = file.partition(".")
    table = write(answers_export.table, key, kind, current(), house().settings.small_cell)
    stem = f"{key}-{table.name}"
    if ending == "zip":
        return downloads.zipped(f"{stem}.zip", answers_export.zipped(table, stem))
    made = Export(
        stem,
        _("Answers to the questions of the consultation %(key)s", key=key),
        Sheet(table.name, table.headings, table.rows),
        now(),
        tuple(_facts(table)),
    )
    return as_file(made, "csv" if ending == "csv" else "xlsx")


def _facts(table: Table) -> list[tuple[str, str]]:
    return [(column.name, column.label) for column in table.columns]


@blueprint.route("/rounds/<key>/seats/<seat_key>/questions", methods=["GET", "POST"], may="ballot.assist")
def enter_answers(key: str, seat_key: str) -> Response | Page:
    """Show the empty page of questions of an organisation, and store what is entered for it."""
    view = read(answers.for_seat, key, seat_key)
    if request.method != "POST":
        return _page(view, AnswersForm(formdata=None, asked=view.digest, seen=view.version))
    form, raw = AnswersForm(), raw_of(request.form)
    found = questions_acts.read(view.questions, raw, [theme for theme, _title in view.themes])
    if found.faults and view.takes_answers and view.voted and form.asked.data == view.digest:
        return _page(view, form, raw, found.faults)

    def act() -> None:
        write(answers.enter, key, seat_key, raw, form.asked.data or "", form.version)

    if form.validate_on_submit() and form.accepts(act):
        said = _("The answers of “%(organisation)s” are recorded.", organisation=view.organisation)
        return done(said, "seat", key=key, seat_key=seat_key)
    view = read(answers.for_seat, key, seat_key)
    again = AnswersForm(formdata=None, asked=view.digest, seen=view.version)
    again.refusals, again.problem = form.refusals, form.problem
    return _page(view, again, raw)


def _page(
    view: values_Sheet,
    form: AnswersForm,
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
) -> Page:
    items = public_questions.items_of_sheets(view, raw, faults)
    text = render_template(
        "questions/assisted.html",
        view=view,
        form=form,
        items=items,
        offered_places=lambda: public_questions.offered(view),
        written=public_questions.written(view, raw) if raw is not None else [],
        example=view.example,
    )
    return text, 422 if any(item.error for item in items) else form.status
