"""Mails about no round: to people who apply, who are asked, or who are told something outside of a vote.

The module decides whether such a message is still needed when it is sent, and fills the places of its text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.problems import or_problem
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail, moments
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import outbox
from consulta.platform.mailer.kinds import Reader
from consulta.platform.mailer.outbox import hindrance
from consulta.rounds import addresses, links
from consulta.rounds.letters import samples
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.letters.service import Finished, Needless, Post, Preview

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.mailer.kinds import MailKind, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work


def finish(work: Work, message: Message, post: Post) -> Finished | Needless:
    """Return the mail of a message about no round, or Needless with a code if it is not to be sent."""
    require(work, "mail.send")
    if not outbox.open_token(work, message):
        return Needless(outbox.UNREADABLE)
    kind = mail_kinds.find(message.kind)
    reason = _needless(work, message, kind)
    if reason is not None:
        return Needless(reason)
    name, organisation = to_whom(message)
    country = catalogue.countries_by_code().get(message.facts["country"])
    reader = Reader(
        name=name,
        zone=country.zone if country is not None else moments.UNIVERSAL,
        base_url=post.base_url.rstrip("/"),
        token=message.token or "",
    )
    mail = replace(
        samples.mail(work, message)
        if kind.name == samples.KIND
        else _mail(work, kind, message.language, organisation, reader, kind.words(work, message, reader)),
        message_id=message.message_id,
        address=message.contact.email if message.contact is not None else message.address,
    )
    if post.test_address:
        mail = letters.as_test(mail, post.test_address)
    secrets = (message.token,) if message.token else ()
    return Finished(
        message.id, kind.name, mail, letters.hide(letter_mail.together(mail.halves), secrets), secrets
    )


def to_whom(message: Message) -> tuple[str, str]:
    """Return the name of the person and of the organisation that a mail about no round is for.

    Both are empty once what the mail told was erased.
    """
    return message.facts.get("name", ""), message.facts.get("organisation", "")


def preview(
    work: Work,
    _round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return a mail about no round as a contact would get it; `texts` are none: they cannot be changed.

    Problem: `mail.unknown` if there is no such contact.
    """
    require(work, "mail.read")
    del texts
    contact = or_problem(addresses.contact(work.session, reader or 0), "mail.unknown")
    return shown(work, kind, language, post, (contact.name, contact.organisation.name), {})


def shown(
    work: Work,
    kind: str,
    language: str,
    post: Post,
    to: tuple[str, str],
    said: Words,
    written: Mapping[str, tuple[str, str]] | None = None,
) -> Preview:
    """Return a mail about no round as a person would get it: `to` is its name, and that of its organisation.

    `said` is what stands in the places of the kind; `written` are unsaved texts, by language.
    """
    require(work, "mail.read")
    name, organisation = to
    reader = Reader(name, moments.UNIVERSAL, post.base_url.rstrip("/"), letters.HIDDEN)
    mail = _mail(work, mail_kinds.find(kind), language, organisation, reader, said, written)
    return Preview(
        organisation,
        name,
        mail.subject,
        letter_mail.together(mail.halves),
        letter_mail.as_html(mail.halves, mail.subject),
        mail.halves,
    )


def _needless(work: Work, message: Message, kind: MailKind) -> str | None:
    if message.contact is not None:
        reason = hindrance(message.contact, asked=letters.was_asked(message))
        if reason is not None:
            return reason
    return kind.outdated(work, message) or letters.link_ended(work, message)


def _mail(
    work: Work,
    kind: MailKind,
    first: str,
    organisation: str,
    reader: Reader,
    words: Mapping[str, Mapping[str, str]],
    written: Mapping[str, tuple[str, str]] | None = None,
) -> letter_mail.Mail:
    values = {
        language: {
            "contact": reader.name,
            "organisation": organisation,
            "link": links.url(reader.base_url, language, reader.token, letters.way_of(kind)),
            **words.get(language, {}),
        }
        for language in work.languages
    }
    return mail_texts.mail(work, None, kind.name, first, reader.name, values, (), reader.base_url, written)
