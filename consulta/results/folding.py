"""Small categories joined into one line, so that no published line tells of a handful of organisations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.disclosure.blocks import Categories, joined
from consulta.data import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.texts import Text


def fold(lines: Sequence[CategoryLine], least: int) -> tuple[CategoryLine, ...]:
    """Return the lines, with those of fewer than `least` ballots added up in one line.

    That line has `least` ballots or more, where there are so many: the next smallest lines are added to
    it as needed.
    """
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


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category of the roll: who could vote, who did, and what its ballots counted for before and after."""

    dimension: str
    key: str
    name: Text
    seats: int
    ballots: int
    share: float
    weighted: float
    target: float | None
    silent: bool
    folded: int = 0  # how many small categories this line stands for
