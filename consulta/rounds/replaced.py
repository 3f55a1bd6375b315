"""A published panel, or published figures of a session, replaced by a later version with a public reason.

It decides what a reason needs. The row is written once, and the log tells which version took the place of
which: the reason is not in the log, since the archive of a round has the log, and a reason can name a person
who must not be named any more. What of a former version may be read is decided where it is shown
(`panel.public`, `sessions.service`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.models import ReplacedVersion
from consulta.platform.texts import paragraphs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work


REASON_MAX = 500

What = Literal["panel", "figures"]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A version that was replaced: by which, when, and the public reason."""

    version: int
    by_version: int
    at: datetime
    reason: Text


def of_round(work: Work, found: Round, what: What) -> tuple[Replaced, ...]:
    """Return the versions that were replaced, in the order of the replacements."""
    return tuple(
        Replaced(each.version, each.by_version, each.at, each.reason)
        for each in rows_of(work.session, found.id, what)
    )


def checked(work: Work, reason: Text | None) -> Text:
    """Return a reason as it is kept. Problem: `replaced.reason`."""
    first = work.languages[0]
    said = reason.map(paragraphs) if reason else None
    if said is None or not said.into(first) or any(len(words) > REASON_MAX for words in said.values()):
        raise Problem("replaced.reason", language=first, most=REASON_MAX)
    return said


def keep(work: Work, found: Round, what: What, version: int, by_version: int, reason: Text) -> None:
    """Write down that `by_version` took the place of `version`. Its `reason` has been `checked`."""
    work.session.add(
        ReplacedVersion(
            round_id=found.id,
            what=what,
            version=version,
            by_version=by_version,
            reason=reason,
            staff_id=work.actor.staff_id,
            at=work.now,
        )
    )
    work.session.flush()


def rows_of(session: Session, round_id: int, what: str) -> list[ReplacedVersion]:
    """Return the versions of a panel, or of figures, that were replaced, in the order of the replacements."""
    query = select(ReplacedVersion).where(ReplacedVersion.round_id == round_id, ReplacedVersion.what == what)
    return list(session.scalars(query.order_by(ReplacedVersion.id)))
