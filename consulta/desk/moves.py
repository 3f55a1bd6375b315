"""The moves of a round's voting: closing with its mail, giving up, extension, and reopening after a mistake.

Closing: every address on file for every seat since the opening is told how its organisation appears, whether
or not it voted, and regardless of changes of its contact. The effects on the round are in `rounds.service`.

Extension: the end never moves back (closing does that), and never once it has passed, so that a statement
that voting has ended stays true. The end promised at the opening stays in the frozen package, and each move
in the public part of the log.

Reopening: only while the round is closed and not published, no person has read its result (`infra.seen`), no
ballot was taken out after an objection, no objection waits, and no public value that decides ties was
entered. Votes cast so far stay. What was counted is void: the documents stay as they are, and the next
closing makes others. The end of voting is never before the one that was announced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State, move, reopened
from consulta.platform import deadlines, documents
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.door import LIFE
from consulta.platform.texts import line
from consulta.rounds import addresses, ballots, heads, notices
from consulta.rounds import service as rounds
from consulta.rounds.acts import MOVED, REOPENED
from consulta.rounds.service import hold, line_of, sized, subject
from consulta.vote import marking
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine
    from consulta.vote.changes.values import Asked
    from consulta.vote.values import Marking


@dataclass(frozen=True, slots=True)
class ObjectionLink:
    """A link by which one address can object: whose it is, and whether its organisation voted."""

    name: str
    token: str
    voted: bool


def close(work: Work, round_key: str, reason: str = "", objection_hours: int = 0) -> None:
    """End the voting, and tell every address on file how its organisation appears.

    For so many hours each of them can object. Problems: those of `rounds.service.close_round`.
    """
    rounds.close_round(work, round_key, reason, objection_hours)
    notices.round_closed(work, rounds.hold(work, round_key))


def cancel(work: Work, round_key: str, reason: str) -> None:
    """Give a round up for good, and tell all who were promised something, with the reason.

    Problems: those of `rounds.service.cancel_round`.
    """
    rounds.cancel_round(work, round_key, reason)
    notices.round_cancelled(work, rounds.hold(work, round_key), line(reason))


def hand_out(work: Work, round_key: str) -> tuple[ObjectionLink, ...]:
    """Create a link to object, like that of the closing mail, for every address on file.

    Return the links, each with the name of its reader and whether the organisation voted. Needed in an
    installation without mail. Empty if no objection can be made any more.

    Problem: `round.unknown`.
    """
    require(work, "links.hand_out")
    found = rounds.hold(work, round_key)
    readers = addresses.told(work, found.id)
    voted = ballots.at_closing(work.session, found.id)
    tokens = notices.links_to_object(work, found, readers)
    return tuple(
        ObjectionLink(reader.name, tokens[reader.id], reader.seat_id in voted)
        for reader in readers
        if reader.id in tokens
    )


def before_closing(work: Work, round_key: str, small_cell: int) -> tuple[bool, Marking | None, int | None]:
    """Return whether closing a round now is before its deadline, and how many votes mark people.

    Also its own hours for objections; None where those of the installation are meant.
    Problems: `round.unknown`, `round.move` and `round.already` (the round is not open).
    """
    require(work, "rounds.close")
    found, _sizes = rounds.sized(work, round_key)
    move(State(found.state), State.CLOSED)
    return work.now < found.closes_at, marking.of_round(work, found, small_cell), found.objection_hours


def movable(work: Work, round_key: str) -> RoundLine:
    """Return the round whose end of voting may move.

    Problems: `round.unknown`, `round.not_open`, `deadline.over`.
    """
    require(work, "rounds.extend")
    found, sizes = sized(work, round_key)
    _require_running(found, work.now)
    return line_of(found, sizes, work.now)


def move_deadline(work: Work, round_key: str, closes_local: str, reason: str) -> tuple[Problem, ...]:
    """Move the end of voting of an open round to a later hour, and return warnings about that hour.

    The hour is in the zone of the promise. Ballots being filled in meanwhile stay as they are. All
    contacts who may vote are told by mail.

    Problems: `round.unknown`, `round.not_open`, `deadline.over`, those of `deadlines.resolve`,
    `deadline.earlier`, `deadline.far`, `round.reason`.
    """
    require(work, "rounds.extend")
    found = hold(work, round_key)
    _require_running(found, work.now)
    before, after = found.closes_at, deadlines.resolve(closes_local, found.zone)
    if after <= before:
        raise Problem("deadline.earlier")
    if after > work.now + LIFE:
        raise Problem("deadline.far", days=LIFE.days)
    if not line(reason):
        raise Problem("round.reason")
    found.promised_at = found.promised_at or before
    found.closes_local, found.closes_at = closes_local, after
    work.record(
        MOVED, subject(found), {"before": as_text(before), "after": as_text(after), "reason": line(reason)}
    )
    notices.deadline_moved(work, found, before)
    return tuple(remarks(found))


def _require_running(found: Round, now: datetime) -> None:
    if found.state != State.OPEN.value:
        raise Problem("round.not_open", key=found.key)
    if now >= found.closes_at:
        raise Problem("deadline.over")


def remarks(found: Round) -> Iterator[Problem]:
    """Yield warnings about the hour at which voting ends: an unusual one, or one that comes twice."""
    if not deadlines.is_at_good_hour(found.closes_at):
        first, last = deadlines.GOOD_HOURS
        yield Problem("deadline.hour", first=first, last=last)
    if deadlines.is_ambiguous(found.closes_local, found.zone):
        yield Problem("deadline.twice")


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
