"""The state of a round and the next thing to do, in words and with the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.messages import MESSAGES
from consulta.platform.web.language import moment
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
    due = _due(line)
    title, text, label = _words(line)[due]
    return Step(title, text, label, _way(due, line), idle=due in IDLE)


def _words(line: RoundLine) -> dict[str, tuple[str, str, str]]:
    """Return for each step its title, the reason it is due, and the label of its button."""
    ends = moment(line.closes_at, line.zone)
    return {
        "themes": (
            _("Add the themes"),
            _("Members choose among at least two themes. Each needs its texts in every language."),
            _("Themes"),
        ),
        "theme_opening": (
            _("Let members propose themes"),
            _(
                "The phase is set, and opens by itself on %(hour)s.",
                hour=moment(line.theme_opens_at, line.zone),
            )
            if line.theme_opens_at
            else _("The phase is set. Members are written to when you open it."),
            _("Themes: deadline and rules"),
        ),
        "theme_proposing": (
            _("Members are proposing themes"),
            _(
                "They can do so until %(until)s.",
                until=moment(line.theme_closes_at, line.zone) if line.theme_closes_at else "",
            )
            + _proposed_themes(line),
            _("Themes: deadline and rules"),
        ),
        "theme_review": (
            ngettext(
                "Decide on %(num)s proposed theme",
                "Decide on %(num)s proposed themes",
                line.theme_waiting,
            ),
            _("The time to propose is over. Those that you admit can go on the ballot."),
            _("Themes: review"),
        ),
        "proposing": (
            _("Members are proposing people for the panel"),
            _(
                "They can do so until %(until)s. Those you admit before the opening stand on the ballot.",
                until=moment(line.proposing_until, line.zone) if line.proposing_until else "",
            )
            + _waiting_proposals(line),
            _("People: review"),
        ),
        "decide": (
            ngettext(
                "Decide on %(num)s proposal for the panel",
                "Decide on %(num)s proposals for the panel",
                line.proposals,
            ),
            _("Those you admit before the opening stand on the ballot. Then check and open the round.")
            if line.state == "draft"
            else _("Those you admit can be chosen for the panel; they are on no ballot."),
            _("People: review"),
        ),
        "open": (
            _("Check and open the round"),
            _("Opening freezes texts, rules, themes, nominees and roll. The page shows what is missing.")
            + _without_nominees(line),
            _("Go to the opening"),
        ),
        "planned": (
            _("Voting opens by itself"),
            _(
                "On %(hour)s, unless something is missing then. Until that hour everything can change.",
                hour=moment(line.opens_at, line.zone) if line.opens_at else "",
            )
            + _waiting_proposals(line),
            _("See the plan"),
        ),
        "links": (
            _("Hand out the personal links"),
            _("Voting is open, but no contact has a link yet. Make them and send them from your own e-mail."),
            _("Personal links"),
        ),
        "remind": (
            ngettext(
                "Plan the reminders: %(num)s organisation has not voted and none is planned",
                "Plan the reminders: %(num)s organisations have not voted and none is planned",
                line.seats - line.ballots,
            ),
            _(
                "A reminder only goes to contacts who can vote, of organisations that have not voted."
                " An organisation without such a contact gets none. Voting ends on %(ends)s.",
                ends=ends,
            ),
            _("Plan reminders"),
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
        "draw": (
            _("Enter the public value"),
            _("Voting is closed. The ballots are counted once the value that was announced is entered."),
            _("Enter it"),
        ),
        "count": (
            _("Count the ballots"),
            _("Voting is closed. The count is done once and kept."),
            _("Go to the result"),
        ),
        "read_result": (
            _("Read the result"),
            _("The ballots are counted. Until the result is read, a closing by mistake can be undone."),
            _("Read the result"),
        ),
        "panel": (
            _("Choose the panel"),
            _("The topic is decided. Set the panel's rules, then choose the panel."),
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
            " ".join([_waiting(line), *_panel_meanwhile(line)]),
            _("Objections"),
        ),
        "publish": (
            _("Publish the result"),
            _("Only the secretariat sees the result until you publish it."),
            _("Publish"),
        ),
        "session": (
            _("Write down the session"),
            _("The session was cancelled. Write down when and where it takes place, if it does.")
            if line.session_cancelled
            else _(
                "The result is public. Invitations and calendars need to know when and where the session is."
            ),
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
                "It begins on %(hour)s.",
                hour=moment(line.session_starts, line.zone) if line.session_starts else "",
            )
            + _answers(line),
            _("Go to the invitations") if line.guests else _("Go to the session"),
        ),
        "replace": (
            ngettext(
                "Find a person for %(num)s place that became free",
                "Find people for %(num)s places that became free",
                line.declined,
            ),
            _("The page shows for each place who could take it, and what that would change."),
            _("Go to the invitations"),
        ),
        "show": (
            _("Publish the panel"),
            _("Everybody who was asked has answered. Only the secretariat sees this panel so far."),
            _("Publish the panel"),
        ),
        "attendance": (
            _("Write down who took part"),
            _("The session is over. The factsheet takes its figures from this list; a file can be read too."),
            _("Who took part"),
        ),
        "factsheet": (
            _("Write the factsheet"),
            _("The session is over. Write down what came of it, look at it whole, and publish."),
            _("Go to the factsheet"),
        ),
        "read": (
            _("The factsheet is public"),
            _("Everybody can read it, and the result on which it stands."),
            _("Public page"),
        ),
    }


def _panel_meanwhile(line: RoundLine) -> list[str]:
    said = _("The panel can be prepared meanwhile; after a new count it is chosen anew.")
    return [said] if line.nominees else []


def _waiting(line: RoundLine) -> str:
    """Return until when the result waits for objections, and how many came; "" once the time is over.

    Closing mails that have not left yet are counted too: the time runs from when the last one leaves.
    """
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
    if not line.closing_waits:
        return said
    waits: str = ngettext(
        "%(num)s closing mail has not left yet: the time to object runs from when the last one leaves.",
        "%(num)s closing mails have not left yet: the time to object runs from when the last one leaves.",
        line.closing_waits,
    )
    return f"{said} {waits}"


def _waiting_proposals(line: RoundLine) -> str:
    """Return how many proposals wait, as a sentence to append; "" where there are none."""
    if not line.proposals:
        return ""
    return " " + ngettext(
        "%(num)s proposal waits for your decision.",
        "%(num)s proposals wait for your decision.",
        line.proposals,
    )


def _proposed_themes(line: RoundLine) -> str:
    """Return how many themes were proposed so far, as a sentence to append."""
    return " " + ngettext(
        "%(num)s theme was proposed so far.", "%(num)s themes were proposed so far.", line.theme_proposals
    )


def _without_nominees(line: RoundLine) -> str:
    """Return a sentence to append where a draft has no nominees; else ""."""
    if line.nominees:
        return ""
    return " " + _(
        "There are no nominees for the panel yet: first add people under “Nominees”, or let members propose."
    )


def _answers(line: RoundLine) -> str:
    """Return how many of the panel have answered, as a sentence to append; "" where none was invited."""
    if not line.guests:
        return ""
    return " " + _(
        "%(accepted)s of %(guests)s people of the panel have accepted, %(unanswered)s have not answered.",
        accepted=line.accepted,
        guests=line.guests,
        unanswered=line.unanswered,
    )


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


def _due(line: RoundLine) -> str:
    """Return the key of the step that is due.

    `links` becomes `watch` where links are sent by mail, not by hand.
    """
    return "watch" if line.step == "links" and not house().settings.link_files else line.step


def _way(due: str, line: RoundLine) -> str:
    page = "dialogue" if due == "await" and not line.guests else WAYS[due]
    return url_for("public.factsheet" if due == "read" else f"secretariat.{page}", key=line.key)
