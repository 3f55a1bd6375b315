"""The process in which an ODS file is read: file in, sheets as JSON out.

python-calamine allocates the whole rectangle of a sheet, so the process limits its memory and its processor
time. What the library would lose is put back: it gives cells with an error, and formulas that were never
computed, as empty ones.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import python_calamine

from consulta.platform.formats import child
from consulta.platform.formats.table import COLUMNS_READ, MAX_CHARACTERS, MAX_ROWS, MAX_SHEETS, as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = 1024**3  # bytes of addresses
SECONDS = 30  # of a processor
_CELL = re.compile(r"<table:table-cell\b[^>]*>")
_TEXT_VALUE = re.compile(r'\soffice:string-value="[^"]*"')
_FORMULA = re.compile(r'\stable:formula="(?:\w+:)?([^"]*)"')


def read(data: bytes) -> dict[str, Any]:
    """Return `sheets` (name, whether visible, rows as number and cells), or the `code` of a Problem."""
    book = python_calamine.load_workbook(io.BytesIO(_told(data)))
    if len(book.sheets_metadata) > MAX_SHEETS:
        return {"code": "file.too_many_sheets", "limit": MAX_SHEETS}
    sheets = []
    characters = 0
    for place, about in enumerate(book.sheets_metadata):
        rows = []
        for number, cells in _rows(book.get_sheet_by_index(place)):
            rows.append((number, cells))
            characters += sum(map(len, cells))
            if characters > MAX_CHARACTERS:
                return {"code": "file.too_much", "row": number}
            if len(rows) > MAX_ROWS + 1:
                break
        visible = about.visible == python_calamine.SheetVisibleEnum.Visible
        sheets.append((about.name, visible, rows))
    return {"sheets": sheets}


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with something in them, with their numbers."""
    left = sheet.start[1] if sheet.start else 0
    for number, values in enumerate(sheet.iter_rows()):
        cells = [""] * left + [_text(value) for value in values[: COLUMNS_READ - left]]
        if any(cells):
            yield number + 1, cells


def _text(value: object) -> str:
    if isinstance(value, timedelta):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    return as_typed(value if isinstance(value, str | int | float | datetime | date | time) else str(value))


def _told(data: bytes) -> bytes:
    """Return an ODS file in which errors, and formulas that were never computed, are texts in their cells."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in ("mimetype", "META-INF/manifest.xml"):
            target.writestr(name, source.read(name))
        target.writestr("content.xml", _CELL.sub(_cell, source.read("content.xml").decode()))
    return out.getvalue()


def _cell(tag: re.Match[str]) -> str:
    found = tag[0]
    if 'calcext:value-type="error"' in found:
        return _TEXT_VALUE.sub("", found)
    formula = _FORMULA.search(found)
    if formula and "office:value-type=" not in found:
        told = f'<table:table-cell office:value-type="string" office:string-value="{formula[1]}"'
        return told + ("/>" if found.endswith("/>") else ">")
    return found


def main() -> None:
    """Read a file, write its sheets; what cannot be read is told as a code."""
    child.limit(MEMORY, SECONDS)
    try:
        said = read(sys.stdin.buffer.read())
    except (python_calamine.CalamineError, ValueError, LookupError, zipfile.BadZipFile):
        said = {"code": "file.damaged"}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
