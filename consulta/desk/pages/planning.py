"""Opening at a set hour: planned, looked at, given up; and what kept a round from opening then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.desk import planning
from consulta.desk.pages import roll_changes
from consulta.desk.pages.moves import about_opening
from consulta.desk.roll_changes import roll_changes as changes_of_roll
from consulta.platform.deadlines import resolve
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.fields import Form, HourField, beside
from consulta.platform.web.language import moment
from consulta.platform.web.request import house, read, write
from consulta.rounds import service as rounds
from consulta.rounds.pages.letters import shown

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class OpeningPlanForm(Form):
    """The hour at which a round is to open."""

    places = beside(at=("deadline.form", "deadline.gap", "plan.past", "plan.late"))

    at = HourField(_l("Day and hour of the opening"))


@blueprint.route(
    "/rounds/<key>/open/plan", methods=["GET", "POST"], may="rounds.open", two_persons="by setting"
)
def opening_plan(key: str) -> Response | Page:
    """Plan when a draft opens by itself, and show what would prevent it."""
    form = OpeningPlanForm()
    form.concerning = lambda: about_opening(key)
    if form.is_submitted():
        form.clocks = read(rounds.round_line, key).zone
        form.tells = lambda: _told(form, key)
    if form.does(lambda work: planning.plan_opening(work, key, form.at.local, agreed=bool(g.get("agreed")))):
        return done(_("The opening is planned."), "opening_plan", key=key)
    view = read(planning.plan_page, key, house().settings.small_cell)
    back = url_for("secretariat.opening", key=key), _("Opening")
    return shown(
        "lifecycle/plan.html",
        key,
        form,
        "open",
        _("Open at a set hour"),
        back,
        view=view,
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
    return done(_("The round no longer opens by itself."), "opening", key=key)
