"""XLSX as people save it, and XLSX as a person would send it to do harm."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from datetime import UTC, timedelta, timezone

import openpyxl
import openpyxl.xml.functions
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consulta.core.problems import Problem
from consulta.platform.formats.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS
from consulta.platform.formats.workbook import About, Sheet, write_xlsx
from consulta.platform.messages import MESSAGES, sentence
from tests.cases import for_each
from tests.platform.formats.files import (
    ABOUT,
    HEADINGS,
    NOON,
    PLAIN,
    parts,
    read_table,
    read_xlsx,
    saved,
    text_row,
    typed,
    with_part,
    with_sheet,
    workbook,
    zipped,
)


def rows(data):
    return [(row.number, row.cells) for row in read_xlsx(data).rows]


def outcome(read, data):
    """The table that `read` makes of data, or the problem that it has with them."""
    try:
        return read(data)
    except Problem as problem:
        return problem


def refused(data, read=read_xlsx):
    with pytest.raises(Problem) as caught:
        read(data)
    assert sentence(caught.value.code, caught.value.params)
    return caught.value


def test_what_is_written_is_read_again():
    table = read_xlsx(workbook())
    assert table.headings == HEADINGS
    assert table.sheet == "Miembros"
    assert [row.cells for row in table.rows] == list(PLAIN.rows)


def test_the_same_rows_give_the_same_bytes():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert workbook() == workbook()
    assert workbook() == write_xlsx([PLAIN], created=elsewhere, about=ABOUT)


def test_a_formula_that_nobody_computed_is_text_and_never_run():
    data = typed(
        ("Nombre", "País"),
        ("=1+1", "Perú"),
        ('=HYPERLINK("http://example.org","ver")', "Chile"),
        ("Casa", None),
    )
    assert [cells[0] for _, cells in rows(data)] == ["=1+1", '=HYPERLINK("http://example.org","ver")', "Casa"]


def test_the_first_visible_sheet_with_a_table_is_meant():
    book = openpyxl.Workbook()
    book.active.title = "Instrucciones"
    book.active.append(("Complete la hoja siguiente.",))
    book.active.append(("Una fila por organización.",))
    hidden = book.create_sheet("Oculta")
    hidden.append(("a", "b"))
    hidden.append(("1", "2"))
    hidden.sheet_state = "hidden"
    book.create_sheet("Vacía")
    book.create_sheet("Título").append(("Miembros",))
    wanted = book.create_sheet("Miembros")
    wanted.append(("Nombre", "País"))
    wanted.append(("Casa", "Perú"))
    table = read_xlsx(saved(book))
    assert (table.sheet, table.headings) == ("Miembros", ("Nombre", "País"))


def test_names_with_markup_stay_the_text_that_they_are():
    name = '<script>alert("1")</script> & <b>Casa</b>'
    sheet = Sheet("<Hoja>", ("Nombre", "País"), ((name, "Perú"),))
    assert rows(workbook(sheet)) == [(2, (name, "Perú"))]
    assert rows(typed(("Nombre", "País"), (name, "Perú"))) == [(2, (name, "Perú"))]


# What a spreadsheet program sees of our exports


def test_formulas_and_addresses_are_written_as_text():
    hostile = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "http://example.org", "{=1}", "0012")
    data = workbook(Sheet("x", tuple(f"c{place}" for place in range(len(hostile))), (hostile,)))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [cell.data_type for cell in book["x"][2]] == ["s"] * len(hostile)
    assert [cell.value for cell in book["x"][2]] == list(hostile)
    assert all(cell.hyperlink is None for cell in book["x"][2])
    sheets = [part for name, part in parts(data).items() if name.startswith("xl/worksheets/")]
    assert not any(b"<f" in part or b"hyperlink" in part for part in sheets)


def test_an_export_says_what_it_is():
    about = About("Acerca de", "Participación", "Generado", (("Filtro", "=no"), ("Personal", "Ana")))
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx([PLAIN], created=NOON, about=about)))
    assert book.sheetnames == ["Miembros", "Acerca de"]
    assert [tuple(cell.value for cell in row) for row in book["Acerca de"]["A1:B4"]] == [
        ("Participación", None),
        ("Generado", "2027-03-05 12:30:00 UTC"),
        ("Filtro", "=no"),
        ("Personal", "Ana"),
    ]
    assert book.properties.created.replace(tzinfo=UTC) == NOON


# Files that do harm


def test_xml_is_read_by_a_parser_that_refuses_entities():
    assert openpyxl.xml.DEFUSEDXML
    assert openpyxl.xml.functions.iterparse.__module__.startswith("defusedxml")
    assert openpyxl.xml.functions.fromstring.__module__.startswith("defusedxml")


def test_nothing_is_read_where_that_parser_was_turned_off():
    done = subprocess.run(
        [sys.executable, "-c", "import consulta.platform.formats.reading"],
        env={**os.environ, "OPENPYXL_DEFUSEDXML": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "defusedxml" in done.stderr.splitlines()[-1]


@for_each("part", ["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_entities_that_grow_are_refused(part):
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><x>&l9;</x>'
    started = time.monotonic()
    assert refused(with_part(part, bomb.encode())).code == "file.damaged"
    assert time.monotonic() - started < 5


def test_entities_that_read_files_are_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    sheet = parts(workbook())["xl/sharedStrings.xml"].decode()
    start = sheet.index("<sst")
    stolen = f'{sheet[:start]}<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>{sheet[start:]}'
    assert (
        refused(with_part("xl/sharedStrings.xml", stolen.replace("Puente", "&s;").encode())).code
        == "file.damaged"
    )


def test_a_bomb_is_not_unpacked():
    bomb = with_part("xl/worksheets/sheet1.xml", b"<x>" + b" " * 30_000_000)
    assert len(bomb) < 100_000
    assert refused(bomb).code == "file.bomb"


def test_a_bomb_of_many_parts_is_not_unpacked():
    contents = {f"xl/worksheets/sheet{number}.xml": b"<x/>" for number in range(3_000)}
    assert refused(zipped({"xl/workbook.xml": b"<x/>", **contents})).code == "file.bomb"


def test_a_bomb_that_hides_its_size_is_not_unpacked():
    honest = with_part("xl/worksheets/sheet1.xml", b"<x>" + b" " * 9_000_000)
    lying = honest.replace((9_000_003).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lying != honest
    assert refused(lying).code == "file.damaged"


def test_fifty_megabytes_are_refused_unread():
    assert refused(b"PK\x03\x04" + b"\x00" * 50_000_000).code == "file.too_large"
    assert refused(b"PK\x03\x04" + b"\x00" * MAX_BYTES).code == "file.too_large"


@pytest.mark.deep
def test_too_many_rows_and_columns_are_refused():
    many = "".join(
        f'<row r="{number}"><c><v>1</v></c><c><v>2</v></c></row>' for number in range(1, MAX_ROWS + 3)
    )
    assert refused(with_sheet(many)).code == "file.too_many_rows"
    wide = typed(tuple(f"c{place}" for place in range(MAX_COLUMNS + 1)), ("1",))
    assert refused(wide).code == "file.too_many_columns"


def test_a_text_repeated_by_reference_does_not_fill_the_memory():
    strings = parts(workbook())["xl/sharedStrings.xml"].decode()
    huge = strings.replace("Puente de Ceiba", "x" * 500_000)
    cells = "".join(f'<row r="{n}"><c t="s"><v>3</v></c><c t="s"><v>3</v></c></row>' for n in range(2, 9_000))
    data = with_part("xl/sharedStrings.xml", huge.encode(), with_sheet(text_row(1, "a", "b") + cells))
    assert refused(data).code == "file.too_much"


def test_a_zip_under_a_password_is_refused():
    data = bytearray(workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert not archive.infolist()[0].flag_bits & 1
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    assert refused(bytes(data)).code == "file.encrypted"


@for_each(
    "rows_xml",
    [
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c t="s"><v>99999</v></c></row>',
        '<row r="1"><c t="n"><v>no number</v></c></row>',
        '<row r="1"><c t="s"><v>-99</v></c></row>',
        "<row><c>",
    ],
)
def test_forged_cells_are_refused(rows_xml):
    assert refused(with_sheet(rows_xml)).code == "file.damaged"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_workbook_with_any_bytes_changed_gives_a_table_or_a_problem(data):
    changed = bytearray(HONEST)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    found = outcome(read_xlsx, bytes(changed))
    assert found.code in MESSAGES if isinstance(found, Problem) else found.rows


HONEST = workbook()


# Which kind of file it is


@for_each(
    "data, code",
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "file.unknown_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00" + "EncryptedPackage".encode("utf-16-le"), "file.encrypted"),
        (b"%PDF-1.7\n1 0 obj", "file.unknown_kind"),
        (b"\x89PNG\r\n\x1a\n", "file.unknown_kind"),
        (b"\xff\xd8\xff\xe0", "file.unknown_kind"),
        (b"\n <!DOCTYPE html><table>", "file.unknown_kind"),
        (b"<HTML><table><tr><td>1", "file.unknown_kind"),
        (b"{\\rtf1 a,b\n1,2\n}", "file.unknown_kind"),
        (b"\x1f\x8b\x08\x00", "file.unknown_kind"),
        (b"", "file.empty"),
        (b"PK\x03\x04", "file.damaged"),
    ],
)
def test_other_kinds_are_refused_with_a_way_out(data, code):
    assert refused(data, lambda content: read_table("lista.csv", content)).code == code


@for_each(
    "title, name",
    [
        ("Recomendaciones, desafíos e iniciativas", "Recomendaciones, desafíos e"),
        ("Quiénes integran este panel", "Quiénes integran este panel"),
        ("x" * 40, "x" * 31),
        ("Una palabra que cabe justa aquí y más", "Una palabra que cabe justa aquí"),
    ],
)
def test_a_sheet_has_the_whole_words_of_its_name(title: str, name: str) -> None:
    made = write_xlsx([Sheet(title, ("A",), (("a",),))], created=NOON, about=ABOUT)
    assert openpyxl.load_workbook(io.BytesIO(made)).sheetnames[0] == name
