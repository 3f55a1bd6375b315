"""What all parts of a worker share: its units of work, its clock, and that one failure stops no other act."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.operations import monitoring
from consulta.platform import desk_settings
from consulta.platform.work import WORKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

_log = logging.getLogger(__name__)


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


def new_name() -> str:
    """Return a name that no other worker has: its machine, its process and a number drawn at random."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_over(since: datetime | None, wait: timedelta, at: datetime) -> bool:
    """Return whether a wait that began at a moment is over: also if none began, or the clock was set back."""
    return since is None or not timedelta() <= at - since < wait


@dataclass
class Running:
    """A worker that runs: its database, settings and clock, and whether it was told to stop.

    `machine` are the settings of the environment; `settings` those at the last look, with what is set at the
    desk.
    """

    bench: Bench
    machine: Settings
    clock: Callable[[], datetime] = now
    stopping: Event = field(default_factory=Event)
    name: str = field(default_factory=new_name)
    settings: Settings = field(init=False)
    apart: Callable[[Work], int] = field(init=False)  # seconds that the clock of the database is ahead

    def __post_init__(self) -> None:
        self.settings = self.machine
        # A clock that is set by hand is not compared with that of the database.
        self.apart = monitoring.seconds_apart if self.clock is now else lambda _: 0

    def read(self) -> AbstractContextManager[Work]:
        """Return a unit of work that only reads."""
        return self.bench.read(WORKER, self.clock())

    def work(self) -> AbstractContextManager[Work]:
        """Return a unit of work."""
        return self.bench.work(WORKER, self.clock())

    def read_settings(self) -> None:
        """Read anew what is set at the desk."""
        self.settings = desk_settings.refreshed(self.bench, self.machine, self.clock())

    def each(self, name: str, due: Callable[[Work], Iterable[str]], act: Callable[[str], object]) -> None:
        """Call `act` for each key that `due` returns; one that fails does not prevent the others."""
        keys: list[str] = []
        self.safely(name, lambda: keys.extend(self._asked(due)))
        for key in keys:
            self.safely(name, partial(act, key))

    def _asked(self, due: Callable[[Work], Iterable[str]]) -> list[str]:
        with self.read() as work:
            return list(due(work))

    def safely(self, name: str, act: Callable[[], object]) -> None:
        """Call `act`; log a failure and return, so that the next thing is still done."""
        try:
            act()
        except Problem as problem:
            _log.warning("worker.failed at=%s code=%s", name, problem.code)
        except Exception:  # noqa: BLE001 - a worker that ends leaves everything undone
            _log.exception("worker.failed at=%s", name)
