"""Large pages of memory for tests: a fork keeps all that it had, and gets them where Linux gives any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.memory import SIZE

LARGE = Path("/sys/kernel/mm/transparent_hugepage")  # what Linux says of large pages
FORK = """
import os
from tests import memory

def made():
    return [bytes([number % 251]) * 401 for number in range(200_000)]

before = made()
child = os.fork()
if child == 0:
    large = memory.use_large_pages()
    print(before == made(), large, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(before == made())
"""


WITH_THREADS = """
import os, threading, time
from tests import memory

def made(many):
    return [bytes([number % 251]) * 401 for number in range(many)]

def allocates():
    while time.monotonic() < end:
        taken = bytearray(8 << 20)
        taken[::4096] = b"1" * 2048
        whole.append(made(20_000) == kept and taken.count(b"1") == 2048)

if os.fork() == 0:
    end, kept, whole = time.monotonic() + 1, made(20_000), []
    threads = [threading.Thread(target=allocates) for _ in range(4)]
    for each in threads:
        each.start()
    while time.monotonic() < end:
        memory.use_large_pages()
    for each in threads:
        each.join()
    print(all(whole), len(whole) > 4, flush=True)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def forked(program: str = FORK, **asked: str) -> list[str]:
    environ = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
    environ |= {"PYTHONPATH": str(ROOT), **asked}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(not LARGE.exists(), reason="a system without large pages")
def test_a_fork_keeps_what_it_had_and_gets_large_pages() -> None:
    same, large, parents = forked(GLIBC_TUNABLES="glibc.malloc.hugetlb=1")

    assert (same, parents) == ("True", "True")
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    allowed = "[never]" not in (LARGE / "enabled").read_text() and release >= (6, 1)
    if allowed and int((LARGE / "hpage_pmd_size").read_text()) == SIZE:
        assert int(large) > 10  # of the 40 that 80 MB of small objects fill


@pytest.mark.skipif(not LARGE.exists(), reason="a system without large pages")
def test_threads_that_take_and_free_memory_meanwhile_are_not_disturbed() -> None:
    assert forked(WITH_THREADS, GLIBC_TUNABLES="glibc.malloc.hugetlb=1") == ["True", "True", "0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without forks")
def test_nothing_is_done_that_was_not_asked_for() -> None:
    assert forked() == ["True", "0", "True"]
