"""A moment in words, for pages and mails: its date, its hour of the day, where that holds, how far from UTC.

It decides how an hour is written so that nobody can take it for another: never without the place where it
holds, never with a month as a figure. It knows no catalogue, since mails are written without one: its words
are the patterns below.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Lang = Literal["es", "en"]
UNIVERSAL = "UTC"
_PATTERN = {"es": "d 'de' MMMM 'de' y, HH:mm", "en": "d MMMM y, HH:mm"}
_DAY = {"es": "d 'de' MMMM 'de' y", "en": "d MMMM y"}
_BRIEF = {"es": "d 'de' MMMM, HH:mm", "en": "d MMMM, HH:mm"}
_DAY_BRIEF = {"es": "d 'de' MMMM", "en": "d MMMM"}
_THERE = {"es": "{moment} (hora de {places}, UTC{offset})", "en": "{moment} ({places} time, UTC{offset})"}
_ANYWHERE = "{moment} (UTC{offset})"
_AND = {"es": " y de ", "en": " and "}
_LOCALE = {"es": "es_419", "en": "en"}
# CLDR's own name would be taken for a city elsewhere in the region.
_NAMES = {("es", "America/St_Kitts"): "Saint Kitts"}


def moment(value: datetime, zone: str, lang: Lang) -> str:
    """One moment as the clocks of `zone` show it."""
    return _said(value, [zone], lang)


def brief(value: datetime, zone: str, lang: Lang) -> str:
    """The same for a line with little room, such as a mail's subject: day, hour and city."""
    said = format_datetime(value.astimezone(ZoneInfo(zone)), _BRIEF[lang], locale=lang)
    return f"{said} ({city(zone, lang)})"


def calendar_day(text: str, lang: Lang) -> str:
    """A day of the calendar, given as `2027-03-05`, that belongs to no clock."""
    return format_date(date.fromisoformat(text), _DAY[lang], locale=lang)


def long_day(value: datetime, zone: str, lang: Lang) -> str:
    """The day with its year, by the clocks of `zone`, as it stands above a letter."""
    return str(format_datetime(value.astimezone(ZoneInfo(zone)), _DAY[lang], locale=lang))


def day(value: datetime, zone: str, lang: Lang) -> str:
    """The day alone, by the clocks of `zone`: for a line with even less room."""
    return str(format_datetime(value.astimezone(ZoneInfo(zone)), _DAY_BRIEF[lang], locale=lang))


def everywhere(value: datetime, zones: Iterable[str], lang: Lang) -> tuple[str, ...]:
    """One moment on the clocks of `zones`, and in universal time; places with one hour share a line."""
    lines: dict[str, list[str]] = {}
    for zone in (*zones, UNIVERSAL):
        offset = "" if zone == UNIVERSAL else _offset(value.astimezone(ZoneInfo(zone)))
        line = lines.setdefault(offset, [])
        if zone not in line:
            line.append(zone)
    return tuple(_said(value, line, lang) for line in lines.values())


def by_hour(
    value: datetime, zones: Iterable[tuple[str, str]], lang: Lang
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """One moment as each hour that clocks show then, from west to east, and whose clocks these are.

    `zones`: pairs of a zone and what is named under its hour.
    """
    hours: dict[int, tuple[datetime, list[str]]] = {}
    for zone, name in zones:
        there = value.astimezone(ZoneInfo(zone))
        hours.setdefault(_minutes(there), (there, []))[1].append(name)
    return tuple(
        (_ANYWHERE.format(moment=_dated(there, lang), offset=_offset(there)), tuple(names))
        for _, (there, names) in sorted(hours.items())
    )


def city(zone: str, lang: Lang) -> str:
    """The city by which people know a zone; the zones' own names ("Eastern") are of the north."""
    if named := _NAMES.get((lang, zone)):
        return named
    return get_timezone_location(zone, locale=_LOCALE[lang], return_city=True).rpartition("/")[2]


def _said(value: datetime, zones: list[str], lang: Lang) -> str:
    """`zones` have the same hour at that moment."""
    there = value.astimezone(ZoneInfo(zones[0]))
    said = _dated(there, lang)
    if zones == [UNIVERSAL]:
        return f"{said} UTC"
    places = _AND[lang].join(city(zone, lang) for zone in zones)
    return _THERE[lang].format(moment=said, places=places, offset=_offset(there))


def _dated(there: datetime, lang: Lang) -> str:
    return str(format_datetime(there, _PATTERN[lang], locale=lang))


def _minutes(there: datetime) -> int:
    return int((there.utcoffset() or timedelta()).total_seconds() // 60)


def _offset(there: datetime) -> str:
    minutes = _minutes(there)
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours}" + (f":{rest:02d}" if rest else "")
