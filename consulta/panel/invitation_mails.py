"""Invitations of a round as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from consulta.core.invitations import WAITING, Invited
from consulta.core.problems import or_problem
from consulta.panel import dialogues, public_panel
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.formats import calendar, letter_mail, moments
from consulta.platform.formats.letter_page import LetterPage, as_page
from consulta.platform.labels import name_of
from consulta.platform.mailer import outbox
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.platform.models import Invitation, InvitationEvent
from consulta.platform.organiser import service as organiser
from consulta.results import tallying
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.letters.service import HIDDEN, Finished, Needless, Paper, Post, Preview
from consulta.rounds.queries import rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.panel.dialogues import DialogueView
    from consulta.platform.models import Message, Nominee, Round
    from consulta.platform.organiser.service import Profile
    from consulta.platform.work import Work


def of_round(session: Session, round_id: int, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of a round in the order of their creation, with people and steps."""
    query = (
        select(Invitation)
        .where(Invitation.round_id == round_id)
        .options(
            joinedload(Invitation.nominee),
            selectinload(Invitation.events).joinedload(InvitationEvent.words),
        )
        .order_by(Invitation.id)
    )
    return list(session.scalars(query.with_for_update(of=Invitation) if hold else query))


FIXED = ("day",)  # what a subject never cuts short
ANSWERED = "mail.guest_answered"
REPLACED = "panel_replaced"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a text tells of, before it is said in a language."""

    round: Round
    reference: str  # by which a letter is found again
    person: str
    name: str
    institution: str
    country: str
    zone: str
    topics: tuple[Text, ...]
    session: DialogueView | None
    base_url: str
    token: str
    cancelled: bool
    replaced: _Replaced | None = None


class _Replaced(NamedTuple):
    """Why the published panel was replaced, and whether the person is on the present version."""

    reason: Text
    stays: bool


def finish(work: Work, message: Message, invitation: Invitation, post: Post) -> Finished | Needless:
    """Return the mail of a message to an invited person, or Needless with a code.

    It is not to be sent if it is overtaken, or if there is no address any more.
    """
    require(work, "mail.send")
    if not outbox.open_token(work, message):
        return Needless(outbox.UNREADABLE)
    session = dialogues.of_round(work, message.round.key)
    reason = _needless(work, message, invitation, session)
    if reason is not None:
        return Needless(reason)
    guest = invitation.nominee
    facts = _facts(work, message.round, guest, session, post, message.token or "")
    kind = message.kind
    if kind == REPLACED:
        facts = replace(facts, replaced=_replaced(work, message.round, guest))
    mail = replace(
        _mail(work, kind, message.language, facts),
        message_id=message.message_id,
        address=guest.email,
        attachments=_entry(work, session, message, post) if session else (),
    )
    secrets = (message.token,) if message.token else ()
    if post.test_address:
        mail = letters.as_test(mail, post.test_address)
    kept = letters.hide(letter_mail.together(mail.halves), secrets)
    return Finished(message.id, kind, mail, kept, secrets, _paper(work, message, facts))


def preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return a text as a person on the panel would get it; with unsaved `texts` where given.

    If `reader` is no invitation of the round, the first person who would get the mail is the reader.

    Problems: `round.unknown`, `mail.kind`, and those of `letters.texts.checked`.
    """
    require(work, "mail.read")
    shown = mail_texts.text(work, round_key, kind, language)
    found = _round(work, round_key)
    written = mail_texts.all_checked(work, shown.kind, texts)
    facts = _sample(work, found, shown.language, post, reader)
    if shown.kind == "panel_letter":
        page = _page(work, found, facts, shown.language, work.now, written.get(shown.language))
        return Preview(facts.institution, facts.person, page.title, page.text, as_page([page], page.title))
    mail = _mail(work, shown.kind, shown.language, facts, written)
    return Preview(
        facts.institution,
        facts.person,
        mail.subject,
        letter_mail.together(mail.halves),
        letter_mail.as_html(mail.halves, mail.subject),
        mail.halves,
    )


def pages(work: Work, found: Round, invited: Iterable[Invitation], post: Post) -> tuple[LetterPage, ...]:
    """Return the letters on paper of these invitations, each in the language of its person."""
    session = dialogues.of_round(work, found.key)
    return tuple(
        _page(
            work,
            found,
            _facts(work, found, each.nominee, session, post, ""),
            work.language(each.nominee.language),
            work.now,
        )
        for each in invited
    )


def entry(work: Work, session: DialogueView, language: str, post: Post, stamp: datetime) -> bytes:
    """Return the session as a calendar file (iCalendar) in one language, made at `stamp`."""
    return calendar.as_ics(_event(work, session, work.language(language)), post.organizer, stamp)


def topics_of(work: Work, found: Round, session: DialogueView | None) -> tuple[Text, ...]:
    """Return the titles of the session's topics: those written with it, else those of the result."""
    if session is not None and session.topics:
        return tuple(topic.title for topic in session.topics)
    titles = {theme.key: theme.title for theme in found.themes}
    return tuple(titles[key] for key in tallying.topics_of(work, found) if key in titles)


def may_be_written_to(guest: Nominee) -> bool:
    """Return whether a person has an address, and agreed that the secretariat uses it."""
    return bool(guest.email) and guest.consent_contact


def addressed(guest: Nominee) -> str:
    """Return how a person is addressed: the form they chose, else the delegate, else their name."""
    return guest.address_form or guest.delegate or guest.name


def is_over(session: DialogueView | None, now: datetime) -> bool:
    """Return whether the session has begun or is cancelled, so that no person is asked any more."""
    return session is not None and (session.cancelled or session.starts_at <= now)


# -- whether it still has a point


def _needless(
    work: Work, message: Message, invitation: Invitation, session: DialogueView | None
) -> str | None:
    state = Invited(invitation.state)
    if not may_be_written_to(invitation.nominee):
        return "mail.guest_address"
    if message.kind == "panel_session":
        return _no_news(message, state, session)
    if message.kind == REPLACED:
        if state not in WAITING | {Invited.ACCEPTED, Invited.REPLACED}:
            return ANSWERED
        present = message.round.panel_version == message.facts["version"]
        return None if present else "mail.panel_changed"
    if state not in WAITING:
        return ANSWERED
    return "mail.session_over" if is_over(session, work.now) else None


def _replaced(work: Work, found: Round, guest: Nominee) -> _Replaced | None:
    """Return what a person is told of the last replacement of a published panel; None if there was none."""
    told = public_panel.replacements(work, found)
    return _Replaced(told[-1].reason, guest.key in public_panel.members_now(work, found)) if told else None


def _no_news(message: Message, state: Invited, session: DialogueView | None) -> str | None:
    if state not in WAITING | {Invited.ACCEPTED}:
        return ANSWERED
    current = session is not None and session.sequence == message.facts["sequence"]
    return None if current else "mail.session_changed"


# -- what it says


def _facts(
    work: Work, found: Round, guest: Nominee, session: DialogueView | None, post: Post, token: str
) -> _Facts:
    countries = catalogue.countries_by_code()
    own = countries[guest.country].zone if guest.country in countries else found.zone
    return _Facts(
        round=found,
        reference=f"{found.key}/{guest.id}",
        person=addressed(guest),
        name=guest.delegate or guest.name,
        institution=guest.organisation or guest.name,
        country=guest.country,
        zone=own,
        topics=topics_of(work, found, session),
        session=session,
        base_url=post.base_url.rstrip("/"),
        token=token,
        cancelled=session is not None and session.cancelled,
    )


def readers(work: Work, found: Round, text: str = "") -> tuple[tuple[int, str, str], ...]:
    """Return the invitations of a round: number, organisation and name of the person.

    Where `text` is given, each of its words is in one of the names.
    """
    words = fold(text).split()
    return tuple(
        (each.id, each.nominee.organisation, each.nominee.name)
        for each in of_round(work.session, found.id)
        if all(word in fold(f"{each.nominee.organisation} {each.nominee.name}") for word in words)
    )


def _sample(work: Work, found: Round, language: str, post: Post, reader: int | None) -> _Facts:
    """Return the facts of a text for an invited person, or for an invented one while there is none."""
    session = dialogues.of_round(work, found.key)
    invited = of_round(work.session, found.id)
    if invited:
        read_by = next((each for each in invited if each.id == reader), invited[0])
        facts = _facts(work, found, read_by.nominee, session, post, HIDDEN)
        return replace(facts, replaced=_replaced(work, found, read_by.nominee))
    words = catalogue.mail_words(language)
    return _Facts(
        round=found,
        reference=f"{found.key}/1",
        person=words["sample_guest"],
        name=words["sample_guest"],
        institution=words["sample_institution"],
        country="PA",
        zone=catalogue.countries_by_code()["PA"].zone,
        topics=topics_of(work, found, session),
        session=session,
        base_url=post.base_url.rstrip("/"),
        token=HIDDEN,
        cancelled=session is not None and session.cancelled,
    )


def _mail(
    work: Work,
    kind: str,
    first: str,
    facts: _Facts,
    written: Mapping[str, tuple[str, str]] | None = None,
) -> letter_mail.Mail:
    values = {language: _values(work, language, facts) for language in work.languages}
    return mail_texts.mail(work, facts.round, kind, first, facts.name, values, FIXED, facts.base_url, written)


def _values(work: Work, language: str, facts: _Facts) -> Mapping[str, str]:
    """Return what stands in each place of a text, in one language."""
    words = catalogue.mail_words(language)
    title = work.best(facts.round.title, language)
    session = facts.session
    why = facts.replaced
    news = "cancelled" if facts.cancelled else "moved"
    told = {
        "person": facts.person,
        "name": facts.name,
        "institution": facts.institution,
        "round": title,
        "topic": "; ".join(work.best(topic, language) for topic in facts.topics),
        "link": f"{facts.base_url}/{language}/a/{facts.token}",
        "news": words[news if why is None else "panel_stays" if why.stays else "panel_leaves"],
        "reason": work.best(why.reason, language) if why else words["sample_reason_panel"],
        "panel_page": f"{facts.base_url}/{language}/rounds/{facts.round.key}/panel",
        "answer_by": _answer_by(session, language),
    }
    if session is None:
        return told | {
            "session": title,
            "day": words["no_date"],
            "date": words["no_date"].capitalize(),
            "place": words["no_place"],
            "connection": words["no_connection"],
        }
    zones = (facts.zone, session.zone)
    return told | {
        "session": work.best(session.title, language),
        "day": moments.day(session.starts_at, session.zone, language),
        "date": "\n".join(moments.everywhere(session.starts_at, zones, language)),
        "place": work.best(session.place, language) or words["no_place"],
        "connection": _connection(session) or words["no_connection"],
    }


def _answer_by(session: DialogueView | None, language: str) -> str:
    """Return by when a person is asked to answer, as the end of a sentence."""
    words = catalogue.mail_words(language)
    if session is None or not session.answer_by:
        return words["answer_soon"]
    return words["answer_by"].format(day=moments.calendar_day(session.answer_by, language))


def _connection(session: DialogueView) -> str:
    return "\n".join(f"{link.label}:\n{link.url}" for link in session.links)


# -- what goes with it


def _entry(
    work: Work, session: DialogueView, message: Message, post: Post
) -> tuple[letter_mail.Attachment, ...]:
    language = work.language(message.language)
    words, event = catalogue.mail_words(language), _event(work, session, language)
    return (
        letter_mail.Attachment(
            f"{words['session']}.ics",
            calendar.as_ics(event, post.organizer, message.queued_at),
            ("text", "calendar"),
            calendar.method(event),
        ),
    )


def _event(work: Work, session: DialogueView, language: str) -> calendar.Event:
    links = "\n".join(f"{link.label}: {link.url}" for link in session.links)
    agenda = work.best(session.agenda, language)
    return calendar.Event(
        uid=session.uid,
        sequence=session.sequence,
        cancelled=session.cancelled,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=work.best(session.title, language),
        place=work.best(session.place, language),
        description="\n\n".join(part for part in (agenda, links) if part),
        url=session.links[0].url if session.links else "",
        language=language,
    )


def _paper(work: Work, message: Message, facts: _Facts) -> Paper | None:
    """Return the letter that goes with an invitation or its reminder; None for news of the session."""
    if message.kind in {"panel_session", REPLACED}:
        return None
    language = work.language(message.language)
    page = _page(work, message.round, facts, language, message.queued_at)
    return Paper(f"{catalogue.mail_words(language)['letter']}.pdf", as_page([page], page.title))


def _page(
    work: Work,
    found: Round,
    facts: _Facts,
    language: str,
    dated: datetime,
    written: tuple[str, str] | None = None,
) -> LetterPage:
    title, text = written or mail_texts.in_force(work, found, "panel_letter", language)
    country = name_of("country", facts.country)
    profile = organiser.profile(work)
    values = {
        **_values(work, language, facts),
        "organiser": mail_texts.organiser_name(work, profile.name, language),
    }
    return LetterPage(
        language=language,
        head=_head(work, profile, language, values["round"]),
        logo=organiser.logo(work),
        reference=catalogue.mail_words(language)["reference"].format(number=facts.reference),
        dated=moments.long_day(dated, found.zone, language),
        to=tuple(
            dict.fromkeys(
                (facts.name, facts.institution, work.best(country, language) if facts.country else "")
            )
        ),
        title=letter_mail.fill(title, values),
        text=mail_texts.said(work, facts.round, language, text, values),
        signed=organiser.signature(profile, language, work.languages),
        foot=f"{facts.base_url}/{language}/rounds/{found.key}",
    )


def _head(work: Work, profile: Profile, language: str, round_title: str) -> tuple[str, ...]:
    """Return the lines at the head of a letter: who writes, and how to reach them."""
    if not profile.written:
        return ("consulta · " + round_title,)
    return (work.best(profile.name, language), work.best(profile.tagline, language), organiser.reach(profile))


def _round(work: Work, round_key: str) -> Round:
    return or_problem(rounds.whole(work.session, round_key), "round.unknown", key=round_key)


def _kind(
    name: str, label: str, when: str, places: tuple[str, ...], needed: tuple[str, ...], asked_on: str
) -> MailKind:
    return MailKind(
        name, label, when, places, needed, readers="guests", link="a", asked_on=(f"secretariat.{asked_on}",)
    )


KINDS = (
    _kind(
        "panel_invitation",
        N_("Invitation to the panel"),
        N_("When you invite the panel, to each of its members, with the letter."),
        ("link",),
        ("link", "date"),
        "invite",
    ),
    _kind(
        "panel_reminder",
        N_("Reminder to the panel"),
        N_("When you choose to send it, to panel members who have not answered."),
        ("link",),
        ("link",),
        "remind_panel",
    ),
    _kind(
        "panel_session",
        N_("The session has changed"),
        N_("When you inform the panel that the session has moved or been cancelled."),
        ("link", "news"),
        ("news", "date"),
        "tell_panel",
    ),
    MailKind(
        REPLACED,
        N_("The published panel was replaced"),
        N_("When you inform invited people that the published panel contained a mistake and was replaced."),
        ("reason", "news", "panel_page"),
        ("reason", "news"),
        readers="guests",
        asked_on=("secretariat.tell_replaced",),
        sent_again=False,
    ),
    MailKind(
        "panel_letter",
        N_("Letter of invitation (PDF)"),
        N_("Sent with the invitation to the panel, or printed by you."),
        readers="guests",
        is_mail=False,
    ),
)
