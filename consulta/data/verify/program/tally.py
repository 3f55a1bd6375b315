"""The count (section 3): what ballots are worth, points, the order, topics."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from functools import cached_property

from consulta.data.verify.program.bundle import OBJECTIVES, UNRANKED
from consulta.data.verify.program.values import sha256, whole_number


class Worth:
    """What ballots are worth: each as the kind of its seat, and so often as it was drawn.

    `times` are how often, where they were drawn, and `numbers` how many that makes of each kind; `parts` what
    of a ballot counts by its ranking, where a part alone does.
    """

    def __init__(self, ballots, values, times=None, numbers=None, rankings=None, parts=None):
        self.ballots, self.times, self.parts = ballots, times, parts
        self.values = {kind: value for kind, value in values.items() if value}
        numbers = ballots.numbers if numbers is None else numbers
        self.numbers = {kind: number for kind, number in numbers.items() if number and kind in self.values}
        self.rankings = ballots.rankings if rankings is None else rankings

    def __len__(self):
        return sum(self.numbers.values())

    def but(self, rankings=None, parts=None):
        """The same ballots with other rankings, or with parts alone."""
        return Worth(self.ballots, self.values, self.times, self.numbers, rankings or self.rankings, parts)

    def total(self):
        return sum(self.values[kind] * number for kind, number in self.numbers.items())

    def each(self, kinds=None):
        """Of each ballot, or of those of some kinds, its kind, ranking and objectives, and its worth."""
        values = self.values if kinds is None else {kind: self.values[kind] for kind in kinds}
        columns = self.ballots.kind, self.ballots.ranking, self.ballots.mask
        if self.times is None:
            for kind, ranking, mask in zip(*columns):
                if kind in values:
                    yield kind, ranking, mask, values[kind]
            return
        for kind, ranking, mask, times in zip(*columns, self.times):
            if times and kind in values:
                yield kind, ranking, mask, values[kind] * times

    def by_ranking(self, kinds=None):
        """What those that rank alike are worth together."""
        sums, parts = defaultdict(int), self.parts
        for _, ranking, _, value in self.each(kinds):
            sums[ranking] += value
        return {ranking: value * parts[ranking] for ranking, value in sums.items()} if parts else sums

    def by_objectives(self):
        """What those that name the same objectives are worth together."""
        sums, parts = defaultdict(int), self.parts
        for _, ranking, mask, value in self.each():
            sums[mask] += value * parts[ranking] if parts else value
        return sums


class Count:
    """What ballots say by what they are worth."""

    def __init__(self, a_round, ties, worth):
        self.round, self.ties, self.worth = a_round, ties, worth
        self.themes = range(len(a_round.keys))
        self.sums, marks = worth.by_ranking(), worth.by_objectives()
        self.value = sum(self.sums.values())
        self.won = self._won(self.sums)
        self.named = sum(value for mask, value in marks.items() if mask)
        self.marks = [
            sum(value for mask, value in marks.items() if mask >> bit & 1) for bit in range(OBJECTIVES)
        ]
        self.share = whole_number(a_round.rules["objective_share"]) if self.named else 0

    def _won(self, sums):
        found = [0 for _ in self.themes]
        for ranking, value in sums.items():
            for x, wins in enumerate(self.worth.rankings.wins_of(ranking)):
                found[x] += value * wins
        return found

    def tiers(self):
        """Each way to rank with what ballots of it are worth together."""
        return ((self.worth.rankings.tiers_of(ranking), value) for ranking, value in self.sums.items())

    # 3.2, 3.3
    def points(self, x):
        return Fraction(self.won[x], 2 * (len(self.themes) - 1) * self.value)

    def objective(self, number):
        return Fraction(self.marks[number - 1], self.named) if self.named else Fraction(0)

    def relevance(self, x):
        numbers = self.round.objectives[x]
        return sum((self.objective(number) for number in numbers), Fraction(0)) / len(numbers)

    def score(self, x):
        return ((1000 - self.share) * self.points(x) + self.share * self.relevance(x)) / 1000

    # 3.4
    def spread(self):
        """For each theme: the supporting categories by dimension; and how many each dimension asks for."""
        return self._support[:2]

    @property
    def counted(self):
        """The categories of each dimension that have ballots enough, and the kinds of their seats."""
        return self._support[2]

    @cached_property
    def _support(self):
        supported, required, counted = [{} for _ in self.themes], {}, {}
        numbers, kinds = self.worth.numbers, self.worth.ballots.kinds
        for dimension, thousandths in sorted(self.round.rules["spread"].items()):
            here = defaultdict(list)
            for kind in numbers:
                here[kinds[kind][0][dimension]].append(kind)
            few = self.round.rules["support_min"]  # a category needs ballots enough to be counted
            enough = [name for name in sorted(here) if sum(numbers[kind] for kind in here[name]) >= few]
            counted[dimension] = {name: here[name] for name in enough}
            required[dimension] = -(-whole_number(thousandths) * len(enough) // 1000)
            for x in self.themes:
                supported[x][dimension] = []
            for name in enough:
                sums = self.worth.by_ranking(here[name])
                half = (len(self.themes) - 1) * sum(sums.values())
                for x, won in enumerate(self._won(sums)):
                    if won >= half:
                        supported[x][dimension].append(name)
        return supported, required, counted

    # 3.5
    def pairs(self):
        table = [[0] * len(self.themes) for _ in self.themes]
        for tiers, value in self.tiers():
            for x, mine in enumerate(tiers):
                row = table[x]
                for y, other in enumerate(tiers):
                    if mine < other:
                        row[y] += 2 * value
                    elif mine == other and x != y:
                        row[y] += value
        return table

    def by_points(self):
        return sorted(
            self.themes, key=lambda x: (-self.score(x), -self.won[x], -self.relevance(x), self.ties[x])
        )

    def by_schulze(self):
        pairs = self.pairs()
        path = [[max(0, pairs[x][y] - pairs[y][x]) for y in self.themes] for x in self.themes]
        for via in self.themes:
            for x in self.themes:
                for y in self.themes:
                    path[x][y] = max(path[x][y], min(path[x][via], path[via][y]))
        beaten = [sum(path[x][y] > path[y][x] for y in self.themes) for x in self.themes]
        return sorted(self.themes, key=lambda x: (-beaten[x], -self.won[x], self.ties[x]))

    def runoff(self, among=None):
        """The steps: what each theme left has, what is exhausted, who goes."""
        left, steps = list(self.themes if among is None else among), []
        while left:
            totals, exhausted = dict.fromkeys(left, Fraction(0)), 0
            for tiers, value in self.tiers():
                best = min(tiers[x] for x in left)
                if best == UNRANKED:
                    exhausted += value
                else:
                    top = [x for x in left if tiers[x] == best]
                    for x in top:
                        totals[x] += Fraction(value, len(top))
            out = min(left, key=lambda x: (totals[x], -self.ties[x]))
            steps.append((totals, exhausted, out))
            left.remove(out)
        return steps

    def by_runoff(self):
        return [out for _, _, out in reversed(self.runoff())]

    def order(self, method=None):
        return getattr(self, "by_" + (method or self.round.rules["method"]))()

    def topics(self, order=None):
        order = self.order() if order is None else order
        supported, required = self.spread()
        have = [all(len(supported[x][d]) >= n for d, n in required.items()) for x in self.themes]
        reach = [
            min([Fraction(len(supported[x][d]), n) for d, n in required.items() if n] or [Fraction(1)])
            for x in self.themes
        ]
        ranked = [x for x in order if have[x]]
        ranked += sorted((x for x in order if not have[x]), key=lambda x: -reach[x])
        return ranked[: whole_number(self.round.rules["topics"])], supported, have

    # 9.4
    def shared_topics(self):
        """Topic after topic, each ballot counting less the more of those chosen it has in its first tiers."""
        chosen = [self.topics()[0][0]]
        while len(chosen) < whole_number(self.round.rules["topics"]):
            rankings = self.worth.rankings
            found = (rankings.tiers_of(number) for number in range(len(rankings)))
            counts = [1 + sum(tiers[x] <= 3 for x in chosen) for tiers in found]
            whole = math.lcm(*{*counts})  # values in units of which all parts are whole numbers
            parts = [whole // count for count in counts]
            step = Count(self.round, self.ties, self.worth.but(parts=parts))
            rest = [x for x in self.themes if x not in chosen]
            if self.round.rules["method"] == "runoff":
                order = [out for _, _, out in reversed(step.runoff(rest))]
            else:
                order = [x for x in step.order() if x in rest]
            chosen.append(step.topics(order)[0][0])
        return chosen

    def heard(self, topics):
        """What part of all value has one of these in its first three tiers."""
        there = sum(value for tiers, value in self.tiers() if any(tiers[x] <= 3 for x in topics))
        return Fraction(there, self.value)


def tie_places(a_round):
    """Section 4: the place of each theme in the tie order."""
    order = sorted(a_round.keys, key=lambda key: sha256((f"{a_round.seed}|theme|{key}").encode()))
    return [order.index(key) for key in a_round.keys]
