"""The members' list: what is read and written of organisations and their contacts."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, select, union
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.problems import Problem, or_problem
from consulta.core.ranges import RANGES
from consulta.core.typed import as_written, from_stored, in_full
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold, mixes_scripts
from consulta.platform.door import Given
from consulta.platform.formats.delimited import FORMULA
from consulta.platform.importing.cells import ANSWERS, Cells
from consulta.platform.importing.columns import Field, declared
from consulta.platform.importing.meanings import CATEGORY
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.likeness import Names
from consulta.platform.listing import alphabetical, by_name, joined, page_of, says
from consulta.platform.log import seals
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.models import (
    OBJECTING,
    AccessChange,
    Base,
    Contact,
    FormerAddress,
    Link,
    Message,
    Nomination,
    Organisation,
    Registration,
    Round,
    Seat,
    SeatAddress,
    Sponsorship,
)
from consulta.platform.texts import PHONE_MAX, address, line, telephone
from consulta.rounds import addresses
from consulta.vote.changes import service as access_changes
from consulta.vote.changes.values import Stood

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes
    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Application
    from consulta.platform.work import Work
    from consulta.vote.changes.service import Kind
    from consulta.vote.changes.values import Asked


@dataclass(frozen=True, slots=True)
class PublicMember:
    """An organisation as any reader sees it; `since`: the day of its admission, where it is known."""

    name: str
    country: str
    sector: Text
    since: str | None
    web: str
    example: bool


class OwnContact(NamedTuple):
    """An active contact as the others of its organisation see it."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    may_vote: bool


@dataclass(frozen=True, slots=True)
class MemberPage:
    """An organisation with what should be known of it before it is changed."""

    member: Organisation  # with its contacts
    near: Any  # a row of another organisation that may be the same (`all_names`), or None
    shared: Mapping[str, Sequence[Organisation]]  # addresses of contacts that others have too
    open_rounds: tuple[Round, ...]  # that have it on their roll

    @property
    def names(self) -> Mapping[str, Text]:
        """Return the names of its categories by dimension."""
        return category_names(self.member)

    @property
    def voting(self) -> int:
        """Return how many of its contacts can vote for it."""
        return sum(each.active and each.may_vote for each in self.member.contacts)


@dataclass(frozen=True, slots=True)
class BulkDone:
    """An act on many organisations; `standing` are those in which nothing of it was changed since.

    `before` has what stood in each: whether it was active, its tags, or the key of its category.
    """

    act: str
    value: str
    standing: frozenset[int]
    before: Mapping[int, Any]


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that an import added (`before` is None) or changed: its values by column, before and after it."""

    id: int
    organisation: int
    before: Annotated[dict[str, Any], as_written] | None
    after: Annotated[dict[str, Any], as_written]

    @property
    def name(self) -> str:
        """Return the name that the import left."""
        return str(self.after["name"])


@dataclass(frozen=True, slots=True)
class Document:
    """The rows that an import added or changed."""

    organisations: tuple[Kept, ...] = ()
    contacts: tuple[Kept, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Document:
        """Return the document that was stored; an empty one for None."""
        return from_stored(cls, stored or {})

    def stored(self) -> dict[str, Any]:
        """Return the document in the form in which it is stored."""
        return in_full(self)

    def all_organisations(self) -> set[int]:
        """Return the ids of the organisations that were changed, or whose contacts were."""
        return {kept.organisation for kept in (*self.organisations, *self.contacts)}

    def part(self, wanted: Callable[[int], bool]) -> Document:
        """Return the rows whose organisation is wanted."""
        kinds = (self.organisations, self.contacts)
        return Document(*(tuple(kept for kept in rows if wanted(kept.organisation)) for rows in kinds))


def added(rows: tuple[Kept, ...]) -> list[int]:
    """Return the ids of the rows that were added."""
    return [kept.id for kept in rows if kept.before is None]


def stood(values: Mapping[str, Any]) -> Stood:
    """Return how a contact with these values stands: whether it may vote, and its address."""
    return Stood(bool(values["active"] and values["may_vote"]), str(values["email"]))


NAME_MAX, TAG_MAX, TAGS_MAX = 200, 40, 20

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
    language, strange = _language(cells, languages)
    entry = Entry(
        row.label,
        name=name,
        key=fold(name),
        country=country.iso2 if country else None,
        categories=_categories(cells),
        base=_base(cells),
        tags=_tags(cells),
        contact=_contact(cells),
        email=_email(cells),
        phone=_phone(cells),
        language=language,
        may_vote=cells.one_of("may_vote", ANSWERS, "row.may_vote"),
        language_strange=strange,
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
            language, strange = _language(cells, languages)
            may_vote = cells.one_of("may_vote", ANSWERS, "row.may_vote")
            yield replace(
                first,
                categories={},
                base=None,
                tags=None,
                contact=_contact(cells),
                email=_email(cells),
                phone=_phone(cells),
                language=language if cells.text("language") else first.language,
                may_vote=may_vote if cells.text("may_vote") else first.may_vote,
                language_strange=strange if cells.text("language") else first.language_strange,
            )
    notes.keep_first(row.label)


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
    for added in dimensions.own():
        if not added.from_country:
            found[added.key] = _category(cells, added)
    return {name: key for name, key in found.items() if key is not None}


def _category(cells: Cells, added: dimensions.Dimension) -> str | None:
    field = field_of(added.key)
    text = cells.text(field)
    if not text:
        return None
    known = cells.notes.known.setdefault(added.key, [])
    found = added.find(cells.meant(field), known)
    if found is not None:
        if found not in known:
            known.append(found)
        return found
    near = added.closest(text)
    said = {"text": text, "dimension": name_of_dimension(added.key), "field": field}
    if near is None:
        cells.fault(field, Problem("row.category_unknown", **said))
    else:
        cells.fault(field, Problem("row.category_near", near=name_of(added.key, near), **said))
    return None


def _base(cells: Cells) -> int | None:
    text = cells.text("base")
    if not text:
        return None
    least, most = RANGES["base"]
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        cells.fault("base", Problem("row.base_whole", text=text))
        return None
    if not least <= int(text) <= most:
        cells.fault("base", Problem("row.base_range", text=text, least=least, most=most))
        return None
    return int(text)


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
        _remark_typing_error(cells, found)
        return found
    mended = _mended(text)
    if _several(text):
        cells.fault("email", Problem("row.email_several", text=text))
    elif mended is None:
        cells.fault("email", Problem("row.email", text=text))
    else:
        cells.fault("email", Problem("row.email_near", text=text, near=mended))
    return None


def _phone(cells: Cells) -> str | None:
    """Return the telephone number; one that is none is left out with a warning, and the row stays good."""
    text = cells.text("phone")
    found = telephone(text) if text else None
    if text and found is None:
        cells.warn("phone", Problem("row.phone", text=text))
    return found


def _several(text: str) -> bool:
    return sum(address(part) is not None for part in re.split(r"[;,/\s]+", text)) > 1


def _remark_typing_error(cells: Cells, email: str) -> None:
    local, _, domain = email.partition("@")
    meant = _provider_meant(domain)
    if meant is not None:
        cells.warn("email", Problem("row.email_typing", text=email, near=f"{local}@{meant}"))


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


PORTION = 10_000
NAMED_AT_ONCE = 500
P = TypeVar("P")
_AS_ROWS = {"synchronize_session": False}
OF_CONTACTS = ("contact.address", "contact.vote", "contact.person")  # kinds of seals


def listed(session: Session) -> list[Organisation]:
    """Return all organisations with their contacts, in one query for any number of them."""
    query = select(Organisation).options(joinedload(Organisation.contacts)).order_by(Organisation.id)
    return list(session.scalars(query).unique())


def _in_category(dimension: str, key: str) -> ColumnElement[bool]:
    if dimension in dimensions.entered_keys():
        there: ColumnElement[bool] = Organisation.categories[dimension].as_string() == key
        return there
    codes = (code for code in catalogue.countries_by_code() if _of(dimension, code) == key)
    return Organisation.country.in_(list(codes))


def _of(dimension: str, country: str) -> str:
    """Return the category of a country in a dimension that is the country or follows from it."""
    if dimension == dimensions.COUNTRY:
        return country
    if dimension == dimensions.SUBREGION:
        return catalogue.subregion_of(country)
    return dimensions.own_by_key()[dimension].of_country(country)


def _by_category(dimension: str, language: str) -> ColumnElement[Any]:
    """Return the expression that sorts organisations by the name of their category; none sorts first."""
    if dimension not in dimensions.entered_keys():
        codes = catalogue.countries_by_code()
        return by_name(
            Organisation.country,
            {code: name_of(dimension, _of(dimension, code)).best(language) for code in codes},
            language,
        )
    category = Organisation.categories[dimension].as_string()
    own = dimensions.own_by_key().get(dimension)
    if own is not None and own.is_open:
        return func.coalesce(alphabetical(category, language), "")
    keys = [each.key for each in own.categories] if own else catalogue.sectors_by_key()
    return by_name(category, {key: name_of(dimension, key).best(language) for key in keys}, language)


def _is_silent() -> ColumnElement[bool]:
    return Organisation.active & ~Organisation.contacts.any(Contact.active & Contact.may_vote)


def known_category_rows(session: Session, dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that organisations have, each once, the first entered first."""
    category = Organisation.categories[dimension].as_string()
    query = (
        select(category).where(category.is_not(None)).group_by(category).order_by(func.min(Organisation.id))
    )
    return tuple(session.scalars(query))


def find(session: Session, organisation_id: int, *, hold: bool = False) -> Organisation | None:
    """Return an organisation with its contacts, or None; with `hold` other writers of it wait."""
    query = (
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(joinedload(Organisation.contacts))
    )
    return session.scalars(query.with_for_update(of=Organisation) if hold else query).unique().first()


def sharing(session: Session, organisation: Organisation) -> list[tuple[str, Organisation]]:
    """Return addresses of active contacts that other organisations also have, with each of those."""
    emails = [contact.email for contact in organisation.contacts if contact.active]
    query = (
        select(Contact.email, Organisation)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.email.in_(emails), Contact.active, Organisation.id != organisation.id)
        .order_by(Contact.email, Organisation.id)
    )
    return [(email, other) for email, other in session.execute(query)]


def chosen(session: Session, ids: Collection[int], *, hold: bool = False) -> list[Organisation]:
    """Return the organisations with these ids, in the order of their ids; with `hold` other writers wait."""
    found: list[Organisation] = []
    for some in _portions(sorted(set(ids))):
        query = select(Organisation).where(Organisation.id.in_(some)).order_by(Organisation.id)
        found += session.scalars(query.with_for_update() if hold else query)
    return found


def written(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these messages, by what must not be sent twice, there are already."""
    found: set[str] = set()
    for some in _portions(sorted(keys)):
        found |= set(session.scalars(select(Message.once).where(Message.once.in_(some))))
    return found


def rolls_since(session: Session, moment: datetime) -> dict[str, set[int]]:
    """Return the organisations on the roll of each round that opened at `moment` or later, by its key."""
    query = select(Round.key, Seat.organisation_id).join(Seat.round).where(Round.opened_at >= moment)
    found: dict[str, set[int]] = {}
    for key, organisation in session.execute(query):
        if organisation is not None:
            found.setdefault(key, set()).add(organisation)
    return found


def with_ids(session: Session, ids: Collection[int]) -> dict[int, Organisation]:
    """Return the organisations with these ids, with their contacts, in one query over all."""
    return {member.id: member for member in listed(session) if member.id in ids}


def linked(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Return which of these contacts ever had a personal link, or were on file in a round.

    Contacts of a change of who may vote count, too.
    """
    found = session.scalars(
        union(
            select(Link.contact_id).where(Link.contact_id.is_not(None)),
            select(SeatAddress.contact_id),
            select(AccessChange.contact_id),
        )
    )
    return {each for each in found if each is not None and each in contact_ids}


def linked_since(session: Session, contact_ids: Collection[int], moment: datetime) -> set[int]:
    """Return which of these contacts got a personal link at `moment` or later, other than to object."""
    if not contact_ids:
        return set()
    query = select(Link.contact_id).where(
        Link.contact_id.is_not(None), Link.created_at >= moment, Link.purpose != OBJECTING
    )
    return {each for each in session.scalars(query) if each is not None and each in contact_ids}


OWN = frozenset({"contacts", "former_addresses"})
"""Tables whose rows go with an organisation or contact that is deleted."""


def named(session: Session, table: str, ids: Sequence[int]) -> set[int]:
    """Return which rows of `organisations` or `contacts` other tables name: they cannot be deleted."""
    columns = [
        key.parent
        for each in Base.metadata.sorted_tables
        if each.name not in OWN
        for key in each.foreign_keys
        if key.column.table.name == table
    ]
    found: set[int] = set()
    for at in range(0, len(ids), NAMED_AT_ONCE):
        some = ids[at : at + NAMED_AT_ONCE]
        found |= set(session.scalars(union(*(select(one).where(one.in_(some)) for one in columns))))
    return found


def end_links(session: Session, contact_id: int, at: datetime) -> int:
    """End the links of a contact, but for those to object to a change; how many to vote worked until now."""
    own = (Link.contact_id == contact_id, Link.purpose != OBJECTING, Link.expires_at > at)
    return door.end(session, at, *own)


def delete_contacts(session: Session, ids: Sequence[int]) -> None:
    """Delete contacts for good: only what an import added and nothing else knows."""
    for some in _portions(ids):
        session.execute(
            delete(FormerAddress).where(FormerAddress.contact_id.in_(some)), execution_options=_AS_ROWS
        )
        gone = delete(Contact).where(Contact.id.in_(some))
        session.execute(gone, execution_options={**_AS_ROWS, seals.TOLD: True})
        seals.touch_gone(session, OF_CONTACTS, map(str, some))


def delete_organisations(session: Session, ids: Sequence[int]) -> None:
    """Delete organisations for good: only what an import added, its contacts first."""
    for some in _portions(ids):
        session.execute(delete(Organisation).where(Organisation.id.in_(some)), execution_options=_AS_ROWS)


def _portions(ids: Sequence[P]) -> Iterator[Sequence[P]]:
    """Yield the ids in portions small enough for one statement in every database."""
    yield from (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))


@dataclass(frozen=True, slots=True)
class OrganisationCommand:
    """Values for a new or changed organisation."""

    name: str
    country: str
    categories: Mapping[str, str]  # of the dimensions that are entered, the sector among them
    base: int = 1
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactCommand:
    """Values for a new or changed contact; an empty name is replaced by the address."""

    name: str
    email: str
    language: str = ""  # empty: that of the country, where it is offered
    may_vote: bool = True
    phone: str = ""


def category_names(member: Organisation | Application) -> dict[str, Text]:
    """Return the names of the categories of a member or applicant by dimension, its country first."""
    keys = {"country": member.country, **dimensions.categories_of(member.country, member.categories)}
    return {dimension: name_of(dimension, key) for dimension, key in keys.items()}


def own_contacts(member: Organisation) -> tuple[OwnContact, ...]:
    """Return the active contacts of an organisation, as they see one another."""
    return tuple(
        OwnContact(each.id, each.name, each.email, each.phone, each.language, each.may_vote)
        for each in member.contacts
        if each.active
    )


def list_members(work: Work, wanted: Wanted) -> Found:
    """Return the organisations that `wanted` names, with their contacts.

    They are chosen by the key of a dimension, by `active` ("yes", "no") and by `contact` ("none": active ones
    without a contact who may vote), and sorted by `name`, a dimension, `contacts` or `base`. Each word of the
    text must occur in the name, the tags, or the name or address of a contact.
    """
    require(work, "members.read")
    where = [
        _in_category(dimension, wanted.choice(dimension))
        for dimension in dimensions.columns()
        if wanted.choice(dimension)
    ]
    if wanted.choice("active"):
        where.append(Organisation.active == (wanted.choice("active") == "yes"))
    if wanted.only:
        where.append(Organisation.id.in_(wanted.only))
    if wanted.choice("contact") == "none":
        where.append(_is_silent())
    where += [
        says(word, Organisation.name, joined(Organisation.tags))
        | Organisation.contacts.any(says(word, Contact.name, Contact.email))
        for word in fold(wanted.text).split()
    ]
    voting = select(func.count()).where(
        Contact.organisation_id == Organisation.id, Contact.active, Contact.may_vote
    )
    sorts = {
        "name": (alphabetical(Organisation.name, wanted.language),),
        "contacts": (voting.scalar_subquery(),),
        "base": (Organisation.base,),
        **{dimension: (_by_category(dimension, wanted.language),) for dimension in dimensions.columns()},
    }
    query = select(Organisation).options(selectinload(Organisation.contacts))
    ties = (alphabetical(Organisation.name, wanted.language), Organisation.id)
    return page_of(work.session, query, wanted, where, sorts, ties, lambda member: member)


def public_list(work: Work) -> tuple[PublicMember, ...]:
    """Return the active organisations without contacts, for any reader who may see their names."""
    require(work, "published.read")
    return tuple(
        PublicMember(
            each.name,
            each.country,
            name_of("sector", each.categories.get("sector", "")),
            each.member_since,
            each.web,
            each.example,
        )
        for each in work.session.scalars(select(Organisation).where(Organisation.active))
    )


def open_lists(work: Work, language: str) -> dict[str, list[str]]:
    """Return by dimension with an open list the categories that organisations have, sorted for a language."""
    require(work, "members.read")
    return {
        each.key: sorted(
            known_category_rows(work.session, each.key), key=lambda category: order(category, language)
        )
        for each in dimensions.own()
        if each.is_open
    }


def count_silent(work: Work) -> int:
    """Return how many active organisations have no contact who may vote."""
    require(work, "members.read")
    return work.session.scalar(select(func.count()).select_from(Organisation).where(_is_silent())) or 0


def member_page(work: Work, organisation_id: int) -> MemberPage:
    """Return one organisation, an organisation similar to it, addresses it shares, and its open rounds.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.read")
    member = _member(work, organisation_id)
    names: Names[Any] = Names()
    for other in all_names(work):
        if other.id != member.id:
            names.add(other.name, other.country, other)
    shared: dict[str, list[Organisation]] = {}
    for email, sharer in sharing(work.session, member):
        shared.setdefault(email, []).append(sharer)
    open_rounds = select(Round).join(Seat, Seat.round_id == Round.id).order_by(Round.id)
    on_roll = open_rounds.where(Seat.organisation_id == member.id, Round.state == "open")
    return MemberPage(
        member=member,
        near=names.near(member.name, member.country) or names.elsewhere(member.name, member.country),
        shared=shared,
        open_rounds=tuple(work.session.scalars(on_roll)),
    )


def all_names(work: Work) -> Sequence[Any]:
    """Return rows of id, name and country of every organisation on the list, deactivated ones too."""
    require(work, "members.read")
    return work.session.execute(select(Organisation.id, Organisation.name, Organisation.country)).all()


def add_organisation(
    work: Work, command: OrganisationCommand, *, web: str = "", member_since: str | None = None
) -> int:
    """Add an organisation and return its id; `member_since` is the day of its admission, where it is known.

    Problems: `member.duplicate` and those of `checked`.
    """
    require(work, "members.write")
    member = Organisation(created_at=work.now, web=web, member_since=member_since, **checked(work, command))
    work.session.add(member)
    work.session.flush()
    work.record("members.added", subject(member))
    return member.id


def mark_example(work: Work, organisation_id: int) -> None:
    """Mark an organisation as invented. Raise Problem `member.unknown` if there is no such organisation."""
    require(work, "members.write")
    _member(work, organisation_id, hold=True).example = True


def may_take_back(work: Work, organisation_id: int, added_at: datetime) -> bool:
    """Return whether an organisation that was added at a moment can be taken off the list without a trace.

    It cannot once a round has opened since, or anything but the list knows of it or of one of its contacts.
    """
    require(work, "members.read")
    session = work.session
    member = find(session, organisation_id)
    if member is None:
        return False
    contacts = [each.id for each in member.contacts]
    knowing = (
        select(Round.id).where(Round.opened_at >= added_at),
        select(Seat.id).where(Seat.organisation_id == organisation_id),
        select(Registration.id).where(Registration.organisation_id == organisation_id),
        select(Nomination.id).where(Nomination.organisation_id == organisation_id),
        select(Sponsorship.id).where(Sponsorship.organisation_id == organisation_id),
        select(Message.id).where(Message.contact_id.in_(contacts)),
    )
    return not linked(session, contacts) and all(
        session.scalars(each.limit(1)).first() is None for each in knowing
    )


def take_back(work: Work, organisation_id: int) -> None:
    """Take an organisation that was just added off the list, with its contacts: ask `may_take_back` first.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    contacts = [each.id for each in member.contacts]
    work.record("members.taken_back", subject(member), {"contacts": len(contacts)})
    work.session.expunge(member)
    delete_contacts(work.session, contacts)
    delete_organisations(work.session, [organisation_id])


def change_organisation(
    work: Work, organisation_id: int, command: OrganisationCommand, *, asked_by: int | None = None
) -> None:
    """Change an organisation; rounds opened before keep the values of their opening.

    Its contacts are told of another name, category or base; `asked_by`, the number of the contact who asked
    for it, is told of the decision in its place.
    Problems: `member.unknown`, `member.duplicate` and those of `checked`.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    before = snapshot(member)
    changed = {*_write(member, checked(work, command))}
    work.session.flush()
    if changed:
        fields = {name for name, key in member.categories.items() if before.categories.get(name) != key}
        told = sorted(fields | (changed - {"categories"}))
        work.record("members.changed", subject(member), {"fields": told})
        tell(work, [(before, member)], but=asked_by)


def correct_organisation(work: Work, organisation_id: int, name: str, web: str) -> tuple[str, ...]:
    """Change the name and the web site of an organisation; return which of them changed.

    Rounds opened before keep the name of their opening. Problems: `member.unknown`, `member.name`,
    `member.duplicate`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    command = OrganisationCommand(name, member.country, member.categories, member.base, tuple(member.tags))
    values = {each: said for each, said in checked(work, command).items() if each in {"name", "name_key"}}
    changed = tuple(each for each in _write(member, {**values, "web": web}) if each != "name_key")
    work.session.flush()
    if changed:
        work.record("members.changed", subject(member), {"fields": sorted(changed)})
    return changed


def switch_organisation(work: Work, organisation_id: int, *, active: bool) -> None:
    """Activate or deactivate an organisation: only active ones are on the roll of later rounds.

    Raise Problem `member.unknown` if there is no such organisation.
    """
    require(work, "members.write")
    member = _member(work, organisation_id, hold=True)
    if member.active != active:
        before = snapshot(member)
        member.active = active
        work.record("members.activated" if active else "members.deactivated", subject(member))
        tell(work, [(before, member)])


def add_contact(
    work: Work,
    organisation_id: int,
    command: ContactCommand,
    asked: Asked | None = None,
    replaces: int | None = None,
) -> int:
    """Add a contact and return its id; while a round is open it waits before it can vote.

    The wait is decided in `changes.service`. `replaces` is the id of the contact whose place the new one
    takes.
    Problems: `member.unknown`, `member.contact.unknown` (for `replaces`), `contact.duplicate`,
    `access.reason` and those of `checked_contact`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    stood = snapshot(member)
    contact = Contact(created_at=work.now, active=True, **checked_contact(work, command, member.country))
    member.contacts.append(contact)
    work.session.flush()
    work.record("contacts.added", subject(member), {"contact": contact.id})
    former = _service_contact(member, replaces) if replaces is not None else None
    access_changes.settle(work, contact, None, "replaced" if former else "added", asked, former)
    tell(work, [(stood, member)])
    return contact.id


def change_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> int:
    """Change a contact and return how many personal links ended by it.

    A personal link belongs to the reader of the address to which it was sent: if the address changes,
    the link ends. While a round is open, the new address waits before it can vote (`changes.service`).
    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those
    of `checked_contact`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    contact = _service_contact(member, contact_id)
    stood, before = snapshot(member), access_changes.stood(contact)
    changed = _write(contact, checked_contact(work, command, member.country))
    work.session.flush()
    ended = 0
    if "email" in changed:
        addresses.give_up(work, contact, before.address)
        ended = end_links(work.session, contact.id, work.now)
        contact.bounced_at = contact.bounce_reason = None  # that was the other address
    if changed:
        details = {"contact": contact.id, "fields": changed} | ({"links_ended": ended} if ended else {})
        work.record("contacts.changed", subject(member), details)
    kind: Kind = "address" if "email" in changed else "switched_on"
    access_changes.settle(work, contact, before, kind, asked)
    tell(work, [(stood, member)])
    return ended


def switch_contact(
    work: Work, organisation_id: int, contact_id: int, *, active: bool, asked: Asked | None = None
) -> None:
    """Activate or deactivate a contact: only an active contact can vote and is invited or reminded.

    While a round is open, a contact that could not vote at the opening waits before it can
    (`changes.service`). An address on file for a seat still gets that round's notices.
    Problems: `member.unknown`, `member.contact.unknown`, `access.reason`.
    """
    require(work, "contacts.write")
    member = _member(work, organisation_id, hold=True)
    contact = _service_contact(member, contact_id)
    if contact.active != active:
        stood, before = snapshot(member), access_changes.stood(contact)
        contact.active = active
        if not active:
            addresses.give_up(work, contact, contact.email)
        action = "contacts.activated" if active else "contacts.deactivated"
        work.record(action, subject(member), {"contact": contact.id})
        access_changes.settle(work, contact, before, "switched_on", asked)
        tell(work, [(stood, member)])


def confirm_contact(work: Work, contact_id: int, asked: Asked) -> None:
    """Let a contact vote whose address was confirmed by a link; nothing where it may already.

    While its organisation is on an open roll it waits first (`changes.service`).
    Problem: `member.contact.unknown` where it is not there, or not active.
    """
    require(work, "contacts.confirm")
    query = select(Contact).where(Contact.id == contact_id).options(joinedload(Contact.organisation))
    found = work.session.scalars(query.with_for_update(of=Contact)).first()
    if found is None or not found.active:
        raise Problem("member.contact.unknown")
    if found.may_vote:
        return
    before = access_changes.stood(found)
    found.may_vote = True
    work.record("contacts.confirmed", subject(found.organisation), {"contact": found.id})
    access_changes.settle(work, found, before, "switched_on", asked)


def subject(member: Organisation) -> str:
    """Return the name of an organisation in the log."""
    return f"organisation:{member.id}"


def _member(work: Work, organisation_id: int, *, hold: bool = False) -> Organisation:
    return or_problem(find(work.session, organisation_id, hold=hold), "member.unknown")


def _service_contact(member: Organisation, contact_id: int) -> Contact:
    for contact in member.contacts:
        if contact.id == contact_id:
            return contact
    raise Problem("member.contact.unknown")


def checked(work: Work, command: OrganisationCommand) -> dict[str, Any]:
    """Return the values to store for an organisation.

    Problems: `member.name`, `.country`, `.sector`, `.category`, `.base`, `.tags`.
    """
    name = line(command.name)
    if not fold(name) or len(name) > NAME_MAX:
        raise Problem("member.name", most=NAME_MAX)
    if command.country not in catalogue.countries_by_code():
        raise Problem("member.country")
    categories = _service_categories(work, command.categories)
    least, most = RANGES["base"]
    if not least <= command.base <= most:
        raise Problem("member.base", least=least, most=most)
    if len(command.tags) > TAGS_MAX or any(len(tag) > TAG_MAX for tag in command.tags):
        raise Problem("member.tags", most=TAGS_MAX, length=TAG_MAX)
    return {
        "name": name,
        "name_key": fold(name),
        "country": command.country,
        "categories": categories,
        "base": command.base,
        "tags": list(command.tags),
    }


def _service_categories(work: Work, given: Mapping[str, str]) -> dict[str, str]:
    """Return the categories of an organisation, as they are stored, in all dimensions that are entered.

    Problems: `member.sector`, `member.category`.
    """
    found = {"sector": given.get("sector", "")}
    if found["sector"] not in catalogue.sectors_by_key():
        raise Problem("member.sector")
    for added in dimensions.own():
        if added.from_country:
            continue
        written = line(given.get(added.key, ""))
        key = or_problem(
            added.find(written, known_category_rows(work.session, added.key)) if written else None,
            "member.category",
            dimension=name_of_dimension(added.key),
            key=added.key,
        )
        found[added.key] = key
    return found


def known_categories(members: Iterable[Organisation], dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that organisations have, each once, in order of `members`."""
    return tuple(
        dict.fromkeys(key for member in members if (key := member.categories.get(dimension)) is not None)
    )


def checked_contact(work: Work, command: ContactCommand, country: str) -> dict[str, Any]:
    """Return the checked values to store for a contact.

    Problems: `member.contact.name`, `.email`, `.phone`, `.language`.
    """
    email = or_problem(address(command.email), "member.contact.email", text=command.email)
    if len(line(command.name)) > NAME_MAX:
        raise Problem("member.contact.name", most=NAME_MAX)
    phone = or_problem(
        telephone(command.phone) if line(command.phone) else "", "member.contact.phone", most=PHONE_MAX
    )
    language = command.language or catalogue.language_for(country, work.languages)
    if language not in work.languages:
        raise Problem("member.contact.language")
    name = line(command.name) or email
    return {
        "name": name,
        "email": email,
        "phone": phone,
        "language": language,
        "may_vote": command.may_vote,
    }


def _write(target: object, values: dict[str, Any]) -> list[str]:
    """Write what differs, and say which."""
    changed = [name for name, value in values.items() if getattr(target, name) != value]
    for name in changed:
        setattr(target, name, values[name])
    return sorted(changed)


KIND = "own_data_changed"


class Person(NamedTuple):
    """A contact at one moment."""

    number: int
    name: str
    address: str
    language: str
    active: bool
    votes: bool
    reached: bool  # mail to this address is neither paused nor known not to arrive


class Snapshot(NamedTuple):
    """An organisation at one moment: what of it decides its vote, and its contacts."""

    name: str
    active: bool
    country: str
    categories: Mapping[str, str]
    base: int
    people: tuple[Person, ...]


class News(NamedTuple):
    """What one person is told: sentences (`own_...` in the words of mails), each with whom it is about."""

    reader: Person
    acts: tuple[tuple[str, str], ...]


def person(contact: Contact) -> Person:
    """Return a contact as it is now."""
    return Person(
        contact.id,
        contact.name,
        contact.email,
        contact.language,
        contact.active,
        contact.active and contact.may_vote,
        hindrance(contact) is None,
    )


def snapshot(member: Organisation) -> Snapshot:
    """Return an organisation, with its contacts, as it is now."""
    return Snapshot(
        member.name,
        member.active,
        member.country,
        dict(member.categories),
        member.base,
        tuple(person(each) for each in member.contacts),
    )


def between(before: Snapshot, after: Snapshot, *, contacts: bool = True) -> list[News]:
    """Return who is told what of a change.

    Who is told of a change of the own access or address always is; others, where mail reaches them. Without
    `contacts` nothing is told of contacts.
    """
    about_all: list[tuple[str, str]] = []
    if before.active != after.active:
        about_all.append(("activated" if after.active else "deactivated", before.name))
    if _fields(before) != _fields(after):
        about_all.append(("fields", before.name))
    now = {each.number: each for each in after.people}
    of_person = _of_contacts(before, now) if contacts else {}
    found = []
    for reader in before.people:
        if reader.number not in now:
            continue
        heard = [
            (what, about)
            for number, (what, about) in of_person.items()
            if reader.reached or number == reader.number
        ]
        acts = (*(about_all if reader.reached else ()), *heard)
        if acts and reader.active:
            found.append(News(reader, acts))
    return found


def _fields(stood: Snapshot) -> tuple[object, ...]:
    """Return what of an organisation names it and decides the weight of its vote."""
    return stood.name, stood.country, stood.categories, stood.base


def _of_contacts(before: Snapshot, now: Mapping[int, Person]) -> dict[int, tuple[str, str]]:
    """Return what is told of each contact that changed, by its number."""
    known = {each.number: each for each in before.people}
    told: dict[int, tuple[str, str]] = {}
    for was in before.people:
        here = now.get(was.number)
        if here is None or (was.active and not here.active):
            told[was.number] = ("off", was.name)
        elif was.address != here.address:
            told[was.number] = ("address", was.name)
        elif not was.active and here.active:
            told[was.number] = ("on", was.name)
        elif was.votes != here.votes:
            told[was.number] = ("voting" if here.votes else "silenced", was.name)
    told |= {number: ("added", each.name) for number, each in now.items() if number not in known}
    return told


def tell(work: Work, changed: Iterable[tuple[Snapshot, Organisation]], *, but: int | None = None) -> None:
    """Tell what staff did with organisations, each with how it stood before.

    Nothing is told of what a command does: whoever runs it tells people. `but` is the number of a contact who
    asked for the change, and reads of the decision in another mail.
    """
    if work.actor.staff_id is not None:
        for before, member in changed:
            found = _news(work, before, snapshot(member), member)
            send(work, member, [each for each in found if each.reader.number != but])


def count(work: Work, changes_to_come: Iterable[tuple[Snapshot, Snapshot, Organisation]]) -> int:
    """Return how many mails `tell` would write for organisations, each as it is and as it would be."""
    return sum(len(_news(work, before, after, member)) for before, after, member in changes_to_come)


def _news(work: Work, before: Snapshot, after: Snapshot, member: Organisation) -> list[News]:
    """Return what is told of a change now. Contacts are left to the notices of a round that is open."""
    if before == after:
        return []
    moved = before.people != after.people
    return between(before, after, contacts=moved and not addresses.open_seats(work.session, member.id))


def send(work: Work, member: Organisation, news: Sequence[News], who: str = "") -> None:
    """Write to people what they are told, with a link to object; `who` did it, empty for the secretariat."""
    when = round(work.now.timestamp() * 1000)
    tokens = door.give(work, OBJECTING, [Given(member.id, each.reader.number) for each in news])
    there = {each.id: each for each in member.contacts}
    letters = []
    for (reader, acts), token in zip(news, tokens, strict=True):
        (what, about), *also = acts
        contact = there.get(reader.number)
        is_there = contact is not None and contact.active and contact.email == reader.address
        letters.append(
            PlainLetter(
                KIND,
                reader.name,
                member.name,
                member.country,
                reader.address,
                reader.language,
                f"{KIND}:{what}:{reader.number}:{reader.address}:{about}:{when}",
                token,
                {"what": what, "about": about, "also": also, **({"who": who} if who else {"desk": True})},
                contact if is_there else None,
            )
        )
    queue_plain(work, letters)
