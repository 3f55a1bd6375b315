"""Content of the rows of a nominees' file, and their faults, cell by cell.

This module decides which headings and spellings are understood: countries, sectors, roles, genders and
themes by key, by name in either language or by a usual synonym. Nothing is guessed: a value that only
resembles a known one is a fault, reported with the suggestion, and leaves the row out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.panel.nominees import governments
from consulta.panel.proposals.rules import faults, person
from consulta.panel.proposals.values import NomineeCommand
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.importing.cells import ANSWERS, Cells
from consulta.platform.importing.columns import declared
from consulta.platform.texts import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from consulta.core.texts import Text
    from consulta.platform.data.catalogue import Entry
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes
    from consulta.platform.models import Theme

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
    "about": "Semblanza;Reseña;Profile;Bio;Perfil;Biografía;Minibiografia",
    "government": "Gobierno;Government;Governo;Gobierno que integra",
    "consent_contact": "Consentimiento de contacto;Consent to contact"
    ";Aceita receber mensagens;Consentimento para contato",
    "consent_listed": "Consentimiento para listas;Consent to lists"
    ";Aceita aparecer em listas;Consentimento para listas",
    "consent_governments": "Consentimiento para gobiernos;Consent to governments"
    ";Aceita que seu nome seja informado a governos;Consentimento para governos",
}

REQUIRED = ("name", "organisation", "role", "country", "sector")
FIELDS = declared(LABELS, SYNONYMS, REQUIRED)
_LANGUAGES = catalogue.tongue_spellings()
_KINDS = {
    **dict.fromkeys(("persona", "pessoa", "person", "p"), "person"),
    **dict.fromkeys(("institucion", "instituicao", "institution", "i"), "institution"),
}
_SINGULAR = {"topics": "topic"}
_ANY_TOPIC = frozenset({"qualquer", "qualquer um", "todos os temas", "", "todos", "all", "cualquiera", "any"})


def read(
    row: Row,
    notes: Notes,
    topics: Mapping[str, str],
    seen: dict[tuple[str, str], str],
    places: Mapping[str, str],
) -> NomineeCommand:
    """Return the nominee of a row; add all faults to `notes`. A cell that is not understood is empty.

    `topics`: the key of each spelling of a theme; `seen`: the people of the rows before with their labels, as
    `proposals.rules.person` returns them; `places`: the local governments, as
    `nominees.governments.spellings` returns them.
    """
    cells = Cells(row, notes)
    command = _command(cells, topics, places)
    told = {fault.column for fault in notes.faults.get(row.label, ())}
    for field, problem in faults(command, set(topics.values()), ()):
        if (notes.of(field) or field) not in told:
            cells.fault(field, problem)
    earlier = seen.setdefault(person(command.name, command.organisation), row.label)
    if earlier != row.label and row.label not in notes.faults:
        cells.fault("name", Problem("nominee.twin_row", name=command.name, row=earlier))
    return command


def spellings(themes: Iterable[Theme]) -> dict[str, str]:
    """Return each spelling of a theme with the theme's key."""
    known: dict[str, str] = {}
    for theme in themes:
        for spelling in (theme.key, *theme.title.values()):
            if fold(spelling):
                known.setdefault(fold(spelling), theme.key)
    return known


def _command(cells: Cells, topics: Mapping[str, str], places: Mapping[str, str]) -> NomineeCommand:
    country, sector = cells.country(), cells.sector()
    if sector is None and not cells.text("sector"):
        cells.fault("sector", Problem("nominee.missing"))
    role = _found(cells, "role", catalogue.find_role)
    gender = _found(cells, "gender", catalogue.find_gender)
    if role is None and not cells.text("role"):
        cells.fault("role", Problem("nominee.missing"))
    language = cells.one_of("language", _LANGUAGES, "nominee.language")
    return NomineeCommand(
        name=cells.text("name"),
        organisation=cells.text("organisation"),
        role=role.key if role else "",
        country=country.iso2 if country else "",
        sector=sector.key if sector else "",
        gender=gender.key if gender else None,
        language=language or (country.language if country else ""),
        email=cells.text("email"),
        topics=_topics(cells, topics),
        recent=cells.whole("recent", "nominee.whole"),
        support=cells.whole("support", "nominee.whole"),
        about=cells.text("about"),
        kind=cells.one_of("kind", _KINDS, "nominee.kind") or "person",
        delegate=cells.text("delegate"),
        languages=_languages(cells),
        address_form=cells.text("address_form"),
        speaks_for=tuple(line(part) for part in cells.parts("speaks_for")),
        consent_contact=_agrees(cells, "consent_contact"),
        consent_listed=_agrees(cells, "consent_listed"),
        consent_governments=_agrees(cells, "consent_governments"),
        government=_government(cells, role.key if role else "", places),
    )


def _government(cells: Cells, role: str, places: Mapping[str, str]) -> str:
    text = cells.text("government")
    if not text or not role:
        return ""
    try:
        return governments.read(text, role, places)
    except Problem as problem:
        cells.fault("government", problem)
        return ""


def _agrees(cells: Cells, field: str) -> bool:
    return bool(cells.one_of(field, ANSWERS, "nominee.yes_no"))


def _found(cells: Cells, field: str, find: Callable[[str], Entry | None]) -> Entry | None:
    text = cells.text(field)
    found = find(cells.meant(field)) if text else None
    if text and found is None:
        cells.fault(field, Problem(f"nominee.{field}", text=text))
    return found


def _topics(cells: Cells, known: Mapping[str, str]) -> tuple[str, ...]:
    text = cells.raw("topics")
    if fold(text) in _ANY_TOPIC:
        return ()
    return _several(cells, "topics", [text] if fold(text) in known else cells.parts("topics"), known.get)


def _languages(cells: Cells) -> tuple[str, ...]:
    def key(folded: str) -> str | None:
        found = catalogue.find_language(folded)
        return found.key if found else None

    return _several(cells, "languages", cells.parts("languages", r"[;|,\n]"), key)


def _several(
    cells: Cells, field: str, parts: Iterable[str], find: Callable[[str], str | None]
) -> tuple[str, ...]:
    """Return the keys of the entries of a cell; add a fault for each that is not understood."""
    keys = []
    for part in parts:
        key = find(fold(part))
        if key is None:
            cells.fault(field, Problem(f"nominee.{_SINGULAR.get(field, field)}", text=line(part)))
        else:
            keys.append(key)
    return tuple(keys)
