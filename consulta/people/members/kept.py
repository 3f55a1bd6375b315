"""What an import of members keeps for its undo: a stored document becomes a value as soon as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.typed import as_written, from_stored, in_full
from consulta.vote.changes.values import Stood

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that an import added (`before` is None) or changed: its values by column, before and after it."""

    id: int
    organisation: int
    before: Annotated[dict[str, Any], as_written] | None
    after: Annotated[dict[str, Any], as_written]

    @property
    def name(self) -> str:
        """Return the name that the import left."""
        return str(self.after["name"])


@dataclass(frozen=True, slots=True)
class Document:
    """The rows that an import added or changed."""

    organisations: tuple[Kept, ...] = ()
    contacts: tuple[Kept, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Document:
        """Return the document that was stored; an empty one for None."""
        return from_stored(cls, stored or {})

    def stored(self) -> dict[str, Any]:
        """Return the document in the form in which it is stored."""
        return in_full(self)

    def all_organisations(self) -> set[int]:
        """Return the ids of the organisations that were changed, or whose contacts were."""
        return {kept.organisation for kept in (*self.organisations, *self.contacts)}

    def part(self, wanted: Callable[[int], bool]) -> Document:
        """Return the rows whose organisation is wanted."""
        kinds = (self.organisations, self.contacts)
        return Document(*(tuple(kept for kept in rows if wanted(kept.organisation)) for rows in kinds))


def added(rows: tuple[Kept, ...]) -> list[int]:
    """Return the ids of the rows that were added."""
    return [kept.id for kept in rows if kept.before is None]


def stood(values: Mapping[str, Any]) -> Stood:
    """Return how a contact with these values stands: whether it may vote, and its address."""
    return Stood(bool(values["active"] and values["may_vote"]), str(values["email"]))
