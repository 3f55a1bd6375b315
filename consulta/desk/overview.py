"""What the page of a round says besides its state: what is missing, what happened last, what is to come.

It decides nothing. Each number comes from the same queries as the page on which it is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.desk import opening
from consulta.desk import reminders as reminders_acts
from consulta.platform.access import require
from consulta.platform.listing import Wanted
from consulta.platform.models import Reminder
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import history
from consulta.rounds import service as rounds
from consulta.rounds.queries import rounds as rounds_queries
from consulta.vote import participation
from consulta.vote.changes import registrations
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.desk.opening import OpeningReport
    from consulta.platform.work import Work
    from consulta.rounds.values import LogLine, RoundLine, RoundOverview
    from consulta.vote.values import Marking

LATEST = 5  # acts
NAMED = 3  # organisations in one sentence


@dataclass(frozen=True, slots=True)
class Overview:
    """A round as its own page shows it."""

    round: RoundOverview
    report: OpeningReport | None  # of a draft
    changes: int  # of who may vote, that wait
    planned: tuple[datetime, ...]  # reminders still to come
    reminded: datetime | None  # when a reminder last made any messages
    silent: int  # organisations of an open round without a vote and without a contact who may vote
    silent_names: tuple[str, ...]  # the first of them
    unheard: tuple[tuple[str, int, int], ...]  # of an open round: dimension, categories without votes, of all
    marking: Marking | None  # of an open round: how many votes mark people for the panel
    acts: tuple[LogLine, ...]  # the latest ones


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in a round: which kind, and when. `count`: of the messages of a reminder."""

    at: datetime
    kind: str
    round: RoundLine
    count: int = 0


def overview(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> Overview:
    """Return a round for its own page. Problem: `round.unknown`."""
    require(work, "rounds.read")
    view = rounds.round_overview(work, round_key)
    line = view.line
    is_open = line.state == "open"
    silent, names = rounds_queries.without_voters(work.session, line.id, NAMED) if is_open else (0, ())
    voting = participation.participation(work, round_key, small_cell) if is_open else None
    turnout = voting.turnout if voting else ()
    acts = history.round_log(work, round_key, Wanted(sort="at", descending=True)).rows
    reminders = reminders_acts.of_round(work.session, line.id)
    return Overview(
        round=view,
        report=opening.opening_report(work, round_key, small_cell) if line.state == "draft" else None,
        changes=access_changes.count_waiting(work, round_key) + registrations.count_waiting(work, round_key),
        planned=tuple(
            each.due_at
            for each in reminders
            if each.done_at is None and each.due_at > work.now and line.state in {"draft", "open"}
        ),
        reminded=reminders_acts.last_done(work.session, line.id),
        silent=silent,
        silent_names=names,
        unheard=tuple(
            (dimension, sum(not each.voted for each in lines), len(lines)) for dimension, lines in turnout
        ),
        marking=voting.marking if voting else None,
        acts=acts[:LATEST],
    )


def agenda(work: Work) -> tuple[Event, ...]:
    """Return what happened and what is to come in all rounds that are not cancelled, in its order."""
    require(work, "rounds.read")
    lines = {line.id: line for line in rounds.list_rounds(work) if line.state != "cancelled"}
    found = [event for line in lines.values() for event in _of_round(line)]
    for each in work.session.scalars(select(Reminder).order_by(Reminder.due_at, Reminder.id)):
        line = lines.get(each.round_id)
        if line is None:
            continue
        if each.queued and each.done_at is not None:
            found.append(Event(each.done_at, "reminded", line, each.queued))
        elif each.done_at is None and line.state in {"draft", "open"}:  # after the closing none goes
            found.append(Event(each.due_at, "planned", line))
    return tuple(sorted(found, key=lambda event: (event.at, event.round.key, event.kind)))


def _of_round(line: RoundLine) -> list[Event]:
    """Return the events of a round that its line knows of, without reminders."""
    voting = line.closed_at is None
    moments = {
        "opens": line.opens_at,
        "opened": line.opened_at,
        "proposing_opens": line.proposing_opens_at,
        "proposing_ends": line.proposing_closes_at,
        "closes": line.closes_at if voting else None,
        "closed": line.closed_at,
        "objections": line.objections_until,
        "published": line.published_at,
        "session": line.session_starts,
    }
    return [Event(at, kind, line) for kind, at in moments.items() if at is not None]
