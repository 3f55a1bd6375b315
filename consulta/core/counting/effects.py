"""What one ballot did: the topics and the order without it, with the average weight, and without a category.

Each answer is that of the count of the same round with that change: the ballots that are left are weighed
anew, and the roll, the seed and the tie order stay, as where a category is left out (section 4.1). With the
average weight nothing else changes: the ballot counts for its base times one, and the others for what they
counted.

Nothing is counted from the start for each ballot. Weights depend on the cells alone, so that ballots of one
cell share them; what the blocks say is known, and the ballot in question is taken out of its block and put in
a block of its own. Ballots that say the same in the same block share the answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from consulta.core.counting import asking, profile, tally, weights
from consulta.core.counting.bundle import digest
from consulta.core.counting.contest import Contest
from consulta.core.counting.election import contest_of, election_of
from consulta.core.counting.profile import Profile
from consulta.core.counting.refusals import category_of
from consulta.core.counting.tally import Survey
from consulta.core.counting.weights import MILLION
from consulta.core.trust import chance
from consulta.core.values import Bundle


class Decided(NamedTuple):
    """The topics, and all themes in the order of the official method, best first."""

    topics: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a ballot did; None where nothing is left to count.

    `pairs` is how many pairs of themes the ballot puts in an order, and `kept` how many of these stand in the
    same order in the result. `weight` is in millionths of the mean weight. `away`: dimension → what would
    have been had all ballots of the seat's category in it been missing.
    """

    seat: str
    weight: int
    pairs: int
    kept: int
    without: Decided | None
    average: Decided
    away: dict[str, Decided | None]


class Crowd(NamedTuple):
    """How many ballots a count has, and what part of all value or of all base the heaviest of them has."""

    ballots: int
    heaviest: Fraction


class Values(NamedTuple):
    """What ballots are worth under a change: `worth` is that of a ballot of each block.

    `left` is how many of each block are left, and `more` what is to be added for the one ballot in question.
    Changes of the same `name` have the same worth and the same left.
    """

    name: object
    worth: Sequence[int]
    left: Sequence[int]
    more: int


class Effects:
    """The questions that can be asked of a counted bundle, each answered once for all who share it."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._election = election_of(bundle, chance.ballots_root(bundle.ballots), digest(bundle))
        self._ballots = profile.from_bundle(bundle, self._election.dimensions)
        self._balance = weights.balance_of(self._ballots, bundle.rules, self._election.roll)
        micro = self._balance.micro_weights()
        if micro is None:
            raise ValueError("targets leave nothing to those that voted")
        self._micro = micro
        self._contest = contest_of(self._election, asking.at_hand(self._ballots))
        self._each = profile.bases_of(self._ballots)
        self._values = self._balance.cells.to_blocks(micro)
        self._placed = dict(self._places())
        self._told: dict[object, Any] = {}
        self.official = _decided(self._contest, self._values)

    def of_seat(self, seat: str, dimensions: Iterable[str]) -> Effect:
        """Return what the ballot of a seat did; `dimensions` are those whose categories are left out."""
        column, block = self._placed[seat]
        say = (block, self._ballots.places[:, column].tobytes(), self._marks(column))
        ballot = _Ballot(self, column, block)
        pairs, kept = self._kept(column)
        ballots = self._ballots
        return Effect(
            seat=seat,
            weight=self._micro[int(self._balance.cells.of_block[block])],
            pairs=pairs,
            kept=kept,
            without=self._once(("without", *say), ballot.without),
            average=self._once(("average", *say), ballot.average),
            away={
                dimension: self._away(dimension, int(ballots.codes[dimension][block]))
                for dimension in dimensions
                if ballots.categories[dimension][ballots.codes[dimension][block]]
            },
        )

    # -- what ballots are worth, for questions that look at more than rankings

    @property
    def seed(self) -> str:
        """Return the seed of the round."""
        return self._election.seed

    @property
    def blocks(self) -> int:
        """Return how many blocks there are."""
        return len(self._each)

    def has(self, seat: str) -> bool:
        """Return whether a ballot of a seat is counted."""
        return seat in self._placed

    def block_of(self, seat: str) -> int:
        """Return the block of a seat's ballot."""
        return self._placed[seat][1]

    def base_of(self, seat: str) -> int:
        """Return the base of a seat's ballot."""
        return self._each[self.block_of(seat)]

    def values(self) -> Values:
        """Return what ballots were counted for."""
        return Values("all", self._values, self._each_block(), 0)

    def values_without(self, seat: str) -> Values | None:
        """Return what they would count for without a seat's ballot; None where nothing is left."""
        block = self.block_of(seat)
        micro = self._left(block)
        if micro is None:
            return None
        cell = int(self._balance.cells.of_block[block])
        worth: list[int] = self._once(("worth", cell), lambda: self._balance.cells.to_blocks(micro))
        return Values(("without", cell), worth, self._each_block(), -worth[block])

    def values_average(self, seat: str) -> Values:
        """Return the same with the average weight for a seat's ballot."""
        block = self.block_of(seat)
        return Values(
            "all", self._values, self._each_block(), MILLION * self._each[block] - self._values[block]
        )

    def values_away(self, seat: str, dimension: str) -> Values | None:
        """Return the same without the ballots of a seat's category; None where nothing is left."""
        code = int(self._ballots.codes[dimension][self.block_of(seat)])

        def counted() -> Values | None:
            found = self._without(dimension, code)
            return None if found is None else Values((dimension, code), found[0], found[1].tolist(), 0)

        answer: Values | None = self._once(("values", dimension, code), counted)
        return answer

    def _each_block(self) -> list[int]:
        found: list[int] = self._once("ballots", self._ballots.ballots.tolist)
        return found

    def crowd(self) -> Crowd:
        """Return the ballots that were counted."""
        return self._crowd(self._values, self._each_block())

    def crowd_away(self, seat: str, dimension: str) -> Crowd | None:
        """Return the ballots that are left without those of a seat's category; None where nothing is."""
        block = self._placed[seat][1]

        def counted() -> Crowd | None:
            found = self._without(dimension, code)
            return None if found is None else self._crowd(found[0], found[1].tolist())

        code = int(self._ballots.codes[dimension][block])
        answer: Crowd | None = self._once(("crowd", dimension, code), counted)
        return answer

    def _crowd(self, values: Sequence[int], left: Sequence[int]) -> Crowd:
        """Return the ballots of the blocks in which some are left; the heaviest by value or by base."""
        heaviest = [
            Fraction(
                max(each for each, own in zip(worth, left, strict=True) if own),
                sum(each * own for each, own in zip(worth, left, strict=True)),
            )
            for worth in (values, self._each)
        ]
        return Crowd(sum(left), max(heaviest))

    def places_on(self, seat: str) -> dict[str, int | None]:
        """Return the place that a seat's ballot gives each theme, from 1; None for themes not named."""
        tiers = self._tiers(self._placed[seat][0]).tolist()
        unranked = self._ballots.unranked
        return {
            key: None if tier == unranked else tier + 1
            for key, tier in zip(self._contest.keys, tiers, strict=True)
        }

    def _once(self, question: object, answer: Any) -> Any:
        if question not in self._told:
            self._told[question] = answer()
        return self._told[question]

    def _marks(self, column: int) -> int:
        found = self._ballots
        return int(found.objectives[column])

    def _places(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield each seat with the column and the block of its ballot.

        The ballots of a block stand in its columns in the order of the names of their seats.
        """
        found = self._ballots
        dimensions = [*found.codes]
        names = [[found.categories[d][code] for code in found.codes[d].tolist()] for d in dimensions]
        keys = list(zip(*names, strict=True)) if names else [()]
        blocks: dict[tuple[str, ...], int] = {key: block for block, key in enumerate(keys)}
        seats = {seat.seat: seat for seat in self.bundle.seats}
        before: Counter[int] = Counter()
        for ballot in sorted(self.bundle.ballots, key=lambda ballot: ballot.seat):
            seat = seats[ballot.seat]
            key = tuple(
                str(seat.base) if dimension == profile.BASE else category_of(seat, dimension)
                for dimension in dimensions
            )
            block = blocks[key]
            yield ballot.seat, (int(found.starts[block]) * found.unit + before[block], block)
            before[block] += 1

    def _kept(self, column: int) -> tuple[int, int]:
        """Return how many pairs a ballot puts in an order, and how many of these the result keeps."""
        place = {key: int(at) for key, at in zip(self._contest.keys, self._tiers(column), strict=True)}
        order = self.official.order
        pairs = [(place[x], place[y]) for i, x in enumerate(order) for y in order[i + 1 :]]
        return sum(x != y for x, y in pairs), sum(x < y for x, y in pairs)

    def _tiers(self, column: int) -> npt.NDArray[Any]:
        return self._ballots.places[:, column]

    def _left(self, block: int) -> tuple[int, ...] | None:
        """Return the micro-weights where a ballot of this block is missing."""
        cells = self._balance.cells
        cell = int(cells.of_block[block])

        def weighed() -> tuple[int, ...] | None:
            left = list(cells.ballots)
            left[cell] -= 1
            return self._balance.micro_weights(left)

        found: tuple[int, ...] | None = self._once(("weights", cell), weighed)
        return found

    def _away(self, dimension: str, code: int) -> Decided | None:
        """Return what would have been without the ballots of a category, as `firmness.leave_one_out` does."""

        def counted() -> Decided | None:
            found = self._without(dimension, code)
            return None if found is None else _decided(self._contest, found[0])

        answer: Decided | None = self._once(("away", dimension, code), counted)
        return answer

    def _without(self, dimension: str, code: int) -> tuple[list[int], npt.NDArray[np.int64]] | None:
        """Return what ballots are worth without those of a category, and what is left of each block."""
        found, cells = self._ballots, self._balance.cells
        left = np.where(found.codes[dimension] == code, 0, found.ballots)
        micro = self._balance.micro_weights(cells.ballots_of(left))
        if micro is None:
            return None
        values = np.where(left > 0, np.array(cells.to_blocks(micro), dtype=object), 0)
        return values.tolist(), left


@dataclass(frozen=True, slots=True)
class _Ballot:
    """One ballot, taken out of its block."""

    effects: Effects
    column: int
    block: int
    found: dict[str, Contest] = field(default_factory=dict)

    def without(self) -> Decided | None:
        """Return what would have been had the ballot been missing."""
        micro = self.effects._left(self.block)  # noqa: SLF001 - of this module
        if micro is None:
            return None
        return _decided(self._alone(), [*self.effects._balance.cells.to_blocks(micro), 0])  # noqa: SLF001

    def average(self) -> Decided:
        """Return what would have been had the ballot counted for its base times the mean weight."""
        each = self.effects._each[self.block]  # noqa: SLF001
        return _decided(self._alone(), [*self.effects._values, MILLION * each])  # noqa: SLF001

    def _alone(self) -> Contest:
        """Return the contest in which the ballot is in a block of its own, the last one."""
        if "alone" not in self.found:
            contest, ballots = self.effects._contest, self.effects._ballots  # noqa: SLF001
            says = tally.features(ballots, np.array([self.column])).astype(np.int64)
            counts = np.vstack((contest.survey.counts, says))
            counts[self.block] -= says[0]
            members = {
                dimension: np.hstack((own, own[:, [self.block]]))
                for dimension, own in contest.survey.members.items()
            }
            self.found["alone"] = replace(
                contest,
                survey=Survey(counts, members, contest.survey.categories),
                asked=asking.at_hand(_with_own_block(ballots, self.column, self.block)),
            )
        return self.found["alone"]


def _with_own_block(found: Profile, column: int, block: int) -> Profile:
    """Return the ballots with one of them in a block of its own, behind all others.

    Where it stood there is no ballot any more.
    """
    more = np.arange(found.unit) == 0
    real = np.concatenate((found.real, more))
    real[column] = False
    blank = np.full((found.themes, found.unit), found.unranked, dtype=found.places.dtype)
    blank[:, 0] = found.places[:, column]
    marks = np.where(more, found.objectives[column], 0).astype(found.objectives.dtype)
    ballots = np.append(found.ballots, 1)
    ballots[block] -= 1
    return replace(
        found,
        ballots=ballots,
        codes={dimension: np.append(own, own[block]) for dimension, own in found.codes.items()},
        places=np.hstack((found.places, blank)),
        objectives=np.concatenate((found.objectives, marks)),
        number=np.append(found.number, np.full(found.unit, found.number[column])),
        real=real,
        starts=np.append(found.starts, len(found.real) // found.unit),
    )


def _decided(contest: Contest, values: Sequence[int]) -> Decided:
    """Return the topics by the rules of the contest, and the order of all themes."""
    order, topics = contest.decided(values)
    return Decided(tuple(contest.keys[x] for x in topics), tuple(contest.keys[x] for x in order))
