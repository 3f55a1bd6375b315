"""The command that serves the pages."""

from __future__ import annotations

import signal
import socket
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

import click
from waitress import create_server

from consulta.app import create_app, create_worker
from consulta.cli.output import now, opened
from consulta.infra import logs
from consulta.infra.settings import LOOPBACK, Settings
from consulta.infra.work import COMMAND
from consulta.monitoring import deploy
from consulta.rounds import heads
from consulta.worker import Beside

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from flask import Flask

    from consulta.infra.work import Bench

THREADS = 8
LATE = 8  # threads beside those, for answers that are late on purpose (`web/gate.py`)
CONNECTIONS = 2000  # open at once: those that dawdle must be many to keep the others out
IDLE = 20  # seconds after which a connection on which nothing comes is closed
FEW, OWN_FILES = 100, 100  # connections where files are scarce; files that are no connections
WRITERS = 12  # threads that may wait to write at once; the rest read, and hand out static files
PORTS_TRIED = 20


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--worker/--no-worker", "working", default=True, help="Send mail, open and close rounds, in here too."
)
def serve(host: str, port: int, working: bool) -> None:  # noqa: FBT001 - click names it on the command line
    """Serve the pages; put a proxy with https before it where others reach it."""
    settings = Settings.from_env()
    logs.set_up(settings.log_format)
    deploy.require_safe_host(settings, host)
    with opened(settings) as bench:
        bench.limit_writers(WRITERS)
        app = create_app(settings, bench)
        with bench.work(COMMAND, now()) as work:
            heads.begin_day(work)
        click.echo(f"consulta on http://{host}:{port}, data in {settings.data}")
        _tell_weak(bench, settings)
        with beside(bench, settings) if working else nullcontext():
            run(app, host, port)


def _tell_weak(bench: Bench, settings: Settings) -> None:
    """Say how much there is to mend, where the site is for others than this machine."""
    if settings.host not in LOOPBACK:
        with bench.read(COMMAND, now()) as work:
            found = sum(each.grade != "well" for each in deploy.findings(work, settings))
        if found:
            click.echo(f"{found} things to look at before people vote: consulta check --deploy", err=True)


def beside(bench: Bench, settings: Settings) -> Beside:
    """Return a worker that runs in this process; make SIGTERM end it in good order."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return Beside(create_worker(settings, bench))


def run(app: Flask, host: str, port: int) -> None:
    """Serve `app` until interrupted."""
    app.extensions["consulta"].gate.answer_late(LATE)
    # The server keeps a body on disk until it is complete: what no page takes must not fill the disk.
    server = create_server(
        app,
        host=host,
        port=port,
        threads=THREADS + LATE,
        connection_limit=_connections(),
        asyncore_use_poll=True,  # select() knows no more than 1,024 files
        channel_timeout=IDLE,
        cleanup_interval=5,
        ident="consulta",
        clear_untrusted_proxy_headers=False,  # the application does, and says so: `web/hops.py`
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
    )
    try:
        server.run()
    finally:
        server.close()


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
