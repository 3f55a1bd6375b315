"""Mails about no round that wait or did not leave: of admission, focal points, evaluations and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template
from flask_babel import gettext as _

from consulta.desk.mail import service as mail_desk
from consulta.desk.mail.pages.mail import switched
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.request import read
from consulta.platform.web.table import Choice, Column, Listing, Table, handed_out, moment_columns
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.mail.values import MailStatus
    from consulta.platform.work import Work


@blueprint.get("/mail", may="mail.read")
def plain_mail() -> str:
    """Show the mails about no round that wait or were refused, and let all mail be paused or resumed."""
    status, table = read(_table)
    return render_template(
        "mail_desk/plain.html", table=table, status=status, words=words, line=None, example=False
    )


@blueprint.post("/mail/pause", may="mail.write")
def pause_all_mail() -> Response:
    """Pause or resume mail of all rounds, and of none."""
    return done(switched(), "plain_mail")


@handed_out("plain-mail")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[MailStatus, Listing]:
    """Return how mail does, and the table of the mails about no round that wait or were refused."""
    kinds = {name: words.kind(name) for name, each in mail_kinds.kinds().items() if each.readers == "others"}
    states = [("queued", words.condition("waiting")[1]), ("failed", words.condition("failed")[1])]
    table = Table(
        title=_("Mails about no round"),
        name="plain-mail",
        endpoint="secretariat.plain_mail",
        choices=[Choice("state", _("State"), states), Choice("kind", _("Kind"), list(kinds.items()))],
        columns=[
            Column("to", _("To"), lambda line: line.contact, sorts=False),
            Column("organisation", _("Organisation"), lambda line: line.organisation, only="file"),
            Column("email", _("E-mail"), lambda line: line.email, only="file"),
            Column("kind", _("Kind"), lambda line: words.kind(line.kind), flow=True, phone="under"),
            Column(
                "state",
                _("State"),
                lambda line: words.condition(line.condition)[1],
                sorts=False,
                phone="side",
            ),
            *moment_columns(_("When"), lambda line: line.at),
            Column("said", _("What the mail server said"), words.about, only="file"),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    found = mail_desk.plain_list(work, wanted, {"kind": kinds})
    return mail_desk.mail_status(work), Listing(table, wanted, found, "mail")
