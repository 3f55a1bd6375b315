"""Detection of a clock that was set back: the newest row of the log is the latest known moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.infra.deadlines import of_text
from consulta.infra.log import chain

if TYPE_CHECKING:
    from consulta.infra.work import Work

SLACK = 60  # seconds that two machines' clocks may differ


def seconds_back(work: Work) -> int:
    """Return how many seconds this moment lies before the newest row of the log; 0 if less than 60."""
    newest = chain.entries(work.session, limit=1)
    if not newest:
        return 0
    back = (of_text(newest[0].at) - work.now).total_seconds()
    return int(back) if back >= SLACK else 0


def record_back(work: Work) -> None:
    """Let the log say that the clock was set back, and by how much."""
    back = seconds_back(work)
    if back:
        work.record("clock.back", "log", {"seconds": back})
