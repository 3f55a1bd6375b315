"""End of a round's voting, as it is told: its moves, when it was, whether earlier than promised, and why.

This module decides how an end is told, never whether a round may close. The reasons given for moving the end
and for closing are public from then on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from consulta.ballots.queries import archive
from consulta.core.rounds import State, has_result
from consulta.infra.deadlines import of_text
from consulta.rounds.values import DeadlineMove, Ending, Reopening

if TYPE_CHECKING:
    from consulta.infra.models import Round
    from consulta.infra.work import Work

MOVED = "rounds.extended"
REOPENED = "rounds.reopened"


def moves_of(work: Work, found: Round) -> tuple[DeadlineMove, ...]:
    """Return the moves of a round's end of voting since it opened, oldest first; all are public."""
    if found.promised_at is None:
        return ()
    rows = archive.acts(work.session, f"round:{found.id}", MOVED)
    acts = [(row.at, json.loads(row.details)) for row in rows]
    return tuple(
        DeadlineMove(of_text(at), of_text(told["before"]), of_text(told["after"]), told["reason"])
        for at, told in acts
    )


def reopenings_of(work: Work, found: Round) -> tuple[Reopening, ...]:
    """Return how a round was opened again after closings by mistake, oldest first; all are public."""
    if not found.reopenings:
        return ()
    rows = archive.acts(work.session, f"round:{found.id}", REOPENED)
    acts = [(row.at, json.loads(row.details)) for row in rows]
    return tuple(
        Reopening(of_text(at), of_text(told["closed_at"]), of_text(told["after"]), told["reason"])
        for at, told in acts
    )


def ending_of(work: Work, found: Round) -> Ending | None:
    """Return how voting ended; None if it has not ended, or if the round was cancelled."""
    if found.closed_at is None or not has_result(State(found.state)):
        return None
    row = archive.last_act(work.session, f"round:{found.id}", "rounds.closed")
    reason: str = json.loads(row.details).get("reason", "") if row else ""
    return Ending(closed_at=found.closed_at, promised_at=found.closes_at, reason=reason)
