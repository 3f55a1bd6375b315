"""Opening at a set hour: planned, looked at, given up; and what kept a round from opening then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import g, request, url_for
from wtforms import BooleanField

from consulta.desk import mail, planning
from consulta.desk import reminders as services
from consulta.desk.opening import roll_changes as changes_of_roll
from consulta.desk.pages import roll_changes
from consulta.desk.pages.moves import RemindingForm, about_opening
from consulta.platform.deadlines import resolve
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, HourField, beside
from consulta.platform.web.language import brief, moment, short_day
from consulta.platform.web.request import house, read, write
from consulta.platform.web.table import Column, Table, acts, handed_out, moment_in_file
from consulta.rounds import service as rounds
from consulta.rounds.pages import letters
from consulta.rounds.pages.letters import shown
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.mail import RemindersPage
    from consulta.platform.models import Reminder
    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


class OpeningPlanForm(RemindingForm):
    """The hour at which a round is to open."""

    places = beside(at=("deadline.form", "deadline.gap", "plan.past", "plan.late"))

    at = HourField(_l("Day and hour of the opening"))


@blueprint.route(
    "/rounds/<key>/open/plan", methods=["GET", "POST"], may="rounds.open", two_persons="by setting"
)
def opening_plan(key: str) -> Response | Page:
    """Plan when a draft opens by itself, and show what would prevent it."""
    form = OpeningPlanForm(proposed={"remind": True})
    form.concerning = lambda: about_opening(key, remind=bool(form.remind.data))
    if form.is_submitted():
        form.clocks = read(rounds.round_line, key).zone
        form.tells = lambda: _told(form, key)

    def act(work: Work) -> None:
        planning.plan_opening(
            work, key, form.at.local, agreed=bool(g.get("agreed")), remind=bool(form.remind.data)
        )

    if form.does(act):
        return done(_("The opening is planned."), "opening_plan", key=key)
    view = read(planning.plan_page, key, house().settings.small_cell)
    back = url_for("secretariat.opening", key=key), _("Review and open")
    return shown(
        "lifecycle/plan.html",
        key,
        form,
        "open",
        _("Open at a set hour"),
        back,
        view=view,
        reminders=read(mail.reminders_page, key),
        roll_rows=roll_changes.rows_of(read(changes_of_roll, key)),
        ready=True,
    )


def _told(form: OpeningPlanForm, key: str) -> list[tuple[str, str]]:
    """Return what a second person is shown of a planned opening."""
    at = moment(resolve(form.at.local, form.clocks), form.clocks)
    return [(str(form.at.label.text), at), *roll_changes.rows_for_second_person(key)]


@blueprint.post("/rounds/<key>/open/plan/give-up", may="rounds.open")
def give_up_opening(key: str) -> Response:
    """Withdraw the plan of opening; a draft then waits until a person opens it."""
    write(planning.give_up_plan, key)
    return done(_("The consultation no longer opens by itself."), "opening", key=key)


class PlanForm(Form):
    """An hour at which to remind."""

    places = beside(at=("deadline.form", "deadline.gap", "plan.past", "reminder.late", "reminder.twice"))

    at = HourField(_l("Day and hour"))


class RemindForm(Form):
    """The word to remind now; a second one where the last reminder is near."""

    places: ClassVar[dict[str, str]] = {"reminder.recent": "confirmed"}

    confirmed = BooleanField(_l("Send it all the same"))


@blueprint.get("/rounds/<key>/mail/reminders", may="mail.write")
def reminders(key: str) -> Page:
    """Show past and planned reminders, and the hours proposed for more."""
    view, table = read(_planned, key)
    return page(
        "mail_desk/reminders.html", view.round, view=view, table=table, way=letters.way(), state=state
    )


@handed_out("reminders")
def _planned(work: Work, key: str, *, whole: bool = False) -> tuple[RemindersPage, Listing]:
    """Return the reminders of a round, and the table of those that are planned or done."""
    view = mail.reminders_page(work, key)
    zone = view.round.zone
    table = Table(
        title=_("Planned and done"),
        name="reminders",
        endpoint="secretariat.reminders",
        key=key,
        subject=subject(view.round),
        handful=True,
        columns=[
            Column(
                "at",
                _("When"),
                lambda each: brief(each.due_at, zone),
                lambda each: each.due_at,
                flow=True,  # the day without the hour says too little
            ),
            Column(
                "state",
                _("State"),
                lambda each: state(view.round, each)[1],
                lambda each: each.queued or 0,
                phone="side",
            ),
            moment_in_file(lambda each: each.due_at),
            acts(),
        ],
    )
    return view, table.over(view.planned, whole=whole)


def state(line: RoundLine, each: Reminder) -> tuple[str, str]:
    """Return what comes or came of a reminder of a round as a badge: kind and words."""
    if each.queued:
        return "met", ngettext("%(num)s message", "%(num)s messages", each.queued)
    if line.state == "cancelled":
        return "", _("did not go: the consultation was cancelled")
    if line.ended_at is not None and each.due_at >= line.ended_at:
        return "", _("did not go: voting closed on %(day)s", day=short_day(line.ended_at, line.zone))
    return ("now", _("planned")) if each.done_at is None else ("", _("no one to remind"))


@blueprint.post("/rounds/<key>/mail/reminders/<int:number>/remove", may="mail.write")
def remove_reminder(key: str, number: int) -> Response:
    """Give up a planned moment."""
    write(services.remove_reminder, key, number)
    return done(_("The planned reminder is removed."), "reminders", key=key)


@blueprint.route("/rounds/<key>/mail/reminders/now", methods=["GET", "POST"], may="mail.write")
def remind(key: str) -> Response | Page:
    """Send a reminder now or, with `at` in the query, plan one, after showing to whom and what it says."""
    if "at" in request.args:
        return _plan(key)
    form = RemindForm()
    if form.does(lambda work: services.remind_now(work, key, confirmed=bool(form.confirmed.data))):
        said = ngettext(
            "%(num)s reminder is on its way.", "%(num)s reminders are on their way.", form.outcome
        )
        return done(said, "reminders", key=key)
    last_at, recent = read(services.last_reminder, key)
    return _before(key, form, _("Remind now"), last_at=last_at, recent=recent)


def _plan(key: str) -> Response | Page:
    """Plan a reminder: the form begins with the hour of the query."""
    form = PlanForm() if request.method == "POST" else PlanForm(request.args)
    if form.does(lambda work: services.plan_reminder(work, key, form.at.local)):
        return done(_("The reminder is planned."), "reminders", key=key)
    return _before(key, form, _("Plan a reminder"), last_at=None, recent=False)


def _before(key: str, form: Form, title: str, **more: Any) -> Page:
    back = url_for("secretariat.reminders", key=key), _("Reminders")
    planned = isinstance(form, PlanForm)
    return shown("mail_desk/remind.html", key, form, "remind", title, back, planned=planned, **more)
