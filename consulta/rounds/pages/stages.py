"""The state of a round and the next thing to do, in words and with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import get_template_attribute, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.messages import MESSAGES
from consulta.platform.web.request import house, now

if TYPE_CHECKING:
    from consulta.rounds.values import RoundLine


# The page of the desk where a step is done; that of `read` is public.
WAYS = {
    "themes": "themes",
    "theme_opening": "theme_phase",
    "theme_proposing": "theme_phase",
    "theme_review": "theme_review",
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
    "proposing": "nominations",
    "decide": "nominations",
    "draw": "public_value",
    "attendance": "attendance",
    "factsheet": "factsheet",
    "read": "factsheet",
}
# Steps that wait for others or for an hour: nothing is to be done now.
IDLE = frozenset({"planned", "theme_proposing", "proposing", "watch", "wait", "await", "read"})
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
            _("The round did not open as planned"),
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
