"""Who may look, for all members, at everything that the count of a round stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash

from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.request import read, write
from consulta.platform.web.table import Column, Listing, Table, acts, back, handed_out
from consulta.results import checks
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


@blueprint.get("/rounds/<key>/scrutineers", may="scrutineers.write")
def scrutineers(key: str) -> Page:
    """Show the scrutineers of a round, and who else can be appointed."""
    (line, appointed), table = read(_table, key)
    return page("checks/scrutineers.html", line, table=table, appointed=appointed)


@handed_out("scrutineers")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[tuple[RoundLine, set[int]], Listing]:
    """Return a round with the ids of its scrutineers, and the table of them and of who can be appointed."""
    line, people, appointed = checks.desk(work, key)
    table = Table(
        title=_("Scrutineers"),
        name="scrutineers",
        endpoint="secretariat.scrutineers",
        key=key,
        subject=subject(line),
        columns=[
            Column("name", _("Name"), lambda person: person.name),
            Column("organisation", _("Organisation"), lambda person: person.organisation, phone="under"),
            Column("email", _("E-mail"), lambda person: person.email),
            Column(
                "appointed",
                _("Appointed"),
                lambda person: _("yes") if person.id in appointed else _("no"),
                phone="side",
            ),
            acts(),
        ],
    )
    return (line, appointed), table.over(people, whole=whole)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/appoint", may="scrutineers.write", password=True)
def appoint(key: str, staff_id: int) -> Response:
    """Make a person a scrutineer of the round."""
    write(checks.appoint, key, staff_id)
    flash(_("Appointed. The name and the organisation stand on the public page of the consultation."))
    return back("secretariat.scrutineers", key=key)


@blueprint.post("/rounds/<key>/scrutineers/<int:staff_id>/dismiss", may="scrutineers.write", password=True)
def dismiss(key: str, staff_id: int) -> Response:
    """End a person's part as a scrutineer of the round."""
    write(checks.dismiss, key, staff_id)
    flash(_("This person is no longer a scrutineer of the consultation."))
    return back("secretariat.scrutineers", key=key)
