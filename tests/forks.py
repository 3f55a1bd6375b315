"""Several processes run the tests that one has collected: `pytest --forks auto`, on systems that can fork.

Importing all tests takes longer than most of them, in a new clone a third of a minute, and each process of
pytest-xdist does it anew. Here one process imports and collects, and its forks run the tests. Each takes a
piece of a file at a time: of the file it has begun as long as there is any; then of one that no other has
begun, of the same folder if there is one, because such files often stand on the same thing, made once in a
process; at last of any. What they report is sent to the first process, which tells it. `-n` of xdist still
works: where there are no forks, and for what is measured in each process (`make coverage`).
"""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import signal
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any

import pytest

from tests import memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

PIECE = 24  # tests that a process takes at a time
_name: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the option."""
    parser.getgroup("consulta").addoption(
        "--forks",
        default="0",
        metavar="NUMBER",
        help="processes that run the tests, or auto: one more than cores",
    )


def name() -> str | None:
    """Return the name of this process if it is one of several that run the tests."""
    return _name[0] if _name else None


def processes() -> int:
    """Return one process more than there are cores: a fifth of the time of tests is waited, not worked."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(cores) + 1


def is_one(config: pytest.Config) -> bool:
    """Return whether one process runs the tests, neither forks nor workers of `-n`."""
    several = config.getoption("--forks") not in {"0", "1"} or config.getoption("numprocesses", None)
    return not several and not hasattr(config, "workerinput")


def is_long(item: pytest.Item) -> bool:
    """Return whether a test belongs to those that take long, and with which a run begins."""
    return (
        bool(item.get_closest_marker("slow")) or "tests/browser/" in item.path.as_posix() or is_of_demo(item)
    )


def is_of_demo(item: pytest.Item) -> bool:
    """Return whether a test waits for the demonstration to be filled."""
    return "demo" in getattr(item, "fixturenames", ())


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` means."""
    return processes()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the processes of `-n` begin with files of long tests: one that comes last lets all others wait."""
    if hasattr(config, "workerinput"):
        long = {item.path for item in items if is_long(item)}
        items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def worker_id(pytestconfig: pytest.Config) -> str:
    """Name of this process: `master` where there is one only."""
    return name() or str(getattr(pytestconfig, "workerinput", {}).get("workerid", "master"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in forks where `--forks` asks for it."""
    asked = session.config.getoption("--forks")
    number = min(processes() if asked == "auto" else int(asked), len(session.items))
    if number < 2 or session.config.option.collectonly or session.testsfailed:
        return None  # as pytest itself does
    _Run(session, Plan(session.items)).whole(number)
    return True


@dataclass
class Plan:
    """Which process runs which tests next: of this all of them know the same."""

    items: Sequence[pytest.Item]
    pieces: list[range] = field(init=False)
    files: list[int] = field(init=False)
    folders: list[Path] = field(init=False)
    long: list[bool] = field(init=False)
    orders: tuple[list[int], list[int]] = field(init=False)
    taken: mmap.mmap = field(init=False)
    lock: Any = field(default_factory=lambda: get_context("fork").Lock())

    def __post_init__(self) -> None:
        self.pieces, self.files, self.folders = [], [], []
        self.long, of_demo = [], []
        start = 0
        for number, (path, found) in enumerate(groupby(self.items, lambda item: item.path)):
            tests = list(found)
            for first in range(0, len(tests), PIECE):
                self.pieces.append(range(start + first, start + min(first + PIECE, len(tests))))
                self.files.append(number)
                self.folders.append(path.parent)
                self.long.append(any(map(is_long, tests)))
                of_demo.append(any(map(is_of_demo, tests)))
            start += len(tests)
        numbers = range(len(self.pieces))
        # One process begins with what stands on the demonstration. The others would wait until it is filled.
        one = sorted(numbers, key=lambda piece: (not of_demo[piece], not self.long[piece]))
        others = sorted(numbers, key=lambda piece: (not self.long[piece], of_demo[piece]))
        self.orders = one, others
        self.taken = mmap.mmap(-1, max(len(self.pieces), 1))

    def shares(self, process: int) -> Iterator[range]:
        """Yield tests that a process is to run, one share after the other."""
        last = None
        while (piece := self._take(process, last)) is not None:
            last = piece
            yield self.pieces[piece]

    def _take(self, process: int, last: int | None) -> int | None:
        with self.lock:
            order = self.orders[process > 0]
            free = [piece for piece in order if not self.taken[piece]]
            begun = {self.files[piece] for piece in order if self.taken[piece]}
            new = [piece for piece in free if self.files[piece] not in begun]
            same: list[int] = []
            if last is not None:
                same = [piece for piece in free if self.files[piece] == self.files[last]]
                here = self.folders[last]
                new.sort(key=lambda piece: (not self.long[piece], self.folders[piece] != here))
            piece = next(iter([*same, *new, *free]), None)
            if piece is not None:
                self.taken[piece] = 1
            return piece


@dataclass
class _Run:
    """The first process, which begins the others and tells what they report."""

    session: pytest.Session
    plan: Plan
    ids: dict[Connection, int] = field(default_factory=dict)
    running: dict[Connection, int] = field(default_factory=dict)
    waiting: dict[Connection, list[int]] = field(default_factory=dict)
    ended: int = 0
    begun: int = 0

    def whole(self, number: int) -> None:
        """Run all tests in so many processes. Raise what pytest raises when it is told to stop."""
        self.session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # the folder of all
        try:
            for process in range(number):
                self._begin(process)
            self.begun = number
            while self.ids:
                for each in connection.wait(list(self.ids)):
                    self._hear(each)  # type: ignore[arg-type]
                if self.session.shouldfail:
                    raise self.session.Failed(self.session.shouldfail)
                if self.session.shouldstop:
                    raise self.session.Interrupted(self.session.shouldstop)
        finally:
            for process in self.ids.values():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
                os.waitpid(process, 0)
        if self.ended != len(self.plan.items):
            raise self.session.Failed(f"{len(self.plan.items) - self.ended} tests were not run")

    def _begin(self, process: int, left: Sequence[int] = ()) -> None:
        here, there = get_context("fork").Pipe(duplex=False)
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of numpy, which is ready for forks
            child = os.fork()
        if child == 0:
            code = 1
            try:
                here.close()
                _Process(self.session, self.plan, there, left).works(process)
                code = 0
            finally:
                os._exit(code)
        there.close()
        self.ids[here], self.waiting[here] = child, list(left)

    def _hear(self, one: Connection) -> None:
        config = self.session.config
        try:
            kind, said = pickle.loads(one.recv_bytes())  # noqa: S301 - of a process of this run
        except EOFError:
            self._over(one)
            return
        if kind == "takes":
            self.waiting[one] += said
        elif kind == "begins":
            self.waiting[one].remove(said)
            self.running[one] = said
        elif kind == "report":
            report = config.hook.pytest_report_from_serializable(config=config, data=said)
            config.hook.pytest_runtest_logreport(report=report)
        elif kind == "ends":
            item = self.plan.items[self.running.pop(one)]
            self.ended += 1
            config.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        elif kind == "stops":
            self.session.shouldstop = said

    def _over(self, one: Connection) -> None:
        """Fail the test that was running if a process ended in the middle, and let another one go on."""
        _, status = os.waitpid(self.ids.pop(one), 0)
        one.close()
        if one in self.running:
            item = self.plan.items[self.running.pop(one)]
            what = f"the process of this test ended: {os.waitstatus_to_exitcode(status)}"
            report = pytest.TestReport(item.nodeid, item.location, {}, "failed", what, "call")
            self.session.config.hook.pytest_runtest_logreport(report=report)
            self.ended += 1
            self.begun += 1
            self._begin(self.begun, self.waiting.pop(one))
        elif status:
            self.session.shouldstop = f"a process ended with {os.waitstatus_to_exitcode(status)}"


@dataclass(eq=False)
class _Process:
    """One of the processes that run tests."""

    session: pytest.Session
    plan: Plan
    to: Connection
    left: Sequence[int]
    kept: Any = None

    def works(self, process: int) -> None:
        """Run tests as long as there are any, and report them."""
        config: Any = self.session.config
        _name[:] = [f"fork-{process}"]
        capture = config.pluginmanager.getplugin("capturemanager")
        if capture is not None:  # with files of its own; those of before stay open, for who knows them by now
            self.kept, capture._global_capturing = capture._global_capturing, None
            for each in (self.kept.out, self.kept.err):
                if hasattr(each, "tmpfile"):  # of which there is one for all processes
                    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - what counts is its number
                        os.dup2(nowhere.fileno(), each.tmpfile.fileno())
            capture.start_global_capturing()
            capture.suspend_global_capture()
        config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(self, "fork")
        folder = config._tmp_path_factory.getbasetemp() / _name[0]
        folder.mkdir(mode=0o700)
        config._tmp_path_factory._basetemp = folder
        try:
            self._goes_through(process)
        except BaseException as error:  # noqa: BLE001 - what ends a process is told, whatever it is
            self._says("stops", f"{type(error).__name__}: {error}")

    def _goes_through(self, process: int) -> None:
        tests = self._tests(process)
        now = next(tests, None)
        while now is not None:
            self._says("begins", now)
            after = next(tests, None)
            following = None if after is None else self.plan.items[after]
            item = self.plan.items[now]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self._says("ends", now)
            if self.session.shouldfail or self.session.shouldstop:
                self.session._setupstate.teardown_exact(None)
                break
            now = after
        gc.collect()

    def _tests(self, process: int) -> Iterator[int]:
        yield from self.left
        for share in self.plan.shares(process):
            self._says("takes", [*share])
            memory.use_large_pages()
            yield from share

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Report a part of a test."""
        config = self.session.config
        self._says("report", config.hook.pytest_report_to_serializable(config=config, report=report))

    def _says(self, kind: str, said: Any) -> None:
        self.to.send_bytes(pickle.dumps((kind, said)))
