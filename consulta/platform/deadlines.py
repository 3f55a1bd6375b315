"""End of voting: an hour promised in a time zone of the region, and that hour in other zones.

This module decides which hours are possible and which are worth a warning. The promise
(`2027-03-05T17:00` in `America/Panama`) is kept beside the moment, since rules of summer time change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.core.problems import Problem
from consulta.platform.data import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable


DEFAULT_ZONE = "America/Panama"
LOCAL_FORM = "%Y-%m-%dT%H:%M"
# From 16:00 to 23:00 UTC it is day, and the same day, from Mexico to Brazil.
GOOD_HOURS = (16, 23)
_PROPOSED_HOUR = 17
_PROPOSED_DAYS = 14
_REMIND_DAYS = (7, 3, 1)  # before the end of voting


def zones() -> tuple[str, ...]:
    """Return the names of the time zones of the region, sorted."""
    return tuple(sorted({country.zone for country in catalogue.countries()}))


def resolve(local: str, zone: str) -> datetime:
    """Return the moment, in UTC, of an hour in a zone; the earlier one if the clock shows it twice.

    Problems: `deadline.form`, `deadline.zone`, `deadline.gap` (clocks jump over that hour).
    """
    if zone not in zones():
        raise Problem("deadline.zone", zone=zone)
    try:
        naive = datetime.strptime(local, LOCAL_FORM)  # noqa: DTZ007 - the zone is added below
    except ValueError:
        raise Problem("deadline.form") from None
    moment = naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != naive:
        raise Problem("deadline.gap", zone=zone)
    return moment


def as_text(moment: datetime) -> str:
    """Return a moment as documents and the log have it: UTC, to the second, `2027-03-05T22:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def of_text(text: str) -> datetime:
    """Return the moment that a text written by `as_text` stands for."""
    return datetime.fromisoformat(text)


def local(moment: datetime, zone: str) -> str:
    """Return a moment as local time of a zone, in the form of a promise: `2027-03-05T17:00`."""
    return moment.astimezone(ZoneInfo(zone)).strftime(LOCAL_FORM)


def proposed(now: datetime) -> str:
    """Return the hour proposed for a new round: 17:00 in the default zone, two weeks from now."""
    day = now.astimezone(ZoneInfo(DEFAULT_ZONE)) + timedelta(days=_PROPOSED_DAYS)
    return day.replace(hour=_PROPOSED_HOUR, minute=0).strftime(LOCAL_FORM)


def reminders(
    closes_local: str, zone: str, now: datetime, taken: Iterable[str]
) -> tuple[tuple[int, str, datetime], ...]:
    """Return the usual hours for reminders that are still to come and not `taken`.

    They are 7, 3 and 1 days before the end of voting, at its hour in the zone: the days, the hour as a
    promise, and its moment. Hours that the clocks jump over are left out.
    """
    closes = datetime.strptime(closes_local, LOCAL_FORM)  # noqa: DTZ007 - an hour of its zone
    found, held = [], set(taken)
    for days in _REMIND_DAYS:
        hour = (closes - timedelta(days=days)).strftime(LOCAL_FORM)
        try:
            at = resolve(hour, zone)
        except Problem:
            continue
        if hour not in held and at > now:
            found.append((days, hour, at))
    return tuple(found)


def is_ambiguous(local: str, zone: str) -> bool:
    """Return whether the clocks of `zone` show this hour twice on that day.

    True also for an hour that the clocks jump over, which `resolve` refuses.
    """
    first = datetime.strptime(local, LOCAL_FORM).replace(tzinfo=ZoneInfo(zone))
    return first.utcoffset() != first.replace(fold=1).utcoffset()


def is_at_good_hour(closes_at: datetime) -> bool:
    """Return whether a moment lies from 16:00 to 23:00 UTC, which suits the whole region."""
    first, last = GOOD_HOURS
    at = closes_at.astimezone(UTC)
    return first <= at.hour < last or (at.hour == last and at.minute == 0)


def dates(closes_at: datetime, countries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the codes of the countries by the local date (ISO) that the moment has in them."""
    by_date: dict[str, list[str]] = {}
    for code in sorted(set(countries)):
        zone = ZoneInfo(catalogue.countries_by_code()[code].zone)
        by_date.setdefault(closes_at.astimezone(zone).date().isoformat(), []).append(code)
    return {date: tuple(codes) for date, codes in sorted(by_date.items())}
