"""Who heard of an attack, and when: printed of each test that walks one (`python -m bench.theft --attacks`).

A plugin of pytest. After a test that is marked `attack` it prints the rows of the log that the walk left and
the mails that were queued, in the order in which they came, with the time since the first of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.models import LogEntry, Message, Staff
from consulta.platform.work import COMMAND, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

# Rows that each unit of work may leave, whatever is done.
PASSING = ("heads.", "seals.", "checkpoints.", "account.", "key.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Print what the walk of this test left, before its database goes."""
    bench = getattr(item, "funcargs", {}).get("bench")
    if item.get_closest_marker("attack") and isinstance(bench, Bench):
        lines = "\n".join(f"    {line}" for line in heard(bench))
        print(f"\n{_words(item)}\n{lines}")
    yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say of a walk that failed that its attack is open again."""
    if report.failed:
        print(f"\nNOT HELD: {report.nodeid}")


def _words(item: pytest.Item) -> str:
    marker = item.get_closest_marker("attack")
    return f"{marker.args[0] if marker else ''}: {item.name.removeprefix('test_').replace('_', ' ')}"


def heard(bench: Bench) -> list[str]:
    """Return what was done and who was told of it, a line each, in order of time."""
    with bench.read(COMMAND, datetime.max.replace(tzinfo=UTC)) as work:
        staff = {each.email: each.role for each in work.session.scalars(select(Staff))}
        events: list[tuple[datetime, int, str]] = [
            (datetime.fromisoformat(each.at), 0, f"{each.actor} did {each.action} ({each.subject})")
            for each in work.session.scalars(select(LogEntry).order_by(LogEntry.seq))
            if not each.action.startswith(PASSING)
        ]
        told: dict[tuple[datetime, str], list[str]] = {}
        for each in work.session.scalars(select(Message).order_by(Message.id)):
            what = f"{each.kind} {each.facts.get('what', '')}".strip()
            reader = f"{staff[each.address]} {each.address}" if each.address in staff else each.address
            told.setdefault((each.queued_at, what), []).append(reader)
    events += [
        (at, 1, f"mail {what} to {len(readers)}: {', '.join(readers[:4])}{' …' if len(readers) > 4 else ''}")
        for (at, what), readers in told.items()
    ]
    events.sort(key=lambda event: event[:2])
    return [f"{_since(events[0][0], at)}  {line}" for at, _order, line in events]


def _since(start: datetime, at: datetime) -> str:
    minutes = round((at - start).total_seconds() / 60)
    return f"+{minutes // 60:4d}:{minutes % 60:02d}"
