"""A page of questions as its templates draw it: what is filled in, what is wrong, and answers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden
from wtforms import HiddenField
from wtforms.validators import Length, Optional

from consulta.platform.data import catalogue
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import taking
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.fields import Form
from consulta.platform.web.language import alphabetical, local, number, say
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import read, write
from consulta.vote import answers
from consulta.vote import questions as questions_acts
from consulta.vote.pages import question_pictures
from consulta.vote.pages.question_pictures import state_name
from consulta.vote.questions import GovernmentLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response as flask_Response
    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.vote.questions import Answer, NamedGovernment, Question, Sheet

BELONGS_TO = "questions"


SUGGESTED = 300  # local governments that a page offers


@dataclass(frozen=True, slots=True)
class Asked:
    """A theme for which governments are asked, and what is in its fields: three of either kind."""

    theme: str
    title: Text
    states: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A question on the page: what is in its fields, and what is wrong with that."""

    question: Question
    values: tuple[str, ...]
    error: str

    asked: tuple[Asked, ...] = ()

    @property
    def value(self) -> str:
        """Return what is in its one field."""
        return self.values[0] if self.values else ""


def items_of_sheets(
    sheet: Sheet, raw: Mapping[str, Sequence[str]] | None = None, faults: Mapping[str, Problem] | None = None
) -> tuple[Item, ...]:
    """Return the questions with what was sent in their fields, or with the stored answers."""
    return tuple(
        Item(
            question,
            (),
            say(faults[question.key]) if faults and question.key in faults else "",
            _asked(sheet, question, raw),
        )
        if question.kind == "governments"
        else item(question, sheet.said, raw, faults)
        for question in sheet.questions
    )


def item(
    question: Question,
    said: Mapping[str, Answer],
    raw: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, Problem] | None = None,
) -> Item:
    """Return a question with what was sent in its fields, or with the stored answer."""
    return Item(
        question,
        tuple(raw.get(question.key, ())) if raw is not None else fields_of(question, said),
        say(faults[question.key]) if faults and question.key in faults else "",
    )


def _asked(sheet: Sheet, question: Question, raw: Mapping[str, Sequence[str]] | None) -> tuple[Asked, ...]:
    """Return the themes for which governments are asked, each with three fields of either kind."""
    said = sheet.said.get(question.key, {})

    def three(theme: str, kind: str) -> tuple[str, ...]:
        if raw is not None:
            found = [each for each in raw.get(f"{question.key}:{theme}:{kind}", ()) if each.strip()]
        elif kind == questions_acts.NATIONAL:
            found = [state_name(code) for code in said.get(theme, {}).get(kind, ())]
        else:
            found = [place_name(sheet.governments[number]) for number in said.get(theme, {}).get(kind, ())]
        return tuple([*found, "", "", ""][: questions_acts.MOST])

    return tuple(
        Asked(theme, title, three(theme, questions_acts.NATIONAL), three(theme, questions_acts.LOCAL))
        for theme, title in sheet.themes
    )


def place_name(place: GovernmentLine | NamedGovernment) -> str:
    """Return a local government with its country, where that is known."""
    code = place.country if isinstance(place, GovernmentLine) else place.code
    return f"{place.name} ({state_name(code)})" if code else place.name


def offered(sheet: Sheet) -> tuple[list[str], list[str]]:
    """Return the States and the local governments that the fields suggest, by name."""
    states = sorted((state_name(each.iso2) for each in catalogue.countries()), key=alphabetical)
    places = {each.number: place_name(each) for each in sheet.governments.values()}
    return states, sorted(places.values(), key=alphabetical)[:SUGGESTED]


def fields_of(question: Question, said: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return a stored answer as the fields of the form have it."""
    found = said.get(question.key)
    if found is None:
        return ()
    if isinstance(found, list):
        return tuple(str(each) for each in found)
    if question.kind == "number":
        return (number(float(found), "0.##"),)
    return (str(found),)


def written(sheet: Sheet, raw: Mapping[str, Sequence[str]]) -> list[str]:
    """Return in words what was sent, a question a line, to be copied."""
    governments = [
        f"{local(title)}: {', '.join(said)}"
        for question in sheet.questions
        if question.kind == "governments"
        for theme, title in sheet.themes
        if (
            said := [
                each.strip()
                for kind in (questions_acts.NATIONAL, questions_acts.LOCAL)
                for each in raw.get(f"{question.key}:{theme}:{kind}", ())
                if each.strip()
            ]
        )
    ]
    return governments + in_lines(sheet.questions, raw)


def in_lines(questions: Sequence[Question], raw: Mapping[str, Sequence[str]]) -> list[str]:
    """Return in words what was sent, a question each: the question, and its answer on the next line."""
    return [
        f"{local(question.text)}\n{', '.join(said)}"
        for question in questions
        if (said := in_words(question, raw.get(question.key, ())))
    ]


def in_words(question: Question, raw: Sequence[str]) -> list[str]:
    """Return what stands in the fields of a question, options by their words."""
    given = [each.strip() for each in raw if each.strip()]
    if question.kind in {"one", "several"}:
        names = {str(place): local(each) for place, each in enumerate(question.options, start=1)}
        return [names.get(each, each) for each in given]
    if question.kind == "scale":
        return [_("%(step)s of %(steps)s", step=each, steps=question.steps) for each in given]
    return given


blueprint = Pages("answers", __name__)
Page = tuple[str, int]
STATUS = {"answers.over": 409, "answers.changed": 409, "answers.foreign": 409, "answers.unvoted": 409}


@blueprint.route("/ballot/<key>/questions", methods=["GET", "POST"], may="answers.write")
def sheet(key: str) -> Response | Page:
    """Show the questions of a round, with the answers so far; after a POST store the answers.

    What was written is shown again where it could not be stored.
    """
    view = read(answers.own, key)
    if request.method != "POST":
        return _page(view, AnswersForm(formdata=None, asked=view.digest, seen=view.version))
    form, raw = AnswersForm(), raw_of(request.form)
    found = questions_acts.read(view.questions, raw, [theme for theme, _title in view.themes])
    if found.faults and view.takes_answers and view.voted and form.asked.data == view.digest:
        return _page(view, form, raw, faults=found.faults)

    def act() -> None:
        write(answers.send, key, raw, form.asked.data or "", form.version)

    if form.validate_on_submit() and form.accepts(act):
        return redirect(url_for("answers.sheet", key=key, saved=1), 303)
    view = read(answers.own, key)
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
    items = items_of_sheets(view, raw, faults)
    if not view.takes_answers or not view.voted:
        template = "questions/closed.html"
        more["written"] = written(view, raw) if raw is not None else []
    page = render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        form=form,
        items=items,
        offered_places=lambda: offered(view),
        **more,
    )
    code = form.problem.code if form.problem else ""
    return page, STATUS.get(code, 422 if any(item.error for item in items) else form.status)


@public_blueprint.get("/rounds/<key>/answers", may="published.read")
def question_results(key: str) -> str:
    """Show what was published of the answers to the questions of a round."""
    view = read(answers.published, key)
    shown = question_pictures.shown(view.questions, view.facts, view.themes)
    return render_template(
        "questions/results_public.html",
        view=view,
        shown=shown,
        takes=taking.addresses(question_pictures.take_away(shown), "public.question_chart", key=key),
        example=view.card.example,
    )


@public_blueprint.get("/rounds/<key>/answers/<chart>.<any(svg, csv):ending>", may="published.read")
def question_chart(key: str, chart: str, ending: str) -> flask_Response:
    """Return the chart of a question to take away, as a picture or as its figures."""
    view = read(answers.published, key)
    charts = question_pictures.take_away(question_pictures.shown(view.questions, view.facts, view.themes))
    page = url_for("public.question_results", key=key)
    below = source(page, str(local(view.card.title)), example=view.card.example)
    return taking.answer(charts, chart, ending, f"{key}-{chart}", below)


ANSWER = "a-"  # what the names of the fields of answers begin with


class AnswersForm(Form):
    """What stands on a page of questions beside the answers: of which questions and answers it was made."""

    asked = HiddenField(validators=[Optional(), Length(max=64)])
    seen = HiddenField(validators=[Optional(), Length(max=9)])

    @property
    def version(self) -> int:
        """Return the version of the answers that the form was made of; 0 where it says none."""
        said = str(self.seen.data or "")
        return int(said) if said.isascii() and said.isdecimal() else 0


def raw_of(form: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return the fields of a form that are answers, by the key of the question."""
    return {name.removeprefix(ANSWER): form.getlist(name) for name in form if name.startswith(ANSWER)}
