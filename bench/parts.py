"""Processor time, memory and bytes of a count from parts, beside the same ballots counted at once.

    python -m bench.parts --ballots 1000000 10000000 --engines here processes dask

Ballots are made up as for the other measurements. One part is written; a larger round has it several times
under other names, which reads and counts as so many parts do. Each count runs in a process of its own:
processor time is that of all its processes, peak that of the largest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import data
from bench.effects import SECRET
from consulta.core.counting import divided
from consulta.core.counting.divided import SIZE, Manifest
from consulta.core.trust import chance
from consulta.core.values import Bundle, Round, Rules, Seat, Seed, Theme
from consulta.results.parts import files

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("here", "processes", "dask")

CHILD = """
import resource, sys, time
from pathlib import Path
import numpy as np
if __name__ == "__main__":
    folder, engine, workers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if engine == "at once":
        from consulta.core.counting import count, divided
        from consulta.core.counting.profile import codes_of, from_columns
        from consulta.results.parts import files
        found = files.open_folder(folder)
        rows = divided.joined([found.rows(part) for part in found.manifest.parts])
        began, used = time.perf_counter(), time.process_time()
        whole = found.divided(None)
        election, kinds = whole.election(), divided.seats_of(found.manifest)
        codes, names = codes_of(kinds, election.dimensions)
        ballots = from_columns(
            rows.ranks, {d: own[rows.kind] for d, own in codes.items()}, names, objectives=rows.objectives
        )
        result = count.count_profile(election, ballots, 0).to_json()
    else:
        from consulta.results.parts import counting
        began, used = time.perf_counter(), time.process_time()
        result = counting.count(folder, engine, workers=workers)
    passed = time.perf_counter() - began
    told = Path("/proc/self/status").read_text("ascii").splitlines()
    peak = int(next(line for line in told if line.startswith("VmHWM")).split()[1])
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = time.process_time() - used + others.ru_utime + others.ru_stime
    import hashlib
    digest = hashlib.sha256(result).hexdigest()[:12]
    print(f"{took:.1f}|{passed:.1f}|{peak / 1000:.0f}|{others.ru_maxrss / 1000:.0f}|{digest}")
"""


def written(folder: Path, ballots: int) -> Manifest:
    """Write a round of so many ballots, of which all but the first part are that part again."""
    drawn = data.make_round(min(ballots, SIZE), top=5)
    keys = [f"t{number:02}" for number in range(drawn.ranks.shape[1])]
    names = [name for name in drawn.categories if name != "country"]
    rest = Bundle(
        round=Round("2027-1", {"es": "R"}, "2027-03-05T22:00:00Z"),
        rules=Rules(),
        themes=tuple(
            Theme(key, {"es": key}, tuple(data.numbers(int(mask))))
            for key, mask in zip(keys, drawn.theme_objectives, strict=True)
        ),
        seats=(),
        ballots=(),
        nominees=(),
        seed=Seed(chance.commitment(bytes.fromhex(SECRET)), SECRET, ""),
    )
    columns = {name: drawn.categories[name].tolist() for name in (*names, "country")}

    def seats() -> Iterator[Seat]:
        for number, country in enumerate(columns["country"]):
            yield Seat(
                f"s{number:07}", f"c{country:02}", {name: str(columns[name][number]) for name in names}
            )

    def lines() -> Iterator[str]:
        masks = drawn.objectives.tolist()
        order = np.argsort(drawn.ranks, axis=1, kind="stable").tolist()
        named = np.count_nonzero(drawn.ranks, axis=1).tolist()
        for number, (mask, themes, many) in enumerate(zip(masks, order, named, strict=True)):
            ranking = ",".join(f'["{keys[theme]}"]' for theme in themes[len(themes) - many :])
            said = ",".join(map(str, data.numbers(mask)))
            yield (f'{{"endorsements":[],"objectives":[{said}],"ranking":[{ranking}],"seat":"s{number:07}"}}')

    manifest = files.write(folder, rest, seats(), lines())
    times = -(-ballots // SIZE)
    return manifest if times == 1 else _repeated(folder, manifest, times)


def _repeated(folder: Path, manifest: Manifest, times: int) -> Manifest:
    """Return a round that has the only part of another so many times."""
    (part,), (roll,) = manifest.parts, manifest.roll
    for number in range(1, times):
        os.link(folder / f"{part.name}.npz", folder / f"ballots-{number:05}.npz")
    again = replace(
        manifest,
        root=divided.root_of([part.root] * times),
        ballots=manifest.ballots * times,
        seats=manifest.seats * times,
        kinds=tuple(
            replace(kind, seats=kind.seats * times, ballots=kind.ballots * times) for kind in manifest.kinds
        ),
        parts=tuple(
            replace(part, name=f"ballots-{number:05}", first=f"s{number:05}a", last=f"s{number:05}b")
            for number in range(times)
        ),
        roll=tuple(
            replace(roll, name=f"seats-{number:05}", first=f"s{number:05}a", last=f"s{number:05}b")
            for number in range(times)
        ),
    )
    (folder / files.MANIFEST).write_bytes(again.to_json())
    return again


def measured(folder: Path, engine: str, workers: int) -> list[str]:
    """Return processor time, time passed, peaks and digest of one count."""
    with tempfile.NamedTemporaryFile(
        "w", suffix=".py"
    ) as program:  # processes import what they were started from
        program.write(CHILD)
        program.flush()
        done = subprocess.run(
            [sys.executable, program.name, str(folder), engine, str(workers)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout.strip().split("|")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[SIZE])
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=ENGINES)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    head = ("ballots", "parts", "bytes a ballot: lines, columns", "engine", "processor, s", "passed, s")
    print(f"| {' | '.join((*head, 'peak, MB', 'largest worker, MB', 'result'))} |")
    print("| ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | --- |", flush=True)
    for ballots in chosen.ballots:
        with tempfile.TemporaryDirectory() as name:
            folder, began = Path(name, "ballots"), time.monotonic()
            manifest = written(folder, ballots)
            print(f"written in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            first = manifest.parts[0]
            sizes = [(folder / f"{first.name}{end}").stat().st_size for end in (".jsonl.gz", ".npz")]
            told = ", ".join(f"{size / first.ballots:.1f}" for size in sizes)
            for engine in (*(["at once"] if len(manifest.parts) == 1 else []), *chosen.engines):
                row = measured(folder, engine, chosen.workers)
                cells = [f"{manifest.ballots:,}", str(len(manifest.parts)), told, engine, *row]
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
