"""How much is tried of what has no end: laws on random examples, matrices of widths and languages, attacks.

CONSULTA_TEST_DEPTH says it. `quick` is `make test`: every law on few examples, every pair of two values of a
matrix, some of many cases alike. `deep` is `make test-deep`: everything, the laws of the core on 500 new
examples and more. Without it, everything is tried, the laws of the core on 50 examples, the same everywhere:
a run that a newcomer starts must not fail for an example that nobody has seen; looking for those is done on
purpose.
"""

from __future__ import annotations

import os
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _pytest.mark import ParameterSet

T = TypeVar("T")
DEPTH = os.environ.get("CONSULTA_TEST_DEPTH", "usual")
PROFILES = {"quick": "quick", "usual": "dev", "deep": "ci"}
FEW = 3  # examples of a law in `make test`
BOTH = 2  # kinds of database
CASES = 2  # of a test with many, each on an installation of its own
INSTALLATION = frozenset({"settings", "migrated", "migrated_url", "demo"})  # asked for, or asked for by that
GUARDS = tuple(
    f"tests/{name}"
    for name in (
        *("ballots/", "voting/", "door/", "changes/", "objections/", "infra/", "browser/"),
        *("site/test_access.py", "checks/test_cast_rows.py", "results/test_secrecy", "rounds/test_secrecy"),
    )
)
"""Where each case without a mark is tried: votes lost, doubled, seen, cast for another; access; secrecy."""
LEFT = frozenset(
    f"tests/{line.split()[0]}"
    for line in Path(__file__).with_name("left.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
"""Tests that `make test` leaves out whole: costly, and what they reach is reached by others too."""
COSTLY = 2  # and of one whose examples take a second each
PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}

# Hypothesis reads the constants of every module that was imported, to try them as values, for seconds in each
# process. What is tried in `make test` should not depend on which tests ran before either.
if DEPTH == "quick" and hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants

settings.register_profile("quick", max_examples=FEW, derandomize=True, **PATIENT)
settings.register_profile("dev", max_examples=50, derandomize=True, **PATIENT)
settings.register_profile("ci", max_examples=500, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", PROFILES[DEPTH]))


def deep() -> bool:
    """Whether this is `make test-deep`, which leaves nothing out."""
    return DEPTH == "deep"


def quick() -> bool:
    """Whether this is `make test`, which leaves some of it to `make test-deep`."""
    return DEPTH == "quick"


def examples(usual: int, *, few: int = FEW) -> int:
    """Return on how many examples a law is tried that asks for `usual`; `few` at most in `make test`."""
    return min(usual, few) if quick() else usual


def left(*values: Any) -> ParameterSet:
    """Return values of a parametrised test that are left to `make test-deep`."""
    return pytest.param(*values, marks=pytest.mark.deep)


def some(things: Iterable[T], of: int, turn: int = 0) -> list[T]:
    """Return each `of`-th of many alike in `make test`, from number `turn` on; all of them otherwise."""
    found = list(things)
    return found[turn % of :: of] if quick() else found


def in_turn(values: Iterable[Any], of: int, turn: int = 0) -> list[ParameterSet]:
    """Return all values of a parametrised test; `make test` tries each `of`-th, from number `turn` on.

    Tests that stand side by side take different turns, so that each value meets some of them.
    """
    found = list(values)
    return [
        pytest.param(each) if number % of == turn % of else left(each) for number, each in enumerate(found)
    ]


def one_of_each(kind: Callable[[Any], Any], cases: Iterable[tuple[Any, ...]]) -> list[ParameterSet]:
    """Return all cases; `make test` tries the first of each kind."""
    seen: set[Any] = set()
    found = []
    for case in cases:
        found.append(left(*case) if kind(case) in seen else pytest.param(*case))
        seen.add(kind(case))
    return found


def pairwise(*factors: Sequence[Any]) -> list[ParameterSet]:
    """Return all combinations; those marked `deep` bring no two values together for the only time.

    The same two values of any two factors meet in one that is not marked, so a fault of one value or of two
    together is found by `make test` too.
    """
    every = list(product(*factors))
    missing = {pair for each in every for pair in _pairs(each)}
    taken: set[tuple[Any, ...]] = set()
    while missing:
        best = max(every, key=lambda each: len(missing & _pairs(each)))
        taken.add(best)
        missing -= _pairs(best)
    return [pytest.param(*each, marks=() if each in taken else pytest.mark.deep) for each in every]


def _pairs(values: tuple[Any, ...]) -> set[tuple[tuple[int, Any], ...]]:
    return set(combinations(enumerate(values), 2))


def sampled(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return what `make test` leaves out of cases alike: of a test that stands on an installation.

    Of many cases it tries `CASES`: the first, the last and those evenly between; each case on one database,
    in turn; of a page in each language one, not the same for all tests. What is below `GUARDS` is tried
    whole.
    """
    found = []
    for name, all_cases in _alike(items).items():
        turn = crc32(name.encode())
        others = _other_databases(all_cases, turn)
        found += others
        cases = [each for each in all_cases if each not in others]
        tongues = {each.callspec.params.get("lang") for each in cases}
        if len(tongues) == len(cases) > 1:
            kept = {turn % len(cases)}
        else:
            kept = {round(step * (len(cases) - 1) / (CASES - 1)) for step in range(CASES)}
        found += [each for number, each in enumerate(cases) if number not in kept]
    return found


def _name(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _other_databases(cases: list[Any], turn: int) -> list[Any]:
    """Return the cases to leave of a test that runs on both databases: each other one is on one, in turn.

    Of a test that does not run on both there are none.
    """
    kinds: dict[bool, list[Any]] = {False: [], True: []}
    for each in cases:
        kinds[bool(each.get_closest_marker("postgres"))].append(each)
    if len(kinds[False]) != len(kinds[True]):
        return []
    return [pair[(turn + number) % BOTH] for number, pair in enumerate(zip(*kinds.values(), strict=True))]


def _alike(items: Sequence[pytest.Item]) -> dict[str, list[Any]]:
    """Return the cases of each test that costs an installation for each of them, in the order they have."""
    tests: dict[str, list[Any]] = {}
    for item in items:
        costs = INSTALLATION.intersection(getattr(item, "fixturenames", ()))
        if costs and not item.nodeid.startswith(GUARDS) and hasattr(item, "callspec"):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for cases in tests.values():
        cases.sort(key=lambda each: tuple(each.callspec.indices.values()))
    return tests


def is_left(item: pytest.Item) -> bool:
    """Whether a test is left to `make test-deep` for itself."""
    return _name(item) in LEFT or item.get_closest_marker("deep") is not None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the option."""
    parser.getgroup("consulta").addoption(
        "--left", action="store_true", help="run what `make test` leaves out, and nothing else"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is `deep`, and all but some of many cases alike, to `make test-left`."""
    others = bool(config.getoption("--left"))
    if not quick() and not others:
        return
    left = {item for item in items if is_left(item)}
    left.update(sampled([item for item in items if item not in left]))
    if gone := [item for item in items if (item in left) != others]:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if (item in left) == others]
