"""Opening at a set hour: planned, looked at, given up; and what kept a round from opening then."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField
from wtforms.validators import InputRequired

from consulta.infra.deadlines import LOCAL_FORM
from consulta.letters.pages.mass_mail import foreseen
from consulta.lifecycle import planning
from consulta.rounds.forms.rounds import HOUR_FORMS
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.request import house, reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class OpeningPlanForm(Form):
    """The hour at which a round is to open."""

    places: ClassVar[dict[str, str]] = {
        "deadline.form": "at",
        "deadline.gap": "at",
        "plan.past": "at",
        "plan.late": "at",
    }

    at = DateTimeLocalField(_l("Day and hour of the opening"), [InputRequired()], format=HOUR_FORMS)


@blueprint.route("/rounds/<key>/open/plan", methods=["GET", "POST"])
def opening_plan(key: str) -> Response | tuple[str, int]:
    """Plan when a draft opens by itself, and show what would prevent it."""
    form = OpeningPlanForm()
    if form.validate_on_submit() and form.accepts(lambda: _plan(key, form)):
        flash(_("The opening is planned."))
        return redirect(url_for("secretariat.opening_plan", key=key), 303)
    with reading() as work:
        page = planning.plan_page(work, key, house().settings.small_cell)
        mass = foreseen(work, key, "open")
    return render_template(
        "lifecycle/plan.html",
        view=page,
        line=page.report.round.line,
        mass=mass,
        form=form,
        example=page.report.round.line.example,
    ), form.status


@blueprint.post("/rounds/<key>/open/plan/give-up")
def give_up_opening(key: str) -> Response:
    """Withdraw the plan of opening; a draft then waits until a person opens it."""
    with writing() as work:
        planning.give_up_plan(work, key)
    flash(_("The round no longer opens by itself."))
    return redirect(url_for("secretariat.opening", key=key), 303)


def _plan(key: str, form: OpeningPlanForm) -> None:
    local = form.at.data.strftime(LOCAL_FORM) if form.at.data else ""
    with writing() as work:
        planning.plan_opening(work, key, local)
