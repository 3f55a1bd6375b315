"""The loop of a worker: in which order due things are done, and how long it rests between.

Each thing is a unit of work of its own, and one that fails does not prevent the others. Several workers can
run at once, in one process or in many: each thing is done once, and nothing is lost if a worker is killed
(decision 17). What a feature has done at its hour is an entry in `jobs.py`.
"""

from __future__ import annotations

import logging
import os
import socket
from threading import Thread
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from consulta.operations import monitoring
from consulta.platform import accounts, desk_settings
from consulta.platform.mailer import outbox
from consulta.rounds import ending
from consulta.shell.worker import packages
from consulta.shell.worker.backup import Backup
from consulta.shell.worker.documents import Documents
from consulta.shell.worker.effects import Effects
from consulta.shell.worker.erasing import Erasing
from consulta.shell.worker.heads import Heads
from consulta.shell.worker.jobs import do, jobs
from consulta.shell.worker.mail import Mail
from consulta.shell.worker.practice import Practice
from consulta.shell.worker.running import Running, is_over, now
from consulta.shell.worker.to_numbers import ToNumbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from consulta.platform.mailer.transport import Transport
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

REST = 2.0  # seconds between two looks when nothing is due
STOPPING = 30.0  # seconds that a stopping worker gets for the mail in hand
_NAMES: WeakValueDictionary[str, Worker] = WeakValueDictionary()  # the workers of this process
_log = logging.getLogger(__name__)


class Worker:
    """One worker over a bench; `stop` ends it after what it has in hand."""

    rest = REST

    def __init__(
        self,
        bench: Bench,
        settings: Settings,
        way: Transport | None = None,
        clock: Callable[[], datetime] = now,
        ask_for: Callable[[str, str], None] | None = None,
    ) -> None:
        self.bench = bench
        self.running = running = Running(bench, settings, clock)
        running.safely("settings", running.read_settings)
        _NAMES[running.name] = self
        self.jobs = jobs(running)
        self.heads = Heads(running)
        self.effects = Effects(running)
        self.erasing = Erasing(running)
        self.backup = Backup(running)
        self.documents = Documents(running, ask_for)
        self.mail = Mail(running, way, queued=ask_for is not None)
        self.to_numbers = ToNumbers(running)
        self.practice = None if settings.practice else Practice(running, self._for_practice)
        self._beat_at: datetime | None = None

    @property
    def way(self) -> Transport:
        """Return the way by which mail leaves now."""
        return self.mail.way

    def _for_practice(self, bench: Bench, settings: Settings) -> Worker:
        way = None if self.way.name == "file" else self.way  # files of mails lie in its own folder
        return Worker(bench, settings, way, self.running.clock)

    def run(self) -> None:
        """Do what is due until told to stop."""
        _log.info("worker.started transport=%s", self.way.name)
        safely = self.running.safely
        try:
            safely("leases", self.free_leases)
            safely("key", self.heads.begin_key)
            safely("codes", self._encrypt_keys)
            Thread(target=self.documents.run, name="documents", daemon=True).start()
            while not self.running.stopping.is_set():
                self.look()
                self.running.stopping.wait(self.rest)
        finally:
            if self.practice is not None:
                self.practice.leave()
            self.way.close()
            _log.info("worker.stopped")

    def stop(self) -> None:
        """End after the mail in hand."""
        self.running.stopping.set()

    def look(self) -> None:
        """Do once all that is due now."""
        running = self.running
        running.safely("settings", running.read_settings)
        running.safely("beat", self._tell_beat)
        running.safely("clock", self._watch_clock)
        running.safely("day", self.heads.begin_day)
        for job in self.jobs:
            do(running, job)
        self.effects.work_out()
        running.safely("checkpoints", self.heads.checkpoint)
        running.safely("heads", self.heads.mail)
        running.safely("data", lambda: packages.renew(running))
        running.safely("backup", self.backup.begin)
        running.safely("retention", self.erasing.erase_due)
        running.safely("published", self.documents.ask_for_published)  # mails lead to what they share
        running.safely("mail", self.mail.send_due)
        running.safely("messages", self.to_numbers.send_due)
        running.safely("head", self.heads.tell)
        if self.practice is not None:
            self.practice.look()

    def free_leases(self) -> None:
        """Take over at once the mail that a worker of this machine had in hand when it was killed."""
        running = self.running
        with running.read() as work:
            dead = [name for name in outbox.holders(work) if name != running.name and _is_dead(name)]
        for name in dead:
            with running.work() as work:
                freed = outbox.release(work, name)
            _log.info("worker.took_over messages=%d", freed)

    def _tell_beat(self) -> None:
        """Keep that this worker does its work, twice a minute at most."""
        now = self.running.clock()
        if is_over(self._beat_at, monitoring.BEAT, now):
            with self.running.work() as work:
                monitoring.beat(work)
            self._beat_at = now

    def _watch_clock(self) -> None:
        """Record that the clock was set back, once."""
        with self.running.read() as work:
            back = ending.seconds_back(work)
            back = 0 if ending.is_told_back(work, back) else back
        if back:
            with self.running.work() as work:
                if ending.record_back(work):
                    _log.warning("clock.back seconds=%d", back)
                    outbox.limit_waits_after_clock_set_back(work)

    def _encrypt_keys(self) -> None:
        """Encrypt anew what a former secret encrypted: keys of codes, links of waiting mail, passwords.

        The log says which accounts have a key that none opens.
        """
        with self.running.work() as work:
            accounts.encrypt_keys(work)
            outbox.encrypt_tokens(work)
            desk_settings.encrypt_again(work)
            left = accounts.unreadable(work)
        if left:
            _log.warning("codes.unreadable accounts=%s", ",".join(map(str, left)))


def _is_dead(worker: str) -> bool:
    """Return whether a worker was a process of this machine that has ended.

    It is False for workers of other machines, of which nothing is known.
    """
    host, _, rest = worker.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal() or os.name != "posix":
        return False
    if int(rest) == os.getpid():
        return _NAMES.get(worker) is None  # this very number, of a process before: as in a container
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Beside:
    """A worker in a thread of a process that does something else, such as serving pages."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._thread = Thread(target=worker.run, name="worker", daemon=True)

    def __enter__(self) -> Beside:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self._thread.join(STOPPING)
