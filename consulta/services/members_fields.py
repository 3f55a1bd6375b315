"""The columns of a members' file: what they are called, whoever wrote it, and in what we write ourselves.

Decides which headings are understood. What stands below them is `members_rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.formats.columns import Field, headings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.texts import Text

LABELS: Mapping[str, Text] = catalogue.terms("members")
"""The headings of our own template and exports, in the order of their columns."""

SYNONYMS: Mapping[str, str] = {
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
    "language": "Idioma del contacto;Contact language;Lengua;Idioma preferido;Preferred language"
    ";Idioma do contato;Língua",
    "may_vote": "Vota;Votes;Can vote;Voto;Vote;Derecho a voto;Right to vote;Voting;Direito a voto",
}
"""Other headings that mean the same, whatever their accents, case and punctuation."""

FIELDS = tuple(
    Field(
        key,
        (*headings(label), *SYNONYMS[key].split(";")),
        required=key in {"organisation", "country", "sector"},
    )
    for key, label in LABELS.items()
)

EXAMPLES: tuple[Text, ...] = tuple(catalogue.terms("member_examples").values())
"""The organisations of the template's examples: nobody imports them by accident."""
