"""What one ballot did to the panel: whom the rules would have chosen without it, and so on.

The questions are those of `counting.effects`: without a ballot, with the average weight, without all ballots
of a category. Each answer is the choice (section 5) with the topics and the support of that count, the seed
and so the tie numbers staying.

Support is not added up anew for each ballot: what the ballots of a block endorse together is known, and
values are the same for all ballots of a cell and base. Where the panel that was chosen can be shown to be
the best one still (`steady`), nothing is searched for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from consulta.core.counting.effects import Decided, Effect, Effects, Values
from consulta.core.counting.result import PanelResult
from consulta.core.panel.choose import choose, support_of
from consulta.core.panel.steady import Known, Steady
from consulta.core.values import Nominee, PanelRules

REMEMBERED = 20_000
"""How many answers are remembered: those of equal support and topics are the same."""


class Panel(NamedTuple):
    """A chosen panel, by key; without people where no panel keeps the hard rows. `proven`: none is better."""

    members: tuple[str, ...]
    proven: bool


@dataclass(frozen=True, slots=True)
class PanelEffect:
    """What a ballot did to the panel; None where nothing is left to count."""

    without: Panel | None
    average: Panel
    away: Mapping[str, Panel | None]


class Behind(NamedTuple):
    """How many ballots endorse people, and what part of their value or base the heaviest of them has."""

    ballots: int
    heaviest: Fraction


class PanelEffects:
    """The panel under every change of a counted bundle that `effects` knows.

    `endorsed` says whom the ballot of each seat endorses; only whom `nominees` has counts.
    """

    def __init__(
        self,
        effects: Effects,
        rules: PanelRules,
        nominees: Sequence[Nominee],
        endorsed: Mapping[str, Iterable[str]],
    ) -> None:
        self._effects, self._rules, self._nominees = effects, rules, tuple(nominees)
        self._place = {nominee.key: place for place, nominee in enumerate(self._nominees)}
        self._own = {
            seat: tuple(sorted(self._place[key] for key in set(keys) if key in self._place))
            for seat, keys in endorsed.items()
            if effects.has(seat)
        }
        self._seed = effects.seed
        blocks = effects.blocks
        self._endorsed: npt.NDArray[np.int64] = np.zeros((blocks, len(self._nominees)), dtype=np.int64)
        for seat, own in self._own.items():
            self._endorsed[effects.block_of(seat), list(own)] += 1
        self._sums: dict[object, tuple[int, list[int]]] = {}
        self._answers: dict[object, Panel] = {}
        self._known = Known()
        self._seats: dict[int, list[str]] = {}
        for seat in self._own:
            self._seats.setdefault(effects.block_of(seat), []).append(seat)
        self.official = self._chosen(effects.official, self._added(effects.values()))

    @property
    def is_endorsed(self) -> bool:
        """Return whether any ballot endorses a person whose support comes from the ballots."""
        return any(self._counts(own) for own in self._own.values())

    def of_seat(self, effect: Effect, dimensions: Iterable[str]) -> PanelEffect:
        """Return what the ballot of an effect did to the panel."""
        seat, found = effect.seat, self._effects
        own = self._own.get(seat, ())
        without = found.values_without(seat)
        return PanelEffect(
            without=None
            if without is None or effect.without is None
            else self._chosen(effect.without, self._with_one(without, own)),
            average=self._chosen(effect.average, self._with_one(found.values_average(seat), own)),
            away={d: self._away(seat, d, effect.away[d]) for d in dimensions if d in effect.away},
        )

    def _away(self, seat: str, dimension: str, decided: Decided | None) -> Panel | None:
        values = self._effects.values_away(seat, dimension)
        return None if values is None or decided is None else self._chosen(decided, self._added(values))

    def behind(self) -> Behind | None:
        """Return the ballots that endorse people; None where there are none."""
        return self._behind(self._effects.values())

    def behind_away(self, seat: str, dimension: str) -> Behind | None:
        """Return those that are left without the seat's category; None where there are none."""
        values = self._effects.values_away(seat, dimension)
        return None if values is None else self._behind(values)

    def fewest(self) -> int:
        """Return how many ballots endorse the one of the panel whom fewest endorse.

        Of people with a figure from outside nothing is asked.
        """
        times = Counter(place for own in self._own.values() for place in own)
        asked = [
            times[self._place[key]]
            for key in self.official.members
            if self._nominees[self._place[key]].support is None
        ]
        return min(asked, default=len(self._own))

    def _counts(self, own: Iterable[int]) -> bool:
        return any(self._nominees[place].support is None for place in own)

    def _behind(self, values: Values) -> Behind | None:
        worth, bases = [], []
        for block, seats in self._seats.items():
            if not values.left[block]:
                continue
            for seat in seats:
                if self._counts(self._own[seat]):
                    worth.append(values.worth[block])
                    bases.append(self._effects.base_of(seat))
        if not worth:
            return None
        return Behind(len(worth), max(Fraction(max(each), sum(each)) for each in (worth, bases)))

    def _added(self, values: Values) -> tuple[int, list[int]]:
        """Return the value of all ballots of the blocks, and of those that endorse each nominee."""
        if values.name not in self._sums:
            worth = np.array(values.worth, dtype=object)
            whole = sum(each * left for each, left in zip(values.worth, values.left, strict=True))
            self._sums[values.name] = whole, [int(each) for each in worth @ self._endorsed.astype(object)]
        return self._sums[values.name]

    def _with_one(self, values: Values, own: Iterable[int]) -> tuple[int, list[int]]:
        """Return the same where one ballot counts for something else than its block."""
        whole, sums = self._added(values)
        sums = list(sums)
        for place in own:
            sums[place] += values.more
        return whole + values.more, sums

    def _chosen(self, decided: Decided, added: tuple[int, list[int]]) -> Panel:
        whole, sums = added
        by_key = {nominee.key: own for nominee, own in zip(self._nominees, sums, strict=True)}
        support = support_of(self._nominees, by_key, whole)
        question = tuple(sorted(decided.topics))
        asked = (question, *support.values())
        if asked not in self._answers:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[asked] = self._search(question, support)
        return self._answers[asked]

    def _search(self, topics: Sequence[str], support: Mapping[str, int]) -> Panel:
        known = self._known.members(topics, support)
        if known is not None:
            return Panel(known, proven=True)
        found = rich = self._choice(self._rules, topics, support)
        if found.support < found.most_support and not self._known.has(topics, found.members):
            rich = self._choice(replace(self._rules, memory=0), topics, support)
        steady = Steady.of(self._rules, self._nominees, topics, found, rich.members)
        self._known.add(topics, steady, support)
        return Panel(found.members, found.proven)

    def _choice(self, rules: PanelRules, topics: Sequence[str], support: Mapping[str, int]) -> PanelResult:
        return choose(rules, self._nominees, support, topics, self._seed, known_roles=rules.roles)
