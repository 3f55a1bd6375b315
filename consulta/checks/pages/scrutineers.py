"""Who may look, for all members, at everything that the count of a round stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from consulta.checks import scrutineers as services
from consulta.web.desk import blueprint
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.get("/rounds/<key>/scrutineers")
def scrutineers(key: str) -> str:
    """Show the scrutineers of a round, and who else can be appointed."""
    with reading() as work:
        view = services.desk(work, key)
    return render_template("checks/scrutineers.html", view=view, line=view.round, example=view.round.example)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/appoint")
def appoint(key: str, staff_id: int) -> Response:
    """Make a person a scrutineer of the round."""
    with writing() as work:
        services.appoint(work, key, staff_id)
    flash(_("Appointed. The name and the organisation stand on the public page of the round."))
    return redirect(url_for("secretariat.scrutineers", key=key), 303)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/dismiss")
def dismiss(key: str, staff_id: int) -> Response:
    """End a person's part as a scrutineer of the round."""
    with writing() as work:
        services.dismiss(work, key, staff_id)
    flash(_("This person is no scrutineer of the round any more."))
    return redirect(url_for("secretariat.scrutineers", key=key), 303)
