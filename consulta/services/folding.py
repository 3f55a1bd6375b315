"""Small categories folded into one line, so that no published line tells of a handful of organisations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.bundle import LocalText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.services.views import CategoryLine

OTHERS = LocalText("Las demás categorías, juntas", "All other categories together")


def fold(lines: Sequence[CategoryLine], least: int) -> tuple[CategoryLine, ...]:
    """The lines with fewer than `least` ballots added up in one; that one has `least` or more, too.

    To reach it the next smallest line is folded in, so that the total gives no folded line away. Where all
    lines together have fewer than `least`, they are one line.
    """
    ordered = sorted(lines, key=lambda line: (-line.ballots, line.key))
    kept = [line for line in ordered if line.ballots >= least]
    folded = [line for line in ordered if line.ballots < least]
    if len(folded) == 1 and kept:
        folded.insert(0, kept.pop())
    while folded and kept and sum(line.ballots for line in folded) < least:
        folded.insert(0, kept.pop())
    return (*kept, _sum(folded)) if folded else tuple(kept)


def _sum(lines: Sequence[CategoryLine]) -> CategoryLine:
    targets = [line.target for line in lines if line.target is not None]
    return replace(
        lines[0],
        key="",
        name=OTHERS,
        seats=sum(line.seats for line in lines),
        ballots=sum(line.ballots for line in lines),
        share=sum(line.share for line in lines),
        weighted=sum(line.weighted for line in lines),
        target=sum(targets) if len(targets) == len(lines) else None,
        silent=all(line.silent for line in lines),
        folded=len(lines),
    )
