"""Until when members propose for the panel of a round: before the vote or beside it, never after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.rounds import State
from consulta.rounds.values import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Round


def phase_of(found: Round, now: datetime) -> Phase:
    """Return until when members propose, and whether they may now: before or during the vote only."""
    until = min(found.nominations_until, found.closes_at) if found.nominations_until else None
    may = found.state == State.DRAFT.value or (found.state == State.OPEN.value and now < found.closes_at)
    return Phase(until, found.zone, on=may and until is not None and now < until)
