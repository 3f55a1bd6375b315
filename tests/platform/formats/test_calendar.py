"""Entries for calendars, read again by the library that writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import icalendar

from consulta.platform.formats import calendar

EVENT = calendar.Event(
    uid="a1b2@consulta",
    sequence=3,
    cancelled=False,
    starts_at=datetime(2027, 5, 20, 15, 0, tzinfo=UTC),
    ends_at=datetime(2027, 5, 20, 17, 30, tzinfo=UTC),
    title="Conversatorio: trabajo; niñez, y «voz»",
    place="Ciudad de Panamá\\sala 3",
    description="10:00 Apertura\r\n10:15 Panel\n\nSala: https://example.org/?a=1,2",
    url="https://example.org/?a=1",
    language="es",
)
STAMP = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)


def read(event: calendar.Event) -> tuple[Any, Any]:
    """The calendar and its one event."""
    whole = icalendar.Calendar.from_ical(calendar.as_ics(event, "voto@example.org", STAMP))
    (entry,) = whole.walk("VEVENT")
    return whole, entry


def test_what_was_meant_is_read_again() -> None:
    whole, entry = read(EVENT)
    assert (whole["METHOD"], whole["VERSION"]) == ("PUBLISH", "2.0")
    assert (str(entry["UID"]), int(entry["SEQUENCE"]), str(entry["STATUS"])) == (
        "a1b2@consulta",
        3,
        "CONFIRMED",
    )
    assert (entry.decoded("DTSTART"), entry.decoded("DTEND")) == (EVENT.starts_at, EVENT.ends_at)
    assert entry.decoded("DTSTAMP") == STAMP
    assert str(entry["SUMMARY"]) == EVENT.title
    assert entry["SUMMARY"].params["LANGUAGE"] == "es"
    assert str(entry["LOCATION"]) == EVENT.place
    assert str(entry["DESCRIPTION"]) == EVENT.description.replace("\r\n", "\n")
    assert str(entry["URL"]) == EVENT.url
    assert str(entry["ORGANIZER"]) == "mailto:voto@example.org"
    assert "ATTENDEE" not in entry, "it carries no list of people"
    forged = read(replace(EVENT, title="Uno\rATTENDEE:mailto:x@example.org\nSTATUS:CANCELLED"))[1]
    assert (str(forged["STATUS"]), "ATTENDEE" in forged) == ("CONFIRMED", False), "a title is one text"
    content = calendar.as_ics(replace(EVENT, title="a\rATTENDEE:b"), "voto@example.org", STAMP)
    assert b"\rA" not in content


def test_a_cancelled_session_takes_its_entry_out() -> None:
    whole, entry = read(replace(EVENT, cancelled=True, sequence=4))
    assert (whole["METHOD"], str(entry["STATUS"]), int(entry["SEQUENCE"])) == ("CANCEL", "CANCELLED", 4)
    assert str(entry["UID"]) == EVENT.uid
