"""What votes did, worked out piece by piece once a result is published."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from consulta.panel import votes as panel_votes
from consulta.results import your_vote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.work import Work
    from consulta.shell.worker.running import Running

PIECE = 5.0  # seconds of working out what votes did before all else is looked at again
AT_ONCE = 50  # votes of which it is worked out together what they did
_log = logging.getLogger(__name__)


class Effects:
    """What the votes of published rounds did to the result and to its panel."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._task: your_vote.OneByOne | None = None  # the round whose votes are being worked out

    def work_out(self) -> None:
        """Work out what is due, for a while; what is left waits for the next look."""
        self.running.each("your vote", your_vote.due, self._of_result)
        self.running.each("panels by votes", your_vote.panels_due, self._of_panel)

    def _of_result(self, key: str) -> None:
        with self.running.read() as work:
            self._task = your_vote.task_of(work, key, self._task)
        self._go_on(key, your_vote.keep, your_vote.finish)

    def _of_panel(self, key: str) -> None:
        with self.running.read() as work:
            self._task = panel_votes.task_of(work, key, self.running.settings.small_cell, self._task)
        self._go_on(key, your_vote.keep_panels, your_vote.finish_panels)

    def _go_on(
        self,
        key: str,
        keep: Callable[[Work, Mapping[int, str]], int],
        finish: Callable[[Work, str], bool],
    ) -> None:
        """Work out the votes of the task at hand, until the time is over.

        Nothing is held meanwhile, and each batch is kept by itself. What was read for the round stays for the
        next look, so that a large round is read once.
        """
        began, kept, task = time.monotonic(), 0, self._task

        def is_over() -> bool:
            return self.running.stopping.is_set() or time.monotonic() - began >= PIECE

        while task is not None and task.waiting:
            told = your_vote.work_out(task, AT_ONCE, is_over)
            with self.running.work() as work:
                kept += keep(work, told)
            if is_over():
                break
        done = task is None or not task.waiting
        if done:
            self._task = None
            with self.running.work() as work:
                done = finish(work, key)
        _log.info("round.votes_told key=%s seats=%d done=%s", key, kept, done)
