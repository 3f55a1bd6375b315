"""A server that is told to stop in the middle of a request: whoever has sent something gets the answer."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlalchemy import make_url

from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


def _until_refused(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
    pytest.fail("it still takes connections")


def _send_something_to_keep(port: int) -> http.client.HTTPConnection:
    """Send a wrong password, which is written down, from a page that was read before."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/es/account/sign-in")
    page = connection.getresponse()
    cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
    found = _TOKEN.search(page.read().decode())
    assert found
    form = urlencode({"csrf_token": found[1], "email": "nadie@example.org", "password": "no es esta"})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/es/account/sign-in", form, headers)
    return connection


@pytest.mark.slow
def test_what_was_sent_before_the_signal_is_answered_whole(settings: Settings, bench: Bench) -> None:
    """The request waits for the database, which another program has locked, when the signal comes."""
    bench.engine.dispose()
    server = Server(settings)
    lock = sqlite3.connect(str(make_url(settings.database).database), isolation_level=None)
    with ExitStack() as stack:
        stack.callback(server.kill)
        stack.callback(lock.close)
        server.start()
        assert server.process is not None
        idle = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
        lock.execute("BEGIN IMMEDIATE")
        sending = stack.enter_context(closing(_send_something_to_keep(server.port)))
        answer = stack.enter_context(ThreadPoolExecutor(1)).submit(sending.getresponse)
        time.sleep(0.5)  # it has arrived, and waits
        server.process.send_signal(signal.SIGTERM)
        _until_refused(server.port)
        assert idle.recv(1) == b"", "a connection on which nothing comes is closed"
        assert not answer.done()
        assert server.process.poll() is None
        lock.execute("ROLLBACK")
        response = answer.result(timeout=PATIENCE)
        size = int(response.getheader("Content-Length") or 0)
        assert (response.status, len(response.read())) == (422, size)
        assert server.process.wait(timeout=PATIENCE) == 0
