"""Assisted votes: entered by staff for an organisation that asks for it, by telephone or on paper.

This module decides what must be recorded with such a vote: who asked for it, and why; and when a second
person must confirm it, so that no account alone replaces a vote of the organisation's own. The vote is taken,
counted and confirmed by a receipt like any other, and carries a mark permanently. What the organisation
voted before is not shown: while voting is open, staff read no ranking except the one read out to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.counting.choice import Choice
from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.models import Assistance
from consulta.platform.texts import line, paragraphs
from consulta.rounds import ballots
from consulta.vote import casting
from consulta.vote.values import Late

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.counting.choice import Entries
    from consulta.platform.models import Seat
    from consulta.platform.work import Work
    from consulta.vote.values import BallotView, CastBallot, Review, SentBallot

REQUESTER_MAX, REASON_MAX = 200, 500
# Counted for the installation and not for each account: further accounts of one person enter no more.
MOST_A_DAY, DAY = 5, timedelta(hours=24)
LAST_HOURS = timedelta(hours=2)  # the organisation could not answer in time


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked for a vote to be entered, and why."""

    requester: str
    reason: str
    entered_by: int | None = None  # where another person than the actor asked for this act


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a vote that staff enter waits for a second person; none of them: it does not."""

    own_sent_at: datetime | None  # the organisation's own vote that it would replace
    is_one_of_many: bool
    is_late: bool

    def __bool__(self) -> bool:
        """Return whether it waits."""
        return self.own_sent_at is not None or self.is_one_of_many or self.is_late


def ballot(work: Work, round_key: str, seat_key: str) -> BallotView:
    """Return the ballot of a seat, to be filled in for it, without what it voted before.

    Problem: `seat.unknown`.
    """
    require(work, "ballot.assist")
    seat = _seat(work, _seat_id(work, round_key, seat_key))
    return _without_content(casting.view_of(work, seat, ballots.current(work.session, seat.id)))


def review(work: Work, round_key: str, seat_key: str, entries: Entries) -> Review | Late:
    """Return what the entries say with their faults, or Late after the end; nothing is recorded.

    Problem: `seat.unknown`.
    """
    return casting.reviewed(ballot(work, round_key, seat_key), entries)


def reasons_to_wait(work: Work, round_key: str, seat_key: str) -> Reasons:
    """Return why a vote entered now for a seat waits for a second person. Problem: `seat.unknown`."""
    require(work, "ballot.assist")
    return _reasons_to_wait(work, _seat(work, _seat_id(work, round_key, seat_key)))


def _reasons_to_wait(work: Work, seat: Seat) -> Reasons:
    last_own = ballots.last_own(work.session, seat.id)
    return Reasons(
        own_sent_at=last_own.cast_at if last_own is not None else None,
        is_one_of_many=ballots.assisted_since(work.session, work.now - DAY) >= MOST_A_DAY,
        is_late=seat.round.closes_at - work.now <= LAST_HOURS,
    )


def cast(
    work: Work,
    round_key: str,
    seat_key: str,
    entries: Entries,
    idempotency_key: str,
    asked: Request,
    *,
    seen: int | None = None,
    by_two: bool = False,
) -> CastBallot | Late:
    """Record a vote for a seat that asked for it; the same form sent again gives the same version.

    `seen` is the version that the sender knows to be replaced, 0 for none; not asked where None. `by_two`:
    a second person confirms it, or it is only tried before it waits for one.
    Problems: `seat.unknown`, `assisted.second` (it needs a second person), `assisted.requester`,
    `assisted.reason`, `vote.changed`, and the first fault of the entries.
    """
    require(work, "ballot.assist")
    assistance = _assistance(work, asked)
    seat_id = _seat_id(work, round_key, seat_key)
    ballots.hold(work.session, seat_id)
    seat = _seat(work, seat_id)
    takes_votes = casting.takes_votes(work, seat.round.state, seat.round.closes_at)
    if takes_votes and not by_two and _reasons_to_wait(work, seat):
        raise Problem("assisted.second")
    outcome = casting.take(work, seat, entries, idempotency_key, assistance, seen=seen)
    return Late(_without_content(outcome.ballot)) if isinstance(outcome, Late) else outcome


def refuse_late(work: Work, round_key: str, seat_key: str) -> None:
    """Let the log say that a vote was to be entered for a seat after the end. Problem: `seat.unknown`."""
    require(work, "ballot.assist")
    casting.record_late(work, _seat(work, _seat_id(work, round_key, seat_key)))


def receipt(work: Work, round_key: str, seat_key: str, version: int) -> tuple[BallotView, SentBallot]:
    """Return the ballot of a seat, and a vote entered for it with its code and without its content.

    Problems: `seat.unknown`, `assisted.unknown` (there is no such version, or a contact sent it).
    """
    require(work, "ballot.assist")
    seat = _seat(work, _seat_id(work, round_key, seat_key))
    current = ballots.current(work.session, seat.id)
    found = ballots.version(work.session, seat.id, version)
    if found is None or not found.assisted:
        raise Problem("assisted.unknown")
    cast = casting.cast_view(work, found, counts=found is current)
    return _without_content(casting.view_of(work, seat, current)), replace(cast, choice=Choice(()))


def _assistance(work: Work, asked: Request) -> Assistance:
    requester, reason = line(asked.requester), paragraphs(asked.reason)
    if not requester or len(requester) > REQUESTER_MAX:
        raise Problem("assisted.requester", most=REQUESTER_MAX)
    if not reason or len(reason) > REASON_MAX:
        raise Problem("assisted.reason", most=REASON_MAX)
    return Assistance(staff_id=asked.entered_by or work.actor.id, requester=requester, reason=reason)


def _without_content(view: BallotView) -> BallotView:
    """Return a ballot without the content of its current vote and the code that would reveal it."""
    if view.current is None:
        return view
    return replace(view, current=replace(view.current, choice=Choice(()), receipt=""))


def _seat_id(work: Work, round_key: str, seat_key: str) -> int:
    return or_problem(ballots.seat_id(work.session, round_key, seat_key), "seat.unknown")


def _seat(work: Work, seat_id: int) -> Seat:
    return or_problem(ballots.seat(work.session, seat_id), "seat.unknown")
