"""A theme as a member proposes it; lengths are checked by the use case, so that no typed text is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from consulta.core.problems import Problem, or_problem
from consulta.platform.data import catalogue
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Boxes, Form, beside
from consulta.platform.web.language import alphabetical, current, local, offered
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read, write, writing
from consulta.themes import proposals as acts
from consulta.themes.proposals import TITLE_MAX, WHY_MAX, ThemeProposalCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response

    from consulta.themes.proposals import OwnTheme, OwnThemes

BELONGS_TO = "theme_proposals"


class ThemeProposalForm(Form):
    """What a theme is about, why, and whom it concerns, in one language."""

    places = beside(
        "theme_proposal.answer",
        "theme_proposal.countries",
        "theme_proposal.language",
        "theme_proposal.title",
        "theme_proposal.why",
        objectives="theme.choose",
        title="theme_proposal.twin",
    )

    answer = TextAreaField(_l("Your answer"))
    title = StringField(_l("Title of the theme"), [InputRequired()])
    why = TextAreaField(_l("Why it matters"), [InputRequired()])
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)
    countries = Boxes(_l("Countries concerned"))
    populations = Boxes(_l("Groups of people concerned"))
    language = SelectField(_l("Language you are writing in"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = current()
        self.answer.flags.sometimes = self.objectives.flags.required = True
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short.best(reader)}" for each in catalogue.objectives()
        }
        countries = [(each.iso2, local(each.name)) for each in catalogue.countries()]
        self.countries.choices = dict(sorted(countries, key=lambda one: alphabetical(one[1])))
        self.populations.choices = {key: local(name) for key, name in catalogue.terms("populations").items()}
        known = catalogue.languages_by_key()
        first = [code for code in offered() if code in known]
        codes = [*first, *(code for code in known if code not in first)]
        self.language.choices = {code: local(known[code].name).capitalize() for code in codes}

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Return the boxes of the objectives, group by group, with the names of the groups."""
        boxes = {int(box.data): box for box in self.objectives}
        return [
            (group.name.best(current()), [boxes[each.number] for each in group.objectives])
            for group in catalogue.objective_groups()
        ]

    def to_command(self) -> ThemeProposalCommand:
        """Return the form as a command."""
        return ThemeProposalCommand(
            language=self.language.data or "",
            title=self.title.data or "",
            why=self.why.data or "",
            objectives=tuple(self.objectives.data or ()),
            countries=tuple(self.countries.data or ()),
            populations=tuple(self.populations.data or ()),
        )

    def carried(self) -> Iterator[tuple[str, str]]:
        """Yield the name and value of each entry, for hidden fields of the review."""
        for field in self:
            if field.name in {"csrf_token", "answer"}:
                continue
            for value in (field.data or ()) if isinstance(field, Boxes) else (field.data,):
                yield field.name, str(value)

    def written(self) -> Iterator[tuple[str, str]]:
        """Yield each field that was filled in (label, value in words), to be copied."""
        for field in self:
            said = _said(field)
            if said and field.name not in {"csrf_token", "language"}:
                yield str(field.label.text), said


def _filled(made: OwnTheme) -> dict[str, Any]:
    """Return the data of a form for a proposal, in the words in which it was written."""
    return {
        "title": made.title.into(made.language) or made.title.best(made.language),
        "why": made.why.into(made.language) or made.why.best(made.language),
        "objectives": list(made.objectives),
        "countries": list(made.countries),
        "populations": list(made.populations),
        "language": made.language,
    }


def _said(field: Field) -> str:
    if isinstance(field, Boxes):
        names = {str(value): str(label) for value, label, *_ in field.iter_choices()}
        return "; ".join(names.get(str(value), "") for value in field.data or ())
    return str(field.data or "").strip()


blueprint = Pages("theme_proposals", __name__, under="/proposing/<key>/themes")
Page = tuple[str, int]


@blueprint.get("", may="theme_proposals.propose")
def own(key: str) -> str:
    """Show the proposals of the organisation, each with its state."""
    received = request.args.get("received", "")
    return _page(
        "theme_proposals/own.html",
        read(acts.own, key, house().settings.small_cell),
        received=received,
        form=Form(),
    )


@blueprint.route("/new", methods=["GET", "POST"], may="theme_proposals.propose")
def propose(key: str) -> Response | Page:
    """Show the form, then the review beside what looks alike, and record the proposal.

    Where the time is over, what was written is shown (409), to be copied.
    """
    view = read(acts.own, key, house().settings.small_cell)
    form = ThemeProposalForm(data={"language": current()})
    if not view.phase.on:
        if request.method != "POST":
            return redirect(url_for(".own", key=key), 303)
        return _page("theme_proposals/over.html", view, written=list(form.written())), 409
    if not view.room and request.method != "POST":
        return redirect(url_for(".own", key=key), 303)
    step = request.form.get("step", "review")
    if (
        step == "send"
        and form.validate_on_submit()
        and form.accepts(lambda: write(acts.propose, key, form.to_command()))
    ):
        return redirect(url_for(".own", key=key, received=form.outcome), 303)
    if step == "review" and form.validate_on_submit() and form.accepts(lambda: _check(key, form)):
        similar = read(acts.similar, key, form.to_command())
        return _page("theme_proposals/review.html", view, form=form, similar=similar), 200
    return _page("theme_proposals/propose.html", view, form=form, made=None), form.status


@blueprint.route("/<int:number>", methods=["GET", "POST"], may="theme_proposals.propose")
def change(key: str, number: int) -> Response | Page:
    """Change a proposal that waits, or answer the question that was asked about it.

    Problems: `theme_proposal.unknown`, `theme_proposal.decided`.
    """
    view = read(acts.own, key, house().settings.small_cell)
    made = or_problem(
        next((each for each in view.proposals if each.number == number), None), "theme_proposal.unknown"
    )
    if made.state not in {"submitted", "returned"}:
        raise Problem("theme_proposal.decided")
    form = ThemeProposalForm(data=_filled(made))
    if made.state != "returned":
        del form.answer
    if not view.phase.on and made.state != "returned":
        if request.method != "POST":
            return redirect(url_for(".own", key=key), 303)
        return _page("theme_proposals/over.html", view, written=list(form.written())), 409
    if form.validate_on_submit() and form.accepts(lambda: _change(key, number, form)):
        return redirect(url_for(".own", key=key, received=number), 303)
    return _page("theme_proposals/propose.html", view, form=form, made=made), form.status


@blueprint.post("/<int:number>/withdraw", may="theme_proposals.propose")
def withdraw(key: str, number: int) -> Response:
    """Take back a proposal that waits."""
    write(acts.withdraw, key, number)
    return redirect(url_for(".own", key=key), 303)


@blueprint.get("/others", may="theme_proposals.propose")
def others(key: str) -> Response | str:
    """Show the proposals of other organisations, where they are seen now."""
    view = read(acts.own, key, house().settings.small_cell)
    if not view.seen:
        return redirect(url_for(".own", key=key), 303)
    return _page("theme_proposals/others.html", view, form=Form())


@blueprint.post("/<int:number>/support", may="theme_proposals.propose")
def support(key: str, number: int) -> Response:
    """Support a proposal of another organisation, or take the support back."""
    with writing() as work:
        if request.form.get("support") == "no":
            acts.unsupport(work, key, number)
        else:
            acts.support(work, key, number)
    return redirect(url_for(".others", key=key, _anchor=f"p{number}"), 303)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this round, with what was written."""
    form = ThemeProposalForm()
    typed = list(form.written()) if request.method == "POST" and "title" in request.form else []
    return render_template("theme_proposals/ended.html", nav=(), written=typed), 403


def _check(key: str, form: ThemeProposalForm) -> None:
    read(acts.check, key, form.to_command())


def _change(key: str, number: int, form: ThemeProposalForm) -> None:
    answer = form.answer.data or "" if "answer" in form else ""
    write(acts.change, key, number, form.to_command(), answer)


def _page(template: str, view: OwnThemes, **values: object) -> str:
    return render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        title_max=TITLE_MAX,
        why_max=WHY_MAX,
        **lists(),
        **values,
    )


def lists() -> dict[str, object]:
    """Return the lists of which `theme_proposals/parts.html` takes names."""
    return {
        "objectives_by_number": catalogue.objectives_by_number(),
        "countries_by_code": catalogue.countries_by_code(),
        "populations_by_key": catalogue.terms("populations"),
        "languages_by_key": catalogue.languages_by_key(),
    }


@public_blueprint.get("/rounds/<key>/themes-proposed", may="published.read")
def themes_proposed(key: str) -> str:
    """Show every proposal, its state and the reason. Problem: `round.unknown`, until the phase is over."""
    view = read(acts.public, key, house().settings.small_cell)
    return render_template("theme_proposals/public.html", view=view, example=view.example, **lists())
