"""CSV as people save it, and CSV as a person would send it to do harm."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.core.problems import Problem
from consulta.platform.formats.delimited import FORMULA, read_csv, shielded, write_csv
from consulta.platform.formats.table import MAX_BYTES, MAX_CELL, MAX_ROWS, clean
from consulta.platform.messages import MESSAGES
from tests.cases import for_each
from tests.platform.formats.test_workbook import outcome

TEXT = "Organización;País;Sector\r\nPuente de Ceiba;Perú;ONG\r\nCasa Ñandutí;Paraguay;Sindicato\r\n"
ROWS = [(2, ("Puente de Ceiba", "Perú", "ONG")), (3, ("Casa Ñandutí", "Paraguay", "Sindicato"))]


def rows(data):
    return [(row.number, row.cells) for row in read_csv(data).rows]


def refused(data):
    with pytest.raises(Problem) as caught:
        read_csv(data)
    return caught.value


@for_each("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@for_each("delimiter", [";", ",", "\t"])
@for_each("ending", ["\r\n", "\n", "\r"])
def test_every_usual_way_of_saving_gives_the_same_table(encoding, delimiter, ending):
    text = TEXT.replace("\r\n", ending).replace(";", delimiter)
    table = read_csv(text.encode(encoding))
    assert table.headings == ("Organización", "País", "Sector")
    assert rows(text.encode(encoding)) == ROWS
    assert table.sheet is None


@for_each("line", ["sep=;\r\n", "SEP=;\n"])
def test_the_line_in_which_excel_names_the_delimiter_is_not_a_row(line):
    assert rows((line + TEXT).encode()) == ROWS


def test_the_delimiter_is_the_one_that_makes_columns_and_not_the_commonest_sign():
    text = "Tema;Texto\nUno;a, b, c, d, e\nDos;f, g\nTres;h, i, j\n"
    assert read_csv(text.encode()).headings == ("Tema", "Texto")


def test_commas_and_line_breaks_inside_quotes_are_text_and_rows_keep_their_numbers():
    text = 'Nombre,País\n\n"Red, A. C.","Perú\nLima"\n,,\nCasa "El Refugio",Chile\n'
    assert rows(text.encode()) == [(3, ("Red, A. C.", "Perú\nLima")), (5, ('Casa "El Refugio"', "Chile"))]


def test_a_title_above_the_headings_is_passed_over():
    text = "Lista de miembros, 2027;;\n;;\nOrganización;País;Sector\nPuente;Perú;ONG\n"
    table = read_csv(text.encode())
    assert table.headings == ("Organización", "País", "Sector")
    assert [row.number for row in table.rows] == [4]


def test_a_cell_without_a_heading_is_a_fault_of_its_row_only():
    table = read_csv("Nombre,País\nRed, A. C.,Perú\nCasa,Chile\n".encode())
    bad, good = table.rows
    assert (bad.fault.code, bad.fault.params["row"], bad.fault.params["column"]) == (
        "file.extra_cell",
        2,
        "C",
    )
    assert good.fault is None


def test_a_text_that_is_too_long_is_cut_and_told():
    row = read_csv(b"a,b\n" + b"x" * (MAX_CELL + 1) + b",2\n").rows[0]
    assert (row.fault.code, row.fault.params["limit"]) == ("file.cell_too_long", MAX_CELL)
    assert len(row.cells[0]) == MAX_CELL


@for_each("error", ["#N/A", "#REF!", "#¿NOMBRE?", " #N/D "])
def test_the_error_of_a_formula_is_told(error):
    row = read_csv(f"a;b\n1;{error}\n".encode()).rows[0]
    assert (row.fault.code, row.fault.params["column"]) == ("file.cell_error", "B")


@for_each("broken", ["OrganizaciÃ³n", "AÃ±os", "Â¿Paz?", "Organizaci\ufffdn", "Niâ€™os"])
def test_broken_accents_are_told_for_their_row(broken):
    table = read_csv(f"a,b\n1,{broken}\n2,bien\n".encode())
    assert [row.fault and row.fault.code for row in table.rows] == ["file.garbled", None]


@for_each("right", ["CORAÇÃO", "IRMÃ DULCE", "São Tomé", "Âncora", "Ñuñoa"])
def test_right_accents_are_left_alone(right):
    row = read_csv(f"a,b\n1,{right}\n".encode()).rows[0]
    assert (row.cells[1], row.fault) == (right, None)


def test_one_row_of_another_encoding_does_not_spoil_the_others():
    data = "a,b\nPerú,1\n".encode() + "Perú,2\n".encode("cp1252")
    table = read_csv(data)
    assert table.rows[0].cells == ("Perú", "1")
    assert [row.fault and row.fault.code for row in table.rows] == [None, "file.garbled"]


def test_invisible_signs_are_taken_out_and_letters_composed():
    row = read_csv("a,b\n  Peru\u0301\u200b\u202e ,\u00a0x\u00a0y\x0bz\n".encode()).rows[0]
    assert row.cells == ("Perú", "x y z")


@for_each("data", [b"", b"  \r\n \n", b"\xef\xbb\xbf", b";;\n ;\n", b"\xff\xfe"])
def test_nothing_is_refused_as_nothing(data):
    assert refused(data).code == "file.empty"


@for_each(
    "data",
    [
        b"a,b\n1,\x00\n",
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        b"a,b\n1,\x07\n",
        b"a,b\n\x81\x8d,2\n",
        b"\xff\xfea",
        bytes(range(256)),
    ],
)
def test_what_is_not_text_in_a_known_encoding_is_refused(data):
    assert refused(data).code == "file.encoding"


def test_the_length_of_a_cell_has_a_limit_whatever_other_libraries_allow():
    before = csv.field_size_limit(10_000_000)
    try:
        problem = refused(b'a,b\n1,2\n"' + b"x" * 200_000 + b'",2\n')
    finally:
        csv.field_size_limit(before)
    assert (problem.code, problem.params) == ("file.quotes", {"row": 3})


@for_each(
    "data, row",
    [
        (b'a,b\n1,2\n"3,4\n5,6\n', 3),
        (b'a,b\n"1" x,2\n', 2),
        (b'a,b\n"' + b"x" * 200_000 + b'",2\n', 2),
    ],
)
def test_broken_quotes_are_told_with_their_row(data, row):
    problem = refused(data)
    assert (problem.code, problem.params) == ("file.quotes", {"row": row})


def test_files_that_are_too_large_are_refused_unread():
    assert refused(b"a,b\n" + b"1,2\n" * (MAX_BYTES // 4)).code == "file.too_large"
    assert refused(b"\x00" * 50_000_000).code == "file.too_large"


@pytest.mark.deep
def test_the_number_of_rows_is_limited_and_the_last_one_allowed_is_read():
    assert len(read_csv(b"a,b\n" + b"1,2\n" * MAX_ROWS).rows) == MAX_ROWS
    assert refused(b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1)).params == {"limit": MAX_ROWS}


@for_each("start", FORMULA)
def test_no_cell_is_written_that_a_spreadsheet_would_run(start):
    written = write_csv(("a", f"{start}b"), [(f"{start}cmd|' /C calc'!A0", 1)])
    for line in written.decode("utf-8-sig").split("\r\n")[1:-1]:
        assert line.lstrip('"').startswith("'")
    assert shielded(f"{start}x") == f"'{start}x"
    # Read with semicolons, as in most of the region, the cell falls into two.
    assert shielded(f"Red;{start}x;{start}y") == f"Red;'{start}x;'{start}y"


def test_what_was_shielded_is_read_again_as_it_was():
    cells = ("=1+1", "Red;=1+1", "Red; -5", "-5;-6;", "'")
    assert rows(write_csv(("a", "b", "c", "d", "e"), [cells])) == [(2, cells)]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_problem(data):
    found = outcome(read_csv, data)
    if isinstance(found, Problem):
        assert found.code in MESSAGES
    else:
        assert all(len(row.cells) == len(found.headings) for row in found.rows)


@for_each("data", [b'"' * 300_000, b"a;b\r\n" + b'"' + b"x" * 200_000, b'"' + b"x" * 140_000 + b'";b'])
def test_a_cell_beyond_what_csv_allows_is_a_problem_of_ours(data: bytes) -> None:
    """Once an error of the library: more than 131,072 signs in one cell, before the delimiter was known."""
    with pytest.raises(Problem, match=r"file\."):
        read_csv(data)


@for_each(
    "cell",
    ["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "\n=1+1", "  =1+1", "\u200b=1", "a;\n=1", "a; =1"],
)
def test_formulas_in_other_clothes_are_text_too(cell: str) -> None:
    said = shielded(cell)
    assert said != cell
    assert said.replace("'", "") == cell
    table = read_csv(write_csv(["Texto", "Otro"], [[cell, "x"]]))
    assert table.rows[0].cells[0] == clean(cell), "and it comes back as it was"
