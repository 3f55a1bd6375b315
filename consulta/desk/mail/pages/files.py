"""Mails that became files, where there is no mail server: the list, and one as it would be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort
from flask_babel import gettext as _

from consulta.desk.mail import files as services
from consulta.desk.mail.pages.texts import alone
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.request import read
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, handed_out, moment_in_file
from consulta.rounds import service as rounds
from consulta.rounds.letters.pages import words
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from flask import Response

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


@blueprint.get("/rounds/<key>/mail/files", may="mail.read")
def mail_files(key: str) -> Page:
    """Show the mails of a round that became files, page by page."""
    line, table = read(_table, key)
    return page("mail_desk/files.html", line, table=table, words=words, way=words.way())


@handed_out("mail-files")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[RoundLine, Listing]:
    """Return the round, and the table of its mails that became files."""
    line = rounds.round_line(work, key)
    table = Table(
        title=_("Mail files"),
        name="mail-files",
        endpoint="secretariat.mail_files",
        key=key,
        search=Search(_("Subject or e-mail")),
        choices=[Choice("kind", _("Kind"), list(words.kinds().items()))],
        columns=[
            Column("subject", _("Subject"), lambda each: each.subject, sorts=False),
            Column("kind", _("Kind"), lambda each: words.kind(each.kind), sorts=False),
            Column("to", _("To"), lambda each: each.contact, sorts=False, phone="under"),
            Column("organisation", _("Organisation"), lambda each: each.organisation, only="file"),
            Column("email", _("E-mail"), lambda each: each.email, only="file"),
            Column("at", _("When"), only="page", largest_first=True, phone="side"),
            moment_in_file(lambda each: each.at),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    return line, Listing(table, wanted, services.list_files(work, key, wanted), subject(line))


@blueprint.get("/rounds/<key>/mail/files/<int:number>", may="mail.read")
def filed_mail(key: str, number: int) -> Page:
    """Show one mail that became a file: headers and text.

    Its link is shown only in example rounds, where all data are invented.
    """
    found = read(services.mail_file, key, number, words.folder())
    return page("mail_desk/filed.html", found.round, view=found)


@blueprint.get("/rounds/<key>/mail/files/<int:number>/html", may="mail.read")
def filed_html(key: str, number: int) -> Response:
    """Return the HTML part of a mail that became a file, where it is shown whole; else 404."""
    found = read(services.mail_file, key, number, words.folder())
    if not found.html:
        abort(404)
    return alone(found.html)
