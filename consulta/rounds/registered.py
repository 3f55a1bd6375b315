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

    from consulta.infra.models import LogEntry, Round, Seat
    from consulta.infra.work import Work

REGISTERED = "rounds.registered"


def rows(work: Work, found: Round) -> list[LogEntry]:
    """Return the rows of the log about late registrations in a round, oldest first."""
    return list(archive.acts(work.session, f"round:{found.id}", REGISTERED))


def registered_of(work: Work, found: Round) -> tuple[Registered, ...]:
    """Return the late registrations in a round, oldest first: when each took effect, and why."""
    acts = [(row.at, json.loads(row.details)) for row in rows(work, found)]
    words = queries.reasons(work.session, found.id) if acts else []
    return tuple(
        Registered(told["number"], of_text(at), said or Text({ANY: told["reason"]}))
        for (at, told), said in zip(acts, words, strict=True)
    )


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
    """Return what an archive says of late registrations: the rows, and with `names` whose seats they are."""
    late = {seat.position: seat for seat in found.seats if seat.registered_at is not None}
    named = [frozen.entry(late[position]) for position in sorted(late)] if names else []
    told = []
    for number, row in enumerate(rows(work, found)):
        said = {"at": row.at, **dict(sorted(json.loads(row.details).items()))}
        told.append(said | ({"seat": named[number]} if named else {}))
    return {"format": "consulta-registered/1", "registered": told}
