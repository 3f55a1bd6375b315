"""What the modules of acts declare beside their functions: kinds of mail, purposes, acts."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, TypeVar

import consulta

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

T = TypeVar("T")

# The wings whose modules are read, in the order in which the desk lists their kinds of mail and in which a
# request looks for a session by their links: the link to what a vote did comes before the one to vote.
WINGS = (
    *("results", "vote", "panel", "themes", "people", "accounts"),
    *("rounds", "sessions", "desk", "operations"),
)
PAGES = frozenset({"pages", "public"})  # folders that need the web


def entries(name: str, of: type[T]) -> Iterator[T]:
    """Yield the entries of a class that modules of acts have under `name`, in the order of the wings."""
    for module in _modules():
        for each in vars(module).get(name, ()):
            if isinstance(each, of):
                yield each


@cache
def _modules() -> tuple[ModuleType, ...]:
    """Return the modules of acts, those of a wing itself before those of its folders."""
    found = []
    for wing in WINGS:
        paths = [f"{each}/{wing}" for each in consulta.__path__]
        names = [each.name for each in walk_packages(paths, f"consulta.{wing}.")]
        found += sorted(
            (name for name in names if not PAGES & set(name.split("."))),
            key=lambda name: (name.count("."), name),
        )
    return tuple(import_module(name) for name in found)
