"""Detection of a clock that was set back: the newest row of the log is the latest known moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.typed import from_stored
from consulta.platform.deadlines import of_text
from consulta.platform.log import chain

if TYPE_CHECKING:
    from consulta.platform.work import Work

SLACK = 60  # seconds that two machines' clocks may differ
AGAIN = timedelta(hours=1)  # after which the log says again that a clock is back


@dataclass(frozen=True, slots=True)
class _Back:
    """What the log says of a clock that was set back."""

    seconds: int


def seconds_back(work: Work) -> int:
    """Return how many seconds this moment lies before the newest row of the log; 0 if less than 60."""
    newest = chain.entries(work.session, limit=1)
    if not newest:
        return 0
    back = (of_text(newest[0].at) - work.now).total_seconds()
    return int(back) if back >= SLACK else 0


def is_told_back(work: Work, seconds: int) -> bool:
    """Return whether the log said within the last hour that the clock was set back by so much.

    Where two machines' clocks differ, each row that the other one writes seems to be of later.
    """
    told = chain.acts(work.session, "log", "clock.back")[-1:]
    if not told or not timedelta() <= work.now - of_text(told[0].at) < AGAIN:
        return False
    return seconds - from_stored(_Back, told[0].details).seconds < SLACK


def record_back(work: Work) -> bool:
    """Let the log say that the clock was set back, and by how much; return whether it had not said so."""
    back = seconds_back(work)
    if not back or is_told_back(work, back):
        return False
    work.record("clock.back", "log", {"seconds": back})
    return True
