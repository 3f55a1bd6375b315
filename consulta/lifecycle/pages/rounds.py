"""Rounds: the list, the form of a draft, and the page of a round with the next thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from consulta.changes import service as access_changes
from consulta.core.problems import Problem
from consulta.lifecycle import opening
from consulta.lifecycle.pages.acts import names_of_acts, told, who
from consulta.nominees import proposals as nomination_desk
from consulta.rounds import history
from consulta.rounds import service as rounds
from consulta.rounds.forms.rounds import filled, round_form, usual
from consulta.rounds.pages import stages
from consulta.rounds.service import subject
from consulta.web.desk import blueprint
from consulta.web.language import moment, say
from consulta.web.request import house, now, reading, writing
from consulta.web.table import Choice, Column, Listing, Table, handed_out, moment_in_file

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.infra.work import Work
    from consulta.rounds.service import RoundCommand
    from consulta.rounds.values import RoundLine

# What a saved form is told at once and not only at the opening.
AT_ONCE = frozenset(
    {"deadline.dates", "deadline.hour", "deadline.twice", "opening.country_rules", "opening.no_effect"}
)


@blueprint.get("/")
def start() -> str:
    """Show all rounds, each with the next thing to do."""
    with reading() as work:
        lines = rounds.list_rounds(work)
    return render_template(
        "lifecycle/start.html",
        rounds=[(line, stages.badge(line), stages.step(line), stages.besides(line)) for line in lines],
    )


@blueprint.route("/new-round", methods=["GET", "POST"])
def create_round() -> Response | tuple[str, int]:
    """Create a draft of a round."""
    form = round_form(usual(now()))
    if form.validate_on_submit() and form.accepts(lambda: _create(form.to_command())):
        key = form.to_command().key
        flash(_("The round has been created. Next: its themes."))
        _flash_warnings(key)
        return redirect(url_for("secretariat.round_page", key=key), 303)
    return render_template("lifecycle/round_form.html", form=form, line=None), form.status


@blueprint.get("/rounds/<key>")
def round_page(key: str) -> str:
    """Show the state of a round and its parts."""
    with reading() as work:
        view = rounds.round_overview(work, key)
        report = (
            opening.opening_report(work, key, house().settings.small_cell)
            if view.line.state == "draft"
            else None
        )
        phase, waiting = nomination_desk.summary(work, key)
        changes = access_changes.count_waiting(work, key)
    return render_template(
        "lifecycle/round.html",
        view=view,
        line=view.line,
        report=report,
        stages=stages.stages(view.line),
        badge=stages.badge(view.line),
        step=stages.step(view.line),
        besides=stages.besides(view.line),
        phase=phase,
        proposals_wait=waiting if view.line.state != "cancelled" else 0,
        changes_wait=changes,
        link_files=house().settings.link_files,
        example=view.line.example,
    )


@blueprint.route("/rounds/<key>/edit", methods=["GET", "POST"])
def edit_round(key: str) -> Response | tuple[str, int]:
    """Show and save the form of a draft.

    Raise Problem `round.frozen` for a round that is not a draft.
    """
    with reading() as work:
        view = rounds.round_overview(work, key)
    form = round_form(filled(view))
    example = view.line.example
    if form.validate_on_submit() and form.accepts(lambda: _edit(key, form.to_command(example=example))):
        new_key = form.to_command().key
        flash(_("Saved."))
        _flash_warnings(new_key)
        return redirect(url_for("secretariat.round_page", key=new_key), 303)
    _require_draft(view.line)
    return render_template(
        "lifecycle/round_form.html", form=form, line=view.line, example=example
    ), form.status


@blueprint.get("/rounds/<key>/log")
def round_log(key: str) -> str:
    """Show the log of a round: who did what, and when."""
    with reading() as work:
        line, table = _log(work, key)
    return render_template("lifecycle/log.html", line=line, table=table, example=line.example)


@handed_out("log")
def _log(work: Work, key: str, *, whole: bool = False) -> tuple[RoundLine, Listing]:
    """Return the round, and the table of what was done with it."""
    line = rounds.round_line(work, key)
    table = Table(
        title=_("Log"),
        name="log",
        endpoint="secretariat.round_log",
        key=key,
        choices=[Choice("action", _("What"), names_of_acts(history.actions(work, key)))],
        columns=[
            Column("at", _("When"), lambda each: moment(each.at, line.zone), only="page", largest_first=True),
            moment_in_file(lambda entry: entry.at),
            Column("who", _("Who"), who, sorts=False),
            Column("what", _("What"), lambda entry: told(entry, line.zone), sorts=False, wide=True),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    return line, Listing(table, wanted, history.round_log(work, key, wanted), subject(line))


def _create(command: RoundCommand) -> None:
    with writing() as work:
        rounds.create_round(work, command)


def _edit(key: str, command: RoundCommand) -> None:
    with writing() as work:
        rounds.edit_round(work, key, command)


def _flash_warnings(key: str) -> None:
    """Show warnings about the deadline or the rules just saved, which may be meant so."""
    with reading() as work:
        report = opening.opening_report(work, key, house().settings.small_cell)
    for problem in (*report.refusals, *report.warnings):
        if problem.code in AT_ONCE:
            flash(say(problem), "warn")


def _require_draft(line: RoundLine) -> None:
    if line.state != "draft":
        raise Problem("round.frozen", key=line.key)
