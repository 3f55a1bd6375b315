"""How many rows a second the log takes from several writers at once, on PostgreSQL with a disk.

    python -m bench.writers --before COMMIT --writers 1 4 16

Each writer is a process with a connection of its own that writes rows like those of votes, one a transaction.
Afterwards the whole log is read: as many rows as were acknowledged, and no break. With `--before` the version
of that commit is measured in turn with this one. A vote does more than this (`bench.votes`).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import psycopg

from bench import store
from bench.million import ROOT, earlier
from consulta.platform import database as db
from consulta.platform.log import chain
from consulta.platform.work import COMMAND, Bench
from tests.postgres import running_server

WRITER = """
import sys, time
from datetime import UTC, datetime
from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
bench = Bench(db.connect(sys.argv[1]))
with bench.read(COMMAND, datetime.now(UTC)) as work:
    work.session.connection()
print("ready", flush=True)
seconds, done = float(sys.stdin.readline()), 0
until = time.monotonic() + seconds
while time.monotonic() < until:
    with bench.work(COMMAND, datetime.now(UTC)) as work:
        work.record("ballot.cast", f"seat:{sys.argv[2]}", {"receipt": f"{done:064x}"})
    done += 1
print(done)
"""


def measured(program: Path, address: str, writers: int, seconds: float) -> float:
    """Return rows a second. Raise RuntimeError where the log has more or fewer rows, or a break."""
    bench = Bench(db.connect(address))
    before = _checked(bench)
    code = f"import sys; sys.path.insert(0, {str(program)!r})\n{WRITER}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, address, str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=program,
        )
        for number in range(1, writers + 1)
    ]  # fmt: skip
    for process in processes:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError("a writer did not begin")
    done = 0
    for process in processes:
        if process.stdin is not None:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
    for process in processes:
        done += int(process.communicate()[0])
    if (rows := _checked(bench) - before) < done:
        raise RuntimeError(f"{done} rows were acknowledged, and {rows} are there")
    bench.engine.dispose()
    return done / seconds


def _checked(bench: Bench) -> int:
    """Return how many rows the log has. Raise RuntimeError at a break."""
    with bench.read(COMMAND, store.CLOSED) as work:
        if list(chain.breaks(work.session)):
            raise RuntimeError("the log has a break")
        return chain.size(work.session)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.writers", description=__doc__)
    parser.add_argument("--writers", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--slices", type=int, default=3, help="How often each is measured, in turn.")
    parser.add_argument("--delay", type=int, default=0, help="Microseconds that the disk takes longer.")
    parser.add_argument("--before", metavar="COMMIT", help="Measure the program of this commit too.")
    chosen = parser.parse_args()
    print("| writers | program | rows a second |")
    print("| ---: | --- | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as name, running_server(on_disk=True) as server:
        address = server.replace("postgresql://", "postgresql+psycopg://")
        programs = {"now": ROOT}
        if chosen.before:
            programs = {"before": earlier(chosen.before, Path(name) / "before"), **programs}
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET commit_siblings = 0")
            connection.execute(f"ALTER SYSTEM SET commit_delay = {chosen.delay}")
            connection.execute("SELECT pg_reload_conf()")
        db.upgrade(db.connect(address))
        for writers in chosen.writers:
            found: dict[str, list[float]] = {which: [] for which in programs}
            for _ in range(chosen.slices):
                for which, program in programs.items():
                    found[which].append(measured(program, address, writers, chosen.seconds))
            for which, rates in found.items():
                print(f"| {writers} | {which} | {median(rates):,.0f} |", flush=True)


if __name__ == "__main__":
    main()
