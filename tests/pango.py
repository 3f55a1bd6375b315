"""Whether this machine has what WeasyPrint draws letters with; `make test` installs it if it may.

Plain standard library, so that it can be asked before anything is installed: python tests/pango.py
Without it nothing stops: the tests of documents are skipped, and say why.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

import chromium

LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
ASK = (
    "The tests of PDF documents need the Pango library and find none: they will be skipped.\n"
    f"Debian and Ubuntu: apt-get install {' '.join(PACKAGES)}"
)


def is_there() -> bool:
    """Whether every library can be loaded."""
    return all(_loads(name) for name in LIBRARIES)


def _loads(name: str) -> bool:
    for file in (ctypes.util.find_library(name), f"lib{name}.so.0"):
        try:
            if file:
                ctypes.CDLL(file)
                return True
        except OSError:
            continue
    return False


def main() -> None:
    """Install what is missing, if it may be; say what will be skipped where it stays missing."""
    if not is_there():
        chromium.install("the Pango library for the tests of documents", *PACKAGES)
    if not is_there():
        sys.stderr.write(ASK + "\n")


if __name__ == "__main__":
    main()
