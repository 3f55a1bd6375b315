"""Designations: people sent to the panel by an act of the Mechanism, or another body, not this tool.

This module decides what must be known of such an act: who decided, when, and by which act. A designated
person is held on every panel (`panels`), and is never said to have been chosen by the tool.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.panel.nominees import queries as people
from consulta.panel.values import Designation
from consulta.platform.access import require
from consulta.platform.texts import line
from consulta.rounds.service import hold, subject

if TYPE_CHECKING:
    from consulta.platform.models import Nominee, Round
    from consulta.platform.work import Work

BY_MAX, ACT_MAX, REASON_MAX = 200, 300, 500


def designate(work: Work, round_key: str, nominee_key: str, act: Designation) -> None:
    """Record that a nominee was sent by an act outside this tool, in place of an earlier record.

    Problems: `round.unknown`, `round.frozen` (the round is cancelled), `nominee.unknown`,
    `designation.by`, `designation.on`, `designation.act`.
    """
    require(work, "nominees.write")
    found, nominee = _of(work, round_key, nominee_key)
    said = Designation(line(act.by), act.on.strip(), line(act.act))
    if not 0 < len(said.by) <= BY_MAX:
        raise Problem("designation.by", most=BY_MAX)
    if not 0 < len(said.act) <= ACT_MAX:
        raise Problem("designation.act", most=ACT_MAX)
    _require_past(said.on, work.now, found.zone)
    nominee.outside = asdict(said)
    work.record("nominees.designated", subject(found), {"nominee": nominee_key, **asdict(said)})


def take_back(work: Work, round_key: str, nominee_key: str, reason: str) -> None:
    """End a designation, so that the nominee is one like the others again.

    The log keeps the designation, and the reason for ending it.

    Problems: `round.unknown`, `round.frozen` (the round is cancelled), `nominee.unknown`,
    `designation.none`, `designation.reason`.
    """
    require(work, "nominees.write")
    found, nominee = _of(work, round_key, nominee_key)
    if nominee.outside is None:
        raise Problem("designation.none")
    if not 0 < len(line(reason)) <= REASON_MAX:
        raise Problem("designation.reason", most=REASON_MAX)
    nominee.outside = None
    work.record(
        "nominees.designation_ended", subject(found), {"nominee": nominee_key, "reason": line(reason)}
    )


def of(nominee: Nominee) -> Designation | None:
    """Return the act by which a nominee was designated; None without one."""
    return None if nominee.outside is None else Designation(**nominee.outside)


def _of(work: Work, round_key: str, nominee_key: str) -> tuple[Round, Nominee]:
    found = hold(work, round_key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.frozen", key=round_key)
    nominee = or_problem(people.find(work.session, found.id, nominee_key), "nominee.unknown", key=nominee_key)
    return found, nominee


def _require_past(text: str, now: datetime, zone: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem("designation.on") from None
    if day > now.astimezone(ZoneInfo(zone)).date():
        raise Problem("designation.on")
