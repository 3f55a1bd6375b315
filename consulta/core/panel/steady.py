"""Whether a panel that was chosen stays the best one when support changes a little, shown without a search.

Prices of the rows that a panel keeps can show that it has more support than any other. For prices p ≥ 0 of
lines `low ≤ Σ c_j x_j ≤ high`, every panel x of the same size that keeps all rows has

    Σ s_j x_j  ≤  Σ r_j x_j - Σ p·limit,   r_j = s_j + Σ p·c_j of lower limits - Σ p·c_j of upper ones,

and for the panel itself the right side is larger than its support by Σ p·slack. So where the least r of its
people exceeds the largest r of all others by more than that, every other panel has less support, and the
stages after support decide nothing.

Where the rules give up support for people who were not heard lately, three things are shown: that the panel
gives up no more than the rules allow; that every panel with fewer recent seats gives up more; and that of
those with as few it has the most support. Recent seats are one more row, and the first two follow from a
bound of the support: the r of as many people as sit, the largest first.

All of it is computed in whole numbers; a linear program only proposes the prices, and bad ones show nothing.
It never says that a panel is not the best: then the panel has to be chosen anew (`choose`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from consulta.core.counting.result import PanelResult
from consulta.core.panel.choose import pool_of
from consulta.core.panel.rows import THOUSAND, rows_of
from consulta.core.values import Nominee, PanelRules

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PARTS = 1 << 12
"""Prices are in parts of so many."""

MOST = 20_000
"""No price is larger: twice the most support."""


class Proof(NamedTuple):
    """Prices of limits that show a panel to be the best: against all others, to be within what the rules let
    give up, and against panels with fewer recent seats. The last two are None where nothing is asked of them.
    """

    alone: Whole
    within: Whole | None = None
    fewer: Whole | None = None


@dataclass(frozen=True, slots=True)
class Steady:
    """A panel that keeps all rows, soft ones too, and the rows as limits that it keeps by `slack`.

    A limit's coefficients are by place in the pool; positive ones count for a lower limit. Where the rules
    have a `memory`, the last limit is that of the panel's own recent seats, `heard`. `rich` is a panel that
    keeps all rows and had the most support.
    """

    keys: tuple[str, ...]
    members: tuple[str, ...]
    sits: npt.NDArray[np.bool_]
    rich: npt.NDArray[np.bool_]
    limits: Whole
    slack: Whole
    memory: int
    heard: int

    @staticmethod
    def of(
        rules: PanelRules,
        nominees: Sequence[Nominee],
        topics: Sequence[str],
        chosen: PanelResult,
        rich: Collection[str] | None = None,
    ) -> "Steady | None":
        """Return what can be asked of a chosen panel; None where it misses a row.

        `rich` are the members of the panel with the most support, where that is another.
        """
        people = pool_of(rules, nominees, topics)
        if not chosen.feasible or not chosen.proven:
            return None
        sits = np.array([each.key in set(chosen.members) for each in people])
        members = frozenset(np.flatnonzero(sits).tolist())
        limits, slack = [], []
        for row in rows_of(rules, people):
            if row.missing(members):
                return None
            for line in row.lines:
                own = np.zeros(len(people), dtype=np.int64)
                own[[*line.coefficients]] = [*line.coefficients.values()]
                found = int(own[sits].sum())
                if line.low is not None:
                    limits.append(own)
                    slack.append(found - line.low)
                if line.high is not None:
                    limits.append(-own)
                    slack.append(line.high - found)
        if rules.memory:
            limits.append(-np.array([each.recent for each in people], dtype=np.int64))
            slack.append(0)
        return Steady(
            tuple(each.key for each in people),
            chosen.members,
            sits,
            np.array([each.key in set(rich or chosen.members) for each in people]),
            np.array(limits, dtype=np.int64).reshape(len(limits), len(people)),
            np.array(slack, dtype=np.int64),
            rules.memory,
            chosen.recent,
        )

    def gains(self, support: Mapping[str, int]) -> Whole:
        """Return the support of the people of the pool, by place."""
        return np.array([support[key] for key in self.keys], dtype=np.int64)

    def prices(self, gains: Whole) -> Proof | None:
        """Return the prices under which the panel is farthest from all others; None where there are none."""
        alone = self._prices_alone(gains)
        if alone is None or not self.memory:
            return None if alone is None else Proof(alone)
        within = self._prices_of_bound(gains, self.slack, but_last=True)
        fewer = self._prices_of_bound(gains, self._slack_of_fewer) if self.heard else None
        return None if within is None or (self.heard and fewer is None) else Proof(alone, within, fewer)

    def is_shown(self, gains: Whole, proof: Proof) -> bool:
        """Return whether these prices show that the panel is the best."""
        if self.sits.all():
            return True
        return self._is_alone(gains, proof.alone) and (
            not self.memory or (self._is_within(gains, proof.within) and self._has_fewest(gains, proof.fewer))
        )

    @property
    def _slack_of_fewer(self) -> Whole:
        """Return the slack where one recent seat fewer is asked for: the panel itself misses that by one."""
        return np.append(self.slack[:-1], -1)

    def _is_alone(self, gains: Whole, prices: Whole) -> bool:
        """Return whether all other panels with at most as many recent seats have less support."""
        reduced = PARTS * gains + prices @ self.limits
        gap = int(reduced[self.sits].min(initial=np.iinfo(np.int64).max)) - int(reduced[~self.sits].max())
        return bool(self.sits.any()) and gap > int(prices @ self.slack)

    def _is_within(self, gains: Whole, prices: Whole | None) -> bool:
        """Return whether the panel gives up no more of the most support than the rules allow."""
        if prices is None or prices[-1]:
            return False
        own, more = int(gains[self.sits].sum()), self._most_more(gains, prices, self.slack)
        return PARTS * self.memory * own >= (THOUSAND - self.memory) * more

    def _has_fewest(self, gains: Whole, prices: Whole | None) -> bool:
        """Return whether all panels with fewer recent seats give up more support than the rules allow."""
        if not self.heard:
            return True
        if prices is None:
            return False
        own, more = int(gains[self.sits].sum()), self._most_more(gains, prices, self._slack_of_fewer)
        most = max(own, int(gains[self.rich].sum()))
        return THOUSAND * (PARTS * own + more) < (THOUSAND - self.memory) * PARTS * most

    def _most_more(self, gains: Whole, prices: Whole, slack: Whole) -> int:
        """Return how much more support, in parts, no panel passes that keeps the limits with this slack."""
        reduced = PARTS * gains + prices @ self.limits
        seats = int(self.sits.sum())
        most = int(np.sort(reduced)[len(reduced) - seats :].sum())
        return most - int(reduced[self.sits].sum()) + int(prices @ slack)

    def _prices_alone(self, gains: Whole) -> Whole | None:
        limits, people = len(self.slack), len(self.keys)
        # Columns: a price a limit, the least gain of its people, the largest of all others.
        rows = np.zeros((people, limits + 2))
        sign = np.where(self.sits, -1, 1)
        rows[:, :limits] = (self.limits * sign).T
        rows[self.sits, limits] = 1
        rows[~self.sits, limits + 1] = -1
        return _solved(
            np.concatenate((self.slack, [-1.0, 1.0])),
            rows,
            -sign * gains,
            [(0, MOST)] * limits + [(-1e9, 1e9)] * 2,
            limits,
        )

    def _prices_of_bound(self, gains: Whole, slack: Whole, *, but_last: bool = False) -> Whole | None:
        """Return the prices of the least bound of the support, the last limit's being nothing if so asked."""
        limits, people = len(slack), len(self.keys)
        # Columns: a price a limit, a threshold, and by how much each person's gain is above it.
        rows = np.hstack([self.limits.T, -np.ones((people, 1)), -np.eye(people)])
        costs = np.concatenate(
            (slack - self.limits[:, self.sits].sum(axis=1), [int(self.sits.sum())], np.ones(people))
        )
        ranges = [(0, MOST)] * limits + [(-1e9, 1e9)] + [(0, 1e9)] * people
        if but_last:
            ranges[limits - 1] = (0, 0)
        return _solved(costs, rows, -gains, ranges, limits)


def _solved(
    costs: Floats, rows: Floats, most: Whole, ranges: Sequence[tuple[float, float]], limits: int
) -> Whole | None:
    """Return the prices of the least costs, in parts; None where the solver finds none."""
    from scipy import optimize  # noqa: PLC0415 - slow to import, and most commands choose no panel

    found = optimize.linprog(costs, A_ub=rows, b_ub=most, bounds=ranges, method="highs")
    if found.x is None:
        return None
    return np.rint(np.clip(found.x[:limits], 0, MOST) * PARTS).astype(np.int64)


class Known:
    """Panels that were chosen under the same rules, by their topics, with prices that showed them best."""

    KEPT = 8
    """So many panels, and so many prices of each, are asked."""

    def __init__(self) -> None:
        self._panels: dict[tuple[str, ...], list[tuple[Steady, list[Proof]]]] = {}

    def members(self, topics: Sequence[str], support: Mapping[str, int]) -> tuple[str, ...] | None:
        """Return the panel if one that is known is shown to be the best one; None if none is."""
        there = self._panels.get(tuple(topics), [])
        for panel, known in there:
            gains = panel.gains(support)
            if any(panel.is_shown(gains, prices) for prices in known):
                return panel.members
        if there:
            panel, known = there[0]
            if self._try(panel, known, panel.gains(support)):
                return panel.members
        return None

    def has(self, topics: Sequence[str], members: tuple[str, ...]) -> bool:
        """Return whether a panel of these people is remembered."""
        return any(panel.members == members for panel, _ in self._panels.get(tuple(topics), []))

    def add(self, topics: Sequence[str], panel: Steady | None, support: Mapping[str, int]) -> None:
        """Remember a panel that was the best with this support."""
        there = self._panels.setdefault(tuple(topics), [])
        if panel is None or self.has(topics, panel.members):
            return
        known: list[Proof] = []
        self._try(panel, known, panel.gains(support))
        there.append((panel, known))
        del there[1 : 1 + max(0, len(there) - self.KEPT)]

    def _try(self, panel: Steady, known: list[Proof], gains: Whole) -> bool:
        prices = panel.prices(gains)
        if prices is None or not panel.is_shown(gains, prices):
            return False
        known.insert(0, prices)
        del known[self.KEPT :]
        return True


def differing(before: Collection[str], after: Collection[str]) -> int:
    """Return how many people of a panel are not on another."""
    return len({*before} - {*after})
