"""Extension of an open round: the end of voting moves to a later hour, with a public reason.

This module decides when an end may move and how far. It never moves back (closing does that), and never
once it has passed, so that a statement that voting has ended stays true. The end promised at the opening
stays in the frozen package, and each move in the public part of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.door import LIFE
from consulta.platform.texts import line
from consulta.rounds import notices
from consulta.rounds.acts import MOVED
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


def movable(work: Work, round_key: str) -> RoundLine:
    """Return the round whose end of voting may move.

    Problems: `round.unknown`, `round.not_open`, `deadline.over`.
    """
    require(work, "rounds.extend")
    found, sizes = sized(work, round_key)
    _require_running(found, work.now)
    return line_of(found, sizes, work.now)


def move_deadline(work: Work, round_key: str, closes_local: str, reason: str) -> tuple[Problem, ...]:
    """Move the end of voting of an open round to a later hour, and return warnings about that hour.

    The hour is in the zone of the promise. Ballots being filled in meanwhile stay as they are. All
    contacts who may vote are told by mail.

    Problems: `round.unknown`, `round.not_open`, `deadline.over`, those of `deadlines.resolve`,
    `deadline.earlier`, `deadline.far`, `round.reason`.
    """
    require(work, "rounds.extend")
    found = hold(work, round_key)
    _require_running(found, work.now)
    before, after = found.closes_at, deadlines.resolve(closes_local, found.zone)
    if after <= before:
        raise Problem("deadline.earlier")
    if after > work.now + LIFE:
        raise Problem("deadline.far", days=LIFE.days)
    if not line(reason):
        raise Problem("round.reason")
    found.promised_at = found.promised_at or before
    found.closes_local, found.closes_at = closes_local, after
    work.record(
        MOVED, subject(found), {"before": as_text(before), "after": as_text(after), "reason": line(reason)}
    )
    notices.deadline_moved(work, found, before)
    return tuple(remarks(found))


def _require_running(found: Round, now: datetime) -> None:
    if found.state != State.OPEN.value:
        raise Problem("round.not_open", key=found.key)
    if now >= found.closes_at:
        raise Problem("deadline.over")


def remarks(found: Round) -> Iterator[Problem]:
    """Yield warnings about the hour at which voting ends: an unusual one, or one that comes twice."""
    if not deadlines.is_at_good_hour(found.closes_at):
        first, last = deadlines.GOOD_HOURS
        yield Problem("deadline.hour", first=first, last=last)
    if deadlines.is_ambiguous(found.closes_local, found.zone):
        yield Problem("deadline.twice")
