"""The cells of a row, as every import understands them, and what has been found wrong in them.

Nothing is guessed: a value that only resembles a known one is a fault, told with the likely meaning.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.importing.values import RowFault
from consulta.platform.texts import line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.data.catalogue import Country, Sector
    from consulta.platform.formats.table import Row, Table
    from consulta.platform.importing.columns import Columns

Meaning = TypeVar("Meaning")

_YES = ("si", "s", "sim", "yes", "y", "true", "verdadero", "1", "x")
_NO = ("no", "n", "nao", "false", "falso", "0")
ANSWERS: Mapping[str, bool] = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
"""Folded words for yes and no."""


class Notes:
    """A file, and what has been found about its rows: faults, which leave a row out, and warnings."""

    def __init__(
        self, table: Table, columns: Columns, meanings: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.table = table
        self.columns = columns
        self.meanings = meanings or {}  # of values, as the secretariat answered for this file
        self.faults: dict[str, list[RowFault]] = defaultdict(list)
        self.warnings: dict[str, list[RowFault]] = defaultdict(list)
        self.known: dict[str, list[str]] = {}  # categories of open lists, as they were first written
        for row in table.rows:
            if row.fault is not None:
                heading = str(row.fault.params.get("heading") or self._at(str(row.fault.params["column"])))
                self.faults[row.label].append(RowFault(row.label, heading, row.fault))

    def of(self, field: str) -> str:
        """Return the heading of a field in the file; empty if the file does not have the field."""
        place = self.columns.places.get(field)
        return "" if place is None else self.table.headings[place]

    def fault(self, row: str, field: str, problem: Problem) -> None:
        """Add a fault to a row, which leaves the row out."""
        self.faults[row].append(RowFault(row, self.of(field) or field, problem))

    def keep_first(self, row: str) -> None:
        """Keep of several faults in one cell of a row only the first."""
        if row in self.faults:
            self.faults[row] = [*{fault.column: fault for fault in reversed(self.faults[row])}.values()][::-1]

    def warn(self, row: str, field: str, problem: Problem) -> None:
        """Say something about a row that does not leave it out."""
        self.warnings[row].append(RowFault(row, self.of(field), problem))

    def _at(self, letter: str) -> str:
        """Return the heading of a column given by its letter, or the letter if it has no heading."""
        index = 0
        for sign in letter:
            index = index * 26 + ord(sign) - ord("A") + 1
        headings = self.table.headings
        return (headings[index - 1] if index <= len(headings) else "") or letter


class Cells:
    """The cells of one row, and the notes to which their faults are added."""

    def __init__(self, row: Row, notes: Notes, suffix: str = "") -> None:
        self.row = row
        self.notes = notes
        self._suffix = suffix  # of the columns of a further contact

    def raw(self, field: str) -> str:
        """Return the text of a field's cell as it stands, with its line breaks."""
        return self.notes.columns.cell(self.row, field + self._suffix)

    def text(self, field: str) -> str:
        """Return the text of a field's cell on one line."""
        return line(self.raw(field))

    def parts(self, field: str, separators: str = r"[;|\n]") -> list[str]:
        """Return the entries of a cell that holds several, one by one."""
        return [part for part in re.split(separators, self.raw(field)) if fold(part)]

    def fault(self, field: str, problem: Problem) -> None:
        """Add a fault to a cell."""
        self.notes.fault(self.row.label, field + self._suffix, problem)

    def warn(self, field: str, problem: Problem) -> None:
        """Say something about a cell that does not leave the row out."""
        self.notes.warn(self.row.label, field + self._suffix, problem)

    def meant(self, field: str) -> str:
        """Return the text of a cell, or the meaning that a person gave to this text for this file."""
        text = self.text(field)
        return self.notes.meanings.get(field, {}).get(fold(text)) or text

    def country(self) -> Country | None:
        """Return the country of the row; None, and a fault, if the cell is empty or not understood."""
        if not self.text("country"):
            self.fault("country", Problem("row.country_missing"))
            return None
        found: Country | None = self._listed("country", catalogue.find_country, catalogue.closest_country)
        return found

    def sector(self) -> Sector | None:
        """Return the sector of the row; None if the cell is empty, or, with a fault, not understood."""
        if not self.text("sector"):
            return None
        found: Sector | None = self._listed("sector", catalogue.find_sector, catalogue.closest_sector)
        return found

    def one_of(self, field: str, words: Mapping[str, Meaning], code: str) -> Meaning | None:
        """Return what the folded text of a cell means among `words`; None if it is empty.

        If it is not understood, add a fault with this code and return None.
        """
        text = self.text(field)
        if text and fold(text) not in words:
            self.fault(field, Problem(code, text=text))
        return words.get(fold(text)) if text else None

    def whole(self, field: str, code: str, digits: int = 9) -> int | None:
        """Return the whole number in a cell; None if it is empty, or, with a fault, no such number."""
        text = self.text(field)
        if text and not re.fullmatch(rf"\d{{1,{digits}}}", text, re.ASCII):
            self.fault(field, Problem(code, text=text))
            return None
        return int(text) if text else None

    def _listed(self, field: str, find: Callable[[str], Any], closest: Callable[[str], Any]) -> Any:
        found = find(self.meant(field))
        if found is None:
            text = self.text(field)
            near = closest(text)
            if near is None:
                self.fault(field, Problem(f"row.{field}_unknown", text=text))
            else:
                self.fault(field, Problem(f"row.{field}_near", text=text, near=_as_meant(text, near)))
        return found


def _as_meant(text: str, entry: Country | Sector) -> str:
    """Return the name of a country or sector in the language in which it was probably written."""
    written = fold(text)
    return max(
        entry.name.values(),
        key=lambda name: difflib.SequenceMatcher(None, written, fold(name)).ratio(),
    )
