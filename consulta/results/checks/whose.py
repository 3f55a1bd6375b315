"""Whose a link or a recovery code is that a check names, so that people know whom to ask.

Organisations and rounds are named, people by the number of their contact or account: what a check says goes
into logs. What is not there any more is named by the row of the log that tells of it, and by its act.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from consulta.platform.door import purposes
from consulta.platform.log import seals
from consulta.platform.models import (
    ANSWER,
    PROPOSE,
    VOTE,
    AccessChange,
    Link,
    Organisation,
    RecoveryCode,
    Round,
    Seat,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_ROUND = "round:"
_TOLD = (VOTE, PROPOSE, ANSWER)  # whose sentences say already what they are for
_CAPITAL = re.compile("([A-Z])")
_PLACES: tuple[tuple[str, type[Any]], ...] = (
    ("seat_id", Seat),
    ("organisation_id", Organisation),
    ("round_id", Round),
)


class Whose:
    """Who holds a sealed row, by kind and name of the seal. Rows of a kind are read at its first fault."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[str, dict[str, Any]] = {}

    def of(self, kind: str, name: str) -> str:
        """Return in words who holds a row that is there."""
        if kind not in self._rows:
            self._rows[kind] = seals.rows_named(self.session, kind)
        row = self._rows[kind].get(name)
        if isinstance(row, RecoveryCode):
            return f"account {row.staff_id} of staff"
        return self._of_link(row) if isinstance(row, Link) else "its row is not there"

    def of_gone(self, kind: str, name: str) -> str:
        """Return in words where the log tells of a row that is not there."""
        number, act, subject = seals.told_where(self.session, kind, name)
        if subject.startswith(_ROUND):
            found = self.session.get(Round, int(subject.removeprefix(_ROUND)))
            subject = f"round {found.key}" if found else subject
        return f"told by row {number} of the log" + (f", with {act} of {subject}" if act else "")

    def _of_link(self, link: Link) -> str:
        purpose = purposes.find(link.purpose)
        about = self.session.get(purpose.subject, link.subject_id) if purpose else None
        said = [link.purpose.replace("_", " ")] if link.purpose not in _TOLD else []
        if link.seat_address:
            said.append(f"address {link.seat_address.id} on file for a seat")
            said += self._about(link.seat_address.seat)
        said += self._about(link.contact) if link.contact else []
        said += self._about(about) if about else [f"number {link.subject_id}, which is not there"]
        return ", ".join(dict.fromkeys(said))

    def _about(self, row: Any) -> list[str]:
        """Return what a row is, then its organisation and its round where it has them."""
        if isinstance(row, Round):
            return [f"round {row.key}"]
        if isinstance(row, Organisation):
            return [row.name]
        if isinstance(row, Seat):
            return [row.name, f"round {row.round.key}"]
        what = _CAPITAL.sub(r" \1", type(row).__name__).strip().lower()
        said = [f"{'change of who may vote' if isinstance(row, AccessChange) else what} {row.id}"]
        for column, table in _PLACES:
            number = getattr(row, column, None)
            found = self.session.get(table, number) if number is not None else None
            said += self._about(found) if found is not None else []
        return said
