"""Where a round stands and the next thing to do, in words and with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.messages import MESSAGES
from consulta.web.language import moment
from consulta.web.request import house, now

if TYPE_CHECKING:
    from consulta.services.views import RoundLine

ORDER = ("draft", "open", "result", "panel", "published", "session")


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do: what, why, and the button that leads there (none where nothing is due)."""

    title: str
    text: str
    label: str
    url: str


def stages(line: RoundLine) -> list[tuple[str, str]]:
    """The stages of a round as the line of stages draws them."""
    names = {
        "draft": _("Preparation"),
        "open": _("Voting"),
        "result": _("Result"),
        "panel": _("Panel"),
        "published": _("Publication"),
        "session": _("Session and factsheet"),
    }
    here = ORDER.index(_stage(line))
    done = here + 1 if line.step == "read" else here
    return [
        (names[stage], "done" if place < done else "current" if place == here else "to_come")
        for place, stage in enumerate(ORDER)
    ]


def _stage(line: RoundLine) -> str:
    if line.state == "closed":
        counted = "published" if line.panel_chosen else "panel"
        return counted if line.counted else "result"
    if line.state == "published":
        return "panel" if line.step == "panel" else "session"
    return line.state if line.state in ORDER else "draft"


def state_name(state: str) -> str:
    """A state of a round as a word."""
    named: str = _(MESSAGES[f"state.{state}"])
    return named


def badge(line: RoundLine) -> tuple[str, str]:
    """The state of a round as a badge: its kind and its word."""
    kinds = {"open": "now", "published": "met", "cancelled": "short"}
    return kinds.get(line.state, "plain"), state_name(line.state)


def step(line: RoundLine) -> Step | None:
    """The next thing to do with a round; None where nothing is left."""
    if line.step == "none":
        return None
    ends = moment(line.closes_at, line.zone)
    words = {
        "themes": (
            _("Add the themes"),
            _("Members choose among at least two themes. Each needs its texts in both languages."),
            _("Themes"),
        ),
        "open": (
            _("Check and open the round"),
            _("Opening freezes texts, rules, themes, nominees and roll. The page shows what is missing."),
            _("Go to the opening"),
        ),
        "planned": (
            _("Voting opens by itself"),
            _(
                "On %(hour)s, unless something is missing then. Until that hour everything can change.",
                hour=moment(line.opens_at, line.zone) if line.opens_at else "",
            ),
            _("See the plan"),
        ),
        "links": (
            _("Hand out the personal links"),
            _("Voting is open, but nobody has a link yet. Make them and send them from your own e-mail."),
            _("Personal links"),
        ),
        "watch": (
            _("Members are voting"),
            _(
                "%(voted)s of %(seats)s have voted. Voting ends on %(ends)s.",
                voted=line.ballots,
                seats=line.seats,
                ends=ends,
            ),
            _("Participation"),
        ),
        "close": (
            _("Close the voting"),
            _(
                "The deadline has passed. %(voted)s of %(seats)s have voted.",
                voted=line.ballots,
                seats=line.seats,
            ),
            _("Close"),
        ),
        "count": (
            _("Count the ballots"),
            _("Voting is closed. The count is done once and kept."),
            _("Go to the result"),
        ),
        "panel": (
            _("Choose the panel"),
            _("The topic stands. Set the panel's rules and have it chosen."),
            _("Go to the panel"),
        ),
        "objections": (
            ngettext("Decide %(num)s objection", "Decide %(num)s objections", line.undecided),
            _waiting(line)
            or _("The time to object is over. What is undecided when the result is published stays so."),
            _("Go to the objections"),
        ),
        "recount": (
            _("Count the ballots again"),
            _("A ballot was taken out after an objection. The result as it stands cannot be published."),
            _("Go to the objections"),
        ),
        "wait": (
            _("The result waits for objections"),
            " ".join(
                [
                    _waiting(line),
                    *(
                        [_("The panel can be prepared meanwhile; after a new count it is chosen anew.")]
                        if line.nominees
                        else []
                    ),
                ]
            ),
            _("Objections"),
        ),
        "publish": (
            _("Publish the result"),
            _("Nobody outside the secretariat sees the result until you publish it."),
            _("Publish"),
        ),
        "session": (
            _("Write down the session"),
            _("The result is public. Invitations and calendars need to know when and where the session is."),
            _("Go to the session"),
        ),
        "invite": (
            _("Invite the panel"),
            _("Each member gets a letter and a link to answer. The page shows who has accepted."),
            _("Go to the invitations"),
        ),
        "await": (
            _("The session is to come"),
            _(
                "It begins on %(hour)s. Until then: answers, reminders, and whoever takes a free place.",
                hour=moment(line.session_starts, line.zone) if line.session_starts else "",
            ),
            _("Go to the invitations"),
        ),
        "factsheet": (
            _("Write the factsheet"),
            _("The session is over. Write down who took part and what came of it, then publish."),
            _("Go to the factsheet"),
        ),
        "read": (
            _("The factsheet is public"),
            _("Everybody can read it, and the result on which it stands."),
            _("Public page"),
        ),
    }
    due = _due(line)
    title, text, label = words[due]
    return Step(title, text, label, _way(due, line.key))


def _waiting(line: RoundLine) -> str:
    """Until when the result waits for objections, and how many came; nothing where the time is over."""
    if line.objections_until is None or now() >= line.objections_until:
        return ""
    said: str = ngettext(
        "It can be published from %(hour)s on: until then organisations can object."
        " %(num)s objection so far.",
        "It can be published from %(hour)s on: until then organisations can object."
        " %(num)s objections so far.",
        line.objections,
        hour=moment(line.objections_until, line.zone),
    )
    return said


def besides(line: RoundLine) -> Step | None:
    """What else is to be done: a plan that came to nothing; mail that did not arrive keeps from voting."""
    if line.opening_refused:
        return Step(
            _("The round did not open as planned"),
            _("Something was missing at that hour, and nobody has been invited."),
            _("See what to do"),
            url_for("secretariat.opening_plan", key=line.key),
        )
    if line.panel_void and line.state == "closed":
        return Step(
            _("The panel must be chosen anew"),
            _("It was chosen on an earlier count. The ballots were counted again after an objection."),
            _("Go to the panel"),
            url_for("secretariat.panel", key=line.key),
        )
    if not line.undelivered:
        return None
    return Step(
        ngettext("%(num)s message did not arrive", "%(num)s messages did not arrive", line.undelivered),
        _("Whoever does not get the link does not vote."),
        _("See what to do"),
        url_for("secretariat.lost_mail", key=line.key),
    )


def _due(line: RoundLine) -> str:
    """The step's name; links are handed out by hand only where there is no mail."""
    return "watch" if line.step == "links" and not house().settings.link_files else line.step


def _way(due: str, key: str) -> str:
    endpoints = {
        "themes": "secretariat.themes",
        "open": "secretariat.opening",
        "planned": "secretariat.opening_plan",
        "links": "secretariat.links",
        "watch": "secretariat.participation",
        "close": "secretariat.closing",
        "count": "secretariat.result",
        "panel": "secretariat.panel",
        "objections": "secretariat.objections",
        "recount": "secretariat.objections",
        "wait": "secretariat.objections",
        "publish": "secretariat.publish",
        "session": "secretariat.dialogue",
        "invite": "secretariat.invitations",
        "await": "secretariat.invitations",
        "factsheet": "secretariat.factsheet",
        "read": "public.factsheet",
    }
    return url_for(endpoints[due], key=key)
