"""A file with a table, of whatever kind: XLSX, ODS or CSV, as its bytes show.

The module decides which kind a file is, when one is not to be unpacked at all, and what becomes of each of
its sheets. It does not know what the columns mean; the limits and the care for single rows are in `table`.
XLSX is read by openpyxl, through a parser of XML that refuses entities, and a formula that was never computed
is given as its text; ODS by python-calamine in a process of its own (decision 43).
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import warnings
import zipfile
import zlib
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree.ElementTree import ParseError

import openpyxl.xml

from consulta.core.problems import Problem
from consulta.platform.formats import child
from consulta.platform.formats.delimited import read_csv
from consulta.platform.formats.table import (
    COLUMNS_READ,
    MAX_BYTES,
    MAX_ROWS,
    MAX_SHEETS,
    ZIP,
    Table,
    as_typed,
    build,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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


if TYPE_CHECKING:
    Sheets: TypeAlias = Iterable[tuple[str, bool, Iterable[tuple[int, Sequence[str]]]]]
    """Of each sheet: its name, whether it is visible, and its rows with their numbers."""

MAX_UNPACKED = 40_000_000
MAX_RATIO = 100
SMALL = 1_000_000  # what unpacks to this little may be packed as tightly as it likes
MAX_PARTS = 2_000
PATIENCE = 90.0  # seconds for an ODS file, however little of a processor it gets

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
DECLARATION = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)
OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
MARKUP = re.compile(rb"\s*<(!doctype|html|table|\?xml)", re.IGNORECASE)

# What openpyxl, zipfile and expat raise on damaged or forged files.
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

# What leaves one sheet unread, with the reason that a preview gives; other problems are of the whole file.
OF_ONE_SHEET = {
    "file.empty": "empty",
    "file.garbled": "problem",
    "file.no_rows": "no_rows",
    "file.too_many_columns": "problem",
    "file.too_many_rows": "problem",
}

_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A sheet that has no table to read, why, and how many rows it has below its first.

    Reasons: `hidden`, `empty`, `title` (a few lines), `no_rows` (headings alone), `problem`.
    """

    name: str
    reason: str
    rows: int = 0
    problem: Problem | None = None
    headings: tuple[str, ...] = ()


def read_tables(filename: str, data: bytes) -> tuple[tuple[Table, ...], tuple[Skipped, ...]]:
    """Return every table in an uploaded file, and the sheets that have none.

    A CSV file has one table and no sheets. `filename` is used only in an error message. Raise a Problem
    `file.…` for a fault of the whole file, and that of a sheet where no sheet has a table.
    """
    if len(data) > MAX_BYTES:
        raise Problem("file.too_large", limit=MAX_BYTES // 1_000_000)
    if data.startswith(OTHER_KINDS) or MARKUP.match(data):
        raise Problem("file.unknown_kind", filename=filename)
    if not data.startswith((ZIP, OLE)):
        return (read_csv(data),), ()
    try:
        with _opened(filename, data) as sheets:
            return _tables(sheets)
    except BROKEN as error:
        raise Problem("file.damaged") from error


@contextmanager
def _opened(filename: str, data: bytes) -> Iterator[Sheets]:
    if data.startswith(OLE):
        if ENCRYPTED_PART in data:
            raise Problem("file.encrypted")
        is_workbook = any(name.encode("utf-16-le") in data for name in ("Workbook", "Book"))
        raise Problem("file.old_workbook" if is_workbook else "file.unknown_kind", filename=filename)
    if _is_ods(data):
        yield _read_apart(data)
    else:
        with opened(data) as sheets:
            yield sheets


def _is_ods(data: bytes) -> bool:
    """Return whether a container is an ODS file, else it is an XLSX file.

    The directory is looked at first, so that nothing is unpacked that would unpack to too much. Problems:
    `file.bomb`, `file.encrypted`, `file.not_a_table`.
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
        if "xl/workbook.xml" in names:
            return False
        if "content.xml" not in names or not archive.read("mimetype").startswith(ODS):
            raise Problem("file.not_a_table")
        if b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise Problem("file.encrypted")
        if DECLARATION.search(archive.read("content.xml")):
            raise Problem("file.damaged")
        return True


def _read_apart(data: bytes) -> Sheets:
    """Return the sheets of an ODS file, read in a process of its own, one file at a time.

    Problems: `file.limits` (it takes too much memory or time), `file.damaged`, and those the process tells.
    """
    try:
        with _ONE_AT_A_TIME:
            said: dict[str, Any] = json.loads(
                child.run("consulta.platform.formats.spreadsheet_child", data, PATIENCE)
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        over = getattr(error, "returncode", -1) < 0 or b"MemoryError" in (error.stderr or b"")
        raise Problem("file.limits" if over else "file.damaged") from error
    if "code" in said:
        raise Problem(said.pop("code"), **said)
    sheets: Sheets = said["sheets"]
    return sheets


def _tables(sheets: Sheets) -> tuple[tuple[Table, ...], tuple[Skipped, ...]]:
    """Return the tables of a workbook, and the sheets that have none; raise the Problem of one if all are so.

    A sheet of one column is a page of instructions where another sheet has more.
    """
    found: list[Table] = []
    skipped: list[Skipped] = []
    for count, (name, visible, records) in enumerate(sheets, start=1):
        if count > MAX_SHEETS:
            raise Problem("file.too_many_sheets", limit=MAX_SHEETS)
        try:
            table = build(records, name)
        except Problem as problem:
            skipped.append(_skipped(name, problem, visible=visible))
        else:
            if visible:
                found.append(table)
            else:
                skipped.append(Skipped(name, "hidden", len(table.rows)))
    wide = [table for table in found if len(table.headings) > 1]
    read = wide or found[:1]
    skipped += [Skipped(each.sheet or "", "title", len(each.rows)) for each in found if each not in read]
    if not read:
        raise _worst(skipped)
    if sum(len(table.rows) for table in read) > MAX_ROWS:
        raise Problem("file.too_many_rows", limit=MAX_ROWS)
    return tuple(read), tuple(skipped)


def _skipped(name: str, problem: Problem, *, visible: bool) -> Skipped:
    """Return why a sheet is not read; raise its Problem if that is one of the whole file."""
    if problem.code not in OF_ONE_SHEET:
        raise problem
    if not visible:
        return Skipped(name, "hidden")
    headings = problem.params.get("headings", ())
    written = headings if isinstance(headings, tuple) else ()
    title = problem.code == "file.no_rows" and len(written) == 1
    return Skipped(name, "title" if title else OF_ONE_SHEET[problem.code], 0, problem, written)


def _worst(skipped: Sequence[Skipped]) -> Problem:
    """Return what is said of a workbook without a table: the problem of the sheet with most in it."""
    for reason in ("problem", "no_rows", "title", "empty"):
        for each in skipped:
            if each.reason == reason and each.problem is not None:
                return each.problem
    return Problem("file.hidden" if skipped else "file.empty")
