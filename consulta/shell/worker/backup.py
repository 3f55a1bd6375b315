"""Backups that are due, each in a thread of its own."""

from __future__ import annotations

import logging
import time
from threading import Thread
from typing import TYPE_CHECKING

from consulta.operations import backups

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.shell.worker.running import Running

AGAIN = 600.0  # seconds from a backup that failed to the next try
_log = logging.getLogger(__name__)


class Backup:
    """The backups that a worker takes."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.thread: Thread | None = None
        self.not_before = 0.0  # of the monotonic clock, after one that failed

    def begin(self) -> None:
        """Take a backup where it is due, in a thread of its own: neither rounds nor mail wait for it."""
        folder = self.running.settings.backups.folder
        if folder is None or time.monotonic() < self.not_before:
            return
        if self.thread is not None and self.thread.is_alive():
            return
        with self.running.read() as work:
            due = backups.is_due(work, folder, self.running.settings.backups.asked_at)
        if due:
            self.not_before = time.monotonic() + AGAIN
            self.thread = Thread(
                target=self.running.safely, args=("backup", lambda: self._take(folder)), daemon=True
            )
            self.thread.start()

    def _take(self, folder: Path) -> None:
        """Take a backup, and hand it to the command of the installation."""
        running = self.running
        made = backups.take(running.bench, running.settings.backups, folder, running.clock())
        self.not_before = 0.0
        _log.info("backup.taken file=%s", made.path.name)
        backups.hand_over(running.settings.backups, made)
