"""The pages of those who are asked by a call: what is addressed to theirs, the answer to each, another link.

One blueprint for both sides, at two addresses, since a person can be asked on both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge
from wtforms import DateField, FileField, HiddenField, RadioField, SelectField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem, or_problem
from consulta.people import new_link
from consulta.people.pages.own_data import AddressForm
from consulta.platform.importing.waiting import Waiting
from consulta.platform.texts import file_name
from consulta.platform.web import too_large as large
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import calendar_day, current, language_choices
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public
from consulta.platform.web.request import actor, house, now, read, write
from consulta.sessions.follow_up import asking
from consulta.sessions.follow_up.evidence import ACCEPTED, LIMIT
from consulta.sessions.follow_up.service import LINK_MAX, TEXT_MAX
from consulta.sessions.follow_up.values import STEPS, Answer
from consulta.sessions.pages import follow_up_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.sessions.follow_up.values import OwnAnswers, OwnLine

BELONGS_TO = "follow_up"


blueprint = Pages(
    "seen_answers",
    __name__,
    under="/follow-up-answers/seen",
    also={"reported_answers": ("follow_up.answer_reported", "/follow-up-answers/reported")},
)
Page = tuple[str, int]
MEGABYTE = 1_000_000
MOST_DIGITS = 9
Held = tuple[str, bytes]


def number_of(text: str | None) -> int:
    """Return the number that a hidden entry or a choice has; 0 where it has none."""
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS else 0


class AnswerForm(Form):
    """What was done of a recommendation: a step, a day, words, and what it rests on."""

    places = beside(
        "report.step",
        "report.day",
        "report.text",
        "report.link",
        "report.addressee",
        "report.institution",
        "report.organisation",
        "report.received",
        day="report.future",
        file=("evidence.damaged", "evidence.empty", "evidence.kind", "evidence.large", "evidence.script"),
    )
    seen = HiddenField()
    step = RadioField(_l("Progress"), [InputRequired()])
    day = DateField(_l("Date it refers to"), [InputRequired()])
    text = TextAreaField(_l("What was done"), [InputRequired(), Length(max=TEXT_MAX)])
    language = SelectField(_l("Language of this text"), [InputRequired()])
    link = URLField(_l("Address of a page that documents it"), [Optional(), Length(max=LINK_MAX)])
    file = FileField(_l("File that documents it (PDF, PNG, JPEG or office document)"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step.choices = [(step, str(follow_up_words.STEP[step])) for step in STEPS]
        self.file.render_kw = {
            "accept": ACCEPTED,
            "data-most": str(LIMIT),
            "data-large": _(
                "This file is larger than %(most)s MB and was not added. What you wrote is still here.",
                most=LIMIT // 1_000_000,
            ),
        }
        self.language.choices = list(language_choices().items())

    def to_answer(self) -> Answer:
        """Return the form as what is reported."""
        sent = self.file.data if self.file.data and self.file.data.filename else None
        return Answer(
            step=self.step.data or "",
            day=self.day.data.isoformat() if self.day.data else "",
            text=self.text.data or "",
            language=self.language.data or "",
            link=self.link.data or "",
            file=(sent.filename, sent.read()) if sent else None,
        )


class OwnAnswerForm(AnswerForm):
    """What became of a recommendation, by those who are asked; a file is kept while something is wrong."""

    held = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = number_of(self.seen.data)
        self.chosen: Held | None = None

    def choose(self, waiting: Callable[[str], Held | None]) -> None:
        """Read the file that was chosen now, or the one that waits from before."""
        sent = self.file.data if self.file.data and self.file.data.filename else None
        name = file_name(sent.filename or "") if sent else ""
        self.chosen = (name, sent.read()) if sent else waiting(self.held.data or "")

    def to_answer(self) -> Answer:
        """Return the form as what is reported, with the file that was chosen."""
        return replace(super().to_answer(), file=self.chosen)

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, with days in words."""
        if problem.code == "report.future":
            problem = Problem(problem.code, today=calendar_day(str(problem.params["today"])))
        super().refuse(problem)


@blueprint.get("/", may="follow_up.answer_seen")
def own() -> Page:
    """Show the recommendations that are asked about, and how each stands."""
    return _page("follow_up/own.html", read(asking.own), Form())


@blueprint.route("/<reference>", methods=["GET", "POST"], may="follow_up.answer_seen")
def answer(reference: str) -> Response | Page:
    """Answer what became of a recommendation; the answer that was given last stays in its history.

    Raise Problem `recommendation.unknown` where the link is not about it.
    """
    view = read(asking.own)
    line = _line(view, reference)
    form = OwnAnswerForm(data={"language": current()})
    files = Waiting(
        house().settings.data / "evidence", f"{actor()}", now(), f"{view.side}:{view.organisation}"
    )
    held = ""
    if form.is_submitted():
        form.choose(files.find)
        if form.does(lambda work: asking.answer(work, reference, form.to_answer(), form.version)):
            files.drop(form.held.data or "")
            return redirect(url_for(".sent", reference=reference), 303)
        view = read(asking.own)
        line = _line(view, reference)
        form.held.data = files.hold(*form.chosen) if form.chosen and not form.file.errors else ""
        held = form.chosen[0] if form.held.data and form.chosen else ""
    form.seen.data = str(line.mine.version if line.mine is not None else 0)
    return _page("follow_up/own_answer.html", view, form, one=line, held=held, most=LIMIT // MEGABYTE)


@blueprint.get("/<reference>/sent", may="follow_up.answer_seen")
def sent(reference: str) -> Page:
    """Show what was recorded of a recommendation, and what comes next.

    Raise Problem `recommendation.unknown` where the link is not about it, or nothing was answered.
    """
    view = read(asking.own)
    line = _line(view, reference)
    if line.mine is None:
        raise Problem("recommendation.unknown")
    following = [
        each for each in view.lines if each.mine is None and each.recommendation.withdrawn_at is None
    ]
    return _page("follow_up/own_sent.html", view, Form(), one=line, following=following)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session; what was written is shown on it."""
    left_out = {"csrf_token", "step", "seen", "held"}
    written = [said for name, said in request.form.items() if said and name not in left_out]
    return render_template("follow_up/own_ended.html", nav=(), written=written), 403


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: Exception) -> Page:
    """Return the page (413) for a file that is too large to be read at all."""
    page = render_template(
        "follow_up/own_too_large.html", nav=(), most=LIMIT // MEGABYTE, written=large.written()
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
        words=follow_up_words,
        **more,
    )
    return page, form.status


# -- another link, asked for by its address


@public.route("/follow-up-link", methods=["GET", "POST"], may="links.request")
def follow_up_link() -> Response | tuple[str, int]:
    """Show the form for another link to answer; an answer to the address goes by mail only."""
    form = AddressForm()
    if form.validate_on_submit():
        write(new_link.ask, form.email.data or "", request.remote_addr or "", "follow_up")
        return redirect(url_for("public.follow_up_link_asked"), 303)
    return render_template("follow_up/new_link.html", form=form), form.status


@public.get("/follow-up-link/asked", may="links.request")
def follow_up_link_asked() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("follow_up/link_asked.html")
