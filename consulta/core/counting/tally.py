"""The topic (section 3): small rules over what the blocks of ballots say, each a function of its own.

Notation: m themes; V is the value of all ballots; those of one block are worth the same. All figures are
whole numbers or exact fractions. It decides points, relevance, spread, the three orders and the topics. It
does not know where weights come from.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.profile import SAFE, Nets, Profile, Weighing, kind_for
from consulta.core.counting.tables import OBJECTIVES, tops

THOUSAND = 1000
PARTS = math.lcm(*range(1, 6))
"""A number that one to five objectives divide: with it, mean shares are whole numbers of one size."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Survey:
    """What the ballots of each block say, before weights: all that points, relevance and spread ask for.

    `counts[b]` holds, of block b: its ballots; those that name any objective; for each theme the comparisons
    it wins, Σ_{y≠x} (2 if above y, 1 if equal); for each objective the ballots that name it. `members[d]` has
    a row for each of `categories[d]`, one where a block is in it.

    That of a repetition has the first column alone, numbers of ballots, and its `Worth.blocks` are made from
    what was drawn, not from `counts`.
    """

    counts: Counts
    members: Mapping[str, Counts]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def ballots(self) -> Counts:
        """Return how many ballots each block has."""
        return self.counts[:, 0]


def features(profile: Profile, columns: npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
    """Return what each ballot says: one, whether it names an objective, comparisons won, objectives named."""
    marks = profile.objectives[columns]
    # One column at a time: together, as whole numbers of 64 bits, they would be a dozen times the ballots.
    small = 2 * (profile.themes - 1) <= np.iinfo(np.uint8).max
    shape = (len(columns), 2 + profile.themes + OBJECTIVES)
    features: npt.NDArray[Any] = np.ones(shape, dtype=np.uint8 if small else np.uint16)
    features[:, 1] = marks != 0
    few = 4 * len(columns) < profile.places.shape[1]  # then the others need not be looked at
    nets = Nets(replace(profile, places=profile.places[:, columns]) if few else profile)
    for theme in range(profile.themes):
        own = nets.of(theme)
        features[:, 2 + theme] = (own if few else own[columns]) + (profile.themes - 1)
    for k in range(OBJECTIVES):
        features[:, 2 + profile.themes + k] = marks >> np.uint32(k) & 1
    return features


@dataclass(frozen=True, slots=True)
class Standing:
    """How many ballots hold a theme in their first tier, how many rank it, and its mean tier on those."""

    first: int
    mentions: int
    mean_place: Fraction | None


def condorcet_winner(pairs: Sequence[Sequence[int]]) -> int | None:
    """Return the theme that more value holds above than below each other theme, if there is one."""
    every = range(len(pairs))
    return next((x for x in every if all(pairs[x][y] > pairs[y][x] for y in every if y != x)), None)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the blocks say together under some weights: value, comparisons won, objectives named."""

    value: int
    won: Sequence[int]
    named: int
    marks: Sequence[int]

    @property
    def comparisons(self) -> int:
        """Return the value of all comparisons that a theme could win: 2 (m-1) V."""
        return 2 * (len(self.won) - 1) * self.value

    def points(self) -> list[Fraction]:
        """Return each theme's share of the comparisons it could win: the symmetric Borda score.

        points(x) = Σ_{y≠x} P[x][y] / (2 (m-1) V); their mean is ½.
        """
        return [Fraction(won, self.comparisons) for won in self.won]

    def objective_shares(self) -> list[Fraction]:
        """Return for objectives 1 to 23 the share of those, among the ballots that name any, that name it."""
        return [Fraction(mark, self.named) if self.named else Fraction(0) for mark in self.marks]


@dataclass(frozen=True, slots=True)
class Worth:
    """What the blocks say under weights: the counts of a survey, each block's times its weight."""

    survey: Survey
    blocks: npt.NDArray[Any]

    def sums(self) -> Sums:
        """Return the sums over all blocks."""
        value, named, *others = self.blocks.sum(axis=0).tolist()
        return Sums(value, others[:-OBJECTIVES], named, others[-OBJECTIVES:])

    def by_category(self, dimension: str) -> dict[str, list[int]]:
        """Return category → its value and the comparisons each theme wins there; those without value not."""
        found = (self.survey.members[dimension] @ self.blocks[:, :-OBJECTIVES]).tolist()
        return {
            category: [value, *won]
            for category, (value, _, *won) in zip(self.survey.categories[dimension], found, strict=True)
            if value
        }


def worth(survey: Survey, weights: Sequence[int]) -> Worth:
    """Return what the blocks of a survey say under these weights; a block of weight 0 is left out."""
    kind = kind_for(weights, survey.counts)
    return Worth(survey, np.array(weights, dtype=kind)[:, np.newaxis] * survey.counts.astype(kind))


def relevance(objectives: Sequence[int], sums: Sums) -> Fraction:
    """Return the mean share of a theme's objectives: a theme gains nothing by being tied to more of them.

    Where no ballot names an objective it is 0.
    """
    return Fraction(_relevant(objectives, sums), PARTS * sums.named) if sums.named else Fraction(0)


def _relevant(objectives: Sequence[int], sums: Sums) -> int:
    """Return relevance times `PARTS` · the value of the ballots that name any objective."""
    return PARTS // len(objectives) * sum([sums.marks[number - 1] for number in objectives])


def _every_relevant(objectives: Sequence[Sequence[int]], sums: Sums) -> list[int]:
    """Return the same of each theme; of many themes in one product, where the sums are safe."""
    if len(objectives) > Nets.FEW and PARTS * max(sums.marks) < SAFE:
        found: list[int] = (_shares_of(tuple(map(tuple, objectives))) @ np.array(sums.marks)).tolist()
        return found
    return [_relevant(numbers, sums) for numbers in objectives]


@lru_cache(maxsize=4)
def _shares_of(objectives: tuple[tuple[int, ...], ...]) -> Counts:
    """Return what each objective adds to the relevance of each theme, in `PARTS`."""
    found = np.zeros((len(objectives), OBJECTIVES), dtype=np.int64)
    for theme, numbers in enumerate(objectives):
        found[theme, [number - 1 for number in numbers]] = PARTS // len(numbers)
    return found


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores as whole numbers of one size: `parts[x]` of `whole`, `step` for each comparison won.

    score(x) = ((1000 - a)·points + a·relevance) / 1000, a the share of relevance.
    """

    parts: tuple[int, ...]
    whole: int
    step: int

    def fractions(self) -> list[Fraction]:
        """Return the scores."""
        return [Fraction(part, self.whole) for part in self.parts]


def scores(objectives: Sequence[Sequence[int]], sums: Sums, objective_share: int) -> Scores:
    """Return each theme's score; `objectives` are the themes'.

    Where no ballot names an objective, relevance says nothing and counts for nothing.
    """
    share = objective_share if sums.named else 0
    naming = sums.named or 1
    step = (THOUSAND - share) * PARTS * naming
    relevant, comparisons = share * sums.comparisons, sums.comparisons
    return Scores(
        parts=tuple(
            [
                step * won + relevant * own
                for won, own in zip(sums.won, _every_relevant(objectives, sums), strict=True)
            ]
        ),
        whole=THOUSAND * PARTS * naming * comparisons,
        step=step,
    )


def points_order(
    objectives: Sequence[Sequence[int]], sums: Sums, scores: Scores, ties: Sequence[int]
) -> list[int]:
    """Return themes by score, then points, then relevance, then tie order (`ties[x]`: x's place in it)."""
    order = sorted(range(len(ties)), key=scores.parts.__getitem__, reverse=True)
    if len(set(scores.parts)) == len(order):
        return order
    found, relevant = list[int](), _every_relevant(objectives, sums)
    for _, equals in itertools.groupby(order, key=scores.parts.__getitem__):
        found += sorted(equals, key=lambda x: (-sums.won[x], -relevant[x], ties[x]))
    return found


def schulze_order(pairs: Sequence[Sequence[int]], won: Sequence[int], ties: Sequence[int]) -> list[int]:
    """Return themes by the number of others they beat by path, then points, then tie order.

    Strength of x→y: P[x][y] - P[y][x] where positive. A path is as strong as its weakest link, and x beats y
    by path where the strongest path from x to y is stronger than that from y to x (Schulze 2011, margins).
    """
    every = range(len(pairs))
    strengths = [[max(0, pairs[x][y] - pairs[y][x]) for y in every] for x in every]
    # Paths only compare strengths: their ranks are as good, and small whatever the ballots count for.
    rank = {strength: number for number, strength in enumerate(sorted({s for row in strengths for s in row}))}
    path = np.array([[rank[strength] for strength in row] for row in strengths])
    for via in every:
        path = np.maximum(path, np.minimum(path[:, [via]], path[[via], :]))
    beaten = (path > path.T).sum(axis=1)
    return sorted(every, key=lambda x: (-int(beaten[x]), -won[x], ties[x]))


@dataclass(frozen=True, slots=True)
class Elimination:
    """One step of an instant run-off: the value each theme left has, and which of them goes."""

    totals: Mapping[int, Fraction]
    out: int


def eliminations(
    first_values: Callable[[list[int]], Mapping[int, Fraction]], ties: Sequence[int], left: Iterable[int]
) -> list[Elimination]:
    """Return the steps of an instant run-off among the themes in `left`, down to the last.

    The theme with the least value goes, of equals the one later in the tie order. `first_values` gives what
    each of those that are left receives.
    """
    left, steps = list(left), []
    while left:
        totals = first_values(left)
        out = min(left, key=lambda x: (totals[x], -ties[x]))
        steps.append(Elimination(totals, out))
        left.remove(out)
    return steps


def runoff(
    profile: Profile, weigh: Weighing, ties: Sequence[int], among: Sequence[int] | None = None
) -> list[Elimination]:
    """Return the steps of a run-off of ballots at hand among all themes, or those named."""
    return eliminations(
        partial(first_values, profile, weigh), ties, range(profile.themes) if among is None else among
    )


def runoff_order(steps: Sequence[Elimination]) -> list[int]:
    """Return themes in the reverse order of their elimination."""
    return [step.out for step in reversed(steps)]


def first_values(profile: Profile, weigh: Weighing, left: Sequence[int]) -> dict[int, Fraction]:
    """Return the value that each theme in `left` receives in one step of a run-off.

    A ballot's value goes to its best tier, split equally inside it. A ballot that names none of the
    themes in `left` is exhausted: its value goes to no theme.
    """
    on_top, named = tops(profile, left)
    totals = [Fraction(value) for value in weigh(on_top)]
    if int(np.count_nonzero(on_top)) > int(np.count_nonzero(named)):
        totals = _split(on_top, weigh, totals)
    return dict(zip(left, totals, strict=True))


def _split(on_top: npt.NDArray[np.bool_], weigh: Weighing, totals: Sequence[Fraction]) -> list[Fraction]:
    """Return the totals with the value of each shared tier split equally among its themes.

    In `totals` each theme of a tier has the whole value; the parts of the other themes are subtracted.
    """
    sharing = on_top.sum(axis=0, dtype=np.uint16)
    for parts in range(2, int(sharing.max()) + 1):
        back = Fraction(parts - 1, parts)
        whole = weigh(on_top & (sharing == parts))
        totals = [total - back * value for total, value in zip(totals, whole, strict=True)]
    return [*totals]


def required(thousandths: int, categories: int) -> int:
    """Return how many of so many categories must support a topic: ceil(thousandths · G / 1000).

    G are those that have ballots enough (`support_min`). The count, public figures and pages
    ask this; both verifiers work it out again.
    """
    return -(-thousandths * categories // THOUSAND)


@dataclass(frozen=True, slots=True)
class Support:
    """Where a theme is supported, by dimension, beside how many categories must support it."""

    categories: Mapping[str, tuple[str, ...]]
    required: Mapping[str, int]

    @property
    def has_spread(self) -> bool:
        """Return whether enough categories support the theme in every dimension."""
        return all(len(self.categories[dimension]) >= need for dimension, need in self.required.items())

    @property
    def ratio(self) -> Fraction:
        """Return the smallest ratio supporting / required over the dimensions that require any.

        It is 1 where no dimension does.
        """
        ratios = [Fraction(len(self.categories[d]), need) for d, need in self.required.items() if need]
        return min(ratios, default=Fraction(1))


def next_topic(order: Sequence[int], support_of: Callable[[int], Support]) -> int:
    """Return the first theme of an order that has spread; where none has, the one nearest to it."""
    with_spread = (theme for theme in order if support_of(theme).has_spread)
    first = next(with_spread, None)
    return max(order, key=lambda theme: support_of(theme).ratio) if first is None else first


def focus(objectives: Sequence[int], marks: Sequence[int]) -> list[int]:
    """Return a topic's objectives by how widely they are held urgent, then by number."""
    return sorted(objectives, key=lambda number: (-marks[number - 1], number))
