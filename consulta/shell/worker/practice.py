"""The practice that staff can have: filled, worked in and deleted."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

from consulta.operations import practice

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.shell.worker.running import Running

_log = logging.getLogger(__name__)


class Looking(Protocol):
    """A worker of a practice."""

    bench: Bench

    def look(self) -> None:
        """Do once all that is due now."""


class Practice:
    """The practice that a worker looks after; `begin` returns a worker for it."""

    def __init__(self, running: Running, begin: Callable[[Bench, Settings], Looking]) -> None:
        self.running = running
        self._begin = begin
        self._working: tuple[Settings, Looking] | None = None  # in the practice that there is

    def look(self) -> None:
        """Delete and make what was asked for, and do what is due in the practice that there is."""
        self.running.each("practice", partial(practice.in_state, state="deleted"), self._drop)
        self.running.each("practice", partial(practice.in_state, state="asked"), self._make)
        self.running.safely("practice", self._work_there)

    def leave(self) -> None:
        """End the worker of the practice, where there is one."""
        if self._working is not None:
            self._working[1].bench.engine.dispose()
            self._working = None

    def _make(self, key: str) -> None:
        """Make the practice that was asked for; where that fails, the desk says so."""
        running, made = self.running, False
        try:
            practice.make_filled(running.settings, running.bench, key, running.clock())
            made = True
        finally:
            with running.work() as work:
                wanted = practice.settle(work, key, made=made)
            if not made or not wanted:
                practice.drop(running.settings, key)
        _log.info("practice.made")

    def _drop(self, key: str) -> None:
        """Delete the place of a practice that was deleted."""
        self.leave()
        practice.drop(self.running.settings, key)
        with self.running.work() as work:
            practice.gone(work, key)
        _log.info("practice.gone")

    def _work_there(self) -> None:
        """Do in the practice, where there is one, what is due there."""
        with self.running.read() as work:
            key = next(iter(practice.in_state(work, "ready")), None)
        own = practice.settings_of(self.running.settings, key) if key is not None else None
        if self._working is not None and self._working[0] != own:  # another one, or the mail server is
            self.leave()
        if own is not None and self._working is None:
            self._working = (own, self._begin(practice.bench_of(own), own))
        if self._working is not None:
            self._working[1].look()
