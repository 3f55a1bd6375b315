"""End of a round's voting, as it is told: its moves, when it was, whether earlier than promised, and why.

This module decides how an end is told, never whether a round may close. The reasons given for moving the end
and for closing are public from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.rounds import State, has_result
from consulta.platform.deadlines import of_text
from consulta.rounds import acts
from consulta.rounds.acts import MOVED, REOPENED
from consulta.rounds.values import DeadlineMove, Ending, Reopening

if TYPE_CHECKING:
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
