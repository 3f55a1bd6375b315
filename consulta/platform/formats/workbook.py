"""XLSX, written so that the same rows give the same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


def _sheet_names(names: Sequence[str]) -> Mapping[str, str]:
    """Name → the name that a spreadsheet accepts: short, without its own signs, each once."""
    given: dict[str, str] = {}
    for name in names:
        base = NOT_IN_A_SHEET_NAME.sub(" ", name).strip(" '") or "-"
        unique, number = _cut(base, SHEET_NAME), 1
        while unique.casefold() in {other.casefold() for other in given.values()}:
            number += 1
            unique = f"{_cut(base, SHEET_NAME - 4)} {number}"
        given[name] = unique
    if len(given) < len(names):
        raise ValueError("two sheets with one name")
    return given


def _cut(name: str, most: int) -> str:
    """Return the first words of a name, at most so many characters; of one longer word its beginning."""
    if len(name) <= most:
        return name
    whole = name[: most + 1].rpartition(" ")[0]
    return (whole or name[:most]).rstrip(" ,;:·'")


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
