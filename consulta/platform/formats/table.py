"""A table as read from a file: headings, and rows with the numbers that a spreadsheet shows.

The module decides where the headings are, which sizes are too large, and which rows cannot be trusted as
they stand. Such a row carries its `fault`, so that a preview can show it beside the others; a fault of
the whole file is raised. The module does not know what the columns mean.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.data.folding import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 5_000
MAX_CHARACTERS = 20_000_000
MAX_SHEETS = 50

# Headings may end at MAX_COLUMNS; further columns are looked at so that a cell without a heading is seen.
COLUMNS_READ = 2 * MAX_COLUMNS

ZIP = b"PK\x03\x04"  # how a file begins that is a container of files

# Above the headings there may be a title: it has one filled cell, where the headings have several.
TITLE_ROWS = 10

# Errors that a spreadsheet leaves in a cell, in English and in Spanish.
CELL_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"} | {
    "#N/D",
    "#¡REF!",
    "#¡VALOR!",
    "#¿NOMBRE?",
    "#¡DIV/0!",
    "#¡NUM!",
    "#¡NULO!",
    "#VALOR!",
    "#NOME?",
    "#NÚM!",
    "#NULO!",
}

# What UTF-8 looks like when it was read as Windows-1252 ("Ã³" for "ó"), and what a lost letter leaves behind.
GARBLED = re.compile("[ÃÂ][\u0080-\u009f\u00a1-\u00bf\u2030\u201c\u0161\u2018]|â€|\ufffd")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the spreadsheet, one cell for each heading, and its fault, if any.

    `sheet` is the name of its sheet where rows of several sheets are shown together.
    """

    number: int
    cells: tuple[str, ...]
    fault: Problem | None = None
    sheet: str = ""

    @property
    def label(self) -> str:
        """Return how the row is named to people, such as `5 (Sudamérica)`: a text, never a figure."""
        return f"{self.number} ({self.sheet})" if self.sheet else str(self.number)


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds; `sheet` is the name of the sheet it was read from, if it had sheets."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    sheet: str | None = None


def build(records: Iterable[tuple[int, Sequence[str]]], sheet: str | None = None) -> Table:
    """Return the table of numbered records; blank ones are left out, the others keep their numbers.

    Problems: `file.empty`, `file.no_rows`, `file.too_many_columns`, `file.too_many_rows`.
    """
    (number, cells), below = _find_headings(_counted(_filled(records)))
    headings = _headings(number, cells)
    rows = tuple(_row(headings, *record) for record in below)
    if not rows:
        raise Problem("file.no_rows", row=number, headings=headings)
    return Table(headings, rows, sheet)


def clean(text: str) -> str:
    """Return `text` composed (NFC), without control and invisible signs, and stripped of space."""
    composed = visible(unicodedata.normalize("NFC", text))
    lines = composed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign if sign == "\n" or sign.isprintable() else " " for sign in lines).strip()


def as_typed(value: object) -> str:
    """Return the value of a cell as a person would type it: 12, not 12.0; 2027-03-05 without a midnight."""
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


def column_letter(index: int) -> str:
    """Return the letters that a spreadsheet writes over the column at `index`, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _filled(records: Iterable[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the records that are not blank, without the empty cells at their end.

    Raise Problem `file.too_many_columns` if a record has more than `MAX_COLUMNS` cells.
    """
    for number, cells in records:
        last = max((index for index, cell in enumerate(cells) if cell.strip()), default=-1)
        if last >= MAX_COLUMNS:
            raise Problem("file.too_many_columns", row=number, limit=MAX_COLUMNS)
        if last >= 0:
            yield number, tuple(cells[: last + 1])


def _counted(records: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    characters = 0
    for count, (number, cells) in enumerate(records):
        characters += sum(map(len, cells))
        if count > MAX_ROWS:
            raise Problem("file.too_many_rows", limit=MAX_ROWS)
        if characters > MAX_CHARACTERS:
            raise Problem("file.too_much", row=number)
        yield number, cells


def _find_headings(
    records: Iterator[tuple[int, tuple[str, ...]]],
) -> tuple[tuple[int, tuple[str, ...]], Iterator[tuple[int, tuple[str, ...]]]]:
    """Return the record of the headings and an iterator over the records below it.

    The headings are the first record, or the first with several cells below a title. Raise Problem
    `file.empty` if there are no records.
    """
    ahead = list(islice(records, TITLE_ROWS))
    if not ahead:
        raise Problem("file.empty")
    place = next((place for place, (_, cells) in enumerate(ahead) if _width(cells) > 1), 0)
    return ahead[place], chain(ahead[place + 1 :], records)


def _width(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _headings(number: int, cells: Sequence[str]) -> tuple[str, ...]:
    if any(GARBLED.search(cell) for cell in cells):
        raise Problem("file.garbled", row=number, column=column_letter(_first_garbled(cells)))
    return tuple(clean(cell[:MAX_CELL]).replace("\n", " ") for cell in cells)


def _first_garbled(cells: Sequence[str]) -> int:
    return next(index for index, cell in enumerate(cells) if GARBLED.search(cell))


def _row(headings: tuple[str, ...], number: int, cells: tuple[str, ...]) -> Row:
    kept = tuple(clean(cell[:MAX_CELL]) for cell in cells[: len(headings)])
    padded = kept + ("",) * (len(headings) - len(kept))
    return Row(number, padded, _fault(headings, number, cells))


def _fault(headings: tuple[str, ...], number: int, cells: tuple[str, ...]) -> Problem | None:
    """Return the first Problem in the cells of a row, or None."""
    for index, cell in enumerate(cells):
        code = _cell_fault(cell, has_heading=index < len(headings) and headings[index] != "")
        if code:
            return Problem(code, row=number, column=column_letter(index), limit=MAX_CELL)
    return None


def _cell_fault(cell: str, *, has_heading: bool) -> str | None:
    if not cell.strip():
        return None
    if not has_heading:
        return "file.extra_cell"
    if len(cell) > MAX_CELL:
        return "file.cell_too_long"
    if cell.strip() in CELL_ERRORS:
        return "file.cell_error"
    return "file.garbled" if GARBLED.search(cell) else None
