"""The order of these tests: a rule that is broken fails the run in its first minute.

Worked examples by hand come first, then what is quick, and laws, random rounds and comparisons of two
programs last: these take minutes without a depth of `tests.depth`. Where several processes share the tests
their order stays, since those begin with what takes longest (`tests.forks`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import forks

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
BY_HAND = ("tally", "rules", "neighbours", "by_hand", "robustness", "effects")
"""Files of the examples that can be followed with a pencil, `test_….py`, in no order."""

LAST = ("agreement", "panel_always", "panel_large")
"""Files that compare two programs, or search for long."""


def here(items: Sequence[pytest.Item]) -> list[int]:
    """Return the places that tests of this folder have among all."""
    return [place for place, item in enumerate(items) if item.path.is_relative_to(HERE)]


def turn(item: pytest.Item) -> int:
    """Return when a test has its turn: 0 comes first."""
    name = item.path.stem.removeprefix("test_")
    if name in LAST or item.get_closest_marker("hypothesis"):
        return 2
    return int(name not in BY_HAND)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests of this folder among themselves, where one process runs them."""
    if forks.is_one(config):
        places = here(items)
        found = sorted([items[place] for place in places], key=turn)
        for place, item in zip(places, found, strict=True):
            items[place] = item
