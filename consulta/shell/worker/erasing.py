"""Rows whose time is over, and people who asked to be erased."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from consulta.operations import personal_data, retention
from consulta.shell.worker.running import is_over

if TYPE_CHECKING:
    from consulta.shell.worker.running import Running

AGAIN = timedelta(hours=1)  # from one look at what is to be erased to the next
AT_ONCE = 15.0  # seconds of erasing before all else is looked at again
FILE = "erasures.jsonl"  # of the data folder
_log = logging.getLogger(__name__)


class Erasing:
    """What a worker erases: what was announced, and who asked for it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._ended_at: datetime | None = None

    def erase_due(self) -> None:
        """Announce what is to be erased, and erase what was announced, a batch in a unit of work."""
        running, now = self.running, self.running.clock()
        if not is_over(self._ended_at, AGAIN, now):
            return
        on_request = self._repeat()
        found, done = self._erase_announced(now)
        if found:
            with running.work() as work:
                retention.record(work, found)
            _log.info("retention.erased rows=%d", sum(found.values()))
        if found or on_request:
            self._delete_files()
            running.bench.wipe()
        if done:
            self._ended_at = now

    def _erase_announced(self, now: datetime) -> tuple[dict[str, int], bool]:
        """Erase what was announced; return how many rows of which kinds, and whether nothing is left."""
        days, began, erased = self.running.settings.kept_days, time.monotonic(), Counter[str]()
        with self.running.work() as work:
            ready = retention.look(work, days)
        for name in ready:
            rows = 1
            while rows and not self.running.stopping.is_set():
                if time.monotonic() - began >= AT_ONCE:
                    return {each: count for each, count in erased.items() if count}, False
                with self.running.work() as work:
                    rows = retention.erase(work, name, days)
                erased[name] += rows
        return {each: count for each, count in erased.items() if count}, True

    def _repeat(self) -> bool:
        """Erase anew who was erased on request where a restored database has them back.

        Return whether anything was erased on request since the last look, of which files may still be there.

        The list of erasures is a file beside the database: numbers and moments, and no data of people.
        """
        path = self.running.settings.data / FILE
        try:
            known = path.read_text("utf-8").splitlines() if path.exists() else []
        except UnicodeDecodeError:
            _log.warning("retention.unreadable file=%s", path.name)
            return True
        with self.running.read() as work:
            missing = personal_data.missing(work, known)
            told = set(personal_data.listed(work)) - set(known)
        if missing:
            with self.running.work() as work:
                count = personal_data.again(work, missing)
            _log.info("retention.erased_again rows=%d", count)
        if told:
            with open(path, "a", encoding="utf-8", opener=_private) as file:
                file.writelines(f"{line}\n" for line in sorted(told))
                file.flush()
                os.fsync(file.fileno())
        return bool(missing or told)

    def _delete_files(self) -> None:
        """Delete the files of mails whose texts were erased, where mails are written to files."""
        folder = self.running.settings.mail_folder
        files = {number: path for path in folder.glob("*.eml") if (number := path.name.partition("-")[0])}
        numbers = [int(each) for each in files if each.isdecimal()]
        with self.running.read() as work:
            gone = retention.are_erased(work, numbers)
        for name, path in files.items():
            if name.isdecimal() and int(name) in gone:
                path.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
