"""Install the peers, measure, print one report: `python -m bench`, or `make bench`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench import peers, run, table
from bench.measure import Patience

QUICK = (10**3, 10**4, 10**5, 10**6)
FULL = (*QUICK, 10**7)
MINUTES = 8.0
LIMITS = {False: 15.0, True: 60.0}
FIRM = {False: 10**5, True: 10**6}
"""Ballots at which leaving out and resampling are measured."""


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to ten million, and patient with slow peers")
    parser.add_argument("--largest", type=int, default=FULL[-1], help="no sizes above this")
    parser.add_argument("--only", choices=tuple(run.PARTS), help="one part")
    parser.add_argument("--out", type=Path, help="write the report here as well")
    chosen = parser.parse_args()
    began = time.monotonic()
    run.say("Installing the libraries to compare with, each in an environment of its own")
    installed = peers.install_all(chosen.only)
    for name, found in installed.items():
        run.say(f"  {name}: {found.version or f'not installed: {found.reason}'}")
    limit = LIMITS[chosen.full]
    state = run.Run(
        sizes=tuple(n for n in (FULL if chosen.full else QUICK) if n <= chosen.largest),
        patience=Patience(limit),
        installed=installed,
        firm=FIRM[chosen.full],
        ends=float("inf") if chosen.full else time.monotonic() + MINUTES * 60,
    )
    parts = [_opening(limit, full=chosen.full)]
    for name, measured in run.PARTS.items():
        if chosen.only in {None, name}:
            parts.append(measured(state))
    parts.append(run.linearity(state))
    parts.append(f"Measured in {(time.monotonic() - began) / 60:.0f} minutes.\n")
    report = "\n".join(parts)
    print(report)
    if chosen.out:
        chosen.out.write_text(report, "utf-8")


def _opening(limit: float, *, full: bool) -> str:
    return (
        f"# consulta beside other libraries\n\n{table.machine()}. {'Full' if full else 'Quick'} run.\n\n"
        "Each program runs in a process of its own on the same arrays; medians of up to seven runs, after a "
        "first one on a few rows. *build*: making the library's own objects from arrays; *peak*: the most "
        "memory beyond the program itself, inputs included. A peer that takes more than "
        f"{limit:.0f} s is stopped. Times in brackets belong to answers that are not right or break the "
        "bounds.\n"
    )


if __name__ == "__main__":
    main()
