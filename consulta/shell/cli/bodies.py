"""How `consulta serve` reads requests: what no page takes is dropped, and what dawdles is ended.

Bodies of requests that no page takes are read to their end and dropped, so that the answer arrives.

A browser shows an answer once it has sent all of its request. A server that closes the connection in the
middle of a file of 200 MB leaves the browser with a page of its own about a lost connection. So what such a
request has beyond its beginning is counted and thrown away: neither memory nor disk holds it, and the
application answers with its own page. Beyond `too_large.MOST` the server refuses by the length alone.
"""

from __future__ import annotations

import copy
import io
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from consulta.platform.web.too_large import BEGINNING, MOST

if TYPE_CHECKING:
    from collections.abc import Iterable


class Dropped:
    """A body of which only the beginning is kept; in the form of what waitress lets receive bodies."""

    error = None

    def __init__(self, size: int) -> None:
        self.remain = size
        self.completed = False
        self.kept = io.BytesIO()

    def __len__(self) -> int:
        return len(self.kept.getbuffer())

    def received(self, data: bytes) -> int:
        """Take what came, and return how many bytes of it belong to the body."""
        taken = min(self.remain, len(data))
        self.kept.write(data[: min(taken, BEGINNING - len(self))])
        self.remain -= taken
        self.completed = self.remain == 0
        return taken

    def getfile(self) -> io.BytesIO:
        """Return the beginning, to be read."""
        self.kept.seek(0)
        return self.kept

    def getbuf(self) -> io.BytesIO:
        """Return what is closed in the end."""
        return self.kept


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request whose body is dropped where it is larger than the server keeps."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and decide what becomes of the body."""
        super().parse_header(header_plus)
        if not self.chunked and self.adj.max_request_body_size <= self.content_length < MOST:
            self.body_rcv = Dropped(self.content_length)
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = MOST


PATIENCE = 60.0  # seconds in which a request has to arrive
SLOWEST = 1_000  # bytes a second, for each of which a request gets its part of a second more


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that reads such requests, and ends where one comes drop by drop.

    waitress itself ends only connections on which nothing comes at all.
    """

    parser_class = Parser
    request: Any
    began = 0.0
    arrived = 0  # bytes of the request that is arriving

    def received(self, data: bytes) -> bool:
        """Take what came, unless its request has taken too long to arrive."""
        if self.request is None:
            self.began, self.arrived = monotonic(), 0
        self.arrived += len(data)
        if monotonic() - self.began > PATIENCE + self.arrived / SLOWEST:
            self.will_close = True
            return False
        return bool(super().received(data))


def drop_large(server: Any) -> None:
    """Let a server, or each of several that listen together, drop bodies that are too large."""
    listening: Iterable[Any] = getattr(server, "map", {}).values()
    for each in (server, *listening):
        if isinstance(each, BaseWSGIServer):
            each.channel_class = Channel
