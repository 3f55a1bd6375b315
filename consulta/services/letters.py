"""A mail as it is sent: made of what is true then, in the words that hold then.

It decides whether a message that waits still has a point, and what stands in the places of its text. It runs
when a mail is sent, so that a deadline that moved, an address that was corrected or a vote that came in
meanwhile is told rightly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.formats import letter_mail, moments
from consulta.services import (
    access_words,
    closing_words,
    heads,
    links,
    mail_texts,
    nomination_links,
    nomination_news,
)
from consulta.services.access import require
from consulta.services.accounts import digest
from consulta.services.nominating import phase_of
from consulta.services.outbox import hindrance
from consulta.store import ballots, nominations, rounds, seat_addresses
from consulta.store import outbox as rows
from consulta.store.models import AccessChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.services.mail_texts import TextKind
    from consulta.services.trust_views import HeadView
    from consulta.services.work import Work
    from consulta.store.models import Ballot, Message, Round

HIDDEN = "\N{BLACK SQUARE}" * 8
FIXED = ("until",)  # what a subject never cuts short
INVITING = frozenset({"invitation", "reminder", "new_link", "extension"})


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
    """A mail as a sample recipient would get it."""

    organisation: str
    contact: str
    subject: str
    text: str
    html: str


class _About(TypedDict):
    """What depends on the kind alone."""

    ends: datetime
    way: str


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A proposal for the panel and the decision about it."""

    name: str
    decision: str
    reason: str = ""
    into: str = ""
    on_ballot: bool = False


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a mail tells of, before it is said in a language."""

    round: Round
    organisation: str
    contact: str
    zone: str
    base_url: str
    token: str
    ballot: Ballot | None
    sender: str  # of the ballot
    before: datetime | None
    ends: datetime  # the deadline that it tells of
    way: str = "v"  # what its link opens
    proposal: _Proposal | None = None  # what was decided of whom
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what one kind alone tells of
    head: HeadView | None = None  # of the log, for whoever keeps the mail
    hidden: bool = False  # as the mail is kept: nothing of a ballot may be read in it
    sealed: bool = False  # for an address that hears of the vote and does not read it


def finish(work: Work, number: int, post: Post) -> Finished | Needless:
    """The mail of a message that waits; Needless where what it says is over, or nobody is to be told."""
    require(work, "mail.send")
    message = rows.message(work.session, number)
    if message is None or message.contact is None:
        return Needless("mail.unknown")
    reason = _needless(work, message)
    if reason is not None:
        return Needless(reason)
    facts = _facts(work, message, post)
    kind = mail_texts.known_kind(message.kind)
    address = message.address if message.to_address else message.contact.email
    mail, kept = (
        replace(
            _mail(work, kind, message.language, replace(facts, hidden=hidden)),
            message_id=message.message_id,
            address=address,
        )
        for hidden in (False, True)
    )
    secrets = tuple(each for each in (message.token, facts.ballot.receipt if facts.ballot else None) if each)
    if post.test_address:
        mail, kept = as_test(mail, post.test_address), as_test(kept, post.test_address)
    return Finished(number, kind, mail, hide(letter_mail.together(kept.halves), secrets), secrets)


def preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """A mail to a contact of the round, `language` first; with subjects and bodies not saved yet where given.

    Where `reader` names nobody of the round it is the first who would be written to.

    Problems: `round.unknown`, `mail.kind`, and those of `mail_texts.checked`.
    """
    require(work, "mail.read")
    shown = mail_texts.text(work, round_key, kind, language)
    found = rounds.find(work.session, round_key)
    if found is None:
        raise RuntimeError("a round that was just there")
    written = {lang: mail_texts.checked(shown.kind, *text) for lang, text in (texts or {}).items()}
    facts = _sample(work, found, shown.language, shown.kind, post, reader)
    mail = _mail(work, shown.kind, shown.language, facts, written)
    return Preview(
        facts.organisation,
        facts.contact,
        mail.subject,
        letter_mail.together(mail.halves),
        letter_mail.as_html(mail.halves, mail.subject),
    )


def hide(text: str, secrets: tuple[str, ...]) -> str:
    """A text without what opens a ballot."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


# -- whether it still has a point


def _needless(work: Work, message: Message) -> str | None:
    contact = message.contact
    if message.to_address:  # whatever became of its contact
        return overtaken(work, message)
    if contact is None or not contact.may_vote:
        return "mail.inactive"
    return (
        hindrance(contact, asked=was_asked(message)) or overtaken(work, message) or _dead_link(work, message)
    )


def was_asked(message: Message) -> bool:
    """Whether the contact asked for this message."""
    return bool(message.facts.get("asked"))


def overtaken(work: Work, message: Message) -> str | None:
    """What happened since that makes a message wrong or idle, as a code; None where it still has a point."""
    found = message.round
    if message.kind in INVITING:
        return _no_invitation(work, message)
    if message.kind == "access_asked":
        return _decided(work, message)
    if message.kind == mail_texts.BEFORE_VOTE and not phase_of(found, work.now).on:
        return "mail.over"
    if message.kind == nomination_news.KIND and not nomination_news.is_current(
        nominations.find(work.session, found.id, message.facts["nomination"]), message.facts
    ):
        return "mail.overtaken"
    idle = {
        **dict.fromkeys(closing_words.KINDS, found.state == State.CANCELLED),
        "published": found.state != State.PUBLISHED,
    }
    return "mail.over" if idle.get(message.kind) else None


def _decided(work: Work, message: Message) -> str | None:
    """Whether the change that a notice asks about is decided, or voting over; other notices tell of it."""
    change = work.session.get(AccessChange, message.facts["change"])
    if message.round.state != State.OPEN:
        return "mail.over"
    return None if change is not None and change.state in {"waiting", "objected"} else "mail.decided"


def _no_invitation(work: Work, message: Message) -> str | None:
    found = message.round
    if found.state != State.OPEN or work.now >= found.closes_at:
        return "mail.over"
    if message.kind == "extension" and message.facts["until"] != round(found.closes_at.timestamp()):
        return "mail.overtaken"
    if message.kind == "reminder" and message.seat and message.seat.current is not None:
        return "mail.voted"
    return None


def _dead_link(work: Work, message: Message) -> str | None:
    if message.kind == mail_texts.BEFORE_VOTE:
        given = nominations.link(work.session, digest(message.token or ""))
        return None if given and nomination_links.works(work, given) else "mail.link_ended"
    if message.kind not in INVITING:
        return None
    link = ballots.link(work.session, digest(message.token or ""))
    return None if link and link.revoked_at is None and link.expires_at > work.now else "mail.link_ended"


# -- what it says


def _facts(work: Work, message: Message, post: Post) -> _Facts:
    if message.contact is None:
        raise RuntimeError("a message to nobody")
    before = message.facts.get("before")
    told = message.facts.get("ballot")
    ballot = rows.ballot(work.session, told) if told is not None else None
    member = message.seat or message.contact.organisation
    zone = catalogue.countries_by_code()[member.country].zone
    return _Facts(
        round=message.round,
        organisation=member.name,
        contact=message.facts.get("name") or message.contact.name,
        zone=zone,
        base_url=post.base_url.rstrip("/"),
        token=message.token or "",
        ballot=ballot,
        sender=seat_addresses.sender_of(work.session, ballot) if ballot else "",
        sealed=bool(message.facts.get("sealed")),
        head=heads.of_receipt(work, ballot) if ballot else _head(work, message.round, message.kind),
        before=None if before is None else datetime.fromtimestamp(before, UTC),
        proposal=_proposal(work, message) if message.kind == nomination_news.KIND else None,
        words=_words(work, message, zone, post),
        **_about(work, message.round, message.kind),
    )


def _words(work: Work, message: Message, zone: str, post: Post) -> Mapping[str, Mapping[str, str]]:
    """What one kind of mail alone tells of."""
    reader = closing_words.Reader(zone, post.base_url, message.token or "")
    return {
        **access_words.of_message(work, message, zone),
        **closing_words.of_message(work, message, reader),
    }


def _head(work: Work, found: Round, kind: str) -> HeadView | None:
    """The log's head that a mail of this kind tells of; those about a vote have their own."""
    of_round = "head" in mail_texts.OWN[mail_texts.known_kind(kind)] and kind not in mail_texts.ABOUT_A_VOTE
    return heads.announced(work, found) if of_round else None


def _sample(
    work: Work, found: Round, language: str, kind: TextKind, post: Post, reader: int | None
) -> _Facts:
    """What a mail would tell somebody of the round, or of the members' list while there is no roll."""
    words = catalogue.mail_words(language)
    nobody = (0, words["sample_organisation"], words["sample_contact"], "PA")
    people = rows.readers(work.session, found.id) or [nobody]
    _, organisation, contact, country = next((each for each in people if each[0] == reader), people[0])
    zone = catalogue.countries_by_code()[country].zone
    return _Facts(
        round=found,
        organisation=organisation,
        contact=contact,
        zone=zone,
        base_url=post.base_url.rstrip("/"),
        token=HIDDEN,
        ballot=None,
        sender="",
        head=_head(work, found, kind),
        before=found.closes_at if kind == "extension" else None,
        proposal=_Proposal(words["sample_guest"], "admitted"),
        words={
            **access_words.sample(work, kind, found.closes_at, zone),
            **closing_words.sample(
                work,
                found,
                kind,
                contact,
                closing_words.Reader(zone, post.base_url, HIDDEN),
                post.objection_hours,
            ),
        },
        **_about(work, found, kind),
    )


def _about(work: Work, found: Round, kind: str) -> _About:
    """Which deadline a mail tells of, and what its link opens: the vote, or proposals before it."""
    if kind != mail_texts.BEFORE_VOTE:
        return {"ends": found.closes_at, "way": "r" if kind in mail_texts.FIXED_KINDS else "v"}
    return {"ends": phase_of(found, work.now).until or found.closes_at, "way": "p"}


def _mail(
    work: Work,
    kind: TextKind,
    first: str,
    facts: _Facts,
    written: Mapping[str, tuple[str, str]] | None = None,
) -> letter_mail.Mail:
    values = {language: _values(work, language, facts) for language in work.languages}
    return mail_texts.mail(work, facts.round, kind, first, facts.contact, values, FIXED, written)


def _values(work: Work, language: str, facts: _Facts) -> Mapping[str, str]:
    """What stands in each place, in one language."""
    found = facts.round
    page = f"{facts.base_url}/{language}/rounds/{found.key}"
    return {
        "contact": facts.contact,
        "organisation": facts.organisation,
        "round": work.best(found.title, language),
        "deadline": _hours(facts.ends, facts.zone, language),
        "until": moments.brief(facts.ends, facts.zone, language),
        "page": page,
        "result": f"{page}/result",
        "lookup": f"{page}/receipts",
        "new_link": f"{facts.base_url}/{language}/new-link",
        "head": HIDDEN if facts.head is None else facts.head.root,
        "link": links.url(facts.base_url, language, facts.token, facts.way),
        "before": _hours(facts.before or found.closes_at, facts.zone, language),
        **_of_ballot(work, language, facts),
        **_of_proposal(language, facts.proposal),
        **facts.words.get(language, {}),
    }


def _proposal(work: Work, message: Message) -> _Proposal:
    row = nominations.find(work.session, message.round_id, message.facts["nomination"])
    told = message.facts
    return _Proposal(
        row.said["name"] if row else "", told["decision"], told["reason"], told["into"], told["on_ballot"]
    )


def _of_proposal(language: str, proposal: _Proposal | None) -> dict[str, str]:
    """Who was proposed, and what was decided."""
    if proposal is None:
        return {}
    name = "proposal_ballot" if proposal.on_ballot else f"proposal_{proposal.decision}"
    if proposal.decision == "merged" and proposal.into:
        name = "proposal_joined"
    said = catalogue.mail_words(language)[name]
    return {
        "proposed": proposal.name,
        "decision": said.format(reason=proposal.reason, into=proposal.into),
    }


def _of_ballot(work: Work, language: str, facts: _Facts) -> dict[str, str]:
    """Who voted, when, what the vote says, and the code of the receipt."""
    ballot = facts.ballot
    unread = {"receipt": "-".join([HIDDEN[:4]] * 3), "ranking": f"1. {HIDDEN}", "marks": HIDDEN}
    if ballot is None:
        return {
            "sender": facts.contact,
            "sent": _hours(facts.round.opened_at or facts.round.created_at, facts.zone, language),
            **unread,
        }
    name = facts.sender
    if ballot.assistance is not None:
        name = catalogue.mail_words(language)["assisted"].format(name=ballot.assistance.requester)
    elif ballot.young:
        name = catalogue.mail_words(language)["young"].format(name=name)
    return {
        "sender": name,
        "sent": _hours(ballot.cast_at, facts.zone, language),
        **(unread if facts.hidden else _said(work, language, facts.round, ballot)),
        **(_sealed(language) if facts.sealed else {}),
    }


def _sealed(language: str) -> dict[str, str]:
    """What stands in place of a vote's order for an address that never could vote."""
    words = catalogue.mail_words(language)
    return {"ranking": words["order_sealed"], "marks": ""}


def _said(work: Work, language: str, found: Round, ballot: Ballot) -> dict[str, str]:
    """What a vote says: its order, a line a place, and how much else was marked."""
    titles = {theme.key: work.best(theme.title, language) for theme in found.themes}
    lines = (
        f"{place}. {' = '.join(titles[key] for key in tier)}"
        for place, tier in enumerate(ballot.ranking, start=1)
    )
    marks = catalogue.mail_words(language)["marks"].format(
        objectives=len(ballot.objectives), endorsements=len(ballot.endorsements)
    )
    return {"receipt": ballot.receipt, "ranking": "\n".join(lines), "marks": marks}


def _hours(moment: datetime, zone: str, language: str) -> str:
    """A moment on the reader's clocks and in universal time, a line each."""
    return "\n".join(moments.everywhere(moment, (zone,), language))


def as_test(mail: letter_mail.Mail, address: str) -> letter_mail.Mail:
    """A mail to the address for tests: subject and text say so, and for whom it was."""
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
