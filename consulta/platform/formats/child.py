"""A process of its own for work that may take too much memory or time, and the limits that it sets itself.

What it took is given back when it ends, and where it takes too much it ends alone: no voter waits for it.
"""

from __future__ import annotations

import os
import subprocess
import sys

NICE = 5  # votes go before it


def run(module: str, said: bytes, patience: float) -> bytes:
    """Return what `python -m module` writes, given `said` as its input.

    Raise subprocess.CalledProcessError if it fails (a return code below zero is the signal that ended it),
    and subprocess.TimeoutExpired after `patience` seconds.
    """
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", module]
    done = subprocess.run(  # noqa: S603 - our own program, and nothing of a reader's is part of the command
        command, input=said, capture_output=True, env=environ, timeout=patience, check=True
    )
    return done.stdout


def limit(memory: int, seconds: int) -> None:
    """Limit this process to `memory` bytes of addresses and `seconds` of a processor."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
