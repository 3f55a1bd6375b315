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


def test_a_heading_that_is_missing_or_there_twice_is_named() -> None:
    with pytest.raises(Problem) as caught:
        match(Table(("Organización", "Correo"), ()), fields()).checked()
    assert caught.value.code == "file.headings_missing"
    assert caught.value.params["headings"] == "País, Sector"
    with pytest.raises(Problem, match=r"file\.headings_doubled.*Type"):
        match(Table(("Name", "Country", "Sector", "Type"), ()), fields()).checked()


def test_an_empty_cell_says_nothing() -> None:
    entry, notes = reading()
    assert (entry.base, entry.tags, entry.contact, entry.email, entry.language, entry.may_vote) == (None,) * 6
    assert told(notes) == []


def test_what_people_write_is_understood() -> None:
    yes, no = (
        ("sí", "SI", "yes", "y", "x", "1", "true", "Verdadero"),
        ("no", "No.", "n", "0", "false", "Falso"),
    )
    spanish, english = ("es", "Español", "castellano", "Spanish"), ("EN", "inglés")
    for field, texts, meant in [
        ("country", ("Perú", "per"), "PE"),
        ("country", ("república de chile",), "CL"),
        ("country", ("BRAZIL",), "BR"),
        ("country", ("Saint Lucia",), "LC"),
        ("language", spanish, "es"),
        ("language", english, "en"),
        ("may_vote", yes, True),
        ("may_vote", no, False),
        ("email", (" Ana.Pérez@Correo.ORG ",), "ana.pérez@correo.org"),
        ("email", ("a@mail.com",), "a@mail.com"),
        ("email", ("a@yahoo.com.mx",), "a@yahoo.com.mx"),
        ("email", ("a@hotmail.es",), "a@hotmail.es"),
        ("email", ("a@ymail.com",), "a@ymail.com"),
        ("phone", ("+51 1 555 0142", "01 555-0142", "0051 (1) 5550142"), "+5115550142"),
    ]:
        for text in texts:
            entry, notes = reading(**{"email": "ana@example.org", field: text})
            assert getattr(entry, field) == meant, (field, text)
            assert told(notes) == [], (field, text)
    entry, notes = reading(organisation="  Red \n  Andina\t de\u200b <b>Mujeres</b> ")
    assert entry.name == "Red Andina de <b>Mujeres</b>", "text is kept as text, on one line"
    assert told(notes) == []


def test_what_is_remarked_upon_refuses_nothing() -> None:
    for cells, field, kept, code in [
        ({"organisation": "=1+1"}, "name", "=1+1", "row.formula"),
        ({"contact": "+Ana", "email": "ana@example.org"}, "contact", "+Ana", "row.formula"),
        ({"language": "quechua", "email": "ana@example.org"}, "language", None, "row.language"),
        ({"phone": "preguntar a Luis", "email": "ana@example.org"}, "phone", "preguntar a Luis", "row.phone"),
        ({"contact": "Ana"}, "email", None, "row.contact_unreachable"),
    ]:
        entry, notes = reading(**cells)
        assert getattr(entry, field) == kept, cells
        assert not notes.faults, cells
        assert [each.problem.code for each in notes.warnings["7"]] == [code], cells


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


def test_the_largest_name_tags_and_base_are_good() -> None:
    entry, notes = reading(
        organisation="x" * 200, base="1000000", tags=";".join(["y" * 40, *map(str, range(19))])
    )
    assert told(notes) == []
    assert (len(entry.name), entry.base, len(entry.tags or ())) == (200, 1_000_000, 20)


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
    headings = ("Organización", "País", "Sector")
    for sector, code, column, named in (
        ("#N/A", "file.cell_error", "C", "Sector"),
        ("ngo", "file.extra_cell", "D", "D"),  # beyond the headings: the letter
    ):
        row = Row(7, ("Red Andina", "PE", sector), Problem(code, row=7, column=column, limit=5000))
        table = Table(headings, (row,))
        notes = Notes(table, match(table, fields()))
        read(row, notes)
        assert told(notes) == [("7", named, code)]
