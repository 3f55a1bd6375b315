"""The minutes of a session at the desk: its agreements are written, marked as done, and published."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from flask import request, url_for
from wtforms import DateField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import or_problem
from consulta.platform.web import letters
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage, TypedKeyForm, beside
from consulta.platform.web.request import now, read
from consulta.rounds.pages.stages import Task, told_by
from consulta.sessions import minutes as minutes_acts
from consulta.sessions.minutes import RESPONSIBLE_MAX, TEXT_MAX
from consulta.sessions.public.minutes import as_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.platform.models import Agreement
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.minutes import Desk

BELONGS_TO = "minutes"


DIGITS = 9


class AgreementForm(Form):
    """What was agreed, who sees to it, and by when."""

    places = beside("minutes.text", "minutes.responsible", "minutes.due")
    seen = HiddenField(validators=[Optional(), Length(max=DIGITS)])
    text = InEachLanguage(_l("Agreements reached"), TEXT_MAX, area=True, required=True)
    responsible = StringField(_l("Who sees to it"), [InputRequired(), Length(max=RESPONSIBLE_MAX)])
    due = DateField(_l("By when"), [Optional()])

    @property
    def version(self) -> int:
        """Return the version of the agreement that the form was made of; 0 where it says none."""
        digits = str(self.seen.data or "")
        return int(digits) if digits.isascii() and digits.isdecimal() else 0

    def save(self, work: Work, key: str, number: int | None = None) -> int:
        """Write the agreement down, or change the one with this number; return its number."""
        due = self.due.data.isoformat() if self.due.data else ""
        words, responsible = self.words_of("text"), self.responsible.data or ""
        return minutes_acts.save(work, key, words, responsible, due, number, self.version)


class DoneForm(Form):
    """On which day an agreement was done."""

    places: ClassVar[dict[str, str]] = {"minutes.done_early": "day", "minutes.done_future": "day"}
    day = DateField(_l("Done on"), [InputRequired()])


def init_app(app: Flask) -> None:
    """Tell what is left to do after a session."""
    told_by(app, BELONGS_TO, _tasks)


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield whether the agreements of a session are written and public."""
    view = minutes_acts.desk_page(work, line.key)
    if not view.agreements:
        return
    note: str = ngettext("%(num)s agreement", "%(num)s agreements", len(view.agreements))
    if view.public_version is None:
        publish = url_for("secretariat.publish_minutes", key=line.key)
        yield Task("open", _("The minutes are not public"), note, _("Publish"), publish, rank=3)
    else:
        way = url_for("secretariat.minutes", key=line.key)
        yield Task("done", _("The minutes are public"), note, _("Minutes"), way)


def _agreement(key: str, number: int) -> tuple[Desk, Agreement]:
    """Return the agreements of a session, and one of them. Problem: `minutes.unknown`."""
    view = read(minutes_acts.desk_page, key)
    found = (each for each in view.agreements if each.number == number)
    return view, or_problem(next(found, None), "minutes.unknown")


def _filled(one: Agreement) -> dict[str, Any]:
    """Return the form data of an agreement."""
    return {
        "seen": str(one.version),
        "text": one.text,
        "responsible": one.responsible,
        "due": date.fromisoformat(one.due) if one.due else None,
    }


def _done_form() -> DoneForm:
    return DoneForm(formdata=None, data={"day": now().date()})


@blueprint.route("/rounds/<key>/minutes", methods=["GET", "POST"], may="minutes.write")
def minutes(key: str) -> BaseResponse | Page:
    """Show the agreements of a session, and the form that adds one."""
    form = AgreementForm()
    if form.does(lambda work: form.save(work, key)):
        return done(_("The agreement is written down."), "minutes", key=key)
    view = read(minutes_acts.desk_page, key)
    return page("minutes/desk.html", view.round, form, view=view, letters=letters.are_available())


@blueprint.route("/rounds/<key>/minutes/<int:number>", methods=["GET", "POST"], may="minutes.write")
def agreement(key: str, number: int) -> BaseResponse | Page:
    """Show and save an agreement."""
    view, one = _agreement(key, number)
    form = AgreementForm(data=_filled(one))
    if form.does(lambda work: form.save(work, key, number)):
        return done(_("Saved."), "minutes", key=key)
    if request.method == "POST":
        form.seen.data = str(one.version)  # what stands now is shown: sending again is meant
    return page("minutes/agreement.html", view.round, form, one=one, writing=form, done_form=_done_form())


@blueprint.post("/rounds/<key>/minutes/<int:number>/done", may="minutes.write")
def agreement_done(key: str, number: int) -> BaseResponse | Page:
    """Write down on which day an agreement was done, or that it is not done after all."""
    undo = "undo" in request.form
    form = Form() if undo else DoneForm()
    if form.does(lambda work: minutes_acts.done(work, key, number, "" if undo else f"{form['day'].data}")):
        message = _("It is not marked as done any more.") if undo else _("It is marked as done.")
        return done(message, "minutes", key=key)
    view, one = _agreement(key, number)
    writing = AgreementForm(formdata=None, data=_filled(one))
    done_form = form if isinstance(form, DoneForm) else _done_form()
    return page("minutes/agreement.html", view.round, form, one=one, writing=writing, done_form=done_form)


@blueprint.route("/rounds/<key>/minutes/<int:number>/remove", methods=["GET", "POST"], may="minutes.write")
def remove_agreement(key: str, number: int) -> BaseResponse | Page:
    """Take an agreement out, after asking."""
    form = Form()
    if form.does(lambda work: minutes_acts.remove(work, key, number)):
        return done(_("The agreement was taken out."), "minutes", key=key)
    view, one = _agreement(key, number)
    return page("minutes/remove.html", view.round, form, one=one)


@blueprint.route(
    "/rounds/<key>/minutes/publish", methods=["GET", "POST"], may="rounds.publish", password=True
)
def publish_minutes(key: str) -> BaseResponse | Page:
    """Show the minutes as they will read, and publish them."""
    form = TypedKeyForm(expected=key)
    if form.does(lambda work: minutes_acts.publish(work, key)):
        return done(_("The minutes are published."), "minutes", key=key)
    view = read(minutes_acts.desk_page, key)
    return page("minutes/publish.html", view.round, form, view=view)


@blueprint.get("/rounds/<key>/minutes/draft.pdf", may="rounds.read")
def minutes_draft(key: str) -> Response:
    """Return the minutes as a PDF, as they would be published now."""
    return as_letter(read(minutes_acts.draft, key))
