"""Who read the result of a closed round first, and when: a row of the log, and a moment of the round.

From then on the round cannot be opened again: votes would be cast by people who know how the others voted.
Use cases that hand out a result, or anything drawn from it, call `note`; the unit of work of a request is
followed by `keep`, so that no page shows a result before its reading is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform.models import Round

if TYPE_CHECKING:
    from consulta.platform.work import Work

READ = "results read"  # in what a session of the database carries: how often each round had been reopened
ACT = "results.seen"


def note(work: Work, found: Round) -> None:
    """Remember that a person reads what came of the count of a round, where it is the first reading."""
    if found.state == State.CLOSED.value and found.result_seen_at is None and work.actor.id is not None:
        work.session.info.setdefault(READ, {})[found.id] = found.reopenings


def noted(work: Work) -> dict[int, int]:
    """Return the rounds of which this unit of work read a result first, by id."""
    return dict(work.session.info.get(READ, {}))


def keep(work: Work, read: dict[int, int]) -> None:
    """Record the first reading of results; another person may have been first meanwhile.

    Raise Problem `round.not_closed` where a round was opened again meanwhile: nothing is shown then.
    """
    for number, reopenings in sorted(read.items()):
        query = select(Round).where(Round.id == number).with_for_update(of=Round)
        found = work.session.scalars(query.execution_options(populate_existing=True)).one()
        if found.state == State.OPEN.value or found.reopenings != reopenings:
            raise Problem("round.not_closed", key=found.key)
        if found.result_seen_at is None:
            found.result_seen_at = work.now
            work.record(ACT, f"round:{found.id}")
