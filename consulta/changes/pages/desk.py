"""Changes of who may vote while a round is open: what waits, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.changes import service as services
from consulta.changes.pages.words import HOW, KINDS
from consulta.core.problems import Problem
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.request import confirm_again, reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.changes.values import ChangesPage, ChangeView


class DecisionForm(Form):
    """Confirm a change as a second person, or withdraw it: why, and the password."""

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    why = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])
    password = PasswordField(
        _l("Your password"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )

    def is_confirmed(self) -> bool:
        """Return whether the password is that of the signed-in person.

        Otherwise an error is added to the form.
        """
        if confirm_again(self.password.data or ""):
            return True
        self.password.errors = [_("This is not your password. Check it and write it again.")]
        return False


@blueprint.get("/rounds/<key>/access")
def access(key: str) -> str:
    """Show the changes that wait: who asked, why, until when, and who objected.

    Below, the decided ones.
    """
    page = _page(key)
    return render_template(
        "changes/desk.html",
        view=page,
        line=page.round,
        kinds=KINDS,
        how=HOW,
        example=page.round.example,
    )


@blueprint.route("/rounds/<key>/access/<int:number>", methods=["GET", "POST"])
def access_change(key: str, number: int) -> Response | tuple[str, int]:
    """Show one change, and confirm it as the second person or withdraw it.

    Both need the password of the signed-in person.
    """
    form = DecisionForm()
    withdraws = request.form.get("act") == "withdraw"
    if (
        form.validate_on_submit()
        and form.is_confirmed()
        and form.accepts(lambda: _decide(key, number, form.why.data or "", withdraws=withdraws))
    ):
        flash(
            _("The change is withdrawn.")
            if withdraws
            else _("The change is in force: its link is on its way.")
        )
        return redirect(url_for("secretariat.access", key=key), 303)
    page = _page(key)
    return render_template(
        "changes/change.html",
        view=_change(page, number),
        line=page.round,
        form=form,
        kinds=KINDS,
        how=HOW,
        example=page.round.example,
    ), form.status


def _page(key: str) -> ChangesPage:
    with reading() as work:
        return services.changes_page(work, key)


def _change(page: ChangesPage, number: int) -> ChangeView:
    for each in (*page.waiting, *page.decided):
        if each.number == number:
            return each
    raise Problem("access.unknown")


def _decide(key: str, number: int, why: str, *, withdraws: bool) -> None:
    with writing() as work:
        if withdraws:
            services.withdraw(work, key, number, why)
        else:
            services.confirm(work, key, number, why)
