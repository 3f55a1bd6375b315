"""How many votes mark anyone for the panel, told while voting is open so that it says nothing of one vote.

When each vote came is known, so a number that changes with one vote would tell what is in it. The number is
therefore that of the first votes only, in whole steps of ten or more; as those votes stood when the last of
them came, so that a vote that is changed later changes nothing; and it is rounded down in the same steps, and
is never that of nearly all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.rules import parse_rules
from consulta.vote import queries
from consulta.vote.values import Marking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.platform.work import Work

STEP = 10  # votes that one more figure needs, and more where larger groups are small


def of_round(work: Work, found: Round, least: int) -> Marking | None:
    """Return how many votes mark anyone for the panel, or None where the ballot names no one.

    None until the first step, too; `least` is the setting `small_cell`.
    """
    if not parse_rules(found.rules).max_endorsements:
        return None
    return of_votes(queries.versions(work.session, found.id), least)


def of_votes(versions: Sequence[tuple[int, datetime, bool]], least: int) -> Marking | None:
    """Return the number for votes in the order in which they came: seat, when, whether it marks anyone."""
    step = max(STEP, 2 * least)
    came: dict[int, datetime] = {}
    for seat, at, _marks in versions:
        came.setdefault(seat, at)
    votes = len(came) // step * step
    if not votes:
        return None
    first = [*came][:votes]
    marks = {seat: marks for seat, at, marks in versions if at <= came[first[-1]]}
    count = min(sum(marks[seat] for seat in first), votes - max(least, 1))
    return Marking(count // step * step, votes, step)
