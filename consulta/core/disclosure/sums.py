"""Numbers that make a known whole, such as how many chose each option: which of them may be told.

The rule for small groups, for numbers that stand alone and not in a table by categories (that is
`suppression`). A number is told where `least` are counted in it and `least` are not. The whole is taken to
be known: where a single number were hidden it would follow from the others, so a second one is hidden with
it, the smallest of those told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = TypeVar("Key")


def is_large(count: int, whole: int, least: int) -> bool:
    """Return whether `least` of a whole are counted, and `least` are not."""
    return least <= count <= whole - least


def second_hidden(shown: Mapping[Key, bool], counts: Mapping[Key, int]) -> dict[Key, bool]:
    """Return which numbers of a whole are shown; where a single one is hidden, one more is.

    That is the smallest of those shown, of several the first.
    """
    found = dict(shown)
    told = [key for key, is_shown in shown.items() if is_shown]
    if told and len(told) == len(shown) - 1:
        found[min(told, key=lambda key: counts[key])] = False
    return found


def told(counts: Mapping[Key, int], least: int) -> dict[Key, int | None]:
    """Return what may be told of numbers where each organisation is counted in one; None is hidden.

    A `least` of 0 tells all: votes have names.
    """
    whole = sum(counts.values())
    shown = second_hidden({key: is_large(count, whole, least) for key, count in counts.items()}, counts)
    return {key: count if shown[key] else None for key, count in counts.items()}
