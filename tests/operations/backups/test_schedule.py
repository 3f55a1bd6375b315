"""When a backup is due, and which are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consulta.operations.backups import DAYS, HOURS, WEEKS, is_due_by, kept

NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_of_a_year_of_hours_the_last_hours_days_and_weeks_stay() -> None:
    taken = [NOON - HOUR * number for number in range(24 * 365)]
    found = kept(taken)
    assert set(taken[:HOURS]) <= found
    days = {NOON.replace(hour=23) - DAY * number for number in range(1, DAYS)}
    assert days <= found, "the last of each day before today"
    sundays = [datetime(2026, 7, 12, 23, tzinfo=UTC) - timedelta(weeks=number) for number in range(WEEKS - 1)]
    assert set(sundays) <= found
    assert len(found) == HOURS + (DAYS - 2) + (WEEKS - 3), (
        "yesterday's is among the hours, two Sundays among the days"
    )


@pytest.mark.deep
@given(st.sets(st.integers(0, 60 * 24 * 400), min_size=1, max_size=200))
def test_the_newest_stays_and_no_more_than_the_schedule_says(minutes: set[int]) -> None:
    taken = {NOON - timedelta(minutes=number) for number in minutes}
    found = kept(taken)
    assert max(taken) in found <= taken
    assert len(found) <= HOURS + DAYS + WEEKS
    assert kept(found) == found, "a second look deletes nothing more"


def test_it_is_due_each_hour_while_a_round_is_open_each_day_otherwise_and_at_each_closing() -> None:
    assert is_due_by(None, NOON, any_open=False, closed_at=None)
    assert not is_due_by(NOON - HOUR + timedelta(seconds=1), NOON, any_open=True, closed_at=None)
    assert is_due_by(NOON - HOUR, NOON, any_open=True, closed_at=None)
    assert not is_due_by(NOON - HOUR, NOON, any_open=False, closed_at=NOON - HOUR)
    assert is_due_by(NOON - HOUR, NOON, any_open=False, closed_at=NOON - timedelta(minutes=59))
    assert is_due_by(NOON - DAY, NOON, any_open=False, closed_at=None)
