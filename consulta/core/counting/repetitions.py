"""Repetitions of a count (section 4.3): as many ballots are drawn from all, and the topics chosen again.

A ballot counts as often as it is drawn, with the value that it has: weights are held. What many repetitions
say is summed at once, as products of how often each ballot was drawn with what it is worth and says. The sums
are exact: values are split into parts so small that double precision holds every sum of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property, partial
from hashlib import shake_128
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting import tally
from consulta.core.counting.contest import Contest
from consulta.core.counting.profile import SAFE, Marks, Profile
from consulta.core.counting.result import Resampling, Times
from consulta.core.counting.tables import on_table
from consulta.core.counting.tally import Support, Survey, Worth

REPLICATES = 1000

MOST_BALLOTS = 50_000
"""Of more ballots there are no repetitions: chance of who answered plays no part."""

FEWEST_TIMES = 50
"""In so many of a thousand repetitions a theme must be the first topic to be told as one that could be."""

LOW, HIGH = 50, 950
"""Of a thousand places of a theme, in ascending order, the two that are told."""

EXACT = 2**53
"""Whole numbers below this are exact in double precision."""

DRAWN_AT_ONCE = 2**24
FIGURES_AT_ONCE = 2**22
"""How many numbers of draws, and how many sums or factors, are held at once."""

Counts = npt.NDArray[np.int64]
Drawn = npt.NDArray[np.uint16]
"""How often each ballot was drawn: a row for each repetition."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the repetitions gave; `places` are those of each theme that are told."""

    resampling: Resampling
    could_be_first: tuple[Times, ...]
    places: tuple[tuple[int, int], ...]


def repeat(
    contest: Contest,
    ballots: Profile | None,
    values: Sequence[int],
    seed: str,
    topics: Collection[int],
    replicates: int,
) -> Repeated | None:
    """Return what repetitions of the count give; None without any, and of too many ballots.

    `ballots` are there where they are at hand, `values` are what a ballot of each block is worth, `topics`
    those of the count itself.
    """
    if not replicates or contest.blocks.total > MOST_BALLOTS:
        return None
    if ballots is None:
        raise ValueError("ballots are drawn only where they are at hand")
    themes = len(contest.keys)
    urn = _Urn(contest, ballots, values)
    same, among, first = 0, [0] * themes, [0] * themes
    at_place = np.zeros((themes, themes), dtype=np.int64)
    for start in range(1, replicates + 1, urn.at_once):
        numbers = range(start, min(start + urn.at_once, replicates + 1))
        for order, chosen in urn.decided(np.stack([urn.draw(seed, number) for number in numbers])):
            same += {*chosen} == {*topics}
            first[chosen[0]] += 1
            for theme in chosen:
                among[theme] += 1
            at_place[order, range(themes)] += 1
    return Repeated(
        Resampling(replicates, same, round(Fraction(100 * same, replicates)), _most_first(contest, among, 1)),
        _most_first(contest, first, _of(replicates, FEWEST_TIMES)),
        _places(at_place, replicates),
    )


def draw(seed: str, replicate: int, ballots: int) -> Counts:
    """Return the numbers of the ballots that a repetition (from 1) draws, in the order of the draws."""
    stream = shake_128(f"{seed}|resample|{replicate}".encode()).digest(8 * ballots)
    numbers = np.frombuffer(stream, dtype=">u8").astype(np.uint64)
    # floor(number · ballots / 2^64), in halves that fit 64 bits.
    half, size = np.uint64(32), np.uint64(ballots)
    low = (numbers & np.uint64(2**32 - 1)) * size >> half
    return ((numbers >> half) * size + low >> half).astype(np.int64)


def _of(replicates: int, thousandths: int) -> int:
    """Return how many of so many repetitions this part of a thousand is, up to a whole number."""
    return -(-thousandths * replicates // REPLICATES)


def _most_first(contest: Contest, times: Sequence[int], least: int) -> tuple[Times, ...]:
    """Return themes with how often each was something, where at least so often: the most often first."""
    order = sorted(range(len(times)), key=lambda theme: -times[theme])
    return tuple((contest.keys[theme], times[theme]) for theme in order if times[theme] >= least)


def _places(at_place: Counts, replicates: int) -> tuple[tuple[int, int], ...]:
    """Return the two places told of each theme; `at_place` has how often it stood at each."""
    reached = at_place.cumsum(axis=1)
    low, high = ((reached < _of(replicates, part)).sum(axis=1) + 1 for part in (LOW, HIGH))
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Values:
    """What each ballot is worth, in parts of `bits` binary digits, the lowest first."""

    parts: Sequence[npt.NDArray[np.float64]]
    bits: int
    whole: type  # the kind of whole numbers that every sum fits

    @staticmethod
    def of(values: Sequence[int], most: int) -> "_Values":
        """Return values of which a ballot counts at most so often."""
        heaviest = max(values)
        bits = heaviest.bit_length() if heaviest * most < EXACT else (EXACT // most).bit_length() - 1
        column = np.array(values, dtype=object)
        return _Values(
            parts=[
                (column >> shift & (1 << bits) - 1).astype(np.float64)
                for shift in range(0, heaviest.bit_length(), bits)
            ],
            bits=bits,
            whole=np.int64 if heaviest * most < SAFE else object,
        )

    def sums(self, drawn: Drawn, says: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return for each repetition the sum of what the drawn ballots say, times what they are worth.

        `drawn` has a column for each ballot and `says` a row.
        """
        found: npt.NDArray[Any] = np.zeros((len(drawn), says.shape[1]), dtype=self.whole)
        piece = max(1, FIGURES_AT_ONCE // len(drawn))
        for start in range(0, len(says), piece):
            here = slice(start, start + piece)
            factors = says[here].astype(np.float64)
            for place, part in enumerate(self.parts):
                product = (drawn[:, here] * part[here]) @ factors
                found += product.astype(np.int64).astype(self.whole) << (self.bits * place)
        return found

    def within(self, here: slice) -> "_Values":
        """Return those of some of the ballots."""
        return replace(self, parts=[part[here] for part in self.parts])


class _Urn:
    """The ballots from which is drawn, sorted by group: by their categories over the dimensions of spread."""

    def __init__(self, contest: Contest, profile: Profile, values: Sequence[int]) -> None:
        real = np.flatnonzero(profile.real)
        block = profile.block_of_ballots()[real]
        dimensions = sorted(contest.rules.spread)
        # Where no dimension has to be looked at, all are in one group.
        places = np.stack([np.zeros_like(block), *(profile.codes[name][block] for name in dimensions)])
        held, group = np.unique(places, axis=1, return_inverse=True)
        order = np.argsort(group.ravel(), kind="stable")
        self.columns = real[order]
        ends = np.cumsum(np.bincount(group.ravel())).tolist()
        self.groups = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        self.place_of = np.empty(len(real), dtype=np.int64)
        self.place_of[profile.number[self.columns]] = np.arange(len(real))
        self.contest = contest
        self.worth = [values[each] for each in block[order].tolist()]
        self.says = tally.features(profile, self.columns)
        self.profile: Profile = replace(profile, places=profile.places[:, self.columns])
        self.survey = Survey(
            counts=np.zeros((len(self.groups), 1), dtype=np.int64),
            members={
                name: (held[place] == np.arange(len(profile.categories[name]))[:, np.newaxis]).astype(
                    np.int64
                )
                for place, name in enumerate(dimensions, start=1)
            },
            categories=profile.categories,
        )
        self.values_after = cache(self._values_after)

    @property
    def at_once(self) -> int:
        """Return how many repetitions are computed together."""
        figures: int = max(len(self.groups) * self.says.shape[1], len(self.contest.keys) ** 2)
        return max(1, min(DRAWN_AT_ONCE // len(self.columns), FIGURES_AT_ONCE // figures))

    def draw(self, seed: str, replicate: int) -> Drawn:
        """Return how often each ballot is drawn."""
        ballots = len(self.columns)
        counts = np.bincount(self.place_of[draw(seed, replicate, ballots)], minlength=ballots)
        return counts.astype(np.uint16)

    def decided(self, drawn: Drawn) -> list[tuple[list[int], list[int]]]:
        """Return for each repetition the themes, best first, and the topics, as `Contest.decided` does."""
        rules = self.contest.rules
        shared = rules.topics_rule == "shared"
        found: list[tuple[list[int], list[int]]] = [([], []) for _ in drawn]
        for _ in range(rules.topics if shared else 1):
            alike: dict[frozenset[int], list[int]] = {}
            for row, (_, chosen) in enumerate(found):
                alike.setdefault(frozenset(chosen), []).append(row)
            for held, rows in alike.items():
                for row, (order, support_of) in zip(rows, self._steps(drawn[rows], held), strict=True):
                    first, chosen = found[row]
                    if not chosen:
                        first += order
                    for _ in range(1 if shared else rules.topics):
                        others = [theme for theme in order if theme not in chosen]
                        chosen.append(tally.next_topic(others, support_of))
        return found

    def _values_after(self, chosen: frozenset[int]) -> _Values:
        """Return what ballots are worth for the next topic when these are chosen."""
        held = on_table(self.profile, sorted(chosen)).sum(axis=0).tolist()
        whole = lcm(*(1 + many for many in set(held)))
        values = [value * (whole // (1 + many)) for value, many in zip(self.worth, held, strict=True)]
        return _Values.of(values, len(values) * int(self.says.max()))

    def _steps(
        self, drawn: Drawn, chosen: frozenset[int]
    ) -> Iterator[tuple[list[int], Callable[[int], Support]]]:
        """Yield for each repetition the themes, best first, and their support when these are chosen."""
        values = self.values_after(chosen)
        worths = self._worths(drawn, values)
        orders: Iterable[list[int]]
        match self.contest.rules.method:
            case "points":
                orders = map(self._by_points, worths)
            case "schulze":
                orders = self._by_schulze(drawn, values, worths)
            case _:  # "runoff"
                among = [theme for theme in range(len(self.contest.keys)) if theme not in chosen]
                orders = (self._by_runoff(counts, values, among) for counts in drawn)
        return zip(orders, map(self.contest.support_of, worths), strict=True)

    def _worths(self, drawn: Drawn, values: _Values) -> list[Worth]:
        """Return what the groups say together in each repetition."""
        blocks = [values.within(here).sums(drawn[:, here], self.says[here]) for here in self.groups]
        ballots = [drawn[:, here].sum(axis=1, dtype=np.int64) for here in self.groups]
        return [
            Worth(replace(self.survey, counts=counts[:, np.newaxis]), sums)
            for counts, sums in zip(np.stack(ballots, axis=1), np.stack(blocks, axis=1), strict=True)
        ]

    def _by_points(self, worth: Worth) -> list[int]:
        contest, sums = self.contest, worth.sums()
        return tally.points_order(contest.objectives, sums, contest.scores(sums), contest.ties)

    def _by_schulze(self, drawn: Drawn, values: _Values, worths: Sequence[Worth]) -> Iterator[list[int]]:
        above = np.stack([values.sums(drawn, says) for says in self._above], axis=1)
        for own, worth in zip(above, worths, strict=True):
            sums = worth.sums()
            pairs = own - own.T + sums.value
            np.fill_diagonal(pairs, 0)
            yield tally.schulze_order(pairs.tolist(), sums.won, self.contest.ties)

    @cached_property
    def _above(self) -> list[npt.NDArray[np.bool_]]:
        """Return for each theme where ballots hold it above each other one."""
        places = self.profile.places
        return [(places[theme] < places).T for theme in range(len(places))]

    def _by_runoff(self, counts: Drawn, values: _Values, among: Sequence[int]) -> list[int]:
        weigh = partial(_weigh, counts[np.newaxis], values)
        return tally.runoff_order(tally.runoff(self.profile, weigh, self.contest.ties, among))


def _weigh(drawn: Drawn, values: _Values, marks: Marks) -> list[int]:
    """Return what the ballots marked in each row are worth together in one repetition."""
    found: list[int] = values.sums(drawn, marks.T)[0].tolist()
    return found
