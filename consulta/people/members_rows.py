"""Rows of a members' file: the fields with their headings, and what each cell means."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.people.members import NAME_MAX, TAG_MAX, TAGS_MAX
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold, mixes_scripts
from consulta.platform.formats.delimited import FORMULA
from consulta.platform.importing.cells import ANSWERS, Cells
from consulta.platform.importing.columns import Field, declared
from consulta.platform.importing.service import CATEGORY
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.telephones import telephone, telephone_or_typed
from consulta.platform.texts import address, line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes

_LABELS: Mapping[str, Text] = catalogue.terms("members")


CONTACT = ("contact", "email", "phone", "language", "may_vote")
"""Fields of a contact: an organisation has several, in numbered columns or in further rows."""


_SYNONYMS: Mapping[str, str] = {
    "organisation": "Organization;Nombre de la organización;Organisation name;Organization name;Nombre;Name;"
    "Institución;Institution;Entidad;Integrante;Miembro;Member;Member organisation;Organización miembro;"
    "Name of the organisation;Name of the organization"
    ";Nome da organização;Nome;Instituição;Entidade;Membro;Organização integrante;Organização membro",
    "country": "Nombre del país;Country name;Código de país;Country code;ISO;Nome do país;Código do país",
    "sector": "Sector principal;Main sector;Tipo;Type;Tipo de organización;Type of organisation;"
    "Type of organization;Organisation type;Organization type;Categoría;Category"
    ";Setor principal;Tipo de organização",
    "base": "Base value;Valor;Peso base;Base weight;Valor base;Peso de base",
    "tags": "Etiqueta;Tag;Labels;Palabras clave;Keywords;Marcadores;Palavras-chave",
    "contact": "Nombre del contacto;Contact name;Persona de contacto;Contact person;Nombre de contacto;"
    "Punto focal;Focal point;Representante;Representative;Responsable"
    ";Nome do contato;Pessoa de contato;Nome de contato;Ponto focal;Responsável",
    "email": "Email;Mail;E-mail address;Email address;Correo;Correo-e;Correo del contacto;Contact e-mail;"
    "Contact email;Correo electrónico del contacto;Correo de contacto;Dirección de correo;"
    "Dirección de correo electrónico"
    ";Correio eletrônico;E-mail do contato;E-mail de contato;Endereço de e-mail;Endereço eletrônico",
    "phone": "Phone;Telephone number;Phone number;Mobile;Tel;Tel.;Teléfono del contacto;Número de teléfono;"
    "Celular;Móvil;WhatsApp;Contact telephone;Contact phone"
    ";Telefone do contato;Fone;Número de telefone",
    "language": "Idioma del contacto;Contact language;Lengua;Idioma preferido;Preferred language"
    ";Idioma do contato;Língua",
    "may_vote": "Vota;Votes;Can vote;Voto;Vote;Derecho a voto;Right to vote;Voting;Direito a voto",
}
"""Other headings that mean the same, whatever their accents, case and punctuation."""


def field_of(dimension: str) -> str:
    """Return the key of the field of a dimension that is entered."""
    return dimension if dimension == dimensions.SECTOR else f"{CATEGORY}{dimension}"


def entered() -> dict[str, str]:
    """Return field -> dimension of those that are entered for each organisation."""
    return {field_of(dimension): dimension for dimension in dimensions.entered_keys()}


def added_labels() -> dict[str, Text]:
    """Return the headings of the dimensions that the installation adds and that are entered, by field."""
    return {
        field: name_of_dimension(dimension)
        for field, dimension in entered().items()
        if dimension != dimensions.SECTOR
    }


def labels() -> dict[str, Text]:
    """Return the headings of our own template and exports, in the order of their columns."""
    found: dict[str, Text] = {}
    for key, label in _LABELS.items():
        found[key] = label
        if key == dimensions.SECTOR:
            found |= added_labels()
    return found


def fields() -> tuple[Field, ...]:
    """Return the fields of a members' file, with all headings that are understood."""
    added = {field_of(each.key): ";".join(each.headings) for each in dimensions.own()}
    return declared(labels(), {**_SYNONYMS, **added}, needed(), CONTACT)


def needed() -> tuple[str, ...]:
    """Return the fields that a file must have: without them no organisation can be placed."""
    return ("organisation", "country", *entered())


def require_different(added: Sequence[dimensions.Dimension]) -> None:
    """Raise DimensionsError if a heading of an added dimension is also that of another column.

    The error names the dimension, the heading and the other column.
    """
    taken = {
        fold(heading): key
        for key, label in _LABELS.items()
        for heading in (key, *label.values(), *_SYNONYMS[key].split(";"))
    }
    for each in added:
        if each.from_country:
            continue
        for heading in (*each.names.values(), *each.headings):
            other = taken.setdefault(fold(heading), each.key)
            if other != each.key:
                raise dimensions.DimensionsError(
                    f"dimension {each.key} has the heading {heading!r}, which is that of {other}"
                )


EXAMPLES: tuple[Text, ...] = tuple(catalogue.terms("member_examples").values())
"""The organisations of the template's examples: so named that they are not imported by accident."""


_EXAMPLE_KEYS = frozenset(fold(name) for each in EXAMPLES for name in each.values())


_LANGUAGES = catalogue.tongue_spellings()


_PROVIDERS = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com")


_LOOKALIKES = frozenset({"mail.com", "ymail.com", "email.com", "proton.me"})  # these exist


_IN_BRACKETS = re.compile(r"<([^<>]+)>")


# What people write in addresses, and what they meant: tried one after the other until an address comes out.
_MENDINGS = tuple(
    (re.compile(wrong, re.IGNORECASE), right)
    for wrong, right in (
        (r"^mailto:", ""),
        (r"\s*[\[(]\s*(?:at|arroba)\s*[\])]\s*|\s+(?:at|arroba)\s+", "@"),
        (r"\s+", ""),
        (r",", "."),
        (r"\.{2,}", "."),
        (r"@{2,}", "@"),
        (r"\.?@\.?", "@"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as understood: values, or None where its cell is empty, missing or not understood."""

    row: str  # its label
    name: str
    key: str  # what makes two names the same
    country: str | None
    categories: Mapping[str, str]  # by dimension, where a cell says one
    base: int | None
    tags: tuple[str, ...] | None
    contact: str | None
    email: str | None
    phone: str | None
    language: str | None
    may_vote: bool | None
    language_strange: bool = False  # one was given, and it is none of this site

    def value(self, field: str) -> Any:
        """Return what the row says of a field of the file; None where it says nothing."""
        dimension = entered().get(field)
        return self.categories.get(dimension) if dimension else getattr(self, field)

    @property
    def says(self) -> tuple[object, ...]:
        """Return all values of the row, without its label."""
        return (
            *(self.key, self.country, *sorted(self.categories.items()), self.base, self.tags),
            *(self.contact, self.email, self.phone, self.language, self.may_vote),
        )


def read(row: Row, notes: Notes, languages: Collection[str] = ()) -> Entry:
    """Return what `row` says; add all its faults to `notes`.

    `languages` are those that the installation offers; if empty, all languages of the program count.
    """
    cells = Cells(row, notes)
    name = _name(cells)
    country = cells.country()
    entry = Entry(
        row.label,
        name=name,
        key=fold(name),
        country=country.iso2 if country else None,
        categories=_categories(cells),
        base=_base(cells),
        tags=_tags(cells),
        **_person(cells, languages, country.iso2 if country else ""),
    )
    notes.keep_first(row.label)
    return entry


def read_others(row: Row, notes: Notes, first: Entry, languages: Collection[str] = ()) -> Iterator[Entry]:
    """Yield the further contacts of a row, from numbered columns.

    Each entry has the organisation's name and country and the contact's own values, no sector, base or
    tags. Where a contact has no cell of its own for its language, or for whether it may vote, that of the
    row holds.
    """
    for number in notes.columns.repeated():
        cells = Cells(row, notes, f"@{number}")
        if any(cells.text(field) for field in ("contact", "email")):
            person = _person(cells, languages, first.country or "")
            if not cells.text("language"):
                del person["language"], person["language_strange"]
            if not cells.text("may_vote"):
                del person["may_vote"]
            yield replace(first, categories={}, base=None, tags=None, **person)
    notes.keep_first(row.label)


def _person(cells: Cells, languages: Collection[str], country: str) -> dict[str, Any]:
    """Return the values of a contact."""
    language, strange = _language(cells, languages)
    return {
        "contact": _contact(cells),
        "email": _email(cells),
        "phone": _phone(cells, country),
        "language": language,
        "language_strange": strange,
        "may_vote": cells.one_of("may_vote", ANSWERS, "row.may_vote"),
    }


def _name(cells: Cells) -> str:
    text = cells.text("organisation")
    if not text:
        cells.fault("organisation", Problem("row.name_missing"))
    elif len(text) > NAME_MAX:
        cells.fault("organisation", Problem("row.name_long", most=NAME_MAX, length=len(text)))
    elif fold(text) in _EXAMPLE_KEYS:
        cells.fault("organisation", Problem("row.example"))
    elif not fold(text):
        cells.fault("organisation", Problem("row.name_letters", text=text))
    else:
        _remark_formula(cells, "organisation", text)
    return text


def _remark_formula(cells: Cells, field: str, text: str) -> None:
    if text.startswith(FORMULA):
        cells.warn(field, Problem("row.formula", text=text))
    if mixes_scripts(text):
        cells.warn(field, Problem("row.mixed_scripts", text=text))


def _categories(cells: Cells) -> dict[str, str]:
    """Return the category that the row gives in each dimension that is entered; without those it lacks."""
    sector = cells.sector()
    found = {"sector": sector.key if sector else None}
    found |= {each.key: _category(cells, each) for each in dimensions.own() if not each.from_country}
    return {name: key for name, key in found.items() if key is not None}


def _category(cells: Cells, added: dimensions.Dimension) -> str | None:
    field = field_of(added.key)
    text = cells.text(field)
    if not text:
        return None
    known = cells.notes.known.setdefault(added.key, [])
    found = added.find(cells.meant(field), known)
    if found is not None and found not in known:
        known.append(found)
    if found is None:
        near = added.closest(text)
        meant = {"near": name_of(added.key, near)} if near is not None else {}
        code = "row.category_near" if meant else "row.category_unknown"
        dimension = name_of_dimension(added.key)
        cells.fault(field, Problem(code, **meant, text=text, dimension=dimension, field=field))
    return found


def _base(cells: Cells) -> int | None:
    text = cells.text("base")
    least, most = RANGES["base"]
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        cells.fault("base", Problem("row.base_whole", text=text))
    elif not least <= int(text) <= most:
        cells.fault("base", Problem("row.base_range", text=text, least=least, most=most))
    else:
        return int(text)
    return None


def _tags(cells: Cells) -> tuple[str, ...] | None:
    text = cells.text("tags")
    if not text:
        return None
    tags = split_tags(text)
    if len(tags) > TAGS_MAX:
        cells.fault("tags", Problem("row.tags_many", most=TAGS_MAX, count=len(tags)))
    for tag in tags:
        if len(tag) > TAG_MAX:
            cells.fault("tags", Problem("row.tag_long", text=tag, most=TAG_MAX))
    return tags


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a text that separates them by commas, semicolons, bars or line breaks.

    Each tag is returned once.
    """
    return distinct(line(part) for part in re.split(r"[,;|\n]", text))


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each in its first spelling, without empty ones."""
    first: dict[str, str] = {}
    for tag in tags:
        if tag:
            first.setdefault(fold(tag), tag)
    return tuple(first.values())


def _contact(cells: Cells) -> str | None:
    text = cells.text("contact")
    if not text:
        return None
    if len(text) > NAME_MAX:
        cells.fault("contact", Problem("row.contact_long", most=NAME_MAX, length=len(text)))
    _remark_formula(cells, "contact", text)
    if not cells.text("email"):
        cells.warn("contact", Problem("row.contact_unreachable", text=text))
    return text


def _email(cells: Cells) -> str | None:
    text = cells.text("email")
    if not text:
        return None
    found = address(text)
    if found is not None:
        local, _, domain = found.partition("@")
        meant = _provider_meant(domain)
        if meant is not None:
            cells.warn("email", Problem("row.email_typing", text=found, near=f"{local}@{meant}"))
        return found
    mended = _mended(text)
    if sum(address(part) is not None for part in re.split(r"[;,/\s]+", text)) > 1:
        cells.fault("email", Problem("row.email_several", text=text))
    elif mended is None:
        cells.fault("email", Problem("row.email", text=text))
    else:
        cells.fault("email", Problem("row.email_near", text=text, near=mended))
    return None


def _phone(cells: Cells, country: str) -> str | None:
    """Return the telephone number; what is none is kept as it was typed, with a warning."""
    text = cells.text("phone")
    if text and telephone(text, country) is None:
        cells.warn("phone", Problem("row.phone", text=text))
    return telephone_or_typed(text, country) if text else None


@lru_cache(maxsize=1000)
def _provider_meant(domain: str) -> str | None:
    """Return the well-known mail provider that a domain resembles without being equal to it, or None."""
    if domain in _LOOKALIKES or domain.startswith(tuple(f"{name}." for name in _PROVIDERS)):
        return None
    likely = difflib.get_close_matches(domain, _PROVIDERS, n=1, cutoff=0.88)
    return likely[0] if likely and likely[0] != domain else None


def _mended(text: str) -> str | None:
    """Return the address that was probably meant, or None."""
    bracketed = _IN_BRACKETS.search(text)
    bare = (bracketed[1] if bracketed else text).strip(" .,;:<>\"'()")
    for wrong, right in _MENDINGS:
        bare = wrong.sub(right, bare)
        found = address(bare)
        if found is not None:
            return found
    return None


def _language(cells: Cells, languages: Collection[str]) -> tuple[str | None, bool]:
    """Return the language of a contact (`es`, `en` or None), and whether another one was given."""
    text = cells.text("language")
    found = _LANGUAGES.get(fold(text))
    if languages and found not in languages:
        found = None
    strange = bool(text) and found is None
    if strange:
        cells.warn("language", Problem("row.language", text=text))
    return found, strange
