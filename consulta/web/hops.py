"""What a request says of the machines that it came through, where none is expected: dropped, and warned of.

Behind a proxy that nobody told the application of, everybody seems to come from the proxy's address, and
what is counted by network is counted for all together. So the first such header is a warning in the log,
once an hour.
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
        """Answer a request without what proxies say of it."""
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
        """Answer a request."""
        name = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
        if environ.get("PATH_INFO") in self.paths and name.strip("[]") in LOOPBACK:
            environ["HTTP_HOST"] = self.host
        return self.app(environ, start_response)
