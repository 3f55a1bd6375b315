"""The page of the mail that is held after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.operations.backups import restored
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.fields import Form
from consulta.platform.web.request import read
from consulta.platform.web.table import Column, Table
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

CALL_OFF = "call_off"


@blueprint.route("/mail/restored", methods=["GET", "POST"], may="mail.write")
def restored_mail() -> Response | Page:
    """Show the mail that is held after a restore; on POST, let it go or call off what waited."""
    form = Form()
    call_off = request.form.get("act") == CALL_OFF
    if form.does(lambda work: restored.release(work, call_off=call_off)):
        said = _("Mail goes out again.")
        if form.outcome:
            said += " " + ngettext(
                "%(num)s message that waited in the backup was called off.",
                "%(num)s messages that waited in the backup were called off.",
                form.outcome,
            )
        return done(said, "start")
    held = read(restored.held)
    if held is None:
        return redirect(url_for("secretariat.start"), 303)
    table = Table(
        title=_("What waited in the backup"),
        size=100,
        columns=[
            Column("kind", _("Kind"), lambda row: words.kind(row[0])),
            Column("count", _("Waiting"), lambda row: row[1], numeric=True),
        ],
    )
    text = render_template(
        "mail_desk/restored.html",
        form=form,
        held=held,
        table=table.over(held.kinds),
        line=None,
        example=False,
    )
    return text, form.status
