"""Whether networks of unequal base make a count slower: `python -m bench.networks --write docs/bench.md`.

The same ballots are counted once with a base of one each, once with networks: one
ballot in twenty counts for 2 to 400 organisations. Both counts take turns. Told are their shortest processor
times and the middle one of the turns' ratios, so that other work on the machine has little say. `--write`
puts the table in place of the one in a file.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import data, table
from consulta.core.counting.count import count_arrays
from consulta.core.values import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

START, END = "<!-- networks: made by bench/networks.py -->", "<!-- end of networks -->"
SEED = "5eed" * 16
NETWORKS = 20
"""One ballot of so many is a network's."""

SIZES = (2, 3, 5, 8, 12, 20, 35, 60, 120, 400)


def bases(ballots: int) -> npt.NDArray[np.int64]:
    """The base of each ballot: mostly one, of networks any of `SIZES`, small ones more often."""
    chance = np.random.default_rng(data.SEED)
    found = np.ones(ballots, dtype=np.int64)
    here = np.flatnonzero(chance.random(ballots) < 1 / NETWORKS)
    shares = 1 / np.arange(1, len(SIZES) + 1)
    found[here] = chance.choice(SIZES, len(here), p=shares / shares.sum())
    return found


def arrays(ballots: int) -> dict[str, Any]:
    """A made-up round as the count takes it."""
    drawn = data.make_round(ballots)
    dimensions = ("subregion", "sector")
    masks = drawn.theme_objectives.tolist()
    return {
        "ranks": drawn.ranks,
        "categories": {name: drawn.categories[name] for name in dimensions},
        "seats": {name: drawn.seats[name] for name in dimensions},
        "rules": Rules(),
        "seed": SEED,
        "objectives": drawn.objectives,
        "theme_objectives": [[bit + 1 for bit in range(23) if mask >> bit & 1] for mask in masks],
    }


def measured(ballots: int, replicates: int, turns: int) -> tuple[float, float, float]:
    """The shortest processor time with a base of one each, with networks, and the middle ratio of a turn."""
    given, networks = arrays(ballots), bases(ballots)
    times: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(2 * turns):
        unequal = turn % 4 in {1, 2}  # neither is always the first of a turn
        before = time.process_time()
        count_arrays(**given, base=networks if unequal else None, resamples=replicates)
        times[unequal].append(time.process_time() - before)
    ratios = [with_ / without for without, with_ in zip(times[False], times[True], strict=True)]
    return min(times[False]), min(times[True]), statistics.median(ratios)


def report(ballots: Sequence[int], turns: int) -> Iterator[str]:
    """The lines of the table."""
    yield "| ballots | replicates | base of one each | with networks | ratio |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for number in ballots:
        for replicates in (0, 1_000):
            equal, unequal, ratio = measured(number, replicates, turns)
            yield f"| {number:,} | {replicates:,} | {equal:.2f} s | {unequal:.2f} s | × {ratio:.2f} |"


def put(lines: Sequence[str], path: Path) -> None:
    """Put a table in place of the one between the marks of a file."""
    head, rest = path.read_text(encoding="utf-8").split(START)
    _, tail = rest.split(END, 1)
    path.write_text("\n".join((head + START, *lines, END + tail)), encoding="utf-8")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.networks", description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--write", type=Path, help="the file whose table is replaced")
    chosen = parser.parse_args()
    print(f"{table.machine()}\n")
    lines = []
    for line in report(chosen.ballots, chosen.turns):
        print(line, flush=True)
        lines.append(line)
    if chosen.write:
        put(lines, chosen.write)


if __name__ == "__main__":
    main()
