"""The rhythm of the follow-up in the demonstration: calls after three and nine months, one due now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from consulta.people.focal_points import today
from consulta.platform.work import COMMAND, WORKER
from consulta.sessions.follow_up import asking, calls
from consulta.sessions.follow_up.asking import WAY
from consulta.sessions.follow_up.calls import EVERY_RANGE, Rhythm
from consulta.sessions.follow_up.values import SEEN

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.sessions.follow_up.values import Answer
    from consulta.shell.cli.demo.desk import Desk

MONTH = 30.5


def call(desk: Desk, key: str, number: int, at: datetime) -> None:
    """Send a call, and its reminders four weeks later."""
    desk.do(at, asking.send, key, number)
    desk.stories.tell(_remind, desk, at + timedelta(days=28))


def _remind(desk: Desk, at: datetime) -> None:
    """Let the reminders go that are due."""
    with desk.work(WORKER, at) as work:
        for number in asking.due_reminders(work):
            asking.remind(work, number)


def answer(
    desk: Desk, key: str, at: datetime, side: str, addressee: str, reference: str, said: Answer
) -> tuple[int, int | None] | None:
    """Answer by the link of the person who was asked first; return its version and the organisation's number.

    Return None where no one was asked on that side.
    """
    with desk.work(COMMAND, at) as work:
        found = asking.hand_out(work, key, side, addressee)
    if found is None:
        return None
    with desk.entered(desk.url(WAY, found.token), at, minutes=8) as work:
        line = asking.own(work).line(reference)
        if line is None:
            raise RuntimeError("a recommendation that is not addressed to who was asked")
        seen = line.mine.version if line.mine is not None else 0
        asking.answer(work, reference, said, seen)
    return seen + 1, found.organisation_id if side == SEEN else None


def go_on(desk: Desk, key: str) -> tuple[tuple[str, str], ...]:
    """Let the next call be due now; return links, each with whose it is."""
    with desk.bench.read(desk.actor, desk.now) as work:  # as it is now, though saved three days ago
        view = calls.schedule(work, key)
        day = today(work)
    months = (date.fromisoformat(day) - date.fromisoformat(view.day)).days / MONTH
    every = min(max(int((months - view.rhythm.first_months) / 2), EVERY_RANGE[0]), EVERY_RANGE[-1])
    desk.do(desk.day(-3), calls.save_rhythm, key, Rhythm(every_months=every))
    shown = []
    for side, addressee in (("reported", "CL"), (SEEN, "CR")):
        with desk.work(COMMAND, desk.now) as work:
            found = asking.hand_out(work, key, side, addressee)
        if found is not None:
            shown.append((f"{found.organisation} ({addressee})", desk.url(WAY, found.token)))
    return tuple(shown)
