"""One measurement: a program run on a folder of inputs, in a process of its own, stopped when too slow.

It decides how often a program runs and when it is given up. It does not judge the answers.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.peers import PROGRAMS

RUNS = 7
"""Runs of which the median counts; fewer where they take long."""

START = 30.0
"""Seconds that a program may take to start, to read its inputs and to warm up, beyond its own limit."""

Answers = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a program is waited for: seconds until it runs no more, and until it is stopped."""

    limit: float
    enough: float = 3.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds (medians) to build a program's own objects and to run; bytes at the peak; answers."""

    build: float
    run: float
    memory: int
    runs: int
    answers: Answers

    @property
    def total(self) -> float:
        """Seconds from arrays to answer."""
        return self.build + self.run


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no measurement."""

    reason: str
    too_long: bool = False


def measure(
    command: list[str], task: str, inputs: Path, patience: Patience, runs: int = RUNS
) -> Measured | Failed:
    """Run a program (`command` without its arguments) and return what it took and what it answered."""
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        try:
            done = subprocess.run(
                [*command, task, str(inputs), str(runs), str(patience.enough), out],
                capture_output=True,
                text=True,
                check=False,
                timeout=patience.limit + START,
                env=_environment(),
            )
        except subprocess.TimeoutExpired:
            return Failed(f"over {patience.limit:.0f} s", too_long=True)
        if done.returncode:
            return Failed(_reason(done.stderr))
        said = json.loads(done.stdout.strip().splitlines()[-1])
        answers = {path.stem: np.load(path) for path in Path(out).glob("*.npy")}
        answers |= {path.stem: np.fromfile(path) for path in Path(out).glob("*.f64")}
    return Measured(
        build=statistics.median(said["build"]),
        run=statistics.median(said["run"]),
        memory=int(said["memory"]),
        runs=len(said["run"]),
        answers=answers,
    )


def _environment() -> dict[str, str]:
    """Return the environment of a program: as ours, but each finds its own packages."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}


def _reason(said: str) -> str:
    """Return what a program said last, in a line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return "it stopped without a word"
    errors = [at for at, line in enumerate(lines) if "Error" in line]
    at = errors[-1] if errors else len(lines) - 1
    if lines[at].endswith(":") and at + 1 < len(lines):
        at += 1
    return lines[at].strip("❌ ")[:90]


def own(script: str) -> list[str]:
    """Return the command of a program that runs with our own Python."""
    return [sys.executable, str(PROGRAMS / script)]
