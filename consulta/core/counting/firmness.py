"""How firm the topic is (section 3.6): how few ballots would change it, whose absence would, and chance.

It decides nothing about the topic: it asks the contest again, with ballots re-cast, left out or drawn anew.
The topic is the first of those chosen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.contest import Contest
from consulta.core.counting.profile import Nets, Profile
from consulta.core.counting.result import LeftOut
from consulta.core.counting.tally import OBJECTIVES
from consulta.core.counting.weights import Balance

REPLICATES = 1000
AT_ONCE = 2**22
"""How many figures of blocks are held at once; and four times as many drawn ballots, mostly a byte each."""

PIECE = 2**15
"""Of how many ballots at a time what they say is multiplied: more would not stay in the cache."""

OF_EVERY_HUNDRED = (5, 95)
"""The places of a theme that are told: those that so many of every hundred replicates do not exceed."""

LEFT_OUT = ("country", "sector", "subregion")
"""The dimensions whose categories are left out one by one in a result, where the ballots have them."""


def leave_one_out(
    contest: Contest, balance: Balance, dimensions: Iterable[str] = LEFT_OUT
) -> tuple[LeftOut, ...]:
    """Return for every category of these dimensions the topic without its ballots, weights computed anew."""
    profile = contest.profile
    found = []
    for dimension in dimensions:
        for code, category in enumerate(profile.categories.get(dimension, ())):
            if category:
                left = np.where(profile.codes[dimension] == code, 0, profile.base)
                micro = balance.micro_weights(balance.cells.base_of(left))
                topic = None
                if micro is not None:
                    weights = np.where(left > 0, np.array(balance.cells.to_blocks(micro), dtype=object), 0)
                    topic = contest.keys[contest.topics(weights.tolist())[0]]
                found.append(LeftOut(dimension, category, topic))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What the replicates gave.

    `percent`: in how many of a hundred the topic was the same, rounded, of two to the even one. `places`: for
    each theme, the places in the order that 5 and 95 of a hundred replicates did not exceed.
    """

    percent: int
    places: tuple[tuple[int, int], ...]


def places_of(at_place: "Counts", replicates: int) -> tuple[tuple[int, int], ...]:
    """Return the two places told of each theme; `at_place` has how often it stood at each."""
    reached = at_place.cumsum(axis=1)
    low, high = ((reached < -(-part * replicates // 100)).sum(axis=1) + 1 for part in OF_EVERY_HUNDRED)
    return tuple(zip(low.tolist(), high.tolist(), strict=True))


Counts = npt.NDArray[np.int64]
Drawn = npt.NDArray[np.unsignedinteger[Any]]
"""How often each ballot was drawn."""


def members_of(group: npt.NDArray[np.integer[Any]], groups: int) -> list[Counts]:
    """Return of each group where its members stand, in their order."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.cumsum(np.bincount(group, minlength=groups))[:-1])


def pieces(places: Counts) -> Iterator[Counts]:
    """Yield places in pieces of which what they say is small."""
    return (places[start : start + PIECE] for start in range(0, len(places), PIECE))


def at_once(ballots: int, figures: int) -> int:
    """Return how many replicates are computed together, each of so many ballots and figures of blocks."""
    return max(1, min(4 * AT_ONCE // max(ballots, 1), AT_ONCE // max(figures, 1)))


def features(profile: Profile, columns: Counts) -> npt.NDArray[np.unsignedinteger[Any]]:
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
