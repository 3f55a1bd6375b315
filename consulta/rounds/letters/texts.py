"""Texts of mails with places: those of the program, or those the secretariat wrote for a round.

This module decides which places a kind of mail has and which it needs. A text with a place that does not
exist is refused when it is saved, so that it is never sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform import parts
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail, web_addresses
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import MailText, PlainText, TextVersion
from consulta.platform.organiser import service
from consulta.platform.texts import line, paragraphs
from consulta.rounds import service as rounds
from consulta.rounds.service import hold, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.mailer.kinds import MailKind
    from consulta.platform.models import Round
    from consulta.platform.work import Work

SUBJECT_LONGEST, BODY_LONGEST = 120, 5000
IN_A_MAIL = 2  # languages: the reader's, and the first other one of the installation

# Places filled last: the links of a session are foreign and meant, a change names the address that changes.
AFTER = ("connection", "change")
# What a mail shows in bold: who writes, and until when.
STRONG = ("organiser", "deadline", "open_until", "answer", "answer_by", "date")
# Places with an address of the site, one of which the button of a mail opens.
LEADS = ("link", "own_link", "objections", "your_vote", "result", "lookup", "page", "panel_page")
BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class MailTextView:
    """A mail's text in one language as it stands for a round; `changed_at` where the secretariat wrote it."""

    kind: str
    language: str
    subject: str
    body: str
    places: tuple[str, ...]
    changed_at: datetime | None


def list_texts(work: Work, round_key: str | None) -> tuple[MailTextView, ...]:
    """Return all mail texts of a round, by kind and then by language of the installation.

    `round_key` is None for those of the mails about no round. Problem: `round.unknown`.
    """
    require(work, "mail.read")
    written: Sequence[MailText | PlainText]
    if round_key is None:
        kinds = [kind for kind in mail_kinds.in_use(work) if is_plain(kind)]
        written = outbox_queries.plain_texts(work.session)
    else:
        kinds = [kind for kind in mail_kinds.in_use(work) if kind.readers != "others"]
        written = outbox_queries.texts(work.session, rounds.known(work, round_key).id)
    changed = {
        (each.kind, each.language): each for each in written if not mail_kinds.find(each.kind).fixed_text
    }
    return tuple(
        _view(kind, language, changed.get((kind.name, language)))
        for kind in kinds
        for language in work.languages
    )


def text(work: Work, round_key: str, kind: str, language: str) -> MailTextView:
    """Return one text of a round.

    A language that the installation does not offer gives the text of its first one.
    Problems: `round.unknown`, `mail.kind`.
    """
    require(work, "mail.read")
    _require_kind(work, round_key, kind)
    entry, lang = mail_kinds.find(kind), work.language(language)
    return _view(entry, lang, _written(work, rounds.known(work, round_key), kind, lang))


def save_text(work: Work, round_key: str | None, kind: str, language: str, title: str, body: str) -> None:
    """Let a round's mails of this kind say this from now on, also those that wait.

    `round_key` is None for a kind of mail about no round. Problems: `round.unknown`, `mail.kind`,
    `mail.fixed` (its text is not to be changed), and those of `checked`.
    """
    require(work, "mail.write")
    _require_kind(work, round_key, kind)
    if mail_kinds.find(kind).fixed_text:
        raise Problem("mail.fixed")
    found, lang = _held(work, round_key), work.language(language)
    text = checked(kind, title, body, service.profile(work).email)
    if text == in_force(work, found, kind, lang):
        return
    if text == catalogue.mail_text(kind, lang):
        restore_text(work, round_key, kind, language)
        return
    kept = {"kind": kind, "language": lang, "subject": text[0], "body": text[1], "changed_at": work.now}
    work.session.merge(MailText(round_id=found.id, **kept) if found else PlainText(**kept))
    _note(work, "mail.text_changed", found, kind, lang, text)


def restore_text(work: Work, round_key: str | None, kind: str, language: str) -> None:
    """Restore the program's text for a kind of mail and a language, also for mails that wait.

    `round_key` is None for a kind of mail about no round. Problems: `round.unknown`, `mail.kind`.
    """
    require(work, "mail.write")
    _require_kind(work, round_key, kind)
    found, lang = _held(work, round_key), work.language(language)
    changed = _row(work, found, kind, lang)
    if changed is not None:
        work.session.delete(changed)
        _note(work, "mail.text_restored", found, kind, lang, catalogue.mail_text(kind, lang))


def _require_kind(work: Work, round_key: str | None, kind: str) -> None:
    """Raise Problem `mail.kind` if there is no such kind, or none about no round where one is wanted.

    The same where it belongs to a part of the program that is not used.
    """
    entry = mail_kinds.find(kind)
    if not parts.uses(work, entry.part) or (not is_plain(entry) and round_key is None):
        raise Problem("mail.kind")


def _held(work: Work, round_key: str | None) -> Round | None:
    return None if round_key is None else hold(work, round_key)


def is_plain(kind: MailKind) -> bool:
    """Return whether mails of a kind are about no round and have a text that can be changed."""
    return kind.readers == "others" and not kind.fixed_text


def copy_texts(work: Work, round_key: str, source_key: str) -> int:
    """Give a round the texts that the secretariat wrote for another one; how many there are is returned.

    Problem: `round.unknown`.
    """
    require(work, "mail.write")
    found, source = hold(work, round_key), rounds.known(work, source_key)
    written = outbox_queries.texts(work.session, source.id)
    for each in written:
        kept = {name: getattr(each, name) for name in ("kind", "language", "subject", "body")}
        work.session.merge(MailText(round_id=found.id, changed_at=work.now, **kept))
        _note(work, "mail.text_changed", found, each.kind, each.language, (each.subject, each.body))
    return len(written)


def _note(
    work: Work, action: str, found: Round | None, kind: str, language: str, text: tuple[str, str]
) -> None:
    """Keep a version of a text, and record its digest: SHA-256 of subject, an empty line and body."""
    work.session.add(
        TextVersion(
            round_id=found.id if found else None,
            kind=kind,
            language=language,
            subject=text[0],
            body=text[1],
            staff_id=work.actor.staff_id,
            at=work.now,
        )
    )
    digest = sha256("\n\n".join(text).encode()).hexdigest()
    details = {"kind": kind, "language": language, "sha256": digest}
    work.record(action, subject(found) if found else "mail", details)


def versions(work: Work, round_key: str | None, kind: str) -> list[tuple[TextVersion, str | None]]:
    """Return every version of the texts of a kind of mail, the newest first, each with who wrote it.

    The name is None where a command wrote it. `round_key` is None for a mail about no round.
    Problem: `round.unknown`.
    """
    require(work, "mail.read")
    number = None if round_key is None else rounds.known(work, round_key).id
    return outbox_queries.text_versions(work.session, number, kind)


def stored(title: str, body: str) -> tuple[str, str]:
    """Return a subject and a body in the form in which they are stored, not checked."""
    return line(title), paragraphs(body)


def checked(kind: str, title: str, body: str, email: str = "") -> tuple[str, str]:
    """Return a subject and a body, checked, in the form in which they are stored.

    `email` is the organiser's, the one address that may be typed into a mail with a personal link.

    Problems: `mail.subject`, `mail.body`, `mail.place` (there is no such place), `mail.place_missing`
    (the body lacks a place that its kind needs), `mail.place_subject` (a place that may not stand in a
    subject), `mail.place_line` (a place that needs a line of its own), `mail.address` (an address in a mail
    with a personal link).
    """
    title, body = stored(title, body)
    if not title or len(title) > SUBJECT_LONGEST:
        raise Problem("mail.subject", most=SUBJECT_LONGEST)
    if not body or len(body) > BODY_LONGEST:
        raise Problem("mail.body", most=BODY_LONGEST)
    entry = mail_kinds.find(kind)
    known = frozenset(places(entry))
    _refuse(
        "mail.place",
        [name for name in letter_mail.places(f"{title} {body}") if name not in known],
        known=_braced(places(entry)),
    )
    _refuse("mail.place_missing", [name for name in entry.needed if name not in letter_mail.places(body)])
    in_subject = letter_mail.places(title)
    _refuse("mail.place_subject", [name for name in in_subject if not mail_kinds.PLACES[name].subject])
    alone = {part.strip() for part in body.split("\n")}
    inside = [
        name
        for name in letter_mail.places(body)
        if mail_kinds.PLACES[name].line and not _is_alone(name, body, alone)
    ]
    _refuse("mail.place_line", inside)
    if entry.has_link and (found := web_addresses.foreign(f"{title}\n{body}", "", email)):
        raise Problem("mail.address", names=", ".join(dict.fromkeys(found)))
    return title, body


def all_checked(
    work: Work, kind: str, texts: Mapping[str, tuple[str, str]] | None
) -> dict[str, tuple[str, str]]:
    """Return subject and body in each language, checked. Problems: those of `checked`."""
    email = service.profile(work).email if texts else ""
    return {language: checked(kind, *text, email) for language, text in (texts or {}).items()}


def places(kind: MailKind) -> tuple[str, ...]:
    """Return the names of the places that a kind of mail can fill."""
    if kind.readers == "guests":
        return mail_kinds.FOR_GUESTS + kind.places
    if kind.readers == "others":
        return mail_kinds.FOR_OTHERS + kind.places
    common = mail_kinds.FOR_MEMBERS
    return tuple(name for name in common if not kind.before_opening or name != "page") + kind.places


def mail(
    work: Work,
    found: Round | None,
    kind: str,
    first: str,
    name: str,
    values: Mapping[str, Mapping[str, str]],
    fixed: Sequence[str],
    base_url: str,
    written: Mapping[str, tuple[str, str]] | None = None,
) -> letter_mail.Mail:
    """Return a mail to `name` in two languages, `first` and one more, without address and message id.

    `found` is None for a mail about no round.

    Each ends with the lines of the organiser; one whose text is fixed with its name alone, as it was at the
    opening of the round.

    `values` gives by language what fills the places; `fixed` names the places that are never cut in the
    subject. Texts in `written`, by language, replace the texts in force. `base_url` is the address of the
    installation: beside a personal link no other address is left whole, wherever its words come from.
    """
    languages = sorted(work.languages, key=lambda language: language != first)[:IN_A_MAIL]
    texts = {
        language: (written or {}).get(language) or in_force(work, found, kind, language)
        for language in languages
    }
    profile = service.profile(work)
    entry = mail_kinds.find(kind)

    name_then = found.organiser_name if entry.fixed_text and found is not None and found.opened_at else None

    def end(language: str) -> str:
        if entry.fixed_text:  # nothing that a form can change while the round runs
            return organiser_name(work, name_then or profile.name, language, unnamed="")
        lines = *service.signature(profile, language, work.languages), service.reach(profile)
        return "\n".join(line for line in lines if line)

    def safe(words: str, *, with_emails: bool = False) -> str:
        return (
            web_addresses.broken(words, base_url, profile.email, with_emails=with_emails)
            if entry.has_link
            else words
        )

    def filled(language: str) -> dict[str, str]:
        return {**values[language], "organiser": organiser_name(work, name_then or profile.name, language)}

    def half(language: str) -> letter_mail.Half:
        given = filled(language)
        late = {name: f"{{{name}}}" for name in AFTER if given.get(name)}
        text = safe(said(work, found, language, _whole(kind, texts[language][1]), {**given, **late}))
        last = {
            name: safe(given[name], with_emails=True) if name == "change" else given[name] for name in late
        }
        for place, words in last.items():
            text = text.replace(f"{{{place}}}", words)
        lines = end(language)
        named = letter_mail.places(texts[language][1])
        link = _link_of(text, named, given, base_url)
        return letter_mail.Half(
            language,
            "\n\n".join(part for part in (text, lines) if part).strip(),
            link,
            button(link, base_url, language),
            tuple(safe(given[name]) for name in named if name in STRONG),
            lines,
        )

    first_values = {name: safe(words) for name, words in filled(languages[0]).items()}
    return letter_mail.Mail(
        message_id="",
        name=name,
        address="",
        subject=letter_mail.subject(
            safe(texts[languages[0]][0]),
            first_values,
            fixed,
            before=catalogue.mail_words(languages[0])["practice_subject"] if work.practice else "",
        ),
        halves=tuple(half(language) for language in languages),
    )


def _whole(kind: str, body: str) -> str:
    """Return a text with the places at its end that its kind always has and that the text does not name."""
    named = letter_mail.places(body)
    missing = [f"{{{place}}}" for place in mail_kinds.find(kind).at_end if place not in named]
    return "\n\n".join((body, *missing))


def organiser_name(work: Work, name: Text, language: str, unnamed: str | None = None) -> str:
    """Return the organiser's whole name; where it has none, `unnamed`, else a word for the secretariat."""
    if name:
        return work.best(name, language)
    return catalogue.mail_words(language)["organiser_unnamed"] if unnamed is None else unnamed


def _link_of(text: str, named: Sequence[str], given: Mapping[str, str], base_url: str) -> str:
    """Return the address that the button of a mail opens: `{link}` if its text has it, else the first page.

    `named` are the places of the text. Only a line that the program wrote counts, none that somebody typed.
    Return "" where there is none.
    """
    lines = text.split("\n")
    ours = {line for name in LEADS for line in given.get(name, "").split("\n")}
    found = [line for line in lines if line in ours and line.startswith(f"{base_url}/")]
    return given["link"] if "link" in named and given.get("link") in found else (found or [""])[0]


def button(link: str, base_url: str, language: str) -> str:
    """Return what the button that opens an address says: by the way of a personal link, or the page."""
    words = catalogue.mail_words(language)
    parts = link.removeprefix(base_url).split("/")[2:]  # after the language
    names = [f"button_{parts[at]}" for at in (0, -1) if parts]
    return next((words[name] for name in names if name in words), words["button_page"])


def said(work: Work, found: Round | None, language: str, text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled, marked where it is for practice or its round is an example.

    Of a place that has nothing to say no empty lines stay.
    """
    filled = letter_mail.fill(text, values)
    if not all(values[name] for name in letter_mail.places(text)):
        filled = BLANK_LINES.sub("\n\n", filled)
    example = found is not None and found.example
    mark = "practice" if work.practice else "example" if example else ""
    return f"{catalogue.mail_words(language)[mark]}\n\n{filled}" if mark else filled


def in_force(work: Work, found: Round | None, kind: str, language: str) -> tuple[str, str]:
    """Return the subject and body in force: the secretariat's text, else the program's.

    That of the secretariat is one for the round, or for mails about no round where `found` is None.
    """
    changed = _written(work, found, kind, language)
    return (changed.subject, changed.body) if changed else catalogue.mail_text(kind, language)


def _is_alone(name: str, body: str, lines: set[str]) -> bool:
    place = f"{{{name}}}"
    return place in lines and all(part.strip() == place for part in body.split("\n") if place in part)


def _refuse(code: str, names: list[str], **params: str) -> None:
    if names:
        raise Problem(code, names=_braced(names), **params)


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _row(work: Work, found: Round | None, kind: str, language: str) -> MailText | PlainText | None:
    if found is None:
        return outbox_queries.plain_text(work.session, kind, language)
    return outbox_queries.text_of(work.session, found.id, kind, language)


def _written(work: Work, found: Round | None, kind: str, language: str) -> MailText | PlainText | None:
    """Return the text that the secretariat wrote, or None; None for kinds whose text cannot be changed."""
    return None if mail_kinds.find(kind).fixed_text else _row(work, found, kind, language)


def _view(kind: MailKind, language: str, changed: MailText | PlainText | None) -> MailTextView:
    title, body = (changed.subject, changed.body) if changed else catalogue.mail_text(kind.name, language)
    changed_at = changed.changed_at if changed else None
    return MailTextView(kind.name, language, title, body, places(kind), changed_at)
