"""How much of what members fetch and print may weigh, with the message of the test that asks.

Static files are served as they stand, so their comments count. `python -m tests.weights` says what is left.
"""

from __future__ import annotations

import gzip
import sys

from consulta.platform.data import tongues
from consulta.platform.web.assets import asset
from consulta.results import verifier

SCRIPT = 4_100
"""Bytes of ballot.js as they go over the wire: docs/design.md promises them."""


def served(name: str) -> int:
    """How many bytes a static file has as it is sent."""
    return len(gzip.compress(asset(name)[0], 6, mtime=0))


def of_verifier() -> tuple[int, int]:
    """How many bytes verificar.html has, and how many it may have in so many languages."""
    return len(verifier.html()), verifier.LONGEST + verifier.LONGEST_WORDS * len(tongues.codes())


def told(what: str, size: int, most: int) -> str:
    """What is used, and how much is left or too much."""
    left = f"{most - size:,} left" if size <= most else f"{size - most:,} too many"
    return f"{what} has {size:,} of {most:,} bytes, {left}"


def main() -> None:
    """Say of each file what is left."""
    lines = (told("ballot.js", served("js/ballot.js"), SCRIPT), told("verificar.html", *of_verifier()))
    sys.stdout.write("\n".join((*lines, "")))


if __name__ == "__main__":
    main()
