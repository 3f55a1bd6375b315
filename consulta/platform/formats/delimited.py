"""CSV, as spreadsheets really write it, and as they may safely open it.

It decides the encoding and the delimiter by looking, never by the file's name. It does not know what the
columns mean; the limits and the care for single rows are those of `table`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.formats.table import MAX_BYTES, Table, build

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DELIMITERS = (";", "\t", ",")
# How much of a file is looked at to find its delimiter.
SAMPLE = 20_000
SAMPLE_RECORDS = 30
LONGEST = (
    131_072  # signs in a cell: the limit of the csv module, which other libraries lift for the whole process
)

SEPARATOR_LINE = re.compile(r"sep=([;,\t])\r?\n", re.IGNORECASE)

PIECE = 5_000
"""Rows that are written at a time."""

# A cell that begins so is run as a formula by spreadsheets; the apostrophe makes it text. Where a spreadsheet
# expects semicolons, as in most of the region, each of them inside a cell begins another cell. Some take the
# full-width signs of East Asian keyboards for the same, and pass over blanks and line breaks before them.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SHIELD = "'"
_RUNS = r"(?=[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])"
RUN = re.compile(rf"(^|;){_RUNS}")
SHIELDED = re.compile(rf"(^|;)'{_RUNS}")

# Accented letters as UTF-8 writes them: two bytes that no Windows-1252 text has in a row.
UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")


def read_csv(data: bytes) -> Table:
    """Return the table in the bytes of a CSV file.

    Problems of the whole file: `file.too_large`, `file.empty`, `file.encoding`, and those of
    `table.build`.
    """
    if len(data) > MAX_BYTES:
        raise Problem("file.too_large", limit=MAX_BYTES // 1_000_000)
    text = _decode(data)
    if not text.strip():
        raise Problem("file.empty")
    delimiter, text = _delimiter(text)
    return build(_records(text, delimiter))


def write_csv(
    headings: Sequence[str], rows: Iterable[Sequence[str | int | float | None]], delimiter: str = ","
) -> bytes:
    """Return the bytes of a CSV file: UTF-8 with a byte order mark, CRLF.

    Cells are written so that no spreadsheet runs one as a formula. Raise ValueError if a row does not
    have as many cells as there are headings.
    """
    return b"".join(csv_pieces(headings, rows, delimiter))


def csv_pieces(
    headings: Sequence[str], rows: Iterable[Sequence[str | int | float | None]], delimiter: str = ","
) -> Iterator[bytes]:
    """Yield the bytes of `write_csv` in pieces of some thousand rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow([shielded(heading) for heading in headings])
    yield codecs.BOM_UTF8
    for number, row in enumerate(rows, start=1):
        if len(row) != len(headings):
            raise ValueError(f"a row of {len(row)} cells under {len(headings)} headings")
        writer.writerow([shielded(cell) if isinstance(cell, str) else cell for cell in row])
        if number % PIECE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def write_plain(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the bytes of rows alone, for programs that expect no headings and no byte order mark.

    Cells are written so that no spreadsheet runs one as a formula.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([shielded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def shielded(cell: str) -> str:
    """Return `cell` as text that no spreadsheet takes for a formula."""
    return RUN.sub(rf"\1{SHIELD}", cell)


def unshielded(cell: str) -> str:
    """Return the text that `shielded` was given, so that an export can be imported again unchanged."""
    return SHIELDED.sub(r"\1", cell)


def _decode(data: bytes) -> str:
    encoding, errors = _encoding(data)
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise Problem("file.encoding") from error
    text = text.removesuffix("\x1a")
    if NOT_TEXT.search(text):
        raise Problem("file.encoding")
    return text


def _encoding(data: bytes) -> tuple[str, str]:
    """Return the encoding of the file, and how to handle bytes that do not fit it.

    A UTF-8 file with a few foreign bytes is still UTF-8: the rows that contain them get a fault.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "strict"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "replace"
    try:
        data.decode()
    except UnicodeDecodeError:
        return ("utf-8", "replace") if UTF8_LETTER.search(data) else ("cp1252", "strict")
    return "utf-8", "strict"


def _delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter, and the text without the line in which Excel names it."""
    if named := SEPARATOR_LINE.match(text):
        return named[1], text[named.end() :]
    sample = text[:SAMPLE].rpartition("\n")[0] or text[:SAMPLE]
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter)), text


def _agreement(sample: str, delimiter: str) -> tuple[int, int]:
    """Return how many records have the most common number of cells (more than one), and that number.

    Counting delimiters instead would fail on texts with many commas between semicolons.
    """
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths: Counter[int] = Counter()
    with suppress(csv.Error):  # a cell that is too long is told of when the whole is read
        widths.update(len(cells) for cells in islice(records, SAMPLE_RECORDS) if len(cells) > 1)
    return max(((often, width) for width, often in widths.items()), default=(0, 0))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    number = 0
    try:
        for cells in reader:
            if any(len(cell) > LONGEST for cell in cells):
                raise csv.Error("a cell is too long: a quote was not closed")
            number += 1
            yield number, [unshielded(cell) for cell in cells]
    except csv.Error as error:
        raise Problem("file.quotes", row=number + 1) from error
