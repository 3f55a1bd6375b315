"""Until when organisations can object to how they appear in a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.rounds.ballots.queries.exclusions import ClosingMails


LATE = 12  # a closing mail that leaves after this part of the time to object makes that time longer


def objections_end(found: Round, mails: ClosingMails, now: datetime) -> datetime | None:
    """Return until when organisations can object to how they appear; None while it has not closed.

    The moment that was fixed at the closing, where the closing mails left soon after it. Where one left later
    than a twelfth of that time, the whole time runs from when the last one left; where one still waits, from
    now. A mail that failed delays nothing.
    """
    until, closed = found.objections_until, found.closed_at
    if until is None or closed is None or until <= closed:
        return until
    time, told = until - closed, now if mails.waiting else mails.left_at
    return max(until, told + time) if told is not None and told - closed > time / LATE else until


def awaits_objections(found: Round, mails: ClosingMails, now: datetime) -> bool:
    """Return whether organisations can still object to how they appear, so that no result may be public."""
    until, closed = objections_end(found, mails, now), found.closed_at
    return until is not None and closed is not None and closed < until and now < until
