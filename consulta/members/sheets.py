"""Which sheets of a members' file are read, which of their columns say what, and what is not read at all.

Decides that every visible sheet with the headings of the list is read, one below the other; a sheet that is
left out is named with the reason before anything is written. Several contacts may stand beside one another
in numbered columns (Contacto 1, Correo 1, Contacto 2, Correo 2 …). It judges no cell: that is
`members_rows`.
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

    from consulta.formats.workbook import Skipped

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
    """Where each field stands; of contacts after the first under `email@2` and so on.

    A heading that says more than a field (“Sector / población”) counts where a part of it is one.
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
    """The numbers of the contacts after the first that a file has columns for."""
    numbers = {int(key.partition("@")[2]) for key in columns.places if "@" in key}
    return tuple(sorted(numbers))


def require(table: Table) -> None:
    """Problems: `file.headings_missing`, `file.headings_missing_among`, `file.headings_doubled`."""
    columns = match(table)
    if columns.missing and columns.unknown:
        raise Problem(
            "file.headings_missing_among",
            headings=", ".join(columns.missing),
            unknown=", ".join(f"«{heading}»" for heading in columns.unknown),
        )
    columns.checked()


def join(tables: Sequence[Table], skipped: Sequence[Skipped]) -> tuple[Table, tuple[SheetLine, ...]]:
    """All sheets with the headings of a members' list as one table, and what became of each sheet.

    Problems: those of `require`, where no sheet has the headings.
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
    """A row's number as it is said: with its sheet, where several were read."""
    read = [each for each in sheets if not each.reason]
    if len(read) < 2:  # noqa: PLR2004 - one sheet needs no name
        return number
    said = SheetRow(number)
    said.sheet = read[number // OFFSET].name
    return said


def stored(sheets: Sequence[SheetLine]) -> list[Any]:
    """The sheets as JSON keeps them."""
    return [[each.name, each.rows, each.reason] for each in sheets]


def restored(kept: Sequence[Any]) -> tuple[SheetLine, ...]:
    """The sheets as they were kept."""
    return tuple(SheetLine(*each) for each in kept)


def _is_of_examples(table: Table) -> bool:
    """Whether a sheet holds the examples of our template and nothing else."""
    columns = match(table)
    return all(fold(columns.cell(row, "organisation")) in _EXAMPLES for row in table.rows)


def _below_one_another(tables: Sequence[Table]) -> Table:
    """One table with every heading of these; columns that say the same stand under the first heading."""
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
    """The field and number that a heading like “Correo 2” or “2º contacto” means."""
    found = _NUMBERED.fullmatch(fold(heading))
    if found is None or not (found["before"] or found["after"]):
        return None
    field, number = _known().get(found["name"].strip()), int(found["before"] or found["after"])
    if field not in CONTACT_FIELDS or not 1 <= number <= MOST_CONTACTS:
        return None
    key = field if number == 1 else f"{field}@{number}"
    return None if key in places else key


def _by_part(heading: str, places: dict[str, int]) -> str | None:
    """The one field that a part of a heading names and no other heading has; None where it is not clear."""
    known = _known()
    named = {known[fold(part)] for part in _PARTS.split(heading) if fold(part) in known}
    return next(iter(named)) if len(named) == 1 and not named & places.keys() else None


def _as_written(key: str, found: Columns) -> str:
    """How the file itself would write a heading: in the language of its other headings."""
    label, written = labels()[key], {fold(each) for each in found.written}
    alike = {code: sum(fold(each.best(code)) in written for each in labels().values()) for code in label}
    return label[max(alike, key=alike.__getitem__)]


def _known() -> dict[str, str]:
    """Every heading that is understood, folded, with its field."""
    return {fold(heading): field.key for field in fields() for heading in (field.key, *field.headings)}
