"""The data of a member as its contacts see them, and what they asked to have changed: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.people.members.values import ContactView, MemberLine

CorrectionKind = Literal["categories", "address", "added", "off", "objection"]
Done = Literal["done", "waits", "nothing"]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A change that a member asked for; `now` is how the data stand, `said` how they would be."""

    number: int
    organisation_id: int
    organisation: str
    example: bool
    kind: CorrectionKind
    contact: str  # the person that it is about
    said: Mapping[str, Any]
    names: Mapping[str, tuple[Text, Text]]  # by dimension: the category now, and the one asked for
    state: str
    reason: str
    asked_by: str
    asked_at: datetime
    decided_at: datetime | None
    guarded: bool  # voting is open for the organisation


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the reader of a link sees of its organisation."""

    line: MemberLine
    me: int  # the contact whose link it is
    zone: str
    voting_open: bool
    waiting: tuple[CorrectionView, ...]
    decided: tuple[CorrectionView, ...]  # the last ones

    def contact(self, number: int) -> ContactView | None:
        """Return an active contact of the organisation, or None."""
        return next((each for each in self.line.contacts if each.id == number and each.active), None)
