"""Sheets of a members' file: which are read, what their columns mean, and which are left out.

This module decides that every visible sheet with the headings of the list is read, one below the other;
a sheet that is left out is named with the reason before anything is written. Several contacts may stand
beside one another in numbered columns (Contacto 1, Correo 1, Contacto 2, Correo 2 …). Cells are checked
in `members_rows`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.data.folding import fold
from consulta.formats.columns import Columns, match_headings
from consulta.formats.table import Row, Table, column_letter
from consulta.members.fields import EXAMPLES, fields, labels
from consulta.members.values import SheetLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.formats.reading import Skipped

OFFSET = 2_000_000  # between the rows of one sheet and those of the next: more than a file may have
CONTACT_FIELDS = ("contact", "email", "language", "may_vote")
MOST_CONTACTS = 9
_NUMBERED = re.compile(
    r"(?:(?P<before>\d) ?(?:o|er|ro|do)? )?(?P<name>.*?)(?: (?:n|no|nro|num)? ?(?P<after>\d))?"
)
_PARTS = re.compile("\\s*[/|(),:;\u2013\u2014-]\\s*")
_EXAMPLES = frozenset(fold(name) for each in EXAMPLES for name in each.values())


class SheetRow(int):
    """The number of a row in a file with several sheets: it is said with the name of its sheet."""

    sheet: str

    def __str__(self) -> str:
        return f"{int(self) % OFFSET} ({self.sheet})"


def match(table: Table) -> Columns:
    """Return the column of each field; contacts after the first are under `email@2` and so on.

    A heading with more than a field's name (“Sector / población”) counts if one part of it is a field's
    name.
    """
    found = match_headings(table, fields())
    places, unknown = dict(found.places), []
    for index, heading in enumerate(table.headings):
        if heading in found.unknown and index not in places.values():
            key = _numbered(heading, places) or _by_part(heading, places)
            if key is None:
                unknown.append(heading)
            else:
                places[key] = index
    missing = tuple(
        _as_written(field.key, found) for field in fields() if field.required and field.key not in places
    )
    return replace(found, places=places, missing=missing, unknown=tuple(unknown))


def contacts_in(columns: Columns) -> tuple[int, ...]:
    """Return the numbers of the contacts after the first for which a file has columns."""
    numbers = {int(key.partition("@")[2]) for key in columns.places if "@" in key}
    return tuple(sorted(numbers))


def require(table: Table) -> None:
    """Raise a Problem if a table lacks required headings or has one twice.

    Problems: `file.headings_missing`, `file.headings_missing_among`, `file.headings_doubled`.
    """
    columns = match(table)
    if columns.missing and columns.unknown:
        raise Problem(
            "file.headings_missing_among",
            headings=", ".join(columns.missing),
            unknown=", ".join(f"«{heading}»" for heading in columns.unknown),
        )
    columns.checked()


def join(tables: Sequence[Table], skipped: Sequence[Skipped]) -> tuple[Table, tuple[SheetLine, ...]]:
    """Return all sheets with a member list's headings as one table, and the outcome for each sheet.

    Problems: those of `require`, if no sheet has the headings or a sheet that is read has one twice;
    that of a sheet without rows, if the other sheets with the headings hold only the template's
    examples.
    """
    good = [table for table in tables if not match(table).missing]
    read = [table for table in good if not _is_of_examples(table)]
    bare = [each.problem for each in skipped if each.reason == "no_rows" and each.problem is not None]
    if not read and good and bare:
        raise bare[0]  # our template, with nothing written into it
    read = read or good
    left = [
        SheetLine(table.sheet or "", 0, "examples" if table in good else "headings")
        for table in tables
        if table not in read
    ]
    left += [SheetLine(each.name, 0, each.reason) for each in skipped]
    if not read:
        require(tables[0])
    for table in read:
        require(table)
    lines = tuple(SheetLine(table.sheet or "", len(table.rows)) for table in read)
    if len(read) == 1:
        return read[0], (*lines, *left)
    return _below_one_another(read), (*lines, *left)


def numbered(number: int, sheets: Sequence[SheetLine]) -> int:
    """Return a row's number as it is shown: with the sheet's name, if several sheets were read."""
    read = [each for each in sheets if not each.reason]
    if len(read) < 2:  # noqa: PLR2004 - one sheet needs no name
        return number
    said = SheetRow(number)
    said.sheet = read[number // OFFSET].name
    return said


def stored(sheets: Sequence[SheetLine]) -> list[Any]:
    """Return the sheets in the form stored as JSON."""
    return [[each.name, each.rows, each.reason] for each in sheets]


def restored(kept: Sequence[Any]) -> tuple[SheetLine, ...]:
    """Return the sheets from their stored form."""
    return tuple(SheetLine(*each) for each in kept)


def _is_of_examples(table: Table) -> bool:
    """Return whether a sheet holds only the examples of the program's template."""
    columns = match(table)
    return all(fold(columns.cell(row, "organisation")) in _EXAMPLES for row in table.rows)


def _below_one_another(tables: Sequence[Table]) -> Table:
    """Return one table of these, one below the other; columns of one meaning share the first heading."""
    headings: list[str] = []
    places: dict[str, int] = {}
    rows: list[Row] = []
    for sheet, table in enumerate(tables):
        columns = match(table)
        keys = {index: key for key, index in columns.places.items()}
        target = {}
        for index, heading in enumerate(table.headings):
            key = keys.get(index) or f"={fold(heading)}"
            if key not in places or not heading:
                places[key] = len(headings)
                headings.append(heading)
            target[index] = places[key]
        rows.extend(_moved(row, target, len(headings), sheet) for row in table.rows)
    width = len(headings)
    filled = tuple(replace(row, cells=row.cells + ("",) * (width - len(row.cells))) for row in rows)
    return Table(tuple(headings), filled)


def _moved(row: Row, target: dict[int, int], width: int, sheet: int) -> Row:
    cells = [""] * width
    for index, cell in enumerate(row.cells):
        cells[target[index]] = cell
    fault = row.fault
    if fault is not None:
        letters = {column_letter(index): column_letter(place) for index, place in target.items()}
        column = fault.params.get("column", "")
        fault = Problem(fault.code, **{**fault.params, "column": letters.get(str(column), column)})
    return Row(row.number + sheet * OFFSET, tuple(cells), fault)


def _numbered(heading: str, places: dict[str, int]) -> str | None:
    """Return the field and number meant by a heading like “Correo 2” or “2º contacto”, or None."""
    found = _NUMBERED.fullmatch(fold(heading))
    if found is None or not (found["before"] or found["after"]):
        return None
    field, number = _known().get(found["name"].strip()), int(found["before"] or found["after"])
    if field not in CONTACT_FIELDS or not 1 <= number <= MOST_CONTACTS:
        return None
    key = field if number == 1 else f"{field}@{number}"
    return None if key in places else key


def _by_part(heading: str, places: dict[str, int]) -> str | None:
    """Return the one field that a part of a heading names, or None if there is none or several.

    None also if another heading already has the field.
    """
    known = _known()
    named = {known[fold(part)] for part in _PARTS.split(heading) if fold(part) in known}
    return next(iter(named)) if len(named) == 1 and not named & places.keys() else None


def _as_written(key: str, found: Columns) -> str:
    """Return the label of a field in the language of the file's other headings."""
    label, written = labels()[key], {fold(each) for each in found.written}
    alike = {code: sum(fold(each.best(code)) in written for each in labels().values()) for code in label}
    return label[max(alike, key=alike.__getitem__)]


def _known() -> dict[str, str]:
    """Return the field of each heading that is understood; headings are folded."""
    return {fold(heading): field.key for field in fields() for heading in (field.key, *field.headings)}
