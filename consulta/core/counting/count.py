"""The whole count, in its order: weights, topics, firmness, panel; and verifying.

It decides nothing of its own: each step is a rule of another module.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache, cached_property, partial
from typing import Protocol, get_args

from consulta.core.counting import arrays, asking, firmness, profile, repetitions, robustness, tally, weights
from consulta.core.counting import balance as reports
from consulta.core.counting.asking import Asked
from consulta.core.counting.bundle import digest
from consulta.core.counting.columns import weights_of
from consulta.core.counting.contest import Steps
from consulta.core.counting.election import Election, contest_of, dimensions_of, election_of, other_dimensions
from consulta.core.counting.profile import Profile
from consulta.core.counting.result import (
    Bound,
    CellWeight,
    Firmness,
    FiveFigures,
    Heard,
    Heaviest,
    ObjectiveShare,
    Orders,
    PanelResult,
    Result,
    Support,
    ThemeResult,
    Topic,
    TopicsBy,
    Weights,
    first_difference,
    panel_of,
    runoff_step,
)
from consulta.core.counting.robustness import Places, Robustness
from consulta.core.counting.tables import Question, View
from consulta.core.counting.weights import every_country_equal, micro_weight
from consulta.core.panel import choose as panel
from consulta.core.panel.endorsed import Alike, endorsed_by
from consulta.core.reading import read_json
from consulta.core.trust import chance
from consulta.core.typed import rounded
from consulta.core.values import VERSION, Bundle, Method, Nominee, Rules, Seat, TopicsRule

__all__ = ["Election", "dimensions_of", "other_dimensions"]


class Gathered(Protocol):
    """A round of any size, without an object for each ballot: in columns, or in parts."""

    @property
    def rules(self) -> Rules:
        """Return the rules."""

    @property
    def nominees(self) -> tuple[Nominee, ...]:
        """Return the nominees."""

    def election(self) -> Election:
        """Return all that a count needs except the ballots."""

    def profile(self, dimensions: Iterable[str]) -> Profile | Asked:
        """Return the ballots over these dimensions, by base, or who is asked for what they say."""

    def naming(self, members: Collection[str]) -> Iterator[tuple[Seat, int, bool, int]]:
        """Yield kinds of ballots: kind and base of their seats, whether they endorse a member, how many."""

    def endorsements(self, value: Callable[[Seat, int], int]) -> tuple[dict[str, int], int]:
        """Return by nominee the value that endorses it, and all value."""


def count(bundle: Bundle | Gathered, resamples: int = repetitions.REPLICATES) -> Result:
    """Return the result of a bundle that `check` lets pass."""
    election, ballots = _election(bundle)
    result = _Count(election, ballots).result(resamples)
    return replace(result, panel=_panel(bundle, result)) if bundle.rules.panel else result


def _election(bundle: Bundle | Gathered) -> tuple[Election, Profile | Asked]:
    """Return the election of a bundle, and its ballots as columns, by base, or who is asked for them."""
    if not isinstance(bundle, Bundle):
        election = bundle.election()
        return election, bundle.profile(election.dimensions)
    election = election_of(bundle, chance.ballots_root(bundle.ballots), digest(bundle))
    return election, profile.from_bundle(bundle, election.dimensions)


def weighing(bundle: Bundle) -> tuple[Weights, Support]:
    """Return the weights of a bundle's ballots, and where they are enough to be counted in support.

    Both are those of its result, and depend on who votes, not on what the ballots rank.
    Raise ValueError where the targets leave nothing to those that voted.
    """
    counted = _Count(*_election(bundle))
    return counted.weights(), counted.support()


def count_columns(
    election: Election, ballots: Profile | Asked, resamples: int = repetitions.REPLICATES
) -> tuple[Result, Robustness]:
    """Return the result of ballots in columns by base, or in parts, and its robustness; no panel.

    Repetitions are made once for both, of ballots at hand.
    """
    counted = _Count(election, ballots)
    return counted.result(resamples), counted.robustness(resamples)


def count_profile(election: Election, ballots: Profile, resamples: int) -> Result:
    """Return the result of ballots in columns by base; no panel."""
    return _Count(election, ballots).result(resamples)


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
) -> Result:
    """Return the result of ballots in arrays (section 8), without one object per voter; no panel.

    `ranks` is (n, m) int8: 1 for the best tier, 2 for the next, 0 for a theme not ranked. An empty tier
    is passed over; there cannot be more tiers than themes. `categories[d]` is (n,) int32, codes from 0;
    `seats[d]` is (G,) int64, the roll's seats by code, which are also their base. `base` is (n,), 1 to
    1,000,000, by default 1; `objectives` is (n,) uint32, bit k-1 set for objective k; `theme_objectives`
    holds the one to five numbers of each theme, none where relevance is not asked for. `seed` is 64
    hexadecimal digits. Themes and categories are named by their numbers as text, seats by their rows: ballots
    are drawn in the order of the rows, if `resamples` says how often.

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
        root="",
        digest="",
    )
    return count_profile(election, intake.profile, resamples)


class _Count:
    """One count: the contest and its balance, the values of the ballots, and what the replicates gave."""

    def __init__(self, election: Election, ballots: Profile | Asked) -> None:
        rules = election.rules
        self.election, self.rules = election, rules
        self.ballots = ballots if isinstance(ballots, Profile) else None
        asked = asking.at_hand(ballots) if isinstance(ballots, Profile) else ballots
        self.balance = weights.balance_of(asked.blocks, rules, election.roll)
        micro = self.balance.micro_weights()
        if micro is None:
            raise ValueError("targets leave nothing to those that voted")
        self.micro = micro
        self.contest = contest_of(election, asked)
        self.values = self.balance.cells.to_blocks(micro)
        self.bases = profile.bases_of(asked.blocks)
        self.steps = Steps(self.contest, self.values)
        self._repeated: dict[int, repetitions.Repeated | None] = {}

    @cached_property
    def topics(self) -> list[int]:
        """Return the topics."""
        return self.contest.topics_in(self.steps)

    @cached_property
    def margin(self) -> FiveFigures | None:
        """Return how few ballots could change the topic."""
        return robustness.margin(self.contest, self.values)

    def repeated(self, resamples: int) -> repetitions.Repeated | None:
        """Return what so many repetitions give, made once."""
        if resamples not in self._repeated:
            self._repeated[resamples] = repetitions.repeat(
                self.contest, self.ballots, self.values, self.election.seed, self.topics, resamples
            )
        return self._repeated[resamples]

    def result(self, resamples: int) -> Result:
        """Return the result, without a panel."""
        contest, values, keys = self.contest, self.values, self.election.keys
        step = self.steps.after([])
        sums, support, pairs = step.sums, contest.support(step.worth), step.pairs
        chosen = {rule: contest.topics_in(self.steps, rule) for rule in get_args(TopicsRule)}
        contest.asked.ballots.expect(self._foreseen([*chosen.values()]))
        orders = {method: contest.order_in(step, method) for method in get_args(Method)}
        winner = tally.condorcet_winner(pairs)
        plain = contest.decided(self.bases)
        level = every_country_equal(contest.blocks, self.election.roll)
        equal = None if level is None else contest.decided(level)
        named = partial(firmness.named, contest)
        return Result(
            rules_version=VERSION,
            bundle_sha256=self.election.digest,
            ballots_root=self.election.root,
            seed=self.election.seed,
            weights=self.weights(),
            support=self.support(),
            themes=self._themes(sums, support, self.repeated(resamples)),
            pairs=tuple(map(tuple, pairs)),
            order=Orders(
                **{method: named(themes) for method, themes in orders.items()},
                unweighted=named(plain[0]),
                country_equal=None if equal is None else named(equal[0]),
            ),
            condorcet_winner=None if winner is None else keys[winner],
            topics=tuple(
                Topic(
                    key=keys[theme],
                    spread_met=support[theme].has_spread,
                    focus=tuple(tally.focus(contest.objectives[theme], sums.marks)),
                )
                for theme in self.topics
            ),
            topics_by=TopicsBy(named(chosen["shared"]), named(chosen["order"])),
            heard=Heard(
                contest.asked.heard(values, chosen["shared"]), contest.asked.heard(values, chosen["order"])
            ),
            alike=contest.alike(values),
            objectives=tuple(
                ObjectiveShare(number, share) for number, share in enumerate(sums.objective_shares(), start=1)
            ),
            firmness=self._firmness(plain[1], equal and equal[1], self.repeated(resamples)),
            voices=reports.voices(contest.blocks, values, self.election.roll),
            runoff=tuple(runoff_step(keys, each.totals, each.out, sums.value) for each in step.runoff),
            panel=None,
        )

    def _foreseen(self, topics: Sequence[Sequence[int]]) -> Iterator[Question]:
        """Yield what a result asks of the ballots once the topics are known, by either rule."""
        contest, themes = self.contest, range(len(self.contest.keys))
        yield from contest.asked.eliminations(self.values, contest.ties, themes)
        yield from map(asking.heard_of, topics)
        yield from robustness.questions(contest, self.topics)
        if self.rules.topics_rule == "shared":
            for gone in {*themes} - {*self.topics}:
                rest = [theme - (theme > gone) for theme in self.topics]
                for held in range(1, len(rest)):
                    yield from asking.first_questions(len(themes) - 1, View(gone, tuple(sorted(rest[:held]))))

    def robustness(self, resamples: int) -> Robustness:
        """Return the document beside the result; it tells the places where replicates are drawn."""
        election, repeated = self.election, self.repeated(resamples)
        untold = {name: roll for name, roll in election.others.items() if name not in election.roll}
        return Robustness(
            bundle_sha256=election.digest,
            seed=election.seed,
            method=self.rules.method,
            topics=firmness.named(self.contest, self.topics),
            margin=self.margin,
            leave_one_out=firmness.leave_one_out(self.contest, self.balance, election.others),
            voices=reports.voices(self.contest.blocks, self.values, untold),
            places=tuple(
                Places(key, *places)
                for key, places in zip(election.keys, repeated.places if repeated else (), strict=False)
            ),
        )

    def _firmness(
        self,
        unweighted: Sequence[int],
        country_equal: Sequence[int] | None,
        repeated: repetitions.Repeated | None,
    ) -> Firmness:
        contest, steps = self.contest, self.steps
        named = partial(firmness.named, contest)
        less, more = firmness.other_ties(contest, steps, self.topics)
        return Firmness(
            margin=self.margin,
            resampling=repeated.resampling if repeated else None,
            could_be_first=repeated.could_be_first if repeated else None,
            methods=firmness.by_method(contest, steps),
            unweighted=named(unweighted),
            country_equal=None if country_equal is None else named(country_equal),
            points_alone=firmness.points_alone(contest, steps),
            other_targets=firmness.other_targets(contest, self.balance),
            leave_one_out=firmness.leave_one_out(contest, self.balance),
            without_theme=firmness.without_theme(contest, self.values, self.topics),
            without_tie=less,
            with_tie=more,
        )

    def support(self) -> Support:
        """Return in how many categories a topic must be supported, and which have too few ballots."""
        first, *_others = self.contest.support(self.contest.worth(self.values))
        return Support(dict(first.required), self.contest.too_few())

    def weights(self) -> Weights:
        """Return the weights with their margins, misses and cost; all exact in the micro-weights."""
        blocks, cells, limits = self.contest.blocks, self.balance.cells, self.balance.limits()
        margins, largest = reports.margins_of(blocks, self.balance, self.values)
        total = sum(value * own for value, own in zip(self.values, blocks.ballots.tolist(), strict=True))
        squares = sum(value**2 * own for value, own in zip(self.values, blocks.ballots.tolist(), strict=True))
        effect = Fraction(blocks.total * squares, total**2)
        bound = cache(self._at_bound)
        rests = [bound(weight, upper) for weight, upper in zip(self.micro, limits.upper, strict=True)]
        return Weights(
            met=largest <= reports.LARGEST_MISS,
            largest_miss=rounded(largest),
            at_bounds=sum(rest is not None for rest in rests),
            smallest=min(self.micro),
            largest=max(self.micro),
            cap=limits.cap,
            ballot_limit=limits.part if limits.cap == "held" else None,
            heaviest=Heaviest(
                Fraction(max(self.values), total), Fraction(max(self.values), min(self.values))
            ),
            cells=tuple(
                CellWeight(
                    categories=dict(zip(cells.dimensions, key, strict=True)),
                    each=each,
                    ballots=ballots,
                    base=each * ballots,
                    micro=weight,
                    at_bound=rest,
                )
                for key, each, ballots, weight, rest in zip(
                    cells.keys, cells.each, cells.ballots, self.micro, rests, strict=True
                )
            ),
            margins=margins,
            reach=reports.reach_of(blocks, self.balance, self.election.roll),
            design_effect=rounded(effect),
            effective_ballots=rounded(blocks.total / effect),
        )

    def _at_bound(self, micro: int, upper: Fraction) -> Bound | None:
        """Return the bound that a micro-weight rests on, judged after rounding."""
        low, high = self.balance.least_and_most
        if upper < high and micro >= micro_weight(upper):
            return "cap"
        if micro >= micro_weight(high):
            return "upper"
        return "lower" if micro <= micro_weight(low) else None

    def _themes(
        self, sums: tally.Sums, support: Sequence[tally.Support], repeated: repetitions.Repeated | None
    ) -> tuple[ThemeResult, ...]:
        contest = self.contest
        points, scores = sums.points(), contest.scores(sums).fractions()
        plain = contest.scores(contest.worth(self.bases).sums()).fractions()
        standing = contest.asked.standing()
        place = {theme: at for at, theme in enumerate(contest.order_in(self.steps.after([])), start=1)}
        return tuple(
            ThemeResult(
                key=key,
                points=points[theme],
                relevance=tally.relevance(contest.objectives[theme], sums),
                score=scores[theme],
                place=place[theme],
                first=standing[theme].first,
                mentions=standing[theme].mentions,
                mean_place=standing[theme].mean_place,
                unweighted=plain[theme],
                supported=support[theme].categories,
                spread_met=support[theme].has_spread,
                places=repeated.places[theme] if repeated else None,
            )
            for theme, key in enumerate(contest.keys)
        )


def robustness_of_bundle(bundle: Bundle | Gathered, resamples: int = repetitions.REPLICATES) -> Robustness:
    """Return the robustness of a bundle's result. Without `resamples` it tells no places."""
    return _Count(*_election(bundle)).robustness(resamples)


def support(bundle: Bundle | Gathered, result: Result) -> dict[str, int]:
    """Return each nominee's support under the weights of the bundle's own result."""
    cells = [(cell.categories, cell.each, cell.micro) for cell in result.weights.cells]
    if not isinstance(bundle, Bundle):
        return panel.support_of(bundle.nominees, *bundle.endorsements(weights_of(cells)))
    return panel.support(bundle, weights.ballot_values(bundle, cells))


def _panel(bundle: Bundle | Gathered, result: Result) -> PanelResult | None:
    rules = bundle.rules.panel
    if rules is None:
        return None
    topics = [topic.key for topic in result.topics]
    chosen = panel.choose(rules, bundle.nominees, support(bundle, result), topics, result.seed)
    return _endorsed(bundle, result, chosen)


def _endorsed(bundle: Bundle | Gathered, result: Result, chosen: PanelResult) -> PanelResult:
    """Return a panel with whose voters see somebody on it whom they named."""
    cells = [(cell.categories, cell.each, cell.micro) for cell in result.weights.cells]
    if not isinstance(bundle, Bundle):
        worth = weights_of(cells)
        alike = [
            Alike({**kind.categories, "country": kind.country}, worth(kind, base), many, names)
            for kind, base, names, many in bundle.naming(chosen.members)
        ]
    else:
        values, members = weights.ballot_values(bundle, cells), {*chosen.members}
        seats = {seat.seat: {**seat.categories, "country": seat.country} for seat in bundle.seats}
        alike = [
            Alike(seats[each.seat], values[each.seat], 1, not members.isdisjoint(each.endorsements))
            for each in bundle.ballots
        ]
    return replace(chosen, endorsed_by=endorsed_by(bundle.rules, alike))


def verify(bundle: Bundle | Gathered, data: bytes) -> str | None:
    """Return the path of the first place where a result file differs from a new count, if it does.

    Micro-weights must be the same. Where neither panel is proven to be the best, the file's is checked for
    itself: rows, figures, bounds.
    """
    given = read_json(data, "result.json").value
    own, fails = _with_their_panel(bundle, count(bundle), given)
    return first_difference(json.loads(own.to_json()), given) or fails


def _with_their_panel(bundle: Bundle | Gathered, own: Result, given: object) -> tuple[Result, str | None]:
    """Return our result with what must be told of the file's panel, and which of its bounds fails, if any."""
    rules = bundle.rules.panel
    theirs = panel_of(given.get("panel")) if isinstance(given, Mapping) else None
    if rules is None or own.panel is None or own.panel.proven or theirs is None or theirs.proven:
        return own, None
    topics = [topic.key for topic in own.topics]
    told, bound = panel.as_claimed(
        rules, bundle.nominees, support(bundle, own), topics, own.seed, own.panel, theirs
    )
    return replace(
        own, panel=_endorsed(bundle, own, told)
    ), None if bound is None else f"panel.bounds.{bound}".rstrip(".")


def recount(bundle: Gathered, given: object) -> tuple[Result, Robustness, str | None]:
    """Return the result and the robustness of a bundle, drawn once, and which bound of a panel fails, if any.

    Where neither its panel nor that of the result `given` is proven to be the best, the result has what must
    be told of the given one.
    """
    election, ballots = _election(bundle)
    result, robust = count_columns(election, ballots)
    if bundle.rules.panel:
        result = replace(result, panel=_panel(bundle, result))
    own, fails = _with_their_panel(bundle, result, given)
    return own, robust, fails


def verify_robustness(bundle: Bundle | Gathered, data: bytes) -> str | None:
    """Return the path of the first place where a robustness file differs from a new one, if it does."""
    given = read_json(data, "robustness.json").value
    return first_difference(json.loads(robustness_of_bundle(bundle).to_json()), given)
