"""The calendar over all rounds, and the four weeks of it that the page of a round shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import render_template, url_for

from consulta.desk import overview
from consulta.desk.overview import Event
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.language import calendar_day, local, weekdays
from consulta.platform.web.request import now, read
from consulta.rounds.pages import stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.platform.work import Work

WEEK = timedelta(days=7)
WEEKS = 8  # on the page of all rounds
PAST = 25  # events of the past that the page shows
# How a day looks, by the kinds of its events; the first that a day has counts.
LOOKS = {"closes": "close", "planned": "may", "opens": "may", "after": "may"}


@dataclass(frozen=True, slots=True)
class Line:
    """An event in words, and where it leads; `key`: it is the one not to be missed."""

    event: Event
    said: str
    url: str
    past: bool
    key: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid, with how it looks and what happens on it."""

    day: date
    looks: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Weeks from Monday to Sunday; the names of the days as headings."""

    weekdays: tuple[str, ...]
    weeks: tuple[tuple[Day, ...], ...]
    first: str
    last: str

    @property
    def any(self) -> bool:
        """Return whether anything happens on these days."""
        return any(day.said for week in self.weeks for day in week)


@blueprint.get("/calendar", may="rounds.read")
def calendar() -> str:
    """Show what happened and what is to come in all rounds."""
    found = read(everything)
    past = [line for line in found if line.past]
    return render_template(
        "lifecycle/calendar.html",
        grid=grid(found, WEEKS, DEFAULT_ZONE),
        coming=[line for line in found if not line.past],
        past=past[-PAST:][::-1],
        example=any(line.event.round.example for line in found),
    )


def everything(work: Work) -> list[Line]:
    """Return what happened and what is to come in all rounds, in words and in its order."""
    events = overview.agenda(work)
    by_key = {event.round.key: event.round for event in events}
    after = [
        Line(Event(day.at, "after", by_key[day.round_key]), day.said, day.url, day.at <= now(), key=False)
        for day in stages.all_days(work)
        if day.round_key in by_key
    ]
    return sorted([*_lines(events), *after], key=lambda line: line.event.at)


def _lines(events: Iterable[Event]) -> list[Line]:
    return [
        Line(
            event,
            _said(event),
            url_for(f"secretariat.{_PAGES.get(event.kind, 'round_page')}", key=event.round.key),
            event.at <= now(),
            event.kind in {"closes", "session"} and event.at > now(),
        )
        for event in events
    ]


def grid(found: Iterable[Line], weeks: int, zone: str) -> Grid:
    """Return so many weeks of these events, from the week before this one on, by the clocks of `zone`."""
    there = ZoneInfo(zone)
    today = now().astimezone(there).date()
    first = today - timedelta(days=today.weekday()) - WEEK
    by_day: dict[date, list[Line]] = {}
    for line in found:
        by_day.setdefault(line.event.at.astimezone(there).date(), []).append(line)
    days = [_day(first + timedelta(days=n), by_day, today) for n in range(7 * weeks)]
    return Grid(
        weekdays(),
        tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7)),
        calendar_day(str(days[0].day)),
        calendar_day(str(days[-1].day)),
    )


def _day(day: date, by_day: dict[date, list[Line]], today: date) -> Day:
    there = by_day.get(day, [])
    looks = ["past"] if day < today else ["today"] if day == today else []
    if there:
        kinds = {line.event.kind for line in there}
        looks.append(next((look for kind, look in LOOKS.items() if kind in kinds), "did"))
    said = tuple(f"{local(line.event.round.title)}: {line.said}" for line in there)
    return Day(day, " ".join(looks), said)


_PAGES = {
    "opens": "opening_plan",
    "proposing_opens": "proposing",
    "proposing_ends": "proposing",
    "planned": "reminders",
    "reminded": "reminders",
    "objections": "objections",
    "published": "result",
    "session": "dialogue",
}


def _said(event: Event) -> str:
    """Return what happens, as a sentence without its moment and its round."""
    said = {
        "opens": _("Voting opens by itself"),
        "opened": _("Voting opened"),
        "proposing_opens": _("Members' proposals open by themselves"),
        "proposing_ends": _("Members' proposals end"),
        "planned": _("A reminder goes out"),
        "reminded": ngettext("%(num)s reminder was sent", "%(num)s reminders were sent", event.count),
        "closes": _("Voting ends"),
        "closed": _("Voting closed"),
        "objections": _("The time to object ends"),
        "published": _("The result was published"),
        "session": _("Session"),
    }
    return str(said[event.kind])
