"""What `make test-deep` tries beyond `make test`: more examples of a law, more cases of a kind.

`CONSULTA_TEST_DEEP=1` runs the tests and cases marked `deep` too. Anything else leaves them out.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _pytest.mark import ParameterSet

T = TypeVar("T")

DEEP = os.environ.get("CONSULTA_TEST_DEEP") == "1"
FEW = 3  # examples of a law in `make test`
COSTLY = 2  # and of one whose examples take a second each
_PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}

settings.register_profile("few", max_examples=FEW, derandomize=True, **_PATIENT)
settings.register_profile("deep", max_examples=500, **_PATIENT)
settings.load_profile("deep" if DEEP else "few")


def examples(number: int, *, few: int = FEW) -> int:
    """Return on how many examples a law is tried: `number`, or at most `few` in `make test`."""
    return number if DEEP else min(number, few)


def deep(*values: Any) -> ParameterSet:
    """Return one case of a parametrised test that is left to `make test-deep`."""
    return pytest.param(*values, marks=pytest.mark.deep)


def few(cases: Iterable[Any]) -> list[Any]:
    """Return all cases of a parametrised test; `make test` tries the first and the last."""
    first, *others = cases
    return [first, *map(_deep, others[:-1]), *others[-1:]]


def one_of_each(kind: Callable[[Any], Any], cases: Iterable[tuple[Any, ...]]) -> list[ParameterSet]:
    """Return all cases of a parametrised test; `make test` tries the first of each kind."""
    seen: set[Any] = set()
    found = []
    for case in cases:
        found.append(deep(*case) if kind(case) in seen else pytest.param(*case))
        seen.add(kind(case))
    return found


def some(things: Iterable[T], step: int, start: int = 0) -> list[T]:
    """Return each `step`-th of many alike, from number `start` on; all of them in `make test-deep`."""
    found = list(things)
    return found if DEEP else found[start % step :: step]


def _deep(case: Any) -> Any:
    if hasattr(case, "marks"):  # a `pytest.param` with a name or marks of its own
        return pytest.param(*case.values, marks=[*case.marks, pytest.mark.deep], id=case.id)
    return deep(*case) if isinstance(case, tuple) else deep(case)
