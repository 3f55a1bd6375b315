"""What all parts of a worker share: its name, its clock, and by which clocks a wait is over."""

from __future__ import annotations

import os
import re
import socket
import time
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from consulta.operations import monitoring
from consulta.shell.worker import running
from consulta.shell.worker.running import Running, is_over
from tests.cases import for_each
from tests.drafts import NOW

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

A_MINUTE = timedelta(minutes=1)


@for_each("since, over", [(None, True), (0, False), (59, False), (60, True), (61, True), (-1, True)])
def test_a_wait_ends_with_its_time_and_where_the_clock_was_set_back(since: int | None, over: bool) -> None:
    began = None if since is None else NOW - timedelta(seconds=since)
    assert is_over(began, A_MINUTE, NOW) is over


def test_a_name_says_machine_and_process_and_is_given_once() -> None:
    """By machine and process another worker sees that one was killed, and takes over its mail at once."""
    names = {running.new_name() for _ in range(20)}
    assert len(names) == 20
    form = re.compile(re.escape(f"{socket.gethostname()}:{os.getpid()}:") + "[0-9a-f]{8}")
    assert all(form.fullmatch(name) for name in names)


def test_the_clock_of_a_worker_is_compared_with_the_database_unless_it_was_set_by_hand(
    bench: Bench, settings: Settings
) -> None:
    living, set_by_hand = Running(bench, settings), Running(bench, settings, lambda: NOW)
    assert living.apart is monitoring.seconds_apart
    assert living.clock().tzinfo is UTC
    assert abs(living.clock().timestamp() - time.time()) < 60
    with set_by_hand.read() as work:
        assert work.now == NOW
        assert set_by_hand.apart(work) == 0
    assert living.name != set_by_hand.name
