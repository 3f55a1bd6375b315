"""What is left to do after a session: each feature that sees to a part of it tells its own tasks.

These features stand above this one: they register a teller with the application, and the page of a round
asks all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from consulta.platform.web.request import read
from consulta.rounds.pages import stages
from consulta.rounds.pages.stages import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine

    Teller = Callable[[Work, RoundLine], Iterable["Task"]]
    DayTeller = Callable[[Work], Iterable["Day"]]

TASKS, DAYS = "consulta.afterwards.tasks", "consulta.afterwards.days"


@dataclass(frozen=True, slots=True)
class Task:
    """A task in words, with the way to it; `kind` as in the checklist: `open`, `care` or `done`.

    `rank`: the order of those that are open. `reason`: why it is the next step once the factsheet is public,
    of a task that can be one.
    """

    kind: str
    title: str
    note: str
    label: str
    url: str
    rank: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What the calendar over all rounds shows of a session's round, in words and with the way to it."""

    at: datetime
    round_key: str
    said: str
    url: str


def told_by(app: Flask, teller: Teller, days: DayTeller | None = None) -> None:
    """Ask `teller` for the tasks of a round too, and `days` for what the calendar shows."""
    app.extensions.setdefault(TASKS, []).append(teller)
    if days is not None:
        app.extensions.setdefault(DAYS, []).append(days)


def all_days(work: Work) -> tuple[Day, ...]:
    """Return what the calendar shows of all rounds with a session."""
    tellers: list[DayTeller] = current_app.extensions.get(DAYS, [])
    return tuple(day for teller in tellers for day in teller(work))


def tasks(work: Work, line: RoundLine) -> tuple[Task, ...]:
    """Return the tasks of a round after its session, the most urgent first; none before it has begun."""
    if line.state != "published" or line.session_starts is None or line.session_starts > work.now:
        return ()
    tellers: list[Teller] = current_app.extensions.get(TASKS, [])
    found = [task for teller in tellers for task in teller(work, line)]
    return tuple(sorted(found, key=lambda task: task.rank))


def next_step(line: RoundLine, found: Iterable[Task] | None = None) -> Step | None:
    """Return the next step of a round; None where nothing is left.

    Every page that tells a next step asks here. Once the factsheet is public it is the first task that can
    be one; `found`: the tasks, where the page has read them.
    """
    if line.step == "read":
        for task in read(tasks, line) if found is None else found:
            if task.reason:
                return Step(task.title, task.reason, task.label, task.url)
    return stages.step(line)
