"""What mails say: texts with places, as they came with the program or as somebody wrote them for a round.

It decides which places a kind of mail has and which it cannot do without. A text that names a place that does
not exist is refused when it is saved, so that nobody ever reads one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.formats import letter_mail
from consulta.services.access import require
from consulta.services.outbox import Kind
from consulta.services.rounds import hold, subject
from consulta.services.texts import line, paragraphs
from consulta.store import outbox as rows
from consulta.store import rounds
from consulta.store.models import MailText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.services.work import Work
    from consulta.store.models import Round

TextKind = Literal[Kind, "panel_letter"]  # the letter on paper has a text too, and is no mail
MAIL_KINDS: tuple[Kind, ...] = get_args(Kind)
KINDS: tuple[TextKind, ...] = get_args(TextKind)
GUEST_KINDS: frozenset[str] = frozenset({kind for kind in KINDS if kind.startswith("panel_")})
BEFORE_VOTE: Kind = "nomination"
# Notices about who may vote: what they say is not for those to change of whose acts they tell.
FIXED_KINDS: frozenset[str] = frozenset({"access_asked", "access_decided"})
# All mail by which its readers check what the secretariat does: a receipt that reads like an advertisement
# would let a vote pass unnoticed. A text that was written for a round in an earlier version holds no more.
OWED_KINDS: frozenset[str] = FIXED_KINDS | {
    "receipt",
    "replacement",
    "closing",
    "objection",
    "objection_decided",
}
SUBJECT_LONGEST, BODY_LONGEST = 120, 5000

# Places that every mail has. `until` is the deadline for a subject; `page` is the round's public page.
COMMON = ("contact", "organisation", "round", "deadline", "until", "page")
# Those of everything that is written to people who are invited to the panel.
FOR_GUESTS = (
    "person",
    "name",
    "institution",
    "topic",
    "session",
    "day",
    "date",
    "place",
    "connection",
    "round",
)
ABOUT_A_VOTE = frozenset({"receipt", "replacement"})
OF_A_VOTE = ("sender", "sent", "ranking", "marks", "receipt", "lookup", "new_link", "head")
OWN: Mapping[TextKind, tuple[str, ...]] = {
    "invitation": ("link",),
    "reminder": ("link",),
    "receipt": OF_A_VOTE,
    "replacement": OF_A_VOTE,
    "new_link": ("link",),
    "extension": ("link", "before"),
    "published": ("result", "head"),
    "thanks": ("head",),
    "panel_invitation": ("link",),
    "panel_reminder": ("link",),
    "panel_session": ("link", "news"),
    "panel_letter": (),
    "nomination": ("link",),
    "proposal": ("proposed", "decision"),
    "access_asked": ("link", "change", "reason", "effect"),
    "access_decided": ("change", "outcome"),
    "closing": ("closed", "appears", "objections", "head"),
    "objection": ("objector", "claim", "text", "answer"),
    "objection_decided": ("objector", "decision", "reason"),
}
# What a mail would be useless without.
NEEDED: Mapping[TextKind, tuple[str, ...]] = {
    "invitation": ("link", "deadline"),
    "reminder": ("link", "deadline"),
    "receipt": ("receipt",),
    "replacement": ("receipt",),
    "new_link": ("link", "deadline"),
    "extension": ("link", "deadline"),
    "published": ("result",),
    "thanks": (),
    "panel_invitation": ("link", "date"),
    "panel_reminder": ("link",),
    "panel_session": ("news", "date"),
    "panel_letter": (),
    "nomination": ("link", "deadline"),
    "proposal": ("proposed", "decision"),
    "access_asked": ("link", "change", "effect"),
    "access_decided": ("change", "outcome"),
    "closing": ("appears", "objections", "head"),
    "objection": ("objector", "text"),
    "objection_decided": ("decision", "reason"),
}
# What takes whole lines, so that mail programs keep it whole and people find it.
LINES = frozenset(
    {
        "link",
        "page",
        "result",
        "deadline",
        "before",
        "receipt",
        "date",
        "connection",
        "news",
        "proposed",
        "change",
        "reason",
        "effect",
        "outcome",
        "ranking",
        "lookup",
        "new_link",
        "head",
        "closed",
        "appears",
        "objections",
        "claim",
        "text",
        "answer",
        "decision",
    }
)
# What a subject shows to everybody who passes by.
NOT_IN_SUBJECT = LINES | {"sent", "marks"}


@dataclass(frozen=True, slots=True)
class MailTextView:
    """A mail's text in one language as it stands for a round; `changed_at` where the secretariat wrote it."""

    kind: TextKind
    language: str
    subject: str
    body: str
    places: tuple[str, ...]
    changed_at: datetime | None


def list_texts(work: Work, round_key: str) -> tuple[MailTextView, ...]:
    """All texts of a round, kind by kind, in the languages of the installation. Problem: `round.unknown`."""
    require(work, "mail.read")
    found = _round(work, round_key)
    changed = {
        (each.kind, each.language): each
        for each in rows.texts(work.session, found.id)
        if each.kind not in OWED_KINDS
    }
    return tuple(
        _view(kind, language, changed.get((kind, language))) for kind in KINDS for language in work.languages
    )


def text(work: Work, round_key: str, kind: str, language: str) -> MailTextView:
    """One text. Problems: `round.unknown`, `mail.kind`."""
    require(work, "mail.read")
    known, lang = _known(work, kind, language)
    return _view(known, lang, _written(work, _round(work, round_key), known, lang))


def save_text(work: Work, round_key: str, kind: str, language: str, title: str, body: str) -> None:
    """Let a round's mails of this kind say this from now on, also those that wait.

    Problems: `round.unknown`, `mail.kind`, `mail.fixed` (its text is not to be changed), and those of
    `checked`.
    """
    require(work, "mail.write")
    known, lang = _known(work, kind, language)
    if known in OWED_KINDS:
        raise Problem("mail.fixed")
    found = hold(work, round_key)
    text = checked(known, title, body)
    if text == in_force(work, found, known, lang):
        return
    if text == catalogue.mail_text(known, lang):
        restore_text(work, round_key, kind, language)
        return
    changed = MailText(
        round_id=found.id, kind=known, language=lang, subject=text[0], body=text[1], changed_at=work.now
    )
    work.session.merge(changed)
    work.record("mail.text_changed", subject(found), {"kind": known, "language": lang})


def restore_text(work: Work, round_key: str, kind: str, language: str) -> None:
    """Go back to the text that came with the program. Problems: `round.unknown`, `mail.kind`."""
    require(work, "mail.write")
    known, lang = _known(work, kind, language)
    found = hold(work, round_key)
    changed = rows.text_of(work.session, found.id, known, lang)
    if changed is not None:
        work.session.delete(changed)
        work.record("mail.text_restored", subject(found), {"kind": known, "language": lang})


def checked(kind: TextKind, title: str, body: str) -> tuple[str, str]:
    """A subject and a body in the form in which they are kept.

    Problems: `mail.subject`, `mail.body`, `mail.place` (there is no such place), `mail.place_missing`,
    `mail.place_subject` (a place that does not belong there), `mail.place_line` (one that needs a line).
    """
    title, body = line(title), paragraphs(body)
    if not title or len(title) > SUBJECT_LONGEST:
        raise Problem("mail.subject", most=SUBJECT_LONGEST)
    if not body or len(body) > BODY_LONGEST:
        raise Problem("mail.body", most=BODY_LONGEST)
    known = frozenset(places(kind))
    _refuse(
        "mail.place",
        [name for name in letter_mail.places(f"{title} {body}") if name not in known],
        known=_braced(places(kind)),
    )
    _refuse("mail.place_missing", [name for name in NEEDED[kind] if name not in letter_mail.places(body)])
    _refuse("mail.place_subject", [n for n in letter_mail.places(title) if n in NOT_IN_SUBJECT])
    alone = {part.strip() for part in body.split("\n")}
    inside = [name for name in letter_mail.places(body) if name in LINES and not _is_alone(name, body, alone)]
    _refuse("mail.place_line", inside)
    return title, body


def places(kind: TextKind) -> tuple[str, ...]:
    """The places that a kind of mail can fill."""
    if kind in GUEST_KINDS:
        return FOR_GUESTS + OWN[kind]
    # Before the opening a round has no public page.
    return tuple(name for name in COMMON if kind != BEFORE_VOTE or name != "page") + OWN[kind]


def mail(
    work: Work,
    found: Round,
    kind: TextKind,
    first: str,
    name: str,
    values: Mapping[str, Mapping[str, str]],
    fixed: Sequence[str],
    written: Mapping[str, tuple[str, str]] | None = None,
) -> letter_mail.Mail:
    """A mail to `name` in every language, `first` before the others, still without address and number.

    `values` are what stands in the places, `fixed` those that its subject never cuts; what is `written`
    stands for the texts in force.
    """
    languages = sorted(work.languages, key=lambda language: language != first)
    texts = {
        language: (written or {}).get(language) or in_force(work, found, kind, language)
        for language in languages
    }
    return letter_mail.Mail(
        message_id="",
        name=name,
        address="",
        subject=letter_mail.subject(texts[languages[0]][0], values[languages[0]], fixed),
        halves=tuple(
            letter_mail.Half(language, said(found, language, texts[language][1], values[language]))
            for language in languages
        ),
    )


def said(found: Round, language: str, text: str, values: Mapping[str, str]) -> str:
    """A text with its places filled, marked where the round is an example."""
    filled = letter_mail.fill(text, values)
    return f"{catalogue.mail_words(language)['example']}\n\n{filled}" if found.example else filled


def in_force(work: Work, found: Round, kind: str, language: str) -> tuple[str, str]:
    """The subject and the body that hold for a round now."""
    changed = _written(work, found, kind, language)
    return (changed.subject, changed.body) if changed else catalogue.mail_text(kind, language)


def mail_kind(kind: str) -> Kind:
    """A kind of mail, which is sent. Problem: `mail.kind`."""
    for each in MAIL_KINDS:
        if each == kind:
            return each
    raise Problem("mail.kind")


def known_kind(kind: str) -> TextKind:
    """A kind of text. Problem: `mail.kind`."""
    for each in KINDS:
        if each == kind:
            return each
    raise Problem("mail.kind")


def _is_alone(name: str, body: str, lines: set[str]) -> bool:
    place = f"{{{name}}}"
    return place in lines and all(part.strip() == place for part in body.split("\n") if place in part)


def _refuse(code: str, names: list[str], **params: str) -> None:
    if names:
        raise Problem(code, names=_braced(names), **params)


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _known(work: Work, kind: str, language: str) -> tuple[TextKind, str]:
    return known_kind(kind), work.language(language)


def _written(work: Work, found: Round, kind: str, language: str) -> MailText | None:
    """The text that the secretariat wrote for a round, where its kind of mail can have one."""
    return None if kind in OWED_KINDS else rows.text_of(work.session, found.id, kind, language)


def _round(work: Work, round_key: str) -> Round:
    found = rounds.find(work.session, round_key)
    if found is None:
        raise Problem("round.unknown", key=round_key)
    return found


def _view(kind: TextKind, language: str, changed: MailText | None) -> MailTextView:
    title, body = (changed.subject, changed.body) if changed else catalogue.mail_text(kind, language)
    return MailTextView(kind, language, title, body, places(kind), changed.changed_at if changed else None)
