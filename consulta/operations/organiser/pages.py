"""The profile of the organiser at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _

from consulta.accounts.staff import service as staff
from consulta.operations.organiser.forms import ProfileForm, filled
from consulta.platform.data import catalogue
from consulta.platform.organiser import service
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.language import offered
from consulta.platform.web.request import reading, write

if TYPE_CHECKING:
    from typing import Any

    from werkzeug.wrappers import Response

    from consulta.platform.organiser.values import Profile
    from consulta.platform.work import Work


@blueprint.route("/organiser", methods=["GET", "POST"], may="organiser.write", two_persons="by setting")
def organiser() -> Response | tuple[str, int]:
    """Show the form of the profile, and save it."""
    with reading() as work:
        (said, logo), asked = service.shown(work), service.was_asked(work)
        is_open = service.is_round_open(work)
    form = ProfileForm(said, data=_proposed(said) if not said.written else filled(said)).unless_recent()
    form.is_open, form.tells = is_open, form.changes
    if form.does(lambda work: _save(work, form)):
        everywhere.forget()
        return done(_("The profile is saved. Each page, mail and letter shows it from now on."), "start")
    return render_template("organiser/form.html", form=form, logo=logo, first=not asked), form.status


@blueprint.post("/organiser/later", may="organiser.write")
def postpone_organiser() -> Response:
    """Note that the profile was asked for, and go to the desk."""
    write(service.postpone)
    return redirect(url_for("secretariat.start"), 303)


def _save(work: Work, form: ProfileForm) -> None:
    changes = form.changes() if form.is_open else []
    service.save(work, form.to_profile(), form.picture(), without_logo=bool(form.without_logo.data))
    if changes and not g.get("agreed"):
        told = "\n".join(f"{label}: {change}" for label, change in changes)
        act = dict.fromkeys(work.languages, f"\n\n{told}\n\n")
        staff.tell_everybody(work, "organiser", {"who": work.actor.name, "act": act})


def _proposed(said: Profile) -> dict[str, Any]:
    return {**filled(said), **catalogue.notice_drafts(offered())}
