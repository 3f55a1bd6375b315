"""What one row of a members' file is understood to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.people.members_rows import EXAMPLES, fields, labels, read, split_tags
from consulta.platform.formats.table import Row, Table
from consulta.platform.importing.cells import Notes
from consulta.platform.importing.columns import match

if TYPE_CHECKING:
    from consulta.people.members_rows import Entry

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


def test_headings_are_understood_in_either_language_and_any_order() -> None:
    for headings in [
        ("Organización", "País", "Sector"),
        ("organisation", "country", "sector"),
        ("ORGANIZACION", "PAIS", "SECTOR"),
        ("Tipo de organización", "Nombre", "Código de país"),
        ("Main sector", "Name of the organization", "Country name"),
        ("País / Country", "Organización / Organisation", "Sector / Sector"),
        ("Contacto", "Institución", "País", "Tipo", "Correo-e", "Idioma", "Vota", "Base", "Tags"),
    ]:
        columns = match(Table(headings, ()), fields()).checked()
        assert {"organisation", "country", "sector"} <= columns.places.keys(), headings
        assert columns.unknown == (), headings
        assert len(columns.places) == len(headings), headings


def test_no_heading_means_two_things() -> None:
    for field in labels():
        mine = {heading for each in fields() if each.key == field for heading in each.headings}
        others = {heading for each in fields() if each.key != field for heading in each.headings}
        assert not mine & others, field


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


def test_countries_as_people_write_them() -> None:
    for text, code in [
        ("Perú", "PE"),
        ("per", "PE"),
        ("república de chile", "CL"),
        ("BRAZIL", "BR"),
        ("Saint Lucia", "LC"),
    ]:
        assert reading(country=text)[0].country == code, (text, code)


def test_what_was_meant_is_suggested_in_the_language_of_the_file() -> None:
    for field, text, code, near in [
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
    ]:
        entry, notes = reading(**{field: text})
        assert (entry.categories.get(field) if field == "sector" else getattr(entry, field)) is None, (
            field,
            text,
        )
        (fault,) = notes.faults["7"]
        assert (fault.problem.code, fault.problem.params["text"], fault.problem.params["near"]) == (
            code,
            text,
            near,
        ), (field, text)


def test_what_is_wrong_is_said_with_its_row_and_heading() -> None:
    for field, text, code in [
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
    ]:
        _, notes = reading(**{field: text})
        assert told(notes) == [("7", labels()[field]["es"], code)], (field, text)
        assert notes.faults["7"], (field, text)


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


def test_languages() -> None:
    for text, meant in [
        ("es", "es"),
        ("Español", "es"),
        ("castellano", "es"),
        ("Spanish", "es"),
        ("EN", "en"),
        ("inglés", "en"),
    ]:
        assert reading(language=text, email="ana@example.org")[0].language == meant, (text, meant)


def test_yes() -> None:
    for text in ["sí", "SI", "yes", "y", "x", "1", "true", "Verdadero"]:
        assert reading(may_vote=text)[0].may_vote is True, text


def test_no() -> None:
    for text in ["no", "No.", "n", "0", "false", "Falso"]:
        assert reading(may_vote=text)[0].may_vote is False, text


def test_a_typing_error_in_a_well_known_provider_is_remarked_upon() -> None:
    for text, near in [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("a@gmail.co", "a@gmail.com"),
    ]:
        entry, notes = reading(email=text)
        assert entry.email == text, (text, near)
        (warning,) = notes.warnings["7"]
        assert warning.problem.code == "row.email_typing", (text, near)
        assert warning.problem.params["near"] == near, (text, near)


def test_addresses_of_providers_that_exist_are_not() -> None:
    for text in ["a@gmail.com", "a@mail.com", "a@yahoo.com.mx", "a@hotmail.es", "a@ymail.com"]:
        assert told(reading(email=text)[1]) == [], text


def test_an_address_is_kept_in_one_form() -> None:
    assert reading(email=" Ana.Pérez@Correo.ORG ")[0].email == "ana.pérez@correo.org"


def test_a_contact_without_address_is_remarked_upon() -> None:
    entry, notes = reading(contact="Ana")
    assert entry.email is None
    assert told(notes) == [("7", "Contacto", "row.contact_unreachable")]


def test_tags() -> None:
    for text, tags in [
        ("frontera; niñez", ("frontera", "niñez")),
        ("a, b ,c", ("a", "b", "c")),
        ("uno\ndos", ("uno", "dos")),
        ("Niñez, ninez, NIÑEZ, otra", ("Niñez", "otra")),
        ("a, b, A", ("a", "b")),
        (" ; , ", ()),
        ("", ()),
    ]:
        assert split_tags(text) == tags, (text, tags)


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
