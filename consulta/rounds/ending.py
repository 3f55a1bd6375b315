"""Until when members propose and vote in a round, as it is told: moves, the end, whether early, and why.

This module decides how an end is told, never whether a round may close. The reasons given for moving the end
and for closing are public from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.rounds import State, has_result
from consulta.platform.deadlines import of_text
from consulta.rounds import acts
from consulta.rounds.acts import MOVED, REOPENED
from consulta.rounds.values import DeadlineMove, Ending, Phase, Reopening

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.platform.work import Work


def moves_of(work: Work, found: Round) -> tuple[DeadlineMove, ...]:
    """Return the moves of a round's end of voting since it opened, oldest first; all are public."""
    if found.promised_at is None:
        return ()
    return tuple(
        DeadlineMove(at, of_text(move.before), of_text(move.after), move.reason)
        for at, move in acts.told(work, found, MOVED, acts.Moved)
    )


def reopenings_of(work: Work, found: Round) -> tuple[Reopening, ...]:
    """Return how a round was opened again after closings by mistake, oldest first; all are public."""
    if not found.reopenings:
        return ()
    return tuple(
        Reopening(at, of_text(again.closed_at), of_text(again.after), again.reason)
        for at, again in acts.told(work, found, REOPENED, acts.Reopened)
    )


def ending_of(work: Work, found: Round) -> Ending | None:
    """Return how voting ended; None if it has not ended, or if the round was cancelled."""
    if found.closed_at is None or not has_result(State(found.state)):
        return None
    return Ending(closed_at=found.closed_at, promised_at=found.closes_at, reason=reason_of(work, found))


def reason_of(work: Work, found: Round) -> str:
    """Return the reason given for closing a round; empty where none was given."""
    closed = acts.last(work, found, acts.CLOSED, acts.Closed)
    return closed.reason if closed else ""


def phase_of(found: Round, now: datetime) -> Phase:
    """Return until when members propose, and whether they may now: before or during the vote only."""
    until = min(found.nominations_until, found.closes_at) if found.nominations_until else None
    may = found.state == State.DRAFT.value or (found.state == State.OPEN.value and now < found.closes_at)
    return Phase(until, found.zone, on=may and until is not None and now < until)
