"""Headings as people write them, matched to the fields that an import knows.

The module decides which headings are the same (accents, case, spacing and punctuation do not count) and
reports which are missing, unknown or there twice. It does not judge the content of the cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.data import tongues
from consulta.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.formats.table import Row, Table


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an import: its headings in either language, the first one being the one to name it by."""

    key: str
    headings: tuple[str, ...]
    required: bool = False


def headings(label: Text) -> tuple[str, ...]:
    """Return what a column of our own files is called: in the desk's languages at once, and in each one."""
    desk = tongues.with_desk(tongues.codes())
    return (" / ".join(label.best(each) for each in desk), *label.values())


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, and which headings are missing, unknown or there twice, as written."""

    places: Mapping[str, int]
    fields: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]
    written: tuple[str, ...] = ()  # all headings of the table

    def checked(self) -> Columns:
        """Return these columns if no required heading is missing and none is there twice.

        Problems: `file.headings_missing`, `file.headings_doubled`.
        """
        if self.missing:
            raise Problem("file.headings_missing", headings=", ".join(self.missing))
        if self.doubled:
            raise Problem("file.headings_doubled", headings=", ".join(self.doubled))
        return self

    def values(self, row: Row) -> dict[str, str]:
        """Return a mapping from field to the row's text, empty where there is none.

        Raise the fault of the row, if it has one.
        """
        if row.fault is not None:
            raise row.fault
        return {field: self.cell(row, field) for field in self.fields}

    def cell(self, row: Row, field: str) -> str:
        """Return the row's text for a field, empty where there is none, even if the row has a fault."""
        return row.cells[self.places[field]] if field in self.places else ""


def match_headings(table: Table, fields: Sequence[Field]) -> Columns:
    """Return in which column of the table each field stands."""
    known = {fold(heading): field.key for field in fields for heading in (field.key, *field.headings)}
    places: dict[str, int] = {}
    unknown: list[str] = []
    doubled: list[str] = []
    for index, heading in enumerate(table.headings):
        key = known.get(fold(heading))
        if key is None:
            unknown.extend([heading] if heading else [])
        elif places.setdefault(key, index) != index:
            doubled.append(heading)
    missing = tuple(field.headings[0] for field in fields if field.required and field.key not in places)
    keys = tuple(field.key for field in fields)
    return Columns(places, keys, missing, tuple(unknown), tuple(doubled), table.headings)
