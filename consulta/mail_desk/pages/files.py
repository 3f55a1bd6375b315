"""Mails that became files, where there is no mail server: the list, and one as it would be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, render_template, request

from consulta.letters.pages import words
from consulta.mail_desk import files as services
from consulta.mail_desk.pages.texts import alone
from consulta.web.desk import blueprint
from consulta.web.request import reading

if TYPE_CHECKING:
    from flask import Response

    from consulta.mail_desk.values import MailFile


@blueprint.get("/rounds/<key>/mail/files")
def mail_files(key: str) -> str:
    """Show the mails of a round that became files, page by page."""
    with reading() as work:
        page = services.files_page(work, key, request.args.get("page", 1, type=int))
    return render_template(
        "mail_desk/files.html",
        view=page,
        line=page.round,
        words=words,
        way=words.way(),
        example=page.round.example,
    )


@blueprint.get("/rounds/<key>/mail/files/<int:number>")
def filed_mail(key: str, number: int) -> str:
    """Show one mail that became a file: headers and text.

    Its link is shown only in example rounds, where all data are invented.
    """
    found = _file(key, number)
    return render_template("mail_desk/filed.html", view=found, line=found.round, example=found.round.example)


@blueprint.get("/rounds/<key>/mail/files/<int:number>/html")
def filed_html(key: str, number: int) -> Response:
    """Return the HTML part of a mail that became a file, where it is shown whole; else 404."""
    found = _file(key, number)
    if not found.html:
        abort(404)
    return alone(found.html)


def _file(key: str, number: int) -> MailFile:
    with reading() as work:
        return services.mail_file(work, key, number, words.folder())
