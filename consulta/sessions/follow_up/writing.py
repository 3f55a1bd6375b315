"""Recommendations, challenges and initiatives as the desk writes them, before and after their publication.

It decides that what was published keeps its reference for good: it can be changed for the next version of the
factsheet, or withdrawn with a reason, and never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.models import Dialogue, Recommendation, RecommendationText, Report, Round, Withdrawal
from consulta.platform.texts import line, paragraphs
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.sessions.follow_up import service
from consulta.sessions.follow_up.values import GROUPS, KINDS, LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.sessions.follow_up.values import Body, Followed

_LOCK = 4_702  # of PostgreSQL: one writer of references at a time
MOST = 40  # of one kind that are not withdrawn
TEXT_MAX = 1500
REASON_MAX = 500
MOST_OBJECTIVES = len(catalogue.objectives())


@dataclass(frozen=True, slots=True)
class Written:
    """A recommendation as written by the secretariat."""

    kind: str
    text: Text
    objectives: tuple[int, ...] = ()  # none: those of the topic
    addressed: tuple[str, ...] = ("all",)
    topic: str = ""  # a theme of the session; "" for all


@dataclass(frozen=True, slots=True)
class Line:
    """A recommendation in the list of the desk."""

    recommendation: Recommendation
    reports: int
    first: bool  # of those of its kind that are not withdrawn
    last: bool

    @property
    def differs(self) -> bool:
        """Return whether its words differ from those that were published last."""
        texts = self.recommendation.texts
        return bool(texts) and texts[-1].text != self.recommendation.text


@dataclass(frozen=True, slots=True)
class Desk:
    """The session of a round as the desk sees it, and what its recommendations can name."""

    round: RoundLine
    session: Dialogue
    topics: tuple[ThemeLine, ...]
    institutions: tuple[Body, ...]
    rows: tuple[Line, ...] = ()  # of the list
    recommendation: Recommendation | None = None  # the one of a page
    followed: Followed | None = None  # what became of it, where it is public


def desk_page(work: Work, key: str) -> Desk:
    """Return the recommendations of a round's session. Problems: `round.unknown`, `dialogue.unknown`."""
    require(work, "follow_up.read")
    view = _desk(work, key)
    found = _of_dialogue(work, view.session)
    numbers = {each.id for each in found}
    query = select(Report.recommendation_id, func.count()).where(Report.recommendation_id.in_(numbers))
    counts = {row[0]: row[1] for row in work.session.execute(query.group_by(Report.recommendation_id))}
    lines = []
    for each in found:
        alike = [one for one in found if one.kind == each.kind and not one.withdrawn_at]
        lines.append(Line(each, counts.get(each.id, 0), each in alike[:1], each in alike[-1:]))
    lines.sort(
        key=lambda line: (
            KINDS.index(line.recommendation.kind),
            line.recommendation.withdrawn_at is not None,
        )
    )
    return replace(view, rows=tuple(lines))


def count(work: Work, key: str) -> int:
    """Return how many recommendations of a round's session are written and not withdrawn.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "follow_up.read")
    rounds.known(work, key)
    return len(of_factsheet(work, _dialogue(work, key)))


def look(work: Work, key: str, number: int) -> Desk:
    """Return one recommendation of a round's session.

    Problems: `round.unknown`, `dialogue.unknown`, `recommendation.unknown`.
    """
    require(work, "follow_up.read")
    view = _desk(work, key)
    row = _known(work, view.session, number)
    followed = service.followed(work, row.reference) if row.reference else None
    return replace(view, recommendation=row, followed=followed)


def add(work: Work, key: str, written: Written) -> int:
    """Write one more down, last of its kind, as a draft; return its number.

    Problems: `round.unknown`, `dialogue.unknown`, `recommendation.many`, those of `_checked`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    there = [each for each in _of_dialogue(work, dialogue) if each.kind == written.kind]
    if sum(each.withdrawn_at is None for each in there) >= MOST:
        raise Problem("recommendation.many", most=MOST)
    said = _checked(work, dialogue, written)
    row = Recommendation(
        dialogue_id=dialogue.id,
        kind=said.kind,
        position=max((each.position for each in there), default=0) + 1,
        text=said.text,
        language=said.text.language(*work.languages) or work.languages[0],
        topic=said.topic,
        objectives=list(said.objectives),
        addressed=list(said.addressed),
        version=1,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.record("recommendation.written", _subject(dialogue), {"number": row.id, "kind": row.kind})
    return row.id


def change(work: Work, key: str, number: int, written: Written, seen: int) -> None:
    """Write a recommendation anew; its kind stays. What is published changes with the next factsheet.

    Objectives and addressees are no part of the factsheet's words, and change at once.
    Problems: those of `add`, `recommendation.unknown`, `recommendation.stale`, `recommendation.withdrawn`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _open(work, dialogue, number, seen)
    said = _checked(work, dialogue, replace(written, kind=row.kind))
    row.text, row.topic = said.text, said.topic
    row.objectives, row.addressed = list(said.objectives), list(said.addressed)
    row.version += 1
    work.record("recommendation.changed", _subject(dialogue), {"number": row.id, **_named(row)})


def move(work: Work, key: str, number: int, step: int) -> None:
    """Move a recommendation up (-1) or down (1) among those of its kind.

    Problems: `round.unknown`, `dialogue.unknown`, `recommendation.unknown`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _known(work, dialogue, number)
    alike = [
        each for each in _of_dialogue(work, dialogue) if each.kind == row.kind and each.withdrawn_at is None
    ]
    if row not in alike:
        return
    place = alike.index(row)
    wanted = place + (1 if step > 0 else -1)
    if not 0 <= wanted < len(alike):
        return
    alike[place], alike[wanted] = alike[wanted], alike[place]
    for position, each in enumerate(alike, start=1):
        each.position = position
    work.record("recommendation.moved", _subject(dialogue), {"number": row.id, **_named(row)})


def delete(work: Work, key: str, number: int, seen: int) -> None:
    """Delete a draft, which no factsheet has published.

    Problems: those of `change`, `recommendation.published`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _open(work, dialogue, number, seen)
    if row.reference is not None:
        raise Problem("recommendation.published", reference=row.reference)
    work.session.delete(row)
    work.record("recommendation.deleted", _subject(dialogue), {"number": number, "kind": row.kind})


def withdraw(work: Work, key: str, number: int, reason: Text, seen: int) -> None:
    """Withdraw a published recommendation, at once and with a reason that is public.

    It stays visible with its answers, takes no more of them, and is not in later versions of the factsheet.
    Problems: those of `change`, `recommendation.draft`, `recommendation.reason`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _open(work, dialogue, number, seen)
    if row.reference is None:
        raise Problem("recommendation.draft")
    row.withdrawn_at, row.reason = work.now, _because(work, reason)
    row.version += 1
    _note(work, row, "recommendation", row.reason)
    work.record("recommendation.withdrawn", _subject(dialogue), {"number": row.id, **_named(row)})


def restore(work: Work, key: str, number: int, seen: int) -> None:
    """Take the withdrawal of a recommendation back.

    Problems: those of `change` but `recommendation.withdrawn`, `recommendation.many`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _known(work, dialogue, number)
    _require_seen(row, seen)
    if row.withdrawn_at is None:
        return
    alike = [each for each in _of_dialogue(work, dialogue) if each.kind == row.kind]
    if sum(each.withdrawn_at is None for each in alike) >= MOST:
        raise Problem("recommendation.many", most=MOST)
    row.withdrawn_at, row.reason = None, Text()
    row.version += 1
    _note(work, row, "restored", Text())
    work.record("recommendation.restored", _subject(dialogue), {"number": row.id, **_named(row)})


def withdraw_answer(work: Work, key: str, number: int, report: int, what: str, reason: Text) -> None:
    """Take a public answer ("answer"), or only its link and file ("evidence"), out of sight.

    The reason is public. What is withdrawn stays stored and its version stays used; its digest goes into the
    log. It cannot be taken back: who answered can answer again.

    Problems: `round.unknown`, `dialogue.unknown`, `recommendation.unknown`,
    `report.unknown`, `report.bare`, `report.gone`, `recommendation.reason`.
    """
    require(work, "follow_up.write")
    dialogue = _held(work, key)
    row = _known(work, dialogue, number)
    found = work.session.get(Report, report)
    if found is None or found.recommendation_id != row.id or what not in {"answer", "evidence"}:
        raise Problem("report.unknown")
    earlier = set(work.session.scalars(select(Withdrawal.what).where(Withdrawal.report_id == report)))
    if earlier & {what, "answer"}:
        raise Problem("report.gone")
    if what == "evidence" and not found.link and found.evidence_id is None:
        raise Problem("report.bare")
    files = service.evidence_names(work, [found.evidence_id] if found.evidence_id else [])
    _note(work, row, what, _because(work, reason), report)
    said = {
        "report": report,
        "addressee": found.addressee,
        "evidence": files[found.evidence_id].sha256 if found.evidence_id else "",
        **_named(row),
    }
    act = "report.answer_withdrawn" if what == "answer" else "report.evidence_withdrawn"
    work.record(act, _subject(dialogue), said)


def _because(work: Work, reason: Text) -> Text:
    said = reason.map(paragraphs)
    if not said.into(work.languages[0]) or any(len(words) > REASON_MAX for words in said.values()):
        raise Problem("recommendation.reason", language=work.languages[0], most=REASON_MAX)
    return said


def _note(work: Work, row: Recommendation, what: str, reason: Text, report: int | None = None) -> None:
    """Keep that something was withdrawn or taken up again, and when."""
    work.session.add(
        Withdrawal(
            recommendation_id=row.id,
            report_id=report,
            what=what,
            reason=reason,
            staff_id=work.actor.staff_id,
            at=work.now,
        )
    )
    work.session.flush()


# -- for the factsheet, which is made above


def of_factsheet(work: Work, dialogue: Dialogue) -> list[Recommendation]:
    """Return what the next factsheet of a session says: all that is not withdrawn, in its order."""
    return [each for each in _of_dialogue(work, dialogue) if each.withdrawn_at is None]


def left_out(work: Work, dialogue: Dialogue) -> list[Recommendation]:
    """Return what was published of a session and withdrawn since."""
    return [each for each in _of_dialogue(work, dialogue) if each.withdrawn_at is not None]


def were_published(work: Work, dialogue: Dialogue, factsheet: int) -> None:
    """Give references to the drafts of a session that a factsheet has just published, and keep its texts."""
    if work.session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        work.session.execute(sql("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    found = of_factsheet(work, dialogue)
    mark = "EJ" if dialogue.round.example else ""
    for each in sorted(found, key=lambda one: (one.kind, one.position, one.id)):
        if each.reference is None:
            stem = f"{mark}{dialogue.starts_local[:4]}-{LETTERS[each.kind]}"
            of_stem = Recommendation.reference.startswith(stem, autoescape=True)
            references = work.session.scalars(select(Recommendation.reference).where(of_stem))
            taken = ((one or "").removeprefix(stem) for one in references)
            number = max((int(one) for one in taken if one.isdecimal()), default=0) + 1
            each.reference, each.published_at = f"{stem}{number}", work.now
        if not each.texts or each.texts[-1].text != each.text:
            each.texts.append(
                RecommendationText(
                    recommendation_id=each.id,
                    version=len(each.texts) + 1,
                    text=each.text,
                    factsheet=factsheet,
                    published_at=work.now,
                )
            )
        work.session.flush()


# -- what these acts share


def _desk(work: Work, key: str) -> Desk:
    found, sizes = rounds.sized(work, key)
    dialogue = _dialogue(work, key)
    line_of = rounds.line_of(found, sizes, work.now)
    return Desk(line_of, dialogue, _topics(dialogue), service.institutions_of(work))


def _held(work: Work, key: str) -> Dialogue:
    rounds.hold(work, key)
    return _dialogue(work, key, hold=True)


def _dialogue(work: Work, key: str, *, hold: bool = False) -> Dialogue:
    query = select(Dialogue).join(Round, Round.id == Dialogue.round_id).where(Round.key == key)
    query = query.options(joinedload(Dialogue.round).selectinload(Round.themes))
    found = work.session.scalars(query.with_for_update(of=Dialogue) if hold else query).first()
    return or_problem(found, "dialogue.unknown")


def _of_dialogue(work: Work, dialogue: Dialogue) -> list[Recommendation]:
    """Return all recommendations of a session, drafts and withdrawn ones too, by kind and place."""
    query = service.recommendations().where(Recommendation.dialogue_id == dialogue.id)
    return list(work.session.scalars(query))


def _known(work: Work, dialogue: Dialogue, number: int) -> Recommendation:
    query = service.recommendations().where(
        Recommendation.id == number, Recommendation.dialogue_id == dialogue.id
    )
    return or_problem(work.session.scalars(query).first(), "recommendation.unknown")


def _open(work: Work, dialogue: Dialogue, number: int, seen: int) -> Recommendation:
    row = _known(work, dialogue, number)
    _require_seen(row, seen)
    if row.withdrawn_at is not None:
        raise Problem("recommendation.withdrawn", reference=row.reference or "")
    return row


def _require_seen(row: Recommendation, seen: int) -> None:
    if seen != row.version:
        raise Problem("recommendation.stale")


def _topics(dialogue: Dialogue) -> tuple[ThemeLine, ...]:
    themes = {theme.key: theme for theme in dialogue.round.themes}
    return tuple(public_rounds.theme_line(themes[key]) for key in dialogue.topics if key in themes)


def _checked(work: Work, dialogue: Dialogue, written: Written) -> Written:
    """Return what was written in the form in which it is stored.

    Problems: `recommendation.kind`, `recommendation.text`, `recommendation.long`, `recommendation.topic`,
    `recommendation.objectives`, `recommendation.addressed`.
    """
    if written.kind not in KINDS:
        raise Problem("recommendation.kind")
    text = written.text.map(line if written.kind == "recommendation" else paragraphs)
    if not text:
        raise Problem("recommendation.text")
    if any(len(words) > TEXT_MAX for words in text.values()):
        raise Problem("recommendation.long", most=TEXT_MAX)
    topics = _topics(dialogue)
    if written.topic and written.topic not in {each.key for each in topics}:
        raise Problem("recommendation.topic")
    topic = written.topic or (topics[0].key if len(topics) == 1 else "")
    objectives = written.objectives or {
        number for each in topics if topic in {"", each.key} for number in each.objectives
    }
    if (topics and not objectives) or not all(1 <= each <= MOST_OBJECTIVES for each in objectives):
        raise Problem("recommendation.objectives")
    return Written(
        written.kind, text, tuple(sorted(set(objectives))), _addressed(work, written.addressed), topic
    )


def _addressed(work: Work, addressed: Iterable[str]) -> tuple[str, ...]:
    found = list(dict.fromkeys(addressed))
    known = {f"I{each.id}" for each in service.institutions_of(work) if each.kind != "government"}
    allowed: Sequence[str] = (*GROUPS, *catalogue.countries_by_code(), *known)
    if not found or any(each not in allowed for each in found):
        raise Problem("recommendation.addressed")
    return ("all",) if "all" in found else tuple(found)


def _named(row: Recommendation) -> dict[str, str]:
    return {"reference": row.reference or ""}


def _subject(dialogue: Dialogue) -> str:
    return f"round:{dialogue.round_id}"
