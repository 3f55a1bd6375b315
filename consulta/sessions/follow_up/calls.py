"""The calls of a session: when they are due, moved or skipped, who was asked, and who has not answered.

The first call is so many months after the session, each further one so many after the one before. A call
that is moved does not move the others. Nothing is written here to anyone: a call is proposed when it is due,
and sent by a person (`asking`).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem
from consulta.people.focal_points import today
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.messages import N_
from consulta.platform.models import (
    Dialogue,
    FollowUpCall,
    FollowUpRequest,
    FollowUpRhythm,
    Message,
    Recommendation,
    Report,
    Round,
)
from consulta.platform.parts import Part
from consulta.platform.texts import line
from consulta.rounds import service as rounds
from consulta.sessions.follow_up import service
from consulta.sessions.follow_up.values import SEEN, Waiting, name_of_addressee

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from consulta.core.texts import Text
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.sessions.follow_up.values import RecommendationView


FIRST_MONTHS, EVERY_MONTHS, ANSWER_DAYS, REMIND_DAYS = 3, 6, 30, (14, 3)
FIRST_RANGE, EVERY_RANGE, ANSWER_RANGE = range(1, 13), range(2, 25), range(7, 91)
REMINDERS_MOST = 2


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often is asked, how long an answer is waited for, and when reminders go."""

    first_months: int = FIRST_MONTHS
    every_months: int = EVERY_MONTHS
    answer_days: int = ANSWER_DAYS
    remind_days: tuple[int, ...] = REMIND_DAYS  # before the day by which an answer is asked for

    def fault(self) -> str | None:
        """Return the code of what is out of its limits; None where all is well."""
        if self.first_months not in FIRST_RANGE:
            return "follow_up.first"
        if self.every_months not in EVERY_RANGE:
            return "follow_up.every"
        if self.answer_days not in ANSWER_RANGE:
            return "follow_up.answer_days"
        days = self.remind_days
        if len(days) > REMINDERS_MOST or len(set(days)) != len(days):
            return "follow_up.remind"
        if any(not 1 <= each < self.answer_days for each in days):
            return "follow_up.remind"
        return None

    def due_on(self, session: str, number: int) -> str:
        """Return the day of call `number`, the first being 1, of a session on the day `session`."""
        return months_after(session, self.first_months + (number - 1) * self.every_months)

    def answer_by(self, sent: str) -> str:
        """Return the day by which an answer to a call that goes on the day `sent` is asked for."""
        return (date.fromisoformat(sent) + timedelta(days=self.answer_days)).isoformat()

    def remind_on(self, answer_by: str) -> tuple[str, ...]:
        """Return the days of the reminders, the first one first."""
        last = date.fromisoformat(answer_by)
        return tuple(sorted((last - timedelta(days=days)).isoformat() for days in self.remind_days))


def months_after(day: str, months: int) -> str:
    """Return the same day of a later month, or the last of that month where it has no such day."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).isoformat()


REASON_MAX = 500
AHEAD = 3  # calls to come that are shown
YEARS = range(2000, 2100)
MAILS = ("follow_up_call", "follow_up_reminder", "follow_up_link")


class Voice(NamedTuple):
    """Who is asked, as answers name it: a side, for an addressee, in the name of an organisation."""

    side: str
    addressee: str
    voice: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A call: planned, due, sent or skipped."""

    number: int
    planned_on: str  # by the rhythm
    due_on: str  # as it was moved, or the same
    state: str  # "planned", "due", "sent" or "skipped"
    reason: str = ""
    answer_by: str = ""
    remind_on: tuple[str, ...] = ()
    reminded: tuple[tuple[str, int], ...] = ()  # days, and how many mails
    sent_at: datetime | None = None
    asked: int = 0  # organisations and institutions
    answered: int = 0


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A person who was asked, what became of the mails, and whether there is an answer."""

    request: FollowUpRequest
    addressee_name: Text
    answered: bool
    mail: str  # how the last mail fares: "waiting", "sent", "failed", "cancelled"; "" where none was written
    reason: str  # the code of why it was not sent
    mailed_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """The calls of a session, those that went and those to come."""

    round: RoundLine
    session: Text
    day: str  # of the session
    rhythm: Rhythm
    open: int  # recommendations that are followed
    calls: tuple[CallView, ...]
    asked: tuple[AskedLine, ...]  # by the last call that was sent

    @property
    def next(self) -> CallView | None:
        """The call that comes next; None where there is nothing to ask about."""
        return next((each for each in self.calls if each.state in {"planned", "due"}), None)

    @property
    def last_sent(self) -> CallView | None:
        """The last call that was sent."""
        return next((each for each in reversed(self.calls) if each.state == "sent"), None)


# -- at the desk


def schedule(work: Work, round_key: str) -> Schedule:
    """Return the calls of a session. Problems: `round.unknown`, `follow_up.none` (no recommendations)."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, round_key)
    dialogue = dialogue_of(work, round_key)
    rhythm = rhythm_of(work, found.id)
    day = session_day(dialogue)
    rows = {each.number: each for each in _calls(work, found.id)}
    asked = requests_of(work, [each.id for each in rows.values()])
    reports = reports_of(work, dialogue.round_id)
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
    return schedule(work, round_key) if _sessions(work, round_key) else None


def next_days(work: Work) -> list[tuple[str, FollowUpCall, datetime]]:
    """Return the next call of each session with its day, and the last that was sent with its last day.

    Each with the key of its round.
    """
    require(work, "rounds.read")
    found = []
    for dialogue in _sessions(work):
        if dialogue.cancelled:
            continue
        following = next_call(work, dialogue)
        sent = [each for each in _calls(work, dialogue.round_id) if each.state == "sent"][-1:]
        for call, day in ((following, following.due_on), *((each, each.answer_by) for each in sent)):
            found.append((dialogue.round.key, call, deadlines.resolve(f"{day}T12:00", dialogue.zone)))
    return found


def due(work: Work) -> list[tuple[Dialogue, FollowUpCall]]:
    """Return the sessions of which a call can be sent now, with that call, the longest due first."""
    require(work, "rounds.read")
    day = today(work)
    calls = ((dialogue, next_call(work, dialogue)) for dialogue in _sessions(work) if not dialogue.cancelled)
    found = [
        (dialogue, call)
        for dialogue, call in calls
        if call.due_on <= day and open_recommendations(work, dialogue.round.key)
    ]
    return sorted(found, key=lambda each: each[1].due_on)


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
    row = work.session.get(FollowUpRhythm, found.id) or FollowUpRhythm(round_id=found.id)
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
    rounds.hold(work, round_key)
    dialogue = dialogue_of(work, round_key)
    row = next_call(work, dialogue)
    if number != row.number:
        raise Problem("follow_up.next")
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


def _sessions(work: Work, key: str | None = None) -> list[Dialogue]:
    """Return the sessions with published recommendations, the newest first; with `key` that of one round."""
    there = select(Recommendation.id).where(
        Recommendation.dialogue_id == Dialogue.id, Recommendation.reference.is_not(None)
    )
    query = select(Dialogue).join(Round, Round.id == Dialogue.round_id).where(there.exists())
    if key is not None:
        query = query.where(Round.key == key)
    query = query.options(joinedload(Dialogue.round))
    return list(work.session.scalars(query.order_by(Dialogue.starts_at.desc(), Dialogue.id.desc())))


def _calls(work: Work, round_id: int) -> list[FollowUpCall]:
    """Return the calls of a session that have a row, the first one first."""
    query = select(FollowUpCall).where(FollowUpCall.round_id == round_id)
    return list(work.session.scalars(query.order_by(FollowUpCall.number)))


def sent_calls(work: Work) -> list[FollowUpCall]:
    """Return all calls that were sent with their rounds, the newest first."""
    query = select(FollowUpCall).where(FollowUpCall.state == "sent").options(joinedload(FollowUpCall.round))
    return list(work.session.scalars(query.order_by(FollowUpCall.id.desc())))


def requests() -> Select[FollowUpRequest]:
    """Return the query for people who were asked, with all by which it is told whether they may answer."""
    return select(FollowUpRequest).options(
        joinedload(FollowUpRequest.call).joinedload(FollowUpCall.round),
        joinedload(FollowUpRequest.member),
        joinedload(FollowUpRequest.institution),
        joinedload(FollowUpRequest.contact),
        joinedload(FollowUpRequest.focal_point),
    )


def request(work: Work, number: int) -> FollowUpRequest | None:
    """Return a person who was asked, or None."""
    return work.session.scalars(requests().where(FollowUpRequest.id == number)).first()


def requests_of(work: Work, call_ids: Collection[int]) -> list[FollowUpRequest]:
    """Return who was asked by these calls."""
    query = requests().where(FollowUpRequest.call_id.in_(call_ids))
    return list(work.session.scalars(query.order_by(FollowUpRequest.id)))


def reports_of(work: Work, round_id: int) -> list[Report]:
    """Return all reports on the recommendations of a round's session, the newest first."""
    query = (
        select(Report)
        .join(Recommendation, Recommendation.id == Report.recommendation_id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == round_id)
    )
    return list(work.session.scalars(query.order_by(Report.id.desc())))


def dialogue_of(work: Work, round_key: str) -> Dialogue:
    """Return a session with published recommendations. Problem: `follow_up.none`."""
    found = _sessions(work, round_key)
    if not found:
        raise Problem("follow_up.none")
    return found[0]


def session_day(dialogue: Dialogue) -> str:
    """Return the day on which a session began, on its own clocks."""
    return dialogue.starts_local[: len("2027-05-20")]


def rhythm_of(work: Work, round_id: int) -> Rhythm:
    """Return how often is asked about a session."""
    row = work.session.get(FollowUpRhythm, round_id)
    if row is None:
        return Rhythm()
    return Rhythm(row.first_months, row.every_months, row.answer_days, tuple(row.remind_days))


def open_recommendations(work: Work, round_key: str) -> tuple[RecommendationView, ...]:
    """Return the recommendations of a session that were not withdrawn."""
    return tuple(
        each.recommendation
        for each in service.published(work, round_key)
        if each.recommendation.withdrawn_at is None
    )


def next_call(work: Work, dialogue: Dialogue) -> FollowUpCall:
    """Return the next call of a session; one that is as planned is not stored."""
    rows = {each.number: each for each in _calls(work, dialogue.round_id)}
    number = _next_number(rows.values())
    due_on = rhythm_of(work, dialogue.round_id).due_on(session_day(dialogue), number)
    planned = FollowUpCall(round_id=dialogue.round_id, number=number, due_on=due_on, state="planned")
    return rows.get(number, planned)


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
    number = Message.facts["request"].as_integer()
    query = select(Message).where(Message.kind.in_(MAILS), number.in_([each.id for each in theirs]))
    last = {each.facts["request"]: each for each in work.session.scalars(query.order_by(Message.id))}
    institutions = service.institutions_of(work)
    return tuple(
        AskedLine(
            request=each,
            addressee_name=name_of_addressee(each.addressee, institutions),
            answered=voice_of(each) in answers,
            **_mail(each, last.get(each.id)),
        )
        for each in theirs
    )


def _mail(request: FollowUpRequest, last: Message | None) -> dict[str, Any]:
    if last is None:
        return {"mail": "", "reason": "", "mailed_at": request.asked_at}
    state = "waiting" if last.state == "queued" else last.state
    return {"mail": state, "reason": last.reason or "", "mailed_at": last.left_at or last.queued_at}


# -- for all


def waiting(work: Work, round_key: str | None = None) -> dict[str, tuple[Waiting, ...]]:
    """Return by round which addressees were asked last and have not answered, on either side.

    It names States and institutions, and no person. A side of a State has answered once one organisation has.
    """
    require(work, "published.read")
    found: dict[str, tuple[Waiting, ...]] = {}
    institutions = service.institutions_of(work)
    for call in sent_calls(work):
        key = call.round.key
        if key in found or (round_key is not None and key != round_key) or call.sent_at is None:
            continue
        reports = reports_of(work, call.round_id)
        answered = {(each.side, each.addressee) for each in answers_since(call, reports)}
        asked = {(each.side, each.addressee) for each in requests_of(work, [call.id])}
        day = deadlines.local(call.sent_at, deadlines.DEFAULT_ZONE)[: len("2027-05-20")]
        found[key] = tuple(
            Waiting(addressee, name_of_addressee(addressee, institutions), side, day)
            for side, addressee in sorted(asked - answered)
        )
    return found


def waiting_for(work: Work, reference: str) -> tuple[Waiting, ...]:
    """Return the same of one recommendation: those to whom it is addressed. None of one that is withdrawn."""
    require(work, "published.read")
    one = service.followed(work, reference).recommendation
    if one.withdrawn_at is not None:
        return ()
    asked = waiting(work, one.session.key).get(one.session.key, ())
    return tuple(each for each in asked if service.may_answer(work, one, each.addressee))


def _running(work: Work) -> Sequence[Text]:
    """Return the titles of the rounds of which organisations or institutions are asked for answers now."""
    day = today(work)
    return [each.round.title for each in sent_calls(work) if each.answer_by >= day]


PARTS = (
    Part(
        "follow_up",
        "after",
        N_("Follow-up of recommendations"),
        N_("What was asked of which institution, and what it answered; with regular requests for news."),
        running=_running,
    ),
)
