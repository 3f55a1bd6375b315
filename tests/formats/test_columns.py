"""Headings are recognised as people write them, and what is wrong with them is told in their words."""

from __future__ import annotations

import pytest

from consulta.core.problems import Problem
from consulta.formats.columns import Field, match_headings
from consulta.formats.delimited import read_csv
from consulta.formats.table import column_letter
from consulta.infra.messages import MESSAGES, sentence

FIELDS = (
    Field("name", ("Organización / Organisation", "Organización", "Organisation", "Nombre"), required=True),
    Field("country", ("País / Country", "País", "Country"), required=True),
    Field("email", ("Correo electrónico / E-mail", "Correo electrónico", "E-mail")),
)

ROW_CODES = ("file.extra_cell", "file.cell_too_long", "file.cell_error", "file.garbled")


def columns(text):
    table = read_csv(text.encode())
    return table, match_headings(table, FIELDS)


@pytest.mark.parametrize(
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
    assert found.values(table.rows[0]) == {"name": "Casa", "country": "Perú", "email": "a@example.org"}


def test_columns_may_come_in_any_order_and_optional_ones_may_be_missing():
    table, found = columns("País,Nombre\nPerú,Casa\n")
    assert found.checked().values(table.rows[0]) == {"name": "Casa", "country": "Perú", "email": ""}
    assert found.cell(table.rows[0], "email") == ""


def test_missing_unknown_and_doubled_headings_are_told_as_people_wrote_them():
    _, found = columns("Organisation,Nombre,,Notas,Name\nCasa,Casa,,x,y\n")
    assert found.missing == ("País / Country",)
    assert found.unknown == ("Notas",)
    assert found.doubled == ("Nombre", "Name")


@pytest.mark.parametrize(
    ("text", "code", "headings"),
    [
        ("Organización,Notas\nCasa,x\n", "file.headings_missing", "País / Country"),
        ("a,b\n1,2\n", "file.headings_missing", "Organización / Organisation, País / Country"),
        ("Organización,Nombre,País\n1,2,3\n", "file.headings_doubled", "Nombre"),
    ],
)
def test_headings_that_do_not_suffice_are_refused(text, code, headings):
    with pytest.raises(Problem) as caught:
        columns(text)[1].checked()
    assert (caught.value.code, caught.value.params) == (code, {"headings": headings})
    assert headings in sentence(code, caught.value.params)


def test_a_row_that_cannot_be_trusted_is_not_read_by_accident():
    table, found = columns("Organización,País\nRed, A. C.,Perú\nCasa,Chile\n")
    with pytest.raises(Problem) as caught:
        found.values(table.rows[0])
    assert caught.value.code == "file.extra_cell"
    assert found.cell(table.rows[0], "name") == "Red"
    assert found.values(table.rows[1])["name"] == "Casa"


@pytest.mark.parametrize("code", ROW_CODES)
def test_every_fault_of_a_row_has_its_sentence(code):
    assert "7" in sentence(code, {"row": 7, "column": "AB", "limit": 5000})
    assert "AB" in MESSAGES[code] % {"row": 7, "column": "AB", "limit": 5000}


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")]
)
def test_columns_are_named_as_spreadsheets_name_them(index, letters):
    assert column_letter(index) == letters
