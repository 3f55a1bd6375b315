"""A mail as it is sent, made from the facts and the texts in force at that moment.

The module decides whether a waiting message is still needed, and fills the places of its text. What
depends on the kind of mail is in the entry of the kind (`mailer.kinds`). It runs when a mail is sent, so
that a moved deadline, a corrected address or a vote received meanwhile is taken into account.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail, moments
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import outbox
from consulta.platform.mailer.kinds import Reader, Sample
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.rounds import heads, links
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.service import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.platform.mailer.kinds import MailKind, Words
    from consulta.platform.models import Delivery, Message, Round
    from consulta.platform.work import Work

HIDDEN = "\N{BLACK SQUARE}" * 8
FIXED = ("until",)  # what a subject never cuts short


@dataclass(frozen=True, slots=True)
class Post:
    """What mails need to know of the place that sends them."""

    base_url: str
    test_address: str = ""
    organizer: str = ""  # the mailbox in whose name calendars are told of a session
    objection_hours: int = 0  # of rounds that have not closed yet


@dataclass(frozen=True, slots=True)
class Paper:
    """A letter on paper that goes with a mail: the page from which its file is made when it is sent."""

    name: str
    page: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A mail ready to be sent, and as it is kept: without its link and without anything of a ballot."""

    number: int
    kind: str
    mail: letter_mail.Mail
    kept: str
    secrets: tuple[str, ...]
    paper: Paper | None = None


@dataclass(frozen=True, slots=True)
class Needless:
    """Why a message that waits is not sent after all, as a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as a sample recipient would get it; `halves` is its text by language, that read first."""

    organisation: str
    contact: str
    subject: str
    text: str
    html: str
    halves: tuple[letter_mail.Half, ...] = ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a mail tells of, before it is said in a language."""

    round: Round
    kind: MailKind
    organisation: str
    reader: Reader
    root: str  # of the newest head of the log that mails of a round tell of
    words: Words


def finish(work: Work, number: int, post: Post) -> Finished | Needless:
    """Return the mail of a waiting message, or Needless with a code if it is not to be sent."""
    require(work, "mail.send")
    message = outbox_queries.message(work.session, number)
    if message is None or message.contact is None:
        return Needless("mail.unknown")
    if not outbox.open_token(work, message):
        return Needless(outbox.UNREADABLE)
    reason = _needless(work, message)
    if reason is not None:
        return Needless(reason)
    kind = mail_kinds.find(message.kind)
    told = message.facts.get("ballot")
    ballot = outbox_queries.ballot(work.session, told) if told is not None else None
    read = _facts(work, message, kind, post)
    kept = _facts(work, message, kind, post, hidden=True) if kind.about_vote else read
    address = message.address if message.to_address else message.contact.email
    sent, filed = (
        replace(_mail(work, message.language, facts), message_id=message.message_id, address=address)
        for facts in (read, kept)
    )
    secrets = tuple(each for each in (message.token, ballot.receipt if ballot else None) if each)
    if post.test_address:
        sent, filed = as_test(sent, post.test_address), as_test(filed, post.test_address)
    return Finished(number, kind.name, sent, hide(letter_mail.together(filed.halves), secrets), secrets)


def preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
    said: Words | None = None,
) -> Preview:
    """Return a mail as a contact of the round would get it; with unsaved `texts` if given.

    The mail has `language` first. `texts` gives subject and body by language; `said` what stands in the
    places of this kind, in place of what its sample has. If `reader` is no contact
    of the round, the mail is for its first contact, or for an invented one if there is none.

    Problems: `round.unknown`, `mail.kind`, and those of `letters.texts.checked`.
    """
    require(work, "mail.read")
    shown = mail_texts.text(work, round_key, kind, language)
    found = known(work, round_key)
    written = mail_texts.all_checked(work, shown.kind, texts)
    facts = _sample(work, found, shown.language, mail_kinds.find(kind), post, reader)
    facts = facts if said is None else replace(facts, words=said)
    mail = _mail(work, shown.language, facts, written)
    return Preview(
        facts.organisation,
        facts.reader.name,
        mail.subject,
        letter_mail.together(mail.halves),
        letter_mail.as_html(mail.halves, mail.subject),
        mail.halves,
    )


def hide(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text with these secrets blacked out, so that it opens no ballot."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


# -- whether it still has a point


def _needless(work: Work, message: Message) -> str | None:
    contact = message.contact
    if message.to_address:  # also where its contact is switched off or has another address now
        return overtaken(work, message)
    if contact is None or not contact.may_vote:
        return "mail.inactive"
    return (
        hindrance(contact, asked=was_asked(message)) or overtaken(work, message) or link_ended(work, message)
    )


def way_of(kind: MailKind) -> str:
    """Return the first part of the address of the link in a kind of mail."""
    purpose = door.find(kind.opens[0]) if kind.opens else None
    return purpose.way if purpose is not None else kind.link


def link_ended(work: Work, message: Message) -> str | None:
    """Return a code where the link of a message that waits opens nothing any more."""
    opens = mail_kinds.find(message.kind).opens
    return "mail.link_ended" if opens and not door.works(work, message.token or "", *opens) else None


def was_asked(message: Message) -> bool:
    """Return whether the contact asked for this message."""
    return bool(message.facts.get("asked"))


def overtaken(work: Work, message: Message) -> str | None:
    """Return the code of why a message is wrong or without a point by now; None if it still has one."""
    return mail_kinds.find(message.kind).outdated(work, message)


# -- what it says


def _facts(work: Work, message: Message, kind: MailKind, post: Post, *, hidden: bool = False) -> _Facts:
    if message.contact is None:
        raise RuntimeError("a message without a contact")
    member = message.seat or message.contact.organisation
    reader = Reader(
        name=message.facts.get("name") or message.contact.name,
        zone=catalogue.countries_by_code()[member.country].zone,
        base_url=post.base_url.rstrip("/"),
        token=message.token or "",
        hidden=hidden,
    )
    root = _root(work, message.round, kind)
    return _Facts(message.round, kind, member.name, reader, root, kind.words(work, message, reader))


def _root(work: Work, found: Round, kind: MailKind) -> str:
    """Return the root of the log's head that a mail of this kind shows; else `HIDDEN`.

    Kinds about a vote get another head, their own, elsewhere.
    """
    head = heads.announced(work, found) if "head" in kind.places and not kind.about_vote else None
    return HIDDEN if head is None else head.root


def _sample(
    work: Work, found: Round, language: str, kind: MailKind, post: Post, reader: int | None
) -> _Facts:
    """Return the facts of a sample mail to a contact of the roll, or of the members' list.

    The members' list is used while there is no roll, and an invented contact while there are no others.
    """
    words = catalogue.mail_words(language)
    invented = (0, words["sample_organisation"], words["sample_contact"], "PA")
    people = outbox_queries.readers(work.session, found.id, chosen=reader, most=1) or [invented]
    number, organisation, contact, country = next((each for each in people if each[0] == reader), people[0])
    zone = catalogue.countries_by_code()[country].zone
    shown = Reader(contact, zone, post.base_url.rstrip("/"), HIDDEN)
    hours = post.objection_hours if found.objection_hours is None else found.objection_hours
    sample = Sample(found, shown, hours, number)
    return _Facts(found, kind, organisation, shown, _root(work, found, kind), kind.sample(work, sample))


def _mail(
    work: Work, first: str, facts: _Facts, written: Mapping[str, tuple[str, str]] | None = None
) -> letter_mail.Mail:
    values = {language: _values(work, language, facts) for language in work.languages}
    return mail_texts.mail(
        work,
        facts.round,
        facts.kind.name,
        first,
        facts.reader.name,
        values,
        FIXED,
        facts.reader.base_url,
        written,
    )


def _values(work: Work, language: str, facts: _Facts) -> Mapping[str, str]:
    """Return what stands in each place of a text, in one language."""
    found, reader = facts.round, facts.reader
    page = f"{reader.base_url}/{language}/rounds/{found.key}"
    return {
        "contact": reader.name,
        "organisation": facts.organisation,
        "round": work.best(found.title, language),
        **deadline(found.closes_at, reader.zone, language),
        "page": page,
        "result": f"{page}/result",
        "lookup": f"{page}/receipts",
        "new_link": f"{reader.base_url}/{language}/new-link",
        "head": facts.root,
        "link": links.url(reader.base_url, language, reader.token, way_of(facts.kind)),
        **facts.words.get(language, {}),
    }


def deadline(ends: datetime, zone: str, language: str) -> dict[str, str]:
    """Return the end of voting in words: `deadline` with the hour in `zone` and in UTC, `until` short.

    `until` is for the subject of a mail.
    """
    return {
        "deadline": moments.on_clocks(ends, zone, language),
        "until": moments.brief(ends, zone, language),
    }


def as_test(mail: letter_mail.Mail, address: str) -> letter_mail.Mail:
    """Return a mail redirected to the address for tests, as its subject and text say.

    They also say for whom it was.
    """
    first = mail.halves[0].language
    before = catalogue.mail_words(first)["test_subject"]
    return replace(
        mail,
        name="",
        address=address,
        subject=letter_mail.subject("{said}", {"said": mail.subject}, before=before),
        halves=tuple(
            replace(
                half,
                text=catalogue.mail_words(half.language)["test"].format(address=mail.address)
                + f"\n\n{half.text}",
            )
            for half in mail.halves
        ),
    )


def server_said(last: Message | Delivery | None) -> str:
    """Return the last answer of the mail server: code and words."""
    return f"{last.code or ''} {last.said or ''}".strip() if last else ""
