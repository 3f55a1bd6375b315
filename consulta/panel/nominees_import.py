"""The import of nominees into a draft, and taken back: who is there already stays as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import as_written, from_stored
from consulta.panel import nominees
from consulta.panel.proposals import NomineeCommand, faults, person
from consulta.platform.data import attributes, catalogue
from consulta.platform.data.attributes import PREFIX
from consulta.platform.data.dimensions import DimensionsError
from consulta.platform.data.folding import fold
from consulta.platform.importing.cells import ANSWERS, Cells
from consulta.platform.importing.columns import declared
from consulta.platform.importing.service import Importer, planned
from consulta.platform.importing.values import Change, PreviewRow
from consulta.platform.labels import name_of
from consulta.platform.texts import line
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from consulta.platform.data.catalogue import Entry
    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Nominee, Round, Theme, Upload
    from consulta.platform.work import Work


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
    "post": "Puesto;Job title;Position;Posto",
    "given_name": "Nombre de pila;Given names;First name;Nombres de pila;Primeiro nome",
    "family_name": "Apellido;Family names;Last name;Surname;Surnames;Sobrenomes",
    "phone": "Tel;Celular;Móvil;Phone;Telephone number;Mobile;Fone",
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


def import_fields() -> tuple[Field, ...]:
    """Return the columns of a file of nominees, with the attributes that the installation adds."""
    synonyms = {each.field: ";".join(each.headings) for each in attributes.added()}
    return (*FIELDS, *declared(attribute_labels(), synonyms, ()))


def attribute_labels() -> dict[str, Text]:
    """Return the heading of the column of each attribute that the installation adds."""
    return {each.field: Text(each.names) for each in attributes.added()}


def require_different(added: Iterable[attributes.Attribute]) -> None:
    """Raise DimensionsError if a heading of an added attribute is also that of another column."""
    taken = {fold(heading): each.key for each in FIELDS for heading in (each.key, *each.headings)}
    for each in added:
        for heading in (*each.names.values(), *each.headings):
            other = taken.setdefault(fold(heading), each.key)
            if other != each.key:
                raise DimensionsError(
                    f"attribute {each.key} has the heading {heading!r}, which is that of {other}"
                )


_LANGUAGES = catalogue.tongue_spellings()
_KINDS = {
    **dict.fromkeys(("persona", "pessoa", "person", "p"), "person"),
    **dict.fromkeys(("institucion", "instituicao", "institution", "i"), "institution"),
}
_SINGULAR = {"topics": "topic"}
_ANY_TOPIC = frozenset({"qualquer", "qualquer um", "todos os temas", "", "todos", "all", "cualquiera", "any"})


def read_row(
    row: Row,
    notes: Notes,
    topics: Mapping[str, str],
    seen: dict[tuple[str, str], str],
    places: Mapping[str, str],
) -> NomineeCommand:
    """Return the nominee of a row; add all faults to `notes`. A cell that is not understood is empty.

    `topics`: the key of each spelling of a theme; `seen`: the people of the rows before with their labels, as
    `proposals.person` returns them; `places`: the local governments, as
    `nominees.government_spellings` returns them.
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
        attributes=_attributes(cells),
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
        post=cells.text("post"),
        given_name=cells.text("given_name"),
        family_name=cells.text("family_name"),
        phone=cells.text("phone"),
        speaks_for=tuple(line(part) for part in cells.parts("speaks_for")),
        consent_contact=_agrees(cells, "consent_contact"),
        consent_listed=_agrees(cells, "consent_listed"),
        consent_governments=_agrees(cells, "consent_governments"),
        government=_government(cells, role.key if role else "", places),
    )


def _attributes(cells: Cells) -> dict[str, str]:
    """Return the values of the attributes that the installation adds; add a fault where one is unknown."""
    found = {}
    for each in attributes.added():
        text = cells.text(each.field)
        value = each.find(cells.meant(each.field)) if text else None
        if value is not None:
            found[each.key] = value
        elif text:
            cells.fault(
                each.field, Problem("nominee.attribute", text=text, name=Text(each.names), field=each.field)
            )
    return found


def _government(cells: Cells, role: str, places: Mapping[str, str]) -> str:
    text = cells.text("government")
    if not text or not role:
        return ""
    try:
        return nominees.read_government(text, role, places)
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


SHOWN = ("role", "sector", "gender", "email", "support")
"""Fields that a preview shows beside the name, the organisation and the country."""


@dataclass(frozen=True, slots=True)
class _Document:
    """What an import keeps for its undo: the data of the nominees that it added, by key."""

    nominees: Annotated[dict[str, dict[str, Any]], as_written]


class Nominees(Importer):
    """Nominees, one a row; good rows are imported while the round is a draft, the others left out."""

    key = "nominees"
    read_right = "rounds.read"
    whole = False

    def fields(self) -> Sequence[Field]:
        """Return the fields."""
        return import_fields()

    def place(self, work: Work, at: str, *, hold: bool) -> Round:
        """Return the round with its contents. Problems: `round.unknown`, and with `hold` `round.frozen`."""
        return rounds.draft(work, at) if hold else rounds.sized(work, at, contents=True)[0]

    def require_open(self, place: Round) -> None:
        """Raise Problem `round.frozen` unless the round is a draft."""
        if place.state != State.DRAFT.value:
            raise Problem("round.frozen", key=place.key)

    def round_of(self, place: Round) -> Round:
        """Return the round."""
        return place

    def plan(self, work: Work, notes: Notes, place: Round) -> Plan:
        """Return what importing the rows of a file would do now."""
        topics = spellings(place.themes)
        there = {person(each.name, each.organisation): each for each in place.nominees}
        seen: dict[tuple[str, str], str] = {}
        places = nominees.government_spellings(work)
        read = [(row.label, read_row(row, notes, topics, seen, places)) for row in notes.table.rows]
        shown = [
            _preview(row, command, notes, there.get(person(command.name, command.organisation)))
            for row, command in read
        ]
        new = [command for (_, command), row in zip(read, shown, strict=True) if row.kind == "new"]
        return planned(shown, new, {"added": len(new), "on_list": len(place.nominees)})

    def write(self, work: Work, plan: Plan, place: Round, options: Mapping[str, Any]) -> dict[str, Any]:
        """Add the nominees; return their keys and their data. Raise Problem `nominee.many` if too many."""
        keys = nominees.add_all(work, place, plan.drafts)
        work.session.flush()
        return {"nominees": _data(place, keys)}

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return how many nominees were added."""
        return {"count": len(plan.drafts)}

    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return how many nominees were added."""
        return {"added": len(from_stored(_Document, document).nominees)}

    def undo_refusal(self, work: Work, upload: Upload, place: Round) -> Problem | None:
        """Return Problem `round.frozen` once the round is no draft, `nominee.touched` after a change."""
        if place.state != State.DRAFT.value:
            return Problem("round.frozen", key=place.key)
        kept = from_stored(_Document, upload.undo or {}).nominees
        if _data(place, [*kept]) != kept or nominees.are_proposed(work, place, kept):
            return Problem("nominee.touched")
        return None

    def put_back(self, work: Work, document: Mapping[str, Any], place: Round) -> None:
        """Delete the nominees that the import added."""
        nominees.remove_all(work, place, from_stored(_Document, document).nominees)


IMPORTER = Nominees()


def _data(found: Round, keys: Sequence[str]) -> dict[str, Any]:
    """Return the data of nominees by key, as an undo compares them; without those that are not there."""
    there = {nominee.key: nominee for nominee in found.nominees}
    return {key: nominees.said_of(there[key]) for key in keys if key in there}


def _preview(row: str, command: NomineeCommand, notes: Notes, there: Nominee | None) -> PreviewRow:
    faults = tuple(notes.faults.get(row, ()))
    if there is not None and _says_more(command, there):
        notes.warn(row, "name", Problem("nominee.there", name=there.name, organisation=there.organisation))
    given = {name: value for name in SHOWN if (value := getattr(command, name)) not in {None, ""}}
    given |= {f"{PREFIX}{key}": value for key, value in command.attributes.items()}
    return PreviewRow(
        row=row,
        kind="error" if faults else "same" if there else "new",
        organisation=command.name,
        country=name_of("country", command.country) if command.country else Text(),
        contact=command.organisation,
        changes=tuple(Change(name, None, _said(name, value)) for name, value in given.items()),
        faults=faults,
        warnings=tuple(notes.warnings.get(row, ())),
    )


def _says_more(command: NomineeCommand, there: Nominee) -> bool:
    """Return whether a row says something else than is known of a nominee; an empty cell says nothing."""
    known = nominees.said_of(there)
    given = {name: [*value] if isinstance(value, tuple) else value for name, value in asdict(command).items()}
    given["attributes"] = {**known["attributes"], **command.attributes}
    return any(value and value != known[name] for name, value in given.items())


def _said(field: str, value: Any) -> Text:
    """Return a value of a field in words."""
    if field == "sector" or field.startswith(PREFIX):
        return name_of(field.removeprefix(PREFIX), value)
    known = {"role": catalogue.roles_by_key, "gender": catalogue.genders_by_key}
    return known[field]()[value].name if field in known else Text.name(str(value))
