"""The minutes of a session: agreements written at the desk, published in versions, followed until done.

It decides what an agreement needs. A published version keeps its words for good; whether an agreement is done
is told as it stands today, beside the words of the newest version. An agreement that is taken out leaves the
next version, and its number is not given again.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.trust import record
from consulta.dialogues import service as dialogues
from consulta.infra import deadlines
from consulta.infra.access import require
from consulta.infra.copying import copied
from consulta.infra.models import Agreement, MinutesVersion
from consulta.infra.texts import line, paragraphs
from consulta.minutes import kept as kept_minutes
from consulta.minutes import queries
from consulta.minutes.values import AgreementLine, Minutes, MinutesDesk
from consulta.rounds import public
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.infra.models import Dialogue, Round
    from consulta.infra.work import Work
    from consulta.minutes.values import AgreementCommand

MOST = 40  # agreements of a session
TEXT_MAX, RESPONSIBLE_MAX = 1000, 200


def desk_page(work: Work, key: str) -> MinutesDesk:
    """Return the agreements of a round's session. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    rows = queries.of_round(work.session, found.id)
    kept = queries.published(work.session, found.id)
    return MinutesDesk(
        round=rounds.line_of(found, sizes, work.now),
        dialogue=dialogues.view_of(work, found, dialogue),
        agreements=tuple(_line(each, today(work, dialogue)) for each in rows),
        public_version=kept.version if kept else None,
        is_changed=kept is None or kept_minutes.read(kept.content) != _content(dialogue, rows),
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


def save(work: Work, key: str, command: AgreementCommand, number: int | None = None, seen: int = 0) -> int:
    """Write an agreement down, or change the one with a number of which the form saw a version.

    Return its number. Problems: those of `_session`, `minutes.text`, `minutes.responsible`, `minutes.due`,
    `minutes.many`, `minutes.unknown`, `minutes.stale`.
    """
    found, dialogue = _session(work, key)
    text, responsible = command.text.map(paragraphs), line(command.responsible)
    if not text.into(work.languages[0]) or any(len(said) > TEXT_MAX for said in text.values()):
        raise Problem("minutes.text", most=TEXT_MAX)
    if not 1 <= len(responsible) <= RESPONSIBLE_MAX:
        raise Problem("minutes.responsible", most=RESPONSIBLE_MAX)
    if command.due and command.due < dialogue.starts_local[:10]:
        raise Problem("minutes.due")
    if number is None:
        if len(queries.of_round(work.session, found.id)) >= MOST:
            raise Problem("minutes.many", most=MOST)
        row = Agreement(
            round_id=found.id,
            number=queries.next_number(work.session, found.id),
            version=0,
            created_at=work.now,
        )
    else:
        row = _row(work, found, number)
        if row.version != seen:
            raise Problem("minutes.stale")
    row.text, row.responsible, row.due = text, responsible, command.due or None
    row.version += 1
    queries.add(work.session, row)
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
    if (row.done_on or "") == day:
        return
    row.done_on = day or None
    row.version += 1
    work.session.flush()
    action = "minutes.done" if day else "minutes.undone"
    work.record(action, rounds.subject(found), {"agreement": number, **({"day": day} if day else {})})


def remove(work: Work, key: str, number: int) -> None:
    """Take an agreement out; published versions keep it. Problems: those of `_session`, `minutes.unknown`."""
    found, _dialogue = _session(work, key)
    row = _row(work, found, number)
    row.removed = True
    row.version += 1
    work.session.flush()
    work.record("minutes.removed", rounds.subject(found), {"agreement": number})


def publish(work: Work, key: str) -> int:
    """Publish the agreements as they are written, as the next version; return its number.

    Problems: `round.unknown`, `dialogue.unknown`, `minutes.unchanged`, those of `_refusals`.
    """
    require(work, "rounds.publish")
    found = rounds.hold(work, key)
    dialogue = dialogues.written(work, found, hold=True)
    rows = queries.of_round(work.session, found.id)
    for problem in _refusals(work, found, dialogue, rows):
        raise problem
    kept, content = queries.published(work.session, found.id), _content(dialogue, rows)
    if kept is not None and kept_minutes.read(kept.content) == content:
        raise Problem("minutes.unchanged")
    text = kept_minutes.written(content)
    made = MinutesVersion(
        round_id=found.id,
        version=(kept.version if kept else 0) + 1,
        content=text,
        sha256=record.digest(text.encode()),
        published_at=work.now,
    )
    queries.add(work.session, made)
    work.record("minutes.published", rounds.subject(found), {"version": made.version, "sha256": made.sha256})
    return made.version


def published(work: Work, key: str) -> Minutes:
    """Return the published minutes of a round's session. Problem: `minutes.unpublished`."""
    require(work, "published.read")
    found = public.opened(work, key)
    kept = or_problem(queries.published(work.session, found.id), "minutes.unpublished")
    return _minutes(work, found, kept_minutes.read(kept.content), kept)


def is_public(work: Work, key: str) -> bool:
    """Return whether minutes of an opened round's session are published. Problem: `round.unknown`."""
    require(work, "published.read")
    return queries.published(work.session, public.opened(work, key).id) is not None


def draft(work: Work, key: str) -> Minutes:
    """Return the minutes as they would be published now. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "rounds.read")
    found, _sizes = rounds.sized(work, key, contents=True)
    dialogue = dialogues.written(work, found)
    return _minutes(work, found, _content(dialogue, queries.of_round(work.session, found.id)), None)


def are_public(work: Work, key: str) -> bool:
    """Return whether minutes of a round's session are public."""
    require(work, "published.read")
    return queries.are_public(work.session, key)


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


def _row(work: Work, found: Round, number: int) -> Agreement:
    return or_problem(queries.find(work.session, found.id, number), "minutes.unknown")


def _line(row: Agreement, day: str) -> AgreementLine:
    return copied(AgreementLine, row, overdue=row.done_on is None and row.due is not None and row.due < day)


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


def _content(dialogue: Dialogue, rows: Sequence[Agreement]) -> kept_minutes.Content:
    """Return minutes as they would be kept."""
    return kept_minutes.Content(
        kept_minutes.Session(
            dialogue.title, dialogue.starts_at.astimezone(UTC).isoformat(), dialogue.zone, dialogue.place
        ),
        tuple(copied(kept_minutes.Agreed, each) for each in rows),
    )


def _minutes(work: Work, found: Round, content: kept_minutes.Content, kept: MinutesVersion | None) -> Minutes:
    session, done_on = content.session, queries.done_days(work.session, found.id)
    return Minutes(
        card=public.card_of(work, found),
        title=session.title,
        starts_at=deadlines.of_text(session.starts_at),
        zone=session.zone,
        place=session.place,
        agreements=tuple(
            copied(AgreementLine, each, version=0, done_on=done_on.get(each.number), overdue=False)
            for each in content.agreements
        ),
        version=kept.version if kept else None,
        published_at=kept.published_at if kept else None,
    )
