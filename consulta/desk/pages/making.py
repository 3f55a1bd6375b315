"""A new round in three short steps: what and when, themes and rules, check and preview.

Each step is a page with an address of its own that saves what it says, so a draft can be left half-made, gone
back to, and deleted. The steps of a draft are the same pages as those of a new round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.desk import copying, opening
from consulta.desk.copying import MAIL, NOMINEES, PANEL, QUESTIONS, RULES, THEMES
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, TypedKeyForm
from consulta.platform.web.language import local, say
from consulta.platform.web.request import house, read, reading
from consulta.rounds import service as rounds
from consulta.rounds import themes as round_themes
from consulta.rounds.pages import letters
from consulta.rounds.pages.forms import AboutForm, about_form, rules_form

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.copying import Source
    from consulta.platform.work import Work
    from consulta.rounds.service import RoundCommand
    from consulta.rounds.values import RoundOverview

# What a saved step is told at once and not only at the opening.
AT_ONCE = frozenset(
    {"deadline.dates", "deadline.hour", "deadline.twice", "opening.country_rules", "opening.no_effect"}
)
USUAL = (THEMES, QUESTIONS, RULES, PANEL, MAIL)  # what is ticked to be copied


class CopyForm(AboutForm):
    """What a new round asks, and what of an earlier round is copied."""

    parts = Boxes(_l("Copy"))

    @property
    def chosen(self) -> list[str]:
        """Return the parts that are copied."""
        return list(self.parts.data or ())

    def offer(self, source: Source) -> None:
        """Offer the parts that the earlier round has; those that usually suit are ticked."""
        line = source.round
        choices = {
            THEMES: _("the themes (%(count)s)", count=line.themes),
            QUESTIONS: _("the questions beside the ranking (%(count)s)", count=line.questions),
            RULES: _("the rules of the count and the secrecy"),
            PANEL: _("the rules of the panel"),
            MAIL: _("texts of mails that were changed (%(count)s)", count=source.texts),
            NOMINEES: _("nominees: choose them on the next page (%(count)s)", count=line.nominees),
        }
        empty = {
            THEMES: not line.themes,
            QUESTIONS: not line.questions,
            MAIL: not source.texts,
            NOMINEES: not line.nominees,
        }
        self.parts.choices = {part: said for part, said in choices.items() if not empty.get(part)}
        self.parts.flags.sometimes = True  # none may be ticked, and still it is no extra
        if not self.is_submitted():
            self.parts.data = [part for part in USUAL if part in self.parts.choices]


@blueprint.route("/new-round", methods=["GET", "POST"], may="rounds.write")
def create_round() -> Response | Page:
    """Step 1 of a new round; `from` in the query names a round to copy from."""
    source_key = request.args.get("from", "")
    with reading() as work:
        lines = rounds.list_rounds(work)
        command = rounds.proposed(work, source_key)
        usual = rounds.proposed(work)
        source = copying.source(work, source_key) if source_key else None
    form = about_form(command, CopyForm if source else AboutForm, is_new=True)
    if isinstance(form, CopyForm) and source:
        form.offer(source)

    def act(work: Work) -> str:
        parts = form.chosen
        said = form.into(command if RULES in parts else _with_rules(command, usual))
        return copying.create(work, said, source_key, parts)

    if form.does(act):
        flash(_("The draft is kept: you can leave it here and come back at any time."))
        _say_at_once(form.outcome)
        if NOMINEES in form.chosen:
            return redirect(url_for("secretariat.copy_nominees", key=form.outcome, source=source_key), 303)
        return redirect(url_for("secretariat.rules", key=form.outcome), 303)
    text = render_template(
        "lifecycle/about.html", form=form, line=None, step=1, lines=lines, source=source, example=False
    )
    return text, form.status


@blueprint.route("/rounds/<key>/edit", methods=["GET", "POST"], may="rounds.write")
def edit_round(key: str) -> Response | Page:
    """Step 1 of a draft: what it asks, and until when. Problem: `round.frozen` if it is no draft."""
    command, view = _draft(key)
    form = about_form(command)
    if form.does(lambda work: rounds.edit_round(work, key, form.into(command))):
        return _saved(form.outcome, "rules")
    _require_draft(view)
    return page("lifecycle/about.html", view.line, form, step=1, lines=(), source=None)


@blueprint.route("/rounds/<key>/rules", methods=["GET", "POST"], may="rounds.write")
def rules(key: str) -> Response | Page:
    """Step 2: its themes at a glance, and its rules. Problem: `round.frozen` if it is no draft."""
    command, view = _draft(key)
    _require_draft(view)
    form = rules_form(command, read(opening.roll_of_rules))
    prospect, is_asked = None, "show" in request.form
    if is_asked and form.validate_on_submit():
        prospect = read(opening.foreseen, key, parse_rules(form.into(command).rules))
    elif not is_asked and form.does(lambda work: rounds.edit_round(work, key, form.into(command))):
        return _saved(form.outcome, "check")
    themes = read(round_themes.list_themes, key).themes
    return page(
        "lifecycle/rules.html", view.line, form, step=2, themes=themes, prospect=prospect, is_asked=is_asked
    )


@blueprint.get("/rounds/<key>/check", may="rounds.read")
def check(key: str) -> Page:
    """Step 3: what is missing, what it will look like, and the way to the opening."""
    with reading() as work:
        view = rounds.round_overview(work, key)
        themes = round_themes.list_themes(work, key).themes
        report = (
            opening.opening_report(work, key, house().settings.small_cell, foresee=True)
            if view.line.state == "draft"
            else None
        )
    return page(
        "lifecycle/check.html",
        view.line,
        view=view,
        themes=themes,
        report=report,
        step=3,
        kinds=letters.kinds_of_rounds(),
    )


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


def _with_rules(command: RoundCommand, usual: RoundCommand) -> RoundCommand:
    """Return a command with the rules and the secrecy of another."""
    return replace(command, rules=usual.rules, secrecy=usual.secrecy)


def _saved(key: str, following: str) -> Response:
    """Return the way on after a step was saved: to the next one, or out where that was asked for."""
    flash(_("Saved."))
    _say_at_once(key)
    return redirect(
        url_for(f"secretariat.{'round_page' if 'leave' in request.form else following}", key=key), 303
    )


def _say_at_once(key: str) -> None:
    """Show warnings about the deadline or the rules just saved, which may be meant so."""
    report = read(opening.opening_report, key, house().settings.small_cell)
    for problem in (*report.refusals, *report.warnings):
        if problem.code in AT_ONCE:
            flash(say(problem), "warn")
