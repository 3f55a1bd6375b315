"""End of a round's voting, as it is told: when, whether earlier than promised, and why.

This module decides how an end is told, never whether a round may close. The reason given for closing is
public from then on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from consulta.ballots.queries import archive
from consulta.core.rounds import State, has_result
from consulta.rounds.values import Ending

if TYPE_CHECKING:
    from consulta.infra.models import Round
    from consulta.infra.work import Work


def ending_of(work: Work, found: Round) -> Ending | None:
    """Return how voting ended; None if it has not ended, or if the round was cancelled."""
    if found.closed_at is None or not has_result(State(found.state)):
        return None
    row = archive.last_act(work.session, f"round:{found.id}", "rounds.closed")
    reason: str = json.loads(row.details).get("reason", "") if row else ""
    return Ending(closed_at=found.closed_at, promised_at=found.closes_at, reason=reason)
