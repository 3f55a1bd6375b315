"""Openings and closings at a set hour: planned by the secretariat, done by the worker.

This module decides when a round opens and closes automatically, and the fate of a plan that cannot be
carried out. A closed round stays closed, even if a clock is set back later.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.desk import moves, opening, reminders
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.settings import SMALL_CELL
from consulta.results import service as results
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import draft, hold, known, subject

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.desk.opening import OpeningReport
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.roll import Shown

LATE = timedelta(minutes=5)  # a worker that runs opens well before so much time has passed


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A draft's plan beside what opening it now would mean."""

    report: OpeningReport
    plan: Round | None  # with `opens_at` and what refused it; None where nothing was planned
    hour: datetime | None  # the moment that the plan means or meant
    overdue: bool  # it has passed and nothing was done: no worker runs
    still: tuple[Problem, ...]  # what kept it from opening, where that is so even now


def plan_page(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> PlanPage:
    """Return a draft's planned opening, if any, and what forbids opening it now.

    `small_cell` is as in `open_round`.
    Problems: `round.unknown`, `round.move` (it is no draft).
    """
    report = opening.opening_report(work, round_key, small_cell)
    found = known(work, round_key)
    plan = found if found.opens_local is not None else None
    hour = found.opens_at
    if found.opens_local is not None and hour is None:
        with suppress(Problem):  # the zone is another since, and its clocks may jump over that hour
            hour = deadlines.resolve(found.opens_local, found.zone)
    return PlanPage(
        report=report,
        plan=plan,
        hour=hour,
        overdue=found.opens_at is not None and work.now - found.opens_at >= LATE,
        still=tuple(each for each in report.refusals if plan is not None and each.code == plan.opens_refused),
    )


def plan_opening(
    work: Work, round_key: str, local: str, *, agreed: bool = False, remind: bool = False
) -> None:
    """Let a draft open by itself at an hour of its zone, in place of an earlier plan.

    `agreed`: two persons agreed on it, so a change of the draft gives it up. With `remind` the usual
    reminders are planned too.

    Problems: `round.unknown`, `round.frozen`, those of `deadlines.resolve`, `plan.past`, `plan.late`.
    """
    require(work, "rounds.open")
    found = draft(work, round_key, to_change=False)
    at = deadlines.resolve(local, found.zone)
    if at <= work.now:
        raise Problem("plan.past")
    if at >= found.closes_at:
        raise Problem("plan.late")
    found.opens_local, found.opens_at, found.opens_refused = local, at, None
    found.opens_agreed = agreed
    work.record("rounds.opening_planned", subject(found), {"local": local, "zone": found.zone})
    if remind:
        reminders.plan_usual(work, round_key)


def give_up_plan(work: Work, round_key: str) -> None:
    """Cancel the planned opening of a draft: it waits to be opened by hand.

    Problems: `round.unknown`, `round.frozen`.
    """
    require(work, "rounds.open")
    found = draft(work, round_key, to_change=False)
    if found.opens_local is not None:
        found.opens_local = found.opens_at = found.opens_refused = None
        found.opens_agreed = False
        work.record("rounds.opening_unplanned", subject(found))


# -- done by the worker


def due_openings(work: Work) -> list[str]:
    """Return the keys of the drafts whose planned moment has come."""
    return rounds_queries.due_to_open(work.session, work.now)


def open_as_planned(
    work: Work, round_key: str, roll_shown: Shown = "public", small_cell: int = SMALL_CELL
) -> bool:
    """Open a draft whose moment has come; whether it was still to be opened.

    Problems: those of `opening.open_round`, and nothing is changed then: see `refuse_opening`.
    """
    require(work, "rounds.open")
    found = hold(work, round_key)
    if round_key not in due_openings(work):
        return False
    opening.open_round(work, found.key, roll_shown, small_cell)
    return True


def refuse_opening(work: Work, round_key: str, problem: Problem) -> None:
    """Keep why a round could not open as planned, and do not try again: people must mend it first."""
    require(work, "rounds.open")
    found = hold(work, round_key)
    if found.opens_at is not None:
        found.opens_at, found.opens_refused = None, problem.code
        params = {name: value for name, value in problem.params.items() if isinstance(value, str | int)}
        work.record("rounds.opening_refused", subject(found), {"code": problem.code, "params": params})


def due_closings(work: Work) -> list[str]:
    """Return the keys of the open rounds whose deadline has come."""
    return rounds_queries.due_to_close(work.session, work.now)


def close_as_promised(work: Work, round_key: str, objection_hours: int = 0) -> bool:
    """Close a round whose deadline has come; whether it was still open."""
    require(work, "rounds.close")
    found = hold(work, round_key)
    if round_key not in due_closings(work):
        return False
    moves.close(work, found.key, objection_hours=objection_hours)
    return True


def due_counts(work: Work) -> list[str]:
    """Return the keys of the closed rounds that wait to be counted."""
    return rounds_queries.uncounted(work.session, work.now)


def count(work: Work, round_key: str) -> bool:
    """Count a closed round, unless it is counted already; return whether it is counted."""
    return results.count_after_closing(work, round_key)
