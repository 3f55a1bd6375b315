"""One organisation in one round: who can vote for it, and when and by whom it voted."""

from __future__ import annotations

from flask import render_template

from consulta.voting import seats as services
from consulta.web.desk import blueprint
from consulta.web.request import reading


@blueprint.get("/rounds/<key>/seats/<seat_key>")
def seat(key: str, seat_key: str) -> str:
    """Show a seat of the roll; the content of its ballots is not shown."""
    with reading() as work:
        view = services.seat_page(work, key, seat_key)
    return render_template(
        "voting/seat.html", view=view, line=view.round, seat=view.seat, example=view.round.example
    )
