"""Columns of a members' file: the headings that are understood, and those of the program's own files.

The content of the cells is read in `rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.importing.columns import Field, declared
from consulta.platform.importing.meanings import CATEGORY
from consulta.platform.labels import name_of_dimension

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.texts import Text

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
