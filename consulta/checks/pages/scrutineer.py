"""A scrutineer's pages: their rounds, who took part, the result, and the files to count again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from consulta.checks import scrutineers
from consulta.objections.pages.words import STATES
from consulta.results.pages import pictures as result_pictures
from consulta.web import charts
from consulta.web.downloads import saved
from consulta.web.language import local
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from consulta.voting.values import TurnoutLine

blueprint = Blueprint("scrutineer", __name__)
KINDS: Mapping[str, scrutineers.Kind] = {
    "result": "result",
    "first_bundle": "first_bundle",
    "first_result": "first_result",
}


@blueprint.get("/")
def start() -> str:
    """Show the rounds to which the scrutineer is appointed."""
    with reading() as work:
        cards = scrutineers.mine(work)
    return render_template("checks/start.html", cards=cards)


@blueprint.get("/rounds/<key>")
def round_page(key: str) -> str:
    """Show a round to its scrutineer: turnout in numbers, and links to the rest after closing."""
    with reading() as work:
        view = scrutineers.look(work, key)
    return render_template(
        "checks/round.html",
        view=view,
        turnout=[(dimension, _bars(lines)) for dimension, lines in view.turnout],
        states=STATES,
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result")
def result(key: str) -> str:
    """Show the whole result to a scrutineer."""
    with reading() as work:
        view = scrutineers.result(work, key)
    return render_template(
        "checks/result.html",
        view=view,
        pictures=result_pictures.of_result(view),
        example=view.card.example,
    )


@blueprint.post("/rounds/<key>/document")
def document(key: str) -> Response:
    """Return the bundle, the result or the complete archive as a file.

    The download is recorded in the log.
    """
    kind = request.form.get("kind")
    with writing() as work:
        if kind == "archive":
            name, content = scrutineers.complete_archive(work, key)
        else:
            name, content = scrutineers.document(work, key, KINDS.get(kind or "", "bundle"))
    return saved(name, content, "application/zip" if kind == "archive" else "application/json")


def _bars(lines: tuple[TurnoutLine, ...]) -> charts.BarChart:
    return charts.bars(
        [
            (
                local(line.name),
                line.voted / line.seats,
                _("%(part)s of %(whole)s", part=line.voted, whole=line.seats),
            )
            for line in lines
        ],
        keep_order=True,
    )
