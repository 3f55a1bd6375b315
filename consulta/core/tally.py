"""The topic (section 3): small rules over a profile and the values of its groups, each a function of its own.

Notation: m themes; ballot (or group) i has value v_i; V = Σ v_i. All figures are whole numbers or exact
fractions. It decides points, relevance, spread, the three orders and the topics. It does not know where
values come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from consulta.core.profile import Profile, Whole

OBJECTIVES = 23
THOUSAND = 1000


def pairs(profile: Profile, values: Whole) -> list[list[int]]:
    """Return P[x][y] = Σ_i v_i · (2 if i holds x above y, 1 if equal, 0 otherwise); P[x][x] is 0."""
    total = int(values.sum())
    table = [[0] * profile.themes for _ in range(profile.themes)]
    for x in range(profile.themes):
        for y in range(x + 1, profile.themes):
            above = int(values[profile.places[:, x] < profile.places[:, y]].sum())
            equal = int(values[profile.places[:, x] == profile.places[:, y]].sum())
            table[x][y] = 2 * above + equal
            table[y][x] = 2 * total - table[x][y]
    return table


def wins(profile: Profile) -> npt.NDArray[np.int64]:
    """Return for each group and theme the comparisons it wins: Σ_{y≠x} (2 if x above y, 1 if equal)."""
    won = np.zeros(profile.places.shape, dtype=np.int64)
    for x in range(profile.themes):
        mine = profile.places[:, [x]]
        won[:, x] = 2 * (mine < profile.places).sum(axis=1) + (mine == profile.places).sum(axis=1) - 1
    return won


def points(profile: Profile, values: Whole) -> list[Fraction]:
    """Return each theme's share of the comparisons it could win: the symmetric Borda score.

    points(x) = Σ_{y≠x} P[x][y] / (2 (m-1) V) = Σ_i v_i wins_i(x) / (2 (m-1) V); their mean is ½.
    """
    most = 2 * (profile.themes - 1) * int(values.sum())
    return [Fraction(int(won), most) for won in values @ wins(profile)]


def objective_shares(profile: Profile, values: Whole) -> list[Fraction]:
    """Return for objectives 1 to 23 the share of those, among the ballots that name any, that name it."""
    named = int(values[profile.objectives != 0].sum())
    if named == 0:
        return [Fraction(0)] * OBJECTIVES
    return [
        Fraction(int(values[profile.objectives & (1 << bit) != 0].sum()), named) for bit in range(OBJECTIVES)
    ]


def relevance(objectives: Sequence[int], shares: Sequence[Fraction]) -> Fraction:
    """Return the mean share of a theme's objectives: a theme gains nothing by being tied to more of them."""
    return sum((shares[number - 1] for number in objectives), Fraction(0)) / len(objectives)


def score(points: Fraction, relevance: Fraction, objective_share: int) -> Fraction:
    """Return ((1000 - a)·points + a·relevance) / 1000, where a = `objective_share`."""
    return ((THOUSAND - objective_share) * points + objective_share * relevance) / THOUSAND


def supporters(profile: Profile, values: Whole, dimension: str) -> list[tuple[str, ...]]:
    """Return for each theme the categories that support it: where its points, counted there alone, reach ½.

    Points of at least ½ in category g: Σ_{i∈g} v_i wins_i(x) ≥ (m-1) V_g.
    """
    won = wins(profile)
    supported: list[list[str]] = [[] for _ in range(profile.themes)]
    for code, category in enumerate(profile.categories[dimension]):
        here = profile.codes[dimension] == code
        half = (profile.themes - 1) * int(values[here].sum())
        for theme, sum_won in enumerate(values[here] @ won[here]):
            if int(sum_won) >= half:
                supported[theme].append(category)
    return [tuple(categories) for categories in supported]


def required(thousandths: int, categories: int) -> int:
    """Return how many of the categories with ballots must support a topic: ceil(thousandths · G / 1000)."""
    return -(-thousandths * categories // THOUSAND)


@dataclass(frozen=True, slots=True)
class Support:
    """Where a theme is supported, by dimension, beside how many categories must support it."""

    categories: Mapping[str, tuple[str, ...]]
    required: Mapping[str, int]

    @property
    def has_spread(self) -> bool:
        """Whether enough categories support the theme in every dimension."""
        return all(len(self.categories[dimension]) >= need for dimension, need in self.required.items())

    @property
    def reach(self) -> Fraction:
        """The smallest ratio supporting / required over the dimensions that require anything."""
        ratios = [Fraction(len(self.categories[d]), need) for d, need in self.required.items() if need]
        return min(ratios, default=Fraction(1))


def spread(profile: Profile, values: Whole, rule: Mapping[str, int]) -> list[Support]:
    """Return each theme's support under the spread rule (dimension → thousandths)."""
    need = {d: required(thousandths, len(profile.categories[d])) for d, thousandths in sorted(rule.items())}
    found = {dimension: supporters(profile, values, dimension) for dimension in need}
    return [
        Support({dimension: found[dimension][theme] for dimension in need}, need)
        for theme in range(profile.themes)
    ]


def points_order(
    scores: Sequence[Fraction],
    points: Sequence[Fraction],
    relevances: Sequence[Fraction],
    ties: Sequence[int],
) -> list[int]:
    """Return themes by score, then points, then relevance, then tie order (`ties[x]`: x's place in it)."""
    return sorted(range(len(ties)), key=lambda x: (-scores[x], -points[x], -relevances[x], ties[x]))


def schulze_order(
    pairs: Sequence[Sequence[int]], points: Sequence[Fraction], ties: Sequence[int]
) -> list[int]:
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
    return sorted(every, key=lambda x: (-int(beaten[x]), -points[x], ties[x]))


def runoff_order(profile: Profile, values: Whole, ties: Sequence[int]) -> list[int]:
    """Return themes in the reverse order of their elimination in an instant run-off.

    The theme with the least value goes, of equals the one later in the tie order.
    """
    left = list(range(profile.themes))
    gone: list[int] = []
    while left:
        totals = first_values(profile, values, left)
        least = min(left, key=lambda x: (totals[x], -ties[x]))
        left.remove(least)
        gone.append(least)
    return gone[::-1]


def first_values(profile: Profile, values: Whole, left: Sequence[int]) -> dict[int, Fraction]:
    """Return the value each theme left receives: a ballot's goes to its best tier, split equally inside it.

    A ballot that names none of the themes left is exhausted: its value goes to nobody.
    """
    places = profile.places[:, left]
    best = places.min(axis=1)
    on_top = (places == best[:, np.newaxis]) & (best < profile.unranked)[:, np.newaxis]
    sharing = on_top.sum(axis=1)
    return {
        theme: sum(
            (
                Fraction(int(values[on_top[:, column] & (sharing == parts)].sum()), int(parts))
                for parts in np.unique(sharing[on_top[:, column]])
            ),
            Fraction(0),
        )
        for column, theme in enumerate(left)
    }


def choose_topics(order: Sequence[int], support: Sequence[Support], topics: int) -> list[int]:
    """Return the topics: the first in the order that have spread; for missing places, those nearest to it."""
    spread = [theme for theme in order if support[theme].has_spread]
    others = [theme for theme in order if not support[theme].has_spread]
    nearest = sorted(others, key=lambda theme: -support[theme].reach)
    return [*spread, *nearest][:topics]


def focus(objectives: Sequence[int], shares: Sequence[Fraction]) -> list[int]:
    """Return a topic's objectives by how widely they are held urgent, then by number."""
    return sorted(objectives, key=lambda number: (-shares[number - 1], number))
