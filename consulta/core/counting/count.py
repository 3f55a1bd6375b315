"""The whole count, in the order a reader expects: weights, topic, firmness, panel; and counting to verify.

It decides nothing of its own: each step is a rule of another module.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

from consulta.core.counting import arrays, balance, firmness, profile, robustness, tally, weights
from consulta.core.counting.bundle import digest
from consulta.core.counting.columns import Columns, weights_of
from consulta.core.counting.contest import Contest
from consulta.core.counting.election import Election, contest_of, dimensions_of, election_of, other_dimensions
from consulta.core.counting.profile import Profile
from consulta.core.counting.result import (
    Firmness,
    ObjectiveShare,
    Orders,
    PanelResult,
    Result,
    ThemeResult,
    Topic,
    first_difference,
    panel_of,
    runoff_step,
)
from consulta.core.counting.second import count as second
from consulta.core.counting.second.result import Result as SecondResult
from consulta.core.counting.second.values import SecondRules
from consulta.core.panel import choose as panel
from consulta.core.reading import read_json
from consulta.core.trust import chance
from consulta.core.values import Bundle, Rules

__all__ = ["Election", "dimensions_of", "other_dimensions"]


def count(
    bundle: Bundle | Columns, micro: Sequence[int] | None = None, resamples: int = firmness.REPLICATES
) -> Result:
    """Return the result of a bundle that `check` lets pass; micro-weights given are used for its cells."""
    election, ballots = _election(bundle)
    result = count_profile(election, ballots, micro, resamples)
    return replace(result, panel=_panel(bundle, result)) if bundle.rules.panel else result


def _election(bundle: Bundle | Columns) -> tuple[Election, Profile]:
    """Return the election of a bundle, and its ballots as columns."""
    if isinstance(bundle, Columns):
        election = bundle.election()
        return election, bundle.profile(election.dimensions, by_base=False)
    election = election_of(bundle, chance.seed_of(bundle), digest(bundle))
    return election, profile.from_bundle(bundle, election.dimensions)


def count_arrays(
    ranks: arrays.Ranks,
    categories: Mapping[str, arrays.Column],
    seats: Mapping[str, arrays.Column],
    rules: Rules,
    *,
    seed: str,
    base: arrays.Column | None = None,
    objectives: arrays.Column | None = None,
    theme_objectives: Sequence[Sequence[int]] | None = None,
    resamples: int = 0,
) -> Result | SecondResult:
    """Return the result of ballots in arrays (section 8), without one object per voter; no panel.

    It is of the version of the rules, which `parse_rules` reads.

    `ranks` is (n, m) int8: 1 for the best tier, 2 for the next, 0 for a theme not ranked. An empty tier
    is passed over; there cannot be more tiers than themes. `categories[d]` is (n,) int32, codes from 0;
    `seats[d]` is (G,) int64, the roll's seats by code, which are also their base. `base` is (n,), 1 to
    1,000,000, by default 1; `objectives` is (n,) uint32, bit k-1 set for objective k; `theme_objectives`
    holds the one to five numbers of each theme, none where relevance is not asked for. `seed` is 64
    hexadecimal digits. Themes and categories are named by their numbers as text.

    The order with every country equal, and leaving out countries, are computed only where "country" is a
    category. Problems: those of section 7, with the argument's name as path; `arrays.shape` for arrays
    that do not fit together or hold another type.
    """
    arrays.check_replicates(resamples)
    intake = arrays.take(ranks, categories, seats, rules, seed, base, objectives, theme_objectives)
    themes = intake.profile.themes
    election = Election(
        rules=intake.rules,
        keys=tuple(map(str, range(themes))),
        objectives=intake.theme_objectives,
        roll=intake.roll,
        seed=seed,
        digest="",
    )
    if isinstance(intake.rules, SecondRules):
        return second.count_profile(election, intake.profile, resamples)
    return count_profile(election, intake.profile, None, resamples)


def count_profile(
    election: Election,
    ballots: Profile,
    micro: Sequence[int] | None = None,
    resamples: int = firmness.REPLICATES,
) -> Result:
    """Return the result of ballots in columns, over the dimensions of `dimensions_of`; no panel.

    Raises ValueError where targets leave nothing to those that voted, which `check` would have refused.
    """
    return _count(election, ballots, micro, resamples)[0]


def count_columns(election: Election, ballots: Profile) -> tuple[Result, robustness.Robustness]:
    """Return the result of ballots in columns as `count_profile` does, and its robustness.

    The ballots are drawn anew once for both.
    """
    result, redrawn = _count(election, ballots)
    micro = [cell.micro for cell in result.weights.cells]
    return result, robustness_of(election, ballots, micro, result.topics[0].key, redrawn)


def _count(
    election: Election,
    ballots: Profile,
    micro: Sequence[int] | None = None,
    resamples: int = firmness.REPLICATES,
) -> tuple[Result, firmness.Redrawn | None]:
    """Return the result, and what its replicates gave."""
    rules, keys = election.rules, election.keys
    balancing, micro, contest = _contest(election, ballots, micro)
    weight = balancing.cells.to_blocks(micro)
    worth = contest.worth(weight)
    sums = worth.sums()
    pairs = tally.pairs(ballots, weight)
    steps = tally.runoff(ballots, ballots.weighing(weight), contest.ties)
    orders = {
        "points": contest.order(weight, "points"),
        "schulze": tally.schulze_order(pairs, sums.won, contest.ties),
        "runoff": tally.runoff_order(steps),
    }
    order = orders[rules.method]
    support = tally.spread(worth, rules.spread)
    chosen = tally.choose_topics(order, support, rules.topics)
    winner = tally.condorcet_winner(pairs)

    def named(themes: Sequence[int]) -> tuple[str, ...]:
        return tuple(keys[theme] for theme in themes)

    plain = [1] * len(weight)
    by_country = weights.every_country_equal(ballots, ballots.base, election.roll)
    redrawn = firmness.resampling(contest, balancing, micro, election.seed, chosen[0], resamples)
    result = Result(
        bundle_sha256=election.digest,
        seed=election.seed,
        weights=balance.report(ballots, balancing, micro),
        themes=_themes(contest, sums, order, support),
        pairs=tuple(map(tuple, pairs)),
        order=Orders(
            **{method: named(themes) for method, themes in orders.items()},
            unweighted=named(contest.order(plain)),
            country_equal=None if by_country is None else named(contest.order(by_country)),
        ),
        condorcet_winner=None if winner is None else keys[winner],
        topics=tuple(
            Topic(
                key=keys[theme],
                spread_met=support[theme].has_spread,
                focus=tuple(tally.focus(contest.objectives[theme], sums.marks)),
            )
            for theme in chosen
        ),
        objectives=tuple(
            ObjectiveShare(number, share) for number, share in enumerate(sums.objective_shares(), start=1)
        ),
        firmness=Firmness(
            margin=firmness.margin(contest, weight, order, chosen[0]),
            leave_one_out=firmness.leave_one_out(contest, balancing),
            resampling_percent=redrawn.percent if redrawn else None,
            unweighted=keys[contest.topics(plain)[0]],
            country_equal=None if by_country is None else keys[contest.topics(by_country)[0]],
        ),
        voices=balance.voices(ballots, weight, election.roll),
        runoff=tuple(runoff_step(keys, step.totals, step.out, sums.value) for step in steps),
        panel=None,
    )
    return result, redrawn


def robustness_of(
    election: Election,
    ballots: Profile,
    micro: Sequence[int],
    topic: str,
    redrawn: firmness.Redrawn | None = None,
) -> robustness.Robustness:
    """Return how many ballots could have changed the topic, under the micro-weights of the result.

    And what a result does not say of the dimensions that it does not know. The places of the themes are told
    where the replicates of the result are given.
    """
    balancing, micro, contest = _contest(election, ballots, micro)
    weight = balancing.cells.to_blocks(micro)
    untold = {name: roll for name, roll in election.others.items() if name not in election.roll}
    return robustness.Robustness(
        bundle_sha256=election.digest,
        seed=election.seed,
        method=election.rules.method,
        topic=topic,
        margin=robustness.margin(contest, weight),
        leave_one_out=firmness.leave_one_out(contest, balancing, election.others),
        voices=balance.voices(ballots, weight, untold),
        places=tuple(
            robustness.Places(key, *places)
            for key, places in zip(election.keys, redrawn.places if redrawn else (), strict=False)
        ),
    )


def robustness_of_bundle(
    bundle: Bundle | Columns, result: Result, resamples: int = firmness.REPLICATES
) -> robustness.Robustness:
    """Return the robustness of a bundle's result, with the weights taken from the stored `result`.

    Without `resamples` it tells no places.
    """
    election, ballots = _election(bundle)
    kept, topic = [cell.micro for cell in result.weights.cells], result.topics[0].key
    balancing, micro, contest = _contest(election, ballots, kept)
    chosen = election.keys.index(topic)
    redrawn = firmness.resampling(contest, balancing, micro, election.seed, chosen, resamples)
    return robustness_of(election, ballots, micro, topic, redrawn)


def _contest(
    election: Election, ballots: Profile, micro: Sequence[int] | None
) -> tuple[weights.Balance, Sequence[int], Contest]:
    """Return the balance, the micro-weights (the balance's own where none are given) and the contest."""
    rules = election.rules
    balancing = weights.balance_of(ballots, rules.balance, election.roll, rules.weight_bounds)
    micro = micro or balancing.micro_weights()
    if micro is None:
        raise ValueError("targets leave nothing to those that voted")
    return balancing, micro, contest_of(Contest, election, ballots)


def support(bundle: Bundle | Columns, result: Result) -> dict[str, int]:
    """Return each nominee's support under the weights of the bundle's own result."""
    if isinstance(bundle, Columns):
        worth = weights_of((cell.categories, cell.micro) for cell in result.weights.cells)
        return panel.support_of(bundle.nominees, *bundle.endorsements(worth))
    cells = weights.cells_of(profile.from_bundle(bundle, bundle.rules.balance), bundle.rules.balance)
    micro = [cell.micro for cell in result.weights.cells]
    return panel.support(bundle, weights.ballot_values(bundle, cells, micro))


def verify(bundle: Bundle | Columns, data: bytes) -> str | None:
    """Return the path of the first place where a result file differs from a new count, if it does.

    A micro-weight may differ by one unit: then the file's weights are counted with, and the rest must agree.
    Where neither panel is proven to be the best, the file's is checked for itself: rows, figures, bounds.
    """
    given = read_json(data, "result.json").value
    own = count(bundle)
    ours = [cell.micro for cell in own.weights.cells]
    theirs = _micro_weights(given, ours)
    if theirs is not None and theirs != ours:
        own = count(bundle, theirs)
    own, fails = _with_their_panel(bundle, own, given)
    return first_difference(json.loads(own.to_json()), given) or fails


def _with_their_panel(bundle: Bundle | Columns, own: Result, given: object) -> tuple[Result, str | None]:
    """Return our result with what must be told of the file's panel, and which of its bounds fails, if any.

    That is only so where neither it nor ours is proven best.
    """
    rules = bundle.rules.panel
    theirs = panel_of(given.get("panel")) if isinstance(given, dict) else None
    if rules is None or own.panel is None or own.panel.proven or theirs is None or theirs.proven:
        return own, None
    topics = [topic.key for topic in own.topics]
    told, bound = panel.as_claimed(
        rules, bundle.nominees, support(bundle, own), topics, own.seed, own.panel, theirs
    )
    return replace(own, panel=told), None if bound is None else f"panel.bounds.{bound}".rstrip(".")


def verify_robustness(bundle: Bundle | Columns, result: bytes, data: bytes) -> str | None:
    """Return the path of the first place where a robustness file differs from a new one, if it does.

    `result` is the bundle's result, which `verify` lets pass: its weights are counted with.
    """
    given = read_json(data, "robustness.json").value
    # Files of rounds that were counted before places were kept have none.
    placed = isinstance(given, dict) and "places" in given
    own = robustness_of_bundle(bundle, Result.parse(result), firmness.REPLICATES if placed else 0)
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


def _themes(
    contest: Contest, sums: tally.Sums, order: Sequence[int], support: Sequence[tally.Support]
) -> tuple[ThemeResult, ...]:
    points = sums.points()
    scores = contest.scores(sums).fractions()
    plain = contest.scores(contest.worth([1] * len(contest.survey.base)).sums()).fractions()
    standing = tally.standing(contest.profile)
    return tuple(
        ThemeResult(
            key=key,
            points=points[index],
            relevance=tally.relevance(contest.objectives[index], sums),
            score=scores[index],
            place=order.index(index) + 1,
            first=standing[index].first,
            mentions=standing[index].mentions,
            mean_place=standing[index].mean_place,
            unweighted=plain[index],
            supported=support[index].categories,
            spread_met=support[index].has_spread,
        )
        for index, key in enumerate(contest.keys)
    )


def _panel(bundle: Bundle | Columns, result: Result) -> PanelResult | None:
    rules = bundle.rules.panel
    if rules is None:
        return None
    topics = [topic.key for topic in result.topics]
    return panel.choose(rules, bundle.nominees, support(bundle, result), topics, result.seed)
