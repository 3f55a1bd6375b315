"""Corrections that members asked for, at the desk; and the mail that asks all to look at their data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from consulta.people.own_data import service as own_data
from consulta.people.own_data.forms import CorrectionForm
from consulta.people.own_data.pages.words import KINDS, STATES
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.request import read
from consulta.platform.web.table import Column, Listing, Search, Table, by_state, handed_out, moment_columns
from consulta.rounds.letters.pages.mass_mail import plain_page_before

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.own_data.values import CorrectionView
    from consulta.platform.work import Work


def init_app(app: Flask) -> None:
    """Let templates of the desk ask how many corrections wait."""
    app.jinja_env.globals["corrections_waiting"] = partial(read, own_data.waiting)


@blueprint.get("/members/corrections", may="corrections.decide")
def corrections() -> str:
    """Show what members asked to have changed, the newest first."""
    views, table = read(_table)
    return render_template(
        "own_data/queue.html", table=table, states=STATES, example=any(each.example for each in views)
    )


@handed_out("corrections")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[tuple[CorrectionView, ...], Listing]:
    """Return the corrections, and the table of them."""
    views = own_data.listed(work)
    table = Table(
        title=_("Corrections"),
        name="corrections",
        endpoint="secretariat.corrections",
        subject="corrections",
        search=Search(_("Organisation or contact"), lambda each: f"{each.organisation} {each.asked_by}"),
        choices=[
            by_state(_("State"), STATES, lambda each: each.state),
        ],
        columns=[
            Column("name", _("Organisation"), lambda each: each.organisation),
            Column("kind", _("What"), lambda each: str(KINDS[each.kind]), phone="under"),
            Column("by", _("Asked by"), lambda each: each.asked_by),
            *moment_columns(_("When"), lambda each: each.asked_at),
            Column("state", _("State"), lambda each: str(STATES[each.state][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return views, table.over(views, whole=whole)


@blueprint.route(
    "/members/corrections/<int:number>",
    methods=["GET", "POST"],
    may="corrections.decide",
    two_persons="by setting",
)
def correction(number: int) -> Response | tuple[str, int]:
    """Show a correction, and record the decision about it.

    Where voting is open for the organisation and the correction is about a contact, accepting it needs a
    reason and the password, as every such change does. Raise Problem `correction.unknown` if there is none.
    """
    view = read(own_data.look, number)
    form = CorrectionForm().asking(needed=view.guarded)
    form.concerning = [(_("Organisation"), view.organisation)]
    form.reason.flags.required = True
    act = request.form.get("act", "")
    if (
        act in {"accept", "decline"}
        and form.validate_on_submit()
        and form.is_confirmed(needed=view.guarded and act == "accept")
        and form.carries_out(lambda work: _decide(work, number, act, form))
    ):
        return done(_("Decided. The contact who asked is told by mail."), "corrections")
    return render_template(
        "own_data/correction.html",
        one=view,
        form=form,
        act=act,
        kinds=KINDS,
        states=STATES,
        example=view.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: CorrectionForm) -> None:
    if act == "accept":
        own_data.accept(work, number, form.asked())
    else:
        own_data.decline(work, number, form.reason.data or "")


@blueprint.route("/members/data-mail", methods=["GET", "POST"], may="corrections.decide")
def write_own_data() -> Response | tuple[str, int]:
    """Ask all contacts who may vote to look at the data of their organisation, after saying to how many."""
    back = url_for("secretariat.corrections"), _("Corrections")
    return plain_page_before(
        "letters/mass_mail.html",
        own_data.readers_of_yearly,
        _("Ask members to look at their data"),
        back,
        own_data.write_yearly,
    )
