"""The public value: announced before the opening, controlled by no person, part of the seed later.

With it, not even a person who knows the round's secret could try ballots until a tie falls as wanted.
This module decides what can be announced, how old a value may be, and that a round which announced one
is not counted without. A value that is older than the commitment, than the moment announced or than the
end of voting could have been known while votes could still change: it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform import deadlines, documents
from consulta.platform.access import require
from consulta.platform.texts import line
from consulta.rounds import ballots
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine

DRAWN = "rounds.drawn"
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Awaited:
    """A closed round that waits for its public value: what was announced, and from when on one may date."""

    round: RoundLine
    source: Text
    not_before: datetime


def awaited(work: Work, round_key: str) -> Awaited:
    """Return the announced source, and the earliest moment at which the value may date.

    Problems: `round.unknown`, and those of `_require_waiting`.
    """
    require(work, "rounds.draw")
    found, sizes = sized(work, round_key)
    _require_waiting(work, found)
    source = found.public_source
    return Awaited(line_of(found, sizes, work.now), source, _earliest(found))


def awaits(work: Work, round_key: str) -> bool:
    """Return whether a round is closed and waits for its value. Problem: `round.unknown`."""
    require(work, "rounds.draw")
    found, _ = sized(work, round_key)
    return found.state == State.CLOSED.value and is_missing(work, found)


def draw(work: Work, round_key: str, value: str, local: str, remark: str = "") -> None:
    """Enter the public value with the moment at which it became public; both are public and final.

    Problems: `round.unknown`, those of `_require_waiting`, `public.empty`, those of `deadlines.resolve`,
    `public.early`, `public.future`.
    """
    require(work, "rounds.draw")
    found = hold(work, round_key)
    _require_waiting(work, found)
    said = line(value)
    if not said or len(said) > LONGEST:
        raise Problem("public.empty", most=LONGEST)
    at = deadlines.resolve(local, found.zone)
    if at < _earliest(found):
        raise Problem("public.early")
    if at > work.now:
        raise Problem("public.future")
    found.public = said
    told = {"value": said, "at": deadlines.as_text(at)}
    work.record(DRAWN, subject(found), told | ({"remark": line(remark)} if line(remark) else {}))


def is_missing(work: Work, found: Round) -> bool:
    """Return whether a round announced a value and has none yet."""
    return found.public_at is not None and ballots.last_act(work.session, subject(found), DRAWN) is None


def _require_waiting(work: Work, found: Round) -> None:
    """Raise a Problem if a round does not wait for a public value.

    Problems: `round.not_closed`, `public.unannounced`, `public.known` (entered, or counted already).
    """
    if found.state != State.CLOSED.value:
        raise Problem("round.not_closed", key=found.key)
    if found.public_at is None:
        raise Problem("public.unannounced")
    counted = documents.digest(work.session, found.id, "result") is not None
    if counted or not is_missing(work, found):
        raise Problem("public.known")


def _earliest(found: Round) -> datetime:
    """Return the earliest moment of a value: as announced, and not before the minute voting ended.

    Raise Problem `public.unannounced` if no moment was announced or the round is not closed.
    """
    if found.public_at is None or found.closed_at is None:
        raise Problem("public.unannounced")
    return max(found.public_at, found.closed_at.replace(second=0, microsecond=0))
