"""Questions to the ballots, and the tables of whole numbers that answer them.

A question is answered for some of the ballots; answers for others are added to it. As whole numbers add up in
any order, no way to divide the ballots, and nobody who adds, can change a digit of a count.

A table has a row for each block, and a block has a key that is the same wherever its ballots are looked at.
Questions that ask for more than the block have its key times something, and more. The module knows no
weights, no rules, and no files.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from consulta.core.counting.profile import BASE, SAFE, Nets, Profile, from_columns, numbered

OBJECTIVES = 23

TIERS = 3
"""A ballot has a theme on the table that it names in one of so many first tiers."""

Numbers = npt.NDArray[np.int64]
NOBODY: Numbers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Sums by key, the keys ascending: a row of sums for each."""

    keys: Numbers
    sums: Numbers

    def __add__(self, other: "Table") -> "Table":
        """Return the sums of both. Raise OverflowError where one may be too large to be exact."""
        if not len(self.keys) or not len(other.keys):
            return self if len(self.keys) else other
        if np.array_equal(self.keys, other.keys):
            keys, sums = self.keys, self.sums + other.sums
        else:
            keys = np.union1d(self.keys, other.keys)
            sums = np.zeros((len(keys), self.sums.shape[1]), dtype=np.int64)
            for each in (self, other):
                sums[np.searchsorted(keys, each.keys)] += each.sums
        if max(int(sums.max(initial=0)), -int(sums.min(initial=0))) >= SAFE:
            raise OverflowError("a sum of ballots is too large")
        return Table(keys, sums)


@dataclass(frozen=True, slots=True)
class View:
    """How ballots are looked at: perhaps with a theme taken off, in blocks by topics on the table.

    Taking off a theme lets later themes move up, where it was alone in its tier. A block is then one of
    ballots with as many of the `chosen` on the table: its key is that of the block times `size`, and that
    number. Themes, here and in questions, are numbered without the one taken off.
    """

    gone: int | None = None
    chosen: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Return how many numbers of topics on the table there can be."""
        return len(self.chosen) + 1


class Part:
    """Some of the ballots, as a profile whose blocks have keys, ascending.

    `endorsed` has, for each endorsement, the key of its ballot, the ballot's number and the nominee's: it is
    there where that may be asked for.
    """

    def __init__(
        self, profile: Profile, keys: Numbers, endorsed: tuple[Numbers, Numbers, Numbers] | None = None
    ) -> None:
        self.profile, self.keys = profile, keys
        self.endorsed = endorsed or (NOBODY, NOBODY, NOBODY)
        self.looked_at = lru_cache(maxsize=2)(partial(_looked_at, profile, keys))

    def table(self, *columns: Any) -> Table:
        """Return a table with these columns of sums by block."""
        return Table(self.keys, np.column_stack(columns))

    @cached_property
    def net_of(self) -> Any:
        """Return what gives the nets of a theme; those of the last two are known."""
        return lru_cache(maxsize=2)(Nets(self.profile).of)

    @cached_property
    def block(self) -> Numbers:
        """Return the block of every place in the columns, one more than there are where no ballot is."""
        profile = self.profile
        return np.where(profile.real, profile.block_of_ballots(), len(self.keys)).astype(np.int64)


def part_of(
    ranks: npt.NDArray[np.integer[Any]],
    keys: Numbers,
    objectives: npt.NDArray[np.unsignedinteger[Any]] | None,
    endorsed: tuple[Numbers, Numbers, Numbers] | None = None,
) -> Part:
    """Return ballots with the key of each one's block; `ranks` is as in `profile.from_columns`."""
    found, codes = numbered(keys)
    names = {BASE: tuple(map(str, found.tolist()))}
    return Part(from_columns(ranks, {BASE: codes}, names, objectives=objectives), found, endorsed)


def _looked_at(profile: Profile, keys: Numbers, view: View) -> Part:
    places = profile.places
    if view.gone is not None:
        own = places[view.gone]
        alone = np.add.reduce(places == own, axis=0, dtype=places.dtype) == 1
        places = np.delete(
            places - ((places > own) & (places != profile.unranked) & alone), view.gone, axis=0
        )
        profile = replace(profile, themes=len(places), places=places)
    if not view.chosen:
        return Part(profile, keys)
    real = np.flatnonzero(profile.real)
    held = on_table(profile, view.chosen)[:, real].sum(axis=0)
    block = profile.block_of_ballots()[real]
    # The tier of what is not named is the largest number there is: one more is 0, which stands for that.
    ranks = places[:, real] + places.dtype.type(1)
    return part_of(ranks.T, keys[block] * view.size + held, profile.objectives[real])


@dataclass(frozen=True, slots=True)
class Question(ABC):
    """What is asked of the ballots in a view."""

    view: View = field(default=View(), kw_only=True)

    @abstractmethod
    def of(self, part: Part) -> Table:
        """Return the answer for some of the ballots, already in the view."""


NOTHING = Table(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int64))
"""The answer of no ballots, to any question."""


def scan(part: Part, questions: Iterable[Question]) -> dict[Question, Table]:
    """Return what some of the ballots answer."""
    if not len(part.keys):
        return dict.fromkeys(questions, NOTHING)
    return {
        question: question.of(part if question.view == View() else part.looked_at(question.view))
        for question in questions
    }


def added(one: Mapping[Question, Table] | None, other: Mapping[Question, Table]) -> Mapping[Question, Table]:
    """Return the answers of two parts together."""
    return other if one is None else {question: one[question] + other[question] for question in one}


class Plain(Question):
    """How many ballots there are, how many name any objective, and each one: 25 columns."""

    def of(self, part: Part) -> Table:
        """Return the answer."""
        profile = part.profile
        bytes_of = [
            (profile.objectives >> np.uint32(shift)).astype(np.uint8) for shift in range(0, OBJECTIVES, 8)
        ]
        marks = [profile.weigh(bytes_of[k // 8] & np.uint8(1 << k % 8)) for k in range(OBJECTIVES)]
        return part.table(profile.ballots, profile.weigh(profile.objectives != 0), *marks)


class Won(Question):
    """How many comparisons each theme wins: two where it is above another one, one where equal."""

    def of(self, part: Part) -> Table:
        """Return the answer."""
        profile = part.profile
        nets, firsts = Nets(profile), profile.starts * profile.unit
        won = [
            np.add.reduceat(np.where(profile.real, nets.of(theme), 0), firsts, dtype=np.int64)
            for theme in range(profile.themes)
        ]
        return part.table(*(own + (profile.themes - 1) * profile.ballots for own in won))


@dataclass(frozen=True, slots=True)
class Versus(Question):
    """On how many ballots a theme is above another less on how many below, for each theme from `start` on."""

    theme: int
    start: int

    def of(self, part: Part) -> Table:
        """Return the answer."""
        own, others = part.profile.places[self.theme], part.profile.places[self.start :]
        return part.table((part.profile.weigh(own < others) - part.profile.weigh(own > others)).T)


class Standings(Question):
    """On how many ballots each theme is in the first tier, on how many it is named, and the sum of its tiers.

    Of all blocks together, under the key 0.
    """

    def of(self, part: Part) -> Table:
        """Return the answer."""
        places, unranked = part.profile.places, part.profile.unranked
        mentions = [len(own) - int(np.count_nonzero(own == unranked)) for own in places]
        first = [int(np.count_nonzero(own == 0)) for own in places]
        # Tiers are numbered from one, and what is not named has the largest number there is.
        tiers = [
            int(own.sum(dtype=np.int64)) - (len(own) - named) * unranked + named
            for own, named in zip(places, mentions, strict=True)
        ]
        return Table(np.zeros(1, dtype=np.int64), np.array([first + mentions + tiers], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Together(Question):
    """How many ballots name a theme; and for each later theme how many name both, and hold them together.

    A ballot holds two themes together that it names in one tier or in two that follow one another.
    """

    theme: int

    def of(self, part: Part) -> Table:
        """Return the answer."""
        profile = part.profile
        own, later = profile.places[self.theme], profile.places[self.theme + 1 :]
        named = own != profile.unranked
        both = (later != profile.unranked) & named
        near = both & (np.maximum(later, own) - np.minimum(later, own) <= 1)
        return part.table(profile.weigh(named), profile.weigh(both).T, profile.weigh(near).T)


@dataclass(frozen=True, slots=True)
class First(Question):
    """How many ballots have each theme that is `left` in the best tier of these, by how many share that tier.

    The key is the block's times one more than there are themes, and how many share.
    """

    left: tuple[int, ...]

    def of(self, part: Part) -> Table:
        """Return the answer."""
        profile = part.profile
        on_top, named = tops(profile, self.left)
        levels = [(1, on_top)]
        if int(np.count_nonzero(on_top)) > int(np.count_nonzero(named)):
            sharing = on_top.sum(axis=0, dtype=np.uint16)
            levels = [(many, on_top & (sharing == many)) for many in np.unique(sharing[sharing > 0]).tolist()]
        sums = np.stack([profile.weigh(marks).T for _many, marks in levels], axis=1)
        shared = np.array([many for many, _marks in levels], dtype=np.int64)
        keys = part.keys[:, np.newaxis] * (profile.themes + 1) + shared
        return Table(keys.ravel(), sums.reshape(keys.size, len(self.left)))


@dataclass(frozen=True, slots=True)
class Gain(Question):
    """How many ballots have which net of a theme less that of another; one of them may be missing.

    The net of a theme is how many it is above on a ballot less how many are above it. The key is the block's
    times `span`, and what is found more than the least that can be.
    """

    plus: int | None
    minus: int | None

    @staticmethod
    def span(themes: int) -> int:
        """Return how many different values there can be."""
        return 4 * themes - 3

    def of(self, part: Part) -> Table:
        """Return the answer."""
        span = self.span(part.profile.themes)
        mixed = part.block * span + (span - 1) // 2
        if self.plus is not None:
            mixed += part.net_of(self.plus)
        if self.minus is not None:
            mixed -= part.net_of(self.minus)
        if (len(part.keys) + 1) * span > 4 * len(mixed):
            found, times = np.unique(mixed, return_counts=True)
        else:  # of few numbers counting takes one pass, where sorting takes many
            times = np.bincount(mixed)
            found = np.flatnonzero(times)
            times = times[found]
        block, value = np.divmod(found, span)
        here = block < len(part.keys)
        return Table(part.keys[block[here]] * span + value[here], times[here, np.newaxis].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Heard(Question):
    """How many ballots have any of these themes on the table."""

    themes: tuple[int, ...]

    def of(self, part: Part) -> Table:
        """Return the answer."""
        there: npt.NDArray[np.bool_] = np.asarray(on_table(part.profile, self.themes).any(axis=0))
        return part.table(part.profile.weigh(there))


@dataclass(frozen=True, slots=True)
class Endorsed(Question):
    """How many ballots endorse each of so many nominees.

    The key is the block's times these, and the nominee's number.
    """

    nominees: int

    def of(self, part: Part) -> Table:
        """Return the answer."""
        key, _ballot, nominee = part.endorsed
        found, times = np.unique(key * self.nominees + nominee, return_counts=True)
        return Table(found, times[:, np.newaxis].astype(np.int64))


@dataclass(frozen=True, slots=True)
class Naming(Question):
    """How many ballots endorse at least one of these nominees; blocks without any have no row."""

    nominees: tuple[int, ...]

    def of(self, part: Part) -> Table:
        """Return the answer."""
        key, ballot, nominee = part.endorsed
        naming, first = np.unique(ballot[np.isin(nominee, self.nominees)], return_index=True)
        keys = key[np.isin(nominee, self.nominees)][first]
        found, times = np.unique(keys, return_counts=True)
        return Table(found, times[:, np.newaxis].astype(np.int64)) if len(naming) else NOTHING


def on_table(profile: Profile, themes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return for each of these themes on which ballots it is in one of the first three tiers."""
    found: npt.NDArray[np.bool_] = profile.places[[*themes]] < TIERS
    return found


def tops(profile: Profile, left: Sequence[int]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return on which ballots each theme in `left` is in the best tier, and which ballots name any."""
    best = profile.places[left[0]].copy()
    for theme in left[1:]:
        np.minimum(best, profile.places[theme], out=best)
    named = best != profile.unranked
    on_top = np.empty((len(left), len(best)), dtype=np.bool_)
    for row, theme in enumerate(left):
        np.equal(profile.places[theme], best, out=on_top[row])
        on_top[row] &= named
    return on_top, named
