"""Objections at the desk: their list, each with what was written, and its decision.

The password is asked for inside the form where it was not given just now, so that nothing typed is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.problems import Problem
from consulta.objections import service as services
from consulta.objections.pages.words import STATES
from consulta.results import service as results
from consulta.rounds.service import subject
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.request import actor, confirm_again, reading, recently_confirmed, writing
from consulta.web.table import Choice, Column, Listing, Search, Table, acts, handed_out, moment_in_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.infra.work import Work
    from consulta.objections.values import ObjectionsView

    Page = tuple[str, int]


CLAIMS = {
    "not_ours": _l("It says that the recorded vote is not its own"),
    "missing": _l("It says that it voted, and it appears as not having voted"),
    "other": _l("It is about something else"),
}
"""What an objection says is wrong, in a few words."""


class ReasonForm(Form):
    """Why, in words that the organisation reads."""

    places = {"objection.reason": "reason"}  # noqa: RUF012 - as in every form of the desk

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])


class _ConfirmedForm(Form):
    """A form that asks for the password where it was not given just now."""

    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )

    def asking(self) -> None:
        """Remove the password field where the password was given recently."""
        if recently_confirmed():
            del self.password

    def is_confirmed(self) -> bool:
        """Return whether the password was given recently, in this form or on a page before.

        Otherwise an error is added to the form.
        """
        if "password" not in self or confirm_again(self.password.data or ""):
            return True
        self.password.errors = [_("This is not your password. Check it and write it again.")]
        return False


class UpholdForm(_ConfirmedForm):
    """Why an objection is right, and the password."""

    places = {"objection.reason": "reason"}  # noqa: RUF012 - as in every form of the desk

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])


class ConfirmForm(_ConfirmedForm):
    """The password of the second person."""


@blueprint.get("/rounds/<key>/objections")
def objections(key: str) -> str:
    """Show all objections of a round, and what the publication waits for."""
    with reading() as work:
        view, table = _table(work, key)
    return render_template(
        "objections/desk.html",
        view=view,
        table=table,
        line=view.round,
        form=Form(),
        states=STATES,
        example=view.round.example,
    )


@handed_out("objections")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[ObjectionsView, Listing]:
    """Return the objections of a round, and the table of them."""
    view = services.desk(work, key)
    table = Table(
        title=_("Objections"),
        name="objections",
        endpoint="secretariat.objections",
        key=key,
        subject=subject(view.round),
        search=Search(_("Organisation"), lambda one: one.organisation),
        choices=[
            Choice(
                "state",
                _("State"),
                [(state, str(word)) for state, (_shape, word) in STATES.items()],
                lambda one: str(one.state),
            )
        ],
        columns=[
            Column("organisation", _("Organisation"), lambda one: one.organisation),
            moment_in_file(lambda one: one.made_at),
            Column("who", _("Who"), lambda one: one.who, only="file"),
            Column("claim", _("What it says"), lambda one: str(CLAIMS[one.claim])),
            Column("text", _("In its own words"), lambda one: one.text, only="file"),
            Column("state", _("State"), lambda one: str(STATES[one.state][1])),
            Column("reason", _("Reason"), lambda one: one.reason, only="file"),
            acts(),
        ],
    )
    return view, table.over(view.lines, whole=whole)


@blueprint.get("/rounds/<key>/objections/<int:number>")
def objection(key: str, number: int) -> Page:
    """Show one objection, with the forms that decide it."""
    return _page(key, number)


@blueprint.post("/rounds/<key>/objections/<int:number>/reject")
def reject_objection(key: str, number: int) -> Response | Page:
    """Reject an objection, with a reason that the organisation is told."""
    form = ReasonForm(prefix="reject-")

    def act() -> None:
        with writing() as work:
            services.reject(work, key, number, form.reason.data or "")

    if form.validate_on_submit() and form.accepts(act):
        return _done(key, _("The objection is rejected. The organisation is told by mail, with the reason."))
    return _page(key, number, reject=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/uphold")
def uphold_objection(key: str, number: int) -> Response | Page:
    """Say that it is right; where there is a second person, that one confirms."""
    form = UpholdForm(prefix="uphold-")
    form.asking()
    settled: list[bool] = []

    def act() -> None:
        with writing() as work:
            settled.append(services.uphold(work, key, number, form.reason.data or ""))

    if form.validate_on_submit() and form.is_confirmed() and form.accepts(act):
        if settled[0]:
            return _done(key, _upheld())
        return _done(
            key, _("Another person of the secretariat must confirm it now. Nothing has changed yet.")
        )
    return _page(key, number, uphold=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/confirm")
def confirm_objection(key: str, number: int) -> Response | Page:
    """Confirm as the second person that an objection is upheld."""
    form = ConfirmForm(prefix="confirm-")
    form.asking()

    def act() -> None:
        with writing() as work:
            services.confirm(work, key, number)

    if form.validate_on_submit() and form.is_confirmed() and form.accepts(act):
        return _done(key, _upheld())
    return _page(key, number, confirm=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/send-back")
def send_back_objection(key: str, number: int) -> Response | Page:
    """Send an objection back without confirming it, with a reason; it is undecided again."""
    form = ReasonForm(prefix="back-")

    def act() -> None:
        with writing() as work:
            services.send_back(work, key, number, form.reason.data or "")

    if form.validate_on_submit() and form.accepts(act):
        return _done(key, _("It was not confirmed. The objection waits for a decision again."))
    return _page(key, number, back=form)


@blueprint.post("/rounds/<key>/recount")
def recount(key: str) -> Response:
    """Count the ballots again, without those that were taken out."""
    with writing() as work:
        results.count(work, key)
    flash(_("The ballots were counted again. The first count stays in the archive."))
    return redirect(url_for("secretariat.result", key=key), 303)


def _page(key: str, number: int, **sent: Form) -> Page:
    with reading() as work:
        view = services.desk(work, key)
    found = next((line for line in view.lines if line.number == number), None)
    if found is None:
        raise Problem("objection.unknown")
    forms: dict[str, Form] = {}
    makers: dict[str, Callable[[], Form]] = {
        "reject": lambda: ReasonForm(formdata=None, prefix="reject-"),
        "uphold": lambda: _asking(UpholdForm(formdata=None, prefix="uphold-")),
        "confirm": lambda: _asking(ConfirmForm(formdata=None, prefix="confirm-")),
        "back": lambda: ReasonForm(formdata=None, prefix="back-"),
    }
    for name, make in makers.items():
        forms[name] = sent.get(name) or make()
    status = max((form.status for form in sent.values()), default=200)
    page = render_template(
        "objections/decide.html",
        view=view,
        line=view.round,
        objection=found,
        mine=found.asker_id == actor().id,
        forms=forms,
        sent=next(iter(sent.values()), Form(formdata=None)),
        states=STATES,
        example=view.round.example,
    )
    return page, status


def _asking(form: _ConfirmedForm) -> _ConfirmedForm:
    form.asking()
    return form


def _done(key: str, said: str) -> Response:
    flash(said)
    return redirect(url_for("secretariat.objections", key=key), 303)


def _upheld() -> str:
    said: str = _("The objection is upheld. The organisation is told by mail, with the reason.")
    return said
