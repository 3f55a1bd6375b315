"""What one row of a members' file is understood to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.people.members import EXAMPLES, fields, labels, read, split_tags
from consulta.platform.formats.table import Row, Table
from consulta.platform.importing.cells import Notes
from consulta.platform.importing.columns import match
from tests.cases import for_each

if TYPE_CHECKING:
    from consulta.people.members import Entry

GOOD = {"organisation": "Red Andina", "country": "PE", "sector": "ngo"}


def reading(**cells: str) -> tuple[Entry, Notes]:
    """A row that says these things under our own Spanish headings."""
    headings = tuple(label["es"] for label in labels().values())
    row = Row(7, tuple((GOOD | cells).get(field, "") for field in labels()))
    table = Table(headings, (row,))
    notes = Notes(table, match(table, fields()))
    return read(row, notes), notes


def told(notes: Notes) -> list[tuple[str, str, str]]:
    found = [*notes.faults.get("7", []), *notes.warnings.get("7", [])]
    return [(note.row, note.column, note.problem.code) for note in found]


@for_each(
    "headings",
    [
        ("Organización", "País", "Sector"),
        ("organisation", "country", "sector"),
        ("ORGANIZACION", "PAIS", "SECTOR"),
        ("Tipo de organización", "Nombre", "Código de país"),
        ("Main sector", "Name of the organization", "Country name"),
        ("País / Country", "Organización / Organisation", "Sector / Sector"),
        ("Contacto", "Institución", "País", "Tipo", "Correo-e", "Idioma", "Vota", "Base", "Tags"),
    ],
)
def test_headings_are_understood_in_either_language_and_any_order(headings: tuple[str, ...]) -> None:
    columns = match(Table(headings, ()), fields()).checked()
    assert {"organisation", "country", "sector"} <= columns.places.keys()
    assert columns.unknown == ()
    assert len(columns.places) == len(headings)


@for_each("field", labels())
def test_no_heading_means_two_things(field: str) -> None:
    mine = {heading for each in fields() if each.key == field for heading in each.headings}
    others = {heading for each in fields() if each.key != field for heading in each.headings}
    assert not mine & others


def test_a_missing_heading_is_named_in_the_language_of_the_others() -> None:
    with pytest.raises(Problem) as caught:
        match(Table(("Organización", "Correo"), ()), fields()).checked()
    assert caught.value.code == "file.headings_missing"
    assert caught.value.params["headings"] == "País, Sector"


def test_two_headings_for_one_thing_are_refused() -> None:
    with pytest.raises(Problem, match=r"file\.headings_doubled.*Type"):
        match(Table(("Name", "Country", "Sector", "Type"), ()), fields()).checked()


def test_an_empty_cell_says_nothing() -> None:
    entry, notes = reading()
    assert (entry.base, entry.tags, entry.contact, entry.email, entry.language, entry.may_vote) == (None,) * 6
    assert told(notes) == []


def test_text_is_kept_as_text() -> None:
    entry, notes = reading(organisation="<b>Red</b> & <script>alert(1)</script>")
    assert entry.name == "<b>Red</b> & <script>alert(1)</script>"
    assert told(notes) == []


def test_a_formula_is_text_that_is_remarked_upon() -> None:
    entry, notes = reading(organisation="=1+1", contact="+Ana", email="ana@example.org")
    assert (entry.name, entry.contact) == ("=1+1", "+Ana")
    assert told(notes) == [("7", "Organización", "row.formula"), ("7", "Contacto", "row.formula")]


def test_spaces_and_line_breaks_in_a_name_are_one_space() -> None:
    entry, _ = reading(organisation="  Red \n  Andina\t de\u200b Mujeres ")
    assert entry.name == "Red Andina de Mujeres"


@for_each(
    "text, code",
    [("Perú", "PE"), ("per", "PE"), ("república de chile", "CL"), ("BRAZIL", "BR"), ("Saint Lucia", "LC")],
)
def test_countries_as_people_write_them(text: str, code: str) -> None:
    assert reading(country=text)[0].country == code


@for_each(
    "field, text, code, near",
    [
        ("country", "Hondruas", "row.country_near", "Honduras"),
        ("country", "Trinidad and Tobaco", "row.country_near", "Trinidad and Tobago"),
        ("country", "Trinida y Tabago", "row.country_near", "Trinidad y Tabago"),
        ("sector", "Sindicatto", "row.sector_near", "Sindicato"),
        ("sector", "Trade unyon", "row.sector_near", "Trade union"),
        ("email", "ana@correo,org", "row.email_near", "ana@correo.org"),
        ("email", "Ana <ana@correo.org>", "row.email_near", "ana@correo.org"),
        ("email", "mailto:ana@correo.org", "row.email_near", "ana@correo.org"),
        ("email", "ana (arroba) correo.org", "row.email_near", "ana@correo.org"),
        ("email", "ana@ correo. org", "row.email_near", "ana@correo.org"),
        ("email", "ana@correo.org.", "row.email_near", "ana@correo.org"),
        ("email", "ana@@correo..org", "row.email_near", "ana@correo.org"),
    ],
)
def test_what_was_meant_is_suggested_in_the_language_of_the_file(
    field: str, text: str, code: str, near: str
) -> None:
    entry, notes = reading(**{field: text})
    assert (entry.categories.get(field) if field == "sector" else getattr(entry, field)) is None
    (fault,) = notes.faults["7"]
    assert (fault.problem.code, fault.problem.params["text"], fault.problem.params["near"]) == (
        code,
        text,
        near,
    )


@for_each(
    "field, text, code",
    [
        ("organisation", "", "row.name_missing"),
        ("organisation", "¿?", "row.name_letters"),
        ("organisation", "x" * 201, "row.name_long"),
        ("organisation", EXAMPLES[0]["es"], "row.example"),
        ("organisation", EXAMPLES[1]["en"].upper(), "row.example"),
        ("country", "", "row.country_missing"),
        ("country", "Portugal", "row.country_unknown"),
        ("sector", "Astronomía", "row.sector_unknown"),
        ("base", "1,5", "row.base_whole"),
        ("base", "1.000", "row.base_whole"),
        ("base", "1e3", "row.base_whole"),
        ("base", "dos", "row.base_whole"),
        ("base", "٣", "row.base_whole"),
        ("base", "0", "row.base_range"),
        ("base", "-1", "row.base_range"),
        ("base", "1000001", "row.base_range"),
        ("base", "9" * 18, "row.base_range"),
        ("base", "9" * 4000, "row.base_whole"),
        ("tags", ",".join(f"t{number}" for number in range(21)), "row.tags_many"),
        ("tags", "x" * 41, "row.tag_long"),
        ("email", "no tiene", "row.email"),
        ("email", "@", "row.email"),
        ("email", "ana@localhost", "row.email"),
        ("email", "a@correo.org; b@correo.org", "row.email_several"),
        ("email", "a@correo.org / b@correo.org", "row.email_several"),
        ("may_vote", "tal vez", "row.may_vote"),
    ],
)
def test_what_is_wrong_is_said_with_its_row_and_heading(field: str, text: str, code: str) -> None:
    _, notes = reading(**{field: text})
    assert told(notes) == [("7", labels()[field]["es"], code)]
    assert notes.faults["7"]


def test_a_language_that_is_none_here_is_remarked_and_refuses_nothing() -> None:
    entry, notes = reading(language="quechua", email="ana@example.org")
    assert (entry.language, entry.language_strange) == (None, True)
    assert not notes.faults
    assert [note.problem.code for note in notes.warnings["7"]] == ["row.language"]


def test_the_largest_name_tags_and_base_are_good() -> None:
    entry, notes = reading(
        organisation="x" * 200, base="1000000", tags=";".join(["y" * 40, *map(str, range(19))])
    )
    assert told(notes) == []
    assert (len(entry.name), entry.base, len(entry.tags or ())) == (200, 1_000_000, 20)


@for_each(
    "text, meant",
    [
        ("es", "es"),
        ("Español", "es"),
        ("castellano", "es"),
        ("Spanish", "es"),
        ("EN", "en"),
        ("inglés", "en"),
    ],
)
def test_languages(text: str, meant: str) -> None:
    assert reading(language=text, email="ana@example.org")[0].language == meant


@for_each("text", ["sí", "SI", "yes", "y", "x", "1", "true", "Verdadero"])
def test_yes(text: str) -> None:
    assert reading(may_vote=text)[0].may_vote is True


@for_each("text", ["no", "No.", "n", "0", "false", "Falso"])
def test_no(text: str) -> None:
    assert reading(may_vote=text)[0].may_vote is False


@for_each(
    "text, near",
    [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("a@gmail.co", "a@gmail.com"),
    ],
)
def test_a_typing_error_in_a_well_known_provider_is_remarked_upon(text: str, near: str) -> None:
    entry, notes = reading(email=text)
    assert entry.email == text
    (warning,) = notes.warnings["7"]
    assert warning.problem.code == "row.email_typing"
    assert warning.problem.params["near"] == near


@for_each("text", ["a@gmail.com", "a@mail.com", "a@yahoo.com.mx", "a@hotmail.es", "a@ymail.com"])
def test_addresses_of_providers_that_exist_are_not(text: str) -> None:
    assert told(reading(email=text)[1]) == []


def test_an_address_is_kept_in_one_form() -> None:
    assert reading(email=" Ana.Pérez@Correo.ORG ")[0].email == "ana.pérez@correo.org"


def test_a_contact_without_address_is_remarked_upon() -> None:
    entry, notes = reading(contact="Ana")
    assert entry.email is None
    assert told(notes) == [("7", "Contacto", "row.contact_unreachable")]


@for_each(
    "text, tags",
    [
        ("frontera; niñez", ("frontera", "niñez")),
        ("a, b ,c", ("a", "b", "c")),
        ("uno\ndos", ("uno", "dos")),
        ("Niñez, ninez, NIÑEZ, otra", ("Niñez", "otra")),
        ("a, b, A", ("a", "b")),
        (" ; , ", ()),
        ("", ()),
    ],
)
def test_tags(text: str, tags: tuple[str, ...]) -> None:
    assert split_tags(text) == tags


def test_what_the_reader_of_the_file_found_is_said_once() -> None:
    headings = tuple(label["es"] for label in labels().values())
    broken = Problem("file.cell_error", row=7, column="C", limit=5000)
    row = Row(7, ("Red Andina", "PE", "#N/A", *[""] * (len(headings) - 3)), broken)
    table = Table(headings, (row,))
    notes = Notes(table, match(table, fields()))
    read(row, notes)
    assert told(notes) == [("7", "Sector", "file.cell_error")]


def test_a_cell_beyond_the_headings_is_named_by_its_letter() -> None:
    headings = ("Organización", "País", "Sector")
    extra = Problem("file.extra_cell", row=7, column="D", limit=5000)
    row = Row(7, ("Red Andina", "PE", "ngo"), extra)
    table = Table(headings, (row,))
    notes = Notes(table, match(table, fields()))
    read(row, notes)
    assert told(notes) == [("7", "D", "file.extra_cell")]
