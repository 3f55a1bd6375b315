"""The server is killed at moments of chance while people vote: is any vote lost, or there twice?

    python -m bench.kills                                    # 500 kills over SQLite
    python -m bench.kills --database postgresql --kills 500 --minutes 30

Four voters send one version after the other, without a pause, and send a form anew when no answer comes. The
process that serves the pages gets SIGKILL at a moment of chance after its first receipt; over PostgreSQL
every tenth kill goes to one of the database's processes instead, and PostgreSQL recovers from its log. At the
end every acknowledged version must be there once, with its content, the last one must count, and the log, the
receipts and the seals must hold (`consulta check`). The servers are forked from a process that has made the
application, so that many kills take little time. No kill is begun after `--minutes`, nor after SIGTERM, as
`timeout` sends it: what was done until then is looked at and told. Exit 1 if anything is amiss.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import secrets
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text

from bench.table import machine
from consulta.platform import database as db
from consulta.platform.work import Bench
from tests.killing import Hand, amiss, keep_serving
from tests.polling import open_round
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

VOTERS = 4
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
LATEST = 0.3  # seconds after the first receipt of a server until it is killed, at most
PATIENCE = 600.0  # seconds: a busy machine may leave a new server little of its time
TOLD = 10  # after so many kills a line is printed
CHANCE = secrets.SystemRandom()
EACH = 10  # of so many kills one is PostgreSQL's


@dataclass
class Killed:
    """What was done and seen."""

    kills: int = 0
    of_database: int = 0
    hands: list[Hand] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)  # set where no more kills are asked for

    @property
    def heard(self) -> int:
        """Return how many votes were acknowledged."""
        return sum(len(hand.acknowledged) for hand in self.hands)


def go_on(
    restart: Callable[[], None], killed: Killed, most: int, until: float, backend: Callable[[], int]
) -> None:
    """Kill servers until enough were killed, or it is over or ended; the last one goes on serving."""
    while killed.kills < most and time.monotonic() < until and not killed.ended.is_set():
        before, deadline = killed.heard, time.monotonic() + PATIENCE
        while killed.heard == before:
            if killed.ended.wait(0.002):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the server takes no votes")
        time.sleep(CHANCE.uniform(0, LATEST))
        killed.kills += 1
        if killed.kills % TOLD == 0:
            print(f"{killed.kills} kills, {killed.heard} votes acknowledged", file=sys.stderr, flush=True)
        if killed.kills % EACH == 0 and (number := backend()):
            os.kill(number, signal.SIGKILL)
            killed.of_database += 1
        else:
            restart()


def run(database: str, kills: int, minutes: float) -> tuple[Killed, list[str]]:
    """Let people vote while servers are killed; return what was seen, and what is amiss."""
    killed, stop = Killed(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: killed.ended.set())
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True))
        url = f"sqlite:///{folder}/consulta.sqlite3"
        if database == "postgresql":
            url = stack.enter_context(_postgres())
        port = free_port()
        os.environ |= {
            "CONSULTA_DATA": folder,
            "CONSULTA_DATABASE": url,
            "CONSULTA_SECRET": secrets.token_urlsafe(32),
            "CONSULTA_BASE_URL": f"http://127.0.0.1:{port}",
        }
        bench = Bench(db.connect(url))
        killed.hands = _ready(bench, port)
        restart = stack.enter_context(_serving(port))
        restart()
        with ThreadPoolExecutor(VOTERS) as pool:
            voting = [pool.submit(hand.go_on, stop) for hand in killed.hands]
            try:
                until = time.monotonic() + minutes * 60
                go_on(restart, killed, kills, until, lambda: _backend(bench))
            finally:
                stop.set()
            for each in voting:
                each.result(timeout=PATIENCE)
        return killed, amiss(bench, killed.hands)


@contextmanager
def _serving(port: int) -> Iterator[Callable[[], None]]:
    """Yield what kills the process that serves, if there is one, and lets another one serve."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=keep_serving, args=(port, there), daemon=True)
    process.start()

    def restart() -> None:
        here.send("anew")
        here.recv()

    try:
        yield restart
    finally:
        here.send("")
        process.join()


def _postgres() -> AbstractContextManager[str]:
    from tests.postgres import running_server  # noqa: PLC0415 - it needs psycopg, which SQLite does not

    return running_server()


def _ready(bench: Bench, port: int) -> list[Hand]:
    """Make a round in an empty database, and those who vote in it."""
    db.upgrade(bench.engine)
    hands = [Hand(port, voter, patience=PATIENCE) for voter in open_round(bench, seats=VOTERS)]
    bench.engine.dispose()
    return hands


def _backend(bench: Bench) -> int:
    """Return the number of a process in which PostgreSQL serves the pages; 0 where there is none."""
    if bench.engine.dialect.name != "postgresql":
        return 0
    with bench.engine.connect() as connection:
        numbers = list(connection.execute(text(BACKENDS)).scalars())
    bench.engine.dispose()
    return CHANCE.choice(numbers) if numbers else 0


def main() -> None:
    """Kill as often as is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    began = time.monotonic()
    killed, found = run(chosen.database, chosen.kills, chosen.minutes)
    again = sum(hand.again for hand in killed.hands)
    print(
        f"{machine()}.\n\n{chosen.database}: {killed.kills} kills in {time.monotonic() - began:.0f} s, "
        f"{killed.of_database} of them of a process of the database; {killed.heard} votes acknowledged, "
        f"{again} requests sent anew; amiss: {len(found)}."
    )
    for each in found[:20]:
        print(f"- {each}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
