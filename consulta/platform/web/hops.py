"""What stands before the application: headers of proxies, monitors on this machine, the id of each request,
and the one name that it has.

Headers that proxies add are removed where no proxy is expected. Behind a proxy that is not configured, all
requests seem to come from the proxy's address, and failures that are counted by network are counted for
all readers together. So such a header is logged as a warning, at most once an hour.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from consulta.platform import security
from consulta.platform.settings import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

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
MONITORS = ("/salud", "/health", "/live", "/ready", "/metrics")
FROM_HERE = "consulta.from_here"  # said of a request of a program on this machine that no proxy passed on
NO_HOST = "-"  # which is no name that is trusted
REQUEST_ID = "X-Request-ID"
TAKEN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")  # of the proxy before us
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
    """The application, whose pages for monitors also answer to the names of this machine for itself.

    A monitor on the same machine asks `http://127.0.0.1:8000/ready`; every other page has the public name
    alone.
    """

    app: WSGIApplication
    host: str
    paths: tuple[str, ...] = MONITORS

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; one of a monitor under a loopback name counts as one for the public host."""
        name = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
        if environ.get("PATH_INFO") in self.paths and name.strip("[]") in LOOPBACK:
            environ["HTTP_HOST"] = self.host
            environ[FROM_HERE] = environ.get("REMOTE_ADDR") in LOOPBACK and not any(
                said in environ for said in SAID_BY_PROXIES
            )
        return self.app(environ, start_response)


@dataclass
class Named:
    """The application under the name and the port of its base address, which is all that pages ever repeat.

    A request that names no port counts as one for that port, since a proxy may leave it out; one that names
    another port is for another service of this machine, and is refused as one for another machine is. A base
    address of this machine alone has any port: it is tried out through forwarded ones.
    """

    app: WSGIApplication
    base: str
    """Scheme, name and port of the base address."""

    def __post_init__(self) -> None:
        """Take the base address apart."""
        parts = urlsplit(self.base)
        self._name, self._host = parts.hostname or "", parts.netloc
        self._ports = {"", str(parts.port or (443 if parts.scheme == "https" else 80))}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if self._name not in LOOPBACK:
            name, _, port = environ.get("HTTP_HOST", "").lower().partition(":")
            if name == self._name:
                environ["HTTP_HOST"] = self._host if port in self._ports else NO_HOST
        return self.app(environ, start_response)


@dataclass
class Watched:
    """The application, each of whose answers has the id of its request and is counted.

    The id stands in the answer's header, in every line of the log, and on the page of an error. Where a proxy
    stands before the application and names the request, its id is taken over.
    """

    app: WSGIApplication
    flask: Flask
    behind_proxy: bool

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        given = environ.get("HTTP_X_REQUEST_ID", "") if self.behind_proxy else ""
        number = given if TAKEN_ID.fullmatch(given) else secrets.token_hex(6)
        count = self.flask.extensions["consulta"].counters.add
        path = environ.get("PATH_INFO", "")

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            count("requests", f"{status[:1]}xx")
            if status.startswith("5") and path not in MONITORS:  # which say so of something else
                count("errors", _area(path))
            return start_response(status, [*headers, (REQUEST_ID, number)], *more)

        network = security.network(environ.get("REMOTE_ADDR", ""))
        with security.answering(security.Asked(number, network, count)):
            return self.app(environ, start)


def _area(path: str) -> str:
    """Return where in the site an address is: on the way of a vote, at the desk, or elsewhere."""
    place = path.split("/")[2:3]
    if place in (["ballot"], ["v"]):
        return "vote"
    return "desk" if place in (["secretariat"], ["account"], ["scrutiny"]) else "other"
