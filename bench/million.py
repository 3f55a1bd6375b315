"""Time and the most memory of counting and verifying a file, beside an earlier version in the same run.

    python -m bench.million --before COMMIT --ballots 100000 1000000

Each runs in a process of its own over the same made-up file, which is written line by line. Peak is that
process whole, the program itself with its libraries included (about 60 MB). Where a version refuses the file,
that is told.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from bench import data, networks
from bench.effects import SECRET
from consulta.core.counting import bundle
from consulta.core.values import VERSION

GIT = shutil.which("git") or "git"
ROOT = Path(__file__).resolve().parents[1]

CHILD = """
import sys, time
from pathlib import Path
from consulta.core.counting import files
from consulta.core.problems import Problem
part, bundle, result = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
source = lambda: bundle.open("rb")
begun = time.process_time()
try:
    if part == "count":
        result.write_bytes(files.count_file(source))
        said = "counted"
    else:
        said = files.verify_files(source, result.read_bytes()) or "verified"
except Problem as problem:
    said = f"refused: {problem.code}, {problem.params.get('reason')}"
took = time.process_time() - begun
told = Path("/proc/self/status").read_text("ascii").splitlines()
peak = next(line for line in told if line.startswith("VmHWM"))
print(f"{int(peak.split()[1]) / 1000:.0f}|{took:.1f}|{said}")
"""


def write(path: Path, ballots: int) -> None:
    """Write a made-up round of so many organisations that all voted, with networks of unequal base."""
    drawn, bases = data.make_round(ballots, top=5), networks.bases(ballots)
    keys = [f"t{number:02}" for number in range(drawn.ranks.shape[1])]
    names = [name for name in drawn.categories if name != "country"]
    themes = [
        {"key": key, "title": {"es": key, "en": key}, "objectives": data.numbers(int(mask))}
        for key, mask in zip(keys, drawn.theme_objectives, strict=True)
    ]
    said = {
        "format": bundle.FORMAT,
        "round": {"key": "2027-1", "title": {"es": "R", "en": "R"}, "closed_at": "2027-03-05T22:00:00Z"},
        "rules": {"version": VERSION},
        "themes": themes,
        "seed": {"commitment": sha256(bytes.fromhex(SECRET)).hexdigest(), "secret": SECRET, "public": ""},
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(said)[:-1])
        for field in ("seats", "ballots"):
            file.write(f', "{field}": [')
            for number in range(ballots):
                one: dict[str, object] = {"seat": f"s{number:07}"}
                if field == "seats":
                    one["country"] = str(drawn.categories["country"][number])
                    one["categories"] = {name: str(drawn.categories[name][number]) for name in names}
                    one["base"] = int(bases[number])
                else:
                    order = sorted(
                        (int(tier), key) for tier, key in zip(drawn.ranks[number], keys, strict=True) if tier
                    )
                    one["ranking"] = [[key] for _, key in order]
                    one["objectives"] = data.numbers(int(drawn.objectives[number]))
                    one["endorsements"] = []
                file.write(("," if number else "") + json.dumps(one))
            file.write("]")
        file.write("}\n")


def earlier(commit: str, folder: Path) -> Path:
    """Unpack the program as it was at a commit."""
    packed = subprocess.run(
        [GIT, "archive", commit, "consulta", "templates", "translations"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measured(
    program: Path, part: str, source: Path, result: Path, limit: float
) -> tuple[str, str, str, float]:
    """Return peak in MB, processor seconds and what was said by one version; and the seconds that passed."""
    begun = time.monotonic()
    code = f"import sys; sys.path.insert(0, {str(program)!r})\n{CHILD}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, part, str(source), str(result)],
            check=True,
            capture_output=True,
            text=True,
            cwd=program,
            timeout=limit,
        )
        peak, took, said = done.stdout.strip().split("|")
    except subprocess.TimeoutExpired:
        peak, took, said = "-", "-", "not done in time"
    except subprocess.CalledProcessError as error:
        peak, took, said = (
            "-",
            "-",
            f"ended by signal {-error.returncode}" if error.returncode < 0 else "failed",
        )
    return peak, took, said, time.monotonic() - begun


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.million", description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--parts", nargs="*", default=["count", "verify"])
    parser.add_argument("--before", metavar="COMMIT", help="Measure the program of this commit too.")
    parser.add_argument("--limit", type=float, default=3600, help="Seconds of one run.")
    chosen = parser.parse_args()
    print("| ballots | file, MB | part | program | peak, MB | processor, s | passed, s | |")
    print("| ---: | ---: | --- | --- | ---: | ---: | ---: | --- |", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = {"now": ROOT}
        if chosen.before:
            programs = {"before": earlier(chosen.before, folder / "before"), **programs}
        for ballots in chosen.ballots:
            source, result = folder / "bundle.json", folder / "result.json"
            write(source, ballots)
            size = source.stat().st_size / 1_000_000
            for part in chosen.parts:
                for which, program in programs.items():
                    peak, took, said, passed = measured(program, part, source, result, chosen.limit)
                    row = [f"{ballots:,}", f"{size:.0f}", part, which, peak, took, f"{passed:.0f}", said]
                    print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
