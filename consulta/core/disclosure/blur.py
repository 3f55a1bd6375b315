"""Whether a figure by weight, told to a step of so many per cent, leaves open what small cells said."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

APART = 2


class Figure(NamedTuple):
    """A figure by weight: each ballot's part of all, and from 0 to 1 how much of that counts for it."""

    shares: npt.NDArray[np.float64]
    part: npt.NDArray[np.float64]
    cell: npt.NDArray[np.int64]

    def is_blurred(self, step: int, least: int) -> bool:
        """Return whether the figure, known to `step` per cent, leaves all small cells' ballots open.

        If any two ballots of a small cell change sides, ballots of other cells that are each within a
        step can change the other way until the figure is in its step again: adding them one by one
        cannot jump over it. That needs enough ballots on both sides.
        """
        if (self.part < 1).sum() < least or (self.part > 0).sum() < least:
            return False
        light = np.where(self.shares <= step / 100, self.shares, 0.0)
        ballots = np.bincount(self.cell)
        heaviest = np.zeros(len(ballots))
        np.maximum.at(heaviest, self.cell, self.shares)
        small = ballots < least
        needed = np.minimum(ballots, APART) * heaviest
        for room in (light * (1 - self.part), light * self.part):
            elsewhere = room.sum() - np.bincount(self.cell, weights=room)
            if (elsewhere[small] < needed[small]).any():
                return False
        return True


def of(weights: Sequence[int], part: Sequence[float], cells: Sequence[int]) -> Figure:
    """Return the figure of ballots with these weights, of which so much counts for it, in these cells."""
    whole = np.array(weights, dtype=float)
    return Figure(whole / whole.sum(), np.array(part, dtype=float), np.array(cells, dtype=np.int64))
