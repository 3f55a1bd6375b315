"""Every State's hour in both languages, written out by hand, and the nights on which clocks change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue, tongues
from consulta.platform.formats import moments
from consulta.platform.paths import resource
from tests.cases import for_each

if TYPE_CHECKING:
    import pytest

# Code: city in Spanish, city in English, hours from UTC in January and in July.
STATES = {
    "AG": ("Antigua", "Antigua", -4, -4),
    "AR": ("Buenos Aires", "Buenos Aires", -3, -3),
    "BB": ("Barbados", "Barbados", -4, -4),
    "BO": ("La Paz", "La Paz", -4, -4),
    "BR": ("São Paulo", "Sao Paulo", -3, -3),
    "BS": ("Nasáu", "Nassau", -5, -4),
    "BZ": ("Belice", "Belize", -6, -6),
    "CL": ("Santiago", "Santiago", -3, -4),
    "CO": ("Bogotá", "Bogota", -5, -5),
    "CR": ("Costa Rica", "Costa Rica", -6, -6),
    "CU": ("La Habana", "Havana", -5, -4),
    "DM": ("Dominica", "Dominica", -4, -4),
    "DO": ("Santo Domingo", "Santo Domingo", -4, -4),
    "EC": ("Guayaquil", "Guayaquil", -5, -5),
    "GD": ("Granada", "Grenada", -4, -4),
    "GT": ("Guatemala", "Guatemala", -6, -6),
    "GY": ("Guyana", "Guyana", -4, -4),
    "HN": ("Tegucigalpa", "Tegucigalpa", -6, -6),
    "HT": ("Puerto Príncipe", "Port-au-Prince", -5, -4),
    "JM": ("Jamaica", "Jamaica", -5, -5),
    "KN": ("Saint Kitts", "St. Kitts", -4, -4),
    "LC": ("Santa Lucía", "St. Lucia", -4, -4),
    "MX": ("Ciudad de México", "Mexico City", -6, -6),
    "NI": ("Managua", "Managua", -6, -6),
    "PA": ("Panamá", "Panama", -5, -5),
    "PE": ("Lima", "Lima", -5, -5),
    "PY": ("Asunción", "Asunción", -3, -3),
    "SR": ("Paramaribo", "Paramaribo", -3, -3),
    "SV": ("El Salvador", "El Salvador", -6, -6),
    "TT": ("Puerto España", "Port of Spain", -4, -4),
    "UY": ("Montevideo", "Montevideo", -3, -3),
    "VC": ("San Vicente", "St. Vincent", -4, -4),
    "VE": ("Caracas", "Caracas", -4, -4),
}
HAITI = "America/Port-au-Prince"
# 23:59 of the 4th of December in Lima is the 5th for half the region: offset -> what its clocks show.
DECEMBER = datetime(2026, 12, 5, 4, 59, tzinfo=UTC)
IN_DECEMBER = {
    -6: ("4 de diciembre de 2026, 22:59", "4 December 2026, 22:59"),
    -5: ("4 de diciembre de 2026, 23:59", "4 December 2026, 23:59"),
    -4: ("5 de diciembre de 2026, 00:59", "5 December 2026, 00:59"),
    -3: ("5 de diciembre de 2026, 01:59", "5 December 2026, 01:59"),
}
JULY = datetime(2027, 7, 1, 4, 30, tzinfo=UTC)
IN_JULY = {
    -6: ("30 de junio de 2027, 22:30", "30 June 2027, 22:30"),
    -5: ("30 de junio de 2027, 23:30", "30 June 2027, 23:30"),
    -4: ("1 de julio de 2027, 00:30", "1 July 2027, 00:30"),
    -3: ("1 de julio de 2027, 01:30", "1 July 2027, 01:30"),
}


def minus(said: str) -> str:
    """With the sign that belongs before a figure, where a line of code has a hyphen."""
    return said.replace("UTC-", "UTC\N{MINUS SIGN}")


def test_every_state_is_in_the_table() -> None:
    assert set(STATES) == set(catalogue.countries_by_code())


@for_each("code", STATES)
def test_a_deadline_as_each_state_reads_it(code: str) -> None:
    zone = catalogue.countries_by_code()[code].zone
    es, en, january, july = STATES[code]
    for value, table, hours in ((DECEMBER, IN_DECEMBER, january), (JULY, IN_JULY, july)):
        said_es, said_en = table[hours]
        offset = f"UTC\N{MINUS SIGN}{-hours}"
        assert moments.moment(value, zone, "es") == f"{said_es} (hora de {es}, {offset})"
        assert moments.moment(value, zone, "en") == f"{said_en} ({en} time, {offset})"


@for_each("zone, before, then", [
        # Chile goes back on the first Sunday after 2 April, forward on the first after 2 September.
        ("America/Santiago", "2027-04-04T02:59", "3 de abril de 2027, 23:59 (hora de Santiago, UTC-3)"),
        ("America/Santiago", "2027-04-04T03:00", "3 de abril de 2027, 23:00 (hora de Santiago, UTC-4)"),
        ("America/Santiago", "2027-09-05T03:59", "4 de septiembre de 2027, 23:59 (hora de Santiago, UTC-4)"),
        ("America/Santiago", "2027-09-05T04:00", "5 de septiembre de 2027, 01:00 (hora de Santiago, UTC-3)"),
        # Paraguay changed clocks for the last time in October 2024.
        ("America/Asuncion", "2024-10-06T03:59", "5 de octubre de 2024, 23:59 (hora de Asunción, UTC-4)"),
        ("America/Asuncion", "2024-10-06T04:00", "6 de octubre de 2024, 01:00 (hora de Asunción, UTC-3)"),
        ("America/Asuncion", "2027-03-28T12:00", "28 de marzo de 2027, 09:00 (hora de Asunción, UTC-3)"),
        # Haiti and the Bahamas go with the eastern United States, Cuba an hour and two earlier.
        (HAITI, "2027-03-14T06:59", "14 de marzo de 2027, 01:59 (hora de Puerto Príncipe, UTC-5)"),
        (HAITI, "2027-03-14T07:00", "14 de marzo de 2027, 03:00 (hora de Puerto Príncipe, UTC-4)"),
        (HAITI, "2027-11-07T06:00", "7 de noviembre de 2027, 01:00 (hora de Puerto Príncipe, UTC-5)"),
        ("America/Nassau", "2027-03-14T07:00", "14 de marzo de 2027, 03:00 (hora de Nasáu, UTC-4)"),
        ("America/Nassau", "2027-11-07T05:59", "7 de noviembre de 2027, 01:59 (hora de Nasáu, UTC-4)"),
        ("America/Nassau", "2027-11-07T06:00", "7 de noviembre de 2027, 01:00 (hora de Nasáu, UTC-5)"),
        ("America/Havana", "2027-03-14T04:59", "13 de marzo de 2027, 23:59 (hora de La Habana, UTC-5)"),
        ("America/Havana", "2027-03-14T05:00", "14 de marzo de 2027, 01:00 (hora de La Habana, UTC-4)"),
        ("America/Havana", "2027-11-07T05:00", "7 de noviembre de 2027, 00:00 (hora de La Habana, UTC-5)"),
    ])  # fmt: skip
def test_an_hour_in_a_night_on_which_clocks_change(zone: str, before: str, then: str) -> None:
    assert moments.moment(datetime.fromisoformat(f"{before}+00:00"), zone, "es") == minus(then)


def test_a_deadline_is_said_where_one_is_where_the_secretariat_is_and_in_universal_time() -> None:
    said = moments.everywhere(DECEMBER, ("America/Caracas", "America/Panama"), "es")
    assert said == (
        minus("5 de diciembre de 2026, 00:59 (hora de Caracas, UTC-4)"),
        minus("4 de diciembre de 2026, 23:59 (hora de Panamá, UTC-5)"),
        "5 de diciembre de 2026, 04:59 UTC",
    )


def test_places_with_one_hour_share_a_line() -> None:
    zones = ("America/Lima", "America/Panama", "America/Lima")
    assert moments.everywhere(DECEMBER, zones, "es") == (
        minus("4 de diciembre de 2026, 23:59 (hora de Lima y de Panamá, UTC-5)"),
        "5 de diciembre de 2026, 04:59 UTC",
    )
    assert moments.everywhere(DECEMBER, zones, "en") == (
        minus("4 December 2026, 23:59 (Lima and Panama time, UTC-5)"),
        "5 December 2026, 04:59 UTC",
    )
    apart = moments.everywhere(JULY, ("America/Nassau", "America/Panama"), "en")
    assert len(apart) == 3, "one hour in winter, two in summer"


# -- nothing is formatted past this module

PRINTED = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
META = re.compile(r"<meta\b[^>]*>|data-until=\"[^\"]*\"")  # read by machines
SAID = re.compile(
    r"\w+_at\b(?!\s*or\b|\)?\s*\|\s*(moment|everywhere|long_day|short_day|day_and_hour|brief)\b)|\.at\b(?!\s*\|\s*(moment|everywhere|long_day|short_day|day_and_hour|brief)\b)"
)


def test_no_template_prints_a_moment_without_its_zone() -> None:
    found = [
        f"{path.name}: {printed.strip()}"
        for path in sorted(resource("templates").rglob("*.html"))
        for printed in PRINTED.findall(META.sub("", path.read_text("utf-8")))
        if bare(printed)
    ]
    assert found == []


def bare(printed: str) -> bool:
    """Whether what stands between {{ }} prints a moment past the filters; a condition may look at one."""
    said = re.sub(r"\bif\b.*?(\belse\b|$)", " ", printed)
    said = re.sub(r"\bm\.hours\([^)]*\)|\bform\.\w+", " ", said)  # a macro of the filters; a field of a form
    return bool(SAID.search(said) or re.search(r"strftime|isoformat|dateformat|timeformat", printed))


def test_a_language_may_write_the_hour_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(tongues.of("en"), code="xx", brief="d MMMM 'à' HH 'h' mm", hour="HH 'h' mm")
    monkeypatch.setattr(tongues, "by_code", lambda: {"xx": own})
    assert moments.brief(DECEMBER, HAITI, "xx") == "4 December à 23 h 59 (Port-au-Prince)"
    assert moments.hour(DECEMBER, HAITI, "xx") == "23 h 59 (Port-au-Prince)"
    assert moments.short(DECEMBER, HAITI, "xx", of_year=2026) == "4 Dec, 23 h 59"
