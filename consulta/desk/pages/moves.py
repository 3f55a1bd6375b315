"""What cannot be undone with a round: opening, closing, cancelling. Each says first what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from flask import flash, redirect, url_for
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.accounts.pages import pending
from consulta.core.rounds import State, move
from consulta.desk import mail, moves
from consulta.desk import opening as opening_service
from consulta.desk.opening import roll_changes as changes_of_roll
from consulta.desk.pages import roll_changes
from consulta.desk.pages.prospect import in_short
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, HourField, TypedKeyForm, beside
from consulta.platform.web.language import brief, language_name, local, moment, say
from consulta.platform.web.request import house, now, read, write
from consulta.platform.web.secrecy import name as secrecy_name
from consulta.results import service as results
from consulta.rounds import public_value as values
from consulta.rounds import service as rounds
from consulta.rounds.pages.letters import asked_for, people_told, shown
from consulta.rounds.pages.rule_words import voters_told
from consulta.vote.changes.values import Asked
from consulta.vote.pages.participation import marking_said

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.opening import OpeningReport
    from consulta.rounds.values import RoundOverview


class RemindingForm(Form):
    """Whether the usual reminders are planned with the opening."""

    remind = BooleanField(_l("Remind those that have not voted"))


class OpeningForm(RemindingForm, TypedKeyForm):
    """The roll that was looked at, the reminders, and the key typed where no second person confirms."""

    seen = HiddenField()


class ReasonForm(TypedKeyForm):
    """The key typed, and why."""

    places: ClassVar[dict[str, str]] = {"round.reason": "reason"}

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=500)])


class DeadlineForm(TypedKeyForm):
    """The new end, the key typed, and why."""

    places = beside(
        "round.reason", closes=("deadline.form", "deadline.gap", "deadline.earlier", "deadline.far")
    )

    closes = HourField(_l("New end of voting"))
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])


class ReopenForm(TypedKeyForm):
    """The new end of voting, the key typed, and why it is open again."""

    places = beside(
        "round.reason",
        closes=("deadline.form", "deadline.gap", "deadline.past", "deadline.far", "reopen.earlier"),
    )

    closes = HourField(_l("New end of voting"))
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=moves.REASON_MAX)])


class PublicValueForm(TypedKeyForm):
    """The public value, when it became public, and a remark."""

    places = beside(
        value="public.empty", at=("public.early", "public.future", "deadline.form", "deadline.gap")
    )

    value = StringField(_l("Public value"), [InputRequired(), Length(max=values.LONGEST)])
    at = HourField(_l("When it became public"))
    remark = TextAreaField(_l("Remark"), [Optional(), Length(max=500)])


@blueprint.route("/rounds/<key>/open", methods=["GET", "POST"], may="rounds.open", two_persons="by setting")
def opening(key: str) -> Response | Page:
    """Show what opening means and what prevents it, and open the round."""
    form, settings = OpeningForm(expected=key, proposed={"remind": True}), house().settings
    pending.spare_key(form)
    form.concerning = lambda: about_opening(key, remind=bool(form.remind.data))
    form.tells = lambda: roll_changes.rows_for_second_person(key)
    if form.does(
        lambda work: opening_service.open_round(
            work,
            key,
            settings.roll,
            settings.small_cell,
            seen=form.seen.data or "",
            remind=bool(form.remind.data),
        )
    ):
        return done(_opened(), "round_page", key=key)
    roll = read(changes_of_roll, key)
    form.seen.data = roll.seen
    report = read(opening_service.opening_report, key, settings.small_cell, foresee=True)
    return shown(
        "lifecycle/open.html",
        key,
        form,
        "open",
        _("Review and open"),
        _round(key),
        report=report,
        view=report.round,
        reminders=read(mail.reminders_page, key),
        hours=objection_hours(report.round),
        roll_rows=roll_changes.rows_of(roll),
        ready=not report.refusals,
    )


@blueprint.route("/rounds/<key>/deadline", methods=["GET", "POST"], may="rounds.extend")
def deadline(key: str) -> Response | Page:
    """Extend the deadline of an open round, with a reason that any reader can see."""
    line = read(moves.movable, key)
    until = line.closes_at.astimezone(ZoneInfo(line.zone)).replace(tzinfo=None)
    form = DeadlineForm(expected=key, data={"closes": until})
    why = form.reason.data or ""
    if form.does(lambda work: moves.move_deadline(work, key, form.closes.local, why)):
        flash(_("The deadline has moved. Everybody who may vote is told by mail."))
        for problem in form.outcome:
            flash(say(problem), "warn")
        return redirect(url_for("secretariat.round_page", key=key), 303)
    title = _("Extend the deadline")
    return shown("lifecycle/deadline.html", key, form, "extension", title, _round(key), ready=True)


@blueprint.route("/rounds/<key>/public-value", methods=["GET", "POST"], may="rounds.draw", password=True)
def public_value(key: str) -> Response | Page:
    """Enter the public value that the round announced; then the ballots are counted."""
    form = PublicValueForm(expected=key)
    if form.does(
        lambda work: values.draw(work, key, form.value.data or "", form.at.local, form.remark.data or "")
    ):
        _count(key)
        return done(_("The public value is entered."), "result", key=key)
    view = read(values.awaited, key)
    return page("lifecycle/public_value.html", view.round, form, view=view)


@blueprint.route("/rounds/<key>/close", methods=["GET", "POST"], may="rounds.close", two_persons="by setting")
def closing(key: str) -> Response | Page:
    """End the voting; before the deadline with a reason."""
    form, hours = ReasonForm(expected=key), house().settings.objection_hours
    pending.spare_key(form)
    form.concerning = lambda: asked_for(key, "close")
    if form.does(lambda work: moves.close(work, key, form.reason.data or "", hours)):
        _count(key)
        return done(_("Voting is closed."), "round_page", key=key)
    early, marking, own_hours = read(moves.before_closing, key, house().settings.small_cell)
    form.reason.flags.required = early
    return shown(
        "lifecycle/close.html",
        key,
        form,
        "close",
        _("Close voting"),
        _round(key),
        early=early,
        marking=marking,
        marked=marking and marking_said(marking),
        hours=hours if own_hours is None else own_hours,
        ready=True,
    )


@blueprint.route(
    "/rounds/<key>/reopen",
    methods=["GET", "POST"],
    endpoint="reopening",
    may="rounds.reopen",
    two_persons="by setting",
)
def reopen(key: str) -> Response | Page:
    """Open a round again that was closed by mistake, before its result was read."""
    line = read(moves.reopenable, key)
    until = line.closes_at.astimezone(ZoneInfo(line.zone)).replace(tzinfo=None)
    form = ReopenForm(expected=key, proposed={"closes": until} if line.closes_at > now() else None)
    pending.spare_key(form)
    form.clocks = line.zone
    form.concerning = lambda: asked_for(key, "reopened")
    changed = Asked(
        _("This was changed while voting was closed by mistake. Voting is open again."),
        house().settings.change_wait,
    )
    why = form.reason.data or ""
    if form.does(lambda work: moves.reopen(work, key, form.closes.local, why, changed)):
        flash(_("Voting is open again. Everybody who may vote is told by mail."))
        for problem in form.outcome:
            flash(say(problem), "warn")
        return redirect(url_for("secretariat.round_page", key=key), 303)
    if form.refusals:  # another person may have opened it between the first look and the act
        read(moves.reopenable, key)
    title = _("Reopen voting")
    return shown("lifecycle/reopen.html", key, form, "reopened", title, _round(key), ready=True)


@blueprint.route(
    "/rounds/<key>/cancel", methods=["GET", "POST"], may="rounds.close", two_persons="by setting"
)
def cancelling(key: str) -> Response | Page:
    """Give a round up, with a reason, after saying who is told."""
    form = ReasonForm(expected=key)
    pending.spare_key(form)
    form.concerning = lambda: asked_for(key, "cancel")
    if form.does(lambda work: moves.cancel(work, key, form.reason.data or "")):
        return done(_("The consultation is cancelled."), "round_page", key=key)
    line = read(rounds.round_line, key)
    move(State(line.state), State.CANCELLED)
    form.reason.flags.required = True
    title = _("Cancel the consultation")
    return shown("lifecycle/cancel.html", key, form, "cancel", title, _round(key), ready=True)


def objection_hours(view: RoundOverview) -> int:
    """Return for how many hours after the closing organisations can object in a draft."""
    return house().settings.objection_hours if view.objection_hours is None else view.objection_hours


def about_opening(key: str, *, remind: bool) -> list[tuple[str, str]]:
    """Return what an opening does, for a second person: the round, the acts in their order, what is fixed.

    Acts are pairs without a label. `remind`: the usual reminders are planned too.
    """
    report = read(opening_service.opening_report, key, house().settings.small_cell, foresee=True)
    view, line = report.round, report.round.line
    rules = in_short(report.prospect, view.rules) if report.prospect else []
    return [
        (_("Consultation"), local(line.title)),
        *(("", said) for said in _acts(key, report, remind=remind)),
        (_("Question"), local(view.question)),
        (_("Themes"), "; ".join(local(theme.title) for theme in report.themes)),
        (_("Who votes"), voters_told(view.voters)),
        *([(_("Rules"), " ".join(rules))] if rules else []),
    ]


def _acts(key: str, report: OpeningReport, *, remind: bool) -> list[str]:
    """Return what an opening does, in its order, each as a sentence or two."""
    view, line, hours = report.round, report.round.line, objection_hours(report.round)
    written = people_told(key, "open")
    invited = ngettext(
        "%(num)s person of %(organisations)s gets a link to vote by mail (%(languages)s).",
        "%(num)s people of %(organisations)s get their links to vote by mail (%(languages)s).",
        written.count,
        organisations=ngettext("%(num)s organisation", "%(num)s organisations", written.organisations),
        languages=", ".join(f"{language_name(code)}: {count}" for code, count in written.languages),
    )
    mute = report.seats - report.reachable
    if mute:
        invited += " " + ngettext(
            "%(num)s organisation gets none: it has no contact who may vote.",
            "%(num)s organisations get none: they have no contact who may vote.",
            mute,
        )
    days = _reminders(key, remind=remind)
    return [
        invited,
        _("Organisations can vote until %(moment)s.", moment=moment(line.closes_at, line.zone))
        + " "
        + (
            _("Reminders to those that have not voted: %(days)s.", days="; ".join(days))
            if days
            else _("No reminder is planned.")
        ),
        _(
            "The question, %(themes)s, %(nominees)s, the rules and the roll of %(seats)s from "
            "%(countries)s are fixed. This cannot be undone: the consultation can only be cancelled, "
            "and all are told.",
            themes=ngettext("%(num)s theme", "%(num)s themes", len(report.themes)),
            nominees=ngettext("%(num)s nominee", "%(num)s nominees", line.nominees),
            seats=ngettext("%(num)s organisation", "%(num)s organisations", report.seats),
            countries=ngettext("%(num)s country", "%(num)s countries", report.countries),
        ),
        _("The public page shows that voting is open.") + f" {secrecy_name(view.secrecy)}.",
        ngettext(
            "After the closing, organisations can object for %(num)s hour; no result is published before.",
            "After the closing, organisations can object for %(num)s hours; no result is published before.",
            hours,
        )
        if hours
        else _("After the closing, there is no time to object: the result can be published at once."),
    ]


def _reminders(key: str, *, remind: bool) -> list[str]:
    """Return when reminders go after an opening: those planned and, with `remind`, the usual ones."""
    view = read(mail.reminders_page, key)
    planned = [each.due_at for each in view.planned if each.done_at is None]
    usual = [at for _days, _local, at in view.proposed] if remind else []
    return [brief(at, view.round.zone) for at in sorted([*planned, *usual])]


def _round(key: str) -> tuple[str, str]:
    """Return the address and the name of a round's page, the way back."""
    return url_for("secretariat.round_page", key=key), _("Consultation")


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


def _count(key: str) -> None:
    """Run the count after closing, in a unit of work of its own.

    Voting stays closed even where the count fails.
    """
    write(results.count_after_closing, key)
