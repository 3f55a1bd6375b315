"""What was done with a round, by whom and when, as its log has it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from consulta.services.access import require
from consulta.services.rounds import sized, subject
from consulta.services.views import LogLine
from consulta.store import log
from consulta.store import rounds as rows

if TYPE_CHECKING:
    from consulta.services.work import Work
    from consulta.store.models import LogEntry

MOST_LINES = 500


def round_log(work: Work, round_key: str) -> tuple[LogLine, ...]:
    """The newest acts first, at most 500. Problem: `round.unknown`."""
    require(work, "log.read")
    found, _ = sized(work, round_key)
    entries = log.entries(work.session, subject(found), MOST_LINES)
    staff = rows.staff_names(work.session, _ids(entries, {"secretariat", "admin", "scrutineer"}))
    voters = rows.contact_names(work.session, _ids(entries, {"voter", "addressee"}))
    return tuple(_line(entry, staff, voters) for entry in entries)


def _ids(entries: list[LogEntry], roles: set[str]) -> set[int]:
    parts = [entry.actor.partition(":") for entry in entries]
    return {int(number) for role, _, number in parts if role in roles and number}


def _line(entry: LogEntry, staff: dict[int, str], voters: dict[int, str]) -> LogLine:
    role, _, number = entry.actor.partition(":")
    names = voters if role in {"voter", "addressee"} else staff
    return LogLine(
        at=datetime.fromisoformat(entry.at),
        role=role,
        who=names.get(int(number), "") if number else "",
        action=entry.action,
        details=json.loads(entry.details),
    )
