"""Until when organisations can object, at each boundary: 72 hours to object, of which a twelfth are six."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from consulta.platform.models import Round
from consulta.rounds.ballots import ClosingMails, awaits_objections, objections_end
from tests.cases import for_each
from tests.factories import moment

CLOSED = moment()
TIME = timedelta(hours=72)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def closed(hours: int | None = 72) -> Round:
    until = None if hours is None else CLOSED + timedelta(hours=hours)
    return Round(closed_at=CLOSED, objections_until=until)


def end(left: timedelta | None = None, now: timedelta = HOUR, waiting: int = 0) -> timedelta:
    """How long after the closing objections end, where the last closing mail left so long after it."""
    mails = ClosingMails(waiting, CLOSED + left if left is not None else None)
    until = objections_end(closed(), mails, CLOSED + now)
    assert until is not None
    return until - CLOSED


@for_each("left", [None, timedelta(0), 6 * HOUR])
def test_mails_that_leave_within_a_twelfth_of_the_time_change_nothing(left: Any) -> None:
    assert end(left, now=30 * HOUR) == TIME


@for_each("left", [6 * HOUR + SECOND, 80 * HOUR])
def test_after_a_mail_that_left_later_the_whole_time_runs(left: timedelta) -> None:
    assert end(left, now=100 * HOUR) == left + TIME


def test_while_a_mail_waits_the_whole_time_runs_from_now() -> None:
    assert end(HOUR, now=6 * HOUR, waiting=1) == TIME
    assert end(HOUR, now=6 * HOUR + SECOND, waiting=1) == 6 * HOUR + SECOND + TIME


def test_objections_are_awaited_to_the_second() -> None:
    mails = ClosingMails(0, CLOSED)
    assert awaits_objections(closed(), mails, CLOSED + TIME - SECOND)
    assert not awaits_objections(closed(), mails, CLOSED + TIME)


def test_where_no_time_was_given_none_is_awaited() -> None:
    """Not even while mails wait."""
    mails = ClosingMails(3, None)
    assert objections_end(closed(0), mails, CLOSED + HOUR) == CLOSED
    assert not awaits_objections(closed(0), mails, CLOSED)
