"""A session as an entry for calendars (RFC 5545, sent by the rules of RFC 5546).

Hours are written in UTC, which every calendar shows by the clocks of its reader, so that no table of
zones is needed. The file lists no attendees: it is published, not negotiated, and a person who passes it
on passes on no list of people. The module does not know who gets it, or where the hours come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

OCTETS = 75  # of a line, its break not counted
_ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n"))


@dataclass(frozen=True, slots=True)
class Event:
    """One session: `uid` never changes, `sequence` rises with every change that calendars must notice."""

    uid: str
    sequence: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    description: str
    url: str
    language: str


def method(event: Event) -> str:
    """Return the method for the calendar: `PUBLISH` enters the event, `CANCEL` removes it."""
    return "CANCEL" if event.cancelled else "PUBLISH"


def as_ics(event: Event, organizer: str, stamp: datetime) -> bytes:
    """Return the bytes of the file; `organizer` is the address of the party that calls the session."""
    said = f";LANGUAGE={event.language}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//consulta//consulta//{event.language.upper()}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method(event)}",
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(event.starts_at)}",
        f"DTEND:{_utc(event.ends_at)}",
        f"ORGANIZER:mailto:{organizer}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
        f"SUMMARY{said}:{_text(event.title)}",
    ]
    if event.place:
        lines.append(f"LOCATION{said}:{_text(event.place)}")
    if event.description:
        lines.append(f"DESCRIPTION{said}:{_text(event.description)}")
    if event.url:
        lines.append(f"URL:{event.url}")
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Return a text with special signs escaped and all line breaks in one form."""
    said = value.replace("\r\n", "\n").replace("\r", "\n")
    for sign, escaped in _ESCAPES:
        said = said.replace(sign, escaped)
    return said


def _folded(line: str) -> bytes:
    """Return a line with its end, in parts of at most 75 octets, none of which splits a letter."""
    parts: list[bytes] = []
    part = b""
    for letter in line:
        octets = letter.encode()
        if len(part) + len(octets) > OCTETS:
            parts.append(part)
            part = b" "
        part += octets
    parts.append(part)
    return b"\r\n".join(parts) + b"\r\n"
