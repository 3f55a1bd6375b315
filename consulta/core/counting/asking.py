"""What a count asks of the ballots, and in which order.

`Asked` turns questions into what the rules need: surveys, pairs, run-offs, gains. It does not know who
answers. Where ballots lie in parts a pass over them is dear: questions that will follow are then asked
together, and a run-off is asked for in the order that a sample of the ballots suggests. A wrong guess costs
one more pass and never changes an answer, for it is the answers that are followed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import chain, combinations
from typing import NamedTuple, TypeAlias

import numpy as np

from consulta.core.counting import tally
from consulta.core.counting.profile import Blocks, Nets, Profile, codes_of, dot
from consulta.core.counting.tables import (
    First,
    Gain,
    Heard,
    Numbers,
    Part,
    Plain,
    Question,
    Standings,
    Table,
    Together,
    Versus,
    View,
    Won,
    scan,
)
from consulta.core.counting.tally import Survey
from consulta.core.values import Seat

Ask: TypeAlias = Callable[[Sequence[Question]], Mapping[Question, Table]]
"""What answers questions, all of them in one pass over the ballots."""

FEW = 2**22
"""Of ballots at hand, all pairs of themes are kept by block where they are at most so many numbers."""

LAST = 6
"""Where a run-off left the guessed order, all that can follow is asked at once for so many themes left."""

KEPT, KEPT_OF_PARTS = 2**23, 2**27
"""So many numbers of answers are kept, the last ones, of ballots at hand and in parts."""


class Ballots:
    """Who is asked, and the answers that are known.

    A `sample` is some of the ballots where they are in parts; ballots at hand have none.
    """

    def __init__(self, ask: Ask, *, in_parts: bool, sample: Part | None = None) -> None:
        self._ask, self.in_parts, self.sample = ask, in_parts, sample
        self._known: OrderedDict[Question, Table] = OrderedDict()
        self._kept = 0

    def expect(self, questions: Iterable[Question]) -> None:
        """Ask together what will be needed, where a pass over the ballots is dear."""
        new = [each for each in dict.fromkeys(questions) if each not in self._known] if self.in_parts else []
        if new:
            self._ask_for(new)

    def answer(self, question: Question) -> Table:
        """Return the answer to a question."""
        if question in self._known:
            self._known.move_to_end(question)
            return self._known[question]
        return self._ask_for([question])[question]

    def knows(self, question: Question) -> bool:
        """Return whether the answer is known without another pass over the ballots."""
        return question in self._known

    def _ask_for(self, questions: Sequence[Question]) -> Mapping[Question, Table]:
        found = self._ask(questions)
        for question, table in found.items():
            self._known[question] = table
            self._kept += table.sums.size
        while self._kept > (KEPT_OF_PARTS if self.in_parts else KEPT):
            self._kept -= self._known.popitem(last=False)[1].sums.size
        return found


class Gains(NamedTuple):
    """How many ballots of a block have gained how much for each unit of their value, from 0 to 4(m-1)."""

    block: Numbers
    per_value: Numbers
    times: Numbers


class After(NamedTuple):
    """The ballots in blocks by how many of the chosen topics they have on the table.

    `block` and `held` are, for each of these, the block that it was part of, and how many.
    """

    asked: "Asked"
    block: Numbers
    held: Numbers


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ballots say in a view: its themes, its blocks and their keys."""

    ballots: Ballots
    themes: int
    blocks: Blocks
    keys: Numbers
    view: View = field(default=View())

    # -- what they rank

    def survey(self) -> Survey:
        """Return what each block says before weights."""
        plain = self._by_block(Plain(view=self.view))
        blocks = self.blocks
        return Survey(
            counts=np.column_stack((plain[:, :2], self._won(), plain[:, 2:])),
            members={
                dimension: (codes == np.arange(len(blocks.categories[dimension]))[:, np.newaxis]).astype(
                    np.int64
                )
                for dimension, codes in blocks.codes.items()
            },
            categories=blocks.categories,
        )

    def _won(self) -> Numbers:
        """Return by block how many comparisons each theme wins."""
        if not self._keeps_pairs:
            return self._by_block(Won(view=self.view))
        won = np.repeat((self.themes - 1) * self.blocks.ballots[:, np.newaxis], self.themes, axis=1)
        for theme in range(self.themes - 1):
            above = self._above(theme)
            won[:, theme] += above.sum(axis=1)
            won[:, theme + 1 :] -= above
        return won

    @property
    def _keeps_pairs(self) -> bool:
        pairs = len(self.keys) * self.themes * (self.themes - 1) // 2
        return self.ballots.in_parts or (self.themes <= Nets.FEW and pairs <= FEW)

    def _above(self, theme: int) -> Numbers:
        """Return by block on how many ballots a theme is above each later one, less on how many below."""
        found = self._by_block(self._versus(theme))
        gone = self.view.gone
        if gone is None or self.view.chosen or self._first_number(theme) > gone:
            return found
        return np.delete(found, gone - theme - 1, axis=1)

    def _versus(self, theme: int) -> Versus:
        number = self._first_number(theme)
        return Versus(number, number + 1, view=self._read)

    @property
    def _read(self) -> View:
        """Return the view in which rankings are read: taking off a theme leaves the order of all others."""
        return self.view if self.view.chosen else View()

    def _first_number(self, theme: int) -> int:
        """Return the number of a theme in that view."""
        gone = self.view.gone
        return theme + (gone is not None and not self.view.chosen and theme >= gone)

    def pairs(self, values: Sequence[int]) -> list[list[int]]:
        """Return P[x][y] = Σ_i v_i · (2 if i holds x above y, 1 if equal, 0 otherwise); P[x][x] is 0."""
        value = dot(values, self.blocks.ballots)
        pairs = [[0] * self.themes for _ in range(self.themes)]
        for x in range(self.themes - 1):
            for y, more in enumerate(dot(values, self._above(x)), start=x + 1):
                pairs[x][y], pairs[y][x] = value + more, value - more
        return pairs

    def won_of(self, theme: int) -> Numbers:
        """Return by block what each theme wins of this one: two where above it, one where equal."""
        if self._keeps_pairs:
            before = [-self._above(x)[:, theme - x - 1] for x in range(theme)]
            own = np.zeros(len(self.keys), dtype=np.int64)
            after = [self._above(theme)] if theme < self.themes - 1 else []
            nets = np.column_stack((*before, own, *after))
        else:
            nets = self._by_block(Versus(theme, 0, view=self.view))
        return self.blocks.ballots[:, np.newaxis] - nets

    def standing(self) -> list[tally.Standing]:
        """Return each theme's first places, mentions and mean place, with every ballot counted as one."""
        sums = self.ballots.answer(Standings(view=self.view)).sums.reshape(3, self.themes)
        return [
            tally.Standing(first, mentions, Fraction(tiers, mentions) if mentions else None)
            for first, mentions, tiers in sums.T.tolist()
        ]

    def heard(self, values: Sequence[int], topics: Sequence[int]) -> Fraction:
        """Return what part of all value has one of these topics on the table."""
        there = self._by_block(heard_of(topics))
        return Fraction(dot(values, there)[0], dot(values, self.blocks.ballots))

    def together(self, values: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
        """Yield two themes, the value of the ballots that hold them together, and of those that name any."""
        found = [dot(values, self._by_block(Together(theme))) for theme in range(self.themes)]
        for x, (whole, *pairs) in enumerate(found):
            both, near = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
            for y, (in_both, in_near) in enumerate(zip(both, near, strict=True), start=x + 1):
                yield x, y, in_near, whole + found[y][0] - in_both

    # -- run-off

    def runoff(
        self, values: Sequence[int], ties: Sequence[int], among: Iterable[int] | None = None
    ) -> list[tally.Elimination]:
        """Return the steps of a run-off among all themes, or these, down to the last."""

        def first_values(left: Sequence[int]) -> dict[int, Fraction]:
            if not self.ballots.knows(self._first(left)):
                self.ballots.expect(chain(self.eliminations(values, ties, left), self._all_first(left)))
            return self._first_values(values, left)

        return tally.eliminations(first_values, ties, sorted(range(self.themes) if among is None else among))

    def eliminations(
        self, values: Sequence[int], ties: Sequence[int], left: Sequence[int]
    ) -> Iterator[Question]:
        """Yield the questions of a run-off among the themes in `left`, as far as they can be foreseen."""
        sample, left = self.ballots.sample, list(left)
        if sample is None:
            yield self._first(left)
            return
        part = sample.looked_at(self.view)
        value_of = dict(zip(self.keys.tolist(), values, strict=True))
        weigh = part.profile.weighing([value_of[key] for key in part.keys.tolist()])
        for step in tally.runoff(part.profile, weigh, ties, left):
            yield self._first(left)
            left.remove(step.out)

    def _all_first(self, left: Sequence[int]) -> Iterator[Question]:
        """Yield the questions of every run-off among the themes in `left`, where they are few."""
        if len(left) <= LAST:
            for size in range(1, len(left) + 1):
                yield from map(self._first, combinations(left, size))

    def _first(self, left: Iterable[int]) -> First:
        return First(tuple(map(self._first_number, left)), view=self._read)

    def _first_values(self, values: Sequence[int], left: Sequence[int]) -> dict[int, Fraction]:
        """Return the value that each theme in `left` receives in one step of a run-off."""
        table = self.ballots.answer(self._first(left))
        read = self.themes + (self.view.gone is not None and not self.view.chosen)
        key, sharing = np.divmod(table.keys, read + 1)
        block = np.searchsorted(self.keys, key)
        totals = [Fraction(0)] * len(left)
        for many in np.unique(sharing).tolist():
            here = sharing == many
            whole = dot([values[each] for each in block[here].tolist()], table.sums[here])
            totals = [total + Fraction(value, many) for total, value in zip(totals, whole, strict=True)]
        return dict(zip(left, totals, strict=True))

    # -- what could change

    def gains(self, plus: int | None, minus: int | None) -> Gains:
        """Return what ballots would gain with theme `plus` alone last, and theme `minus` alone first."""
        table = self.ballots.answer(Gain(plus, minus))
        key, value = np.divmod(table.keys, Gain.span(self.themes))
        less = self.themes - 1 if plus is None or minus is None else 0
        return Gains(np.searchsorted(self.keys, key), value - less, table.sums[:, 0])

    # -- other views

    def without(self, theme: int) -> "Asked":
        """Return what the ballots say with a theme taken off."""
        return replace(self, themes=self.themes - 1, view=View(gone=theme))

    def after(self, chosen: Iterable[int]) -> After:
        """Return what they say in blocks by how many of these topics they have on the table."""
        view = replace(self.view, chosen=tuple(sorted(chosen)))
        self.ballots.expect(first_questions(self.themes, view))
        plain = self.ballots.answer(Plain(view=view))
        key, held = np.divmod(plain.keys, view.size)
        block = np.searchsorted(self.keys, key)
        codes = {dimension: own[block] for dimension, own in self.blocks.codes.items()}
        blocks = Blocks(plain.sums[:, 0], codes, self.blocks.categories)
        return After(replace(self, blocks=blocks, keys=plain.keys, view=view), block, held)

    def _by_block(self, question: Question) -> Numbers:
        """Return an answer that has a row for each block."""
        return self.ballots.answer(question).sums


def heard_of(topics: Iterable[int]) -> Heard:
    """Return the question who has one of these topics on the table."""
    return Heard(tuple(sorted(topics)))


def first_questions(themes: int, view: View) -> list[Question]:
    """Return what is asked first of ballots in parts: what decides by points and by pairs."""
    return [Plain(view=view), *(Versus(theme, theme + 1, view=view) for theme in range(themes - 1))]


def at_hand(profile: Profile) -> Asked:
    """Return what ballots at hand say: each question is asked when it comes up."""
    part = Part(profile, np.arange(len(profile.ballots)))
    return Asked(Ballots(partial(scan, part), in_parts=False), profile.themes, profile, part.keys)


def in_parts(
    ask: Ask, kinds: Sequence[Seat], dimensions: Iterable[str], themes: int, sample: Part | None
) -> Asked:
    """Return what ballots in parts say; the key of a block is the number of the kind of its seats.

    A kind is a combination of country, categories and base. `sample` is some of the ballots, from which the
    course of a run-off is guessed.
    """
    ballots = Ballots(ask, in_parts=True, sample=sample)
    every = [*first_questions(themes, View()), Standings(), *(Together(theme) for theme in range(themes))]
    ballots.expect(every)
    plain = ballots.answer(Plain())
    codes, names = codes_of([kinds[key] for key in plain.keys.tolist()], dimensions)
    return Asked(ballots, themes, Blocks(plain.sums[:, 0], codes, names), plain.keys)
