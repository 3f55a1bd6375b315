"""Headers that proxies add, where no proxy is expected: removed from the request, and logged.

Behind a proxy that is not configured, all requests seem to come from the proxy's address, and failures
that are counted by network are counted for all readers together. So such a header is logged as a
warning, at most once an hour.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from consulta.infra.settings import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAID_BY_PROXIES = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_BY",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
AGAIN = 3600.0  # seconds between two warnings
_log = logging.getLogger(__name__)


@dataclass
class Unproxied:
    """The application where no proxy is expected before it."""

    app: WSGIApplication
    clock: Callable[[], float] = monotonic
    _warned: float | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request with the headers that proxies add removed.

        Logs a warning, at most once an hour, if there were any.
        """
        said = [name for name in SAID_BY_PROXIES if environ.pop(name, None) is not None]
        if said and (self._warned is None or self.clock() - self._warned >= AGAIN):
            self._warned = self.clock()
            _log.warning(
                "proxy.untrusted headers=%s: they are ignored, and all requests count as from one address; "
                "where a proxy stands before this, set CONSULTA_BEHIND_PROXY=yes",
                ",".join(name.removeprefix("HTTP_").replace("_", "-").lower() for name in said),
            )
        return self.app(environ, start_response)


@dataclass
class Monitored:
    """The application, whose health check also answers to the names of this machine for itself.

    A monitor on the same machine asks `http://127.0.0.1:8000/salud`; every other page has the public name
    alone.
    """

    app: WSGIApplication
    host: str
    paths: tuple[str, ...] = ("/salud", "/health")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; a health check under a loopback name counts as one for the public host."""
        name = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
        if environ.get("PATH_INFO") in self.paths and name.strip("[]") in LOOPBACK:
            environ["HTTP_HOST"] = self.host
        return self.app(environ, start_response)
