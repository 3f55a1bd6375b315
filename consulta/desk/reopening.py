"""Reopening of a round that was closed by mistake, before its result was read.

This module decides when that is still possible: the round is closed and not published, no person has read
its result (`infra.seen`), no ballot was taken out after an objection, no objection waits, and no public value
that decides ties was entered. Votes cast so far stay. What was counted is void: the documents stay as they
are, and the next closing makes others. The end of voting is never before the one that was announced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State, reopened
from consulta.desk.extension import remarks
from consulta.platform import deadlines, documents
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.door import LIFE
from consulta.platform.texts import line
from consulta.rounds import ballots, heads, notices
from consulta.rounds.acts import REOPENED
from consulta.rounds.service import hold, line_of, sized, subject
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.changes.values import Asked

REASON_MAX = 500


def reopenable(work: Work, round_key: str) -> RoundLine:
    """Return the round that can be opened again.

    Problems: `round.unknown`, and those of `reopen` that its date does not bring about.
    """
    require(work, "rounds.reopen")
    found, sizes = sized(work, round_key)
    _require_reopenable(work, found)
    return line_of(found, sizes, work.now)


def reopen(work: Work, round_key: str, closes_local: str, reason: str, changed: Asked) -> tuple[Problem, ...]:
    """Open a round again until an hour in the zone of the promise; return warnings about that hour.

    Every contact who may vote is told, with a link. Contacts that were changed since the closing wait, as
    they would have while the round was open; `changed` says why and how long (`changes.service`).

    Problems: `round.unknown`, `reopen.state`, `reopen.seen`, `reopen.excluded`, `reopen.objections`,
    `reopen.drawn`, `round.reason`, those of `deadlines.resolve`, `deadline.past`, `reopen.earlier`,
    `deadline.far`.
    """
    require(work, "rounds.reopen")
    found = hold(work, round_key)
    _require_reopenable(work, found)
    before, after = found.closes_at, deadlines.resolve(closes_local, found.zone)
    if after <= work.now:
        raise Problem("deadline.past")
    if after < before:
        raise Problem("reopen.earlier")
    if after > work.now + LIFE:
        raise Problem("deadline.far", days=LIFE.days)
    said = line(reason)
    if not said or len(said) > REASON_MAX:
        raise Problem("round.reason")
    closed_at = found.closed_at or before
    found.state = reopened(State(found.state)).value
    if after != before:
        found.promised_at = found.promised_at or before
    found.closes_local, found.closes_at = closes_local, after
    found.closed_at = found.objections_until = None
    found.void_until, found.reopenings = documents.last_id(work.session, found.id), found.reopenings + 1
    work.record(
        REOPENED,
        subject(found),
        {"closed_at": as_text(closed_at), "before": as_text(before), "after": as_text(after), "reason": said},
    )
    heads.take_head(work, "opening", found.id)
    access_changes.catch_up(work, found, changed)
    notices.voting_reopened(work, found, closed_at, said)
    return tuple(remarks(found))


def _require_reopenable(work: Work, found: Round) -> None:
    """Raise a Problem if a round cannot be opened again."""
    reopened(State(found.state))
    if found.result_seen_at is not None or documents.digest(work.session, found.id, "panel") is not None:
        raise Problem("reopen.seen")
    if found.public:
        raise Problem("reopen.drawn")
    told = ballots.numbers(work.session, found.id)
    if ballots.any_excluded(work.session, found.id):
        raise Problem("reopen.excluded")
    if told.undecided:
        raise Problem("reopen.objections", count=told.undecided)
