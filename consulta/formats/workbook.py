"""XLSX, read with suspicion and written so that the same rows give the same bytes.

It decides what in a workbook is text, which sheet is meant, and when a file is not to be unpacked at all. It
does not know what the columns mean; the limits and the care for single rows are those of `table`.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import openpyxl
import openpyxl.xml
import xlsxwriter

from consulta.core.problems import Problem
from consulta.formats.delimited import read_csv
from consulta.formats.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Table, build

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

if not openpyxl.xml.DEFUSEDXML:
    raise ImportError(
        "openpyxl must read XML through defusedxml: remove OPENPYXL_DEFUSEDXML from the environment"
    )

MAX_UNPACKED = 40_000_000
MAX_BLANK = (
    50_000  # rows with nothing in them, such as formatted ones: reading on would cost and give nothing
)
MAX_RATIO = 100
SMALL = 1_000_000  # what unpacks to this little may be packed as tightly as it likes
MAX_PARTS = 2_000
LAST_ROW = 1_048_576  # of any spreadsheet

# Headings may end at MAX_COLUMNS; further columns are looked at so that a cell without a heading is seen.
COLUMNS_READ = 2 * MAX_COLUMNS

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
MARKUP = re.compile(rb"\s*<(!doctype|html|table|\?xml)", re.IGNORECASE)

# What openpyxl, zipfile and expat raise on files that somebody broke or forged.
BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

SHEET_NAME = 31
NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
LONGEST_CELL = 32_767
NARROWEST, WIDEST = 8, 60
LISTED_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to write; `choices` names, for a column, the sheet whose first column lists its values."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    choices: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What an export says of itself on its last sheet (when, of what, by whom), in the caller's words."""

    name: str
    title: str
    generated: str
    facts: tuple[tuple[str, str], ...] = ()


def read_table(filename: str, data: bytes) -> Table:
    """Return the table in an uploaded file, XLSX or CSV as its bytes show.

    `filename` is used only in an error message. Problems: `file.encrypted`, `file.old_excel`,
    `file.unknown_kind`, and those of `read_xlsx` and `read_csv`.
    """
    if data.startswith(ZIP):
        return read_xlsx(data)
    if data.startswith(OLE):
        raise Problem("file.encrypted" if ENCRYPTED_PART in data else "file.old_excel")
    if data.startswith(OTHER_KINDS) or MARKUP.match(data):
        raise Problem("file.unknown_kind", filename=filename)
    return read_csv(data)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sheet that has no table: `hidden`, `empty`, `title` (a few lines), `no_rows` (headings alone)."""

    name: str
    reason: str
    problem: Problem | None = None


def read_tables(filename: str, data: bytes) -> tuple[tuple[Table, ...], tuple[Skipped, ...]]:
    """Return every table in an uploaded file, and the sheets that have none.

    A CSV file has one table and no sheets. Problems: faults of the whole file and, where no sheet has a
    table, that of `read_table`.
    """
    if not data.startswith(ZIP):
        return (read_table(filename, data),), ()
    if len(data) > MAX_BYTES:
        raise Problem("file.too_large", limit=MAX_BYTES // 1_000_000)
    try:
        has_formulas = _inspect(data)
        with _workbook(data, data_only=True) as values:
            if not has_formulas:
                tables, skipped = _all_tables(values, None)
            else:
                with _workbook(data, data_only=False) as formulas:
                    tables, skipped = _all_tables(values, formulas)
    except BROKEN as error:
        raise Problem("file.damaged") from error
    if not any(len(table.headings) > 1 for table in tables):
        return (read_xlsx(data),), ()  # or the problem of the first sheet
    alone = [table for table in tables if len(table.headings) == 1]  # a page of instructions
    notes = (Skipped(table.sheet or "", "title") for table in alone)
    return tuple(table for table in tables if table not in alone), (*skipped, *notes)


def _all_tables(values: Any, formulas: Any | None) -> tuple[list[Table], tuple[Skipped, ...]]:
    tables: list[Table] = []
    skipped: list[Skipped] = []
    cells = 0
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            skipped.append(Skipped(sheet.title, "hidden"))
            continue
        try:
            table = build(_records(sheet, formulas[sheet.title] if formulas else None), sheet.title)
        except Problem as error:
            if error.code not in {"file.empty", "file.no_rows"}:
                raise
            bare = error.code == "file.no_rows" and error.params["headings"] != 1
            reason = "empty" if error.code == "file.empty" else "no_rows" if bare else "title"
            skipped.append(Skipped(sheet.title, reason, error))
            continue
        tables.append(table)
        cells += len(table.rows)
        if cells > MAX_ROWS:
            raise Problem("file.too_many_rows", limit=MAX_ROWS)
    return tables, tuple(skipped)


def read_xlsx(data: bytes) -> Table:
    """Return the table on the first sheet that has one.

    A fault of the whole file is raised as a Problem `file.…`, such as `file.too_large` or
    `file.damaged`.
    """
    if len(data) > MAX_BYTES:
        raise Problem("file.too_large", limit=MAX_BYTES // 1_000_000)
    try:
        has_formulas = _inspect(data)
        with _workbook(data, data_only=True) as values:
            if not has_formulas:
                return _first_table(values, None)
            with _workbook(data, data_only=False) as formulas:
                return _first_table(values, formulas)
    except BROKEN as error:
        raise Problem("file.damaged") from error


def write_xlsx(sheets: Sequence[Sheet], *, created: datetime, about: About) -> bytes:
    """Return the bytes of a workbook with `sheets` and a last sheet that describes it.

    The same input gives the same bytes.
    """
    moment = created.astimezone(UTC)
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": about.title, "created": moment.replace(tzinfo=None)})
    names = _sheet_names([*(sheet.name for sheet in sheets), about.name])
    for sheet in sheets:
        _write_sheet(book, sheet, names)
    _write_about(book, names[about.name], about, moment)
    book.close()
    return out.getvalue()


def _inspect(data: bytes) -> bool:
    """Return whether the workbook has formulas, after checks of the archive's directory.

    Only the directory is needed to refuse a file that would unpack to too much. Problems: `file.bomb`,
    `file.encrypted`, `file.not_xlsx`.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        packed = sum(part.compress_size for part in parts)
        if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or unpacked > max(SMALL, MAX_RATIO * packed):
            raise Problem("file.bomb")
        if any(part.flag_bits & 1 for part in parts):
            raise Problem("file.encrypted")
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            raise Problem("file.not_xlsx")
        return any(_has_formulas(archive.read(name)) for name in names if name.startswith("xl/worksheets/"))


def _has_formulas(part: bytes) -> bool:
    return b"<f>" in part or b"<f " in part


@contextmanager
def _workbook(data: bytes, *, data_only: bool) -> Iterator[Any]:
    """Yield the open workbook, without openpyxl's warnings about parts that it leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        with closing(book):
            yield book


def _first_table(values: Any, formulas: Any | None) -> Table:
    """Return the table of the first visible sheet with several headings, else of the first with any.

    Raise the Problem of a sheet if none has a table.
    """
    fallback: Table | None = None
    problem: Problem | None = None
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            continue
        try:
            table = build(_records(sheet, formulas[sheet.title] if formulas else None), sheet.title)
        except Problem as error:
            if not _is_nothing(error):
                raise
            problem = _first(problem, error)
            continue
        if len(table.headings) > 1:
            return table
        fallback = fallback or table
    if fallback is None:
        raise problem or Problem("file.empty")
    return fallback


def _is_nothing(problem: Problem) -> bool:
    """Return whether a sheet is empty or has only a title, so that the next may have the table."""
    return problem.code == "file.empty" or problem.params.get("headings") == 1


def _first(earlier: Problem | None, later: Problem) -> Problem:
    """Return the more specific Problem of two sheets without rows: that of the sheet with headings."""
    return later if earlier is None or earlier.code == "file.empty" else earlier


def _records(sheet: Any, formulas: Any | None) -> Iterator[tuple[int, list[str]]]:
    rows = _values(sheet) if formulas is None else _values_or_formulas(sheet, formulas)
    for number, cells in enumerate(rows, start=1):
        if number > LAST_ROW:
            raise Problem("file.damaged")
        if cells.count(None) < len(cells):
            yield number, [_text(cell) for cell in cells]


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


def _text(value: object) -> str:
    """Return a cell's value as a person would type it: 12, not 12.0; 2027-03-05 without a midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _moment(value: datetime) -> str:
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="minutes")


def _sheet_names(names: Sequence[str]) -> Mapping[str, str]:
    """Name → the name that a spreadsheet accepts: short, without its own signs, each once."""
    given: dict[str, str] = {}
    for name in names:
        base = NOT_IN_A_SHEET_NAME.sub(" ", name).strip(" '") or "-"
        unique, number = base[:SHEET_NAME], 1
        while unique.casefold() in {other.casefold() for other in given.values()}:
            number += 1
            unique = f"{base[: SHEET_NAME - 4]} {number}"
        given[name] = unique
    if len(given) < len(names):
        raise ValueError("two sheets with one name")
    return given


def _write_sheet(book: Any, sheet: Sheet, names: Mapping[str, str]) -> None:
    page = book.add_worksheet(names[sheet.name])
    heading = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7EEF0", "bottom": 1}
    )
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for column, title in enumerate(sheet.headings):
        page.write_string(0, column, title, heading)
        page.set_column(column, column, _width(sheet, column))
    for number, row in enumerate(sheet.rows, start=1):
        for column, (_, cell) in enumerate(zip(sheet.headings, row, strict=True)):
            _write_cell(page, number, column, cell, plain)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), len(sheet.headings) - 1)
    for column, listed in sheet.choices:
        quoted = names[listed].replace("'", "''")
        source = f"='{quoted}'!$A$2:$A${LISTED_ROWS}"
        page.data_validation(
            1,
            column,
            LISTED_ROWS,
            column,
            {"validate": "list", "source": source, "error_type": "information"},
        )


def _write_cell(page: Any, row: int, column: int, cell: str | float | None, form: Any) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell[:LONGEST_CELL], form)
    elif cell is not None:
        page.write_number(row, column, cell, form)


def _width(sheet: Sheet, column: int) -> int:
    cells = [sheet.headings[column], *(str(row[column] or "") for row in sheet.rows)]
    return min(WIDEST, max(NARROWEST, *(len(line) + 2 for cell in cells for line in cell.split("\n"))))


def _write_about(book: Any, name: str, about: About, moment: datetime) -> None:
    page = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 28)
    page.set_column(1, 1, WIDEST)
    page.write_string(0, 0, about.title, bold)
    facts = [(about.generated, moment.strftime("%Y-%m-%d %H:%M:%S UTC")), *about.facts]
    for row, (label, value) in enumerate(facts, start=1):
        page.write_string(row, 0, label, bold)
        page.write_string(row, 1, value[:LONGEST_CELL], plain)
