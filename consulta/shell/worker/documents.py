"""PDF documents and pictures that were asked for, made one after the other in a thread of their own."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform import document_jobs
from consulta.platform.formats import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.shell.worker.running import Running

REST = 1.0  # seconds between two looks for documents to make
_log = logging.getLogger(__name__)


class Documents:
    """The documents that a worker makes, each in a process with limits."""

    def __init__(self, running: Running, ask_for: Callable[[str, str], None] | None) -> None:
        self.running = running
        self._ask_for = ask_for  # asks for the documents of what was published, in all languages
        self._asking = Lock()
        self._published: set[tuple[str, str, str]] = set()

    def run(self) -> None:
        """Make documents until told to stop."""
        while not self.running.stopping.wait(REST):
            self.running.safely("documents", self.make)

    def make(self) -> int:
        """Make the documents that wait, and return how many were made."""
        self.running.safely("published", self.ask_for_published)
        made = 0
        while not self.running.stopping.is_set() and self._make_one():
            made += 1
        with self.running.read() as work:
            old = document_jobs.are_old(work.session, work.now)
        if old:
            with self.running.work() as work:
                document_jobs.sweep(work.session, work.now)
        return made

    def _make_one(self) -> bool:
        """Make the document that waits longest; return whether there was one to try."""
        with self.running.read() as work:
            if not document_jobs.is_due(work.session, work.now):
                return False
        with self.running.work() as work:
            job = document_jobs.claim(work.session, work.now)
        if job is None:
            return False
        try:
            if job.ending == "png":
                content = document.to_png(job.page, job.style, patient=True)
            else:
                content = document.to_pdf(job.page, job.style, job.picture_style, patient=True)
        except Problem as error:
            _log.warning("document.not_made job=%d cause=%s", job.id, error)
            with self.running.work() as work:
                document_jobs.fail(work.session, job.id, work.now)
            return True
        with self.running.work() as work:
            document_jobs.keep(work.session, job.digest, job.ending, content, work.now, shared=job.shared)
            document_jobs.made(work.session, job.id)
        _log.info("document.made job=%d", job.id)
        return True

    def ask_for_published(self) -> None:
        """Ask once for the documents of each result and factsheet that was published lately.

        It runs before mail is sent, and while documents are made: one at a time.
        """
        if self._ask_for is None:
            return
        with self._asking:
            with self.running.read() as work:
                lately = document_jobs.published(work.session, work.now)
            for each in lately:
                if each not in self._published:
                    self._published.add(each)
                    self._ask_for(*each[:2])
