"""How few ballots could change the topic (section 4.2), and the document beside the result.

It decides the five figures of the margin: `level` and `choosable` (a rival passes the topic), `support` (the
topic loses its spread), `at_least` (a change of fewer ballots cannot change the topic) and `enough` (a
change of so many, well placed, does). Weights, relevance and categories are held. There is no margin of
several topics, nor by another method than points.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from consulta.core.counting import tally
from consulta.core.counting.contest import Contest
from consulta.core.counting.profile import SAFE, dot
from consulta.core.counting.result import FiveFigures, LeftOut, Lost, Rival, Topics, Voice
from consulta.core.counting.tables import Gain
from consulta.core.typed import read_document, to_plain

FORMAT = "consulta-robustness/3"

Whole: TypeAlias = npt.NDArray[Any]
"""Whole numbers: of 64 bits, or of Python where sums of them may need more."""


@dataclass(frozen=True, slots=True)
class Gains:
    """What a ballot gains, the largest first; how many gain it, and their block."""

    gain: Whole
    count: Whole
    block: npt.NDArray[np.int64]

    def where(self, here: npt.NDArray[np.bool_]) -> "Gains":
        """Return those of them that are marked."""
        return Gains(self.gain[here], self.count[here], self.block[here])


@dataclass(frozen=True, slots=True)
class Places:
    """Between which places a theme stood in 5 to 95 of every hundred replicates of the count."""

    theme: str
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class Robustness:
    """The document: which bundle and topics it is about, the margin, and the places of the themes.

    `places` has every theme, in the order of the bundle, where repetitions were made. Where seats have
    dimensions that a result does not leave out one by one (any but country, sector and subregion), also the
    topics without each category of those, and what part the categories of those have of which the result has
    no `voices`. Elsewhere the file has none of these fields.
    """

    bundle_sha256: str
    seed: str
    method: str
    topics: Topics
    margin: FiveFigures | None
    leave_one_out: tuple[LeftOut, ...] = ()
    voices: tuple[Voice, ...] = ()
    places: tuple[Places, ...] = ()

    def to_json(self) -> bytes:
        """Return the document as a file."""
        content = {"format": FORMAT, **cast("dict[str, object]", to_plain(self))}
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()

    @staticmethod
    def parse(data: bytes) -> "Robustness":
        """Return the robustness document in a file.

        Raise Problem `robustness.json`, with the path of the fault, if the file is not valid.
        """
        return read_document(Robustness, data, "robustness.json", FORMAT)


def margin(contest: Contest, values: Sequence[int]) -> FiveFigures | None:
    """Return the five figures of the topic, under what ballots of each block are worth.

    None where there are several topics, and by another method than points.
    """
    if not _has_margin(contest):
        return None
    found = _Margin(contest, values)
    contest.asked.ballots.expect(questions(contest, [found.topic]))
    return found.found()


def _has_margin(contest: Contest) -> bool:
    return contest.rules.method == "points" and contest.rules.topics == 1


def questions(contest: Contest, topics: Sequence[int]) -> Iterator[Gain]:
    """Yield what the margin of these topics asks of the ballots, where there is one."""
    if not _has_margin(contest):
        return
    (topic,) = topics
    yield Gain(topic, None)
    for rival in range(len(contest.keys)):
        if rival != topic:
            yield Gain(topic, rival)
            yield Gain(None, rival)


class _Margin:
    """The margin of one contest, worked out from how often each ballot of one value gives what."""

    def __init__(self, contest: Contest, weights: Sequence[int]) -> None:
        worth = contest.worth(weights)
        self.contest = contest
        self.sums = worth.sums()
        self.scores = contest.scores(self.sums)
        self.order = contest.order(weights)
        self.support = contest.support(worth)
        self.topic = tally.next_topic(self.order, self.support.__getitem__)
        self.required = self.support[self.topic].required
        # Of every category that is counted, its value and the comparisons that each theme wins there.
        self.by_category = contest.by_category(worth)
        # Half of the comparisons that a theme could win, per value: what a supporting category gives.
        self.half = len(contest.keys) - 1
        most = 4 * len(contest.keys) * dot(weights, contest.blocks.ballots)
        self.value: Whole = np.array(weights, dtype=np.int64 if most < SAFE else object)

    def found(self) -> FiveFigures:
        """Return the five figures."""
        rivals = [theme for theme in self.order if theme != self.topic]
        passing = {rival: self.passing(rival) for rival in rivals}
        if not self.support[self.topic].has_spread:
            ratio = self.support[self.topic].ratio
            nearest = (rival for rival in rivals if self.support[rival].ratio == ratio)
            choosable = self._first((rival, passing[rival]) for rival in nearest)
            return FiveFigures(None, choosable, None, 1, _smaller(choosable, None))
        with_spread = [rival for rival in rivals if self.support[rival].has_spread]
        level = self._first((rival, self._levelling(rival, passing[rival])) for rival in rivals)
        choosable = self._first((rival, passing[rival]) for rival in with_spread)
        lost = self.losing_spread()
        return FiveFigures(
            level=level,
            choosable=choosable,
            support=lost,
            at_least=_smaller(level, lost),
            enough=_smaller(choosable, lost if with_spread else None),
        )

    def passing(self, rival: int) -> int | None:
        """Return how few ballots, re-cast with the rival alone first and the topic alone last, pass it.

        To pass is to stand before the topic in the order by score, points, relevance and tie order. What the
        rival gains on ballot i is 2(m-1)v_i - (d_i(rival) - d_i(topic)) comparisons.
        """
        needed = self._needed(rival)
        if needed is None or needed <= 0:
            return needed if needed is None else 0
        # net = d / v - (m-1), so that the gain is v · (2(m-1) + net(topic) - net(rival)).
        return _fewest(self.by_gain(self.topic, rival), needed)

    def _needed(self, rival: int) -> int | None:
        """Return how many comparisons the rival must gain on the topic; None where none would do."""
        score = self.scores.parts[self.topic] - self.scores.parts[rival]
        points = self.sums.won[self.topic] - self.sums.won[rival]
        if self.scores.step:
            level, rest = divmod(score, self.scores.step)
            if rest:
                return level + 1
            if level != points:
                # Once the scores are equal the points are not, and they decide.
                return level if level > points else level + 1
        elif score:
            return None if score > 0 else 0
        return points if self._first_of_equals(rival) else points + 1

    def _first_of_equals(self, rival: int) -> bool:
        """Return whether the rival stands before the topic where scores and points are equal.

        Relevance decides, then the tie order.
        """
        relevance = [
            tally.relevance(self.contest.objectives[theme], self.sums) for theme in (rival, self.topic)
        ]
        if relevance[0] != relevance[1]:
            return relevance[0] > relevance[1]
        return self.contest.ties[rival] < self.contest.ties[self.topic]

    def _levelling(self, rival: int, passing: int | None) -> int | None:
        """Return how few ballots let a rival pass with the spread that it needs."""
        return None if passing is None else max(passing, self.gaining_spread(rival))

    def gaining_spread(self, rival: int) -> int:
        """Return how few ballots, re-cast with the rival alone first, give it the support it lacks.

        The most over the dimensions: one ballot counts in a category of each.
        """
        lacking = {d: needed - len(self.support[rival].categories[d]) for d, needed in self.required.items()}
        if max(lacking.values(), default=0) <= 0:
            return 0
        gains = self.by_gain(None, rival)
        found = []
        for dimension, missing in lacking.items():
            needed = {
                category: self.half * value - won[rival]
                for category, (value, *won) in self.by_category[dimension].items()
                if category not in self.support[rival].categories[dimension]
            }
            found.append(self._sum_of_fewest(missing, dimension, gains, needed))
        return max(found)

    def losing_spread(self) -> Lost | None:
        """Return how few ballots, re-cast with the topic alone last, leave it without spread."""
        losses = self.by_gain(self.topic, None)
        found = []
        for dimension, needed in sorted(self.required.items()):
            if needed:
                supporting = self.support[self.topic].categories[dimension]
                too_many = {
                    category: won[self.topic] - self.half * value + 1
                    for category, (value, *won) in self.by_category[dimension].items()
                    if category in supporting
                }
                lost = len(supporting) - needed + 1
                found.append((self._sum_of_fewest(lost, dimension, losses, too_many), dimension))
        return Lost(*min(found)) if found else None

    def _sum_of_fewest(self, count: int, dimension: str, gains: Gains, needed: Mapping[str, int]) -> int:
        """Return the sum of the `count` smallest numbers of ballots with which a category has what it needs.

        Every category can have it: all its ballots together gain more.
        """
        if count <= 0:
            return 0
        within = self.within(dimension, gains, needed)
        return sum(sorted(_fewest(within[category], more) or 0 for category, more in needed.items())[:count])

    def by_gain(self, plus: int | None, minus: int | None) -> Gains:
        """Return what ballots gain and how many gain that in a block, the largest gain first.

        By putting the theme `plus` alone last, and the theme `minus` alone first. No gain is left out.
        """
        block, per_value, count = self.contest.asked.gains(plus, minus)
        gains = self.value[block] * per_value
        order = np.argsort(-gains)  # those of equal gains in any order: only their sums are asked for
        order = order[: np.count_nonzero(gains)]
        return Gains(gains[order], count.astype(gains.dtype)[order], block[order])

    def within(self, dimension: str, gains: Gains, names: Container[str]) -> dict[str, Gains]:
        """Return the gains of the ballots of each of these categories of a dimension."""
        blocks = self.contest.blocks
        code = blocks.codes[dimension][gains.block]
        return {
            name: gains.where(code == number)
            for number, name in enumerate(blocks.categories[dimension])
            if name in names
        }

    def _first(self, costs: Iterable[tuple[int, int | None]]) -> Rival | None:
        """Return the rival with the fewest ballots, of equal ones the first."""
        found = [(cost, place, rival) for place, (rival, cost) in enumerate(costs) if cost is not None]
        if not found:
            return None
        cost, _place, rival = min(found)
        return Rival(cost, self.contest.keys[rival])


def _smaller(one: Rival | Lost | None, other: Rival | Lost | None) -> int | None:
    """Return the smaller number of ballots of those that there are."""
    return min((each.ballots for each in (one, other) if each is not None), default=None)


def _fewest(gains: Gains, needed: int) -> int | None:
    """Return how many ballots, the largest gain first, together gain `needed`, which is above 0.

    None if all together do not.
    """
    reached = np.cumsum(gains.gain * gains.count)
    last = int(np.searchsorted(reached, needed))
    if last == len(reached):
        return None
    gain, count = int(gains.gain[last]), int(gains.count[last])
    return int(gains.count[:last].sum()) + -(-(needed - int(reached[last]) + gain * count) // gain)
