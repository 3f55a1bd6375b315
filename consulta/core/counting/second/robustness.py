"""How firm the first topic is, in version 2 (section 9.5), beside what version 1 asks too.

It decides nothing about the topic: it asks the contest again with rankings changed, a theme taken off every
ballot, other targets, or without objectives; and which themes voters hold together.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import cast

import numpy as np

from consulta.core.counting import robustness as first
from consulta.core.counting.profile import dot
from consulta.core.counting.second.contest import SecondContest
from consulta.core.counting.second.result import FiveFigures, OtherTargets, Without
from consulta.core.counting.second.weights import CappedBalance
from consulta.core.typed import read_document, to_plain
from consulta.core.values import TargetName

FORMAT = "consulta-robustness/2"
FEWEST_THEMES = 2

NAMED: Sequence[TargetName] = ("equal", "roll", "sqrt")
"""The rules of targets that have a name, in the order in which they are tried."""

MOST_DIMENSIONS = 4
"""With more balanced dimensions their combinations would be too many."""

ALIKE = Fraction(1, 2)
"""Two themes that are held together on more than this part of the ballots that name either are told."""


@dataclass(frozen=True, slots=True)
class Robustness(first.Robustness):
    """The document beside a result of version 2, with the fields of that of version 1.

    The margin and the places repeat those of the result; the rest is of dimensions that it does not know.
    """

    def to_json(self) -> bytes:
        """Return the document as a file."""
        parts = cast("dict[str, object]", to_plain(self))
        content = {"format": FORMAT, **parts, "margin": asdict(self.margin)}
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()

    @staticmethod
    def parse(data: bytes) -> "Robustness":
        """Return the robustness document in a file.

        Raise Problem `robustness.json`, with the path of the fault, if the file is not valid.
        """
        return read_document(Robustness, data, "robustness.json", FORMAT)


def margin(contest: SecondContest, values: Sequence[int]) -> first.Margin:
    """Return the five figures of the first topic, under what ballots of each block are worth."""
    if contest.rules.method != "points":
        return first.Margin()
    worth = contest.worth(values)
    return first.margin_where(contest, values, contest.support(worth), contest.by_category(worth))


def in_result(margin: first.Margin) -> FiveFigures:
    """Return a margin as the result has it, with every figure written."""
    return FiveFigures(margin.level, margin.choosable, margin.support, margin.at_least, margin.enough)


def without_theme(contest: SecondContest, values: Sequence[int], topic: int) -> tuple[Without, ...]:
    """Return for every other theme the topic when that theme is taken off every ballot."""
    if len(contest.keys) == FEWEST_THEMES:
        return ()
    found = []
    for theme, key in enumerate(contest.keys):
        if theme != topic:
            rest = contest.without(theme)
            found.append(Without(key, rest.keys[rest.topics(values)[0]]))
    return tuple(found)


def other_targets(contest: SecondContest, balance: CappedBalance) -> tuple[OtherTargets, ...]:
    """Return the topic under every combination of named rules, the last dimension changing fastest."""
    dimensions = balance.cells.dimensions
    if not 0 < len(dimensions) <= MOST_DIMENSIONS:
        return ()
    found = []
    for rules in itertools.product(NAMED, repeat=len(dimensions)):
        targets = dict(zip(dimensions, rules, strict=True))
        micro = replace(balance, rule=targets).micro_weights()
        if micro is None:  # pragma: no cover - a named rule leaves something to everybody who voted
            raise ValueError("targets leave nothing to those that voted")
        topic = contest.topics(balance.cells.to_blocks(micro))[0]
        found.append(OtherTargets(targets, contest.keys[topic]))
    return tuple(found)


def points_alone(contest: SecondContest, values: Sequence[int]) -> str | None:
    """Return the topic by points without objectives; None by another method, or where none are named."""
    if contest.rules.method != "points" or not contest.worth(values).sums().named:
        return None
    alone = replace(contest, rules=replace(contest.rules, objective_share=0))
    return contest.keys[alone.topics(values)[0]]


def alike(contest: SecondContest, values: Sequence[int]) -> tuple[tuple[str, str, Fraction], ...]:
    """Return the pairs of themes that voters hold together, with the part of those who name either.

    A ballot holds two themes together that it names in one tier or in two that follow one another.
    """
    profile = contest.profile
    places = profile.places
    named = places != profile.unranked
    whole = dot(values, profile.weigh(named).T)
    found = []
    for x in range(profile.themes - 1):
        later = slice(x + 1, None)
        both = named[later] & named[x]
        apart = np.maximum(places[later], places[x]) - np.minimum(places[later], places[x])
        together = dot(values, profile.weigh(both & (apart <= 1)).T)
        in_both = dot(values, profile.weigh(both).T)
        for y, near, shared in zip(range(x + 1, profile.themes), together, in_both, strict=True):
            either = whole[x] + whole[y] - shared
            if near * ALIKE.denominator > ALIKE.numerator * either:
                found.append((contest.keys[x], contest.keys[y], Fraction(near, either)))
    return tuple(found)
