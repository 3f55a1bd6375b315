"""Focal points at the desk: the list, one of them, the decision about it, and the mail to all of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.people.focal_points import deciding, writing
from consulta.people.focal_points.forms import DecisionForm, DeskNamingForm, said
from consulta.people.focal_points.pages.words import SHOWS, STANDINGS
from consulta.people.members.pages.members_write import WriteForm
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.language import current, local
from consulta.platform.web.request import read, reading
from consulta.platform.web.table import Column, Listing, Search, Table, by_state, handed_out, moment_columns
from consulta.rounds.letters.pages import words
from consulta.rounds.letters.pages.mass_mail import plain_page_before

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.focal_points.values import FocalView
    from consulta.platform.work import Work

MOST_DIGITS = 9
ACTS = frozenset({"confirm", "decline", "end", "unlist"})


def init_app(app: Flask) -> None:
    """Let templates of the desk ask how many focal points wait."""
    app.jinja_env.globals["focal_points_waiting"] = partial(read, deciding.waiting)


@blueprint.get("/members/focal-points", may="focal_points.decide")
def focal_points() -> str:
    """Show the focal points, the newest first, and which terms end soon."""
    views, table = read(_table)
    return render_template(
        "focal_points/queue.html",
        table=table,
        standings=STANDINGS,
        expiring=sum(each.standing == "expiring" for each in views),
        example=any(each.example for each in views),
    )


@handed_out("focal-points")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[tuple[FocalView, ...], Listing]:
    """Return the focal points, and the table of them."""
    views = deciding.listed(work)
    table = Table(
        title=_("Focal points"),
        name="focal-points",
        endpoint="secretariat.focal_points",
        subject="focal_points",
        search=Search(
            _("Territory, person or organisation"),
            lambda each: f"{local(each.territory)} {each.name} {each.organisation}",
        ),
        choices=[
            by_state(_("State"), STANDINGS, lambda each: each.standing),
        ],
        columns=[
            Column("territory", _("Territory"), lambda each: local(each.territory)),
            Column("name", _("Person"), lambda each: each.name, phone="under"),
            Column("organisation", _("Organisation"), lambda each: each.organisation),
            Column("starts", _("First day of the term"), lambda each: each.starts or "", only="file"),
            Column("ends", _("Last day of the term"), lambda each: each.ends or "", flow=True),
            *moment_columns(_("Named"), lambda each: each.named_at),
            Column("state", _("State"), lambda each: str(STANDINGS[each.standing][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return views, table.over(views, whole=whole)


@blueprint.route("/members/focal-points/<int:number>", methods=["GET", "POST"], may="focal_points.decide")
def focal_point(number: int) -> Response | tuple[str, int]:
    """Show a focal point, and record what is decided about it.

    Raise Problem `focal.unknown` where there is no such focal point.
    """
    form = DecisionForm()
    act = request.form.get("act", "")
    if act in ACTS and form.does(lambda work: _decide(work, number, act, form)):
        return done(_done(act), "focal_point", number=number)
    view = read(deciding.look, number)
    form.starts.flags.required = form.ends.flags.required = form.reason.flags.required = True
    form.seen.data = str(view.focal.version)
    return render_template(
        "focal_points/focal_point.html",
        view=view,
        one=view.focal,
        form=form,
        act=act,
        standings=STANDINGS,
        shows=SHOWS,
        kind_words=words.kind,
        example=view.focal.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: DecisionForm) -> None:
    text = form.seen.data or ""
    seen = int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
    reason = form.reason.data or ""
    if act == "confirm":
        deciding.confirm(work, number, seen, said(form.starts), said(form.ends))
    elif act == "decline":
        deciding.decline(work, number, seen, reason)
    elif act == "end":
        deciding.end(work, number, seen, reason)
    else:
        deciding.unlist(work, number, seen)


def _done(act: str) -> str:
    return {
        "confirm": _("Confirmed. The person is asked by mail whether it accepts."),
        "decline": _("Declined. The organisation is told why by mail."),
        "end": _("The term is ended. The person and the organisation are told why by mail."),
        "unlist": _("The public list does not show the name any more."),
    }[act]


@blueprint.route("/members/focal-points/new", methods=["GET", "POST"], may="focal_points.decide")
def name_focal_point() -> Response | tuple[str, int]:
    """Name a focal point, or the successor of one, whose number is in the query.

    Raise Problem `focal.unknown` where there is no such focal point to replace.
    """
    replaces = request.args.get("replaces", type=int)
    with reading() as work:
        members = deciding.organisations(work, current())
        before = deciding.look(work, replaces) if replaces is not None else None
    if before is not None and not before.may_replace:
        raise Problem("focal.decided")
    known: dict[str, object] = {"kind": "state", "language": current()}
    if before is not None:
        one = before.focal
        known |= {"kind": one.kind, "country": one.country, "place": one.place}
        known |= {"organisation": str(one.organisation_id), "language": one.language}
    form = DeskNamingForm(members, proposed=known)
    if form.does(lambda work: _name(work, form, replaces)):
        return done(_("The person is asked by mail whether it accepts."), "focal_point", number=form.outcome)
    return render_template(
        "focal_points/new.html",
        form=form,
        before=before.focal if before is not None else None,
        example=False,
    ), form.status


def _name(work: Work, form: DeskNamingForm, replaces: int | None) -> int:
    return deciding.name(
        work,
        int(form.organisation.data),
        form.to_command(),
        said(form.starts),
        said(form.ends),
        replaces,
    )


@blueprint.route("/members/focal-points/write", methods=["GET", "POST"], may="mail.write")
def write_focal_points() -> Response | tuple[str, int]:
    """Write to all focal points in term, after showing to whom and what they would read."""
    form = WriteForm()
    entered = form.words() if form.is_submitted() else None
    return plain_page_before(
        "focal_points/write.html",
        writing.readers(entered),
        _("Write to the focal points"),
        (url_for("secretariat.focal_points"), _("Focal points")),
        lambda work: writing.write(work, form.words()),
        form,
    )
