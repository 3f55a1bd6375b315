"""The evaluation of a session at the desk: its questions, who is asked, the mails, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, short_day
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
from consulta.rounds.letters.pages import mass_mail
from consulta.rounds.pages.afterwards import Day, Task, told_by
from consulta.rounds.service import subject
from consulta.sessions.evaluation import questionnaire, results, writing
from consulta.sessions.evaluation import service as evaluation
from consulta.sessions.evaluation.forms import AnswersForm, LastDayForm, PeopleForm, PublishForm
from consulta.sessions.evaluation.pages import own, pictures
from consulta.vote.questions.forms import KINDS, QuestionForm, filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.evaluation.values import EvaluationDesk, PersonLine
    from consulta.vote.questions.values import Kind, Question

STATES: Mapping[str, tuple[str, object]] = {
    "none": ("", _l("not prepared")),
    "draft": ("", _l("a draft")),
    "open": ("now", _l("answers are taken")),
    "over": ("met", _l("over")),
    "published": ("met", _l("published")),
}
SOURCES: Mapping[str, object] = {
    "panel": _l("the panel"),
    "member": _l("the list of who took part"),
    "hand": _l("added by hand"),
}


def init_app(app: Flask) -> None:
    """Tell what is left to do after a session."""
    told_by(app, _tasks, _days)


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield how far the evaluation of a session is."""
    way = url_for("secretariat.evaluation", key=line.key)
    view = evaluation.standing(work, line.key)
    answered = _("%(part)s of %(whole)s have answered", part=view.answered, whole=view.written)
    match view.state:
        case "none" | "draft":
            title = _("Those who took part have not been asked what they think of the session")
            note = _("best within a few days of it; answers have no names")
            yield Task("open", title, note, _("Evaluation"), way, rank=5)
        case "open":
            until = short_day(view.closes_at, line.zone) if view.closes_at else ""
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
        kinds={kind: KINDS[kind] for kind in questionnaire.KINDS},
        states=STATES,
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
    return own.page(view, form, template="evaluation/preview.html")


# -- its questions


@blueprint.route(
    "/rounds/<key>/evaluation/new-question/<kind>", methods=["GET", "POST"], may="evaluation.write"
)
def create_evaluation_question(key: str, kind: str) -> Response | Page:
    """Write a question of a kind."""
    if kind not in questionnaire.KINDS:
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
    form = PeopleForm()
    with reading() as work:
        valid = form.validate_on_submit()
        people = form.read(lambda each: evaluation.checked(work, each)) if valid else None
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

    def source(each: PersonLine) -> tuple[str, str]:
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
    if view.opened_at is not None:
        del form.day
    if form.does(lambda work: writing.ask(work, key, form.last)):
        return done(_on_its_way(form.outcome), "evaluation", key=key)
    return mass_mail.shown(
        "evaluation/send.html",
        key,
        form,
        writing.asking,
        _("Send the evaluation"),
        _way_back(key),
        view=view,
    )


@blueprint.route("/rounds/<key>/evaluation/remind", methods=["GET", "POST"], may="evaluation.write")
def remind_evaluation(key: str) -> Response | Page:
    """Show who would be reminded, and remind them."""
    form = Form()
    if form.does(lambda work: writing.remind(work, key)):
        return done(_on_its_way(form.outcome), "evaluation", key=key)
    return mass_mail.shown(
        "letters/mass_mail.html",
        key,
        form,
        writing.reminding,
        _("Remind those who have not answered"),
        _way_back(key),
    )


@blueprint.route("/rounds/<key>/evaluation/end", methods=["GET", "POST"], may="evaluation.write")
def move_evaluation(key: str) -> Response | Page:
    """Show and change the last day for answers."""
    form = LastDayForm()
    if form.does(lambda work: evaluation.move_end(work, key, form.last)):
        return done(_("Saved."), "evaluation", key=key)
    view = read(evaluation.desk_page, key)
    if view.closes_at is None:
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
    view = read(results.desk, key, house().settings.small_cell)
    return page(
        "evaluation/results.html",
        view.round,
        view=view,
        shown=pictures.shown(view.desk),
        response=pictures.response(view.desk),
    )


@blueprint.route(
    "/rounds/<key>/evaluation/publish", methods=["GET", "POST"], may="rounds.publish", password=True
)
def publish_evaluation(key: str) -> Response | Page:
    """Show the evaluation as the public would see it, and publish it."""
    form = PublishForm()
    if form.does(lambda work: results.publish(work, key, house().settings.small_cell)):
        return done(_("The evaluation is published."), "evaluation", key=key)
    view = read(results.desk, key, house().settings.small_cell)
    return page(
        "evaluation/publish.html",
        view.round,
        form,
        view=view,
        shown=pictures.shown(view.public),
        response=pictures.response(view.public),
    )


def _editable(key: str) -> EvaluationDesk:
    view = read(evaluation.desk_page, key)
    if view.state != "draft":
        raise Problem("evaluation.unprepared" if view.state == "none" else "evaluation.frozen")
    return view


def _question(view: EvaluationDesk, key: str) -> Question:
    return view.questions[questionnaire.place(view.questions, key)]
