"""What every measured program has in common: read the arrays, build, run, say how long and how much memory.

It runs with the program's own Python and knows nothing but NumPy. `build` turns arrays into what a library
wants to be given, `run` is the library's own work, `answer` turns what it returned into arrays to compare
(not timed).

Called as: python SCRIPT TASK FOLDER RUNS ENOUGH OUT. FOLDER holds the inputs, OUT is an empty folder for the
answer; after ENOUGH seconds no further run begins. The last line on standard output is the measurement, as JS
"""

import gc
import json
import math
import resource
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DIMENSIONS = ("subregion", "sector", "country")
THEMES = 12
WARM = 500
"""Rows of the first, untimed run: what is compiled or imported at the first call is no part of a count."""
LEAST = 0.3
"""Seconds that the runs of a quick program take together at least: many, so that the median is steady."""

Inputs = dict[str, Any]


@dataclass
class Work:
    """What one program does for one task."""

    build: Callable[[Inputs], Any]
    run: Callable[[Any], Any]
    answer: Callable[[Any, Inputs], dict[str, Any]]


def main(tasks: dict[str, Work]) -> None:
    """Measure one task on one folder of inputs."""
    warnings.simplefilter("ignore")
    task, folder, runs, enough, out = sys.argv[1:6]
    work = tasks[task]
    warm_up(work, Path(folder))
    before = peak_memory(reset=True)
    inputs = load(Path(folder))
    builds: list[float] = []
    times: list[float] = []
    began = time.perf_counter()
    took = 0.0
    while (len(times) < int(runs) or took < LEAST) and took < float(enough):
        result = None
        gc.collect()
        start = time.perf_counter()
        built = work.build(inputs)
        middle = time.perf_counter()
        result = work.run(built)
        end = time.perf_counter()
        builds.append(middle - start)
        times.append(end - middle)
        del built
        took = time.perf_counter() - began
    peak = peak_memory()
    for name, array in work.answer(result, inputs).items():
        np.save(Path(out) / f"{name}.npy", np.asarray(array))
    print(json.dumps({"build": builds, "run": times, "memory": peak - before}))


def load(folder: Path) -> Inputs:
    """Return the inputs of a folder: arrays by name, and the problem where there is one."""
    inputs: Inputs = {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}
    if (folder / "problem.json").exists():
        problem = json.loads((folder / "problem.json").read_text())
        inputs["targets"] = {name: np.array(shares) for name, shares in problem["targets"].items()}
        inputs["bounds"] = problem["bounds"]
    if (folder / "panel.json").exists():
        inputs |= json.loads((folder / "panel.json").read_text())
    return inputs


def warm_up(work: Work, folder: Path) -> None:
    """Run once on the first rows, read through a window so that the others take no memory.

    A pool is run through whole: its first rows alone may have no panel.
    """
    if (folder / "panel.json").exists():
        work.run(work.build(load(folder)))
        return
    first: Inputs = {}
    for path in sorted(folder.glob("*.npy")):
        window = np.load(path, mmap_mode="r")
        first[path.stem] = np.array(window[:WARM])
    if (folder / "problem.json").exists():
        # Targets that can be met: the sample's own shares.
        first["targets"] = {name: np.bincount(first[name]) / len(first[name]) for name in DIMENSIONS}
        first["bounds"] = json.loads((folder / "problem.json").read_text())["bounds"]
    try:
        work.run(work.build(first))
    except Exception as refusal:  # then the first run is a cold one, and said to be
        print(f"not warmed up: {refusal}", file=sys.stderr)


def peak_memory(*, reset: bool = False) -> int:
    """Return the most memory this program has held at once so far, in bytes; what it holds now after a reset.

    Linux says it of this program alone (VmHWM). `ru_maxrss`, taken elsewhere, would include what started it.
    """
    if reset:
        gc.collect()
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def present(inputs: Inputs, scale: float = 1.0) -> dict[str, dict[int, float]]:
    """Return the targets as most libraries want them: dimension, code, share; without those of nobody."""
    return {
        name: {code: float(share) * scale for code, share in enumerate(shares) if share > 0}
        for name, shares in inputs["targets"].items()
    }


def orders(inputs: Inputs) -> list[list[int]]:
    """Return each ballot's themes, best first. Every ballot ranks as many."""
    ranks = inputs["ranks"]
    most = int(ranks.max())
    places = np.where(ranks == 0, most + 1, ranks)
    return np.argsort(places, axis=1, kind="stable")[:, :most].tolist()


def cells(inputs: Inputs) -> tuple[Any, Any]:
    """Return each respondent's cell, and the table of how many are in each, the quickest way NumPy has.

    All programs that work on tables start from this, consulta included.
    """
    shape = tuple(len(inputs["targets"][name]) for name in DIMENSIONS)
    flat = inputs[DIMENSIONS[0]] * np.int32(shape[1])
    flat += inputs[DIMENSIONS[1]]
    flat *= np.int32(shape[2])
    flat += inputs[DIMENSIONS[2]]
    flat = flat.astype(np.int64)
    return flat, np.bincount(flat, minlength=math.prod(shape)).reshape(shape)


def spread(table: Any, flat: Any) -> Any:
    """Return the figure of each respondent's cell."""
    return table.ravel().take(flat, mode="clip")
