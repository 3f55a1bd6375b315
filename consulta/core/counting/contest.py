"""The decision between the themes, under any weights: where they are supported, which topics are chosen.

Ballots are in a profile by base (`profile.BASE`): weights are what a ballot of each block is worth, and the
survey counts ballots.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting import tally
from consulta.core.counting.profile import BASE, Profile, dot, split
from consulta.core.counting.tally import Survey, Worth
from consulta.core.values import Method, Rules

TIERS = 3
"""A ballot has a theme on the table that it names in one of so many first tiers."""


@dataclass(frozen=True, slots=True)
class Contest:
    """The themes, rules and ballots of a decision; `ties[x]` is theme x's place in the tie order."""

    keys: tuple[str, ...]
    objectives: tuple[tuple[int, ...], ...]
    rules: Rules
    ties: tuple[int, ...]
    profile: Profile
    survey: Survey

    def worth(self, weights: Sequence[int]) -> tally.Worth:
        """Return what the ballots say under these weights."""
        return tally.worth(self.survey, weights)

    def scores(self, sums: tally.Sums) -> tally.Scores:
        """Return the themes' scores."""
        return tally.scores(self.objectives, sums, self.rules.objective_share)

    def order(self, weights: Sequence[int], method: Method | None = None) -> list[int]:
        """Return the themes, best first, by a method (the official one where none is named)."""
        return self._order(self.worth(weights), weights, lambda: self.profile, method)

    def topics(
        self,
        weights: Sequence[int],
        survey: Survey | None = None,
        profile: Callable[[], Profile] | None = None,
    ) -> list[int]:
        """Return the topics under these weights, with other ballots in the same blocks where they are given.

        The profile is asked for by methods that look at whole rankings only.
        """
        return self.decided(weights, survey, profile)[1]

    def _order(
        self,
        worth: tally.Worth,
        weights: Sequence[int],
        profile: Callable[[], Profile],
        method: Method | None = None,
    ) -> list[int]:
        sums = worth.sums()
        match method or self.rules.method:
            case "points":
                return tally.points_order(self.objectives, sums, self.scores(sums), self.ties)
            case "schulze":
                return tally.schulze_order(tally.pairs(profile(), weights), sums.won, self.ties)
            case _:  # "runoff"
                ballots = profile()
                return tally.runoff_order(tally.runoff(ballots, ballots.weighing(weights), self.ties))

    def by_category(self, worth: Worth) -> dict[str, dict[str, list[int]]]:
        """Return dimension → category → its value and the comparisons that each theme wins there.

        Only of the dimensions of spread, and of categories with ballots enough.
        """
        found = {}
        for dimension in sorted(self.rules.spread):
            ballots = ballots_in(worth, dimension)
            there = worth.by_category(dimension)
            found[dimension] = {
                name: own for name, own in there.items() if ballots[name] >= self.rules.support_min
            }
        return found

    def support(self, worth: Worth) -> list[tally.Support]:
        """Return each theme's support, over the categories with ballots enough."""
        support_of = self._support_of(worth)
        return [support_of(theme) for theme in range(len(self.keys))]

    def _support_of(self, worth: Worth) -> Callable[[int], tally.Support]:
        """Return what gives the support of a single theme."""
        found = self.by_category(worth)
        need = {d: tally.required(self.rules.spread[d], len(there)) for d, there in found.items()}
        half = len(self.keys) - 1

        def support_of(theme: int) -> tally.Support:
            return tally.Support(
                {
                    d: tuple(name for name, own in there.items() if own[theme + 1] >= half * own[0])
                    for d, there in found.items()
                },
                need,
            )

        return support_of

    def decided(
        self,
        weights: Sequence[int],
        survey: Survey | None = None,
        profile: Callable[[], Profile] | None = None,
    ) -> tuple[list[int], list[int]]:
        """Return the themes, best first, and the first topic; with other ballots as in `topics`."""
        worth = tally.worth(survey or self.survey, weights)
        return self.decided_by(worth, weights, profile or (lambda: self.profile))

    def decided_by(
        self, worth: Worth, weights: Sequence[int], profile: Callable[[], Profile]
    ) -> tuple[list[int], list[int]]:
        """Return the themes, best first, and the first topic, where the ballots say `worth` together."""
        order = self._order(worth, weights, profile)
        support_of = self._support_of(worth)
        # Of many themes the support of few has to be known: that of the first is mostly enough.
        first = next((theme for theme in order if support_of(theme).has_spread), None)
        if first is not None:
            return order, [first]
        return order, tally.choose_topics(order, self.support(worth), 1)

    def in_order(self, weights: Sequence[int]) -> list[int]:
        """Return the topics that stand first in the order of all themes."""
        order, support = self.order(weights), self.support(self.worth(weights))
        return tally.choose_topics(order, support, self.rules.topics)

    def shared(self, weights: Sequence[int]) -> list[int]:
        """Return the topics when those who have one on the table count less for the next.

        A ballot with h of the chosen topics in its first three tiers counts 1 / (1 + h) of its value.
        """
        chosen = self.decided(weights)[1]
        while len(chosen) < self.rules.topics:
            step, values = self._with_less(weights, chosen)
            chosen.append(step._next(values, chosen))  # noqa: SLF001 - of this class
        return chosen

    def _with_less(self, weights: Sequence[int], chosen: Sequence[int]) -> "tuple[Contest, list[int]]":
        """Return the contest in blocks of ballots with as many chosen topics, and what these are worth."""
        profile = self.profile
        real = np.flatnonzero(profile.bases)
        held = on_table(profile, chosen)[:, real].sum(axis=0)
        block = profile.block_of_ballots()[real]
        size = len(chosen) + 1
        mixed, codes = np.unique(block * np.int64(size) + held, return_inverse=True)
        names = [f"{number:020}" for number in mixed.tolist()]
        step = split(profile, codes.astype(np.int64), names)
        places = [int(step.categories[BASE][code]) for code in step.codes[BASE].tolist()]
        whole = math.lcm(*(1 + place % size for place in places))
        values = [weights[place // size] * (whole // (1 + place % size)) for place in places]
        return replace(self, profile=step, survey=tally.survey(step)), values

    def _next(self, weights: Sequence[int], chosen: Sequence[int]) -> int:
        """Return the next topic after those chosen, under the values of this step."""
        others = [theme for theme in range(len(self.keys)) if theme not in chosen]
        if self.rules.method == "runoff":
            weigh = self.profile.weighing(weights)
            order = tally.runoff_order(tally.runoff(self.profile, weigh, self.ties, others))
        else:
            order = [theme for theme in self.order(weights) if theme not in chosen]
        return tally.choose_topics(order, self.support(self.worth(weights)), 1)[0]

    def without(self, theme: int) -> "Contest":
        """Return the contest with a theme taken off every ballot."""
        profile, keep = self.profile, [x for x in range(len(self.keys)) if x != theme]
        places = profile.places
        above = profile.weigh(places[theme] < places)
        below = profile.weigh(places < places[theme])
        # What each theme wins of this one: two where above, one where equal.
        lost = (self.survey.base - above + below).T
        counts = self.survey.counts.copy()
        counts[:, 2 : 2 + len(self.keys)] -= lost
        return replace(
            self,
            keys=tuple(self.keys[x] for x in keep),
            objectives=tuple(self.objectives[x] for x in keep),
            ties=tuple(self.ties[x] for x in keep),
            profile=replace(profile, themes=len(keep), places=places[keep]),
            survey=replace(self.survey, counts=np.delete(counts, 2 + theme, axis=1)),
        )

    def heard(self, weights: Sequence[int], topics: Sequence[int]) -> Fraction:
        """Return what part of all value names one of these topics in its first three tiers."""
        there: Any = on_table(self.profile, topics).any(axis=0, keepdims=True)
        return Fraction(dot(weights, self.profile.weigh(there).T)[0], dot(weights, self.profile.base))

    def too_few(self) -> dict[str, tuple[str, ...]]:
        """Return dimension → the categories with ballots, but not enough to be counted in support."""
        worth = self.worth([1] * len(self.survey.base))
        return {
            dimension: tuple(
                name
                for name, ballots in sorted(ballots_in(worth, dimension).items())
                if ballots < self.rules.support_min
            )
            for dimension in sorted(self.rules.spread)
        }


def ballots_in(worth: Worth, dimension: str) -> dict[str, int]:
    """Return how many ballots that are worth anything each category has."""
    counts = np.where(worth.blocks[:, 0] > 0, worth.survey.base, 0)
    found = (worth.survey.members[dimension] @ counts).tolist()
    return dict(zip(worth.survey.categories[dimension], found, strict=True))


def on_table(profile: Profile, themes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return for each of these themes on which ballots it is in one of the first three tiers."""
    found: npt.NDArray[np.bool_] = profile.places[[*themes]] < TIERS
    return found
