"""Replicates of a count: ballots are drawn anew inside cells, and the themes put in order again.

A cell has ballots of one base and gives as many as it has: what a ballot is worth never changes, and so a
replicate is a sum over what was drawn. The sums are exact: values are split into parts so small that double
precision holds every sum of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import shake_128
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.contest import Contest
from consulta.core.counting.firmness import Drawn, Redrawn, at_once, features, members_of, pieces, places_of
from consulta.core.counting.profile import SAFE, Profile, planes_of
from consulta.core.counting.tally import Survey, Worth
from consulta.core.counting.weights import BasedCells

Counts = npt.NDArray[np.int64]

EXACT = 2**53
"""Whole numbers below this are exact in double precision."""


def resampling(
    contest: Contest, cells: BasedCells, values: Sequence[int], seed: str, topic: int, replicates: int
) -> Redrawn | None:
    """Return what replicates of the count give; None without any.

    `values` are what a ballot of each block is worth.
    """
    if not replicates:
        return None
    urn = _Urn.of(contest, cells, values)
    hits = 0
    at_place = np.zeros((len(contest.keys), len(contest.keys)), dtype=np.int64)
    for first in range(0, replicates, urn.at_once):
        # Where cells hold few ballots, the same are drawn again and again.
        alike: dict[bytes, list[Drawn]] = {}
        for r in range(first, min(first + urn.at_once, replicates)):
            counts = urn.draw(seed, r)
            alike.setdefault(counts.tobytes(), []).append(counts)
        drawn = [each[0] for each in alike.values()]
        for counts, worth, times in zip(drawn, urn.worths(drawn), map(len, alike.values()), strict=True):
            order, chosen = contest.decided_by(worth, values, urn.profile(counts))
            hits += times * (chosen[0] == topic)
            at_place[order, range(len(order))] += times
    return Redrawn(round(Fraction(100 * hits, replicates)), places_of(at_place, replicates))


@dataclass(frozen=True, slots=True)
class _Urn:
    """The ballots in the order in which they are drawn, those that say the same and count alike as one kind.

    `kind` is the kind of each ballot, `starts` and `sizes` where its cell begins and how many ballots that
    has. Kinds have a place in the columns each, a group (categories over the dimensions of spread), what they
    say, and what they are worth, in parts of `bits` binary digits, the lowest first.
    """

    contest: Contest
    kind: Counts
    starts: Counts
    sizes: Counts
    columns: Counts
    groups: Sequence[Counts]
    survey: Survey
    says: npt.NDArray[np.unsignedinteger[Any]]
    parts: Sequence[npt.NDArray[np.float64]]
    bits: int
    whole: type

    @staticmethod
    def of(contest: Contest, cells: BasedCells, values: Sequence[int]) -> "_Urn":
        profile = contest.profile
        real = np.flatnonzero(profile.bases)
        block = profile.block_of_ballots()[real]
        cell = cells.of_block[block]
        dimensions = sorted(contest.rules.spread)
        spread = [profile.codes[dimension][block] for dimension in dimensions]
        # What sorts first comes last here.
        keys = (*spread[::-1], profile.objectives[real], *profile.places[::-1, real], cell)
        order = np.lexsort(keys)
        sizes = np.bincount(cell)
        differs = np.ones(len(order), dtype=np.bool_)
        differs[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
        firsts = np.flatnonzero(differs)
        columns = real[order][firsts]
        nowhere = np.zeros(len(firsts), dtype=np.int64)  # where no dimension has to be looked at, all are one
        places = np.stack([nowhere, *(own[order][firsts] for own in spread)])
        held, group = np.unique(places, axis=1, return_inverse=True)
        says = features(profile, columns)
        worth = [values[number] for number in block[order][firsts].tolist()]
        # A cell gives as many ballots as it has: no sum is above that of all values times what one says most.
        said = int(says.max())
        most = sum(values[number] * own for number, own in enumerate(np.bincount(block).tolist())) * said
        heaviest = max(worth).bit_length()
        bits = heaviest if most < EXACT else (EXACT // (len(order) * said)).bit_length() - 1
        mask = (1 << bits) - 1
        return _Urn(
            contest=contest,
            kind=np.cumsum(differs) - 1,
            starts=np.repeat(np.cumsum(sizes) - sizes, sizes),
            sizes=np.repeat(sizes, sizes),
            columns=columns,
            groups=members_of(group.ravel(), held.shape[1]),
            survey=Survey(
                counts=np.zeros((held.shape[1], 1), dtype=np.int64),
                members={
                    dimension: (
                        held[place + 1] == np.arange(len(profile.categories[dimension]))[:, np.newaxis]
                    ).astype(np.int64)
                    for place, dimension in enumerate(dimensions)
                },
                categories=profile.categories,
            ),
            says=says,
            parts=[
                np.array([value >> shift & mask for value in worth], dtype=np.float64)
                for shift in range(0, heaviest, bits)
            ],
            bits=bits,
            whole=np.int64 if most < SAFE else object,
        )

    @property
    def at_once(self) -> int:
        """Return how many replicates are computed together."""
        return at_once(len(self.columns), len(self.groups) * self.says.shape[1])

    def draw(self, seed: str, replicate: int) -> Drawn:
        """Return how often each kind of ballot is drawn."""
        ballots = len(self.kind)
        stream = shake_128(f"{seed}|resample|{replicate}".encode()).digest(4 * ballots)
        numbers = np.frombuffer(stream, dtype="<u4").astype(np.int64)
        counts = np.bincount(
            self.kind[self.starts + (numbers * self.sizes >> 32)], minlength=len(self.columns)
        )
        return counts.astype(np.min_scalar_type(int(counts.max())))  # mostly a byte

    def worths(self, drawn: Sequence[Drawn]) -> list[Worth]:
        """Return what the groups of each replicate say, under the values."""
        counts = np.stack(drawn)
        ballots = np.zeros((len(drawn), len(self.groups), 1), dtype=np.int64)
        sums: npt.NDArray[Any] = np.zeros(
            (len(drawn), len(self.groups), self.says.shape[1]), dtype=self.whole
        )
        for number, here in enumerate(self.groups):
            for piece in pieces(here):
                times, says = counts[:, piece], self.says[piece].astype(np.float64)
                ballots[:, number, 0] += times.sum(axis=1, dtype=np.int64)
                for place, part in enumerate(self.parts):
                    found = (times * part[piece]) @ says
                    sums[:, number] += found.astype(np.int64).astype(self.whole) << (self.bits * place)
        return [
            Worth(replace(self.survey, counts=own), blocks) for own, blocks in zip(ballots, sums, strict=True)
        ]

    def profile(self, counts: Drawn) -> Callable[[], Profile]:
        """Return how to make the profile of a replicate, for methods that look at whole rankings."""

        def drawn() -> Profile:
            profile = self.contest.profile
            bases = np.zeros(len(profile.bases), dtype=np.int64)
            bases[self.columns] = counts
            return replace(
                profile,
                base=np.add.reduceat(bases, profile.starts * profile.unit),
                planes=planes_of(bases, profile.unit),
            )

        return drawn
