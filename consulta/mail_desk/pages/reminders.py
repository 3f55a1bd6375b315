"""Reminders: planned before the deadline, taken back, or sent now after seeing to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, DateTimeLocalField
from wtforms.validators import InputRequired

from consulta.infra.deadlines import LOCAL_FORM
from consulta.letters.pages import words
from consulta.lifecycle import reminders as services
from consulta.mail_desk import overview as mail_pages
from consulta.rounds.forms.rounds import HOUR_FORMS
from consulta.web.desk import blueprint
from consulta.web.fields import Form
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

    at = DateTimeLocalField(_l("Day and hour"), [InputRequired()], format=HOUR_FORMS)


class RemindForm(Form):
    """The word to remind now; a second one where the last reminder is near."""

    places: ClassVar[dict[str, str]] = {"reminder.recent": "confirmed"}

    confirmed = BooleanField(_l("Send it all the same"))


@blueprint.route("/rounds/<key>/mail/reminders", methods=["GET", "POST"])
def reminders(key: str) -> Response | tuple[str, int]:
    """Show past and planned reminders, and plan another one."""
    form = PlanForm()
    if form.validate_on_submit() and form.accepts(lambda: _plan(key, form)):
        flash(_("The reminder is planned."))
        return redirect(url_for("secretariat.reminders", key=key), 303)
    with reading() as work:
        page = mail_pages.reminders_page(work, key)
    return render_template(
        "mail_desk/reminders.html",
        view=page,
        table=Table(
            title=_("Planned and done"),
            columns=[Column("at", _("When")), Column("state", _("State")), acts()],
        ).over(page.planned),
        line=page.round,
        way=words.way(),
        form=form,
        example=page.round.example,
    ), form.status


@blueprint.post("/rounds/<key>/mail/reminders/<int:number>/remove")
def remove_reminder(key: str, number: int) -> Response:
    """Give up a planned moment."""
    with writing() as work:
        services.remove_reminder(work, key, number)
    flash(_("The planned reminder is removed."))
    return redirect(url_for("secretariat.reminders", key=key), 303)


@blueprint.route("/rounds/<key>/mail/reminders/now", methods=["GET", "POST"])
def remind(key: str) -> Response | tuple[str, int]:
    """Send a reminder now, after showing how many get it, in which languages, with which text."""
    form = RemindForm()
    sent: list[int] = []
    if form.validate_on_submit() and form.accepts(lambda: sent.append(_remind(key, form))):
        flash(ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", sent[0]))
        return redirect(url_for("secretariat.reminders", key=key), 303)
    with reading() as work:
        page = mail_pages.reminders_page(work, key)
        preview = services.reminder_preview(work, key, words.post(), current())
    return render_template(
        "mail_desk/remind.html",
        view=preview,
        line=page.round,
        way=words.way(),
        form=form,
        example=page.round.example,
    ), form.status


def _plan(key: str, form: PlanForm) -> None:
    local = form.at.data.strftime(LOCAL_FORM) if form.at.data else ""
    with writing() as work:
        services.plan_reminder(work, key, local)


def _remind(key: str, form: RemindForm) -> int:
    with writing() as work:
        return services.remind_now(work, key, confirmed=bool(form.confirmed.data))
