"""The command that serves the pages."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from waitress import create_server

from consulta.accounts import staff
from consulta.app import create_app, create_worker
from consulta.operations import monitoring
from consulta.platform import security
from consulta.platform.settings import LOOPBACK, Settings
from consulta.platform.work import COMMAND
from consulta.rounds import heads
from consulta.shell.cli import bodies, draining
from consulta.shell.cli.database import is_unused, set_up, tell_first
from consulta.shell.cli.output import now, opened
from consulta.shell.worker.loop import REST, STOPPING, Beside

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from flask import Flask

    from consulta.platform.work import Bench

THREADS = 8
LATE = 8  # threads beside those, for answers that are late on purpose (`platform/web/gate.py`)
CONNECTIONS = 2000  # open at once: those that dawdle must be many to keep the others out
IDLE = 20  # seconds after which a connection on which nothing comes is closed
FEW, OWN_FILES = 100, 100  # connections where files are scarce; files that are no connections
WRITERS = 12  # threads that may wait to write at once; the rest read, and hand out static files
PORTS_TRIED = 20
LONG, MOST = 60.0, 6  # a worker that ran so many seconds starts at once again, else 2^6 seconds later at most
YOUNG = 20_000  # new objects after which the interpreter looks for unused circles: a page makes thousands
OLDER, OLDEST = 10, 1  # looks after which it takes in older objects; and such, after which all of them
POOLS, MAX_POOLS = 2, -8  # of memory, each of which keeps what is free in it; the name of that option in C
_log = logging.getLogger(__name__)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--worker/--no-worker", "working", default=True, help="Send mail, open and close rounds, too.")
@click.option("--one-process", "alone", is_flag=True, help="Do what the worker does in this process, too.")
def serve(host: str, port: int, working: bool, alone: bool) -> None:  # noqa: FBT001 - click names them
    """Serve the pages; put a proxy with https before it where others reach it.

    An empty data folder is set up first. While nobody has an account, the link of the first one is printed.
    """
    if is_unused():
        set_up()
    settings = _addressed(Settings.from_env(), host, port)
    security.set_up(settings.log_format)
    monitoring.require_safe_host(settings, host)
    with opened(settings, patient=True) as bench:
        bench.limit_writers(WRITERS)
        app = create_app(settings, bench)
        with bench.work(COMMAND, now()) as work:
            heads.begin_day(work)
        click.echo(f"consulta on http://{host}:{port}, data in {settings.data}")
        if not os.environ.get("CONSULTA_BASE_URL"):
            click.echo(f"links in mails lead to {settings.base_url}; CONSULTA_BASE_URL sets another address")
        _tell_weak(bench, settings)
        _tell_first(bench, settings)
        with _worker(bench, settings, alone=alone) if working else nullcontext():
            run(app, host, port)


def _addressed(settings: Settings, host: str, port: int) -> Settings:
    """Return the settings with the address at which pages are served, where the environment names none."""
    if os.environ.get("CONSULTA_BASE_URL") or host not in LOOPBACK:
        return settings
    return replace(settings, base_url=f"http://{f'[{host}]' if ':' in host else host}:{port}")


def _tell_weak(bench: Bench, settings: Settings) -> None:
    """Say how much there is to mend, where the site is for others than this machine."""
    if settings.host not in LOOPBACK:
        with bench.read(COMMAND, now()) as work:
            found = sum(each.grade != "well" for each in monitoring.findings(work, settings))
        if found:
            click.echo(f"{found} things to look at before people vote: consulta check --deploy", err=True)


def _tell_first(bench: Bench, settings: Settings) -> None:
    """Print the link of the first administrator while nobody has begun an account, unless one is in force."""
    with bench.work(COMMAND, now()) as work:
        token = staff.first_link(work, another=False)
        waits, language = staff.is_waiting_for_the_first(work), work.languages[0]
    if token is not None:
        tell_first(settings.base_url, language, token)
    elif waits:
        click.echo("nobody has an account yet: use the link that was printed, or consulta init for another")


def _worker(bench: Bench, settings: Settings, *, alone: bool) -> AbstractContextManager[object]:
    """Return what does the worker's work meanwhile: a process of its own, or a thread of this one."""
    if alone:
        return beside(bench, settings)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return WorkerProcess(settings.base_url)


class WorkerProcess:
    """`consulta worker` as a process of its own: its mails do not keep the interpreter from taking votes.

    It is started again where it ends. It ends with this process, however this one ends: its standard input
    is a pipe from here, and it stops when that is closed. Links in its mails begin with `base_url`.
    """

    command = (sys.executable, "-m", "consulta", "worker", "--with-parent")

    def __init__(self, base_url: str) -> None:
        self._environ = {**os.environ, "CONSULTA_BASE_URL": base_url}
        self._stop = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._watch, name="worker", daemon=True)

    def __enter__(self) -> WorkerProcess:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._thread.join(STOPPING)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _watch(self) -> None:
        """Start the worker, and start it again when it ends, a little later each time."""
        waits = 0
        while not self._stop.is_set():
            began = monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - our own
                self.command, stdin=subprocess.PIPE, env=self._environ
            )
            code = self._process.wait()
            if self._stop.is_set():
                return
            waits = 0 if monotonic() - began > LONG else min(waits + 1, MOST)
            _log.warning("worker.ended code=%d", code)
            self._stop.wait(2.0**waits)


def beside(bench: Bench, settings: Settings, rest: float = REST) -> Beside:
    """Return a worker that runs in this process; make SIGTERM end it in good order.

    `rest` is in seconds, between two looks at what is due.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    worker = create_worker(settings, bench)
    worker.rest = rest
    return Beside(worker)


def run(app: Flask, host: str, port: int) -> None:
    """Serve `app` until told to stop; what has arrived by then is answered."""
    app.extensions["consulta"].gate.answer_late(LATE)
    use_memory_well()
    # The server keeps a body on disk until it is complete. What no page takes is not kept (`bodies`).
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        host=host,
        port=port,
        threads=THREADS + LATE,
        connection_limit=_connections(),
        asyncore_use_poll=True,  # select() knows no more than 1,024 files
        channel_timeout=IDLE,
        cleanup_interval=5,
        ident="consulta",
        clear_untrusted_proxy_headers=False,  # the application does, and says so: `platform/web/hops.py`
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
    )
    bodies.drop_large(server)
    try:
        draining.serve_until_stopped(server, sockets)
    finally:
        server.close()


def use_memory_well() -> None:
    """Look for unused circles of objects as fits pages, and let threads share memory: before they begin.

    A page that is in hand at a look makes its objects older ones. By default the C library gives each thread
    a pool of its own.
    """
    gc.collect()
    gc.freeze()  # what is loaded by now stays: it is not looked at again
    gc.set_threshold(YOUNG, OLDER, OLDEST)
    if sys.platform == "linux":
        with suppress(AttributeError):  # only the library of GNU has pools
            ctypes.CDLL(None).mallopt(MAX_POOLS, POOLS)


def _connections() -> int:
    """Return how many connections may be open at once, as the process's limit of open files allows.

    The limit is raised where that is possible and `CONNECTIONS` needs it; `OWN_FILES` of it are left to
    the process. The answer is at most `CONNECTIONS` and at least `FEW`, which is also the answer where
    the system has no such limit.
    """
    if resource is None:
        return FEW
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(FEW, min(CONNECTIONS, soft - OWN_FILES))


def free_port(host: str, wanted: int) -> int:
    """Return `wanted`, or the next port above it on which no program listens.

    Raise click.ClickException if all of the `PORTS_TRIED` ports are taken.
    """
    for port in range(wanted, wanted + PORTS_TRIED):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise click.ClickException(
        f"ports {wanted} to {wanted + PORTS_TRIED - 1} are all taken: name another by --port"
    )
