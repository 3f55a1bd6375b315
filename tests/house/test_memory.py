"""Large pages of memory for tests: a fork keeps all that it had, and gets them where Linux gives any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
FORK = """
import os
from tests import memory

before = [bytes([number % 251]) * 4001 for number in range(20_000)]
child = os.fork()
if child == 0:
    made = memory.use_large_pages()
    same = all(one == bytes([number % 251]) * 4001 for number, one in enumerate(before))
    print(same, made, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(all(one == bytes([number % 251]) * 4001 for number, one in enumerate(before)))
"""


def forked(**asked: str) -> list[str]:
    environ = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    environ |= {"PYTHONPATH": str(ROOT), "PYTHONMALLOC": "malloc", **asked}
    command = [sys.executable, "-c", FORK]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(not ENABLED.exists(), reason="a system without large pages")
def test_a_fork_keeps_what_it_had_and_gets_large_pages() -> None:
    same, made, parents = forked(GLIBC_TUNABLES="glibc.malloc.hugetlb=1")

    assert (same, parents) == ("True", "True")
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if "[never]" not in ENABLED.read_text() and release >= (6, 1):
        assert int(made) > 20  # of the 40 that 80 MB fill


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without forks")
def test_nothing_is_done_that_was_not_asked_for() -> None:
    assert forked() == ["True", "0", "True"]
