"""The members' list and an import as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.formats.faults import RowFault


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact of an organisation."""

    id: int
    name: str
    email: str
    language: str
    may_vote: bool
    active: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """An organisation on the members' list; `voting`: how many of its contacts can vote for it."""

    id: int
    name: str
    country: str
    categories: Mapping[str, str]  # in every dimension, the country too
    names: Mapping[str, Text]  # of these categories
    base: int
    tags: tuple[str, ...]
    active: bool
    example: bool
    contacts: tuple[ContactView, ...]
    voting: int


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another organisation that something looks like or is shared with."""

    id: int
    name: str
    country_name: Text


@dataclass(frozen=True, slots=True)
class MemberView:
    """An organisation with what should be known of it before it is changed."""

    line: MemberLine
    near: Namesake | None
    shared: tuple[tuple[str, tuple[Namesake, ...]], ...]  # addresses that other organisations have too
    open_rounds: tuple[Text, ...]  # open rounds that have it on their roll


@dataclass(frozen=True, slots=True)
class Change:
    """What a row does to one field; `old` is None where there was nothing before."""

    field: str
    old: Text | None
    new: Text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What importing one row of a file would do: new, changed, same, or an error that leaves it out."""

    row: int
    kind: str
    organisation: str
    country: Text
    contact: str
    changes: tuple[Change, ...]
    faults: tuple[RowFault, ...]
    warnings: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Figures of an import: its rows by kind, and the numbers added or changed on the list."""

    rows: int
    new: int
    changed: int
    same: int
    errors: int
    warnings: int
    organisations_added: int
    organisations_changed: int
    contacts_added: int
    contacts_changed: int
    unnamed: int  # active organisations on the list that the file does not name

    @property
    def good(self) -> int:
        """Return the number of rows without an error."""
        return self.rows - self.errors

    @property
    def changes(self) -> int:
        """Return the number of rows that would change the list."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What an import wrote, in numbers."""

    organisations_added: int
    organisations_changed: int
    contacts_added: int
    contacts_changed: int


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An uploaded members' file in the list of those uploaded."""

    id: int
    filename: str
    uploaded_by: str
    uploaded_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportView:
    """An uploaded file before its import (`rows` say what would happen) or after (what was left out).

    `seen` is the digest of these rows: the import asks for it, so that only rows that were shown are
    imported.
    """

    line: ImportLine
    understood: tuple[tuple[str, str], ...]  # field, heading in the file
    unread: tuple[str, ...]  # headings that mean nothing here
    counts: ImportCounts
    rows: tuple[PreviewRow, ...]
    sheets: tuple[SheetLine, ...]  # what became of each sheet; none of a text file
    offers: tuple[Offer, ...]  # values that are not understood and stand in rows alone for that
    seen: str
    done: ImportDone | None
    undo_refusal: Problem | None
    guarded: int = 0  # organisations for which it changes who may vote while a round of theirs is open


@dataclass(frozen=True, slots=True)
class Offer:
    """A value as the file writes it, in so many rows, and the key of what it probably means ("": no idea)."""

    field: str
    text: str
    rows: int
    near: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet of a file: how many rows of it are read; where none is, the code of why."""

    name: str
    rows: int
    reason: str = ""
