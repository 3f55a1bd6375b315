"""Content of the rows of a nominees' file, and their faults, cell by cell.

This module decides which headings and spellings are understood: countries, sectors, roles, genders and
themes by key, by name in either language or by a usual synonym. Nothing is guessed: a value that only
resembles a known one is a fault, reported with the suggestion. A file with a fault adds no nominee, so
nothing here needs to be undone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.formats.columns import Field, headings, match_headings
from consulta.formats.faults import RowFault
from consulta.infra.texts import line
from consulta.proposals.rules import faults, person
from consulta.proposals.values import NomineeCommand

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from consulta.core.texts import Text
    from consulta.data.catalogue import Country, Sector
    from consulta.formats.columns import Columns
    from consulta.formats.table import Row, Table
    from consulta.infra.models import Theme

Answer = TypeVar("Answer", str, bool)

LABELS: Mapping[str, Text] = catalogue.terms("nominees")
"""The headings of our own template and exports, in the order of their columns."""

SYNONYMS: Mapping[str, str] = {
    "name": "Nombre completo;Full name;Persona;Person;Nombre y apellido;Nombre y apellidos"
    ";Nome completo;Pessoa;Nome e sobrenome",
    "organisation": "Organización;Organisation;Organization;Institución;Institution;Entidad"
    ";Organização;Instituição;Entidade",
    "role": "Calidad;Papel;Capacity;Qualidade",
    "country": "Código de país;Country code;ISO;Estado;State;Código do país",
    "sector": "Sector principal;Main sector;Setor principal",
    "gender": "Sexo;Género declarado;Self-declared gender",
    "language": "Lengua;Idioma preferido;Preferred language;Língua",
    "email": "Correo;Email;Mail;E-mail address;Email address;Dirección de correo"
    ";Correio eletrônico;Endereço de e-mail",
    "topics": "Tema;Topics;Topic;Theme",
    "recent": "Reciente;Recent;Paneles anteriores;Earlier panels;Recente;Painéis anteriores",
    "support": "Respaldo;Apoyo;Apoyo externo;Support;Outside support;Apoio",
    "kind": "Tipo;Type;Clase;Kind;Classe",
    "delegate": "Persona designada;Delegado;Delegada;Delegate;Named person;Pessoa designada",
    "languages": "Idiomas;Lenguas;Languages;Línguas",
    "address_form": "Trato;Tratamiento;Address;Salutation;Tratamento",
    "speaks_for": "En nombre de;On behalf of;Em nome de",
    "consent_contact": "Consentimiento de contacto;Consent to contact"
    ";Aceita receber mensagens;Consentimento para contato",
    "consent_listed": "Consentimiento para listas;Consent to lists"
    ";Aceita aparecer em listas;Consentimento para listas",
    "consent_governments": "Consentimiento para gobiernos;Consent to governments"
    ";Aceita que seu nome seja informado a governos;Consentimento para governos",
}

REQUIRED = ("name", "organisation", "role", "country", "sector")
FIELDS = tuple(
    Field(
        key,
        (*headings(label), *SYNONYMS[key].split(";")),
        required=key in REQUIRED,
    )
    for key, label in LABELS.items()
)
_LANGUAGES = catalogue.tongue_spellings()
_KINDS = {
    **dict.fromkeys(("", "persona", "pessoa", "person", "p"), "person"),
    **dict.fromkeys(("institucion", "instituicao", "institution", "i"), "institution"),
}
_ANSWERS = {
    **dict.fromkeys(("si", "s", "sim", "yes", "y", "x", "1", "true", "verdadero"), True),
    **dict.fromkeys(("", "no", "n", "nao", "0", "false", "falso"), False),
}
_SINGULAR = {"topics": "topic"}
_ANY_TOPIC = frozenset({"qualquer", "qualquer um", "todos os temas", "", "todos", "all", "cualquiera", "any"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as understood: nominees to add, or faults; and the columns that are not known."""

    commands: tuple[NomineeCommand, ...]
    faults: tuple[RowFault, ...]
    ignored: tuple[str, ...]


def read(table: Table, themes: Iterable[Theme], taken: Collection[tuple[str, str]]) -> Reading:
    """Return the nominees in a table and the faults of its rows.

    `taken` are the people who are nominees already, as returned by `proposals.rules.person`.

    Problems: `file.headings_missing`, `file.headings_doubled`.
    """
    columns = match_headings(table, FIELDS).checked()
    topics = _spellings(themes)
    found: list[NomineeCommand] = []
    wrong: list[RowFault] = []
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        cells = _Cells(table, columns, row)
        command = cells.command(topics)
        cells.judge(command, set(topics.values()), taken)
        earlier = seen.setdefault(person(command.name, command.organisation), row.number)
        if earlier != row.number and not cells.faults:
            cells.fault("name", Problem("nominee.twin_row", name=command.name, row=earlier))
        found.append(command)
        wrong += cells.faults
    return Reading(tuple(found), tuple(wrong), columns.unknown)


def _spellings(themes: Iterable[Theme]) -> dict[str, str]:
    """Return each spelling of a theme with the theme's key."""
    known: dict[str, str] = {}
    for theme in themes:
        for spelling in (theme.key, *theme.title.values()):
            if fold(spelling):
                known.setdefault(fold(spelling), theme.key)
    return known


class _Cells:
    """The cells of one row, and what has been found wrong in them."""

    def __init__(self, table: Table, columns: Columns, row: Row) -> None:
        self._table = table
        self._columns = columns
        self._row = row
        self.faults: list[RowFault] = []
        if row.fault is not None:
            self.faults.append(RowFault(row.number, str(row.fault.params["column"]), row.fault))

    def command(self, topics: Mapping[str, str]) -> NomineeCommand:
        """Return the nominee of the row; a cell that is not understood adds a fault and is empty."""
        country = self._country()
        return NomineeCommand(
            name=self.text("name"),
            organisation=self.text("organisation"),
            role=self._role(),
            country=country.iso2 if country else "",
            sector=self._sector(),
            gender=self._gender(),
            language=self._language(country),
            email=self.text("email"),
            topics=self._topics(topics),
            recent=self._whole("recent"),
            support=self._whole("support"),
            kind=self._among("kind", _KINDS, otherwise="person"),
            delegate=self.text("delegate"),
            languages=self._languages(),
            address_form=self.text("address_form"),
            speaks_for=tuple(line(part) for part in self._parts("speaks_for")),
            consent_contact=self._among("consent_contact", _ANSWERS, otherwise=False),
            consent_listed=self._among("consent_listed", _ANSWERS, otherwise=False),
            consent_governments=self._among("consent_governments", _ANSWERS, otherwise=False),
        )

    def judge(
        self, command: NomineeCommand, topics: Collection[str], taken: Collection[tuple[str, str]]
    ) -> None:
        """Add the faults of the nominee as a whole, for cells without a fault so far."""
        told = {fault.column for fault in self.faults}
        for field, problem in faults(command, topics, taken):
            if self._heading(field) not in told:
                self.fault(field, problem)

    def text(self, field: str) -> str:
        """Return the text of a field's cell, on one line."""
        return line(self._columns.cell(self._row, field))

    def fault(self, field: str, problem: Problem) -> None:
        self.faults.append(RowFault(self._row.number, self._heading(field), problem))

    def _heading(self, field: str) -> str:
        place = self._columns.places.get(field)
        return field if place is None else self._table.headings[place]

    def _country(self) -> Country | None:
        text = self.text("country")
        found = catalogue.find_country(text) if text else None
        if found is None:
            self._unknown("country", text, catalogue.closest_country(text) if text else None)
        return found

    def _sector(self) -> str:
        text = self.text("sector")
        found = catalogue.find_sector(text) if text else None
        if found is None:
            self._unknown("sector", text, catalogue.closest_sector(text) if text else None)
        return found.key if found else ""

    def _role(self) -> str:
        text = self.text("role")
        found = catalogue.find_role(text) if text else None
        if found is None:
            self._unknown("role", text, None)
        return found.key if found else ""

    def _gender(self) -> str | None:
        text = self.text("gender")
        found = catalogue.find_gender(text) if text else None
        if text and found is None:
            self._unknown("gender", text, None)
        return found.key if found else None

    def _language(self, country: Country | None) -> str:
        text = self.text("language")
        found = _LANGUAGES.get(fold(text))
        if text and found is None:
            self._unknown("language", text, None)
        return found or (country.language if country else "")

    def _topics(self, known: Mapping[str, str]) -> tuple[str, ...]:
        text = self._columns.cell(self._row, "topics")
        if fold(text) in _ANY_TOPIC:
            return ()
        whole = known.get(fold(text))
        parts = [text] if whole else self._parts("topics")
        keys = [known.get(fold(part)) for part in parts]
        for part, key in zip(parts, keys, strict=True):
            if key is None:
                self._unknown("topics", line(part), None)
        return tuple(key for key in keys if key is not None)

    def _languages(self) -> tuple[str, ...]:
        parts = [part for each in self._parts("languages") for part in each.split(",") if fold(part)]
        found = [catalogue.find_language(part) for part in parts]
        for part, language in zip(parts, found, strict=True):
            if language is None:
                self._unknown("languages", line(part), None)
        return tuple(language.key for language in found if language is not None)

    def _parts(self, field: str) -> list[str]:
        """Return the entries of a cell that holds several, one by one."""
        return [part for part in re.split(r"[;|\n]", self._columns.cell(self._row, field)) if fold(part)]

    def _among(self, field: str, known: Mapping[str, Answer], *, otherwise: Answer) -> Answer:
        """Return the value of a cell with few possible answers.

        If the cell is not understood, add a fault and return `otherwise`.
        """
        text = self.text(field)
        if fold(text) not in known:
            self.fault(field, Problem("nominee.kind" if field == "kind" else "nominee.yes_no", text=text))
        return known.get(fold(text), otherwise)

    def _whole(self, field: str) -> int | None:
        text = self.text(field)
        if not text:
            return None
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            self.fault(field, Problem("nominee.whole", text=text))
            return None
        return int(text)

    def _unknown(self, field: str, text: str, near: Country | Sector | None) -> None:
        """Add a fault for a cell that is empty or not understood, with the likely meaning if known."""
        if not text:
            self.fault(field, Problem("nominee.missing"))
        elif near is not None:
            name = near.name
            self.fault(field, Problem("nominee.near", text=text, near=name))
        else:
            self.fault(field, Problem(f"nominee.{_SINGULAR.get(field, field)}", text=text))
