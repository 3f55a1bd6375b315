"""The sheets of an XLSX file, read by openpyxl through a parser of XML that refuses entities.

The module decides what in a cell is text: a formula that was never computed is given as its text, and is not
run. Whether the file may be unpacked at all is decided before, in `reading`.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import openpyxl
import openpyxl.xml

from consulta.core.problems import Problem
from consulta.platform.formats.table import COLUMNS_READ, as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator

if not openpyxl.xml.DEFUSEDXML:
    raise ImportError(
        "openpyxl must read XML through defusedxml: remove OPENPYXL_DEFUSEDXML from the environment"
    )

# Rows with nothing in them, such as formatted ones: reading on would cost and give nothing.
MAX_BLANK = 50_000
LAST_ROW = 1_048_576  # of any spreadsheet


@contextmanager
def opened(data: bytes) -> Iterator[Iterator[tuple[str, bool, Iterator[tuple[int, list[str]]]]]]:
    """Yield the sheets of a workbook: name, whether visible, and the rows with their numbers."""
    with ExitStack() as stack:
        values = stack.enter_context(_workbook(data, data_only=True))
        formulas = stack.enter_context(_workbook(data, data_only=False)) if _computes(data) else None
        yield (
            (
                sheet.title,
                sheet.sheet_state == "visible",
                _records(sheet, formulas[sheet.title] if formulas else None),
            )
            for sheet in values.worksheets
        )


def _computes(data: bytes) -> bool:
    """Return whether a workbook has formulas."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = (archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
        return any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


@contextmanager
def _workbook(data: bytes, *, data_only: bool) -> Iterator[Any]:
    """Yield the open workbook, without openpyxl's warnings about parts that it leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        with closing(book):
            yield book


def _records(sheet: Any, formulas: Any | None) -> Iterator[tuple[int, list[str]]]:
    rows = _values(sheet) if formulas is None else _values_or_formulas(sheet, formulas)
    for number, cells in enumerate(rows, start=1):
        if number > LAST_ROW:
            raise Problem("file.damaged")
        if cells.count(None) < len(cells):
            yield number, [as_typed(cell) for cell in cells]


def _values(sheet: Any) -> Iterator[tuple[object, ...]]:
    """Yield the rows as they are, for any size that the sheet claims to have.

    Written blank rows are counted; raise Problem `file.too_many_blank` if there are more than
    `MAX_BLANK`. For rows that are not in the file openpyxl gives the same tuple again and again, which
    costs nothing.
    """
    sheet.reset_dimensions()
    blank, before = 0, None
    for number, cells in enumerate(sheet.iter_rows(max_col=COLUMNS_READ, values_only=True), start=1):
        if cells is not before and cells.count(None) == len(cells):
            blank += 1
            if blank > MAX_BLANK:
                raise Problem("file.too_many_blank", row=number, limit=MAX_BLANK)
        before = cells
        yield cells


def _values_or_formulas(sheet: Any, formulas: Any) -> Iterator[tuple[object, ...]]:
    """Yield rows of values; a formula that was never computed is given as its text, and is not run."""
    sheet.reset_dimensions()
    computed = sheet.iter_rows(max_col=COLUMNS_READ)
    for cells, texts in zip(computed, _values(formulas), strict=True):
        yield tuple(_value_or_formula(cell, text) for cell, text in zip(cells, texts, strict=True))


def _value_or_formula(cell: Any, formula: object) -> object:
    never_computed = cell.value is None and cell.data_type == "n"
    return getattr(formula, "text", formula) if never_computed else cell.value
