"""Changes of who may vote while a round is open: what waits, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.problems import Problem
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import ConfirmedForm, own_password
from consulta.platform.web.request import read, reading
from consulta.vote.changes import registrations
from consulta.vote.changes import service as services
from consulta.vote.changes.pages.words import HOW, KINDS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.vote.changes.values import ChangesPage, ChangeView


CONFIRMED = _l("It is confirmed. It takes effect by itself two hours after the notices left.")


class DecisionForm(ConfirmedForm):
    """Confirm a change as a second person, or withdraw it: why, and the password."""

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    why = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])
    password = own_password(_l("Your password"))


def outcome(form: DecisionForm, decided: str) -> str:
    """Return what a decision did, in words: `decided`, unless it was confirmed and waits for its notices."""
    return str(CONFIRMED) if form.outcome is False else decided


@blueprint.get("/rounds/<key>/access", may="members.read")
def access(key: str) -> Page:
    """Show the changes that wait: who asked, why, until when, and who objected. Below, the decided ones."""
    with reading() as work:
        view = services.changes_page(work, key)
        late = registrations.registrations_page(work, key)
    return page("changes/desk.html", view.round, view=view, late=late, kinds=KINDS, how=HOW)


@blueprint.route("/rounds/<key>/access/<int:number>", methods=["GET", "POST"], may="access.decide")
def access_change(key: str, number: int) -> Response | Page:
    """Show one change, and confirm it as the second person or withdraw it.

    Both need the password of the signed-in person.
    """
    form = DecisionForm()
    withdraws = request.form.get("act") == "withdraw"
    decide = services.withdraw if withdraws else services.confirm
    if form.does(lambda work: decide(work, key, number, form.why.data or "")):
        withdrawn = _("The change is withdrawn.")
        in_force = _("The change is in force: its link is on its way.")
        return done(outcome(form, withdrawn if withdraws else in_force), "access", key=key)
    view = read(services.changes_page, key)
    change = _change(view, number)
    return page("changes/change.html", view.round, form, view=change, kinds=KINDS, how=HOW)


def _change(view: ChangesPage, number: int) -> ChangeView:
    for each in (*view.waiting, *view.decided):
        if each.number == number:
            return each
    raise Problem("access.unknown")
