"""The state of a round and the next thing to do, in words and with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, get_template_attribute, url_for

from consulta.platform.messages import MESSAGES
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.request import house, now, read, uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


# The page of the desk where a step is done; that of `read` is public.
WAYS = {
    "themes": "themes",
    "proposing_opening": "proposing",
    "proposing": "proposing",
    "decide": "proposing",
    "open": "opening",
    "planned": "opening_plan",
    "links": "links",
    "watch": "participation",
    "remind": "reminders",
    "close": "closing",
    "count": "result",
    "read_result": "result",
    "panel": "panel",
    "objections": "objections",
    "recount": "objections",
    "wait": "objections",
    "publish": "publish",
    "session": "dialogue",
    "invite": "invitations",
    "await": "invitations",
    "replace": "invitations",
    "show": "panel_publish",
    "draw": "public_value",
    "attendance": "attendance",
    "factsheet": "factsheet",
    "read": "factsheet",
}
# Steps that wait for others or for an hour: nothing is to be done now.
IDLE = frozenset({"planned", "proposing", "watch", "wait", "await", "read"})
INFO = {"mail": "info"}  # what stands beside the next step and is no warning


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do: what, why, and the button that leads there (none where nothing is due)."""

    title: str
    text: str
    label: str
    url: str
    kind: str = "warn"  # of the notice, where it stands beside the next step
    idle: bool = False  # nothing is to be done now


def state_name(state: str) -> str:
    """Return the name of a state of a round."""
    named: str = _(MESSAGES[f"state.{state}"])
    return named


def badge(line: RoundLine) -> tuple[str, str]:
    """Return the state of a round as a badge: kind and word."""
    kinds = {"open": "now", "published": "met", "cancelled": "short"}
    return kinds.get(line.state, "plain"), state_name(line.state)


def step(line: RoundLine) -> Step | None:
    """Return the next thing to do with a round by its state alone; None where nothing is left.

    Pages ask `afterwards.next_step`, which knows the tasks after the session too.
    """
    if line.step == "none":
        return None
    # Where links are sent by mail, nobody hands them out.
    due = "watch" if line.step == "links" and not house().settings.link_files else line.step
    waits = line.objections_until is not None and now() < line.objections_until
    title, text, label = (
        get_template_attribute("rounds/next_step.html", part) for part in ("title", "text", "label")
    )
    page = "dialogue" if due == "await" and not line.guests else WAYS[due]
    url = url_for("public.factsheet" if due == "read" else f"secretariat.{page}", key=line.key)
    return Step(title(due, line), text(due, line, waits), label(due, line), url, idle=due in IDLE)


def besides(line: RoundLine) -> list[Step]:
    """Return what else is to be done or known, beside the next step."""
    shows_panel = line.state == "published" and line.guests and line.step not in {"show", "panel"}
    known = (
        (
            line.opening_refused,
            _("The consultation did not open as planned"),
            _("No organisation has been invited. See why, and plan it again."),
            _("See what to do"),
            "opening_plan",
        ),
        (
            line.panel_void and line.state == "closed",
            _("The panel must be chosen anew"),
            _("It was chosen on an earlier count. The ballots were counted again after an objection."),
            _("Go to the panel"),
            "panel",
        ),
        (
            line.undelivered,
            ngettext("%(num)s message did not arrive", "%(num)s messages did not arrive", line.undelivered),
            _("A contact who does not get the link does not vote."),
            _("See what to do"),
            "lost_mail",
        ),
        (  # mail waits for a moment after an act, or long where something holds it up
            line.mail_waiting,
            ngettext(
                "%(num)s message waits to be sent", "%(num)s messages wait to be sent", line.mail_waiting
            ),
            _("It goes out by itself. Where it does not, the page of the mail says what holds it up."),
            _("Go to the mail"),
            "mail",
        ),
        (  # people were invited, and only the secretariat sees who they are
            shows_panel and not line.panel_public,
            _("The newest panel is not public"),
            _("The result is. Publish the panel once the people on it have accepted."),
            _("Go to the panel"),
            "panel",
        ),
    )
    return [
        Step(title, text, label, url_for(f"secretariat.{page}", key=line.key), INFO.get(page, "warn"))
        for holds, title, text, label, page in known
        if holds
    ]


if TYPE_CHECKING:
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


def told_by(app: Flask, part: str, teller: Teller, days: DayTeller | None = None) -> None:
    """Ask `teller` for the tasks of a round, and `days` for what the calendar shows, if `part` is used."""
    app.extensions.setdefault(TASKS, []).append((part, teller))
    if days is not None:
        app.extensions.setdefault(DAYS, []).append((part, days))


def all_days(work: Work) -> tuple[Day, ...]:
    """Return what the calendar shows of all rounds with a session."""
    tellers: list[tuple[str, DayTeller]] = current_app.extensions.get(DAYS, [])
    return tuple(day for part, teller in tellers if uses(part) for day in teller(work))


def tasks(work: Work, line: RoundLine) -> tuple[Task, ...]:
    """Return the tasks of a round after its session, the most urgent first; none before it has begun."""
    if line.state != "published" or line.session_starts is None or line.session_starts > work.now:
        return ()
    tellers: list[tuple[str, Teller]] = current_app.extensions.get(TASKS, [])
    found = [task for part, teller in tellers if uses(part) for task in teller(work, line)]
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
    return step(line)
