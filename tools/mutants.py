"""Break a module on purpose, fault after fault, and list the faults that its nearest tests do not see.

Run it as `make mutants` (ONLY=core.counting.tally for one module, LIMIT=40 for so many faults of each,
evenly spread,
OUT=file for the list). `docs/mutants.md` says what came of it.

No file is changed: each fault is compiled in memory and given to a forked process in place of the module. The
tests run once unchanged, to see which of them reach which line and how long each takes; then every fault is
shown to those that reach its line, the quickest first, up to `--seconds` in all.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.mutations import Mutation, mutations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    import pytest

ROOT = Path(__file__).resolve().parent.parent
PRELOADED = (
    "babel",
    "coverage",
    "flask_babel",
    "flask_wtf",
    "numpy",
    "openpyxl",
    "scipy.optimize",
    "sqlalchemy.orm",
)
"""What is imported once, before any process is forked: nothing of consulta, nothing that pytest rewrites."""

TESTS: dict[str, tuple[str, ...]] = {
    "core.counting.tally": (
        "tests/core/test_tally.py",
        "tests/core/test_neighbours.py",
        "tests/core/test_by_hand.py",
    ),
    "core.counting.balance": (
        "tests/core/test_weights.py",
        "tests/core/test_neighbours.py",
        "tests/core/test_by_hand.py",
    ),
    "core.counting.weights": (
        "tests/core/test_weights.py",
        "tests/core/test_neighbours.py",
    ),
    "core.counting.calibration": (
        "tests/core/test_calibration.py",
        "tests/core/test_weights.py",
        "tests/core/test_neighbours.py",
    ),
    "core.counting.robustness": ("tests/core/test_robustness.py", "tests/core/test_neighbours.py"),
    "core.counting.firmness": (
        "tests/core/test_by_hand.py",
        "tests/core/test_neighbours.py",
    ),
    "core.rounds": ("tests/core/test_rounds.py",),
    "core.trust.chance": ("tests/core/test_chance.py",),
    "core.counting.choice": ("tests/core/test_choice.py",),
    "core.trust.ordering": ("tests/core/laws/test_ordering_laws.py", "tests/voting/test_voting.py"),
    "voting.service": ("tests/voting/test_voting.py", "tests/voting/test_late_nominees.py"),
    "voting.casting": (
        "tests/voting/test_voting.py",
        "tests/voting/test_late_nominees.py",
        "tests/voting/test_assisted.py",
    ),
    "lifecycle.closing": ("tests/lifecycle/test_closing.py",),
    "changes.service": ("tests/changes/test_access_changes.py", "tests/addresses/test_seat_addresses.py"),
    "addresses.service": ("tests/addresses/test_seat_addresses.py", "tests/changes/test_access_changes.py"),
    "mailer.outbox": ("tests/mailer/test_boundaries.py", "tests/mailer/test_worker.py"),
    "lifecycle.reminders": ("tests/lifecycle/test_reminders.py",),
    "core.disclosure.suppression": (
        "tests/results/test_small_cells.py",
        "tests/results/test_secrecy_attack.py",
    ),
    "results.public_figures": (
        "tests/results/test_small_cells.py",
        "tests/results/test_secrecy_attack.py",
    ),
    "rounds.secrecy": ("tests/rounds/test_secrecy.py",),
}
"""The modules that are broken, and of each the tests that are nearest to it."""

OPTIONS = ("-x", "-q", "--no-header", "--no-summary", "--tb=no")
PLUGINS = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
LEFT_OUT = ("-m", "not postgres and not slow and not browser")
USUAL = (*OPTIONS, *PLUGINS, *LEFT_OUT)
CORE = "tests/core"
SURVIVED, NO_TESTS = 0, 5
SLOWER = 5
BUSY = 30
LEAST_SECONDS = 20
NICE = 10


@dataclass(slots=True)
class Watch:
    """A plugin of pytest: how long each test takes; with `wanted`, only these run, in that order."""

    wanted: Sequence[str] = ()
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that are wanted."""
        if self.wanted:
            place = {name: number for number, name in enumerate(self.wanted)}
            items[:] = sorted((i for i in items if i.nodeid in place), key=lambda i: place[i.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up what a test takes."""
        self.seconds[report.nodeid] += report.duration


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests reach which line of a module, and how long each test takes."""

    by_line: dict[int, set[str]]
    seconds: dict[str, float]

    def nearest(self, lines: Iterable[int], most: float) -> list[str]:
        """Return the tests that reach any of these lines, the quickest first, up to `most` seconds in all."""
        found = set().union(*(self.by_line.get(line, set()) for line in lines))
        # What runs while the module is imported belongs to no test: any test may see it.
        chosen: list[str] = []
        used = 0.0
        for test in sorted(found or set(self.seconds), key=lambda test: (self.seconds[test], test)):
            used += self.seconds[test]
            if used > most and chosen:
                break
            chosen.append(test)
        return chosen


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module out of the code it was made with, whatever the file says."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)  # noqa: S102 - this is what the program is for


def _forked(run: Callable[[], int], seconds: float) -> int:
    """Return what `run` answers in a process of its own; minus the signal where it was ended, as by time."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        # Time of the processor, so that a fault is not taken for endless where the machine is busy.
        limit = max(1, round(seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(BUSY * limit)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        code = 3
        try:
            code = run()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests started and left
    return os.waitstatus_to_exitcode(status)


def _options(tests: Iterable[str]) -> list[str]:
    """Return the options of a run; the core is tested without all that other tests stand on."""
    alone = all(test.startswith(f"{CORE}/") for test in tests)
    return [*USUAL, *([f"--confcutdir={CORE}"] if alone else [])]


def _reach(name: str, path: Path, tests: Sequence[str], folder: Path) -> Reach:
    """Run the tests of a module unchanged, and return which of them reach which line."""
    data, times = folder / f"{name}.coverage", folder / f"{name}.json"

    def run() -> int:
        import pytest  # noqa: PLC0415 - only in the process that runs the tests

        os.environ["COVERAGE_FILE"] = str(data)
        watch = Watch()
        covering = [f"--cov={name}", "--cov-context=test", "--cov-report=", "--cov-config=/dev/null"]
        code = int(pytest.main([*_options(tests), *covering, *tests], plugins=[watch]))
        times.write_text(json.dumps(watch.seconds))
        return code

    code = _forked(run, 1800)
    if code:
        raise click.ClickException(f"{name}: its tests do not pass as they are (pytest says {code})")
    from coverage import CoverageData  # noqa: PLC0415 - as above

    kept = CoverageData(basename=str(data))
    kept.read()
    by_line = {
        line: {context.rpartition("|")[0] for context in contexts if "|" in context}
        for line, contexts in kept.contexts_by_lineno(str(path)).items()
    }
    return Reach(by_line, json.loads(times.read_text()))


def _outcome(name: str, path: Path, mutation: Mutation, reach: Reach, most: float) -> str:
    """Return what became of a fault: `killed`, `time` (it never ended), `survived` or `unreached`."""
    wanted = reach.nearest(mutation.lines or [mutation.line], most)
    reached = any(line in reach.by_line for line in mutation.lines or [mutation.line])
    files = list(dict.fromkeys(test.partition("::")[0] for test in wanted))

    def run() -> int:
        import pytest  # noqa: PLC0415 - as above

        sys.meta_path.insert(0, _Broken(name, path, mutation.code(str(path))))
        return int(pytest.main([*_options(files), *files], plugins=[Watch(wanted)]))

    usual = sum(reach.seconds[test] for test in wanted)
    code = _forked(run, LEAST_SECONDS + SLOWER * usual)
    if code == NO_TESTS:
        raise click.ClickException(f"{name}: none of {wanted[:3]} was run")
    if code == SURVIVED:
        return "survived" if reached else "unreached"
    return "time" if code in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM} else "killed"


def _spread(all_of_them: Sequence[Mutation], limit: int) -> list[Mutation]:
    """Return `limit` mutations, evenly spread over the module; all where it is 0."""
    if not limit or limit >= len(all_of_them):
        return [*all_of_them]
    return [all_of_them[number * len(all_of_them) // limit] for number in range(limit)]


def _targets(only: Sequence[str]) -> Iterator[tuple[str, Path, list[str]]]:
    for short in only or TESTS:
        if short not in TESTS:
            raise click.BadParameter(f"{short} is none of {', '.join(TESTS)}", param_hint="--only")
        path = ROOT / "consulta" / f"{short.replace('.', '/')}.py"
        tests = [each for each in TESTS[short] if (ROOT / each).exists()]
        yield f"consulta.{short}", path, tests


@click.command(help=__doc__)
@click.option("--only", multiple=True, help="A module, such as core.counting.tally; may be repeated.")
@click.option("--limit", default=0, help="So many faults of each module, evenly spread; 0 is all.")
@click.option("--seconds", default=20.0, help="How long the tests of one fault may take, unchanged.")
@click.option("--lines", default="", help="Only faults on these lines, such as 120-160.")
@click.option("--out", type=click.Path(path_type=Path), help="A file for the list of survivors.")
def main(only: Sequence[str], limit: int, seconds: float, lines: str, out: Path | None) -> None:
    """Break modules and list what survives."""
    os.nice(NICE)
    os.chdir(ROOT)
    for name in PRELOADED:
        importlib.import_module(name)
    said: list[str] = []

    def say(text: str) -> None:
        click.echo(text)
        said.append(text)

    with tempfile.TemporaryDirectory(prefix="consulta-mutants-") as folder:
        # What is compiled once serves every process; the checkout gets nothing, and no fault is kept.
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(Path(folder) / "compiled")
        for name, path, tests in _targets(only):
            begun = time.monotonic()
            found = [each for each in mutations(path.read_text("utf-8")) if _is_inside(each, lines)]
            chosen = _spread(found, limit)
            reach = _reach(name, path, tests, Path(folder))
            counted: dict[str, int] = defaultdict(int)
            for mutation in chosen:
                outcome = _outcome(name, path, mutation, reach, seconds)
                counted[outcome] += 1
                if outcome in {"survived", "unreached"}:
                    say(f"{outcome} {path.relative_to(ROOT)}:{mutation.line}  {mutation.what}")
            figures = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
            took = time.monotonic() - begun
            say(f"{name}: {len(chosen)} of {len(found)} faults, {figures or 'none'} ({took:.0f} s)")
    if out:
        out.write_text("\n".join(said) + "\n", "utf-8")


def _is_inside(mutation: Mutation, lines: str) -> bool:
    first, _, last = lines.partition("-")
    return not lines or int(first) <= mutation.line <= int(last or first)


if __name__ == "__main__":
    main()
