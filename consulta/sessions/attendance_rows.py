"""Rows of an attendance file: what each says, and its faults, cell by cell.

This module decides which columns are read: names and addresses of people are not among them, and are not
kept. It guesses nothing: a text that only resembles a country or a sector is a fault, told with the
likely meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.formats.columns import Field, headings, match_headings
from consulta.formats.faults import RowFault
from consulta.formats.table import Row, Table
from consulta.infra.texts import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.texts import Text
    from consulta.data.catalogue import Country, Sector
    from consulta.formats.columns import Columns

LABELS: Mapping[str, Text] = catalogue.terms("attendance")
"""The headings of our own template, in the order of its columns."""

SYNONYMS: Mapping[str, str] = {
    "organisation": "Organización;Organisation;Organization;Institución;Institution;Entidad"
    ";Organização;Instituição;Entidade",
    "country": "Código de país;Country code;ISO;Estado;State;Código do país",
    "sector": "Sector principal;Main sector;Setor principal",
    "group": "Parte;Tipo;Type;Party",
    "gender": "Sexo;Género declarado;Self-declared gender",
    "people": "Número de personas;Cantidad;Number of people;Count;Número de pessoas;Quantidade",
}
REQUIRED = ("organisation", "country", "sector")
FIELDS = tuple(
    Field(
        key,
        (*headings(label), *SYNONYMS[key].split(";")),
        required=key in REQUIRED,
    )
    for key, label in LABELS.items()
)
NAME_MAX = 200
MOST_PEOPLE = 500  # of one organisation with one answer, in one row
NO_COUNTRY = catalogue.term("no_country", "regional")
_NO_COUNTRY = frozenset({"regional", *map(fold, NO_COUNTRY.values()), "sin pais", "sem pais", "no country"})
GROUPS: Mapping[str, Text] = catalogue.terms("groups")
_GROUPS = {
    **{fold(name): key for key, names in GROUPS.items() for name in names.values()},
    **dict.fromkeys(
        ("government", "gobierno", "gobiernos", "governos", "governments", "estado"), "government"
    ),
    **dict.fromkeys(("civil_society", "civil society", "sociedad civil", "mecanismo"), "civil_society"),
    **dict.fromkeys(
        ("united_nations", "united nations", "naciones unidas", "onu", "un", "un_system"), "united_nations"
    ),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers stored for a person who took part; the person's name is not among them."""

    organisation: str
    country: str  # "" for who speaks for no country
    sector: str
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """A row as understood: the answers, how many people share them, and the faults."""

    number: int
    answers: Answers
    people: int
    faults: tuple[RowFault, ...]


def group_of(sector: str) -> str:
    """Return the group for which a sector speaks: `government`, `united_nations` or `civil_society`.

    Civil society has all sectors except governments and the United Nations.
    """
    found = catalogue.sectors_by_key()[sector].group
    return {"government": "government", "un_system": "united_nations"}.get(found, "civil_society")


def narrowed(table: Table) -> Table:
    """Return the table without the columns that are not read, so that names of people are not kept.

    Problems: `file.headings_missing`, `file.headings_doubled`.
    """
    places = sorted(match_headings(table, FIELDS).checked().places.values())
    return Table(
        tuple(table.headings[place] for place in places),
        tuple(Row(row.number, tuple(row.cells[place] for place in places), row.fault) for row in table.rows),
    )


def unread(table: Table) -> tuple[str, ...]:
    """Return the headings of the columns that are not read."""
    return match_headings(table, FIELDS).unknown


def read(table: Table) -> tuple[AttendanceRow, ...]:
    """Return every row of a table from `narrowed`, with its answers and faults."""
    columns = match_headings(table, FIELDS).checked()
    return tuple(_Cells(table, columns, row).understood() for row in table.rows)


def faults_of(answers: Answers, people: int) -> list[tuple[str, Problem]]:
    """Return the faults of an entry made by hand, as pairs of a field and a Problem."""
    found = []
    if not 1 <= len(answers.organisation) <= NAME_MAX:
        found.append(("organisation", Problem("attendance.organisation", most=NAME_MAX)))
    if answers.country and answers.country not in catalogue.countries_by_code():
        found.append(("country", Problem("attendance.country", text=answers.country)))
    if answers.sector not in catalogue.sectors_by_key():
        found.append(("sector", Problem("nominee.sector", text=answers.sector)))
    if answers.gender is not None and answers.gender not in catalogue.genders_by_key():
        found.append(("gender", Problem("nominee.gender", text=answers.gender)))
    if not 1 <= people <= MOST_PEOPLE:
        found.append(("people", Problem("attendance.people", most=MOST_PEOPLE)))
    return found


class _Cells:
    """The cells of one row, and what has been found wrong in them."""

    def __init__(self, table: Table, columns: Columns, row: Row) -> None:
        self._table = table
        self._columns = columns
        self._row = row
        self._faults: list[RowFault] = []
        if row.fault is not None:
            self._faults.append(RowFault(row.number, str(row.fault.params["column"]), row.fault))

    def understood(self) -> AttendanceRow:
        organisation = self._text("organisation")
        if not organisation:
            self._fault("organisation", Problem("nominee.missing"))
        elif len(organisation) > NAME_MAX:
            self._fault("organisation", Problem("attendance.organisation", most=NAME_MAX))
        answers = Answers(organisation, self._country(), self._sector(), self._gender())
        return AttendanceRow(self._row.number, answers, self._people(), tuple(self._faults))

    def _text(self, field: str) -> str:
        return line(self._columns.cell(self._row, field))

    def _fault(self, field: str, problem: Problem) -> None:
        place = self._columns.places.get(field)
        column = field if place is None else self._table.headings[place]
        self._faults.append(RowFault(self._row.number, column, problem))

    def _country(self) -> str:
        text = self._text("country")
        if fold(text) in _NO_COUNTRY:
            return ""
        found = catalogue.find_country(text) if text else None
        if found is None:
            near = catalogue.closest_country(text) if text else None
            self._unknown("country", text, near, Problem("attendance.country", text=text))
        return found.iso2 if found else ""

    def _sector(self) -> str:
        text = self._text("sector")
        found = catalogue.find_sector(text) if text else None
        if found is None:
            near = catalogue.closest_sector(text) if text else None
            self._unknown("sector", text, near, Problem("nominee.sector", text=text))
            return ""
        self._check_group(found)
        return found.key

    def _check_group(self, sector: Sector) -> None:
        """Add a fault if the group is unknown or contradicts the sector; it may be empty."""
        text = self._text("group")
        if not text:
            return
        said = _GROUPS.get(fold(text))
        if said is None:
            self._fault("group", Problem("attendance.group", text=text))
        elif said != group_of(sector.key):
            name = sector.name
            self._fault("group", Problem("attendance.other_group", text=text, sector=name))

    def _gender(self) -> str | None:
        text = self._text("gender")
        found = catalogue.find_gender(text) if text else None
        if text and found is None:
            self._fault("gender", Problem("nominee.gender", text=text))
        return found.key if found else None

    def _people(self) -> int:
        text = self._text("people")
        if not text:
            return 1
        number = int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0
        if not 1 <= number <= MOST_PEOPLE:
            self._fault("people", Problem("attendance.people", most=MOST_PEOPLE))
            return 1
        return number

    def _unknown(self, field: str, text: str, near: Country | Sector | None, otherwise: Problem) -> None:
        """Add a fault for a cell that is empty or not understood, with the likely meaning if known."""
        if not text:
            self._fault(field, Problem("nominee.missing"))
        elif near is not None:
            name = near.name
            self._fault(field, Problem("nominee.near", text=text, near=name))
        else:
            self._fault(field, otherwise)
