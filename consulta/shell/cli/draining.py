"""How `consulta serve` ends: what has arrived is answered first.

waitress itself ends at once, and the person who has just sent a vote would not read that it was recorded.
"""

from __future__ import annotations

import signal
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.wasyncore import dispatcher, loop

if TYPE_CHECKING:
    from types import FrameType

PATIENCE = 20.0  # seconds for the requests that have arrived; the worker gets `STOPPING` after that
LOOK = 1.0  # seconds between two looks, where nothing happens


def serve_until_stopped(server: Any, sockets: dict[int, Any]) -> None:
    """Serve until SIGTERM or an interrupt; then answer what has arrived, and return.

    `sockets` are all of the server, those that listen and those of connections. A second signal ends the
    process at once.
    """
    stopping = Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.set()
        for each in _of_kind(sockets, BaseWSGIServer):
            each.pull_trigger()  # the look in hand ends

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not stopping.is_set():
        _look(server, sockets)
    _drain(server, sockets)


def _drain(server: Any, sockets: dict[int, Any]) -> None:
    """Take no new connection, and close each one when it has the answers to what arrived on it."""
    for each in _of_kind(sockets, BaseWSGIServer):
        dispatcher.close(each)  # it alone: its own method would take what tells of finished answers, too
    until = monotonic() + PATIENCE
    while (open_ones := _of_kind(sockets, HTTPChannel)) and monotonic() < until:
        for each in open_ones:
            if not each.requests and not each.total_outbufs_len:
                each.handle_close()
        _look(server, sockets)


def _look(server: Any, sockets: dict[int, Any]) -> None:
    loop(timeout=LOOK, use_poll=server.adj.asyncore_use_poll, map=sockets, count=1)


def _of_kind(sockets: dict[int, Any], kind: type) -> list[Any]:
    return [each for each in sockets.values() if isinstance(each, kind)]
