"""Reminders: planned before the deadline, taken back, or sent now after seeing to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField

from consulta.letters.pages import words
from consulta.lifecycle import reminders as services
from consulta.mail_desk import overview as mail_pages
from consulta.rounds import service as rounds
from consulta.web.desk import Page, blueprint, done, page
from consulta.web.fields import Form, HourField
from consulta.web.language import current
from consulta.web.request import reading, writing
from consulta.web.table import Column, Table, acts

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class PlanForm(Form):
    """An hour at which to remind."""

    places: ClassVar[dict[str, str]] = {
        "deadline.form": "at",
        "deadline.gap": "at",
        "plan.past": "at",
        "reminder.late": "at",
        "reminder.twice": "at",
    }

    at = HourField(_l("Day and hour"))


class RemindForm(Form):
    """The word to remind now; a second one where the last reminder is near."""

    places: ClassVar[dict[str, str]] = {"reminder.recent": "confirmed"}

    confirmed = BooleanField(_l("Send it all the same"))


@blueprint.route("/rounds/<key>/mail/reminders", methods=["GET", "POST"])
def reminders(key: str) -> Response | Page:
    """Show past and planned reminders, and plan another one."""
    form = PlanForm()
    if form.does(lambda work: services.plan_reminder(work, key, form.at.local)):
        return done(_("The reminder is planned."), "reminders", key=key)
    with reading() as work:
        view = mail_pages.reminders_page(work, key)
    columns = [Column("at", _("When")), Column("state", _("State"), phone="side"), acts()]
    table = Table(title=_("Planned and done"), columns=columns).over(view.planned)
    return page("mail_desk/reminders.html", view.round, form, view=view, table=table, way=words.way())


@blueprint.post("/rounds/<key>/mail/reminders/<int:number>/remove")
def remove_reminder(key: str, number: int) -> Response:
    """Give up a planned moment."""
    with writing() as work:
        services.remove_reminder(work, key, number)
    return done(_("The planned reminder is removed."), "reminders", key=key)


@blueprint.route("/rounds/<key>/mail/reminders/now", methods=["GET", "POST"])
def remind(key: str) -> Response | Page:
    """Send a reminder now, after showing how many get it, in which languages, with which text."""
    form = RemindForm()
    if form.does(lambda work: services.remind_now(work, key, confirmed=bool(form.confirmed.data))):
        said = ngettext(
            "%(num)s reminder is on its way.", "%(num)s reminders are on their way.", form.outcome
        )
        return done(said, "reminders", key=key)
    with reading() as work:
        line = rounds.round_line(work, key)
        preview = services.reminder_preview(work, key, words.post(), current())
    return page("mail_desk/remind.html", line, form, view=preview, way=words.way())
