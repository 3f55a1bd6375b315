"""Break a module on purpose, fault after fault, and list the faults that its nearest tests do not see.

Run it as `make mutants` (ONLY=core.counting.tally for one module, LIMIT=40 for so many faults of each,
evenly spread, MINUTES=5 for so many minutes of each, OUT=file for the list). `docs/mutants.md` says what came
of it.

No file is changed: each fault is compiled in memory and given to a forked process. The tests run once
unchanged, to see which of them reach which line and how long each takes; then every fault is shown to those
that reach its line, the quickest first, up to `--seconds` in all.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.abc
import importlib.util
import inspect
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import click
from pluggy import HookimplMarker

from tools.guarded import ROOT, TESTS, path_of
from tools.mutations import Mutation, mutations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    import pytest

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

FIRST = HookimplMarker("pytest")(tryfirst=True)
OPTIONS = ("-q", "--no-header", "--no-summary", "--tb=no")
PLUGINS = (
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-p",
    "tests.depth",
)  # the last: laws without a deadline
LEFT_OUT = ("-m", "not slow and not browser")
USUAL = (*OPTIONS, *PLUGINS, *LEFT_OUT)
CORE = "tests/core"
SURVIVED = 0
UNTRIED = -999
SLOWER = 5
BUSY = 30
LEAST_SECONDS = 10
MOST_SECONDS = 86_400
NICE = 5
DEPTH = "quick"  # of the tests, as in `make test`
LAWS = "/laws/"


class Loop:
    """A plugin of pytest that does `work` with the session in place of its loop."""

    def __init__(self, work: Callable[[pytest.Session], None]) -> None:
        self.work = work

    @FIRST
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take out what runs on PostgreSQL before `tests.depth` gives a test one of both databases, in turn.

        A test whose turn is PostgreSQL would be left out by both.
        """
        items[:] = [each for each in items if not each.get_closest_marker("postgres")]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work, unless the tests could not be collected."""
        if not session.testsfailed:
            self.work(session)
        return True


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests reach which line of a module, and how long each test takes."""

    by_line: dict[int, set[str]]
    seconds: dict[str, float]

    def nearest(self, mutation: Mutation, most: float) -> list[str]:
        """Return the tests that reach a mutation, the quickest first, up to `most` seconds in all.

        What runs while the module is imported belongs to no test: any test may see it.
        """
        found: set[str] = set().union(*(self.by_line.get(line, set()) for line in _lines(mutation)))
        chosen: list[str] = []
        used = 0.0
        for test in sorted(found or set(self.seconds), key=lambda test: (self.seconds[test], test)):
            used += self.seconds[test]
            if used > most and chosen:
                break
            chosen.append(test)
        return chosen

    def has(self, mutation: Mutation) -> bool:
        """Whether any test reaches a mutation."""
        return any(line in self.by_line for line in _lines(mutation))

    def limit(self, tests: Iterable[str]) -> float:
        """Return the seconds of the processor after which these tests count as never ending."""
        return LEAST_SECONDS + SLOWER * sum(self.seconds[test] for test in tests)


def _lines(mutation: Mutation) -> Sequence[int]:
    return mutation.lines or [mutation.line]


def _run(
    session: pytest.Session, items: Sequence[pytest.Item], before: Callable[[str], object] = str
) -> dict[str, float]:
    """Run tests until one fails; return what each takes, in seconds of the processor.

    What was made for the whole session stays, for the next ones.
    """
    seconds = {}
    for item, after in zip(items, [*items[1:], session], strict=True):
        before(item.nodeid)
        begun = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        seconds[item.nodeid] = time.process_time() - begun
        if session.testsfailed:
            break
    return seconds


def _wanted(session: pytest.Session, wanted: Sequence[str]) -> list[pytest.Item]:
    by_name = {item.nodeid: item for item in session.items}
    return [by_name[name] for name in wanted]


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
    return [*USUAL, *([f"--confcutdir={CORE}", "--disable-plugin-autoload"] if alone else [])]


def _ask(
    name: str,
    path: Path,
    tests: Sequence[str],
    chosen: Sequence[Mutation],
    most: float,
    folder: Path,
    minutes: float,
) -> tuple[list[int | None], Reach]:
    """Run the tests of a module unchanged, then show them every fault that is inside a function.

    Return what each fault came to, None for those of the import, `UNTRIED` for those whose turn comes after
    so many `minutes`, and what the tests reach. One process imports and collects, and forks for every fault.
    """
    answered = folder / f"{name}.json"

    def work(session: pytest.Session) -> None:
        reach = _covered(path, session)
        if not session.testsfailed:
            broken = _Inside(path, session, reach, most)
            until = _from_now(minutes)
            codes: list[int | None] = [UNTRIED] * len(chosen)
            for place in turns(len(chosen)):
                if time.monotonic() < until:
                    codes[place] = broken.outcome(chosen[place])
            kept = {line: sorted(names) for line, names in reach.by_line.items()}
            answered.write_text(json.dumps([codes, kept, reach.seconds]))

    def run() -> int:
        import pytest  # noqa: PLC0415 - only in the process that runs the tests

        return int(
            pytest.main([*_options(tests), f"--basetemp={folder / 'tests'}", *tests], plugins=[Loop(work)])
        )

    code = _forked(run, MOST_SECONDS)
    if code:
        raise click.ClickException(f"{name}: its tests do not pass as they are (pytest says {code})")
    codes, by_line, seconds = json.loads(answered.read_text())
    return codes, Reach({int(line): set(names) for line, names in by_line.items()}, seconds)


def _from_now(minutes: float) -> float:
    """Return when so many minutes are over; 0 is never."""
    return time.monotonic() + 60 * minutes if minutes else float("inf")


def turns(number: int) -> list[int]:
    """Return in which order so many faults are tried, so that those tried are spread evenly at any time."""
    digits = max(number - 1, 1).bit_length()
    return sorted(range(number), key=lambda place: f"{place:0{digits}b}"[::-1])


def _covered(path: Path, session: pytest.Session) -> Reach:
    """Run the tests of a session; return which of them reach which line of a module."""
    import coverage  # noqa: PLC0415 - as above

    covering = coverage.Coverage(include=[str(path)], data_file=None, config_file=False)
    covering.set_option("run:disable_warnings", ["no-data-collected"])  # a module may have only constants
    gc.unfreeze()  # the tests keep what was imported from the collector, which finds the functions
    keeping = keeping_of(str(path))

    def before(test: str) -> None:
        empty(keeping)  # else only the first test would come to what a function keeps
        forget_stories()  # and only the first to the lines of a story that several begin with
        covering.switch_context(test)

    covering.start()
    seconds = _run(session, worked_out(session.items), before)
    covering.stop()
    contexts = covering.get_data().contexts_by_lineno(str(path))
    return Reach({line: {each for each in names if each} for line, names in contexts.items()}, seconds)


def worked_out(items: Sequence[pytest.Item]) -> Sequence[pytest.Item]:
    """Return the tests whose examples are not random, and laws; all of them where there is no other."""
    chosen = [each for each in items if LAWS in each.nodeid or not _is_random(each)]
    return chosen or items


def _is_random(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


class _Inside:
    """Faults inside functions, in a process that has imported the module: functions get changed code."""

    def __init__(self, path: Path, session: pytest.Session, reach: Reach, most: float) -> None:
        self.path, self.session, self.reach, self.most = str(path), session, reach, most
        self.original = compile(ast.parse(path.read_text("utf-8")), self.path, "exec")
        self.functions = functions_of(self.path)
        self.keeping = keeping_of(self.path)

    def outcome(self, mutation: Mutation) -> int | None:
        """Return what the nearest tests answer in a forked process; None where the module is imported anew.

        That is where no function has the fault, and where no test comes to it: a function that is called
        while the module is imported has done its work before its code could be changed.
        """
        if not self.reach.has(mutation):
            return None
        changed = [*changed_code(self.original, mutation.code(self.path))] if mutation.inside else []
        there = [(function, new) for old, new in changed for function in self.functions[key_of(old)]]
        if not there or any(function.__code__.co_freevars != new.co_freevars for function, new in there):
            return None
        wanted = self.reach.nearest(mutation, self.most)

        def run() -> int:
            for function, new in there:
                function.__code__ = new
            empty(self.keeping)
            forget_stories()
            _run(self.session, _wanted(self.session, wanted))
            return int(bool(self.session.testsfailed))

        return _forked(run, self.reach.limit(wanted))


def forget_stories() -> None:
    """Let no test begin with a database that was made before the fault (`tests/lived.py`)."""
    if (lived := sys.modules.get("tests.lived")) is not None:
        lived.forget()


def key_of(code: CodeType) -> tuple[str, int, bytes]:
    """Return what tells the code of one function from that of another in the same file.

    Two code objects of one function can be unequal once one of them has run.
    """
    return code.co_qualname, code.co_firstlineno, code.co_code


def functions_of(filename: str) -> dict[tuple[str, int, bytes], list[FunctionType]]:
    """Return every function that was made from a file, under the key of its code."""
    found: dict[tuple[str, int, bytes], list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == filename:
            found[key_of(each.__code__)].append(each)
    return found


def keeping_of(filename: str) -> list[_lru_cache_wrapper[Any]]:
    """Return the functions of a file that keep what they returned, as `functools.cache` makes them."""
    found = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper)]
    code = [getattr(inspect.unwrap(each), "__code__", None) for each in found]  # a class has none
    return [each for each, its in zip(found, code, strict=True) if its and its.co_filename == filename]


def empty(keeping: Iterable[_lru_cache_wrapper[Any]]) -> None:
    """Let functions that keep what they returned keep nothing."""
    for each in keeping:
        each.cache_clear()


def changed_code(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Return what differs of two modules: the code of each function, with that of the functions inside it."""
    if old != new:
        yield old, new
        inner = ([each for each in code.co_consts if isinstance(each, CodeType)] for code in (old, new))
        for one, other in zip(*inner, strict=False):
            yield from changed_code(one, other)


def _imported(name: str, path: Path, mutation: Mutation, wanted: Sequence[str], seconds: float) -> int:
    """Return what pytest answers where a module is imported with a fault: one of what it does at import."""
    files = list(dict.fromkeys(test.partition("::")[0] for test in wanted))

    def run() -> int:
        import pytest  # noqa: PLC0415 - as above

        sys.meta_path.insert(0, _Broken(name, path, mutation.code(str(path))))

        def work(session: pytest.Session) -> None:
            _run(session, _wanted(session, wanted))

        return int(pytest.main([*_options(files), *files], plugins=[Loop(work)]))

    return _forked(run, seconds)


def _outcome(code: int, *, reached: bool) -> str:
    """Return what became of a fault: `killed`, `time` (it never ended), `survived` or `unreached`."""
    if code == SURVIVED:
        return "survived" if reached else "unreached"
    return "time" if code in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM} else "killed"


def _tried(
    name: str,
    path: Path,
    tests: Sequence[str],
    chosen: Sequence[Mutation],
    seconds: float,
    folder: Path,
    minutes: float,
) -> Iterator[tuple[Mutation, str]]:
    """Yield what became of each fault whose turn came: inside functions, and then those of the import."""
    codes, reach = _ask(name, path, tests, chosen, seconds, folder, minutes)
    until = _from_now(minutes)
    for mutation, found in zip(chosen, codes, strict=True):
        wanted, code = reach.nearest(mutation, seconds), found
        if code is None and time.monotonic() < until:
            code = _imported(name, path, mutation, wanted, reach.limit(wanted))
        if code is not None and code != UNTRIED:
            yield mutation, _outcome(code, reached=not mutation.inside or reach.has(mutation))


def _spread(all_of_them: Sequence[Mutation], limit: int) -> list[Mutation]:
    """Return `limit` mutations, evenly spread over the module; all where it is 0."""
    if not limit or limit >= len(all_of_them):
        return [*all_of_them]
    return [all_of_them[number * len(all_of_them) // limit] for number in range(limit)]


def _targets(only: Sequence[str]) -> Iterator[tuple[str, Path, Sequence[str]]]:
    for short in only or TESTS:
        if short not in TESTS:
            raise click.BadParameter(f"{short} is none of {', '.join(TESTS)}", param_hint="--only")
        yield f"consulta.{short}", path_of(short), TESTS[short]


@click.command(help=__doc__)
@click.option("--only", multiple=True, help="A module, such as core.counting.tally; may be repeated.")
@click.option(
    "--test", "tests", multiple=True, help="A file or test in place of the nearest; may be repeated."
)
@click.option("--limit", default=0, help="So many faults of each module, evenly spread; 0 is all.")
@click.option(
    "--minutes", default=0.0, help="After how long no other fault of a module is tried; 0 is never."
)
@click.option("--seconds", default=20.0, help="How long the tests of one fault may take, unchanged.")
@click.option("--lines", default="", help="Only faults on these lines, such as 120-160.")
@click.option("--out", type=click.Path(path_type=Path), help="A file for the list of survivors.")
def main(
    only: Sequence[str],
    tests: Sequence[str],
    limit: int,
    minutes: float,
    seconds: float,
    lines: str,
    out: Path | None,
) -> None:
    """Break modules and list what survives."""
    os.nice(max(0, NICE - os.nice(0)))
    os.chdir(ROOT)
    os.environ["CONSULTA_TEST_DEPTH"] = DEPTH
    for name in PRELOADED:
        importlib.import_module(name)
    said: list[str] = []

    def say(text: str) -> None:
        click.echo(text)
        said.append(text)

    with tempfile.TemporaryDirectory(prefix="consulta-mutants-") as folder:
        # What is compiled once serves every process; the checkout gets nothing, and no fault is kept.
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(Path(folder) / "compiled")
        for name, path, nearest in _targets(only):
            begun = time.monotonic()
            found = [each for each in mutations(path.read_text("utf-8")) if _is_inside(each, lines)]
            counted: dict[str, int] = defaultdict(int)
            for mutation, outcome in _tried(
                name, path, tests or nearest, _spread(found, limit), seconds, Path(folder), minutes
            ):
                counted[outcome] += 1
                if outcome in {"survived", "unreached"}:
                    say(f"{outcome} {path.relative_to(ROOT)}:{mutation.line}  {mutation.what}")
            figures = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
            took = time.monotonic() - begun
            say(f"{name}: {sum(counted.values())} of {len(found)} faults, {figures or 'none'} ({took:.0f} s)")
    if out:
        out.write_text("\n".join(said) + "\n", "utf-8")


def _is_inside(mutation: Mutation, lines: str) -> bool:
    first, _, last = lines.partition("-")
    return not lines or int(first) <= mutation.line <= int(last or first)


if __name__ == "__main__":
    main()
