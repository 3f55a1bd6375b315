"""Large pages of memory for the processes of tests.

The processor looks up where each page of memory lies, and on some virtual machines that takes longer than
the work on what lies there. Where a page has 2 MB and not 4 kB, it is looked up far less often. `make test`
asks the C library for large pages (`GLIBC_TUNABLES`). Python takes its memory for small objects from Linux
itself, and Linux copies in small pages what a fork writes to a page of its parent. So each process of the
tests asks for large pages: when it begins, and again whenever it takes more tests.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path

SIZE = 2 << 20  # bytes of a large page; Linux refuses where it is another
MADV_POPULATE_WRITE = 23  # since Linux 5.14; takes memory as a write does, or refuses
MADV_COLLAPSE = 25  # since Linux 6.1
MAPS = Path("/proc/self/maps")


def use_large_pages() -> int:
    """Copy the memory of this process into large pages, where Linux can. Return how many it has then.

    Does nothing where the C library was not asked for large pages. Threads may go on meanwhile.
    """
    if "hugetlb" not in os.environ.get("GLIBC_TUNABLES", "") or not MAPS.exists():
        return 0
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    made = 0
    for start, end in _own():
        for page in range(-(-start // SIZE) * SIZE, end - SIZE + 1, SIZE):
            advise(page, SIZE, mmap.MADV_HUGEPAGE)
            advise(page, mmap.PAGESIZE, MADV_POPULATE_WRITE)  # Linux copies no page that is all shared
            made += advise(page, SIZE, MADV_COLLAPSE) == 0
    return made


def _own() -> list[tuple[int, int]]:
    """Return start and end of each part of memory that can be written and belongs to no file."""
    found = []
    for line in MAPS.read_text().splitlines():
        where, allowed, _, _, inode, *name = line.split()
        if allowed == "rw-p" and inode == "0" and name in ([], ["[heap]"]):
            start, end = where.split("-")
            found.append((int(start, 16), int(end, 16)))
    return found
