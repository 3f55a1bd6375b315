"""A contest: the themes, the ballots and the rules that decide between the themes, under any weights.

It decides nothing of its own: it puts the rules of `tally` in their order, so that the official answer, what
stands beside it and every question of firmness are asked in one way.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from consulta.core.counting import tally
from consulta.core.counting.profile import Profile
from consulta.core.counting.tally import Survey
from consulta.core.values import Method, Rules


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

    def decided(
        self,
        weights: Sequence[int],
        survey: Survey | None = None,
        profile: Callable[[], Profile] | None = None,
    ) -> tuple[list[int], list[int]]:
        """Return the themes, best first, and the topics, with other ballots as in `topics`."""
        worth = tally.worth(survey or self.survey, weights)
        order = self._order(worth, weights, profile or (lambda: self.profile))
        # Of many themes the support of few has to be known: that of the first ones is mostly enough.
        support_of = tally.spread_of(worth, self.rules.spread)
        with_spread = (theme for theme in order if support_of(theme).has_spread)
        first = list(itertools.islice(with_spread, self.rules.topics))
        if len(first) == self.rules.topics:
            return order, first
        support = [support_of(theme) for theme in range(len(order))]
        return order, tally.choose_topics(order, support, self.rules.topics)

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
