"""Small blocks of categories joined with others until each is large enough to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Categories = frozenset[str]


def joined(
    blocks: Sequence[Categories],
    ballots: Callable[[Categories], int],
    is_enough: Callable[[Categories], bool],
) -> tuple[Categories, ...]:
    """Return the blocks, with those that are not enough by themselves joined into one.

    The next smallest blocks are joined to it until it is enough. It has at least two blocks, so that its
    total reveals none of them. Where all blocks together are not enough, they are one.
    """
    ordered = sorted(blocks, key=lambda block: (-ballots(block), sorted(block)))
    kept = [block for block in ordered if is_enough(block)]
    small = [block for block in ordered if not is_enough(block)]
    together = frozenset[str]().union(*small)
    while small and kept and (together in blocks or not is_enough(together)):
        together |= kept.pop()
    return (*kept, together) if small else tuple(kept)
