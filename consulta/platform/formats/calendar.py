"""A session as an entry for calendars (RFC 5545, sent by the rules of RFC 5546).

Hours are written in UTC, which every calendar shows by the clocks of its reader, so that no table of
zones is needed. The file lists no attendees: it is published, not negotiated, and a person who passes it
on passes on no list of people. The module does not know who gets it, or where the hours come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

import icalendar

if TYPE_CHECKING:
    from datetime import datetime


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
    entry = icalendar.Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    for name, moment in (("dtstamp", stamp), ("dtstart", event.starts_at), ("dtend", event.ends_at)):
        entry.add(name, moment.astimezone(UTC).replace(microsecond=0))
    entry.add("organizer", f"mailto:{organizer}")
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    words = {"summary": event.title, "location": event.place, "description": event.description}
    for name, text in words.items():
        if text:
            entry.add(name, "\n".join(text.splitlines()), parameters={"language": event.language})
    if event.url:
        entry.add("url", event.url)
    whole = icalendar.Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", f"-//consulta//consulta//{event.language.upper()}")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method(event))
    whole.add_component(entry)
    content: bytes = whole.to_ical()
    return content
