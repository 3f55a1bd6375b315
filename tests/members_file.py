"""A members' file of two hundred rows with every kind of mistake, and what each should be told.

Good rows and mistakes alternate, so that no mistake is found by its place. `as_xlsx` and `as_csv` make the
file as programs do: a workbook, or text with commas or semicolons in UTF-8 or Windows-1252.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 200
HEADINGS = (
    "Organización",
    "País",
    "Sector",
    "Valor base",
    "Etiquetas",
    "Contacto",
    "Correo electrónico",
    "Idioma",
    "Puede votar",
)
ORGANISATION, COUNTRY, SECTOR, BASE, TAGS, CONTACT, EMAIL, LANGUAGE, MAY_VOTE = HEADINGS

FIRST = (
    "Amanecer",
    "Alameda",
    "Brújula",
    "Cántaro",
    "Cosecha",
    "Delta",
    "Encuentro",
    "Faro",
    "Girasol",
    "Horizonte",
    "Jacaranda",
    "Luciérnaga",
)
SECOND = (
    "Andina",
    "Boreal",
    "Costera",
    "Dorada",
    "Errante",
    "Fluvial",
    "Guaraní",
    "Hermana",
    "Itinerante",
    "Libre",
    "Mestiza",
    "Nómada",
    "Ocre",
)
PLACES = (
    ("Perú", "ONG"),
    ("México", "Academia"),
    ("Jamaica", "Sindicato"),
    ("Chile", "Organización de migrantes"),
    ("Honduras", "Organización confesional"),
    ("Barbados", "Media"),
    ("Brasil", "Cruz Roja"),
)

Cells = dict[str, str]
Encoding = Literal["utf-8-sig", "utf-8", "cp1252"]


@dataclass(frozen=True)
class Finding:
    """What a row should be told: its place among the rows of its mistake, under which heading, which code."""

    place: int
    column: str
    code: str
    fault: bool = True


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake: the rows that make it, and what is to be said of them."""

    name: str
    rows: tuple[Cells, ...]
    findings: tuple[Finding, ...]


def good(number: int) -> Cells:
    """A row without any mistake; every number is another organisation."""
    country, sector = PLACES[number % len(PLACES)]
    first, second = FIRST[number % len(FIRST)], SECOND[number % len(SECOND)]
    return {
        ORGANISATION: f"{first} {second} {number}",
        COUNTRY: country,
        SECTOR: sector,
        BASE: "1" if number % 3 else "",
        TAGS: "frontera; niñez" if number % 5 == 0 else "",
        CONTACT: f"Persona {number}",
        EMAIL: f"persona{number}@organizacion{number}.example.org",
        LANGUAGE: "en" if country in {"Jamaica", "Barbados"} else "español",
        MAY_VOTE: "sí",
    }


def _wrong(name: str, number: int, column: str, cell: str, code: str) -> Mistake:
    """A mistake in one cell."""
    return Mistake(name, ({**good(number), column: cell},), (Finding(0, column, code),))


def _odd(name: str, rows: Sequence[Cells], place: int, column: str, code: str) -> Mistake:
    """Something to look at twice."""
    return Mistake(name, tuple(rows), (Finding(place, column, code, fault=False),))


def _both(name: str, first: Cells, second: Cells, column: str, code: str) -> Mistake:
    """Two rows that contradict each other: both are left out."""
    return Mistake(name, (first, second), (Finding(0, column, code), Finding(1, column, code)))


def _second(number: int, **changes: str) -> Cells:
    """Another contact of the same organisation."""
    again = {**good(number), CONTACT: "Otra Persona", EMAIL: f"otra{number}@organizacion{number}.example.org"}
    return {**again, **changes}


DIFFERS = "row.contact_differs"

MISTAKES: tuple[Mistake, ...] = (
    _wrong("no name", 1001, ORGANISATION, "", "row.name_missing"),
    _wrong("a name of signs", 1002, ORGANISATION, "---", "row.name_letters"),
    _wrong("a name too long", 1003, ORGANISATION, "Red " + "muy larga " * 25, "row.name_long"),
    _wrong("an example", 1004, ORGANISATION, "EJEMPLO: Red de Personas Migrantes del Sur", "row.example"),
    _wrong("no country", 1005, COUNTRY, "", "row.country_missing"),
    _wrong("a country misspelt", 1006, COUNTRY, "Hondruas", "row.country_near"),
    _wrong("a country of another continent", 1007, COUNTRY, "Portugal", "row.country_unknown"),
    _wrong("no sector", 1008, SECTOR, "", "row.sector_missing"),
    _wrong("a sector misspelt", 1009, SECTOR, "Sindicatto", "row.sector_near"),
    _wrong("a sector unheard of", 1010, SECTOR, "Exploración espacial", "row.sector_unknown"),
    _wrong("half a base", 1011, BASE, "1,5", "row.base_whole"),
    _wrong("a base in words", 1012, BASE, "uno", "row.base_whole"),
    _wrong("a base of nothing", 1013, BASE, "0", "row.base_range"),
    _wrong("a base below nothing", 1014, BASE, "-2", "row.base_range"),
    _wrong("a base beyond measure", 1015, BASE, "2000000", "row.base_range"),
    _wrong("a tag too long", 1016, TAGS, "una etiqueta que en verdad es una frase entera", "row.tag_long"),
    _wrong("too many tags", 1017, TAGS, ";".join(f"t{n}" for n in range(25)), "row.tags_many"),
    _wrong("a contact's name too long", 1018, CONTACT, "Ana " * 60, "row.contact_long"),
    _wrong("no address", 1019, EMAIL, "no tiene", "row.email"),
    _wrong("an address with a comma", 1020, EMAIL, "ana@correo,org", "row.email_near"),
    _wrong("two addresses", 1021, EMAIL, "ana@correo.org; luis@correo.org", "row.email_several"),
    _odd("a third language", ({**good(1022), LANGUAGE: "portugués"},), 0, LANGUAGE, "row.language"),
    _wrong("perhaps", 1023, MAY_VOTE, "quizás", "row.may_vote"),
    _wrong("a broken formula", 1024, SECTOR, "#N/A", "file.cell_error"),
    _wrong("broken letters", 1025, ORGANISATION, "OrganizaciÃ³n Rota 1025", "file.garbled"),
    _both("two sectors", good(1026), _second(1026, Sector="Sindicato"), SECTOR, "row.sector_differs"),
    _both("two base values", good(1027), _second(1027, **{BASE: "3"}), BASE, "row.base_differs"),
    _both(
        "two names of one contact", good(1028), {**good(1028), CONTACT: "Alguien Distinto"}, CONTACT, DIFFERS
    ),
    _both("two languages of one contact", good(1029), {**good(1029), LANGUAGE: "en"}, LANGUAGE, DIFFERS),
    _odd("a row twice", (good(1030), good(1030)), 1, ORGANISATION, "row.repeats"),
    Mistake(
        "one address for two organisations",
        (good(1031), {**good(1032), EMAIL: good(1031)[EMAIL]}),
        (Finding(0, EMAIL, "row.address_shared", False), Finding(1, EMAIL, "row.address_shared", False)),
    ),
    _odd(
        "a typing error in a name",
        (
            {**good(1033), ORGANISATION: "Mesa de Movilidad Humana del Litoral"},
            {**good(1040), ORGANISATION: "Mesa de Mobilidad Humana del Litoral"},
        ),
        1,
        ORGANISATION,
        "row.near_in_file",
    ),
    _odd(
        "a name with and without its legal form",
        (
            {**good(1034), ORGANISATION: "Sembradores de Paz"},
            {**good(1041), ORGANISATION: "Sembradores de Paz, A. C."},
        ),
        1,
        ORGANISATION,
        "row.near_in_file",
    ),
    _odd(
        "a name in two countries",
        (
            {**good(1035), ORGANISATION: "Puertas Abiertas"},
            {**good(1036), ORGANISATION: "Puertas Abiertas"},
        ),
        1,
        ORGANISATION,
        "row.elsewhere_in_file",
    ),
    _odd("a formula", ({**good(1037), ORGANISATION: "=HYPERLINK(1)"},), 0, ORGANISATION, "row.formula"),
    Mistake(
        "a contact without address",
        ({**good(1038), EMAIL: ""},),
        (
            Finding(0, CONTACT, "row.contact_unreachable", False),
            Finding(0, EMAIL, "row.no_contact", False),
        ),
    ),
    _odd("no contact", ({**good(1039), CONTACT: "", EMAIL: "", LANGUAGE: ""},), 0, EMAIL, "row.no_contact"),
    _odd("nobody votes", ({**good(1042), MAY_VOTE: "no"},), 0, EMAIL, "row.no_contact"),
    _odd(
        "a typing error in an address",
        ({**good(1043), EMAIL: "ana@gmial.com"},),
        0,
        EMAIL,
        "row.email_typing",
    ),
)


@dataclass(frozen=True)
class Fixture:
    """The rows of the file under their numbers in a spreadsheet, and what is to be found in each."""

    rows: dict[int, Cells]
    expected: dict[int, list[Finding]]

    @property
    def wrong(self) -> set[int]:
        """The rows that must be left out."""
        return {row for row, found in self.expected.items() if any(finding.fault for finding in found)}


def fixture(mistakes: Sequence[Mistake] = MISTAKES, rows: int = ROWS) -> Fixture:
    """Good rows with the mistakes strewn among them, and now and then a blank line, which counts as a row."""
    made = Fixture({}, {})
    number = 2
    left = [*mistakes]
    while len(made.rows) < rows:
        made.rows[number] = good(number)
        number += 1 if number % 40 else 2
        if left:
            mistake = left.pop(0)
            numbers = range(number, number + len(mistake.rows))
            made.rows.update(zip(numbers, mistake.rows, strict=True))
            for finding in mistake.findings:
                made.expected.setdefault(numbers[finding.place], []).append(finding)
            number += len(mistake.rows)
    assert not left
    return made


def as_csv(made: Fixture, delimiter: str = ",", encoding: Encoding = "utf-8-sig") -> bytes:
    """The file as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows(_lines(made))
    return out.getvalue().encode(encoding)


def as_xlsx(made: Fixture) -> bytes:
    """The file as a workbook in which nothing is a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row, cells in enumerate(_lines(made), start=1):
        for column, cell in enumerate(cells, start=1):
            if cell:
                sheet.cell(row, column, cell).data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(made: Fixture) -> list[list[str]]:
    blank: Cells = {}
    numbers = range(2, max(made.rows) + 1)
    rows = [[made.rows.get(number, blank).get(heading, "") for heading in HEADINGS] for number in numbers]
    return [list(HEADINGS), *rows]
