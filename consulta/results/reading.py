"""What a reader may be told of a result, read from what was kept: the result itself, or `public.json`.

Two readers give one shape, so that nothing behind them asks who looks. They decide no figure: what
`public.json` leaves out is None here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from consulta.core.counting import tally
from consulta.core.counting.repetitions import MOST_BALLOTS
from consulta.core.counting.rules import parse_rules
from consulta.core.texts import Text
from consulta.platform.data import dimensions, tongues
from consulta.platform.data.joined import is_joined
from consulta.platform.labels import name_of
from consulta.results.values import AtBound, BalanceFacts, CategoryLine, Reach, Step, Support, ThemeResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.core.counting.result import (
        Firmness,
        LeftOut,
        Orders,
        Result,
        RunoffStep,
        Voice,
        Weights,
    )
    from consulta.core.counting.result import ThemeResult as Counted
    from consulta.core.counting.robustness import Robustness
    from consulta.core.counting.summary import Summary
    from consulta.core.values import Rules
    from consulta.platform.models import Round, Theme

MISSED = 1e-4
"""From this distance on a target counts as missed, as the rules of the count have it."""

METHODS = ("points", "schulze", "runoff")

Lines = dict[str, tuple[CategoryLine, ...]]
Keys = tuple[str, ...]


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
    # of repetitions of a hundred that gave the same topics; the lowest of ten where it is rounded
    percent: int | None = None
    rounded: bool = False
    without_repetitions: bool = False
    topics_by: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by the name of another order
    # categories whose absence changes the topics, with these; tried: of every category it is told
    left_out: tuple[tuple[str, str, Keys], ...] = ()
    left_out_tried: bool = False
    condorcet: str | None = None
    condorcet_told: bool = False
    steps: tuple[Step, ...] = ()
    result: Result | None = None  # the whole of it, for readers who may see the ballots


def of_result(found: Round, rules: Rules, result: Result, robustness: Robustness, summary: Summary) -> Told:
    """Return all figures of a result, for readers who may see the ballots.

    `robustness` and `summary` are the documents stored beside the result. If countries are joined, there
    are no lines by country: such a line would leave out organisations that are counted under a joined
    code.
    """
    # What results do not say of the dimensions that an installation adds is in the other document.
    voices = (*result.voices, *robustness.voices)
    left_out = (*result.firmness.leave_one_out, *robustness.leave_one_out)
    names = dimensions.in_order({*dimensions.BUILT_IN, *(voice.dimension for voice in voices)})
    lines = {dimension: _voices(dimension, result.weights, voices) for dimension in names}
    countries = lines["country"] if found.joined_below is None else lines.pop("country")
    by_country = not all(is_joined(line.key) for line in countries)
    return Told(
        ballots=sum(line.ballots for line in countries),
        countries_voting=sum(not line.silent for line in countries) if "country" in lines else None,
        by_country=by_country,
        themes=_in_order(_exact(theme, found, rules, result, lines) for theme in result.themes),
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
        **_trials(
            result.firmness,
            left_out,
            [topic.key for topic in result.topics],
            ballots=sum(line.ballots for line in countries),
            by_country=by_country,
        ),
        condorcet=result.condorcet_winner,
        condorcet_told=True,
        steps=tuple(_step(step) for step in result.runoff),
        result=result,
    )


def of_public(found: Round, facts: Mapping[str, Any]) -> Told:
    """Return the content of `public.json`."""
    if facts["detail"] != "figures":
        return topics_alone(found, facts["ballots"], [topic["key"] for topic in facts["topics"]])
    names = dimensions.in_order(
        {*dimensions.BUILT_IN, *(line["dimension"] for line in facts["participation"])}
    )
    lines = {dimension: _blocks(dimension, facts) for dimension in names}
    return Told(
        ballots=facts["ballots"],
        step=facts["step"],
        small_cell=facts["small_cell"],
        themes=_in_order(_rounded(theme, found, facts) for theme in facts["themes"]),
        topics=tuple((t["key"], t["spread_met"], tuple(t["focus"])) for t in facts["topics"]),
        orders={name: keys for name, keys in facts["order"].items() if keys},
        shares=_shares(
            [theme["key"] for theme in facts["themes"]],
            facts["pairs"],
            lambda percent, _other: _part(percent),
        ),
        lines=lines,
        objectives=tuple((o["number"], _part(o["percent"])) for o in facts["objectives"]),
        balance=_told_balance(facts, lines),
        **_told_trials(facts, parse_rules(found.rules)),
        condorcet=facts.get("condorcet_winner"),
        condorcet_told="condorcet_winner" in facts,
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
        places=theme.places,
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


def _rounded(theme: Mapping[str, Any], found: Round, facts: Mapping[str, Any]) -> ThemeResult:
    mean, told = theme["mean_place"], {line["dimension"]: line for line in theme["support"]}
    return _theme(
        _row(found, theme["key"]),
        facts["order"].get("unweighted") or (),
        place=theme["place"],
        score=_part(theme["score_percent"]),
        points=_part(theme["points_percent"]),
        relevance=_part(theme["relevance_percent"]),
        unweighted_score=_part(theme["unweighted_percent"]),
        first=theme["first"],
        mentions=theme["mentions"],
        mean_place=None if mean is None else Fraction(mean),
        support=tuple(
            Support(name, told[name]["met"], tuple(told[name]["supporting"]))
            for name in dimensions.in_order(told)
        ),
        spread_met=theme["spread_met"],
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


def _trials(
    firm: Firmness, lines: Sequence[LeftOut], topics: Sequence[str], *, ballots: int, by_country: bool
) -> dict[str, Any]:
    """Return the trials; without `by_country` leaving out joined countries is leaving out a subregion."""
    lines = [line for line in lines if by_country or line.dimension != "country"]
    topics_by: dict[str, Keys | None] = {name: getattr(firm.methods, name) for name in METHODS}
    topics_by["unweighted"] = firm.unweighted
    topics_by["country_equal"] = firm.country_equal if by_country else None
    drawn = firm.resampling
    return {
        "percent": drawn.percent if drawn else None,
        "without_repetitions": ballots > MOST_BALLOTS,
        "topics_by": {name: keys for name, keys in topics_by.items() if keys},
        "left_out": _changed(((each.dimension, each.category, each.topics) for each in lines), topics),
        "left_out_tried": any(line.topics for line in lines),  # else nothing is left without a category
    }


def _changed(
    lines: Iterable[tuple[str, str, Sequence[str] | None]], topics: Sequence[str]
) -> tuple[tuple[str, str, Keys], ...]:
    """Return the categories without which the topics are others; not those without which nothing is left."""
    return tuple(
        (dimension, category, tuple(instead))
        for dimension, category, instead in lines
        if instead and set(instead) != set(topics)
    )


def _told_trials(facts: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return the trials that `public.json` tells: only categories without which the topics are others."""
    firm, topics = facts["firmness"] or {}, [topic["key"] for topic in facts["topics"]]
    told = dict(firm.get("methods") or {})
    plain = facts["order"].get("unweighted") or ()
    if plain and not rules.spread and (len(topics) == 1 or rules.topics_rule == "order"):
        told["unweighted"] = plain[: len(topics)]  # elsewhere support by other weights decides too
    return {
        "percent": firm.get("percent"),
        "rounded": True,
        "without_repetitions": bool(firm) and facts["ballots"] > MOST_BALLOTS,
        "topics_by": told,
        "left_out": _changed(
            ((each["dimension"], each["category"], each["topics"]) for each in firm.get("leave_one_out", ())),
            topics,
        ),
    }


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


def _blocks(dimension: str, facts: Mapping[str, Any]) -> tuple[CategoryLine, ...]:
    """Return the lines of `public.json` for a dimension: single categories, and small ones joined."""
    return tuple(
        CategoryLine(
            dimension=dimension,
            key=line["categories"][0] if len(line["categories"]) == 1 else "",
            name=_together([name_of(dimension, key) for key in line["categories"]]),
            seats=line["seats"],
            ballots=line["ballots"],
            share=line["share_percent"] / 100,
            weighted=_part(line["weighted_percent"]),
            target=_part(line["target_percent"]),
            members=tuple(line["categories"]) if len(line["categories"]) > 1 else (),
        )
        for line in facts["participation"]
        if line["dimension"] == dimension
    )


def _together(names: Sequence[Text]) -> Text:
    return Text.each(tongues.codes(), lambda code: ", ".join(name.best(code) for name in names))


def _balance(weights: Weights, lines: Lines, summary: Summary) -> BalanceFacts:
    balanced = _balanced(lines)
    of_one = set(summary.bases) == {1}
    by_place = {(line.dimension, line.key): line for d in balanced for line in lines[d]}
    return BalanceFacts(
        balanced=balanced,
        met=weights.met,
        reach=tuple(
            Reach(
                line := by_place[each.dimension, each.category],
                each.target,
                each.needed,
                (line.weighted or 0) > each.target - MISSED,
                each_counts_once=of_one,
            )
            for dimension in balanced
            for each in weights.reach
            if each.dimension == dimension
        ),
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


def _balanced(lines: Lines) -> tuple[str, ...]:
    return tuple(name for name, found in lines.items() if any(line.target is not None for line in found))


def _told_balance(facts: Mapping[str, Any], lines: Lines) -> BalanceFacts:
    percent = facts["weights"]["effective_percent"]
    needed = {(line["dimension"], *line["categories"]): line["needed"] for line in facts["participation"]}
    balanced = _balanced(lines)
    return BalanceFacts(
        balanced=balanced,
        met=facts["weights"]["met"],
        reach=tuple(
            Reach(line, line.target, least, False if line.ballots < least else None, each_counts_once=True)
            for dimension in balanced
            for line in lines[dimension]
            if line.target is not None and (least := needed[dimension, *(line.members or (line.key,))])
        ),
        effective_ballots=None if percent is None else facts["ballots"] * percent / 100,
    )


def _step(step: RunoffStep) -> Step:
    return Step({each.key: float(each.share) for each in step.totals}, float(step.exhausted), step.out)
