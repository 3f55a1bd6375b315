"""Processor time and the most memory from a closed round to its publication, beside an earlier version.

    python -m bench.publish postgresql --before COMMIT --ballots 10000 100000 --secrecy open

The round is filled in bulk, with a row of the log for each vote. Each step runs in a process of its own: what
counts and publishes is the application itself. Peak is the whole process, its libraries included (100 MB).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import update

from bench import data, store
from bench.million import ROOT, earlier
from consulta.platform import database as db
from consulta.platform.models import Round
from consulta.platform.work import COMMAND, Bench

CHILD = """
import sys, time
from datetime import UTC, datetime
from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
from consulta.results import service
step, address, key = sys.argv[1:]
bench, said = Bench(db.connect(address)), step
begun = time.process_time()
try:
    with bench.work(COMMAND, datetime(2027, 3, 6, tzinfo=UTC)) as work:
        getattr(service, step)(work, key)
except Problem as problem:
    said = f"refused: {problem.code} {problem.params}"
took = time.process_time() - begun
told = open("/proc/self/status", encoding="ascii").read().splitlines()
peak = next(line for line in told if line.startswith("VmHWM"))
print(f"{int(peak.split()[1]) / 1000:.0f}|{took:.1f}|{said}")
"""


def prepare(address: str, ballots: int, secrecy: str) -> None:
    """Fill a closed round in a mode of secrecy, with the log's rows of its votes and of its closing."""
    engine = db.connect(address)
    store.fill(engine, data.make_round(ballots, top=data.TOP))
    with engine.execution_options(**{db.WRITES: True}).begin() as connection:
        connection.execute(update(Round).values(secrecy=secrecy))
    bench = Bench(engine)
    for start in range(1, ballots + 1, 10_000):
        with bench.work(COMMAND, store.CLOSED) as work:
            for seat in range(start, min(start + 10_000, ballots + 1)):
                work.record("ballot.cast", f"seat:{seat}", {"receipt": f"{seat:064x}"})
    with bench.work(COMMAND, store.CLOSED) as work:
        work.record("rounds.closed", "round:1", {"late": 0})
    engine.dispose()


def measured(program: Path, step: str, address: str) -> list[str]:
    """Return peak in MB, processor seconds and what was done, of one step of one version."""
    code = f"import sys; sys.path.insert(0, {str(program)!r})\n{CHILD}"
    done = subprocess.run(
        [sys.executable, "-c", code, step, address, store.KEY],
        check=False, capture_output=True, text=True, cwd=program,
    )  # fmt: skip
    if done.returncode:
        return ["-", "-", (done.stderr.strip().splitlines() or ["ended"])[-1]]
    return done.stdout.strip().split("|")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.publish", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["sqlite"])
    parser.add_argument("--ballots", type=int, nargs="*", default=[10_000])
    parser.add_argument("--secrecy", nargs="*", default=["aggregate", "open"])
    parser.add_argument("--before", metavar="COMMIT", help="Measure the program of this commit too.")
    chosen = parser.parse_args()
    print("| database | ballots | secrecy | program | step | peak, MB | processor, s | |")
    print("| --- | ---: | --- | --- | --- | ---: | ---: | --- |", flush=True)
    with tempfile.TemporaryDirectory() as name:
        programs = {"now": ROOT}
        if chosen.before:
            programs = {"before": earlier(chosen.before, Path(name) / "before"), **programs}
        for kind in chosen.kinds:
            for ballots in chosen.ballots:
                for secrecy in chosen.secrecy:
                    for which, program in programs.items():
                        with store.database(kind) as address:
                            prepare(address, ballots, secrecy)
                            for step in ("count", "publish"):
                                row = [kind, f"{ballots:,}", secrecy, which, step]
                                print(
                                    f"| {' | '.join([*row, *measured(program, step, address)])} |", flush=True
                                )


if __name__ == "__main__":
    main()
