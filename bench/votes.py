"""How many whole votes a second are taken: link, ballot, review, send, receipt, one voter after the other.

    python -m bench.votes                              # this version, `serve` on SQLite
    python -m bench.votes --before v1.2 serve gunicorn postgresql

With `--before` the version of that commit is measured in the same run, a slice of each in turn, so that what
keeps the machine busy beside them meets both. Clients work in a closed loop: each begins the next voter when
one is done. Besides votes a second it tells what a vote costs of a processor: in the server, in the worker,
in PostgreSQL, and in the client, which shares the machine. Kinds: `serve` (SQLite), `gunicorn` (SQLite, two
processes of four threads, with the settings of docs/proxy/ and without a log of requests), `postgresql` (the
same over PostgreSQL, which is asked each second for transactions that do nothing and statements that wait for
a lock, each for more than two seconds: they are told). gunicorn must be installed; its folder may be named by
`--gunicorn`. Mail is written into files, as fast as it goes; with `--smtp` a mail server on this machine
takes it, no faster than the worker sends to one by default. Nothing reaches another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load import Seen, Voter, exchange, percentile
from bench.table import machine, markdown
from tests.servers import free_port
from tests.smtp import mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parents[1]
GIT = (shutil.which("git") or "git", "-C", str(HERE), "worktree")
KINDS = ("serve", "gunicorn", "postgresql")
PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")
# Run by the version that is measured: its schema, its rounds. Until be7a47ff the folder had another name.
MAKE = """
import json, sys
from importlib import import_module, util
from tests.polling import open_round
home = "consulta.platform" if util.find_spec("consulta.platform") else "consulta.infra"
db = import_module(f"{home}.database")
bench = import_module(f"{home}.work").Bench(db.connect(sys.argv[1]))
db.upgrade(bench.engine)
print(json.dumps([voter.token for voter in open_round(bench, seats=int(sys.argv[2]))]))
"""


# Of one server, all its databases: what holds others up, were it only for a moment.
STALLED = """
SELECT datname, CASE state WHEN 'active' THEN 'waits for a lock' ELSE 'idle in a transaction' END,
extract(epoch FROM now() - greatest(state_change, query_start)), query
FROM pg_stat_activity
WHERE now() - greatest(state_change, query_start) > interval '2 seconds'
AND (state LIKE 'idle in transaction%' OR (state = 'active' AND wait_event_type = 'Lock'))"""


@dataclass
class Measured:
    """What one version did in all its slices."""

    name: str
    tokens: list[str] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    votes: int = 0
    seconds: float = 0.0
    cost: dict[str, float] = field(default_factory=dict)  # processor seconds, by who spent them

    def row(self, kind: str) -> tuple[str, ...]:
        """Return its line in the report."""
        spent = [f"{1000 * self.cost.get(who, 0) / max(self.votes, 1):.1f}" for who in WHO]
        sent = percentile(self.seen.times["send"], 0.95) * 1000
        rate = f"{self.votes / self.seconds:.1f}"
        return (kind, self.name, str(self.votes), rate, *spent, f"{sent:.0f}", str(len(self.seen.errors)))


WHO = ("pages", "worker", "database", "client")


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """Yield a folder with the sources of a commit, its translations compiled."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        subprocess.run([*GIT, "add", "-q", "--detach", folder, commit], check=True)
        subprocess.run([sys.executable, "hatch_build.py"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        yield folder
    finally:
        subprocess.run([*GIT, "remove", "--force", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Running:
    """A server of one version, with a worker, and the database below it."""

    port: int
    parts: dict[str, list[int]]  # processes, by who they are; those that they start count with them
    measured: Measured


@contextmanager
def running(
    tree: Path, name: str, kind: str, seats: int, gunicorn: str, server: str, *, smtp: bool = False
) -> Iterator[Running]:
    """Yield a server of the version in `tree`, over a fresh database with so many seats."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as data,
        ExitStack() as stack,
    ):
        url = f"sqlite:///{data}/consulta.sqlite3"
        database: list[int] = []
        if kind == "postgresql":
            url = stack.enter_context(database_in(server))
        port = free_port()
        environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CONSULTA_")},
            "CONSULTA_DATA": data,
            "CONSULTA_DATABASE": url,
            "CONSULTA_SECRET": secrets.token_urlsafe(32),
            "CONSULTA_BASE_URL": f"http://127.0.0.1:{port}",
            **(stack.enter_context(mailbox()) if smtp else {}),
            "PYTHONPATH": os.pathsep.join([str(tree), *filter(None, [gunicorn]), *_site()]),
        }
        made = subprocess.run(
            [sys.executable, "-c", MAKE, url, str(seats)],
            cwd=tree,
            env=environ,
            check=True,
            capture_output=True,
        )
        tokens = json.loads(made.stdout.decode().splitlines()[-1])
        python = [sys.executable, "-m"]
        if kind == "serve":
            commands = {"pages": [*python, "consulta", "serve", "--port", str(port)]}
        else:
            given = (tree / "docs/proxy/gunicorn.conf.py").read_text(encoding="utf-8")
            quiet = Path(data, "gunicorn.conf.py")
            quiet.write_text(f"{given}\naccesslog = None\n", encoding="utf-8")
            app = ["-c", str(quiet), "--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
            commands = {
                "pages": [*python, "gunicorn", *app, "consulta.app:create_app()"],
                "worker": [*python, "consulta", "worker"],
            }
        parts: dict[str, list[int]] = {"database": database}
        for who, command in commands.items():
            started = subprocess.Popen(
                command, cwd=tree, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(_end, started)
            parts[who] = [started.pid]
        _await(port)
        yield Running(port, parts, Measured(name, tokens))


@contextmanager
def mailbox() -> Iterator[dict[str, str]]:
    """Yield the settings of a mail server on this machine."""
    with mail_server() as (_box, port):
        yield {
            "CONSULTA_SMTP_HOST": "127.0.0.1",
            "CONSULTA_SMTP_PORT": str(port),
            "CONSULTA_SMTP_TLS": "none",
            "CONSULTA_MAIL_SENDER": "consulta <voto@example.org>",
        }


def _site() -> list[str]:
    return [each for each in sys.path if each.endswith("site-packages")]


@contextmanager
def database_in(server: str) -> Iterator[str]:
    """Yield the address of an empty database of its own on a PostgreSQL server."""
    from sqlalchemy import create_engine, make_url, text  # noqa: PLC0415

    name = f"bench_{secrets.token_hex(4)}"
    engine = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield (
            make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        )
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(port: int) -> None:
    """Wait for an answer: gunicorn takes connections long before a process of it has loaded the program."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            exchange(port, "GET", "/live", "", None)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def spent(parts: dict[str, list[int]]) -> dict[str, float]:
    """Return the processor seconds spent so far, by who spent them; a worker stands alone."""
    children: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    words: dict[int, str] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                rest = (each / "stat").read_text().rpartition(")")[2].split()
                words[int(each.name)] = (each / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            children.setdefault(int(rest[1]), []).append(int(each.name))
            times[int(each.name)] = sum(int(rest[place]) for place in (11, 12, 13, 14)) / TICKS
    found = dict.fromkeys(WHO, 0.0)
    for who, roots in parts.items():
        waiting = list(roots)
        while waiting:
            number = waiting.pop()
            mine = "worker" if "consulta worker" in words.get(number, "") else who
            found[mine] += times.get(number, 0.0)
            waiting += children.get(number, ())
    own = os.times()
    return found | {"client": own.user + own.system}


def slice_of(server: Running, clients: int, seconds: float) -> None:
    """Let so many clients vote for so long, each seat once; what it took is added to what was measured."""
    measured, lock = server.measured, threading.Lock()
    until = time.monotonic() + seconds
    before, began, count = spent(server.parts), time.monotonic(), 0

    def go_on() -> int:
        done = 0
        while time.monotonic() < until:
            with lock:
                if not measured.tokens:
                    return done
                token = measured.tokens.pop()
            Voter(server.port, token, measured.seen).vote()
            done += 1
        return done

    with ThreadPoolExecutor(clients) as pool:
        count = sum(each.result() for each in [pool.submit(go_on) for _ in range(clients)])
    measured.seconds += time.monotonic() - began
    measured.votes += count
    for who, seconds_spent in spent(server.parts).items():
        measured.cost[who] = measured.cost.get(who, 0.0) + seconds_spent - before[who]


def postgres_pids() -> list[int]:
    """Return the first processes of PostgreSQL servers on this machine."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                words = (each / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if words[0].rpartition("/")[2] in {"postgres", "postmaster"} and "-D" in words:
                found.append(int(each.name))
    return found


def measure(kind: str, chosen: argparse.Namespace) -> list[tuple[str, ...]]:
    """Return the lines of the report for one kind of server."""
    with ExitStack() as stack:
        address, base = stack.enter_context(postgres()) if kind == "postgresql" else ("", [])
        if address:
            stack.enter_context(watched(address))
        trees = {"now": HERE}
        if chosen.before:
            trees = {"before": stack.enter_context(tree_of(chosen.before)), **trees}
        servers = [
            stack.enter_context(
                running(tree, name, kind, chosen.seats, chosen.gunicorn, address, smtp=chosen.smtp)
            )
            for name, tree in trees.items()
        ]
        for each in servers:
            each.parts["database"] = base
            slice_of(each, 4, 5.0)  # what each process does once is not measured
            each.measured = Measured(each.measured.name, each.measured.tokens)
        for _ in range(chosen.slices):
            for each in servers:
                slice_of(each, chosen.clients, chosen.seconds)
        measured = [each.measured for each in servers]
    for found in measured:
        for error in sorted(set(found.seen.errors))[:5]:
            print(f"{kind} {found.name}: {error}", file=sys.stderr)
    rows = [found.row(kind) for found in measured]
    return [*rows, _ratios(kind, *measured)] if len(measured) > 1 else rows


@contextmanager
def postgres() -> Iterator[tuple[str, list[int]]]:
    """Yield the address of a PostgreSQL server that was started for this, and its first process."""
    from tests.postgres import running_server  # noqa: PLC0415 - it needs psycopg, which SQLite does not

    known = set(postgres_pids())
    with running_server() as address:
        yield address, [each for each in postgres_pids() if each not in known]


@contextmanager
def watched(address: str) -> Iterator[None]:
    """Tell meanwhile, once a second, what stalls in a PostgreSQL server (`STALLED`)."""
    from psycopg import connect  # noqa: PLC0415 - see above

    over = threading.Event()

    def watch() -> None:
        with connect(address, autocommit=True) as connection:
            while not over.wait(1.0):
                for name, how, seconds, query in connection.execute(STALLED):
                    print(
                        f"{name} {how} for {seconds:.0f} s: {' '.join(query.split())[-200:]}", file=sys.stderr
                    )

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            over.set()
            watching.result()


def _ratios(kind: str, before: Measured, now: Measured) -> tuple[str, ...]:
    def ratio(new: float, old: float) -> str:
        return f"× {new / old:.2f}" if old > 0 else ""

    costs = [ratio(now.cost[who] / max(now.votes, 1), before.cost[who] / max(before.votes, 1)) for who in WHO]
    sent = ratio(percentile(now.seen.times["send"], 0.95), percentile(before.seen.times["send"], 0.95))
    return (
        kind,
        "ratio",
        "",
        ratio(now.votes / now.seconds, before.votes / before.seconds),
        *costs,
        sent,
        "",
    )


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.votes", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; by default serve")
    parser.add_argument("--before", default="", help="a commit that is measured in the same run")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each slice")
    parser.add_argument("--slices", type=int, default=3, help="of each version, in turn")
    parser.add_argument("--seats", type=int, default=3000)
    parser.add_argument("--gunicorn", default="", help="the folder in which gunicorn is installed")
    parser.add_argument("--smtp", action="store_true", help="mail leaves through a server, at the usual rate")
    chosen = parser.parse_args()
    rows = [row for kind in chosen.kinds or ["serve"] for row in measure(kind, chosen)]
    costs = [f"ms of {who} a vote" for who in WHO]
    headings = ("kind", "version", "votes", "a second", *costs, "95% sent within ms", "errors")
    print(f"{machine()}.\n\n{markdown(headings, rows, {0, 1})}")


if __name__ == "__main__":
    main()
