"""Time and the most memory of a count, of open data, by the number of ballots: `python -m bench.memory`.

Each runs in a process of its own over a made-up bundle file; peak is the process whole, with the program
itself, which is told apart by a run on a hundred ballots.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import effects
from consulta.core.counting import files

FEW = 100
PARTS = ("count", "data")


def run(part: str, folder: Path) -> None:
    """Do one part over the files of a folder; this is what is measured."""
    bundle = (folder / "bundle.json").read_bytes()
    if part == "count":
        (folder / "result.json").write_bytes(files.count_file(bundle))
        return
    from consulta.operations.open_data import preflib, schemas, tables  # noqa: PLC0415 - no part of a count

    cells = files.cells_of((folder / "result.json").read_text("utf-8"))
    titles = {each["key"]: each["title"]["en"] for each in json.loads(bundle)["themes"]}
    made = preflib.of_round(bundle, cells, titles, preflib.Heading("2027-1", "R", "2027-03-05"))
    table = next(each for each in schemas.ROUNDS if each.name == "ballots")
    rows = [{"round": "2027-1", **row} for row in made.rows]
    written = tables.to_csv(tables.fill(table, rows, ("es", "en", "pt")))
    (folder / "ballots.csv").write_bytes(written)


def peak() -> int:
    """Return the most memory that this process had, in kB: of the program itself, not of who started it."""
    said = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in said.splitlines() if line.startswith("VmHWM")).split()[1])


def measured(part: str, folder: Path) -> tuple[float, float]:
    """Seconds of one part, and the most memory of its process in MB."""
    code = (
        "import sys; from pathlib import Path; from bench import memory; "
        "memory.run(sys.argv[1], Path(sys.argv[2])); print(memory.peak())"
    )
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, part, str(folder)], check=True, capture_output=True, text=True
    )
    return time.monotonic() - begun, int(done.stdout) / 1000


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[20_000, 100_000])
    chosen = parser.parse_args()
    print("| part | ballots | s | peak, MB | MB per 100,000 ballots |")
    print("| --- | --- | --- | --- | --- |")
    base: dict[str, float] = {}
    for ballots in (FEW, *chosen.ballots):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "bundle.json").write_bytes(effects.file_of(ballots, 1))
            for part in PARTS:
                seconds, peak = measured(part, folder)
                base.setdefault(part, peak)
                more = (peak - base[part]) * 100_000 / ballots
                print(f"| {part} | {ballots:,} | {seconds:.1f} | {peak:.0f} | {more:.0f} |")


if __name__ == "__main__":
    main()
