"""The address of a practice, below that of the installation, and what answers there.

A request for the place of a practice is answered by an application over its own database; every other request
goes on as if there were none. Whether there still is one is asked at each request, since another process may
have deleted it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from consulta.core.problems import Problem
from consulta.operations.practice import place, service
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

_PATH = re.compile(rf"/{place.WAY}/([a-z2-7]{{12}})(/.*)?", re.DOTALL)
_log = logging.getLogger(__name__)


class House(Protocol):
    """The installation to whose address the practice belongs."""

    @property
    def bench(self) -> Bench:
        """Return its bench."""

    @property
    def settings(self) -> Settings:
        """Return its settings."""


@dataclass
class Mount:
    """The application, with that of a practice at the address of the practice."""

    app: WSGIApplication
    house: Callable[[], House]
    clock: Callable[[], datetime]
    create: Callable[[Bench, Settings], WSGIApplication]
    _made: dict[str, tuple[WSGIApplication, Bench]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: in a practice where its path is of one that is there, else as ever."""
        found = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        there = self._there(found[1]) if found else None
        if found is None or there is None:
            return self.app(environ, start_response)
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{place.WAY}/{found[1]}"
        environ["PATH_INFO"] = found[2] or "/"
        return there(environ, start_response)

    def _there(self, key: str) -> WSGIApplication | None:
        """Return the application of a practice, or None where there is none (any more)."""
        try:
            with self.house().bench.read(ANONYMOUS, self.clock()) as work:
                ready = service.is_ready(work, key)
        except Problem:  # the database cannot be used: the pages of the installation say so
            return None
        with self._lock:
            for other in [each for each in self._made if each != key or not ready]:
                self._made.pop(other)[1].engine.dispose()
            if ready and key not in self._made:
                own = place.settings_of(self.house().settings, key)
                bench = place.bench_of(own)
                self._made[key] = (self.create(bench, own), bench)
                _log.info("practice.begun")
            return self._made[key][0] if ready else None
