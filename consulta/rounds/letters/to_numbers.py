"""What goes to the number of a contact by SMS or WhatsApp: one short text with the personal link.

Like a mail it is made when it is sent, and dropped where it has no point any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import outbox
from consulta.platform.mailer.gateway import TEXT_MAX, GatewayMessage
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.rounds import links
from consulta.rounds.letters.service import Needless, Post, link_ended, overtaken, was_asked, way_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.models import Contact, Message
    from consulta.platform.work import Work

NAME_LEAST = 12  # characters of a name that are left where a text is too long


def finish(work: Work, number: int, post: Post) -> tuple[GatewayMessage, str] | Needless:
    """Return what goes to the number of a waiting message, and the token of its link.

    Needless with a code if it is not to be sent.
    """
    require(work, "mail.send")
    message = outbox_queries.message(work.session, number)
    if message is None or message.contact is None or message.seat is None:
        return Needless("mail.unknown")
    if not outbox.open_token(work, message):
        return Needless(outbox.UNREADABLE)
    reason = "message.test" if post.test_address else _needless(work, message, message.contact)
    if reason is not None:
        return Needless(reason)
    language, found = work.language(message.language), message.round
    kind = mail_kinds.find(message.kind)
    zone = catalogue.countries_by_code()[message.seat.country].zone
    words = catalogue.mail_words(language)
    text = words["short_reminder" if kind.voted is False else "short_vote"]
    said = fitted(
        f"{words['short_example']}{text}" if found.example else text,
        {
            "organisation": message.seat.name,
            "round": work.best(found.title, language),
            "until": moments.brief(found.closes_at, zone, language),
            "link": links.url(post.base_url, language, message.token or "", way_of(kind)),
        },
    )
    to, token = message.contact.phone, message.token or ""
    return GatewayMessage(message.message_id, to, language, kind.name, said), token


def fitted(text: str, values: Mapping[str, str], most: int = TEXT_MAX) -> str:
    """Return a text with its places filled, of at most `most` characters: the longest name is cut first.

    Neither the moment nor the link is ever cut.
    """
    filled = dict(values)
    while len(said := text.format(**filled)) > most:
        name = max(("organisation", "round"), key=lambda each: len(filled[each]))
        if len(filled[name]) <= NAME_LEAST:
            break
        left = max(NAME_LEAST, len(filled[name]) - (len(said) - most) - 1)
        filled[name] = filled[name][: min(left, len(filled[name]) - 1) - 1].rstrip(" …") + "…"
    return said


def _needless(work: Work, message: Message, contact: Contact) -> str | None:
    hindrance = outbox.number_hindrance(contact)
    if hindrance == "mail.paused" and was_asked(message):
        hindrance = None
    if hindrance is None and message.address != contact.phone:
        hindrance = "message.other_number"
    return hindrance or overtaken(work, message) or link_ended(work, message)
