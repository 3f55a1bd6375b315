"""The rail of a round: its stages, the pages of each, and how far each is, from what is stored of the round.

`STAGES` and `REST` declare every page of the desk that belongs to a round. `rail` makes of them what
`templates/web/rail.html` draws beside each of these pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for

from consulta.platform.access import may
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import lazy_pgettext, ngettext
from consulta.platform.web.language import short_day
from consulta.platform.web.pages import action_of, part_of
from consulta.platform.web.request import actor, house, now, read, uses
from consulta.platform.work import DESK
from consulta.rounds import service as rounds
from consulta.rounds.pages import stages
from consulta.rounds.values import RoundLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from consulta.platform.web.babel import LazyString
    from consulta.rounds.pages.stages import Step

Standing = Literal["done", "now", "open", "locked", "absent"]
"""How far a stage is; `open`: not due, but it can be prepared. `absent`: this round does not have it."""

TOLD: dict[Standing, LazyString] = {
    "done": _l("done"),
    "now": _l("now"),
    "open": _l("can be prepared"),
    "locked": _l("not yet"),
    "absent": _l("not in this consultation"),
}


def _always(_line: RoundLine) -> bool:
    return True


def _nothing(_line: RoundLine) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a round, as it is declared.

    Pages whose address lies below its own belong to it, such as forms that it leads to; `also` has the
    beginnings of further addresses, after that of the round. `fact` is the one thing worth telling beside
    its name; `warns` whether that fact asks for something.
    """

    endpoint: str
    label: LazyString
    also: tuple[str, ...] = ()
    when: Callable[[RoundLine], bool] = _always
    fact: Callable[[RoundLine], str] = _nothing
    warns: Callable[[RoundLine], bool] = lambda _line: False


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of one subject, as they are declared: one line of the rail, and a line of views on each of them.

    Where a round has only one of them, that page stands there under its own name.
    """

    label: LazyString
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of every round, as it is declared, with its pages."""

    label: LazyString
    standing: Callable[[RoundLine], Standing]
    fact: Callable[[RoundLine], str]
    pages: tuple[Place | Group, ...]


@dataclass(frozen=True, slots=True)
class View:
    """One of several pages of one subject, as each of them shows it; `shown`: the one that is open."""

    label: str
    url: str
    fact: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A page as the rail shows it; `here`: it is the page that is shown, or one below it.

    `views`: the pages that share this line, where they are several.
    """

    label: str
    url: str
    fact: str
    warns: bool
    here: bool
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A stage as the rail shows it; `told` is its standing in words."""

    label: str
    standing: Standing
    told: str
    fact: str
    pages: tuple[Link, ...]

    @property
    def here(self) -> bool:
        """Return whether the page that is shown belongs to this stage."""
        return any(page.here for page in self.pages)

    @property
    def url(self) -> str:
        """Return the page to which the stage leads: the one that asks for something, else the first.

        Empty where the stage is not due yet or has no page.
        """
        if self.standing in {"locked", "absent"} or not self.pages:
            return ""
        return next((page.url for page in self.pages if page.warns), self.pages[0].url)


@dataclass(frozen=True, slots=True)
class Rail:
    """The rail beside a page of a round; `stage`: the one whose pages a phone shows in a line."""

    round: RoundLine
    url: str  # of the overview
    parts: tuple[Part, ...]
    rest: tuple[Link, ...]
    stage: Part
    due: Step | None  # the next step, where it is a page other than the one that is shown

    @property
    def beside(self) -> Link | None:
        """Return the line of the rail whose views the page that is shown is one of."""
        links = (link for part in self.parts for link in part.pages)
        return next((link for link in links if any(view.shown for view in link.views)), None)


def rail_of(line: object) -> Rail | None:
    """Return the rail of the page that is shown; None where it is no page of a round at the desk.

    `line`: the round, where the page has read it; else it is read.
    """
    key = (request.view_args or {}).get("key")
    if request.blueprint != "secretariat" or not key or actor().role not in DESK:
        return None
    if not isinstance(line, RoundLine):
        line = read(rounds.round_line, key)
    return rail(line)


def rail(line: RoundLine) -> Rail:
    """Return the rail of a round."""
    parts = tuple(
        Part(str(stage.label), standing, str(TOLD[standing]), stage.fact(line), _links(stage.pages, line))
        for stage in STAGES
        if any(uses(part_of(place.endpoint)) for place in _places(stage.pages))
        for standing in [stage.standing(line)]
    )
    last = [part for part in reversed(parts) if part.pages]
    due = next((part for wanted in ("now", "done") for part in last if part.standing == wanted), parts[0])
    shown = next((part for part in parts if part.here), None)
    return Rail(
        line,
        url_for("secretariat.round_page", key=line.key),
        parts,
        _links(REST, line, marked=shown is None),
        shown or due,
        _next(line),
    )


def _next(line: RoundLine) -> Step | None:
    """Return the next step, where something is to be done and this is not the page where it is or is told."""
    if request.endpoint == "secretariat.round_page":
        return None
    step = stages.next_step(line)
    return None if step is None or step.idle or request.path == step.url else step


def _links(pages: tuple[Place | Group, ...], line: RoundLine, *, marked: bool = True) -> tuple[Link, ...]:
    return tuple(found for page in pages for found in _link(page, line, marked=marked))


def _link(page: Place | Group, line: RoundLine, *, marked: bool) -> tuple[Link, ...]:
    """Return the line of the rail for a page or for pages of one subject; none where the round has none."""
    places = page.places if isinstance(page, Group) else (page,)
    there = [
        place
        for place in places
        if uses(part_of(place.endpoint)) and place.when(line) and may(actor(), action_of(place.endpoint))
    ]
    if not there:
        return ()
    noted = next((each for each in there if each.fact(line) and each.warns(line)), there[0])
    views = tuple(
        View(
            str(each.label),
            url_for(each.endpoint, key=line.key),
            each.fact(line),
            request.endpoint == each.endpoint,
        )
        for each in there
    )
    several = len(there) > 1
    home = home_of(request.url_rule.rule) if request.url_rule is not None else ""
    link = Link(
        str(page.label if several else there[0].label),
        views[0].url,
        noted.fact(line),
        noted.warns(line),
        marked and any(home in _paths(each) for each in there),
        views if several else (),
    )
    return (link,)


def home_of(rule: str) -> str | None:
    """Return the address (after that of the round) of the page to which a rule belongs; None: of no page."""
    here = _below_round(rule)
    homes = [path for place in places() for path in _paths(place) if f"{here}/".startswith(f"{path}/")]
    return max(homes, key=len, default=None)


def places() -> tuple[Place, ...]:
    """Return every page of the rail, as it is declared."""
    return _places([*(page for stage in STAGES for page in stage.pages), *REST])


def _places(pages: Iterable[Place | Group]) -> tuple[Place, ...]:
    return tuple(place for page in pages for place in (page.places if isinstance(page, Group) else (page,)))


def _paths(place: Place) -> tuple[str, ...]:
    """Return the addresses, after that of the round, below which pages belong to a place of the desk."""
    if not place.endpoint.startswith("secretariat."):
        return ()
    own = next(current_app.url_map.iter_rules(place.endpoint)).rule
    return (_below_round(own), *(f"/{each}" for each in place.also))


def _below_round(rule: str) -> str:
    return rule.partition("<key>")[2]


# -- what holds of a round


def is_over(line: RoundLine) -> bool:
    """Return whether the session has ended."""
    return line.session_ends is not None and now() >= line.session_ends


def past_deadline(line: RoundLine) -> bool:
    """Return whether voting is open and its deadline has passed."""
    return line.state == "open" and now() >= line.closes_at


def days_until(moment: datetime, zone: str) -> int:
    """Return how many midnights of `zone` lie between now and a moment; negative once it is past."""
    there = ZoneInfo(zone)
    return (moment.astimezone(there).date() - now().astimezone(there).date()).days


def days_left(line: RoundLine) -> str:
    """Return how long an open round still takes votes, in few words."""
    if past_deadline(line):
        return _("time is up")
    days = days_until(line.closes_at, line.zone)
    said: str = ngettext("%(num)s day", "%(num)s days", days) if days else _("until today")
    return said


def _opened(line: RoundLine) -> bool:
    return line.opened_at is not None


def _drafted(line: RoundLine) -> bool:
    return line.state == "draft"


def _voting(line: RoundLine) -> bool:
    return line.state == "open"


def _closed(line: RoundLine) -> bool:
    return line.state in {"closed", "published"}


def _has_result(line: RoundLine) -> bool:
    return _closed(line) and (line.counted or line.step == "count")


def _reopenable(line: RoundLine) -> bool:
    """Return whether a round can be opened again, as far as its line tells: closed, its result never read."""
    return line.state == "closed" and line.result_seen_at is None and not line.panel_chosen


def _has_panel(line: RoundLine) -> bool:
    """Return whether the round chooses a panel, or may still."""
    return (
        _drafted(line)
        or bool(line.nominees or line.panel_chosen or line.guests or line.proposals)
        or (_voting(line) and line.proposes_people)
    )


def _publishes_panel(line: RoundLine) -> bool:
    """Return whether a panel waits to be published, or the page is shown where it was."""
    waits = not line.panel_public or request.endpoint == "secretariat.panel_publish"
    return line.state == "published" and line.panel_chosen and waits


def _invites(line: RoundLine) -> bool:
    """Return whether there is a panel to invite."""
    return _chooses_panel(line) and (line.panel_chosen or line.guests > 0)


def _has_session(line: RoundLine) -> bool:
    return line.session_starts is not None and line.state != "cancelled"


def _day(value: datetime | None, line: RoundLine) -> str:
    return short_day(value, line.zone) if value is not None else ""


# -- how far each stage is


def _preparing(line: RoundLine) -> Standing:
    return "now" if _drafted(line) else "done"


def _proposing(line: RoundLine) -> Standing:
    waits = _to_decide(line) > 0 and line.state not in {"published", "cancelled"}
    if line.proposing == "open" or waits:
        return "now"
    if line.proposing == "over" or (line.proposing and line.state == "cancelled"):
        return "done"
    return "open" if _may_propose(line) else "absent"


def _may_propose(line: RoundLine) -> bool:
    """Return whether members can be let to propose: before the vote or during it."""
    return _drafted(line) or (_voting(line) and not past_deadline(line))


def _to_decide(line: RoundLine) -> int:
    """Return how many proposals of members wait for the secretariat."""
    return line.theme_waiting + line.proposals


def _votes(line: RoundLine) -> Standing:
    if line.state == "cancelled":
        return "done" if _opened(line) else "absent"
    if _drafted(line):
        return "open"
    return "now" if _voting(line) else "done"


def _result(line: RoundLine) -> Standing:
    if line.state == "cancelled":
        return "absent"
    if line.state == "published":
        return "done"
    return "now" if _closed(line) else "locked"


def _chooses_panel(line: RoundLine) -> bool:
    """Return whether the panel of the round can be chosen, or was."""
    return line.counted and line.state != "cancelled" and _has_panel(line)


def _panel(line: RoundLine) -> Standing:
    if line.state == "cancelled" or not _has_panel(line):
        return "absent"
    if not line.counted:
        return "locked"
    return "done" if line.panel_public and not line.panel_void else "now"


def _inviting(line: RoundLine) -> Standing:
    if line.state == "cancelled" or not _has_panel(line):
        return "absent"
    if is_over(line):
        return "done" if line.guests or line.panel_chosen else "absent"
    if not line.guests and not line.panel_chosen:
        return "locked"
    if line.state != "published":
        return "open"
    return (
        "done" if line.accepted and not line.unanswered and line.step not in {"invite", "replace"} else "now"
    )


def _panel_and_guests(line: RoundLine) -> Standing:
    return _inviting(line) if _panel(line) == "done" else _panel(line)


def _session(line: RoundLine) -> Standing:
    if line.state == "cancelled":
        return "absent"
    if is_over(line):
        return "done"
    return "now" if line.state == "published" else "open"


def _follow_up(line: RoundLine) -> Standing:
    if line.state == "cancelled":
        return "absent"
    if line.factsheet_public:
        return "now" if line.followed or line.overdue else "done"
    if is_over(line) and line.state == "published":
        return "now"
    return "open" if _has_session(line) else "locked"


def _session_and_after(line: RoundLine) -> Standing:
    return _follow_up(line) if _session(line) == "done" else _session(line)


# -- the one fact beside each


def _told_proposals(line: RoundLine) -> str:
    if line.proposing == "open":
        return _("until %(day)s", day=_day(line.proposing_closes_at, line))
    return {"open": _("optional"), "absent": _("there were none")}.get(_proposing(line), "")


def _waiting(count: int) -> str:
    said: str = ngettext("%(num)s waits", "%(num)s wait", count) if count else ""
    return said


def _told_votes(line: RoundLine) -> str:
    if _drafted(line):
        return _day(line.opens_at, line)
    return days_left(line) if _voting(line) else _day(line.closed_at, line)


def _turnout(line: RoundLine) -> str:
    return _("%(some)s of %(all)s", some=line.ballots, all=line.seats)


def _told_result(line: RoundLine) -> str:
    if line.state == "published":
        return _day(line.published_at, line)
    if not _closed(line):
        return _("at the closing") if line.state != "cancelled" else ""
    return _("not published") if line.counted else _("not counted")


def _told_reading(line: RoundLine) -> str:
    unread = line.state == "closed" and line.counted and not line.result_seen_at
    return _("not read yet") if unread else ""


def _told_panel(line: RoundLine) -> str:
    standing = _panel(line)
    if standing == "now":
        return _("not published") if line.panel_chosen else _("to be chosen")
    return {"locked": _("after the count"), "absent": _("none")}.get(standing, "")


def _told_invitations(line: RoundLine) -> str:
    standing = _inviting(line)
    if line.guests and standing != "absent":
        return _("%(some)s of %(all)s", some=line.accepted, all=line.guests)
    return {"locked": _("with a panel"), "absent": _("none"), "done": _("none")}.get(standing, "")


def _told_session(line: RoundLine) -> str:
    if line.state == "cancelled":
        return ""
    if line.session_starts is not None:
        return _day(line.session_starts, line)
    return _("cancelled") if line.session_cancelled else _("no date yet")


def _told_panel_and_guests(line: RoundLine) -> str:
    return _told_invitations(line) if _panel(line) == "done" else _told_panel(line)


def _told_session_and_after(line: RoundLine) -> str:
    if line.factsheet_public and line.followed:
        return _("%(num)s followed", num=line.followed)
    return _told_session(line)


# -- the pages of a round

STAGES: tuple[Stage, ...] = (
    Stage(
        _l("Prepare"),
        _preparing,
        lambda line: _day(line.opened_at, line),
        (
            Place("secretariat.edit_round", _l("Question, voters, rules"), also=("delete",), when=_drafted),
            Group(
                _l("Themes and questions"),
                (
                    Place(
                        "secretariat.themes",
                        _l("Themes"),
                        also=("new-theme", "proposed-themes"),
                        fact=lambda line: str(line.themes),
                    ),
                    Place(
                        "secretariat.questions",
                        _l("Questions"),
                        also=("new-question", "questions-preview"),
                        when=lambda line: _drafted(line) or line.questions > 0,
                        fact=lambda line: str(line.questions) if line.questions else _("optional"),
                    ),
                ),
            ),
            Place(
                "secretariat.nominees",
                _l("Nominees"),
                also=("new-nominee", "copy-nominees", "nominees-file"),
                fact=lambda line: str(line.nominees),
            ),
        ),
    ),
    Stage(
        _l("Propose"),
        _proposing,
        _told_proposals,
        (
            Place(
                "secretariat.proposing",
                _l("Proposals"),
                also=("theme-review", "nominations"),
                when=lambda line: bool(line.proposing or _to_decide(line)) or _may_propose(line),
                fact=lambda line: _waiting(_to_decide(line)),
                warns=lambda line: line.proposing != "open" and _to_decide(line) > 0,
            ),
            Place(
                "secretariat.theme_choice",
                _l("Themes: ballot"),
                also=("theme-review/take-back",),
                when=lambda line: _drafted(line) and line.asks_themes and line.proposing == "over",
            ),
        ),
    ),
    Stage(
        lazy_pgettext("stage", "Vote"),
        _votes,
        _told_votes,
        (
            Place(
                "secretariat.opening", _l("Review and open"), also=("preview", "roll-changes"), when=_drafted
            ),
            Place(
                "secretariat.participation",
                _l("Participation"),
                also=("calls", "seats", "paper"),
                when=_opened,
                fact=_turnout,
            ),
            Group(
                _l("Roll and deadline"),
                (
                    Place(
                        "secretariat.access", _l("Changes of the roll"), also=("registrations",), when=_opened
                    ),
                    Place(
                        "secretariat.deadline",
                        _l("Extend the deadline"),
                        when=lambda line: _voting(line) and not past_deadline(line),
                    ),
                    Place("secretariat.closing", _l("Close voting"), when=_voting),
                ),
            ),
        ),
    ),
    Stage(
        _l("Result"),
        _result,
        _told_result,
        (
            Group(
                _l("Read"),
                (
                    Place(
                        "secretariat.result",
                        _l("Result"),
                        also=("recount",),
                        when=_has_result,
                        fact=_told_reading,
                    ),
                    Place(
                        "secretariat.public_value",
                        _l("Public value"),
                        when=lambda line: line.step == "draw",
                        fact=lambda _line: _("missing"),
                        warns=_always,
                    ),
                    Place(
                        "secretariat.question_results",
                        _l("Answers"),
                        when=lambda line: _closed(line) and line.counted and line.questions > 0,
                    ),
                    Place(
                        "secretariat.synthesis_desk",
                        _l("Reasons and synthesis"),
                        when=lambda line: line.state == "published",
                    ),
                ),
            ),
            Place("secretariat.reopening", _l("Closed by mistake"), when=_reopenable),
            Place(
                "secretariat.objections",
                _l("Objections"),
                when=lambda line: bool(line.objections_until or line.objections),
                fact=lambda line: _waiting(line.undecided),
                warns=lambda line: line.undecided > 0,
            ),
            Group(
                _l("Publish"),
                (
                    Place(
                        "secretariat.publish",
                        _l("Publish the result"),
                        when=lambda line: line.state == "closed" and line.counted,
                    ),
                    Place("secretariat.panel_publish", _l("Publish the panel"), when=_publishes_panel),
                ),
            ),
        ),
    ),
    Stage(
        _l("Panel"),
        _panel_and_guests,
        _told_panel_and_guests,
        (
            Group(
                _l("Panel"),
                (
                    Place("secretariat.panel", _l("People"), when=_chooses_panel),
                    Place("secretariat.panel_candidates", _l("Compare nominees"), when=_chooses_panel),
                ),
            ),
            Group(
                _l("Invite"),
                (
                    Place("secretariat.invitations", _l("Invitations"), when=_invites),
                    Place("secretariat.guest_lists", _l("Lists of the panel"), when=_invites),
                ),
            ),
        ),
    ),
    Stage(
        _l("Session"),
        _session_and_after,
        _told_session_and_after,
        (
            Group(
                _l("Session and attendance"),
                (
                    Place("secretariat.dialogue", _l("Session"), when=lambda line: line.state != "cancelled"),
                    Place(
                        "secretariat.attendance",
                        _l("Who took part"),
                        when=lambda line: line.state != "cancelled",
                    ),
                ),
            ),
            Group(
                _l("Outcome"),
                (
                    Place("secretariat.factsheet", _l("Factsheet"), when=_has_session),
                    Place(
                        "secretariat.minutes",
                        _l("Minutes"),
                        when=_has_session,
                        fact=lambda line: str(line.overdue) if line.overdue else "",
                        warns=lambda line: line.overdue > 0,
                    ),
                    Place("secretariat.recommendations", _l("Recommendations"), when=_has_session),
                ),
            ),
            Place("secretariat.evaluation", _l("Evaluation"), when=_has_session),
            Place("secretariat.follow_up_calls", _l("Follow-up"), when=lambda line: line.followed > 0),
        ),
    ),
)

REST: tuple[Place, ...] = (
    Place(
        "secretariat.mail",
        _l("Mail"),
        fact=lambda line: _("%(num)s not delivered", num=line.undelivered) if line.undelivered else "",
        warns=_always,
    ),
    Place("secretariat.round_file", _l("File: rules, texts, fingerprints"), also=("cancel", "preview")),
    Place("secretariat.scrutineers", _l("Scrutineers"), when=lambda line: _drafted(line) or _opened(line)),
    Place(
        "secretariat.links",
        _l("Personal links"),
        when=lambda line: _voting(line) and house().settings.link_files,
    ),
    Place("secretariat.round_data", _l("Open data"), when=lambda line: line.state == "published"),
    Place("secretariat.round_log", _l("Log")),
    Place(
        "public.round_page",
        _l("As the public sees it"),
        when=lambda line: _opened(line) and line.state != "cancelled",
    ),
)
"""The pages that belong to no stage, folded under *More*."""
