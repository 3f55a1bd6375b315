"""Which costly tests reach no line that another does not reach: `make overlap`, on Python 3.12 or newer.

Runs what `make test` runs, in each of its processes with a note of the lines of the program and of its
templates that each test reaches, and of the processor's time that it takes. Then the costliest tests are
put aside one after the other, as long as each line stays with another. What is printed is a
proposal for `tests/left.txt`: whether two tests look at the same thing, the lines alone do not say.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

ROOT = Path(__file__).resolve().parent.parent
PLACE = "CONSULTA_OVERLAP"  # the folder where the processes of the tests write what they noted
TOOL = 4  # one of the numbers that `sys.monitoring` leaves to anybody
LEAST = 0.2  # seconds of the processor from which a test is costly
SMALL = 0.06  # seconds from which it is put aside where more others reach its lines
OTHERS = 2  # so many of them, and of its own folder for the lines of its feature
Line = tuple[str, int]

_reached: set[Line] = set()
_ours: dict[str, str] = {}
_process: list[int] = [0]


def _note(code: CodeType, number: int) -> Any:
    name = _ours.get(code.co_filename)
    if name is None:
        path = code.co_filename
        inside = path.startswith((f"{ROOT}/consulta/", f"{ROOT}/templates/")) or "/templates/" in path
        name = _ours[path] = path.removeprefix(f"{ROOT}/") if inside else ""
    if name:
        _reached.add((name, number))
    return sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]  # until the next test


def _begin() -> None:
    if _process[0] == os.getpid():
        return
    _process[0] = os.getpid()
    watch: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    if watch.get_tool(TOOL) is None:
        watch.use_tool_id(TOOL, "overlap")
    watch.register_callback(TOOL, watch.events.LINE, _note)
    watch.set_events(TOOL, watch.events.LINE)


def _spent() -> float:
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note which lines a test reaches, and what it costs with the processes that it starts."""
    _begin()
    _reached.clear()
    sys.monitoring.restart_events()  # type: ignore[attr-defined,unused-ignore]
    before = _spent()
    result = yield
    noted = item.nodeid.partition("[")[0], _spent() - before, frozenset(_reached)
    with (Path(os.environ[PLACE]) / str(os.getpid())).open("ab") as file:
        pickle.dump(noted, file)
    return result


def read(folder: Path) -> tuple[dict[str, float], dict[str, set[Line]]]:
    """Return what each test cost, in seconds, and the lines that it reached, its cases taken together."""
    cost: dict[str, float] = defaultdict(float)
    lines: dict[str, set[Line]] = defaultdict(set)
    for path in folder.iterdir():
        with path.open("rb") as file:
            while file.peek(1):
                name, spent, reached = pickle.load(file)  # noqa: S301 - written by this run
                cost[name] += spent
                lines[name] |= reached
    return cost, lines


def put_aside(
    cost: dict[str, float], lines: dict[str, set[Line]], least: float, others: int = 1
) -> list[str]:
    """Return the tests of at least so many seconds whose lines others reach too, the costliest first.

    Each line stays with `others` tests. Where that is more than one, a line of the feature that a folder of
    tests is about stays with so many of that folder.
    """
    times = Counter(
        (of, line) for name, reached in lines.items() for line in reached for of in _counted(name)
    )
    found = []
    for name in sorted(cost, key=lambda each: -cost[each]):
        reached = lines[name]
        if cost[name] < least or not reached:
            continue
        folder = _folder(name)
        near = {line for line in reached if others > 1 and _is_of(line, folder)}
        if all(times[folder if line in near else "", line] > others for line in reached):
            times.subtract((of, line) for line in reached for of in _counted(name))
            found.append(name)
    return found


def _folder(name: str) -> str:
    return name.removeprefix("tests/").partition("/")[0]


def _counted(name: str) -> tuple[str, str]:
    return "", _folder(name)


def _is_of(line: Line, folder: str) -> bool:
    return line[0].startswith((f"consulta/{folder}/", f"templates/{folder}/"))


def main() -> int:
    """Run the tests and print the proposal. Return the exit status."""
    if sys.version_info < (3, 12):
        sys.stderr.write("This needs Python 3.12 or newer: make overlap VENV=.venv-new PYTHON=python3.13\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "pytest", "-q", "-p", "tools.overlap", "--forks", "auto"]
        environment = {**os.environ, PLACE: folder, "CONSULTA_TEST_DEPTH": "quick"}
        done = subprocess.run(run, env=environment, cwd=ROOT, check=False)  # noqa: S603 - our own tests
        cost, lines = read(Path(folder))
    for least, others in ((LEAST, 1), (SMALL, OTHERS)):
        sys.stdout.write(f"From {least} s on, lines that {others} more reach:\n")
        for name in put_aside(cost, lines, least, others):
            sys.stdout.write(f"{cost[name]:6.2f} s  {name.removeprefix('tests/')}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
