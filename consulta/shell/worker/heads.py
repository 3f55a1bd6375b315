"""Heads of the log: the first of a day, the signed one of an hour, and those that are told."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from consulta.platform.log import signing
from consulta.rounds import heads, witnesses
from consulta.shell.worker.running import is_over

if TYPE_CHECKING:
    from consulta.shell.worker.running import Running

TELLING = timedelta(hours=1)  # from one line with the head of the log to the next, while a round is open
MAILS = timedelta(minutes=1)  # from one look for mails with heads to the next
_log = logging.getLogger(__name__)


class Heads:
    """The heads of the log that a worker takes, signs and tells."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._told_at: datetime | None = None
        self._mailed_at: datetime | None = None

    def begin_key(self) -> None:
        """Make the key of checkpoints, where this installation never had one."""
        with self.running.read() as work:
            known = witnesses.verifiers(work)
        if not known:
            with self.running.work() as work:
                witnesses.make_first(work, self.running.settings)

    def begin_day(self) -> None:
        """Record the first head of a day."""
        with self.running.read() as work:
            begun = heads.day_has_begun(work)
        if not begun:
            with self.running.work() as work:
                heads.begin_day(work)

    def checkpoint(self) -> None:
        """Take the head of the hour where it is due, and sign the heads that wait for it.

        Where the key is missing, they wait: the desk says so.
        """
        with self.running.read() as work:
            hour, waiting = witnesses.is_due(work)
            known = witnesses.verifiers(work)
        if hour:
            with self.running.work() as work:
                witnesses.take_hourly(work)
        signer = signing.signer_of(self.running.settings.data, known) if hour or waiting else None
        if signer is not None:
            with self.running.work() as work:
                signed = witnesses.sign(work, signer)
            _log.info("checkpoints.signed number=%d", signed)

    def mail(self) -> None:
        """Write the mails with heads of the log that scrutineers are due; looked at once a minute."""
        now, rhythm = self.running.clock(), self.running.settings.head_mails
        if not is_over(self._mailed_at, MAILS, now):
            return
        self._mailed_at = now
        with self.running.read() as work:
            due = witnesses.due(work, rhythm)
        for name in due:
            with self.running.work() as work:
                witnesses.tell(work, name, rhythm)

    def tell(self) -> None:
        """Write the log's size and root to the server's own log, once an hour while a round is open."""
        now = self.running.clock()
        if not is_over(self._told_at, TELLING, now):
            return
        with self.running.read() as work:
            found = heads.current_size_and_root(work)
        if found is not None:
            self._told_at = now
            _log.info("log.head %d:%s", *found)
