"""The decision between the themes, under any weights: where they are supported, which topics are chosen.

Ballots are in blocks by base (`profile.BASE`): weights are what a ballot of each block is worth, and the
survey counts ballots. What else is needed of them is asked (`asking`).
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property

import numpy as np

from consulta.core.counting import tally
from consulta.core.counting.asking import Asked
from consulta.core.counting.profile import Blocks
from consulta.core.counting.tally import Survey, Worth
from consulta.core.values import Method, Rules, TopicsRule

ALIKE = Fraction(1, 2)
"""Two themes that are held together on more than this part of the ballots that name either are told."""


@dataclass(frozen=True, slots=True)
class Contest:
    """The themes, rules and ballots of a decision; `ties[x]` is theme x's place in the tie order."""

    keys: tuple[str, ...]
    objectives: tuple[tuple[int, ...], ...]
    rules: Rules
    ties: tuple[int, ...]
    asked: Asked
    survey: Survey

    @property
    def blocks(self) -> Blocks:
        """Return who cast the ballots."""
        return self.asked.blocks

    def worth(self, weights: Sequence[int]) -> tally.Worth:
        """Return what the ballots say under these weights."""
        return tally.worth(self.survey, weights)

    def scores(self, sums: tally.Sums) -> tally.Scores:
        """Return the themes' scores."""
        return tally.scores(self.objectives, sums, self.rules.objective_share)

    def order(self, weights: Sequence[int]) -> list[int]:
        """Return the themes, best first, by the official method."""
        return self.order_in(Step(self, weights))

    def topics(self, weights: Sequence[int], rule: TopicsRule | None = None) -> list[int]:
        """Return the topics in the order in which they are chosen, by the official rule or another."""
        return self.topics_in(Steps(self, weights), rule)

    def decided(self, weights: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the themes, best first, and the topics."""
        steps = Steps(self, weights)
        return self.order_in(steps.after([])), self.topics_in(steps)

    def topics_in(self, steps: "Steps", rule: TopicsRule | None = None) -> list[int]:
        """Return the topics where ballots say what these steps know, perhaps under other rules or objectives.

        By `shared`, a ballot with h of the chosen topics in its first three tiers counts 1 / (1 + h) of its
        value for the next one.
        """
        shared = (rule or self.rules.topics_rule) == "shared"
        step, chosen = steps.after([]), list[int]()
        order = self.order_in(step)
        while True:
            others = [theme for theme in order if theme not in chosen]
            chosen.append(tally.next_topic(others, step.support_of))
            if len(chosen) == self.rules.topics:
                return chosen
            if shared:
                step = steps.after(chosen)
                order = self.order_in(step, chosen=chosen)

    def order_in(self, step: "Step", method: Method | None = None, chosen: Collection[int] = ()) -> list[int]:
        """Return the themes, best first; a run-off is held without those that are chosen already."""
        match method or self.rules.method:
            case "points":
                return tally.points_order(self.objectives, step.sums, self.scores(step.sums), self.ties)
            case "schulze":
                return tally.schulze_order(step.pairs, step.sums.won, self.ties)
            case _ if chosen:
                among = [theme for theme in range(len(self.keys)) if theme not in chosen]
                return tally.runoff_order(step.runoff_among(among))
            case _:
                return tally.runoff_order(step.runoff)

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
        support_of = self.support_of(worth)
        return [support_of(theme) for theme in range(len(self.keys))]

    def support_of(self, worth: Worth) -> Callable[[int], tally.Support]:
        """Return what gives the support of a single theme: of many themes few are asked for."""
        found = self.by_category(worth)
        need = {d: tally.required(self.rules.spread[d], len(there)) for d, there in found.items()}
        half = len(self.keys) - 1

        @cache
        def support_of(theme: int) -> tally.Support:
            return tally.Support(
                {
                    d: tuple(name for name, own in there.items() if own[theme + 1] >= half * own[0])
                    for d, there in found.items()
                },
                need,
            )

        return support_of

    def without(self, theme: int) -> "Contest":
        """Return the contest with a theme taken off every ballot."""
        keep = [x for x in range(len(self.keys)) if x != theme]
        counts = self.survey.counts.copy()
        counts[:, 2 : 2 + len(self.keys)] -= self.asked.won_of(theme)
        return replace(
            self,
            keys=tuple(self.keys[x] for x in keep),
            objectives=tuple(self.objectives[x] for x in keep),
            ties=tuple(self.ties[x] for x in keep),
            asked=self.asked.without(theme),
            survey=replace(self.survey, counts=np.delete(counts, 2 + theme, axis=1)),
        )

    def alike(self, weights: Sequence[int]) -> tuple[tuple[str, str, Fraction], ...]:
        """Return the pairs of themes that voters hold together, with the part of those who name either."""
        return tuple(
            (self.keys[x], self.keys[y], Fraction(near, either))
            for x, y, near, either in self.asked.together(weights)
            if near * ALIKE.denominator > ALIKE.numerator * either
        )

    def too_few(self) -> dict[str, tuple[str, ...]]:
        """Return dimension → the categories with ballots, but not enough to be counted in support."""
        worth = self.worth([1] * len(self.survey.ballots))
        return {
            dimension: tuple(
                name
                for name, ballots in sorted(ballots_in(worth, dimension).items())
                if ballots < self.rules.support_min
            )
            for dimension in sorted(self.rules.spread)
        }


class Step:
    """What the ballots of a contest say under what they are worth in one step of the choice of topics."""

    def __init__(self, contest: Contest, values: Sequence[int]) -> None:
        self._contest, self._values = contest, values
        self.worth = contest.worth(values)
        self.support_of = contest.support_of(self.worth)

    @cached_property
    def sums(self) -> tally.Sums:
        """Return the sums over all ballots."""
        return self.worth.sums()

    @cached_property
    def pairs(self) -> list[list[int]]:
        """Return P[x][y]."""
        return self._contest.asked.pairs(self._values)

    @cached_property
    def runoff(self) -> list[tally.Elimination]:
        """Return the steps of a run-off among all themes."""
        return self.runoff_among(range(len(self._contest.keys)))

    def runoff_among(self, themes: Sequence[int]) -> list[tally.Elimination]:
        """Return the steps of a run-off among these themes."""
        return self._contest.asked.runoff(self._values, self._contest.ties, themes)


class Steps:
    """What the ballots say under some values, and as topics are chosen: each step is worked out once."""

    def __init__(self, contest: Contest, values: Sequence[int]) -> None:
        self._contest, self._values = contest, values
        self._found: dict[frozenset[int], Step] = {}

    def after(self, chosen: Sequence[int]) -> Step:
        """Return what they say when these topics are chosen."""
        held = frozenset(chosen)
        if held not in self._found:
            contest, values = self._with_less(held) if held else (self._contest, self._values)
            self._found[held] = Step(contest, values)
        return self._found[held]

    def _with_less(self, chosen: Collection[int]) -> tuple[Contest, list[int]]:
        """Return the contest in blocks of ballots with as many chosen topics, and what these are worth."""
        asked, blocks, numbers = self._contest.asked.after(chosen)
        held = numbers.tolist()
        whole = math.lcm(*(1 + many for many in set(held)))
        values = [
            self._values[block] * (whole // (1 + many))
            for block, many in zip(blocks.tolist(), held, strict=True)
        ]
        return replace(self._contest, asked=asked, survey=asked.survey()), values


def ballots_in(worth: Worth, dimension: str) -> dict[str, int]:
    """Return how many ballots that are worth anything each category has."""
    counts = np.where(worth.blocks[:, 0] > 0, worth.survey.ballots, 0)
    found = (worth.survey.members[dimension] @ counts).tolist()
    return dict(zip(worth.survey.categories[dimension], found, strict=True))
