"""The minutes of a session: agreements written at the desk, published in versions, followed until done.

It decides what an agreement needs. A published version keeps its words for good; whether an agreement is done
is told as it stands today, beside the words of the newest version. An agreement that is taken out leaves the
next version, and its number is not given again. The desk gets rows, all others get values.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from consulta.core.counting import bundle as core
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text  # noqa: TC001 - `typed` reads the hints when the program runs
from consulta.core.trust import record
from consulta.core.typed import from_stored
from consulta.panel import dialogues
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.messages import N_
from consulta.platform.models import Agreement, MinutesVersion, Round
from consulta.platform.parts import Part, uses
from consulta.platform.texts import line, paragraphs
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.platform.models import Dialogue
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundCard, RoundLine


FORMAT = "consulta-minutes/1"
MOST = 40  # agreements of a session
TEXT_MAX, RESPONSIBLE_MAX = 1000, 200


@dataclass(frozen=True, slots=True)
class Session:
    """The session of which minutes are, as they keep it."""

    title: Text
    starts_at: str
    zone: str
    place: Text


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement as minutes keep it, with the day on which it was done, which they do not keep."""

    number: int
    text: Text
    responsible: str
    due: str | None
    done_on: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What minutes say."""

    session: Session
    agreements: tuple[Agreed, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of a session, published or as they would be, with what is done by now."""

    card: RoundCard
    title: Text
    starts_at: datetime
    zone: str
    place: Text
    agreements: tuple[Agreed, ...]
    version: int | None
    published_at: datetime | None

    @property
    def done(self) -> int:
        """Return how many agreements are done."""
        return sum(each.done_on is not None for each in self.agreements)

    def texts(self) -> tuple[Text, ...]:
        """Return every text that its readers see."""
        return (self.title, self.place, *(each.text for each in self.agreements))


@dataclass(frozen=True, slots=True)
class Desk:
    """The agreements of a session at the desk, without those taken out."""

    round: RoundLine
    dialogue: Dialogue
    agreements: Sequence[Agreement]
    today: str  # by the clocks of the session
    public_version: int | None
    is_changed: bool  # since the published version
    refusals: tuple[Problem, ...]  # why they cannot be published now
    untranslated: tuple[tuple[int, str], ...]  # number of an agreement, and a language that it lacks
    begun: bool  # the session has begun

    @property
    def done(self) -> int:
        """Return how many agreements are done."""
        return sum(each.done_on is not None for each in self.agreements)

    @property
    def overdue(self) -> int:
        """Return how many agreements are overdue."""
        return sum(map(self.is_overdue, self.agreements))

    def is_overdue(self, one: Agreement) -> bool:
        """Return whether the day of an agreement is past, and it is not done."""
        return one.done_on is None and one.due is not None and one.due < self.today


def desk_page(work: Work, key: str) -> Desk:
    """Return the agreements of a round's session. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    rows = _agreements(work, found)
    newest = _newest(work, found)
    return Desk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=dialogue,
        agreements=rows,
        today=today(work, dialogue),
        public_version=newest.version if newest else None,
        is_changed=newest is None or newest.content != _document(dialogue, rows),
        refusals=tuple(_refusals(work, found, dialogue, rows)),
        untranslated=tuple(
            (each.number, language)
            for each in rows
            for language in work.languages[1:]
            if not each.text.into(language)
        ),
        begun=dialogue.starts_at <= work.now and not dialogue.cancelled,
    )


def today(work: Work, dialogue: Dialogue) -> str:
    """Return the day of today by the clocks of the session, as `2027-06-20`."""
    return f"{work.now.astimezone(ZoneInfo(dialogue.zone)):%Y-%m-%d}"


def save(
    work: Work,
    key: str,
    text: Text,
    responsible: str,
    due: str = "",
    number: int | None = None,
    seen: int = 0,
) -> int:
    """Write an agreement down, or change the one with a number of which the form saw a version.

    Return its number. Problems: those of `_session`, `minutes.text`, `minutes.responsible`, `minutes.due`,
    `minutes.many`, `minutes.unknown`, `minutes.stale`.
    """
    found, dialogue = _session(work, key)
    text, responsible = text.map(paragraphs), line(responsible)
    if not text.into(work.languages[0]) or any(len(words) > TEXT_MAX for words in text.values()):
        raise Problem("minutes.text", most=TEXT_MAX)
    if not 1 <= len(responsible) <= RESPONSIBLE_MAX:
        raise Problem("minutes.responsible", most=RESPONSIBLE_MAX)
    if due and due < dialogue.starts_local[:10]:
        raise Problem("minutes.due")
    row = _new(work, found) if number is None else _row(work, found, number)
    if row.version != seen:
        raise Problem("minutes.stale")
    row.text, row.responsible, row.due = text, responsible, due or None
    work.session.add(row)
    _changed(work, row)
    work.record("minutes.written", rounds.subject(found), {"agreement": row.number})
    return row.number


def done(work: Work, key: str, number: int, day: str) -> None:
    """Write down on which day an agreement was done; with no day, that it is not done after all.

    Problems: those of `_session`, `minutes.unknown`, `minutes.done_early`, `minutes.done_future`.
    """
    found, dialogue = _session(work, key)
    row = _row(work, found, number)
    if day and day < dialogue.starts_local[:10]:
        raise Problem("minutes.done_early")
    if day > today(work, dialogue):
        raise Problem("minutes.done_future")
    if (row.done_on or "") != day:
        row.done_on = day or None
        _changed(work, row)
        action = "minutes.done" if day else "minutes.undone"
        work.record(action, rounds.subject(found), {"agreement": number, **({"day": day} if day else {})})


def remove(work: Work, key: str, number: int) -> None:
    """Take an agreement out; published versions keep it. Problems: those of `_session`, `minutes.unknown`."""
    found, _dialogue = _session(work, key)
    row = _row(work, found, number)
    row.removed = True
    _changed(work, row)
    work.record("minutes.removed", rounds.subject(found), {"agreement": number})


def publish(work: Work, key: str) -> int:
    """Publish the agreements as they are written, as the next version; return its number.

    Problems: `round.unknown`, `dialogue.unknown`, `minutes.unchanged`, those of `_refusals`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    rows = _agreements(work, found)
    for problem in _refusals(work, found, dialogue, rows):
        raise problem
    newest, text = _newest(work, found), _document(dialogue, rows)
    if newest is not None and newest.content == text:
        raise Problem("minutes.unchanged")
    made = MinutesVersion(
        round_id=found.id,
        version=(newest.version if newest else 0) + 1,
        content=text,
        sha256=record.digest(text.encode()),
        published_at=work.now,
    )
    work.session.add(made)
    work.record("minutes.published", rounds.subject(found), {"version": made.version, "sha256": made.sha256})
    return made.version


def published(work: Work, key: str) -> Minutes:
    """Return the published minutes of a round's session. Problem: `minutes.unpublished`."""
    require(work, "published.read")
    found = public_rounds.opened(work, key)
    newest = or_problem(_newest(work, found), "minutes.unpublished")
    return _minutes(work, found, newest.content, newest)


def draft(work: Work, key: str) -> Minutes:
    """Return the minutes as they would be published now. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "rounds.read")
    found = rounds.known(work, key)
    dialogue = dialogues.written(work, found)
    return _minutes(work, found, _document(dialogue, _agreements(work, found)), None)


def is_public(work: Work, key: str) -> bool:
    """Return whether minutes of an opened round's session are published. Problem: `round.unknown`."""
    require(work, "published.read")
    return uses(work, "minutes") and _newest(work, public_rounds.opened(work, key)) is not None


def _session(work: Work, key: str) -> tuple[Round, Dialogue]:
    """Return a round and its session, of which agreements may be written.

    Problems: `round.unknown`, `dialogue.unknown`, `minutes.cancelled`, `minutes.future`.
    """
    require(work, "minutes.write")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found)
    if dialogue.cancelled:
        raise Problem("minutes.cancelled")
    if dialogue.starts_at > work.now:
        raise Problem("minutes.future")
    return found, dialogue


def _agreements(work: Work, found: Round) -> Sequence[Agreement]:
    query = select(Agreement).where(Agreement.round_id == found.id, Agreement.removed.is_(False))
    return work.session.scalars(query.order_by(Agreement.number)).all()


def _newest(work: Work, found: Round) -> MinutesVersion | None:
    query = select(MinutesVersion).where(MinutesVersion.round_id == found.id)
    return work.session.scalars(query.order_by(MinutesVersion.version.desc()).limit(1)).first()


def _row(work: Work, found: Round, number: int) -> Agreement:
    query = select(Agreement).where(
        Agreement.round_id == found.id, Agreement.number == number, Agreement.removed.is_(False)
    )
    return or_problem(work.session.scalars(query.with_for_update()).first(), "minutes.unknown")


def _new(work: Work, found: Round) -> Agreement:
    """Return an agreement with a number that none of the session ever had. Problem: `minutes.many`."""
    if len(_agreements(work, found)) >= MOST:
        raise Problem("minutes.many", most=MOST)
    query = select(func.max(Agreement.number)).where(Agreement.round_id == found.id)
    number = (work.session.scalar(query) or 0) + 1
    return Agreement(round_id=found.id, number=number, version=0, created_at=work.now)


def _changed(work: Work, row: Agreement) -> None:
    """Store a change: forms that were open before it are refused."""
    row.version += 1
    work.session.flush()


def _refusals(work: Work, found: Round, dialogue: Dialogue, rows: Sequence[Agreement]) -> Iterator[Problem]:
    """Yield what prevents a publication."""
    if found.state != State.PUBLISHED.value:
        yield Problem("minutes.round")
    if dialogue.cancelled:
        yield Problem("minutes.cancelled")
    elif dialogue.starts_at > work.now:
        yield Problem("minutes.future")
    if not rows:
        yield Problem("minutes.empty")
    for each in rows:
        if not each.text.into(work.languages[0]):
            yield Problem("minutes.first", number=each.number, language=work.languages[0])


def _document(dialogue: Dialogue, rows: Sequence[Agreement]) -> str:
    """Return the document of minutes as it is kept; `Content` reads it."""
    stored = {
        "format": FORMAT,
        "session": {
            "title": core.kept(dialogue.title),
            "starts_at": dialogue.starts_at.astimezone(UTC).isoformat(),
            "zone": dialogue.zone,
            "place": core.kept(dialogue.place),
        },
        "agreements": [
            {
                "number": each.number,
                "text": core.kept(each.text),
                "responsible": each.responsible,
                "due": each.due,
            }
            for each in rows
        ],
    }
    return json.dumps(stored, ensure_ascii=False, indent=1) + "\n"


def _minutes(work: Work, found: Round, document: str, kept: MinutesVersion | None) -> Minutes:
    content = from_stored(Content, document)
    session = content.session
    query = select(Agreement.number, Agreement.done_on).where(Agreement.round_id == found.id)
    done_on = {row[0]: row[1] for row in work.session.execute(query)}
    return Minutes(
        card=public_rounds.card_of(work, found),
        title=session.title,
        starts_at=deadlines.of_text(session.starts_at),
        zone=session.zone,
        place=session.place,
        agreements=tuple(replace(each, done_on=done_on.get(each.number)) for each in content.agreements),
        version=kept.version if kept else None,
        published_at=kept.published_at if kept else None,
    )


PARTS = (
    Part(
        "minutes",
        "after",
        N_("Minutes and agreements"),
        N_("What was said and agreed in the session, and whether it was done by its day."),
    ),
)
