"""What a reader may be told of a result, read from what was kept: the result itself, or `public.json`.

Two readers give one shape, so that nothing behind them asks who looks. They decide no figure: what
`public.json` leaves out is None here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from consulta.core.counting import tally
from consulta.core.texts import Text
from consulta.data import dimensions, tongues
from consulta.data.joined import is_joined
from consulta.infra.labels import name_of
from consulta.results import kept
from consulta.results.firmness import is_close
from consulta.results.values import AtBound, BalanceFacts, CategoryLine, Changing, Step, Support, ThemeResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.counting.result import Firmness, Orders, Result, RunoffStep, Voice, Weights
    from consulta.core.counting.result import ThemeResult as Counted
    from consulta.core.counting.robustness import Robustness
    from consulta.core.counting.summary import Summary
    from consulta.core.values import Rules
    from consulta.infra.models import Round, Theme

MISSED = 1e-4
"""From this distance on a target counts as missed, as the rules of the count have it."""

Lines = dict[str, tuple[CategoryLine, ...]]


@dataclass(frozen=True, slots=True)
class Trials:
    """What the count says of the first topic's firmness, as far as it may be told.

    `left_out` are the categories whose absence changes the topic, each with the topic then; `holds` whether
    none does, where every category was left out once.
    """

    changing: Changing | None = None  # how few could have changed it
    not_worked_out: bool = False  # counted before that was worked out
    left_out: tuple[tuple[str, str, str], ...] = ()  # dimension, category, topic
    holds: bool | None = None
    repetitions: int | None = None
    rounded: bool = False  # figures are told as bounds
    topics: Mapping[str, str] = field(default_factory=dict)  # of other weights, by the name of the order


@dataclass(frozen=True, slots=True)
class Beside:
    """What only a result of version 2 says, as it says it: themes by key, parts of the vote from 0 to 1."""

    without: tuple[tuple[str, str], ...]  # theme taken off every ballot, topic
    targets: tuple[tuple[Mapping[str, str], str], ...]  # dimension → rule, topic
    alone: str | None  # the topic without the objectives
    alike: tuple[tuple[str, str, float], ...]
    topics_by: Mapping[str, Sequence[str]]  # rule → topics
    heard: Mapping[str, float]
    too_few: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """All that a page may say of a result; `shares` of pairs are of the first theme against the second."""

    ballots: int
    themes: tuple[ThemeResult, ...]  # in the order of the result, where it is told
    topics: tuple[tuple[str, bool | None, tuple[int, ...]], ...]
    countries_voting: int | None = None
    by_country: bool = True  # whether any country stands by itself in what was counted
    step: int | None = None
    small_cell: int | None = None
    few: bool = False
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: Mapping[tuple[str, str], float] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    objectives: tuple[tuple[int, float | None], ...] = ()
    balance: BalanceFacts | None = None
    trials: Trials = Trials()
    condorcet: str | None = None
    condorcet_told: bool = False
    steps: tuple[Step, ...] = ()
    beside: Beside | None = None


def of_result(
    found: Round, rules: Rules, result: Result, robustness: Robustness | None, summary: Summary
) -> Told:
    """Return all figures of a result, for readers who may see the ballots.

    `robustness` and `summary` are the documents stored beside the result. If countries are joined, there
    are no lines by country: such a line would leave out organisations that are counted under a joined
    code.
    """
    # What results do not say of the dimensions that an installation adds is in the other document.
    voices = (*result.voices, *(robustness.voices if robustness else ()))
    left_out = (*result.firmness.leave_one_out, *(robustness.leave_one_out if robustness else ()))
    names = dimensions.in_order({*dimensions.BUILT_IN, *(voice.dimension for voice in voices)})
    places = {each.theme: (each.best, each.worst) for each in robustness.places} if robustness else {}
    lines = {dimension: _voices(dimension, result.weights, voices) for dimension in names}
    countries = lines["country"] if found.joined_below is None else lines.pop("country")
    by_country = not all(is_joined(line.key) for line in countries)
    return Told(
        ballots=sum(line.ballots for line in countries),
        countries_voting=sum(not line.silent for line in countries) if "country" in lines else None,
        by_country=by_country,
        themes=_in_order(
            replace(_exact(theme, found, rules, result, lines), places=places.get(theme.key))
            for theme in result.themes
        ),
        topics=tuple((topic.key, topic.spread_met, topic.focus) for topic in result.topics),
        orders=_orders(result.order, by_country=by_country),
        shares=_shares(
            [theme.key for theme in result.themes],
            result.pairs,
            lambda won, lost: won / (won + lost) if won + lost else None,
        ),
        lines=lines,
        objectives=tuple((each.number, float(each.share)) for each in result.objectives),
        balance=_balance(result.weights, lines, summary),
        trials=replace(
            _trials(
                replace(result.firmness, leave_one_out=left_out), result.topics[0].key, by_country=by_country
            ),
            changing=_changing(rules, robustness),
            not_worked_out=robustness is None and rules.method == "points",
        ),
        condorcet=result.condorcet_winner,
        condorcet_told=True,
        steps=tuple(_step(step) for step in result.runoff),
        beside=_beside(result),
    )


def _beside(result: Result) -> Beside:
    firm = result.firmness
    return Beside(
        without=tuple((line.theme, line.topic) for line in firm.without_theme),
        targets=tuple((line.targets, line.topic) for line in firm.other_targets),
        alone=result.points_alone,
        alike=tuple((x, y, float(part)) for x, y, part in result.alike),
        topics_by={"shared": result.topics_by.shared, "order": result.topics_by.order},
        heard={"shared": float(result.heard.shared), "order": float(result.heard.order)},
        too_few=result.support.too_few,
    )


def of_public(found: Round, facts: kept.Public) -> Told:
    """Return the content of `public.json`."""
    if not facts.has_figures:
        return topics_alone(found, facts.ballots, [topic.key for topic in facts.topics])
    names = dimensions.in_order({*dimensions.BUILT_IN, *(line.dimension for line in facts.participation)})
    lines = {dimension: _blocks(dimension, facts) for dimension in names}
    return Told(
        ballots=facts.ballots,
        step=facts.step,
        small_cell=facts.small_cell,
        themes=_in_order(_rounded(theme, found, facts) for theme in facts.themes),
        topics=tuple((t.key, t.spread_met, t.focus) for t in facts.topics),
        orders={name: keys for name, keys in facts.order.items() if keys},
        shares=_shares(
            [theme.key for theme in facts.themes],
            facts.pairs,
            lambda percent, _other: _part(percent),
        ),
        lines=lines,
        objectives=tuple((o.number, _part(o.percent)) for o in facts.objectives),
        balance=_told_balance(facts, lines),
        trials=replace(
            _told_trials(facts.firmness, facts.topics[0].key),
            changing=_changing_told(facts.robustness),
        ),
        condorcet=facts.condorcet_winner or None,
        condorcet_told=facts.condorcet_winner != kept.NOT_TOLD,
    )


def topics_alone(found: Round, ballots: int, topics: Sequence[str]) -> Told:
    """Return turnout and topics, for a round that has too few ballots for figures."""
    rows = {theme.key: theme for theme in found.themes}
    return Told(
        ballots=ballots,
        themes=tuple(_theme(theme, ()) for theme in found.themes),
        topics=tuple((key, None, tuple(rows[key].objectives)) for key in topics),
        few=True,
    )


# -- figures


def _part(percent: int | None) -> float | None:
    return None if percent is None else percent / 100


# -- themes


def _in_order(themes: Any) -> tuple[ThemeResult, ...]:
    return tuple(sorted(themes, key=lambda theme: (theme.place is None, theme.place or 0)))


def _theme(theme: Theme, plain: Sequence[str], **figures: Any) -> ThemeResult:
    """Return a theme with its figures; `plain` is the order without weights, where it is told."""
    return ThemeResult(
        key=theme.key,
        title=theme.title,
        objectives=tuple(theme.objectives),
        unweighted_place=plain.index(theme.key) + 1 if theme.key in plain else None,
        **figures,
    )


def _row(found: Round, key: str) -> Theme:
    return next(theme for theme in found.themes if theme.key == key)


def _exact(theme: Counted, found: Round, rules: Rules, result: Result, lines: Lines) -> ThemeResult:
    return _theme(
        _row(found, theme.key),
        result.order.unweighted,
        place=theme.place,
        score=float(theme.score),
        points=float(theme.points),
        relevance=float(theme.relevance),
        unweighted_score=float(theme.unweighted),
        first=theme.first,
        mentions=theme.mentions,
        mean_place=theme.mean_place,
        support=tuple(
            _support(
                dimension,
                rules.spread[dimension],
                theme.supported[dimension],
                lines[dimension],
                rules.support_min,
            )
            for dimension in dimensions.in_order(rules.spread)
        ),
        spread_met=theme.spread_met,
    )


def _support(
    dimension: str, share: int, supporting: Sequence[str], lines: Sequence[CategoryLine], least: int
) -> Support:
    total = sum((line.ballots or 0) >= least for line in lines)
    required = tally.required(share, total)
    return Support(
        dimension=dimension,
        met=len(supporting) >= required,
        categories=tuple(supporting),
        supporting=len(supporting),
        required=required,
        total=total,
    )


def _rounded(theme: kept.Theme, found: Round, facts: kept.Public) -> ThemeResult:
    mean, told = theme.mean_place, {line.dimension: line for line in theme.support}
    return _theme(
        _row(found, theme.key),
        facts.order.get("unweighted") or (),
        place=theme.place,
        score=_part(theme.score_percent),
        points=_part(theme.points_percent),
        relevance=_part(theme.relevance_percent),
        unweighted_score=_part(theme.unweighted_percent),
        first=theme.first,
        mentions=theme.mentions,
        mean_place=None if mean is None else Fraction(mean),
        support=tuple(
            Support(name, told[name].met, told[name].supporting) for name in dimensions.in_order(told)
        ),
        spread_met=theme.spread_met,
    )


def _orders(orders: Orders, *, by_country: bool) -> dict[str, tuple[str, ...]]:
    """Return the orders of the themes by name, those that there are."""
    names = ("points", "schulze", "runoff", "unweighted", *(("country_equal",) if by_country else ()))
    return {name: keys for name in names if (keys := getattr(orders, name))}


def _shares(keys: Sequence[str], pairs: Sequence[Sequence[Any]], share: Any) -> dict[tuple[str, str], float]:
    found = {
        (x, y): share(pairs[row][column], pairs[column][row])
        for row, x in enumerate(keys)
        for column, y in enumerate(keys)
        if x != y
    }
    return {pair: value for pair, value in found.items() if value is not None}


# -- firmness


def _trials(firmness: Firmness, topic: str, *, by_country: bool) -> Trials:
    """Return the trials; without `by_country` leaving out joined countries is leaving out a subregion."""
    lines = [line for line in firmness.leave_one_out if by_country or line.dimension != "country"]
    changed = tuple(
        (line.dimension, line.category, line.topic)
        for line in lines
        if line.topic is not None and line.topic != topic  # none: nothing is left without its ballots
    )
    names = ("unweighted", *(("country_equal",) if by_country else ()))
    return Trials(
        left_out=changed,
        holds=False if changed else any(line.topic for line in lines) or None,
        repetitions=firmness.resampling_percent,
        topics={name: key for name in names if (key := getattr(firmness, name))},
    )


def _told_trials(facts: kept.Firmness, topic: str) -> Trials:
    """Return the trials that `public.json` tells: only categories without which the topic is another one."""
    changed = tuple(
        (line.dimension, line.category, line.topic)
        for line in facts.leave_one_out or ()
        if line.topic is not None and line.topic != topic
    )
    return Trials(
        left_out=changed,
        holds=False if changed else None,
        repetitions=facts.resampling_percent,
        rounded=True,
        topics={name: key for name in ("unweighted", "country_equal") if (key := getattr(facts, name))},
    )


def _changing(rules: Rules, robustness: Robustness | None) -> Changing | None:
    """Return how few ballots could have changed the topic; None if not computed.

    The figures exist for the method of points alone.
    """
    if robustness is None or rules.method != "points":
        return None
    margin = robustness.margin
    choosable, support, enough = margin.choosable, margin.support, margin.enough
    by_rival = enough is not None and choosable is not None and choosable.ballots == enough
    return Changing(
        at_least=margin.at_least,
        enough=enough,
        close=is_close(enough),
        rival=choosable.rival if choosable and by_rival else None,
        dimension=support.dimension if support and enough is not None and not by_rival else None,
    )


def _changing_told(told: kept.Robustness | None) -> Changing | None:
    if told is None:
        return None
    return Changing(told.at_least, told.enough, close=told.close, rounded=True)


# -- who took part, and what the weights did


def _voices(dimension: str, weights: Weights, voices: Sequence[Voice]) -> tuple[CategoryLine, ...]:
    """Return every category of a dimension, with its shares (0 to 1) of ballots and of weight.

    The largest weight comes first.
    """
    targets = {line.category: line.target for line in weights.margins if line.dimension == dimension}
    lines = [
        CategoryLine(
            dimension=dimension,
            key=voice.category,
            name=name_of(dimension, voice.category),
            seats=voice.seats,
            ballots=voice.ballots,
            share=float(voice.share),
            weighted=float(voice.weighted),
            target=targets.get(voice.category),
        )
        for voice in voices
        if voice.dimension == dimension
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.weighted or 0), line.key)))


def _blocks(dimension: str, facts: kept.Public) -> tuple[CategoryLine, ...]:
    """Return the lines of `public.json` for a dimension: single categories, and small ones joined."""
    return tuple(
        CategoryLine(
            dimension=dimension,
            key=line.categories[0] if len(line.categories) == 1 else "",
            name=_together([name_of(dimension, key) for key in line.categories]),
            seats=line.seats,
            ballots=line.ballots,
            share=line.share_percent / 100,
            weighted=_part(line.weighted_percent),
            target=_part(line.target_percent),
            members=line.categories if len(line.categories) > 1 else (),
        )
        for line in facts.participation
        if line.dimension == dimension
    )


def _together(names: Sequence[Text]) -> Text:
    return Text.each(tongues.codes(), lambda code: ", ".join(name.best(code) for name in names))


def _balance(weights: Weights, lines: Lines, summary: Summary) -> BalanceFacts:
    balanced = _balanced(lines)
    return BalanceFacts(
        balanced=balanced,
        met=weights.met,
        missed=tuple(line for d in balanced for line in lines[d] if _is_missed(line)),
        smallest=weights.smallest / 1_000_000,
        largest=weights.largest / 1_000_000,
        times=summary.heaviest / summary.lightest,
        several_bases=len(summary.bases) > 1,
        at_bounds=_at_bounds(weights),
        effective_ballots=weights.effective_ballots,
        heaviest=float(weights.heaviest.share),
        cap=weights.cap,
        limit=None if weights.ballot_limit is None else float(weights.ballot_limit),
        silent=tuple(line.name for d in balanced for line in lines[d] if line.silent),
    )


def _at_bounds(weights: Weights) -> tuple[AtBound, ...]:
    return tuple(
        AtBound(cell.at_bound, tuple(name_of(d, key) for d, key in cell.categories.items()))
        for cell in weights.cells
        if cell.at_bound
    )


def _is_missed(line: CategoryLine) -> bool:
    if line.target is None or line.weighted is None:
        return False
    return abs(line.weighted - line.target) > MISSED


def _balanced(lines: Lines) -> tuple[str, ...]:
    return tuple(name for name, found in lines.items() if any(line.target is not None for line in found))


def _told_balance(facts: kept.Public, lines: Lines) -> BalanceFacts:
    percent = facts.weights.effective_percent
    return BalanceFacts(
        balanced=_balanced(lines),
        met=facts.weights.met,
        effective_ballots=None if percent is None else facts.ballots * percent / 100,
    )


def _step(step: RunoffStep) -> Step:
    return Step({each.key: float(each.share) for each in step.totals}, float(step.exhausted), step.out)
