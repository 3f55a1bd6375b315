"""Entries for calendars, read by a library that is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import icalendar

from consulta.platform.formats import calendar
from tests.cases import for_each

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


def test_another_library_reads_what_was_meant() -> None:
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


def test_a_cancelled_session_takes_its_entry_out() -> None:
    whole, entry = read(replace(EVENT, cancelled=True, sequence=4))
    assert (whole["METHOD"], str(entry["STATUS"]), int(entry["SEQUENCE"])) == ("CANCEL", "CANCELLED", 4)
    assert str(entry["UID"]) == EVENT.uid


@for_each("title", ["ñ" * 200, "a" * 61 + "€€€€", "日本語" * 40, "x" * 66 + "\\;,\n" * 9])
def test_long_lines_are_folded_between_letters(title: str) -> None:
    content = calendar.as_ics(replace(EVENT, title=title), "voto@example.org", STAMP)
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in lines:
        line.decode()  # no letter is broken
    assert str(read(replace(EVENT, title=title))[1]["SUMMARY"]) == title
