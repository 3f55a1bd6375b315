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
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.importing.cells import Cells
from consulta.platform.importing.columns import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.texts import Text
    from consulta.platform.data.catalogue import Sector
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes

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
FIELDS = declared(LABELS, SYNONYMS, REQUIRED)
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


def group_of(sector: str) -> str:
    """Return the group for which a sector speaks: `government`, `united_nations` or `civil_society`.

    Civil society has all sectors except governments and the United Nations.
    """
    found = catalogue.sectors_by_key()[sector].group
    return {"government": "government", "un_system": "united_nations"}.get(found, "civil_society")


def read(row: Row, notes: Notes) -> tuple[Answers, int]:
    """Return the answers of a row and how many people share them; add all faults to `notes`."""
    cells = Cells(row, notes)
    organisation = cells.text("organisation")
    if not organisation:
        cells.fault("organisation", Problem("nominee.missing"))
    elif len(organisation) > NAME_MAX:
        cells.fault("organisation", Problem("attendance.organisation", most=NAME_MAX))
    country = None if fold(cells.text("country")) in _NO_COUNTRY else cells.country()
    sector = _sector(cells)
    gender = cells.text("gender")
    known = catalogue.find_gender(cells.meant("gender")) if gender else None
    if gender and known is None:
        cells.fault("gender", Problem("nominee.gender", text=gender))
    people = _people(cells)
    answers = Answers(
        organisation,
        country.iso2 if country else "",
        sector.key if sector else "",
        known.key if known else None,
    )
    return answers, people


def _people(cells: Cells) -> int:
    text = cells.text("people")
    number = int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0 if text else 1
    if not 1 <= number <= MOST_PEOPLE:
        cells.fault("people", Problem("attendance.people", most=MOST_PEOPLE))
        return 1
    return number


def _sector(cells: Cells) -> Sector | None:
    """Return the sector of a row; a fault if it is missing, or if the group is unknown or contradicts it."""
    if not cells.text("sector"):
        cells.fault("sector", Problem("nominee.missing"))
    found = cells.sector()
    group = cells.one_of("group", _GROUPS, "attendance.group")
    if found and group and group != group_of(found.key):
        problem = Problem("attendance.other_group", text=cells.text("group"), sector=found.name)
        cells.fault("group", problem)
    return found


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
