"""What the log tells of the acts of a round, as typed values: of each act the details that are read again."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - `typed` reads the hints when the program runs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.platform.deadlines import of_text
from consulta.platform.models import ReplacedVersion
from consulta.platform.texts import paragraphs
from consulta.rounds import ballots as ballots_acts
from consulta.rounds.values import ElectorateNumbers, ObjectionNumbers  # noqa: TC001 - the same

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.reading import Node
    from consulta.core.texts import Text
    from consulta.platform.models import LogEntry, Round
    from consulta.platform.work import Work


Told = TypeVar("Told")

OPENED = "rounds.opened"
CLOSED = "rounds.closed"
PUBLISHED = "rounds.published"
MOVED = "rounds.extended"
REOPENED = "rounds.reopened"
REGISTERED = "rounds.registered"
WITHDRAWN = "rounds.seat_withdrawn"
"""A seat that was added after the opening was withdrawn before its first vote."""
PANEL = "panel.published"


def _as_written(node: Node) -> object:
    return node.value


@dataclass(frozen=True, slots=True)
class Roll:
    """What `OPENED` and `REGISTERED` say of the roll."""

    members_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What `MOVED` says: the end of voting before and after, and why."""

    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """What `REOPENED` says: when the round had closed, its new end of voting, and why."""

    closed_at: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Late:
    """What `REGISTERED` and `WITHDRAWN` say: the number of the late registration, counted from 1, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """What `CLOSED` says: how many votes were late by then, and why it ended early, if it did."""

    late: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What `PUBLISHED` says of the ballots, the electorate and objections."""

    ballots: int
    replaced: int
    assisted: int
    late: int
    bundle_sha256: str
    electorate: ElectorateNumbers
    objections: ObjectionNumbers
    late_since: int = 0
    abstained: int | None = 0
    first_stood: tuple[int, ...] | None = None  # None where it would tell too much
    undecided_because: str = ""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What `PUBLISHED` says of time stamps."""

    stamps_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class PanelPublished:
    """What `PANEL` says: the version of the panel, and the file about it in archives."""

    version: int
    panel: Annotated[Mapping[str, Any], _as_written]


def told(work: Work, found: Round, action: str, kind: type[Told]) -> list[tuple[datetime, Told]]:
    """Return when each act of this name on a round was, and what its row tells, the oldest first."""
    return [(of_text(row.at), from_stored(kind, row.details)) for row in rows(work, found, action)]


def last(work: Work, found: Round, action: str, kind: type[Told]) -> Told | None:
    """Return what the newest row about this act on a round tells, or None."""
    row = ballots_acts.last_act(work.session, f"round:{found.id}", action)
    return from_stored(kind, row.details) if row else None


def rows(work: Work, found: Round, action: str) -> list[LogEntry]:
    """Return the rows of the log about this act on a round, the oldest first."""
    return ballots_acts.acts(work.session, f"round:{found.id}", action)


def written(row: LogEntry) -> dict[str, object]:
    """Return a row in the form in which files of an archive show it: when, and all its details."""
    return {"at": row.at, **dict(sorted(json.loads(row.details).items()))}


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
