"""The whole count, in the order a reader expects: weights, topic, panel; and counting again to verify.

It decides nothing of its own: each step is a rule of another module.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

from consulta.core import balance, chance, panel, profile, tally, weights
from consulta.core.bundle import Bundle, digest
from consulta.core.profile import Profile, Whole
from consulta.core.reading import read_json
from consulta.core.result import ObjectiveShare, PanelResult, Result, ThemeResult, Topic, first_difference


@dataclass(frozen=True, slots=True)
class Figures:
    """What each theme gets under one set of values, by its place in the bundle, and the official order."""

    shares: tuple[Fraction, ...]
    points: tuple[Fraction, ...]
    relevances: tuple[Fraction, ...]
    scores: tuple[Fraction, ...]
    order: tuple[int, ...]


def count(bundle: Bundle, micro: Sequence[int] | None = None) -> Result:
    """Return the result of a bundle that `check` lets pass; micro-weights given are used for its cells."""
    rules = bundle.rules
    seed = chance.seed_of(bundle)
    ballots = profile.from_bundle(bundle, [*rules.balance, *rules.spread])
    cells = weights.cells_of(ballots, rules.balance)
    roll = weights.roll_of(bundle.seats, cells.dimensions)
    aims = {
        dimension: weights.targets(rules.balance[dimension], roll[dimension], ballots.categories[dimension])
        for dimension in cells.dimensions
    }
    micro = micro or weights.micro_weights(cells, aims, rules.weight_bounds)
    values = profile.values(ballots, [micro[cell] for cell in cells.of_group])
    figures = figure(bundle, ballots, values, seed)
    support = tally.spread(ballots, values, rules.spread)
    chosen = tally.choose_topics(figures.order, support, rules.topics)
    topics = tuple(
        Topic(
            key=bundle.themes[theme].key,
            spread_met=support[theme].has_spread,
            focus=tuple(tally.focus(bundle.themes[theme].objectives, figures.shares)),
        )
        for theme in chosen
    )
    return Result(
        bundle_sha256=digest(bundle),
        seed=seed,
        weights=balance.report(ballots, values, cells, micro, rules.weight_bounds, roll, aims),
        themes=_themes(bundle, figures, support),
        pairs=tuple(map(tuple, tally.pairs(ballots, values))),
        order={rules.method: tuple(bundle.themes[theme].key for theme in figures.order)},
        topics=topics,
        objectives=tuple(
            ObjectiveShare(number, share) for number, share in enumerate(figures.shares, start=1)
        ),
        panel=_panel(bundle, weights.ballot_values(bundle, cells, micro), topics, seed),
    )


def figure(bundle: Bundle, ballots: Profile, values: Whole, seed: str) -> Figures:
    """Return what each theme gets when the groups of ballots have these values."""
    rules = bundle.rules
    shares = tally.objective_shares(ballots, values)
    points = tally.points(ballots, values)
    relevances = [tally.relevance(theme.objectives, shares) for theme in bundle.themes]
    # Where no ballot names an objective, relevance says nothing and counts for nothing.
    part = rules.objective_share if any(shares) else 0
    scores = [tally.score(*both, part) for both in zip(points, relevances, strict=True)]
    keys = [theme.key for theme in bundle.themes]
    in_tie_order = chance.tie_order(keys, seed, "theme")
    ties = [in_tie_order.index(key) for key in keys]
    match rules.method:
        case "points":
            order = tally.points_order(scores, points, relevances, ties)
        case "schulze":
            order = tally.schulze_order(tally.pairs(ballots, values), points, ties)
        case _:  # "runoff"
            order = tally.runoff_order(ballots, values, ties)
    return Figures(tuple(shares), tuple(points), tuple(relevances), tuple(scores), tuple(order))


def unweighted(bundle: Bundle) -> Figures:
    """Return what each theme would get without balance: every ballot's value is its base."""
    ballots = profile.from_bundle(bundle, ())
    values = profile.values(ballots, [1] * len(ballots.base))
    return figure(bundle, ballots, values, chance.seed_of(bundle))


def support(bundle: Bundle, result: Result) -> dict[str, int]:
    """Return each nominee's support under the weights of the bundle's own result."""
    cells = weights.cells_of(profile.from_bundle(bundle, bundle.rules.balance), bundle.rules.balance)
    micro = [cell.micro for cell in result.weights.cells]
    return panel.support(bundle, weights.ballot_values(bundle, cells, micro))


def verify(bundle: Bundle, data: bytes) -> str | None:
    """Return the path of the first place where a result file differs from a new count, if it does.

    A micro-weight may differ by one unit: then the file's weights are counted with, and the rest must agree.
    """
    given = read_json(data, "result.json").value
    own = count(bundle)
    theirs = _micro_weights(given, [cell.micro for cell in own.weights.cells])
    if theirs is not None:
        own = count(bundle, theirs)
    return first_difference(json.loads(own.to_json()), given)


def _micro_weights(given: object, own: Sequence[int]) -> list[int] | None:
    """Return the file's micro-weights where they are there and each is within one unit of our own."""
    found = given
    for name in ("weights", "cells"):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list) or len(found) != len(own):
        return None
    theirs = [cell.get("micro") if isinstance(cell, dict) else None for cell in found]
    close = [micro for micro, mine in zip(theirs, own, strict=True) if _is_close(micro, mine)]
    return close if len(close) == len(own) else None


def _is_close(micro: object, own: int) -> TypeGuard[int]:
    return isinstance(micro, int) and not isinstance(micro, bool) and micro >= 1 and abs(micro - own) <= 1


def _themes(bundle: Bundle, figures: Figures, support: Sequence[tally.Support]) -> tuple[ThemeResult, ...]:
    return tuple(
        ThemeResult(
            key=theme.key,
            points=figures.points[index],
            relevance=figures.relevances[index],
            score=figures.scores[index],
            place=figures.order.index(index) + 1,
            supported=support[index].categories,
            spread_met=support[index].has_spread,
        )
        for index, theme in enumerate(bundle.themes)
    )


def _panel(bundle: Bundle, values: dict[str, int], topics: Sequence[Topic], seed: str) -> PanelResult | None:
    rules = bundle.rules.panel
    if rules is None:
        return None
    support = panel.support(bundle, values)
    return panel.choose(rules, bundle.nominees, support, [topic.key for topic in topics], seed)
