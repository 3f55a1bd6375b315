"""A moment in words, for pages and mails: date, hour, the place where it holds, offset from UTC.

The module decides how an hour is written so that it cannot be mistaken: never without the place where it
holds, never with a month as a number. It uses no catalogue of translations, since mails are written
without one: its words and patterns are those of the list of languages.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location

from consulta.platform.data import tongues

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

UNIVERSAL = "UTC"
_DAY = "d MMM"
_ANYWHERE = "{moment} (UTC{offset})"


def moment(value: datetime, zone: str, lang: str) -> str:
    """Return one moment in words, as the clocks of `zone` show it."""
    return _said(value, (zone,), lang)


def brief(value: datetime, zone: str, lang: str) -> str:
    """Return day, hour and city, for a line with little room, such as the subject of a mail."""
    said = format_datetime(
        value.astimezone(ZoneInfo(zone)), tongues.of(lang).brief, locale=tongues.of(lang).language
    )
    return f"{said} ({city(zone, lang)})"


def hour(value: datetime, zone: str, lang: str) -> str:
    """Return the hour and the city, for who is about to call there."""
    return f"{_hour(value, zone, lang)} ({city(zone, lang)})"


def calendar_day(text: str, lang: str) -> str:
    """Return a calendar day in words; it is given as `2027-03-05` and belongs to no time zone."""
    return format_date(date.fromisoformat(text), tongues.of(lang).day, locale=tongues.of(lang).language)


def long_day(value: datetime, zone: str, lang: str) -> str:
    """Return the day with its year, by the clocks of `zone`, as it stands above a letter."""
    return str(
        format_datetime(
            value.astimezone(ZoneInfo(zone)), tongues.of(lang).day, locale=tongues.of(lang).language
        )
    )


def day(value: datetime, zone: str, lang: str) -> str:
    """Return the day alone, by the clocks of `zone`, for a line with very little room."""
    return str(
        format_datetime(
            value.astimezone(ZoneInfo(zone)), tongues.of(lang).day_brief, locale=tongues.of(lang).language
        )
    )


def short_day(value: datetime, zone: str, lang: str, *, of_year: int) -> str:
    """Return the day with its month in short, by the clocks of `zone`; its year where it is not `of_year`."""
    there = value.astimezone(ZoneInfo(zone))
    pattern = _DAY if there.year == of_year else f"{_DAY} y"
    return str(format_datetime(there, pattern, locale=tongues.of(lang).language)).replace(".", "")


def short(value: datetime, zone: str, lang: str, *, of_year: int) -> str:
    """Return day and hour by the clocks of `zone`, for a row of a page that says the zone once."""
    return f"{short_day(value, zone, lang, of_year=of_year)}, {_hour(value, zone, lang)}"


def everywhere(value: datetime, zones: Iterable[str], lang: str) -> tuple[str, ...]:
    """Return one moment on the clocks of `zones` and in UTC; places with the same hour share a line."""
    lines: dict[str, list[str]] = {}
    for zone in (*zones, UNIVERSAL):
        offset = "" if zone == UNIVERSAL else _offset(value.astimezone(ZoneInfo(zone)))
        line = lines.setdefault(offset, [])
        if zone not in line:
            line.append(zone)
    return tuple(_said(value, tuple(line), lang) for line in lines.values())


def on_clocks(value: datetime, zone: str, lang: str) -> str:
    """Return one moment on the clocks of a reader's zone and in UTC, a line each."""
    return "\n".join(everywhere(value, (zone,), lang))


def by_hour(
    value: datetime, zones: Iterable[tuple[str, str]], lang: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return one moment as each hour that clocks show then, from west to east, with its places.

    `zones` holds pairs of a zone and the name to list under its hour.
    """
    hours: dict[int, tuple[datetime, list[str]]] = {}
    for zone, name in zones:
        there = value.astimezone(ZoneInfo(zone))
        hours.setdefault(_minutes(there), (there, []))[1].append(name)
    return tuple(
        (_ANYWHERE.format(moment=_dated(there, lang), offset=_offset(there)), tuple(names))
        for _, (there, names) in sorted(hours.items())
    )


def city(zone: str, lang: str) -> str:
    """Return the city by which people know a zone.

    The official names of zones ("Eastern") are those of the north.
    """
    tongue = tongues.of(lang)
    if named := tongue.cities.get(zone):
        return named
    return get_timezone_location(zone, locale=tongue.locale, return_city=True).rpartition("/")[2]


@lru_cache(maxsize=1024)
def _said(value: datetime, zones: tuple[str, ...], lang: str) -> str:
    """Return the moment in words for `zones`, which have the same hour at that moment."""
    there = value.astimezone(ZoneInfo(zones[0]))
    said = _dated(there, lang)
    if zones == (UNIVERSAL,):
        return f"{said} UTC"
    tongue = tongues.of(lang)
    places = tongue.between.join(city(zone, lang) for zone in zones)
    return tongue.there.format(moment=said, places=places, offset=_offset(there))


def _hour(value: datetime, zone: str, lang: str) -> str:
    there = value.astimezone(ZoneInfo(zone))
    return str(format_datetime(there, tongues.of(lang).hour, locale=tongues.of(lang).language))


def _dated(there: datetime, lang: str) -> str:
    return str(format_datetime(there, tongues.of(lang).moment, locale=tongues.of(lang).language))


def _minutes(there: datetime) -> int:
    return int((there.utcoffset() or timedelta()).total_seconds() // 60)


def _offset(there: datetime) -> str:
    minutes = _minutes(there)
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours}" + (f":{rest:02d}" if rest else "")
