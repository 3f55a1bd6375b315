"""Mails that became files because there is no mail server: the list, and one mail in full.

This module decides how much of a file staff see. In an example round all persons are invented and the
links are there to be followed, so the file is shown unchanged. In a real round the stored text is shown:
without the link and the receipt code, which only the contact may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.desk.mail import service as mail_desk
from consulta.desk.mail.values import FileLine, MailFile
from consulta.platform.access import require
from consulta.platform.formats import letter_file
from consulta.platform.mailer import transport
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.rounds.service import line_of, sized

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Message
    from consulta.platform.work import Work


def list_files(work: Work, round_key: str, wanted: Wanted) -> Found:
    """Return the mails of a round that became files and that `wanted` names, as `FileLine`.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "mail.read")
    found, _sizes = sized(work, round_key)
    return mail_queries.filed(work.session, found.id, wanted, _line)


def mail_file(work: Work, round_key: str, number: int, folder: Path) -> MailFile:
    """Return one mail of a round that became a file in `folder`.

    Problems: `round.unknown`, `mail.unknown` (not of this round, or not written as a file),
    `mail.file_gone`.
    """
    require(work, "mail.read")
    found, sizes = sized(work, round_key)
    message = mail_desk.message(work, round_key, number)
    if message.transport != "file":
        raise Problem("mail.unknown")
    try:
        content = transport.file_of(folder, number, message.kind).read_bytes()
    except OSError:
        raise Problem("mail.file_gone") from None
    mail = letter_file.read(content)
    return MailFile(
        round=line_of(found, sizes, work.now),
        number=number,
        headers=mail.headers,
        text=mail.text if found.example else message.body,
        html=mail.html if found.example else "",
        whole=found.example,
    )


def _line(message: Message) -> FileLine:
    contact, seat = message.contact, message.seat
    return FileLine(
        number=message.id,
        kind=message.kind,
        organisation=seat.name if seat else "",
        contact=contact.name if contact else "",
        email=message.address,
        subject=message.subject or "",
        at=message.left_at or message.due_at,
    )
