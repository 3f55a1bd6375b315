"""One organisation in one round: who can vote for it, and when and by whom it voted."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from consulta.voting import seats as services
from consulta.web.desk import blueprint
from consulta.web.request import reading
from consulta.web.table import Column, Table


@blueprint.get("/rounds/<key>/seats/<seat_key>")
def seat(key: str, seat_key: str) -> str:
    """Show a seat of the roll; the content of its ballots is not shown."""
    with reading() as work:
        view = services.seat_page(work, key, seat_key)
    return render_template(
        "voting/seat.html",
        view=view,
        table=Table(
            title=_("Contacts who can vote"),
            opens=True,
            columns=[
                Column("contact", _("Contact")),
                Column("email", _("E-mail"), phone="under"),
                Column("since", _("Link since"), phone="side"),
            ],
        ).over(view.contacts),
        line=view.round,
        seat=view.seat,
        example=view.round.example,
    )
