"""Files made in code: honest workbooks, and the ones that a person would send to do harm."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import openpyxl

from consulta.platform.formats.reading import read_tables
from consulta.platform.formats.workbook import About, Sheet, write_xlsx

if TYPE_CHECKING:
    from consulta.platform.formats.table import Table

NOON = datetime(2027, 3, 5, 12, 30, tzinfo=UTC)
ABOUT = About("Acerca de", "Lista de miembros", "Generado", (("Consulta", "2027-1"),))
HEADINGS = ("Organización", "País", "Sector")
PLAIN = Sheet("Miembros", HEADINGS, (("Puente de Ceiba", "Perú", "ONG"), ("Casa Ñandutí", "Paraguay", "ONG")))


def workbook(*sheets: Sheet) -> bytes:
    return write_xlsx(sheets or (PLAIN,), created=NOON, about=ABOUT)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def typed(*rows: tuple[object, ...]) -> bytes:
    """A workbook as another program would save it, with typed cells and formulas never computed."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    """A workbook in which one part is replaced."""
    contents = parts(workbook() if data is None else data)
    assert name in contents or not name.startswith("xl/")
    return zipped({**contents, name: content})


def with_sheet(rows: str) -> bytes:
    """A workbook whose first sheet holds exactly these rows of XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(
        "xl/worksheets/sheet1.xml",
        f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode(),
    )


def text_row(number: int | str, *cells: str) -> str:
    inside = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for place, cell in enumerate(cells)
    )
    return f'<row r="{number}">{inside}</row>'


def read_table(filename: str, data: bytes) -> Table:
    """The first table of a file; the problem of a sheet that should have one and has not is raised."""
    tables, skipped = read_tables(filename, data)
    for sheet in skipped:
        if sheet.reason in {"no_rows", "problem"}:
            assert sheet.problem is not None
            raise sheet.problem
    return tables[0]


def read_xlsx(data: bytes) -> Table:
    return read_table("lista.xlsx", data)
