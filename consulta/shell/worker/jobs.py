"""What features have the worker do at its hour: one entry each, in the order in which they are done."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts import staff
from consulta.core.problems import Problem
from consulta.desk import planning, reminders
from consulta.people import admission, new_link, own_data
from consulta.rounds import ending, proposing
from consulta.sessions.follow_up import asking
from consulta.vote import reasons
from consulta.vote.changes import registrations
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consulta.platform.work import Work
    from consulta.shell.worker.running import Running

    Due = Callable[[Work], Iterable[str]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """An act that is due for some keys, of rounds or of rows, each done in a unit of work of its own.

    `act` returns None or False where there was nothing to do, else what is logged: True, or a number.
    """

    name: str  # in the log, where it fails
    due: Due
    act: Callable[[Work, str], object]
    log_done: str = ""  # the line of the log: with the key, and with the number that `act` returns
    refused: Callable[[Work, str, Problem], object] | None = None  # keeps why it could not be done
    log_refused: str = ""  # the line of the log then: with the key and the code of the Problem
    promised: bool = False  # was announced for an hour, which must have come by the database's clock too
    wipes: bool = False  # leaves nothing of what it deleted in the files of the database


def jobs(running: Running) -> tuple[Job, ...]:
    """Return the acts of all features, in the order in which a worker does them."""
    return (
        Job(
            "proposing opens",
            proposing.due_openings,
            proposing.open_as_planned,
            "proposing.opened key=%s messages=%d",
            promised=True,
        ),
        Job(
            "proposing ends",
            proposing.due_endings,
            proposing.end_as_promised,
            "proposing.ended key=%s",
            promised=True,
        ),
        Job(
            "open",
            planning.due_openings,
            lambda work, key: planning.open_as_planned(
                work, key, running.settings.roll, running.settings.small_cell
            ),
            "round.opened key=%s",
            refused=planning.refuse_opening,
            log_refused="round.not_opened key=%s code=%s",
            promised=True,
        ),
        Job(
            "close",
            planning.due_closings,
            lambda work, key: planning.close_as_promised(work, key, running.settings.objection_hours),
            "round.closed key=%s",
            promised=True,
        ),
        Job("count", planning.due_counts, planning.count, "round.counted key=%s"),
        Job(
            "reasons",
            reasons.due,
            lambda work, key: reasons.part(work, key, running.settings.small_cell, secrets.randbelow),
            "round.reasons_parted key=%s texts=%d",
            wipes=True,
        ),
        Job(
            "remind",
            reminders.due_rounds,
            reminders.remind_as_planned,
            "round.reminded key=%s messages=%d",
        ),
        Job("links", new_link.due, _answer_link_request, "links.answered request=%s messages=%d"),
        Job("access", access_changes.due, access_changes.carry_out, "access.changed change=%s"),
        Job("registrations", registrations.due, registrations.carry_out, "round.registered registration=%s"),
        Job("acts", staff.due, staff.tell_ended, "act.ended act=%s"),
        Job("follow-up", asking.due_reminders, asking.remind, "follow_up.reminded call=%s messages=%d"),
        Job("applications", admission.to_forget, admission.forget, "application.forgotten application=%s"),
    )


def _answer_link_request(work: Work, number: str) -> int | None:
    return new_link.answer(
        work,
        number,
        admission.answer_request,
        own=own_data.answer_request,
        follow_up=asking.ask_link,
    )


def do(running: Running, job: Job) -> None:
    """Do a job for each key for which it is due."""
    due = _by_both_clocks(running, job.due) if job.promised else job.due
    running.each(job.name, due, lambda key: _do(running, job, key))


def _do(running: Running, job: Job, key: str) -> None:
    try:
        with running.work() as work:
            done = job.act(work, key)
    except Problem as problem:
        if job.refused is None or problem.code == "store.unavailable":
            raise
        with running.work() as work:
            job.refused(work, key, problem)
        _log.warning(job.log_refused, key, problem.code)
        return
    if job.wipes:
        running.bench.wipe()
    if job.log_done and done is not None and done is not False:
        _log.info(job.log_done, key, *(() if done is True else (done,)))


def _by_both_clocks(running: Running, due: Due) -> Due:
    """Return what names the keys of which an hour has come: by the clock of the database too.

    So a worker whose clock is ahead opens and closes nothing before its promised hour.
    """

    def asked(work: Work) -> Iterable[str]:
        found = list(due(work))
        apart = running.apart(work) if found else 0
        if apart > -ending.SLACK:
            return found
        _log.warning("clock.ahead seconds=%d rounds=%s", -apart, ",".join(found))
        return due(replace(work, now=work.now + timedelta(seconds=apart)))

    return asked
