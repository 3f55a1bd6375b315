"""Until when members propose and vote in a round, as it is told: moves, the end, whether early, and why.

This module decides how an end is told, never whether a round may close. The reasons given for moving the end
and for closing are public from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy.orm import object_session

from consulta.core.rounds import State, has_result
from consulta.core.typed import from_stored
from consulta.platform import parts
from consulta.platform.copying import copied
from consulta.platform.deadlines import of_text
from consulta.platform.log import chain
from consulta.rounds import acts
from consulta.rounds.acts import MOVED, REOPENED
from consulta.rounds.values import DeadlineMove, Ending, Phase, Reopening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.platform.models import ProposingPhase, Round
    from consulta.platform.work import Work
    from consulta.rounds.values import PhaseStage

Asked = Literal["for_themes", "for_people"]
ASKED: Mapping[Asked, str] = {"for_themes": "theme_proposals", "for_people": "people_proposals"}
"""What members are asked for in a phase, and the part of the program to which it belongs."""


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


def phase_of(found: Round, now: datetime, asked: Asked | None = None) -> Phase | None:
    """Return the last phase in which members propose, or propose what is `asked`; None where none is.

    What belongs to a part of the program that is not used is asked for in none.
    """
    session = object_session(found)
    unused = parts.unused_of(session) if session is not None else frozenset()
    for row in reversed(found.phases):
        asks = {name: getattr(row, name) and part not in unused for name, part in ASKED.items()}
        stage = stage_of(row, found, now)
        if stage is not None and (asks[asked] if asked else any(asks.values())):
            return copied(Phase, row, stage=stage, closes_at=min(row.closes_at, found.closes_at), **asks)
    return None


def stage_of(row: ProposingPhase, found: Round, now: datetime) -> PhaseStage | None:
    """Return whether a phase is planned, open or over; None where it did not open and cannot any more.

    Themes are proposed before the vote only, people also during it.
    """
    voting = found.state == State.OPEN.value and now < found.closes_at and not row.for_themes
    may = found.state == State.DRAFT.value or voting
    if row.opened_at is None:
        return "planned" if may else None
    return "open" if may and row.ended_at is None and now < row.closes_at else "over"


def people_until(found: Round, now: datetime) -> datetime | None:
    """Return until when members propose people for the panel; None where they do not now."""
    phase = phase_of(found, now, "for_people")
    return phase.closes_at if phase is not None and phase.on else None


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
