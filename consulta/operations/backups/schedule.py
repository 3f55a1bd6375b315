"""When a backup is due, and which backups are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOURS, DAYS, WEEKS = 24, 14, 8  # of which the newest backup is kept
OPEN, QUIET = timedelta(hours=1), timedelta(days=1)  # from one backup to the next


def kept(taken: Iterable[datetime]) -> set[datetime]:
    """Return which backups are kept.

    They are the newest backup of each of the last 24 hours that have one, of the last 14 days that have
    one and of the last 8 weeks that have one. Hours, days and weeks (ISO) are those of UTC.
    """
    newest_first = sorted(taken, reverse=True)
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (HOURS, lambda at: (at.date(), at.hour)),
        (DAYS, lambda at: at.date()),
        (WEEKS, lambda at: tuple(at.isocalendar())[:2]),
    )
    found: set[datetime] = set()
    for most, period in periods:
        first: dict[object, datetime] = {}
        for at in newest_first:
            first.setdefault(period(at.astimezone(UTC)), at)
        found.update([*first.values()][:most])
    return found


def is_due(last: datetime | None, now: datetime, *, any_open: bool, closed_at: datetime | None) -> bool:
    """Return whether a backup is due.

    It is each hour while a round is open, each day otherwise, and after each closing. `last` is when the
    last one was taken, `closed_at` when a round closed last.
    """
    if last is None:
        return True
    if closed_at is not None and last < closed_at <= now:
        return True
    return now - last >= (OPEN if any_open else QUIET)


def is_late(last: datetime | None, now: datetime, *, any_open: bool) -> bool:
    """Return whether the last backup is older than two of the distances at which backups are taken."""
    return last is None or now - last >= 2 * (OPEN if any_open else QUIET)
