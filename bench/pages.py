"""What each page of a vote costs of a processor, without a server, a client or a network beside it.

    python -m bench.pages                                   # this version
    python -m bench.pages --before v1.2 --database postgresql

With `--before` the version of that commit runs at the same time as this one, so that what else keeps the
machine busy meets both. Processor time of the one thread that makes the pages; means over all votes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from bench.load import PAGES
from bench.table import machine, markdown
from bench.votes import HERE, database_in, postgres, tree_of

PROGRAM = Path(__file__).parent / "programs" / "vote_pages.py"


def told_by(program: Path, chosen: argparse.Namespace, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return what a program prints of each version, by its name; the address of a database comes last."""
    with ExitStack() as stack:
        trees = {"now": HERE}
        if chosen.before:
            trees = {"before": stack.enter_context(tree_of(chosen.before)), **trees}
        address = stack.enter_context(postgres())[0] if chosen.database == "postgresql" else ""
        running: dict[str, subprocess.Popen[bytes]] = {}
        errors: dict[str, IO[bytes]] = {}
        for name, tree in trees.items():
            url = stack.enter_context(database_in(address)) if address else ""
            path = os.pathsep.join(
                [str(tree), *(each for each in sys.path if each.endswith("site-packages"))]
            )
            errors[name] = stack.enter_context(TemporaryFile())
            running[name] = subprocess.Popen(
                [sys.executable, program, *arguments, url],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                stderr=errors[name],
            )
        told = {}
        for name, each in running.items():
            lines = each.communicate()[0].splitlines()
            if each.returncode:
                errors[name].seek(0)
                raise SystemExit(f"{program.name}, {name}: {errors[name].read().decode(errors='replace')}")
            told[name] = json.loads(lines[-1])
        return told


def report(measured: dict[str, dict[str, Any]]) -> str:
    """Return a table in milliseconds, with ratios where two versions ran."""
    means = {
        name: {page: 1000 * sum(found["times"][page]) / len(found["times"][page]) for page in PAGES}
        for name, found in measured.items()
    }
    rows = []
    for page in (*PAGES, "all"):
        took = [sum(each.values()) if page == "all" else each[page] for each in means.values()]
        ratio = [f"× {took[1] / took[0]:.2f}"] if len(took) > 1 else []
        rows.append((page, *(f"{each:.2f}" for each in took), *ratio))
    counts = [found["statements"] for found in measured.values()]
    ratio = [f"× {counts[1] / counts[0]:.2f}"] if len(counts) > 1 else []
    rows.append(("statements", *(f"{each:.0f}" for each in counts), *ratio))
    headings = ("page", *(f"{name}, ms" for name in means), *(["ratio"] if len(means) > 1 else []))
    return f"{machine()}.\n\n{markdown(headings, rows, {0})}"


def options(name: str, about: str | None) -> argparse.ArgumentParser:
    """Return what a command asks: which version is measured beside this one, over which database."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--before", default="", help="a commit that is measured at the same time")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser


def main() -> None:
    """Measure what is asked for."""
    parser = options("pages", __doc__)
    parser.add_argument("--votes", type=int, default=150)
    chosen = parser.parse_args()
    print(report(told_by(PROGRAM, chosen, str(chosen.votes))))


if __name__ == "__main__":
    main()
