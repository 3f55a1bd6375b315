"""Applications at the desk: the queue, one application, and the decision about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, request
from flask_babel import gettext as _

from consulta.people.admission import deciding
from consulta.people.admission.forms import DecisionForm
from consulta.people.admission.pages.words import SPONSOR, STATES
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.language import local
from consulta.platform.web.request import now, read
from consulta.platform.web.table import (
    Column,
    Listing,
    Search,
    Table,
    by_state,
    choice_among,
    handed_out,
    moment_columns,
)
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.admission.values import ApplicationView
    from consulta.platform.work import Work


MOST_DIGITS = 9


def init_app(app: Flask) -> None:
    """Let templates of the desk ask how many applications wait."""
    app.jinja_env.globals["applications_to_review"] = partial(read, deciding.waiting)


@blueprint.get("/members/applications", may="admission.decide")
def applications() -> str:
    """Show the applications, the newest first."""
    views, table = read(_table)
    return render_template(
        "admission/queue.html",
        table=table,
        states=STATES,
        example=any(each.example for each in views),
    )


@handed_out("applications")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[tuple[ApplicationView, ...], Listing]:
    """Return the applications, and the table of them."""
    views = deciding.listed(work)
    table = Table(
        title=_("Applications"),
        name="applications",
        endpoint="secretariat.applications",
        subject="applications",
        search=Search(_("Organisation or sponsor"), _searched),
        choices=[
            by_state(_("State"), STATES, lambda each: each.state),
            choice_among("country", _("Country"), views, lambda each: (each.country, _country(each))),
        ],
        columns=[
            Column("name", _("Organisation"), lambda each: each.name),
            Column("country", _("Country"), _country, phone="under"),
            Column("sector", _("Sector"), lambda each: local(each.names["sector"])),
            Column(
                "sponsors",
                _("Sponsors"),
                lambda each: _("%(part)s of %(whole)s", part=each.confirmed, whole=len(each.sponsors)),
                rank=lambda each: each.confirmed,
                numeric=True,
            ),
            *moment_columns(_("Received"), lambda each: each.made_at),
            Column("state", _("State"), lambda each: str(STATES[each.state][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return views, table.over(views, whole=whole)


def _searched(each: ApplicationView) -> str:
    return " ".join((each.name, each.other_names, *(one.organisation for one in each.sponsors)))


def _country(each: ApplicationView) -> str:
    return local(name_of("country", each.country))


@blueprint.route(
    "/members/applications/<int:number>",
    methods=["GET", "POST"],
    may="admission.decide",
    password_to_send=True,
)
def application(number: int) -> Response | tuple[str, int]:
    """Show an application, and record a decision about it or undo one.

    Raise Problem `admission.unknown` where there is no such application.
    """
    form = DecisionForm()
    act = request.form.get("act", "")
    if act in _SAID and form.does(lambda work: _decide(work, number, act, form)):
        return done(str(_said(act)), "application", number=number)
    view = read(deciding.look, number)
    if not form.is_submitted():
        form.day.data = now().date()
    form.day.flags.required = form.reason.flags.required = form.question.flags.required = True
    form.seen.data = str(view.application.version)
    return render_template(
        "admission/application.html",
        view=view,
        one=view.application,
        form=form,
        act=act,
        states=STATES,
        sponsor_states=SPONSOR,
        kind_words=words.kind,
        here=catalogue.countries_by_code()[view.application.country].zone,
        example=view.application.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: DecisionForm) -> None:
    said = form.seen.data or ""
    seen = int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else 0
    reason = form.reason.data or ""
    if act == "admit":
        deciding.admit(work, number, seen, form.day.data.isoformat() if form.day.data else "", reason)
    elif act == "decline":
        deciding.decline(work, number, seen, reason)
    elif act == "return":
        deciding.give_back(work, number, seen, form.question.data or "")
    else:
        deciding.undo(work, number, seen)


_SAID = frozenset({"admit", "decline", "return", "undo"})


def _said(act: str) -> str:
    return {
        "admit": _(
            "The organisation is a member now, and its contacts are told by mail. It votes from the next"
            " round that opens."
        ),
        "decline": _("The application is declined, and the applicant is told why by mail."),
        "return": _("The question goes to the applicant by mail."),
        "undo": _("The decision is undone, and the applicant is told so by mail."),
    }[act]
