"""The form by which an organisation applies to become a member; its answer is the same for every address."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.people.admission import service as admission
from consulta.people.admission.forms import application_form
from consulta.platform.data import catalogue
from consulta.platform.organiser import service as organiser
from consulta.platform.web.language import current, local, offered
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, reading, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.core.texts import Text
    from consulta.people.admission.forms import ApplicationForm
    from consulta.platform.work import Work


@blueprint.route("/apply", methods=["GET", "POST"], may="admission.apply")
def apply() -> Response | tuple[str, int]:
    """Show the form, and take an application; what becomes of it goes by mail only."""
    form = application_form({"language": current()})
    with reading() as work:
        criteria = criteria_of(work)
        valid = form.validate_on_submit()
        sent = form.is_submitted() and _finds(work, form) and valid
    if sent and form.accepts(partial(_apply, form, str(local(criteria)))):
        return redirect(url_for("public.applied"), 303)
    return render_template(
        "admission/apply.html",
        form=form,
        criteria=criteria,
        listed=house().settings.roll == "public",
    ), form.status


@blueprint.get("/apply/sent", may="admission.apply")
def applied() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("admission/applied.html")


def criteria_of(work: Work) -> Text:
    """Return the criteria of membership that are shown: the organiser's, or the proposed ones."""
    return organiser.profile(work).criteria or catalogue.notice_drafts(offered())["criteria"]


def _finds(work: Work, form: ApplicationForm) -> bool:
    shown = house().settings.roll == "public"
    return form.look_for(lambda text: admission.find_members(work, text, current(), shown=shown))


def _apply(form: ApplicationForm, criteria: str) -> None:
    write(admission.apply, form.to_command(criteria), request.remote_addr or "")
