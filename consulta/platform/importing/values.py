"""An uploaded file as pages show it: what is read of it, what each row would do, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.platform.models import Upload


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong or remarkable in one cell: the row (its label), heading, and reason."""

    row: str
    column: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Change:
    """What a row does to one field; `old` is None where there was nothing before."""

    field: str
    old: Text | None
    new: Text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What importing one row of a file would do: new, changed, same, or an error that leaves it out."""

    row: str  # its label: the number in the spreadsheet, with the sheet where there are several
    kind: str
    organisation: str  # or the person whom the row is about
    country: Text
    contact: str  # further words to tell it by
    changes: tuple[Change, ...]
    faults: tuple[RowFault, ...]
    warnings: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of an import: its rows by kind, and its effects, by name, such as `contacts_added`."""

    rows: int
    new: int
    changed: int
    same: int
    errors: int
    warnings: int
    effects: Mapping[str, int]

    @property
    def good(self) -> int:
        """Return the number of rows without an error."""
        return self.rows - self.errors

    @property
    def changes(self) -> int:
        """Return the number of rows that would change the list."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an import would do; `seen` is the digest of what its rows say and are compared with."""

    rows: tuple[PreviewRow, ...]
    drafts: tuple[Any, ...]  # what is written, in the form in which the importer of the list has it
    counts: Counts
    seen: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A value as the file writes it, in so many rows, and the key of what it probably means ("": no idea).

    `anew`: the answer holds for this file alone.
    """

    field: str
    text: str
    rows: int
    near: str
    anew: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said that a column (`field` is empty) or a value of a list's files means."""

    field: str
    text: str  # as it was written
    meaning: str  # the key of a value, or of a field; "-" of a column that is not read


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet of a file: how many rows it has; where none of them is read, the code of why."""

    name: str
    rows: int
    reason: str = ""
    problem: Problem | None = None  # where the reason is one


@dataclass(frozen=True, slots=True)
class Stay:
    """What an undo of an import leaves: a name in the list, what belongs to it, and why it stays."""

    name: str
    parts: tuple[str, ...]
    reason: Problem


@dataclass(frozen=True, slots=True)
class Undoing:
    """An undo of an import: the document of what is put back, that of the rest, and what stays with why.

    `rest` is None where nothing stays.
    """

    document: Mapping[str, Any]
    rest: dict[str, Any] | None = None
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """An uploaded file before its import (`rows` say what would happen) or after (what was left out).

    `seen` is the digest of these rows: the import asks for it, so that only rows that were shown are
    imported.
    """

    line: Upload  # with who uploaded it
    understood: tuple[tuple[str, str], ...]  # field, heading in the file
    unread: tuple[str, ...]  # headings that mean nothing here
    counts: Counts
    rows: tuple[PreviewRow, ...]
    sheets: tuple[SheetLine, ...]  # what became of each sheet; none of a text file
    totals: tuple[Problem, ...]  # what is said of rows that are sums of others, which are not read
    offers: tuple[Offer, ...]  # values that are not understood and stand in rows alone for that
    answers: tuple[Answer, ...]  # what was said of columns and values that this file has
    seen: str
    done: Mapping[str, int] | None  # the effects, once it is imported
    undo_refusal: Problem | None
    stays: tuple[Stay, ...] = ()  # what an undo leaves, since something rests on it
    undoes: Mapping[str, int] | None = None  # the effects that an undo puts back
    guarded: int = 0  # organisations for which it changes who may vote while a round of theirs is open
    mails: int = 0  # how many it would write at once
