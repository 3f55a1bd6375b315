"""A client that sends its request drop by drop does not hold a connection of `consulta serve` for ever."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from waitress.server import create_server

from consulta.shell.cli import bodies
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 20  # seconds, after which the test gives up


def echo(environ: dict[str, Any], start: Any) -> list[bytes]:
    size = len(environ["wsgi.input"].read())
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(size).encode()]


@contextmanager
def served() -> Iterator[int]:
    """The port of a server that reads requests as `consulta serve` does."""
    server = create_server(echo, host="127.0.0.1", port=0, clear_untrusted_proxy_headers=True)
    bodies.drop_large(server)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        thread.join(LIMIT)


def is_ended(port: int, beginning: bytes) -> bool:
    """Whether the server ends a connection on which a byte comes ten times a second."""
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
        client.sendall(beginning)
        until = monotonic() + LIMIT
        client.settimeout(0.1)
        while monotonic() < until:
            try:
                client.sendall(b"x")
                if client.recv(1) == b"":
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


@for_each(
    "beginning", [b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"]
)
@pytest.mark.attack("A11")
def test_a_request_that_comes_drop_by_drop_is_ended(
    monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.5)
    with served() as port:
        assert is_ended(port, beginning)


def test_a_slow_one_that_goes_on_arrives_and_so_does_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large body over a poor line, longer than the patience; then another request on that connection."""
    monkeypatch.setattr(bodies, "PATIENCE", 0.2)
    with served() as port, socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
        for _ in range(2):
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n")
            for _ in range(5):
                client.sendall(b"x" * 4000)
                sleep(0.1)
            assert b"20000" in client.recv(1000)
