"""The served application: what its server lets through, and whom it believes."""

from __future__ import annotations

import http.client
import re
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from consulta.platform import accounts
from consulta.platform.work import COMMAND
from consulta.shell import cli
from consulta.shell.cli import serve
from tests.benches import PASSWORD, STAFF
from tests.factories import moment
from tests.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


@pytest.fixture(params=["no", "yes"])
def server(request: pytest.FixtureRequest, settings: Settings, bench: Bench) -> Iterator[Server]:
    """A server that stands alone, and one that a proxy stands before."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
    bench.engine.dispose()
    server = Server(settings, environ={"CONSULTA_BEHIND_PROXY": request.param})
    try:
        server.start()
        yield server
    finally:
        server.kill()


def sign_in(server: Server, password: str, source: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", "/es/account/sign-in")
        page = connection.getresponse()
        cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
        found = _TOKEN.search(page.read().decode())
        assert found
        headers = {
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": source,
        }
        form = urlencode({"csrf_token": found[1], "email": STAFF, "password": password})
        connection.request("POST", "/es/account/sign-in", form, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.deep
@pytest.mark.slow
def test_a_server_believes_a_proxy_where_there_is_one_and_stops_huge_bodies(server: Server) -> None:
    for number in range(5):
        assert sign_in(server, "no es esta frase", "198.51.100.7") == 422, number
    behind_proxy = server.environ["CONSULTA_BEHIND_PROXY"] == "yes"
    assert sign_in(server, PASSWORD, "203.0.113.9") == (303 if behind_proxy else 429)
    # A body larger than any page takes is refused by its length, before a byte of it is kept.
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(
            b"POST /es/v/abc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000000\r\n\r\nx"
        )
        assert connection.recv(200).startswith(b"HTTP/1.1 413")


@pytest.mark.deep
@pytest.mark.slow
def test_a_request_of_200_mb_is_answered_by_our_page_and_held_nowhere(
    settings: Settings, bench: Bench, tmp_path: Path
) -> None:
    """With what was written before the file, once all of it was sent, as browsers do."""
    bench.engine.dispose()
    server = Server(settings, environ={"TMPDIR": str(tmp_path)})
    block = b"x" * 1_000_000
    text = "Se aprobó la ley y empezó a aplicarse."
    entry, file = 'form-data; name="text"', 'form-data; name="file"; filename="a.pdf"'
    head = (
        f"--b\r\nContent-Disposition: {entry}\r\n\r\n{text}\r\n--b\r\nContent-Disposition: {file}\r\n\r\n"
    ).encode()
    try:
        server.start()
        process = server.process
        assert process is not None
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(b"GET /pt/follow-up HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"".join(iter(lambda: connection.recv(65536), b"")).startswith(b"HTTP/1.0 200")
        before = _peak(process.pid)  # with all that answers load once
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            size = len(head) + 200 * len(block)
            connection.sendall(
                b"POST /pt/follow-up-link HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size + head
            )
            for _turn in range(200):
                connection.sendall(block)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
        assert 'lang="pt"' in answer.decode()
        assert text in answer.decode()
        assert _peak(process.pid) - before < 50_000, "kB, of a request of 200,000"
    finally:
        server.kill()


def _peak(number: int) -> int:
    """The most memory that a process ever had, in kB."""
    said = Path(f"/proc/{number}/status").read_text()
    return int(next(line for line in said.splitlines() if line.startswith("VmHWM")).split()[1])


@pytest.mark.deep
@pytest.mark.slow
def test_many_who_dawdle_keep_nobody_from_voting(settings: Settings, bench: Bench) -> None:
    bench.engine.dispose()
    server = Server(settings)
    with ExitStack() as stack:
        stack.callback(server.kill)
        server.start()
        for _ in range(600):  # more than were once let in
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            idle.sendall(b"POST /es/v/abc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        stack.callback(connection.close)
        connection.request("GET", "/es/v/abc")
        assert connection.getresponse().status == 200


@pytest.mark.parametrize(
    ("options", "named", "leads"),
    [
        (["--port", "8765"], None, "http://127.0.0.1:8765"),
        (["--port", "8765", "--host", "::1"], None, "http://[::1]:8765"),
        (["--port", "8765"], "https://votes.example.org", "https://votes.example.org"),
    ],
)
def test_links_lead_to_where_it_serves_unless_an_address_is_set(
    settings: Settings,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    named: str | None,
    leads: str,
) -> None:
    """Pages and the worker, which is a process of its own, have the same address; without one it is told."""
    bench.engine.dispose()
    for name, value in {
        "CONSULTA_DATA": str(settings.data),
        "CONSULTA_DATABASE": settings.database,
        "CONSULTA_SECRET": settings.secret,
        "CONSULTA_BASE_URL": named,
    }.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    served: list[str] = []
    written = settings.data / "worker"
    script = "import os, sys; open(sys.argv[1], 'w').write(os.environ['CONSULTA_BASE_URL']); sys.stdin.read()"

    def run(app: Flask, _host: str, _port: int) -> None:
        served.append(app.extensions["consulta"].settings.base_url)
        for _ in range(100):
            if written.exists() and written.read_text():
                break
            time.sleep(0.1)

    monkeypatch.setattr(serve, "run", run)
    monkeypatch.setattr(serve.WorkerProcess, "command", (sys.executable, "-c", script, str(written)))
    told = CliRunner().invoke(cli.main, ["serve", *options], catch_exceptions=False).output
    assert (served, written.read_text()) == ([leads], leads)
    assert (f"links in mails lead to {leads}; CONSULTA_BASE_URL sets another" in told) is (named is None)
