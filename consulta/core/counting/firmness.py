"""How firm the topics are (section 4.1): which there would be if something else were asked.

It decides nothing about the topics: it asks the contest again, by another method, with other values, with
ballots left out, or with other objectives tied to the themes.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from consulta.core.counting.contest import Contest, Steps
from consulta.core.counting.refusals import MOST_OBJECTIVES
from consulta.core.counting.result import ByMethod, LeftOut, OtherTargets, OtherTie, Topics, Without
from consulta.core.counting.weights import Balance
from consulta.core.values import Method, TargetName

LEFT_OUT = ("country", "sector", "subregion")
"""The dimensions whose categories are left out one by one in a result, where the ballots have them."""

FEWEST_THEMES = 2

MOST_DIMENSIONS = 4
"""With more balanced dimensions the combinations of their targets would be too many."""


def named(contest: Contest, topics: Iterable[int]) -> Topics:
    """Return the keys of themes."""
    return tuple(contest.keys[theme] for theme in topics)


def by_method(contest: Contest, steps: Steps) -> ByMethod:
    """Return the topics by each method, under the official values."""
    methods: tuple[Method, ...] = get_args(Method)
    return ByMethod(
        **{method: named(contest, _with_rules(contest, method=method).topics_in(steps)) for method in methods}
    )


def points_alone(contest: Contest, steps: Steps) -> Topics | None:
    """Return the topics by points without objectives; None by another method, or where none are named."""
    if not _reads_objectives(contest, steps):
        return None
    return named(contest, _with_rules(contest, objective_share=0).topics_in(steps))


def other_targets(contest: Contest, balance: Balance) -> tuple[OtherTargets, ...]:
    """Return the topics under every combination of named targets, the last dimension changing fastest."""
    dimensions = balance.cells.dimensions
    if not 0 < len(dimensions) <= MOST_DIMENSIONS:
        return ()
    found = []
    for rules in itertools.product(get_args(TargetName), repeat=len(dimensions)):
        targets = dict(zip(dimensions, rules, strict=True))
        micro = replace(balance, rule=targets).micro_weights()
        if micro is None:  # pragma: no cover - a named rule leaves something to everybody who voted
            raise ValueError("targets leave nothing to those that voted")
        topics = contest.topics(balance.cells.to_blocks(micro))
        found.append(OtherTargets(targets, named(contest, topics)))
    return tuple(found)


def leave_one_out(
    contest: Contest, balance: Balance, dimensions: Iterable[str] = LEFT_OUT
) -> tuple[LeftOut, ...]:
    """Return for every category of these dimensions the topics without its ballots, weights computed anew."""
    blocks = contest.blocks
    found = []
    for dimension in dimensions:
        for code, category in enumerate(blocks.categories.get(dimension, ())):
            if category:
                left = np.where(blocks.codes[dimension] == code, 0, blocks.ballots)
                micro = balance.micro_weights(balance.cells.ballots_of(left))
                topics = None
                if micro is not None:
                    values = np.where(left > 0, np.array(balance.cells.to_blocks(micro), dtype=object), 0)
                    topics = named(contest, contest.topics(values.tolist()))
                found.append(LeftOut(dimension, category, topics))
    return tuple(found)


def without_theme(contest: Contest, values: Sequence[int], topics: Sequence[int]) -> tuple[Without, ...]:
    """Return for every theme that is no topic the topics when that theme is taken off every ballot."""
    if len(contest.keys) == FEWEST_THEMES:
        return ()
    found = []
    for theme, key in enumerate(contest.keys):
        if theme not in topics:
            rest = contest.without(theme)
            found.append(Without(key, named(rest, rest.topics(values))))
    return tuple(found)


def other_ties(
    contest: Contest, steps: Steps, topics: Sequence[int]
) -> tuple[tuple[OtherTie, ...], tuple[OtherTie, ...]]:
    """Return which objectives, taken off a theme or added to it, change the topics, and to which.

    Only an objective that another theme has is added. Nothing is found where objectives count for nothing.
    """
    if not (contest.rules.objective_share and _reads_objectives(contest, steps)):
        return (), ()
    return (
        tuple(_changing(contest, steps, topics, _with_one_less(contest))),
        tuple(_changing(contest, steps, topics, _with_one_more(contest))),
    )


def _changing(
    contest: Contest, steps: Steps, topics: Sequence[int], ties: Iterable[tuple[int, int, tuple[int, ...]]]
) -> Iterator[OtherTie]:
    """Yield the ties (a theme, an objective more or less, what the theme then has) that change the topics."""
    for theme, number, objectives in ties:
        changed = (*contest.objectives[:theme], objectives, *contest.objectives[theme + 1 :])
        found = replace(contest, objectives=changed).topics_in(steps)
        if {*found} != {*topics}:
            yield OtherTie(contest.keys[theme], number, named(contest, found))


def _with_one_less(contest: Contest) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    for theme, numbers in enumerate(contest.objectives):
        if len(numbers) > 1:
            for number in sorted(numbers):
                yield theme, number, tuple(each for each in numbers if each != number)


def _with_one_more(contest: Contest) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    tied = sorted({number for numbers in contest.objectives for number in numbers})
    for theme, numbers in enumerate(contest.objectives):
        if len(numbers) < MOST_OBJECTIVES:
            for number in tied:
                if number not in numbers:
                    yield theme, number, (*numbers, number)


def _reads_objectives(contest: Contest, steps: Steps) -> bool:
    """Return whether the method is points and a ballot names an objective."""
    return contest.rules.method == "points" and bool(steps.after([]).sums.named)


def _with_rules(contest: Contest, **changed: object) -> Contest:
    return replace(contest, rules=replace(contest.rules, **changed))  # type: ignore[arg-type]
