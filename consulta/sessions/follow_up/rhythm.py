"""When those are asked who can say what became of a session's recommendations: days, and nothing else.

The first call is so many months after the session, each further one so many after the one before. A call
that is moved does not move the others.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_MONTHS, EVERY_MONTHS, ANSWER_DAYS, REMIND_DAYS = 3, 6, 30, (14, 3)
FIRST_RANGE, EVERY_RANGE, ANSWER_RANGE = range(1, 13), range(2, 25), range(7, 91)
REMINDERS_MOST = 2


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often is asked, how long an answer is waited for, and when reminders go."""

    first_months: int = FIRST_MONTHS
    every_months: int = EVERY_MONTHS
    answer_days: int = ANSWER_DAYS
    remind_days: tuple[int, ...] = REMIND_DAYS  # before the day by which an answer is asked for

    def fault(self) -> str | None:
        """Return the code of what is out of its limits; None where all is well."""
        if self.first_months not in FIRST_RANGE:
            return "follow_up.first"
        if self.every_months not in EVERY_RANGE:
            return "follow_up.every"
        if self.answer_days not in ANSWER_RANGE:
            return "follow_up.answer_days"
        days = self.remind_days
        if len(days) > REMINDERS_MOST or len(set(days)) != len(days):
            return "follow_up.remind"
        if any(not 1 <= each < self.answer_days for each in days):
            return "follow_up.remind"
        return None

    def due_on(self, session: str, number: int) -> str:
        """Return the day of call `number`, the first being 1, of a session on the day `session`."""
        return months_after(session, self.first_months + (number - 1) * self.every_months)

    def answer_by(self, sent: str) -> str:
        """Return the day by which an answer to a call that goes on the day `sent` is asked for."""
        return (date.fromisoformat(sent) + timedelta(days=self.answer_days)).isoformat()

    def remind_on(self, answer_by: str) -> tuple[str, ...]:
        """Return the days of the reminders, the first one first."""
        last = date.fromisoformat(answer_by)
        return tuple(sorted((last - timedelta(days=days)).isoformat() for days in self.remind_days))


def months_after(day: str, months: int) -> str:
    """Return the same day of a later month, or the last of that month where it has no such day."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).isoformat()
