"""The evaluation as forms: people to be asked, the last day, the publication."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from flask import abort, redirect, render_template, request, url_for
from wtforms import BooleanField, DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.web import charts, drawing
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, local, number, offered, percent, say, short_day
from consulta.platform.web.request import house, read, reading, write
from consulta.platform.web.table import (
    Column,
    Listing,
    Search,
    Table,
    acts,
    back,
    choice_among,
    handed_out,
    moment_columns,
)
from consulta.platform.web.taking import Chart
from consulta.rounds.pages import letters
from consulta.rounds.pages.stages import Day, Task, told_by
from consulta.rounds.service import subject
from consulta.sessions import evaluation
from consulta.sessions.evaluation import OwnEvaluation, PersonCommand
from consulta.vote.pages.question_pictures import HALF, UNTOLD, figure, label_of
from consulta.vote.pages.questions import KINDS, QuestionForm, filled
from consulta.vote.public import questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.models import EvaluationPerson
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.evaluation import Answered, EvaluationDesk, Figures
    from consulta.vote.questions import Kind, Question

BELONGS_TO = "evaluation"


LONGEST = 60_000
SHOWN = 8  # lines that are told to be wrong at once
PARTS = re.compile(r"\s*[;\t]\s*")


class PeopleForm(Form):
    """People who took part, one a line: name; organisation; e-mail; language."""

    places: ClassVar[dict[str, str]] = {"evaluation.no_one": "people", "evaluation.many": "people"}
    people = TextAreaField(_l("People, one a line"), [InputRequired(), Length(max=LONGEST)])

    def read(self, check: Callable[[PersonCommand], PersonCommand]) -> list[PersonCommand] | None:
        """Return the people that the lines name; None if a line names none, which the field then says.

        `check` raises a Problem where a person cannot be asked.
        """
        found: list[PersonCommand] = []
        wrong: list[str] = []
        for place, text in enumerate((self.people.data or "").splitlines(), start=1):
            if not text.strip():
                continue
            try:
                found.append(check(_person(text)))
            except Problem as problem:
                wrong.append(_("Line %(number)s: %(what)s", number=place, what=say(problem)))
        if wrong:
            self.people.errors = [*self.people.errors, *wrong[:SHOWN]]
            return None
        return found


def _person(text: str) -> PersonCommand:
    """Return the person that a line names. Problem: `evaluation.line`."""
    parts = PARTS.split(text.strip())
    place = next((number for number, part in enumerate(parts) if "@" in part), None)
    if place not in {1, 2} or len(parts) > place + 2:
        raise Problem("evaluation.line")
    language = parts[place + 1].lower() if len(parts) > place + 1 else ""
    usual = current() if current() in offered() else offered()[0]
    return PersonCommand(parts[0], parts[1] if place > 1 else "", parts[place], language or usual)


class LastDayForm(Form):
    """Until the end of which day answers are taken."""

    places: ClassVar[dict[str, str]] = {"evaluation.day": "day", "evaluation.past": "day"}
    day = DateField(_l("Last day for answers"), [InputRequired()])

    @property
    def last(self) -> str:
        """Return the day as `2027-06-20`; empty where there is none."""
        return self.day.data.isoformat() if "day" in self and self.day.data else ""


class PublishForm(Form):
    """The word to publish the evaluation as it is shown."""

    sure = BooleanField(_l("I have read it as the public will see it"), [InputRequired()])


class AnswersForm(Form):
    """What stands beside the answers: of which questions the form was made."""

    asked = HiddenField(validators=[Optional(), Length(max=64)])


@dataclass(frozen=True, slots=True)
class Row:
    """An option or a step with its figures in words; a dash where a figure is not told."""

    label: str
    count: str
    share: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with all that is told of its answers."""

    question: Question
    number: int
    message: str
    answered: str
    told: bool
    rows: tuple[Row, ...]
    mean: str
    middle: str
    chart: charts.BarChart | None
    texts: tuple[str, ...]


def response(found: Figures) -> str:
    """Return how many of those who were asked answered."""
    return _(
        "%(answered)s of the %(asked)s people asked have answered.",
        answered=number(found.answered),
        asked=number(found.asked),
    )


def shown(found: Figures) -> tuple[Shown, ...]:
    """Return the questions with what is told of their answers."""
    told = {each.key: each for each in found.facts.questions}
    return tuple(
        _shown(question, place, told[question.key]) for place, question in enumerate(found.questions, start=1)
    )


def take_away(some: Sequence[Shown]) -> tuple[Chart, ...]:
    """Return the charts to take away, named after their questions."""
    return tuple(
        Chart(
            each.question.key,
            each.message,
            f"{local(each.question.text)} {each.answered}",
            (_("Answer"), _("People"), _("Per cent")),
            tuple((row.label, row.count, row.share) for row in each.rows),
            partial(drawing.bars, chart=each.chart),
        )
        for each in some
        if each.chart is not None
    )


def _shown(question: Question, place: int, told: Answered) -> Shown:
    rows = tuple(
        Row(
            label_of(question, each.code),
            UNTOLD if each.count is None else number(each.count),
            UNTOLD if each.percent is None else percent(each.percent / 100, whole=True),
            each.percent,
        )
        for each in told.rows
    )
    bars = [(row.label, row.value, row.share) for row in rows if row.value is not None]
    mean, middle = told.mean, told.quantiles.middle
    answered: str = (
        _("Nearly everyone who sent the questionnaire answered this.")
        if told.answered is None
        else ngettext("%(num)s person answered.", "%(num)s people answered.", told.answered)
    )
    return Shown(
        question=question,
        number=place,
        message=_message(question, told, rows),
        answered=answered,
        told=told.told,
        rows=rows,
        mean="" if mean is None else _with_unit(question, mean),
        middle="" if middle is None or question.kind != "number" else _with_unit(question, middle),
        chart=charts.bars(bars, keep_order=question.kind == "scale") if bars else None,
        texts=told.texts,
    )


def _message(question: Question, told: Answered, rows: Sequence[Row]) -> str:
    """Return what the answers come to; the question itself where nothing can be said for sure."""
    mean = told.mean
    if question.kind == "scale" and mean is not None:
        said: str = _(
            "The mean is %(mean)s, from 1 (%(low)s) to %(steps)s (%(high)s)",
            mean=number(mean, "0.0"),
            low=local(question.low),
            steps=question.steps,
            high=local(question.high),
        )
        return said
    if question.kind == "number" and mean is not None:
        return _("The mean is %(value)s", value=_with_unit(question, mean))
    best = max((row for row in rows if row.value is not None), key=lambda row: row.value or 0, default=None)
    if question.kind in {"one", "several"} and best is not None and _is_most(question, rows, best):
        return _("Most often: “%(answer)s”, %(share)s", answer=best.label, share=best.share)
    return local(question.text)


def _is_most(question: Question, rows: Sequence[Row], best: Row) -> bool:
    """Return whether no other answer, told or not, can have been given as often as `best`."""
    if any(row is not best and row.value == best.value for row in rows):
        return False
    if all(row.value is not None for row in rows):
        return True
    return question.kind == "one" and (best.value or 0) > 100 * HALF


def _with_unit(question: Question, value: float) -> str:
    return f"{figure(value)} {local(question.unit)}".strip()


SOURCES: Mapping[str, object] = {
    "panel": _l("the panel"),
    "member": _l("the list of who took part"),
    "hand": _l("added by hand"),
}


def init_app(app: Flask) -> None:
    """Tell what is left to do after a session."""
    told_by(app, BELONGS_TO, _tasks, _days)


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield how far the evaluation of a session is."""
    way = url_for("secretariat.evaluation", key=line.key)
    view = evaluation.desk_page(work, line.key)
    answered = _("%(part)s of %(whole)s have answered", part=view.answered, whole=view.written)
    match view.state:
        case "none" | "draft":
            title = _("Those who took part have not been asked what they think of the session")
            note = _("best within a few days of it; answers have no names")
            yield Task("open", title, note, _("Evaluation"), way, rank=5)
        case "open":
            until = short_day(view.row.closes_at, view.zone) if view.row.closes_at else ""
            title = _("The evaluation takes answers until %(day)s", day=until)
            yield Task("care", title, answered, _("See"), way)
        case "over":
            yield Task(
                "open",
                _("Read the evaluation, and publish it"),
                answered,
                _("What they answered"),
                url_for("secretariat.evaluation_results", key=line.key),
                rank=2,
                reason=_("Its last day is over. Those who answered expect to read what it came to."),
            )
        case "published":
            yield Task("done", _("The evaluation is public"), answered, _("Evaluation"), way)


def _days(work: Work) -> Iterator[Day]:
    """Yield the last day of each evaluation that was sent."""
    for key, closes_at in evaluation.last_days(work):
        url = url_for("secretariat.evaluation", key=key)
        yield Day(closes_at, key, _("Last day of the evaluation"), url)


@blueprint.get("/rounds/<key>/evaluation", endpoint="evaluation", may="evaluation.read")
def evaluation_desk(key: str) -> Page:
    """Show the evaluation of a session: how far it is, its questions, and what can be done."""
    view = read(evaluation.desk_page, key)
    return page(
        "evaluation/desk.html",
        view.round,
        LastDayForm(formdata=None, data={"day": None}),
        view=view,
        kinds={kind: KINDS[kind] for kind in evaluation.QUESTION_KINDS},
    )


@blueprint.post("/rounds/<key>/evaluation/prepare", may="evaluation.write")
def prepare_evaluation(key: str) -> Response:
    """Take the ready-made questions as a draft, and list who took part."""
    form = Form()
    said = _("The evaluation is a draft: read its questions and the list of people, then send it.")
    if not form.does(lambda work: evaluation.prepare(work, key)):
        said = " ".join(form.refusals)
    return done(said, "evaluation", key=key)


@blueprint.get("/rounds/<key>/evaluation/preview", may="evaluation.read")
def evaluation_preview(key: str) -> Page:
    """Show the evaluation as a person who took part sees it; nothing can be sent from it."""
    name = catalogue.mail_words(current())["sample_guest"]
    view = read(evaluation.previewed, key, name, house().settings.small_cell)
    form = AnswersForm(formdata=None, asked=view.digest)
    return questionnaire(view, form, template="evaluation/preview.html")


# -- its questions


@blueprint.route(
    "/rounds/<key>/evaluation/new-question/<kind>", methods=["GET", "POST"], may="evaluation.write"
)
def create_evaluation_question(key: str, kind: str) -> Response | Page:
    """Write a question of a kind."""
    if kind not in evaluation.QUESTION_KINDS:
        abort(404)
    form = QuestionForm(cast("Kind", kind))
    if form.does(lambda work: evaluation.save_question(work, key, form.to_question(""))):
        return done(_("The question is added."), "evaluation", key=key)
    view = _editable(key)
    return page("evaluation/question.html", view.round, form, question=None, kind=kind, kinds=KINDS)


@blueprint.route(
    "/rounds/<key>/evaluation/questions/<question>", methods=["GET", "POST"], may="evaluation.write"
)
def edit_evaluation_question(key: str, question: str) -> Response | Page:
    """Show and save the form of a question."""
    found = _question(read(evaluation.desk_page, key), question)
    form = QuestionForm(found.kind, data=filled(found))
    if form.does(lambda work: evaluation.save_question(work, key, form.to_question(question))):
        return done(_("Saved."), "evaluation", key=key)
    view = _editable(key)
    return page("evaluation/question.html", view.round, form, question=found, kind=found.kind, kinds=KINDS)


@blueprint.post("/rounds/<key>/evaluation/questions/<question>/move", may="evaluation.write")
def move_evaluation_question(key: str, question: str) -> Response:
    """Move a question one place up or down."""
    step = -1 if request.form.get("step") == "up" else 1
    write(evaluation.move_question, key, question, step)
    return redirect(url_for("secretariat.evaluation", key=key, _anchor=f"question-{question}"), 303)


@blueprint.route(
    "/rounds/<key>/evaluation/questions/<question>/delete", methods=["GET", "POST"], may="evaluation.write"
)
def delete_evaluation_question(key: str, question: str) -> Response | Page:
    """Take a question out, after asking."""
    form = Form()
    if form.does(lambda work: evaluation.delete_question(work, key, question)):
        return done(_("The question has been removed."), "evaluation", key=key)
    view = _editable(key)
    return page("evaluation/delete.html", view.round, form, question=_question(view, question))


# -- who is asked


@blueprint.route("/rounds/<key>/evaluation/people", methods=["GET", "POST"], may="evaluation.write")
def evaluation_people(key: str) -> Response | Page:
    """Show who is asked, and the form that adds people."""
    form, people = PeopleForm(), None
    if form.validate_on_submit():
        with reading() as work:
            people = form.read(lambda each: evaluation.checked(work, each))
    if people is not None and form.does(lambda work: evaluation.add_people(work, key, people)):
        return done(_added(form.outcome), "evaluation_people", key=key)
    view, table = read(_table, key)
    return page("evaluation/people.html", view.round, form, view=view, table=table)


@blueprint.post("/rounds/<key>/evaluation/people/gather", may="evaluation.write")
def gather_evaluation_people(key: str) -> Response:
    """List who took part and has an address."""
    form = Form()
    if form.does(lambda work: evaluation.gather(work, key)):
        return done(_added(form.outcome), "evaluation_people", key=key)
    return done(" ".join(form.refusals), "evaluation_people", key=key)


@blueprint.post("/rounds/<key>/evaluation/people/<int:number>/remove", may="evaluation.write")
def remove_evaluation_person(key: str, number: int) -> Response:
    """Take a person off the list."""
    write(evaluation.remove_person, key, number)
    return back("secretariat.evaluation_people", key=key)


def _added(count: int) -> str:
    said: str = ngettext("%(num)s person was added.", "%(num)s people were added.", count)
    return said


@handed_out("evaluation")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[EvaluationDesk, Listing]:
    """Return the evaluation, and the table of those who are asked."""
    view = evaluation.desk_page(work, key)

    def source(each: EvaluationPerson) -> tuple[str, str]:
        return each.source, str(SOURCES[each.source])

    table = Table(
        title=_("Who is asked"),
        name="evaluation",
        endpoint="secretariat.evaluation_people",
        key=key,
        subject=subject(view.round),
        search=Search(_("Name or organisation"), lambda each: f"{each.name} {each.organisation}"),
        choices=[choice_among("source", _("From"), view.people, source)],
        columns=[
            Column("name", _("Name"), lambda each: each.name),
            Column("organisation", _("Organisation"), lambda each: each.organisation, phone="under"),
            Column("email", _("E-mail"), lambda each: each.email),
            Column("language", _("Language"), lambda each: each.language),
            Column("source", _("From"), lambda each: source(each)[1]),
            *moment_columns(_("Written to"), lambda each: each.written_at),
            acts(_("Change")),
        ],
    )
    return view, table.over(view.people, whole=whole)


# -- the mails


@blueprint.route("/rounds/<key>/evaluation/send", methods=["GET", "POST"], may="evaluation.write")
def send_evaluation(key: str) -> Response | Page:
    """Show who would be asked, and write to them; the first time with the last day for answers."""
    view = read(evaluation.desk_page, key)
    form = LastDayForm()
    if view.row.opened_at is not None:
        del form.day
    if form.does(lambda work: evaluation.ask(work, key, form.last)):
        return done(_on_its_way(form.outcome), "evaluation", key=key)
    return letters.shown(
        "evaluation/send.html",
        key,
        form,
        evaluation.asking,
        _("Send the evaluation"),
        _way_back(key),
        view=view,
    )


@blueprint.route("/rounds/<key>/evaluation/remind", methods=["GET", "POST"], may="evaluation.write")
def remind_evaluation(key: str) -> Response | Page:
    """Show who would be reminded, and remind them."""
    form = Form()
    if form.does(lambda work: evaluation.remind(work, key)):
        return done(_on_its_way(form.outcome), "evaluation", key=key)
    return letters.shown(
        "letters/mass_mail.html",
        key,
        form,
        evaluation.reminding,
        _("Send a reminder to people who have not answered"),
        _way_back(key),
    )


@blueprint.route("/rounds/<key>/evaluation/end", methods=["GET", "POST"], may="evaluation.write")
def move_evaluation(key: str) -> Response | Page:
    """Show and change the last day for answers."""
    form = LastDayForm()
    if form.does(lambda work: evaluation.move_end(work, key, form.last)):
        return done(_("Saved."), "evaluation", key=key)
    view = read(evaluation.desk_page, key)
    if view.row.closes_at is None:
        raise Problem("evaluation.unsent")
    return page("evaluation/end.html", view.round, form, view=view)


def _way_back(key: str) -> tuple[str, str]:
    return url_for("secretariat.evaluation", key=key), _("Evaluation of the session")


def _on_its_way(count: int) -> str:
    said: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
    return said


# -- what came of it


@blueprint.get("/rounds/<key>/evaluation/results", may="evaluation.read")
def evaluation_results(key: str) -> Page:
    """Show the answers, once none is taken any more."""
    view = read(evaluation.results_page, key, house().settings.small_cell)
    return page(
        "evaluation/results.html",
        view.round,
        view=view,
        shown=shown(view.desk),
        response=response(view.desk),
    )


@blueprint.route(
    "/rounds/<key>/evaluation/publish", methods=["GET", "POST"], may="rounds.publish", password=True
)
def publish_evaluation(key: str) -> Response | Page:
    """Show the evaluation as the public would see it, and publish it."""
    form = PublishForm()
    if form.does(lambda work: evaluation.publish(work, key, house().settings.small_cell)):
        return done(_("The evaluation is published."), "evaluation", key=key)
    view = read(evaluation.results_page, key, house().settings.small_cell)
    return page(
        "evaluation/publish.html",
        view.round,
        form,
        view=view,
        shown=shown(view.public),
        response=response(view.public),
    )


def _editable(key: str) -> EvaluationDesk:
    view = read(evaluation.desk_page, key)
    if view.state != "draft":
        raise Problem("evaluation.unprepared" if view.state == "none" else "evaluation.frozen")
    return view


def _question(view: EvaluationDesk, key: str) -> Question:
    return view.questions[evaluation.place(view.questions, key)]


Answer = tuple[str, int]


CONFLICTS = frozenset({"evaluation.answered", "evaluation.over", "answers.foreign"})


def questionnaire(
    view: OwnEvaluation,
    form: AnswersForm,
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
    template: str = "evaluation/own.html",
) -> Answer:
    """Return the page of the questions, or of why none are asked any more."""
    items = tuple(questions.item(question, {}, raw, faults) for question in view.questions)
    written = []
    if not view.takes_answers or view.answered:
        template = "evaluation/closed.html"
        written = questions.in_lines(view.questions, raw or {})
    text = render_template(
        template, nav=(), example=view.example, view=view, form=form, items=items, written=written
    )
    if form.problem is not None and form.problem.code in CONFLICTS:
        return text, 409
    return text, 422 if any(item.error for item in items) else form.status
