"""Objections at the desk: their list, each with what was written, and its decision.

The password is asked for inside the form where it was not given just now, so that nothing typed is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.problems import or_problem
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import ConfirmedForm, Form, own_password
from consulta.platform.web.request import actor, read, write
from consulta.platform.web.table import (
    Column,
    Listing,
    Search,
    Table,
    acts,
    by_state,
    handed_out,
    moment_in_file,
)
from consulta.results import service as results
from consulta.rounds.service import subject
from consulta.vote import objections as objections_acts
from consulta.vote.pages.objections import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.vote.objections import ObjectionsView


CLAIMS = {
    "not_ours": _l("It says that the recorded vote is not its own"),
    "missing": _l("It says that it voted, and it appears as not having voted"),
    "other": _l("It is about something else"),
}
"""What an objection says is wrong, in a few words."""


class ReasonForm(Form):
    """Why, in words that the organisation reads."""

    places = {"objection.reason": "reason"}  # noqa: RUF012 - as in every form of the desk

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=objections_acts.REASON_MAX)])


class ConfirmForm(ConfirmedForm):
    """The password of the second person."""

    password = own_password(_l("Password"))


class UpholdForm(ConfirmForm, ReasonForm):
    """Why an objection is right, and the password."""


# How an objection is decided: the form for it. Its fields begin with the name, for all stand on one page.
FORMS: Mapping[str, type[Form]] = {
    "reject": ReasonForm,
    "uphold": UpholdForm,
    "confirm": ConfirmForm,
    "back": ReasonForm,
}


@blueprint.get("/rounds/<key>/objections", may="objections.read")
def objections(key: str) -> Page:
    """Show all objections of a round, and what the publication waits for."""
    view, table = read(_table, key)
    return page("objections/desk.html", view.round, Form(), view=view, table=table, states=STATES)


@handed_out("objections")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[ObjectionsView, Listing]:
    """Return the objections of a round, and the table of them."""
    view = objections_acts.desk(work, key)
    table = Table(
        title=_("Objections"),
        name="objections",
        endpoint="secretariat.objections",
        key=key,
        subject=subject(view.round),
        search=Search(_("Organisation"), lambda one: one.organisation),
        choices=[
            by_state(_("State"), STATES, lambda one: one.state),
        ],
        columns=[
            Column("organisation", _("Organisation"), lambda one: one.organisation),
            moment_in_file(lambda one: one.made_at),
            Column("who", _("Who"), lambda one: one.who, only="file"),
            Column("claim", _("What it says"), lambda one: str(CLAIMS[one.claim]), phone="under"),
            Column("text", _("In its own words"), lambda one: one.text, only="file"),
            Column("state", _("State"), lambda one: str(STATES[one.state][1]), phone="side"),
            Column("reason", _("Reason"), lambda one: one.reason, only="file"),
            acts(),
        ],
    )
    return view, table.over(view.lines, whole=whole)


@blueprint.get("/rounds/<key>/objections/<int:number>", may="objections.read")
def objection(key: str, number: int) -> Page:
    """Show one objection, with the forms that decide it."""
    return _page(key, number)


@blueprint.post(
    "/rounds/<key>/objections/<int:number>/reject", may="objections.decide", two_persons="by setting"
)
def reject_objection(key: str, number: int) -> Response | Page:
    """Reject an objection, with a reason that the organisation is told."""
    form = _form("reject", sent=True)
    form.concerning = _concerning(key, number)
    if form.does(lambda work: objections_acts.reject(work, key, number, form.reason.data or "")):
        said = _("The objection is rejected. The organisation is told by mail, with the reason.")
        return done(said, "objections", key=key)
    return _page(key, number, reject=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/uphold", may="objections.decide")
def uphold_objection(key: str, number: int) -> Response | Page:
    """Say that it is right; where there is a second person, that one confirms."""
    form = _form("uphold", sent=True)
    if form.does(lambda work: objections_acts.uphold(work, key, number, form.reason.data or "")):
        waits = _("Another person of the secretariat must confirm it now. Nothing has changed yet.")
        return done(_upheld() if form.outcome else waits, "objections", key=key)
    return _page(key, number, uphold=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/confirm", may="objections.decide")
def confirm_objection(key: str, number: int) -> Response | Page:
    """Confirm as the second person that an objection is upheld."""
    form = _form("confirm", sent=True)
    if form.does(lambda work: objections_acts.confirm(work, key, number)):
        return done(_upheld(), "objections", key=key)
    return _page(key, number, confirm=form)


@blueprint.post("/rounds/<key>/objections/<int:number>/send-back", may="objections.decide")
def send_back_objection(key: str, number: int) -> Response | Page:
    """Send an objection back without confirming it, with a reason; it is undecided again."""
    form = _form("back", sent=True)
    if form.does(lambda work: objections_acts.send_back(work, key, number, form.reason.data or "")):
        said = _("It was not confirmed. The objection waits for a decision again.")
        return done(said, "objections", key=key)
    return _page(key, number, back=form)


@blueprint.post("/rounds/<key>/recount", may="rounds.count")
def recount(key: str) -> Response:
    """Count the ballots again, without those that were taken out."""
    write(results.count, key)
    return done(_("The ballots were counted again. The first count stays in the archive."), "result", key=key)


def _concerning(key: str, number: int) -> list[tuple[str, str]]:
    """Return which objection a decision is about, as a second person reads it."""
    lines = read(objections_acts.desk, key).lines
    return [
        pair
        for one in lines
        if one.number == number
        for pair in ((_("Organisation"), one.organisation), (_("In its own words"), one.text))
    ]


def _form(name: str, *, sent: bool) -> Any:
    """Return a form by its name, with what was sent or empty; without a password given recently."""
    form = FORMS[name](prefix=f"{name}-") if sent else FORMS[name](formdata=None, prefix=f"{name}-")
    return form.unless_recent() if isinstance(form, ConfirmedForm) else form


def _page(key: str, number: int, **sent: Form) -> Page:
    view = read(objections_acts.desk, key)
    found = or_problem(
        next((line for line in view.lines if line.number == number), None), "objection.unknown"
    )
    return page(
        "objections/decide.html",
        view.round,
        next(iter(sent.values()), Form(formdata=None)),
        view=view,
        objection=found,
        mine=found.asker_id == actor().id,
        forms={name: sent.get(name) or _form(name, sent=False) for name in FORMS},
        states=STATES,
    )


def _upheld() -> str:
    said: str = _("The objection is upheld. The organisation is told by mail, with the reason.")
    return said
