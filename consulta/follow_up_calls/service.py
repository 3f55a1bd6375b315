"""The calls of a session: when they are due, moved or skipped, who was asked, and who has not answered.

Nothing is written here to anyone: a call is proposed when it is due, and sent by a person (`asking`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.focal_points.service import today
from consulta.follow_up import service as follow_up
from consulta.follow_up.values import SEEN, name_of_addressee
from consulta.follow_up_calls import queries
from consulta.follow_up_calls.rhythm import Rhythm
from consulta.follow_up_calls.values import AskedLine, CallDay, CallView, DueCall, Schedule, Waiting
from consulta.infra import deadlines
from consulta.infra.access import require
from consulta.infra.models import FollowUpCall, FollowUpRhythm
from consulta.infra.texts import line
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.follow_up.values import InstitutionView, RecommendationView
    from consulta.infra.models import Dialogue, FollowUpRequest, Message, Report
    from consulta.infra.work import Work

REASON_MAX = 500
AHEAD = 3  # calls to come that are shown
YEARS = range(2000, 2100)


class Voice(NamedTuple):
    """Who is asked, as answers name it: a side, for an addressee, in the name of an organisation."""

    side: str
    addressee: str
    voice: str


# -- at the desk


def schedule(work: Work, round_key: str) -> Schedule:
    """Return the calls of a session. Problems: `round.unknown`, `follow_up.none` (no recommendations)."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, round_key)
    dialogue = dialogue_of(work, round_key)
    rhythm = rhythm_of(work, found.id)
    day = session_day(dialogue)
    rows = {each.number: each for each in queries.calls(work.session, found.id)}
    asked = queries.requests(work.session, [each.id for each in rows.values()])
    reports = queries.reports_of(work.session, dialogue.id)
    still = open_recommendations(work, round_key)
    number = _next_number(rows.values())
    last = max([*rows, number + AHEAD - 1]) if still else max(rows, default=0)
    calls = tuple(
        _view(work, rhythm.due_on(day, each), each, rows.get(each), asked, reports, is_next=each == number)
        for each in range(1, last + 1)
    )
    sent = [each for each in rows.values() if each.state == "sent"]
    newest = max(sent, key=lambda each: each.number, default=None)
    return Schedule(
        round=rounds.line_of(found, sizes, work.now),
        session=dialogue.title,
        day=day,
        rhythm=rhythm,
        open=len(still),
        calls=calls,
        asked=_lines(work, newest, asked, reports) if newest else (),
    )


def standing(work: Work, round_key: str) -> Schedule | None:
    """Return the calls of a session, or None while it has no published recommendation."""
    require(work, "rounds.read")
    return schedule(work, round_key) if queries.sessions(work.session, round_key) else None


def next_days(work: Work) -> tuple[CallDay, ...]:
    """Return the days of the calls of each session: when the next is due, until when the last is answered."""
    require(work, "rounds.read")
    found = []
    for dialogue in queries.sessions(work.session):
        if dialogue.cancelled:
            continue
        key, zone = dialogue.round.key, dialogue.zone
        number, due_on = next_call(work, dialogue)
        found.append(CallDay(key, number, "planned", deadlines.resolve(f"{due_on}T12:00", zone)))
        rows = [each for each in queries.calls(work.session, dialogue.round_id) if each.state == "sent"]
        if rows:
            last = max(rows, key=lambda each: each.number)
            until = deadlines.resolve(f"{last.answer_by}T12:00", zone)
            found.append(CallDay(key, last.number, "sent", until))
    return tuple(found)


def due(work: Work) -> tuple[DueCall, ...]:
    """Return the calls that can be sent now, the longest due first."""
    require(work, "rounds.read")
    day, found = today(work), []
    for dialogue in queries.sessions(work.session):
        key = dialogue.round.key
        number, due_on = next_call(work, dialogue)
        if due_on <= day and not dialogue.cancelled and open_recommendations(work, key):
            found.append(DueCall(key, dialogue.title, number, due_on))
    return tuple(sorted(found, key=lambda each: each.due_on))


def save_rhythm(work: Work, round_key: str, rhythm: Rhythm) -> None:
    """Change how often is asked about a session; calls that went, and their reminders, stay as they are.

    Problems: `round.unknown`, `follow_up.none`, `.first`, `.every`, `.answer_days`, `.remind`.
    """
    require(work, "follow_up.call")
    found = rounds.hold(work, round_key)
    dialogue_of(work, round_key)
    rhythm = replace(rhythm, remind_days=tuple(sorted(rhythm.remind_days, reverse=True)))
    fault = rhythm.fault()
    if fault is not None:
        raise Problem(fault)
    row = queries.rhythm(work.session, found.id) or FollowUpRhythm(round_id=found.id)
    row.first_months, row.every_months = rhythm.first_months, rhythm.every_months
    row.answer_days, row.remind_days = rhythm.answer_days, list(rhythm.remind_days)
    work.session.add(row)
    work.record(
        "follow_up.rhythm",
        rounds.subject(found),
        {"first": rhythm.first_months, "every": rhythm.every_months, "days": rhythm.answer_days},
    )


def move(work: Work, round_key: str, number: int, day: str, reason: str) -> None:
    """Move the next call to another day, with a reason.

    Problems: `round.unknown`, `follow_up.none`, `follow_up.next` (it is not the next), `follow_up.day`
    (no day, before today or before the last call, or after the one that follows), `follow_up.reason`.
    """
    require(work, "follow_up.call")
    dialogue, row = the_next(work, round_key, number)
    said = _reason(reason)
    rhythm, held = rhythm_of(work, dialogue.round_id), session_day(dialogue)
    try:
        wanted = date.fromisoformat(day.strip())
    except ValueError:
        raise Problem("follow_up.day") from None
    latest = rhythm.due_on(held, number + 1)
    if wanted.year not in YEARS or not max(today(work), held) <= wanted.isoformat() < latest:
        raise Problem("follow_up.day")
    before, row.due_on, row.reason = row.due_on, wanted.isoformat(), said
    row.staff_id = staff(work)
    work.session.add(row)
    details = {"number": number, "from": before, "to": row.due_on, "reason": said}
    work.record("follow_up.moved", rounds.subject(dialogue.round), details)


def skip(work: Work, round_key: str, number: int, reason: str) -> None:
    """Leave out the next call, with a reason.

    Problems: `round.unknown`, `follow_up.none`, `follow_up.next`, `follow_up.reason`.
    """
    require(work, "follow_up.call")
    dialogue, row = the_next(work, round_key, number)
    row.state, row.reason, row.staff_id = "skipped", _reason(reason), staff(work)
    work.session.add(row)
    work.record("follow_up.skipped", rounds.subject(dialogue.round), {"number": number, "reason": row.reason})


def the_next(work: Work, round_key: str, number: int) -> tuple[Dialogue, FollowUpCall]:
    """Return a session and its next call, held. Problem: `follow_up.next` if it has another number."""
    found = rounds.hold(work, round_key)
    dialogue = dialogue_of(work, round_key)
    rows = {each.number: each for each in queries.calls(work.session, found.id)}
    if number != _next_number(rows.values()):
        raise Problem("follow_up.next")
    row = rows.get(number)
    if row is None:
        due_on = rhythm_of(work, found.id).due_on(session_day(dialogue), number)
        row = FollowUpCall(round_id=found.id, number=number, due_on=due_on, state="planned")
    return dialogue, row


def _reason(text: str) -> str:
    said = line(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("follow_up.reason", most=REASON_MAX)
    return said


def staff(work: Work) -> int | None:
    """Return the number of the account that acts; None for a command."""
    return work.actor.id if work.actor.role in {"secretariat", "admin"} else None


# -- what all share


def dialogue_of(work: Work, round_key: str) -> Dialogue:
    """Return a session with published recommendations. Problem: `follow_up.none`."""
    found = queries.sessions(work.session, round_key)
    if not found:
        raise Problem("follow_up.none")
    return found[0]


def session_day(dialogue: Dialogue) -> str:
    """Return the day on which a session began, on its own clocks."""
    return dialogue.starts_local[: len("2027-05-20")]


def rhythm_of(work: Work, round_id: int) -> Rhythm:
    """Return how often is asked about a session."""
    row = queries.rhythm(work.session, round_id)
    if row is None:
        return Rhythm()
    return Rhythm(row.first_months, row.every_months, row.answer_days, tuple(row.remind_days))


def open_recommendations(work: Work, round_key: str) -> tuple[RecommendationView, ...]:
    """Return the recommendations of a session that were not withdrawn."""
    return tuple(
        each.recommendation
        for each in follow_up.published(work, round_key)
        if each.recommendation.withdrawn_at is None
    )


def next_call(work: Work, dialogue: Dialogue) -> tuple[int, str]:
    """Return the number and the day of the next call of a session."""
    rows = {each.number: each for each in queries.calls(work.session, dialogue.round_id)}
    number = _next_number(rows.values())
    row = rows.get(number)
    due_on = rhythm_of(work, dialogue.round_id).due_on(session_day(dialogue), number)
    return number, row.due_on if row is not None else due_on


def _next_number(rows: Iterable[FollowUpCall]) -> int:
    return max((each.number for each in rows if each.state != "planned"), default=0) + 1


def voice_of(request: FollowUpRequest) -> Voice:
    """Return as whom a person who is asked answers."""
    voice = f"O{request.organisation_id}" if request.side == SEEN else ""
    return Voice(request.side, request.addressee, voice)


def answers_since(call: FollowUpCall, reports: Iterable[Report]) -> dict[Voice, Report]:
    """Return who has answered since a call was sent, by whatever way, with the last report of each."""
    found: dict[Voice, Report] = {}
    for each in reports:
        if call.sent_at is not None and each.entered_at >= call.sent_at:
            found.setdefault(Voice(each.side, each.addressee, each.voice), each)
    return found


def _view(
    work: Work,
    planned_on: str,
    number: int,
    row: FollowUpCall | None,
    asked: Sequence[FollowUpRequest],
    reports: Sequence[Report],
    *,
    is_next: bool,
) -> CallView:
    if row is None or row.state == "planned":
        due_on = row.due_on if row is not None else planned_on
        is_due = is_next and due_on <= today(work)
        reason = row.reason if row is not None else ""
        return CallView(number, planned_on, due_on, "due" if is_due else "planned", reason)
    voices = {voice_of(each) for each in asked if each.call_id == row.id}
    return CallView(
        number=number,
        planned_on=planned_on,
        due_on=row.due_on,
        state=row.state,
        reason=row.reason,
        answer_by=row.answer_by,
        remind_on=tuple(row.remind_on),
        reminded=tuple((day, count) for day, count in row.reminded),
        sent_at=row.sent_at,
        asked=len(voices),
        answered=len(voices & answers_since(row, reports).keys()),
    )


def _lines(
    work: Work, call: FollowUpCall, asked: Sequence[FollowUpRequest], reports: Sequence[Report]
) -> tuple[AskedLine, ...]:
    theirs = [each for each in asked if each.call_id == call.id]
    answers = answers_since(call, reports)
    mails: dict[int, list[Message]] = defaultdict(list)
    for message in queries.mails(work.session, [each.id for each in theirs]):
        mails[message.facts["request"]].append(message)
    institutions = follow_up.institutions_of(work)
    return tuple(_asked_line(each, answers, mails[each.id], institutions) for each in theirs)


def _asked_line(
    row: FollowUpRequest,
    answers: Mapping[Voice, Report],
    mails: Sequence[Message],
    institutions: Sequence[InstitutionView],
) -> AskedLine:
    found = answers.get(voice_of(row))
    last = mails[-1] if mails else None
    return AskedLine(
        id=row.id,
        side=row.side,
        addressee=row.addressee,
        addressee_name=name_of_addressee(row.addressee, institutions),
        organisation=row.organisation,
        name=row.name,
        email=row.email,
        answered=found is not None,
        at=found.entered_at if found is not None else None,
        mail=_state(last) if last is not None else "",
        reason=(last.reason or "") if last is not None else "",
        mailed_at=(last.left_at or last.queued_at) if last is not None else row.asked_at,
        mails=len(mails),
    )


def _state(message: Message) -> str:
    return "waiting" if message.state == "queued" else message.state


# -- for all


def waiting(work: Work, round_key: str | None = None) -> dict[str, tuple[Waiting, ...]]:
    """Return by round which addressees were asked last and have not answered, on either side.

    It names States and institutions, and no person. A side of a State has answered once one organisation has.
    """
    require(work, "published.read")
    found: dict[str, tuple[Waiting, ...]] = {}
    institutions = follow_up.institutions_of(work)
    for call in queries.sent_calls(work.session):
        key = call.round.key
        if key in found or (round_key is not None and key != round_key) or call.sent_at is None:
            continue
        dialogue = queries.dialogue_of(work.session, call.round_id)
        reports = queries.reports_of(work.session, dialogue.id) if dialogue is not None else []
        answered = {(each.side, each.addressee) for each in answers_since(call, reports)}
        asked = {(each.side, each.addressee) for each in queries.requests(work.session, [call.id])}
        day = deadlines.local(call.sent_at, deadlines.DEFAULT_ZONE)[: len("2027-05-20")]
        found[key] = tuple(
            Waiting(addressee, name_of_addressee(addressee, institutions), side, day)
            for side, addressee in sorted(asked - answered)
        )
    return found


def waiting_for(work: Work, reference: str) -> tuple[Waiting, ...]:
    """Return the same of one recommendation: those to whom it is addressed. None of one that is withdrawn."""
    require(work, "published.read")
    one = follow_up.followed(work, reference).recommendation
    if one.withdrawn_at is not None:
        return ()
    asked = waiting(work, one.session.key).get(one.session.key, ())
    return tuple(each for each in asked if follow_up.may_answer(work, one, each.addressee))
