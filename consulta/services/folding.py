"""Small categories joined into one line, so that no published line tells of a handful of organisations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.data import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consulta.services.views import CategoryLine

Categories = frozenset[str]


def joined(
    blocks: Sequence[Categories],
    ballots: Callable[[Categories], int],
    is_enough: Callable[[Categories], bool],
) -> tuple[Categories, ...]:
    """The blocks that are not enough by themselves joined in one that is enough.

    To reach it the next smallest blocks are joined, at least two in all, so that the total gives none of them
    away. Where all blocks together are not enough, they are one.
    """
    ordered = sorted(blocks, key=lambda block: (-ballots(block), sorted(block)))
    kept = [block for block in ordered if is_enough(block)]
    small = [block for block in ordered if not is_enough(block)]
    together = frozenset[str]().union(*small)
    while small and kept and (together in blocks or not is_enough(together)):
        together |= kept.pop()
    return (*kept, together) if small else tuple(kept)


def fold(lines: Sequence[CategoryLine], least: int) -> tuple[CategoryLine, ...]:
    """The lines with fewer than `least` ballots added up in one that has `least` or more, where there are."""
    by_key = {line.key: line for line in lines}

    def ballots(block: Categories) -> int:
        return sum(by_key[key].ballots for key in block)

    together = joined([frozenset({key}) for key in by_key], ballots, lambda block: ballots(block) >= least)
    return tuple(
        by_key[min(block)] if len(block) == 1 else _sum([by_key[key] for key in sorted(block)])
        for block in together
    )


def _sum(lines: Sequence[CategoryLine]) -> CategoryLine:
    targets = [line.target for line in lines if line.target is not None]
    return replace(
        lines[0],
        key="",
        name=catalogue.term("folded", "others"),
        seats=sum(line.seats for line in lines),
        ballots=sum(line.ballots for line in lines),
        share=sum(line.share for line in lines),
        weighted=sum(line.weighted for line in lines),
        target=sum(targets) if len(targets) == len(lines) else None,
        silent=all(line.silent for line in lines),
        folded=len(lines),
    )
