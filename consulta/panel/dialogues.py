"""The session of a round."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.models import Dialogue
from consulta.platform.texts import line, paragraphs
from consulta.results import tallying
from consulta.rounds import service as rounds
from consulta.rounds.public_rounds import theme_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine, ThemeLine


def dialogue_row(session: Session, round_id: int, *, hold: bool = False) -> Dialogue | None:
    """Return the session of a round, or None; with `hold` other writers wait for this transaction."""
    query = select(Dialogue).where(Dialogue.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()


MOST_LINKS = 10
ADDRESS_MAX = 2000
# What a calendar entry shows of a session.
ANNOUNCED = ("title", "starts_at", "ends_at", "zone", "place", "cancelled")


@dataclass(frozen=True, slots=True)
class DialogueLink:
    """A link to join a session or to read more, for people who are invited and not for the public."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PublicSession:
    """What any reader may know of the session of a public panel."""

    starts_at: datetime
    zone: str
    begun: bool  # or cancelled: no more answers are taken
    cancelled: bool
    has_factsheet: bool


@dataclass(frozen=True, slots=True)
class DialogueView:
    """A session as its neighbours read it; its texts may lack languages but the first."""

    title: Text
    zone: str
    starts_local: str
    starts_at: datetime
    ends_local: str
    ends_at: datetime
    place: Text
    links: tuple[DialogueLink, ...]
    agenda: Text
    topics: tuple[ThemeLine, ...]
    uid: str
    sequence: int
    cancelled: bool
    factsheet_version: int | None
    answer_by: str = ""  # "2027-05-02"; "" where the panel is asked for no day


@dataclass(frozen=True, slots=True)
class DialogueDesk:
    """A session as the desk writes it: the themes it may take up, and those that the result proposes."""

    round: RoundLine
    dialogue: DialogueView | None
    themes: tuple[ThemeLine, ...]
    proposed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DialogueCommand:
    """A session as written by the secretariat; hours are those of `zone`."""

    title: Text
    zone: str
    starts_local: str
    ends_local: str
    place: Text
    links: tuple[DialogueLink, ...]
    agenda: Text
    topics: tuple[str, ...]
    cancelled: bool = False
    answer_by: str = ""  # a calendar day; "" for none


def desk_page(work: Work, round_key: str) -> DialogueDesk:
    """Return the data needed to write a round's session. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, round_key, contents=True)
    dialogue = dialogue_row(work.session, found.id)
    offered = _themes(found)
    return DialogueDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=view_of(work, found, dialogue) if dialogue else None,
        themes=tuple(theme_line(theme) for theme in found.themes if theme.key in offered),
        proposed=tallying.topics_of(work, found),
    )


def save(work: Work, round_key: str, command: DialogueCommand, *, confirmed: bool = True) -> bool:
    """Write a round's session down, or change it; whether calendars must take notice is the answer.

    Without `confirmed` it is refused where it would end answers: `dialogue.past` where it would have begun
    already, `dialogue.ends_answers` where people are invited and it would be cancelled.
    Problems: these, `round.unknown`, `dialogue.round` (a cancelled round has none), `dialogue.title`,
    `dialogue.ends`, `dialogue.answer`, `dialogue.topic`, `dialogue.link`, `dialogue.links`, those of
    `deadlines.resolve`.
    """
    require(work, "dialogues.write")
    found = rounds.hold(work, round_key)
    if found.state == State.CANCELLED.value:
        raise Problem("dialogue.round")
    dialogue = dialogue_row(work.session, found.id, hold=True)
    made = dialogue is None
    if dialogue is None:
        dialogue = Dialogue(
            round_id=found.id, uid=f"{secrets.token_hex(16)}@consulta", sequence=0, created_at=work.now
        )
    before = [getattr(dialogue, name) for name in ANNOUNCED]
    was_to_come = made or not is_over(dialogue, work.now)
    _write(dialogue, command, _themes(found), work.languages[0])
    if was_to_come and not confirmed and is_over(dialogue, work.now):
        if not dialogue.cancelled:
            raise Problem("dialogue.past")
        if not made and rounds.sized(work, round_key)[1].guests:
            raise Problem("dialogue.ends_answers")
    announced = made or before != [getattr(dialogue, name) for name in ANNOUNCED]
    if announced and not made:
        dialogue.sequence += 1
    work.session.add(dialogue)
    work.session.flush()
    work.record(
        "dialogue.written" if made else "dialogue.changed",
        rounds.subject(found),
        {
            "starts_at": deadlines.as_text(dialogue.starts_at),
            "sequence": dialogue.sequence,
            "cancelled": dialogue.cancelled,
        },
    )
    return announced


# -- what the neighbouring modules share; permission was checked by the caller


def of_round(work: Work, round_key: str) -> DialogueView | None:
    """Return the session of a round; None if none is written. Problem: `round.unknown`."""
    found = rounds.whole(work, round_key)
    dialogue = dialogue_row(work.session, found.id)
    return view_of(work, found, dialogue) if dialogue else None


def has_begun(work: Work, found: Round) -> bool:
    """Return whether the session of a round has begun or is cancelled, so that no more answers are taken."""
    dialogue = dialogue_row(work.session, found.id)
    return dialogue is not None and is_over(dialogue, work.now)


def public_session(work: Work, found: Round) -> PublicSession | None:
    """Return what any reader may know of the session of a round; None if none is written."""
    dialogue = dialogue_row(work.session, found.id)
    if dialogue is None:
        return None
    return PublicSession(
        dialogue.starts_at,
        dialogue.zone,
        begun=is_over(dialogue, work.now),
        cancelled=dialogue.cancelled,
        has_factsheet=dialogue.factsheet_version is not None,
    )


def is_over(dialogue: Dialogue, now: datetime) -> bool:
    """Return whether a session has begun or is cancelled, so that no more answers are taken."""
    return dialogue.cancelled or dialogue.starts_at <= now


def written(work: Work, found: Round, *, hold: bool = False) -> Dialogue:
    """Return the stored session of a round, locked if `hold` is set. Problem: `dialogue.unknown`."""
    return or_problem(dialogue_row(work.session, found.id, hold=hold), "dialogue.unknown")


def view_of(work: Work, found: Round, dialogue: Dialogue) -> DialogueView:
    """Return the view of a session, with its topics from the themes of its round."""
    return copied(
        DialogueView,
        dialogue,
        links=tuple(DialogueLink(link["label"], link["url"]) for link in dialogue.links),
        topics=topics_of(work, found, dialogue),
    )


def topics_of(work: Work, found: Round, dialogue: Dialogue) -> tuple[ThemeLine, ...]:
    """Return the topics of a session: those that were ticked, else those of the result, if it exists."""
    themes = {theme.key: theme for theme in found.themes}
    keys = dialogue.topics or tallying.topics_of(work, found)
    return tuple(theme_line(themes[key]) for key in keys if key in themes)


def _themes(found: Round) -> set[str]:
    """Return the keys of the themes that a session may take up.

    Empty for a draft, of which the keys may still change.
    """
    return set() if found.state == State.DRAFT.value else {theme.key for theme in found.themes}


def _write(dialogue: Dialogue, command: DialogueCommand, themes: set[str], first: str) -> None:
    if not line(command.title.into(first)):
        raise Problem("dialogue.title")
    starts_at = deadlines.resolve(command.starts_local, command.zone)
    ends_at = deadlines.resolve(command.ends_local, command.zone)
    if ends_at <= starts_at:
        raise Problem("dialogue.ends")
    if command.answer_by and command.answer_by > command.starts_local[: len(command.answer_by)]:
        raise Problem("dialogue.answer")
    for key in command.topics:
        if key not in themes:
            raise Problem("dialogue.topic", key=key)
    dialogue.title = command.title.map(line)
    dialogue.zone = command.zone
    dialogue.starts_local, dialogue.starts_at = command.starts_local, starts_at
    dialogue.ends_local, dialogue.ends_at = command.ends_local, ends_at
    dialogue.place = command.place.map(line)
    dialogue.links = [{"label": link.label, "url": link.url} for link in checked_links(command.links)]
    dialogue.agenda = command.agenda.map(paragraphs)
    dialogue.topics = list(dict.fromkeys(command.topics))
    dialogue.answer_by = command.answer_by
    dialogue.cancelled = command.cancelled


def checked_links(links: Iterable[DialogueLink]) -> list[DialogueLink]:
    """Return links in one normal form, each with a label and the address of a page.

    Problems: `dialogue.link`, `dialogue.links` (more than 10).
    """
    found = [DialogueLink(line(link.label), line(link.url)) for link in links]
    if len(found) > MOST_LINKS:
        raise Problem("dialogue.links", most=MOST_LINKS)
    for link in found:
        if not link.label or not is_address(link.url):
            raise Problem("dialogue.link", text=f"{link.label} {link.url}".strip())
    return found


def is_address(text: str) -> bool:
    """Return whether a text is the http or https address of a page, of at most 2000 characters."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    return whole and len(text) <= ADDRESS_MAX
