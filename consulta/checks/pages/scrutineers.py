"""Who may look, for all members, at everything that the count of a round stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.checks import scrutineers as services
from consulta.web.desk import Page, blueprint, done, page
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.get("/rounds/<key>/scrutineers")
def scrutineers(key: str) -> Page:
    """Show the scrutineers of a round, and who else can be appointed."""
    with reading() as work:
        view = services.desk(work, key)
    return page("checks/scrutineers.html", view.round, view=view)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/appoint")
def appoint(key: str, staff_id: int) -> Response:
    """Make a person a scrutineer of the round."""
    with writing() as work:
        services.appoint(work, key, staff_id)
    said = _("Appointed. The name and the organisation stand on the public page of the round.")
    return done(said, "scrutineers", key=key)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/dismiss")
def dismiss(key: str, staff_id: int) -> Response:
    """End a person's part as a scrutineer of the round."""
    with writing() as work:
        services.dismiss(work, key, staff_id)
    return done(_("This person is no scrutineer of the round any more."), "scrutineers", key=key)
