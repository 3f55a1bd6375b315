"""A scrutineer's pages: their rounds, who took part, the result, and the files to count again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, request, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.platform.web import charts
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.downloads import saved
from consulta.platform.web.fields import Form
from consulta.platform.web.language import local
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read, reading, writing
from consulta.results import checks
from consulta.results.pages import pictures as result_pictures
from consulta.vote.changes.service import REASON_MAX
from consulta.vote.pages.objections import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from consulta.platform.formats import zipped
    from consulta.vote.values import TurnoutLine


blueprint = Pages("scrutineer", __name__, under="/scrutiny")
KINDS: Mapping[str, checks.Kind] = {
    "result": "result",
    "first_bundle": "first_bundle",
    "first_result": "first_result",
}


@blueprint.get("/", may="scrutiny.read")
def start() -> str:
    """Show the rounds to which the scrutineer is appointed."""
    cards = read(checks.mine)
    return render_template("checks/start.html", cards=cards)


@blueprint.get("/rounds/<key>", may="scrutiny.read")
def round_page(key: str) -> str:
    """Show a round to its scrutineer: turnout in numbers, and links to the rest after closing."""
    view = read(checks.look, key)
    return render_template(
        "checks/round.html",
        view=view,
        turnout=[(dimension, _bars(lines)) for dimension, lines in view.turnout],
        states=STATES,
        example=view.card.example,
    )


class StopForm(Form):
    """Why a change is stopped."""

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}
    why = TextAreaField(_l("Reason"), [InputRequired(), Length(max=REASON_MAX)])


@blueprint.route("/rounds/<key>/changes/<int:number>", methods=["GET", "POST"], may="access.stop")
def change(key: str, number: int) -> Response | tuple[str, int]:
    """Show a change of who may vote, and stop it with a reason."""
    form = StopForm()
    if form.does(lambda work: checks.stop(work, key, number, form.why.data or "")):
        flash(
            _(
                "The change has been stopped: no link is sent. The secretariat and the organisation are "
                "notified by e-mail."
            )
        )
        return redirect(url_for("scrutineer.round_page", key=key), 303)
    with reading() as work:
        view, one = checks.look(work, key), checks.change(work, key, number)
    page = render_template("checks/change.html", view=view, one=one, form=form, example=view.card.example)
    return page, form.status


@blueprint.route("/rounds/<key>/registrations/<int:number>", methods=["GET", "POST"], may="access.stop")
def registration(key: str, number: int) -> Response | tuple[str, int]:
    """Show a late registration, and stop it with a reason."""
    form = StopForm()
    if form.does(lambda work: checks.stop_registration(work, key, number, form.why.data or "")):
        flash(
            _(
                "The registration has been stopped: the organisation is not added to the roll. The "
                "secretariat is notified by e-mail."
            )
        )
        return redirect(url_for("scrutineer.round_page", key=key), 303)
    with reading() as work:
        view, one = checks.look(work, key), checks.registration(work, key, number)
    page = render_template(
        "checks/registration.html", view=view, one=one, form=form, example=view.card.example
    )
    return page, form.status


@blueprint.get("/rounds/<key>/result", may="scrutiny.read")
def result(key: str) -> str:
    """Show the whole result to a scrutineer."""
    view = read(checks.result, key)
    return render_template(
        "checks/result.html",
        view=view,
        pictures=result_pictures.of_result(view),
        example=view.card.example,
    )


@blueprint.post("/rounds/<key>/document", may="scrutiny.read", password=True)
def document(key: str) -> Response:
    """Return the bundle, the result or the complete archive as a file.

    The download is recorded in the log.
    """
    kind = request.form.get("kind")
    content: bytes | zipped.File
    with writing() as work:
        if kind == "archive":
            name, content = checks.complete_archive(work, key)
        else:
            name, content = checks.document(work, key, KINDS.get(kind or "", "bundle"))
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
