"""What cannot be undone with a round: opening, closing, cancelling. Each says first what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.rounds import State, move
from consulta.infra.deadlines import LOCAL_FORM
from consulta.letters.pages.mass_mail import foreseen
from consulta.letters.pages.words import post
from consulta.lifecycle import closing as closing_service
from consulta.lifecycle import extension
from consulta.lifecycle import opening as opening_service
from consulta.results import service as results
from consulta.rounds import public_value as values
from consulta.rounds import service as rounds
from consulta.rounds.forms.rounds import HOUR_FORMS
from consulta.web.desk import blueprint
from consulta.web.fields import TypedKeyForm
from consulta.web.language import say
from consulta.web.request import house, reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.rounds.values import RoundLine


class ReasonForm(TypedKeyForm):
    """The key typed, and why."""

    places: ClassVar[dict[str, str]] = {"round.reason": "reason"}

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=500)])


class DeadlineForm(TypedKeyForm):
    """The new end, the key typed, and why."""

    places: ClassVar[dict[str, str]] = {
        "deadline.form": "closes",
        "deadline.gap": "closes",
        "deadline.earlier": "closes",
        "deadline.far": "closes",
        "round.reason": "reason",
    }

    closes = DateTimeLocalField(_l("New end of voting"), [InputRequired()], format=HOUR_FORMS)
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])


class PublicValueForm(TypedKeyForm):
    """The public value, when it became public, and a remark."""

    places: ClassVar[dict[str, str]] = {
        "public.empty": "value",
        "public.early": "at",
        "public.future": "at",
        "deadline.form": "at",
        "deadline.gap": "at",
    }

    value = StringField(_l("Public value"), [InputRequired(), Length(max=values.LONGEST)])
    at = DateTimeLocalField(_l("When it became public"), [InputRequired()], format=HOUR_FORMS)
    remark = TextAreaField(_l("Remark"), [Optional(), Length(max=500)])


@blueprint.route("/rounds/<key>/open", methods=["GET", "POST"])
def opening(key: str) -> Response | tuple[str, int]:
    """Show what opening means and what prevents it, and open the round."""
    form = TypedKeyForm(expected=key)
    if form.validate_on_submit() and form.accepts(lambda: _open(key)):
        flash(_opened())
        return redirect(url_for("secretariat.round_page", key=key), 303)
    with reading() as work:
        report = opening_service.opening_report(work, key, house().settings.small_cell, foresee=True)
        mass = foreseen(work, key, "open")
    return render_template(
        "lifecycle/open.html",
        report=report,
        line=report.round.line,
        mass=mass,
        form=form,
        example=report.round.line.example,
    ), form.status


@blueprint.route("/rounds/<key>/deadline", methods=["GET", "POST"])
def deadline(key: str) -> Response | tuple[str, int]:
    """Extend the deadline of an open round, with a reason that any reader can see."""
    with reading() as work:
        line = extension.movable(work, key)
    until = line.closes_at.astimezone(ZoneInfo(line.zone)).replace(tzinfo=None)
    form = DeadlineForm(expected=key, data={"closes": until})
    odd: list[Problem] = []
    if form.validate_on_submit() and form.accepts(lambda: odd.extend(_extend(key, form))):
        flash(_("The deadline has moved. Everybody who may vote is told by mail."))
        for problem in odd:
            flash(say(problem), "warn")
        return redirect(url_for("secretariat.round_page", key=key), 303)
    with reading() as work:
        mass = foreseen(work, key, "extend")
    return render_template(
        "lifecycle/deadline.html", line=line, mass=mass, form=form, example=line.example
    ), form.status


@blueprint.route("/rounds/<key>/public-value", methods=["GET", "POST"])
def public_value(key: str) -> Response | tuple[str, int]:
    """Enter the public value that the round announced; then the ballots are counted."""
    form = PublicValueForm(expected=key)
    if form.validate_on_submit() and form.accepts(lambda: _draw(key, form)):
        _count(key)
        flash(_("The public value is entered."))
        return redirect(url_for("secretariat.result", key=key), 303)
    with reading() as work:
        view = values.awaited(work, key)
    return render_template(
        "lifecycle/public_value.html", view=view, line=view.round, form=form, example=view.round.example
    ), form.status


@blueprint.route("/rounds/<key>/close", methods=["GET", "POST"])
def closing(key: str) -> Response | tuple[str, int]:
    """End the voting; before the deadline with a reason."""
    form = ReasonForm(expected=key)
    if form.validate_on_submit() and form.accepts(lambda: _close(key, form.reason.data or "")):
        _count(key)
        flash(_("Voting is closed."))
        return redirect(url_for("secretariat.result", key=key), 303)
    with reading() as work:
        view = closing_service.page(work, key, post())
    line, early = view.round, view.early
    form.reason.flags.required = early
    return render_template(
        "lifecycle/close.html",
        view=view,
        line=line,
        form=form,
        early=early,
        hours=house().settings.objection_hours,
        waiting=line.seats - line.ballots,
        example=line.example,
    ), form.status


@blueprint.route("/rounds/<key>/cancel", methods=["GET", "POST"])
def cancelling(key: str) -> Response | tuple[str, int]:
    """Give a round up, with a reason."""
    form = ReasonForm(expected=key)
    if form.validate_on_submit() and form.accepts(lambda: _cancel(key, form.reason.data or "")):
        flash(_("The round is cancelled."))
        return redirect(url_for("secretariat.round_page", key=key), 303)
    line = _movable(key, State.CANCELLED)
    form.reason.flags.required = True
    return render_template("lifecycle/cancel.html", line=line, form=form, example=line.example), form.status


def _opened() -> str:
    """Return the message after opening: voting is open, and how members get their links here."""
    settings = house().settings
    if settings.mail.host:
        said: str = _(
            "Voting is open and the invitations are on their way. Under “Mail” you see how they fare."
        )
    elif settings.link_files:
        said = _("Voting is open. Next: make the personal links and send them to the members yourself.")
    else:
        said = _(
            "Voting is open. No mail server is set here: the invitations are files on this machine,"
            " which you can read under “Mail”."
        )
    return said


def _movable(key: str, wanted: State) -> RoundLine:
    """Return the round if it may move to the state `wanted`; else raise Problem `round.move`."""
    with reading() as work:
        line = rounds.round_line(work, key)
    move(State(line.state), wanted)
    return line


def _extend(key: str, form: DeadlineForm) -> tuple[Problem, ...]:
    closes = form.closes.data.strftime(LOCAL_FORM) if form.closes.data else ""
    with writing() as work:
        return extension.move_deadline(work, key, closes, form.reason.data or "")


def _open(key: str) -> None:
    with writing() as work:
        opening_service.open_round(work, key, house().settings.roll, house().settings.small_cell)


def _count(key: str) -> None:
    """Run the count after closing, in a unit of work of its own.

    Voting stays closed even where the count fails.
    """
    with writing() as work:
        results.count_after_closing(work, key)


def _close(key: str, reason: str) -> None:
    with writing() as work:
        closing_service.close(work, key, reason, house().settings.objection_hours)


def _cancel(key: str, reason: str) -> None:
    with writing() as work:
        rounds.cancel_round(work, key, reason)


def _draw(key: str, form: PublicValueForm) -> None:
    at = form.at.data.strftime(LOCAL_FORM) if form.at.data else ""
    with writing() as work:
        values.draw(work, key, form.value.data or "", at, form.remark.data or "")
