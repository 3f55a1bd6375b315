"""Sheets of a file: which are read, one below the other, and which are left out and why.

Every visible sheet with the needed headings is read, unless a person leaves it out; every other one is named
with the reason before anything is written. Columns that mean nothing are not kept: there may be names of
people in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.platform.data.folding import fold
from consulta.platform.formats.table import Row, Table, column_letter
from consulta.platform.importing.columns import match
from consulta.platform.importing.values import SheetLine

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.platform.formats.reading import Skipped
    from consulta.platform.importing.columns import Field

OFFSET = 2_000_000  # between the rows of one sheet and those of the next: more than a file may have
LEFT = "left"  # the reason of a sheet that a person left out
TOTAL = "row.total"  # the Problem of a row that is a sum of others
LONGEST = 80  # signs of such a row that are repeated
_TOTAL = re.compile(r"(gran |grand )?(sub ?)?tota(l|les|is|ls)( .*)?|suma|soma|sum")
_FIGURES = re.compile(r"\d[\d ]*( [a-z]+)?")


@dataclass(frozen=True, slots=True)
class Joined:
    """What is kept of a file: its understood columns, the headings of the others, its sheets."""

    table: Table
    unread: tuple[str, ...]
    sheets: tuple[SheetLine, ...]


def join(
    tables: Sequence[Table],
    skipped: Sequence[Skipped],
    fields: Sequence[Field],
    examples: Collection[str],
    told: Mapping[str, str] | None = None,
) -> Joined:
    """Return all sheets with the needed headings as one table, and the outcome for each sheet.

    `examples` are folded names of the template's examples: a sheet with them alone is not read. `told` is
    that of `columns.match`.

    Problems: `file.headings_missing`, `.headings_missing_among`, `.headings_doubled`; that of a sheet which
    cannot be read, or has the headings and no rows, if no other sheet has rows.
    """
    good = [table for table in tables if not match(table, fields, told).missing]
    read = [table for table in good if not _is_of_examples(table, fields, examples, told)]
    if not read:
        _tell_of_sheets(skipped, fields)
    read = read or good
    if not read:
        match(tables[0], fields, told).checked()
    left = [
        SheetLine(table.sheet or "", len(table.rows), "examples" if table in good else "headings")
        for table in tables
        if table not in read
    ]
    left += [SheetLine(each.name, each.rows, each.reason, each.problem) for each in skipped]
    lines = [SheetLine(table.sheet or "", sum(not _sums_up(row) for row in table.rows)) for table in read]
    table, unread = _below_one_another(read, fields, told)
    return Joined(table, unread, (*lines, *left) if tables[0].sheet is not None else ())


def is_read(number: int, sheets: Sequence[SheetLine]) -> bool:
    """Return whether the sheet of a row is read."""
    return not sheets or not sheets[number // OFFSET].reason


def is_total(row: Row) -> bool:
    """Return whether a kept row is a sum of others, which no list reads."""
    return row.fault is not None and row.fault.code == TOTAL


def stored(sheets: Sequence[SheetLine]) -> list[Any]:
    """Return the sheets in the form stored as JSON."""
    return [[each.name, each.rows, each.reason, _stored_problem(each.problem)] for each in sheets]


def restored(kept: Sequence[Any]) -> tuple[SheetLine, ...]:
    """Return the sheets from their stored form; the earlier form had no problem."""
    return tuple(
        SheetLine(name, rows, reason, _restored_problem(*problem)) for name, rows, reason, *problem in kept
    )


def stored_row(row: Row) -> list[Any]:
    """Return a row as JSON keeps it: number, cells, and the fault as code and parameters or None."""
    return [row.number, list(row.cells), _stored_problem(row.fault)]


def restored_row(kept: Sequence[Any], sheets: Sequence[SheetLine]) -> Row:
    """Return a row from its stored form, with the name of its sheet if several sheets are read."""
    several = sum(not each.reason for each in sheets) > 1
    row = Row(kept[0] % OFFSET, tuple(kept[1]), sheet=sheets[kept[0] // OFFSET].name if several else "")
    return replace(row, fault=_restored_problem(kept[2], row=row.label))


def _stored_problem(problem: Problem | None) -> list[Any] | None:
    return None if problem is None else [problem.code, problem.params]


def _restored_problem(kept: Sequence[Any] | None = None, **more: object) -> Problem | None:
    return None if kept is None else Problem(kept[0], **{**kept[1], **more})


def _tell_of_sheets(skipped: Sequence[Skipped], fields: Sequence[Field]) -> None:
    """Raise the problem of a sheet that cannot be read, or has the headings and nothing below them."""
    for each in skipped:
        bare = each.reason == "no_rows" and not match(Table(each.headings, ()), fields).missing
        if each.problem is not None and (bare or each.reason == "problem"):
            raise each.problem


def _is_of_examples(
    table: Table, fields: Sequence[Field], examples: Collection[str], told: Mapping[str, str] | None
) -> bool:
    columns = match(table, fields, told)
    return all(fold(columns.cell(row, fields[0].key)) in examples for row in table.rows)


def _below_one_another(
    tables: Sequence[Table], fields: Sequence[Field], told: Mapping[str, str] | None
) -> tuple[Table, tuple[str, ...]]:
    """Return one table of the understood columns of these, and the headings of the others.

    Columns of one meaning share the heading of the first sheet that has it.
    """
    headings: list[str] = []
    places: dict[str, int] = {}
    rows: list[Row] = []
    unread: dict[str, None] = {}
    for sheet, table in enumerate(tables):
        columns = match(table, fields, told).checked()
        unread |= dict.fromkeys(columns.unknown)
        target = {}
        for key, index in sorted(columns.places.items(), key=lambda item: item[1]):
            if key not in places:
                places[key] = len(headings)
                headings.append(table.headings[index])
            target[index] = places[key]
        rows.extend(_moved(row, target, len(headings), sheet, table.headings) for row in table.rows)
    width = len(headings)
    filled = tuple(replace(row, cells=row.cells + ("",) * (width - len(row.cells))) for row in rows)
    return Table(tuple(headings), filled), tuple(unread)


def _sums_up(row: Row) -> bool:
    """Return whether a row is a sum: its first filled cell says so, and the others have figures alone."""
    first, *others = [fold(cell) for cell in row.cells if cell.strip()] or [""]
    return bool(_TOTAL.fullmatch(first)) and all(map(_FIGURES.fullmatch, others))


def _moved(row: Row, target: Mapping[int, int], width: int, sheet: int, headings: Sequence[str]) -> Row:
    cells = [""] * width
    for index, place in target.items():
        cells[place] = row.cells[index]
    fault = row.fault
    if _sums_up(row):
        fault = Problem(TOTAL, text=" ".join(filter(None, row.cells))[:LONGEST])
    elif fault is not None:
        written = {column_letter(index): heading for index, heading in enumerate(headings)}
        column = str(fault.params.get("column", ""))
        fault = Problem(fault.code, **{**fault.params, "heading": written.get(column) or column})
    return Row(row.number + sheet * OFFSET, tuple(cells), fault)
