"""ODS, every sheet of a file, and files that a person would send to do harm."""

from __future__ import annotations

import io
import time
import zipfile

import openpyxl
import pytest

from consulta.core.problems import Problem
from consulta.platform.formats import reading, spreadsheet_child
from consulta.platform.formats.reading import read_tables
from consulta.platform.formats.table import MAX_COLUMNS, MAX_ROWS, MAX_SHEETS
from consulta.platform.messages import MESSAGES, sentence
from tests.cases import for_each
from tests.platform.formats.files import saved, with_part, zipped
from tests.platform.formats.other_files import MIME, N_A, cell, contained, ods, row

HEADINGS = ("Nombre", "País")
CASA = ("Casa", "Perú")


def rows(data):
    (table,), _ = read_tables("lista", data)
    return [(each.number, each.cells) for each in table.rows]


def refused(data):
    with pytest.raises(Problem) as caught:
        read_tables("lista.xlsx", data)
    assert sentence(caught.value.code, caught.value.params)
    return caught.value.code


def of_openpyxl(*sheets, hidden=""):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets:
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
        if name == hidden:
            sheet.sheet_state = "hidden"
    return saved(book)


def of_ods(*sheets, hidden=""):
    return ods(*((name, [row(*line) for line in lines]) for name, lines in sheets), hidden=hidden)


KINDS = {"xlsx": of_openpyxl, "ods": of_ods}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


@every_kind
def test_cells_are_text_as_a_person_would_have_typed_them(make):
    data = make(("Lista", [("Nombre", "País", "Base"), ("0012", "Perú", 12.0), ("true", "Ñandú", 0.5)]))
    assert rows(data) == [(2, ("0012", "Perú", "12")), (3, ("true", "Ñandú", "0.5"))]


def test_a_cell_with_an_error_is_never_an_empty_one():
    """python-calamine gives it as an empty cell, which would mean that nothing is to be changed."""
    tables, _ = read_tables(
        "x", ods(("A", [row(*HEADINGS), row(*CASA)]), ("B", [row(*HEADINGS), row("Red", N_A)]))
    )
    faults = [each.fault and each.fault.code for table in tables for each in table.rows]
    assert faults == [None, "file.cell_error"]
    fault = tables[1].rows[0].fault
    assert (fault.params["row"], fault.params["column"]) == (2, "B")


def test_a_formula_that_nobody_computed_is_text():
    formula = '<table:table-cell table:formula="of:=[.A1]&amp;&quot;x&quot;"/>'
    assert rows(ods(("H", [row(*HEADINGS), row("Red", formula)]))) == [(2, ("Red", '=[.A1]&"x"'))]
    computed = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    assert rows(ods(("H", [row(*HEADINGS), row("Red", computed)]))) == [(2, ("Red", "2"))]


@every_kind
def test_every_sheet_is_looked_at_and_what_is_not_read_is_said(make):
    data = make(
        ("Lea esto", [("Complete la lista.",), ("Una fila por organización.",)]),
        ("Uno", [HEADINGS, CASA]),
        ("Oculta", [HEADINGS, CASA, CASA]),
        ("Vacía", []),
        ("Plantilla", [HEADINGS]),
        ("Ancha", [tuple(f"c{place}" for place in range(MAX_COLUMNS + 1)), ("1",)]),
        ("Dos", [HEADINGS, CASA]),
        hidden="Oculta",
    )
    tables, skipped = read_tables("x", data)
    assert [table.sheet for table in tables] == ["Uno", "Dos"]
    assert {(each.name, each.reason, each.rows) for each in skipped} == {
        ("Lea esto", "title", 1),
        ("Oculta", "hidden", 2),
        ("Vacía", "empty", 0),
        ("Plantilla", "no_rows", 0),
        ("Ancha", "problem", 0),
    }
    assert {each.problem.code for each in skipped if each.reason == "problem"} == {"file.too_many_columns"}


def test_many_rows_and_many_sheets_are_refused():
    assert (
        refused(of_ods(("H", [HEADINGS, *((f"Casa {n * 7919}", n) for n in range(MAX_ROWS + 1))])))
        == "file.too_many_rows"
    )
    half = [HEADINGS, *[CASA] * (MAX_ROWS // 2 + 1)]
    assert refused(of_openpyxl(("A", half), ("B", half))) == "file.too_many_rows"
    many = [(f"H{place}", [HEADINGS, CASA]) for place in range(MAX_SHEETS + 1)]
    for make in (of_openpyxl, of_ods):
        assert refused(make(*many)) == "file.too_many_sheets"


@pytest.mark.deep
@for_each("far", [(1_000_000, 16_000), (6_000, 16_000)])
def test_a_lone_cell_far_away_takes_no_memory_of_the_program(far):
    """python-calamine makes the whole rectangle: in a process that may not take so much."""
    down, right = far
    blank = row("<table:table-cell/>", times=down)
    lone = row(f'<table:table-cell table:number-columns-repeated="{right}"/>', "z")
    started = time.monotonic()
    code = refused(ods(("H", [row(*HEADINGS), row(*CASA), blank, lone])))
    assert code in {"file.limits", "file.damaged", "file.too_many_columns"}
    assert time.monotonic() - started < 60


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE", 0.001)
    assert refused(of_ods(("H", [HEADINGS, CASA]))) == "file.limits"


def test_the_process_has_limits():
    assert spreadsheet_child.MEMORY <= 2**30
    assert spreadsheet_child.SECONDS <= 60


def test_what_is_under_a_password_is_said_to_be():
    sealed = '<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry>'
    assert refused(ods(("H", [row(*HEADINGS), row(*CASA)]), manifest=sealed)) == "file.encrypted"
    assert refused(contained("EncryptedPackage")) == "file.encrypted"


@for_each("name", ["Workbook", "Book"])
def test_a_workbook_of_old_excel_is_refused_with_the_way_out(name):
    with pytest.raises(Problem) as caught:
        read_tables("lista.xls", contained(name))
    assert caught.value.code == "file.old_workbook"
    said = sentence(caught.value.code, caught.value.params)
    assert "lista.xls" in said
    assert ".xlsx" in said


def test_entities_and_bombs_in_ods_are_refused():
    entity = '<!DOCTYPE x [<!ENTITY s SYSTEM "file:///etc/passwd">]>'
    assert refused(ods(("H", [row(*HEADINGS), row("&s;", "x")]), before=entity)) == "file.damaged"
    packed = {"mimetype": MIME.encode(), "META-INF/manifest.xml": b"<x/>"}
    assert refused(zipped({**packed, "content.xml": b"<x>" + b" " * 30_000_000})) == "file.bomb"


@for_each(
    "data, code",
    [
        (contained("WordDocument"), "file.unknown_kind"),
        (zipped({"mimetype": MIME[:-11].encode() + b"text", "content.xml": b"<x/>"}), "file.not_a_table"),
        (ods(("H", [row(*HEADINGS), "<table:table-row>"])), "file.damaged"),
        (zipped({"mimetype": MIME.encode(), "content.xml": b"<x/>"}), "file.damaged"),
        (zipped({"xl/workbook.bin": b"x"}), "file.not_a_table"),
        (with_part("xl/worksheets/sheet1.xml", b"<x"), "file.damaged"),
    ],
)
def test_what_is_no_spreadsheet_is_refused(data, code):
    assert refused(data) == code


@pytest.mark.deep
@for_each("name", ["lista.csv", "lista.xlsx", "lista.pdf", ""])
def test_content_decides_and_not_the_name(name):
    for make in KINDS.values():
        assert read_tables(name, make(("H", [HEADINGS, CASA])))[0][0].headings == HEADINGS


@for_each("place", range(0, 3_000, 311))
def test_a_forged_workbook_gives_tables_or_a_problem(place):
    for honest in (HONEST, ods(("H", [row(*HEADINGS), row(*CASA)]))):
        forged = bytearray(honest)
        forged[place % len(forged) : place % len(forged) + 3] = b"\xff\x00\xfe"
        try:
            tables, _ = read_tables("x", bytes(forged))
        except Problem as problem:
            told = problem.code
        else:
            told = "file.empty" if tables else ""
        assert told in MESSAGES


HONEST = of_openpyxl(("H", [HEADINGS, ("Red", "#N/A"), CASA]), ("B", [HEADINGS, CASA]))


def test_what_the_process_reads_is_what_an_ods_says():
    """The parts that are read are given to it anew: nothing else of the container reaches the library."""
    given_to_it = spreadsheet_child._told(ods(("H", [row(*HEADINGS), row("a", cell("b"))])))
    with zipfile.ZipFile(io.BytesIO(given_to_it)) as archive:
        assert archive.namelist() == ["mimetype", "META-INF/manifest.xml", "content.xml"]
