"""A round in five decisions on one page, new or a draft, with its rules in a drawer; deleting a draft.

Both addresses show the same page. What is left to look at stands on the page of the opening.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from wtforms import RadioField
from wtforms.validators import InputRequired

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.desk import copying, opening
from consulta.desk.copying import MAIL, NOMINEES, PANEL, QUESTIONS, THEMES
from consulta.platform.data import catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, TypedKeyForm
from consulta.platform.web.language import local, offered, say
from consulta.platform.web.request import house, read, reading
from consulta.rounds import service as rounds
from consulta.rounds import themes as round_themes
from consulta.rounds.pages.forms import RoundForm, round_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from consulta.desk.copying import Source
    from consulta.platform.work import Work
    from consulta.rounds.service import RoundCommand
    from consulta.rounds.values import RoundLine, RoundOverview, ThemeLine

# What of a saved draft is told at once and not only on the page of the opening.
AT_ONCE = frozenset(
    {
        "deadline.dates",
        "deadline.hour",
        "deadline.twice",
        "opening.country_rules",
        "opening.description_other",
        "opening.no_effect",
        "opening.question_other",
        "opening.theme_title_other",
        "opening.title_other",
    }
)
USUAL = (QUESTIONS, PANEL, MAIL)  # what is ticked to be copied
READY, SAME, ASK, OWN = "ready", "same", "ask", "own"  # where the themes come from


class NewRoundForm(RoundForm):
    """A new round: where its themes come from, and what of an earlier round is copied."""

    themes = RadioField(_l("Among which themes"), [InputRequired()])
    parts = Boxes(_l("Copy"))

    def offer(self, source: Source | None, last: RoundLine | None) -> None:
        """Offer the themes of the round `last` and the parts of `source`; what usually suits is ticked."""
        choices = {}
        if last:
            choices[SAME] = _("The %(count)s of “%(title)s”", count=last.themes, title=local(last.title))
        ready = len(catalogue.demo_themes())
        self.themes.choices = choices | {
            READY: _("%(count)s ready-made themes, which cover all objectives", count=ready),
            ASK: _("Organisations propose them first"),
            OWN: _("I write them"),
        }
        self.parts.choices = _parts(source) if source else {}
        self.parts.flags.sometimes = True  # none may be ticked, and still it is no extra
        if not self.is_submitted():
            self.themes.data = SAME if last else READY
            self.parts.data = [part for part in USUAL if part in self.parts.choices]


def _parts(source: Source) -> dict[str, str]:
    """Return what an earlier round has that can be copied, with its words."""
    line = source.round
    found = {
        QUESTIONS: line.questions and _("the questions beside the ranking (%(count)s)", count=line.questions),
        PANEL: _("the rules of the panel"),
        MAIL: source.texts and _("texts of mails that were changed (%(count)s)", count=source.texts),
        NOMINEES: line.nominees
        and _("nominees: choose them on the next page (%(count)s)", count=line.nominees),
    }
    return {part: said for part, said in found.items() if said}


@blueprint.route("/new-round", methods=["GET", "POST"], may="rounds.write")
def create_round() -> Response | Page:
    """Show and take the decisions of a new round; `from` in the query names a round to copy from."""
    source_key = request.args.get("from", "")
    with reading() as work:
        lines = rounds.list_rounds(work)
        command = rounds.proposed(work, source_key)
        source = copying.source(work, source_key) if source_key else None
        roll = opening.roll_of_rules(work)
        last = source.round if source else next((each for each in lines if each.state != "cancelled"), None)
        last = last if last and last.themes else None
        lacking = _lacking(round_themes.list_themes(work, last.key).themes) if last else []
    form = round_form(command, roll, house().settings.objection_hours, NewRoundForm, is_new=True)
    form.offer(source, last)

    def act(work: Work) -> str:
        parts = set(form.parts.data or ())
        if form.themes.data == SAME:
            parts.add(THEMES)
        from_key = last.key if last and THEMES in parts else source_key
        key = copying.create(work, form.into(command), from_key, parts)
        if form.themes.data == READY:
            round_themes.add_proposed_themes(work, key)
        return key

    looks = LOOK in request.form
    if not looks and form.does(act):
        return _created(form, source_key)
    context = _shown(form, command, looks=looks)
    text = render_template(
        "lifecycle/decide.html",
        form=form,
        line=None,
        lines=lines,
        source=source,
        example=False,
        lacking=lacking,
        themes=(),
        **context,
    )
    return text, form.status


def _created(form: NewRoundForm, source_key: str) -> Response:
    """Return the way on from a new draft: to what is left to decide, else to its review."""
    flash(_("The draft is kept: you can leave it here and come back at any time."))
    key, themes = form.outcome, form.themes.data
    if NOMINEES in (form.parts.data or ()):
        return redirect(url_for("secretariat.copy_nominees", key=key, source=source_key), 303)
    pages = {ASK: "proposing", OWN: "themes"}
    if themes in pages:
        _say_at_once(key)
    return redirect(url_for(f"secretariat.{pages.get(themes, 'opening')}", key=key), 303)


@blueprint.route("/rounds/<key>/edit", methods=["GET", "POST"], may="rounds.write")
def edit_round(key: str) -> Response | Page:
    """Show and save the decisions of a draft. Problem: `round.frozen` if it is no draft."""
    command, view = _draft(key)
    _require_draft(view)
    form = round_form(command, read(opening.roll_of_rules), house().settings.objection_hours, RoundForm)
    looks = LOOK in request.form
    if not looks and form.does(lambda work: rounds.edit_round(work, key, form.into(command))):
        flash(_("Saved."))
        if "leave" not in request.form:
            return redirect(url_for("secretariat.opening", key=form.outcome), 303)
        _say_at_once(form.outcome)
        return redirect(url_for("secretariat.round_page", key=form.outcome), 303)
    themes = read(round_themes.list_themes, key).themes
    shown = _shown(form, command, looks=looks)
    return page(
        "lifecycle/decide.html", view.line, form, lines=(), source=None, themes=themes, lacking=(), **shown
    )


LOOK = "show"  # the button that shows what rules do, and saves nothing


def _shown(form: RoundForm, command: RoundCommand, *, looks: bool) -> dict[str, Any]:
    """Return what the page of decisions says of the roll: with what was entered, if that is looked at."""
    looks = looks and form.validate_on_submit()
    meant = form.into(command) if looks else command
    with reading() as work:
        try:
            prospect = opening.foreseen(work, meant)
        except Problem as problem:
            form.refuse(problem)
            prospect, looks = None, False
        seats, mute = opening.count_voters(work, meant.voters)
    return {
        "prospect": prospect,
        "rules": parse_rules(meant.rules) if prospect else None,
        "is_asked": looks,
        "seats": seats,
        "mute": mute,
    }


def _lacking(themes: Sequence[ThemeLine]) -> list[tuple[str, int]]:
    """Return the languages in which some of these themes have no title, each with how many."""
    counted = [(code, sum(not each.title.into(code) for each in themes)) for code in offered()]
    return [(code, count) for code, count in counted if count]


@blueprint.route("/rounds/<key>/delete", methods=["GET", "POST"], may="rounds.write")
def delete_round(key: str) -> Response | Page:
    """Delete a draft, after saying what is lost. Problem: `round.frozen` if it is no draft."""
    form = TypedKeyForm(expected=key)
    _command, view = _draft(key)
    if form.does(lambda work: rounds.delete_draft(work, key)):
        return done(_("The draft “%(title)s” is deleted.", title=local(view.title)), "start")
    _require_draft(view)
    kept = read(rounds.is_kept, key)
    return page("lifecycle/delete.html", view.line, form, kept=kept)


def _draft(key: str) -> tuple[RoundCommand, RoundOverview]:
    view = read(rounds.round_overview, key)
    return rounds.command_of(view), view


def _require_draft(view: RoundOverview) -> None:
    if view.line.state != "draft":
        raise Problem("round.frozen", key=view.line.key)


def _say_at_once(key: str) -> None:
    """Show warnings about what was just saved, which may be meant so."""
    report = read(opening.opening_report, key, house().settings.small_cell)
    for problem in (*report.refusals, *report.warnings):
        if problem.code in AT_ONCE:
            flash(say(problem), "warn")
