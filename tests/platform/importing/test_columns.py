"""Headings are recognised as people write them, and what is wrong with them is told in their words."""

from __future__ import annotations

import pytest

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.formats.delimited import read_csv
from consulta.platform.importing.columns import declared, match
from consulta.platform.messages import MESSAGES, sentence
from tests.cases import for_each

LABELS = {
    "name": Text({"es": "Organización", "en": "Organisation"}),
    "country": Text({"es": "País", "en": "Country"}),
    "email": Text({"es": "Correo electrónico", "en": "E-mail"}),
}
FIELDS = declared(LABELS, {"name": "Nombre"}, ("name", "country"))

ROW_CODES = ("file.extra_cell", "file.cell_too_long", "file.cell_error", "file.garbled")


def columns(text):
    table = read_csv(text.encode())
    return table, match(table, FIELDS)


@for_each(
    "headings",
    [
        "Organización,País,Correo electrónico",
        "ORGANIZACION, pais ,correo  electronico",
        "name,country,email",
        "Organisation,Country,e mail",
        "Organización / Organisation,País / Country,E-MAIL",
    ],
)
def test_accents_case_and_spacing_do_not_count(headings):
    table, found = columns(f"{headings}\nCasa,Perú,a@example.org\n")
    assert found.checked() is found
    assert [found.cell(table.rows[0], each.key) for each in FIELDS] == ["Casa", "Perú", "a@example.org"]


def test_missing_unknown_and_doubled_headings_are_told_as_people_wrote_them():
    _, found = columns("Organisation,Nombre,,Notas,Name\nCasa,Casa,,x,y\n")
    assert found.missing == ("Country",)
    assert found.unknown == ("Notas",)
    assert found.doubled == ("Nombre", "Name")


@for_each(
    "text, code, headings",
    [
        ("Organización,Correo electrónico\nCasa,x\n", "file.headings_missing", "País"),
        ("Organisation,Notes\nCasa,x\n", "file.headings_missing_among", "Country"),
        ("a,b\n1,2\n", "file.headings_missing_among", "Organización, País"),
        ("Organización,Nombre,País\n1,2,3\n", "file.headings_doubled", "Nombre"),
    ],
)
def test_headings_that_do_not_suffice_are_refused(text, code, headings):
    with pytest.raises(Problem) as caught:
        columns(text)[1].checked()
    assert (caught.value.code, caught.value.params["headings"]) == (code, headings)
    assert headings in sentence(code, caught.value.params)


def test_a_row_that_cannot_be_trusted_is_told_and_its_cells_are_there():
    table, found = columns("Organización,País\nRed, A. C.,Perú\nCasa,Chile\n")
    assert table.rows[0].fault.code == "file.extra_cell"
    assert found.cell(table.rows[0], "name") == "Red"
    assert (table.rows[1].fault, found.cell(table.rows[1], "name")) == (None, "Casa")


@for_each("code", ROW_CODES)
def test_every_fault_of_a_row_has_its_sentence(code):
    assert "7" in sentence(code, {"row": 7, "column": "AB", "limit": 5000})
    assert "AB" in MESSAGES[code] % {"row": 7, "column": "AB", "limit": 5000}
