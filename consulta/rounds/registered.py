"""Late registrations as the log tells them: organisations on the roll since after the opening, with reasons.

This module decides what the roll of a round was at the opening and is now, by the rows of the log; who may
register, and when, is decided in `changes.registrations`. The rows are public: they name no organisation.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.ballots.queries import archive
from consulta.core.texts import ANY, Text
from consulta.infra.deadlines import of_text
from consulta.rounds import frozen
from consulta.rounds.queries import registered as queries
from consulta.rounds.values import Registered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from consulta.infra.models import LogEntry, Round, Seat
    from consulta.infra.work import Work

REGISTERED = "rounds.registered"
WITHDRAWN = "rounds.seat_withdrawn"
"""Acts of the log: a seat of after the opening, and that one was withdrawn before its first vote."""


def rows(work: Work, found: Round, action: str = REGISTERED) -> list[LogEntry]:
    """Return the rows of the log about late registrations in a round, or withdrawals, oldest first."""
    return list(archive.acts(work.session, f"round:{found.id}", action))


def number_of(found: Round, seat: Seat) -> int:
    """Return the how-manieth late registration of a round made a seat: what the log names it by."""
    late = sorted(each.position for each in found.seats if each.registered_at is not None)
    return late.index(seat.position) + 1


def registered_of(work: Work, found: Round) -> tuple[Registered, ...]:
    """Return the late registrations in a round, oldest first: when each took effect, and why."""
    acts = [(row.at, json.loads(row.details)) for row in rows(work, found)]
    words = queries.reasons(work.session, found.id) if acts else []
    gone = {number: row for row in rows(work, found, WITHDRAWN) for number in [_told(row)["number"]]}
    return tuple(
        Registered(
            told["number"],
            of_text(at),
            said or Text({ANY: told["reason"]}),
            *(_withdrawal(gone[told["number"]], why) if told["number"] in gone else ()),
        )
        for (at, told), (said, why) in zip(acts, words, strict=True)
    )


def _withdrawal(row: LogEntry, words: Text | None) -> tuple[datetime, Text]:
    """Return when a row tells that a registration was withdrawn, and why."""
    return of_text(row.at), words or Text({ANY: _told(row)["reason"]})


def _told(row: LogEntry) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(row.details)
    return told


def roll_told(work: Work, found: Round) -> dict[str, Any]:
    """Return what the log tells last of the roll of a round, beyond its opening; empty if nothing.

    The names are those of `binding.at_registration`.
    """
    last = archive.last_act(work.session, f"round:{found.id}", REGISTERED)
    told: dict[str, Any] = json.loads(last.details) if last else {}
    return {name: value for name, value in told.items() if name not in OF_ACT}


OF_ACT = ("number", "reason", "head", "seat_sha256")
"""What a row says of the act, beside what it says of the roll."""


def at_opening(seats: Iterable[Seat]) -> list[Seat]:
    """Return the seats that were on the roll at the opening."""
    return [seat for seat in seats if seat.registered_at is None]


def file_of(work: Work, found: Round, *, names: bool) -> dict[str, object]:
    """Return what an archive says of late registrations: the rows, and with `names` whose seats they are.

    The second version of the file also has the rows of those that were withdrawn; where none was, it is of
    the first.
    """
    late = {seat.position: seat for seat in found.seats if seat.registered_at is not None}
    named = [frozen.entry(late[position]) for position in sorted(late)] if names else []
    told = []
    for number, row in enumerate(rows(work, found)):
        told.append(_said(row) | ({"seat": named[number]} if named else {}))
    gone = [_said(row) for row in rows(work, found, WITHDRAWN)]
    if not gone:
        return {"format": "consulta-registered/1", "registered": told}
    return {"format": "consulta-registered/2", "registered": told, "withdrawn": gone}


def _said(row: LogEntry) -> dict[str, object]:
    return {"at": row.at, **dict(sorted(json.loads(row.details).items()))}
