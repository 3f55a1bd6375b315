"""From a kept result to the page that tells it; nothing is counted here and no ballot is read.

One builder serves the secretariat, the public and the archive's letter. It reads the result as it was kept,
the round's frozen rules and its themes, and so costs the same for a hundred ballots and for a million. Where
the public may not know small categories, they are folded before anything is made of them.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.bundle import LocalText, parse_rules
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.services import firmness, public
from consulta.services.access import require
from consulta.services.folding import fold
from consulta.services.labels import name_of
from consulta.services.result_views import (
    BalanceFacts,
    Duel,
    Firmness,
    LeftOut,
    ObjectiveLine,
    Order,
    ResultView,
    Step,
    Support,
    ThemeResult,
    Topic,
)
from consulta.services.results import closed_round
from consulta.services.views import CategoryLine
from consulta.store import documents, rounds
from consulta.store import public as public_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.rules import Rules
    from consulta.services.views import RoundCard
    from consulta.services.work import Work
    from consulta.store.models import Document, Round

DIMENSIONS = ("subregion", "sector", "country")
METHODS = ("points", "schulze", "runoff")
MISSED = 1e-4
"""From this distance on a target counts as missed, as the rules of the count have it."""

Facts = dict[str, Any]
Lines = dict[str, tuple[CategoryLine, ...]]


class _Source(NamedTuple):
    """What a page is built from; `lines` are complete, `shown` what the reader may see of them."""

    facts: Facts
    rules: Rules
    lines: Lines
    shown: Lines
    themes: tuple[ThemeResult, ...]
    by_key: Mapping[str, ThemeResult]
    pairs: tuple[tuple[float | None, ...], ...]  # in the order of `themes`


def staff_page(work: Work, key: str) -> ResultView | None:
    """The result as the secretariat reads it; None where the round is closed and not counted yet.

    Problems: `round.unknown`, `round.not_closed`.
    """
    require(work, "result.read")
    return _page(work, closed_round(work, key), None)


def published_page(work: Work, key: str, small_cell: int) -> ResultView:
    """The result as the public reads it. Problem: `result.unknown`."""
    require(work, "published.read")
    found = rounds.find(work.session, key)
    if found is None or found.state != State.PUBLISHED.value:
        raise Problem("result.unknown", key=key)
    view = _page(work, found, small_cell)
    if view is None:
        raise Problem("result.unknown", key=key)
    return view


def _page(work: Work, found: Round, small_cell: int | None) -> ResultView | None:
    bundle = documents.find(work.session, found.id, "bundle")
    result = documents.find(work.session, found.id, "result")
    if bundle is None or result is None or found.closed_at is None:
        return None
    seats, countries, _ = public_rows.sizes(work.session, found.id)
    earlier = _topics_before(work, found)
    return build(
        found,
        public.card(found, seats, countries),
        _digests(bundle, result),
        json.loads(result.content),
        earlier,
        small_cell,
    )


def _digests(bundle: Document, result: Document) -> tuple[str, str]:
    return bundle.sha256, result.sha256


def _topics_before(work: Work, found: Round) -> list[set[int]]:
    """The objectives of the topics of each round published and closed before this one."""
    kept = documents.of_published(work.session, "result", example=found.example, until=found.closed_at)
    return [
        {number for topic in json.loads(content)["topics"] for number in topic["focus"]}
        for round_id, content in kept
        if round_id != found.id
    ]


def build(
    found: Round,
    card: RoundCard,
    digests: tuple[str, str],
    facts: Facts,
    earlier: Sequence[set[int]],
    small_cell: int | None,
) -> ResultView:
    """The page of a result; `small_cell`: categories with fewer ballots are folded (None: none are)."""
    source = _source(found, facts, small_cell)
    countries = source.lines["country"]
    topics = tuple(_topic(topic, source) for topic in facts["topics"])
    orders = _orders(source, topics[0])
    plain = orders.get("unweighted")
    ballots = sum(line.ballots for line in countries)
    if found.closed_at is None:
        raise Problem("round.not_closed", key=found.key)
    return ResultView(
        card=card,
        secrecy=found.secrecy,
        question=LocalText(found.question_es, found.question_en or found.question_es),
        rules=source.rules,
        ballots=ballots,
        countries_voting=sum(not line.silent for line in countries),
        small_cell=small_cell,
        topics=topics,
        themes=source.themes,
        firmness=_firmness(source, topics[0], orders, ballots),
        objectives=_objectives(facts, earlier),
        rounds_before=len(earlier),
        categories=tuple(source.shown.items()),
        balance=_balance(source),
        pairs=source.pairs,
        steps=tuple(_step(step) for step in facts.get("runoff", ())),
        order_changed=plain is not None and not plain.same,
        topic_changed=plain is not None and not plain.agrees,
        bundle_sha256=digests[0],
        seed=facts["seed"],
        result_sha256=digests[1],
        closed_at=found.closed_at,
        published_at=found.published_at,
    )


def _source(found: Round, facts: Facts, small_cell: int | None) -> _Source:
    rules = parse_rules(found.rules)
    lines = {dimension: _lines(dimension, facts) for dimension in DIMENSIONS}
    shown = lines if small_cell is None else {d: fold(some, small_cell) for d, some in lines.items()}
    themes = _themes(found, facts, rules, lines, shown)
    return _Source(
        facts,
        rules,
        lines,
        shown,
        themes,
        {theme.key: theme for theme in themes},
        _pairs(facts, [theme.key for theme in themes]),
    )


def _share(text: object) -> float:
    return float(Fraction(str(text)))


def _perhaps(text: object) -> float | None:
    return None if text is None else _share(text)


# -- the themes


def _themes(found: Round, facts: Facts, rules: Rules, lines: Lines, shown: Lines) -> tuple[ThemeResult, ...]:
    plain = {key: place for place, key in enumerate(facts["order"].get("unweighted") or (), start=1)}
    rows = {theme.key: theme for theme in found.themes}
    themes = [
        ThemeResult(
            key=theme["key"],
            title=LocalText(rows[theme["key"]].title_es, rows[theme["key"]].title_en),
            objectives=tuple(rows[theme["key"]].objectives),
            place=theme["place"],
            score=_share(theme["score"]),
            points=_share(theme["points"]),
            relevance=_share(theme["relevance"]),
            unweighted_place=plain.get(theme["key"], theme["place"]),
            unweighted_score=_perhaps(theme.get("unweighted")),
            first=theme.get("first"),
            mentions=theme.get("mentions"),
            mean_place=Fraction(str(theme["mean_place"])) if theme.get("mean_place") else None,
            support=tuple(
                _support(dimension, share, theme["supported"][dimension], lines, shown)
                for dimension, share in rules.spread.items()
            ),
            spread_met=theme["spread_met"],
        )
        for theme in facts["themes"]
    ]
    return tuple(sorted(themes, key=lambda theme: theme.place))


def _support(dimension: str, share: int, supporting: Sequence[str], lines: Lines, shown: Lines) -> Support:
    total = sum(line.ballots > 0 for line in lines.get(dimension, ()))
    named = {line.key for line in shown.get(dimension, ()) if line.key}
    return Support(
        dimension=dimension,
        supporting=len(supporting),
        required=-(-share * total // 1000),
        total=total,
        categories=tuple(key for key in supporting if key in named),
    )


def _pairs(facts: Facts, order: Sequence[str]) -> tuple[tuple[float | None, ...], ...]:
    place = {theme["key"]: index for index, theme in enumerate(facts["themes"])}
    pairs = facts["pairs"]

    def share(x: str, y: str) -> float | None:
        won, lost = pairs[place[x]][place[y]], pairs[place[y]][place[x]]
        return None if x == y or not won + lost else won / (won + lost)

    return tuple(tuple(share(x, y) for y in order) for x in order)


def _topic(topic: Mapping[str, Any], source: _Source) -> Topic:
    short = catalogue.objectives_by_number()
    theme = source.by_key[topic["key"]]
    chosen = {each["key"] for each in source.facts["topics"]}
    row = source.pairs[source.themes.index(theme)]
    duels = [Duel(rival, share) for rival, share in zip(source.themes, row, strict=True) if share is not None]
    return Topic(
        key=theme.key,
        title=theme.title,
        focus=tuple((n, LocalText(short[n].short.es, short[n].short.en)) for n in topic["focus"]),
        spread_met=topic["spread_met"],
        theme=theme,
        passed_over=tuple(t for t in source.themes[: theme.place - 1] if t.key not in chosen),
        duels=tuple(sorted(duels, key=lambda duel: abs(duel.share - 1 / 2))),
        next=next((t for t in source.themes[theme.place :] if t.key not in chosen), None),
    )


def _objectives(facts: Facts, earlier: Sequence[set[int]]) -> tuple[ObjectiveLine, ...]:
    named = catalogue.objectives_by_number()
    here = {number for topic in facts["topics"] for number in topic["focus"]}
    touched = here.union(*earlier)
    lines = [
        ObjectiveLine(
            number=o["number"],
            short=LocalText(named[o["number"]].short.es, named[o["number"]].short.en),
            share=_share(o["share"]),
            here=o["number"] in here,
            touched=o["number"] in touched,
        )
        for o in facts["objectives"]
    ]
    return tuple(sorted(lines, key=lambda line: (-line.share, line.number)))


def _step(step: Mapping[str, Any]) -> Step:
    return Step(
        {each["key"]: _share(each["share"]) for each in step["totals"]},
        _share(step["exhausted"]),
        step["out"],
    )


# -- how firm it is


def _orders(source: _Source, topic: Topic) -> dict[str, Order]:
    official = [theme.key for theme in source.themes]
    found: dict[str, Order] = {}
    said = source.facts.get("firmness") or {}
    for name, keys in source.facts["order"].items():
        if keys is None:
            continue
        themes = tuple(source.by_key[key] for key in keys)
        first = source.by_key[said[name]] if said.get(name) else _first(themes)
        found[name] = Order(name, themes, first, same=list(keys) == official, agrees=first.key == topic.key)
    return found


def _first(themes: Sequence[ThemeResult]) -> ThemeResult:
    """The theme that an order would make the topic: the first with spread, else the one nearest to it."""

    def nearness(theme: ThemeResult) -> Fraction:
        ratios = [Fraction(s.supporting, s.required) for s in theme.support if s.required]
        return min(ratios, default=Fraction(1))

    return next((theme for theme in themes if theme.spread_met), None) or max(themes, key=nearness)


def _firmness(source: _Source, topic: Topic, orders: Mapping[str, Order], ballots: int) -> Firmness:
    facts = source.facts.get("firmness") or {}
    margin = facts.get("margin") or {}
    others = tuple(orders[name] for name in METHODS if name in orders and name != source.rules.method)
    without = facts.get("leave_one_out")
    left_out = tuple(
        LeftOut(
            each["dimension"],
            name_of(each["dimension"], each["category"]),
            source.by_key.get(each["topic"] or ""),
        )
        for each in without or ()
        if each["topic"] != topic.key
    )
    trials = firmness.trials(
        firmness.Figures(
            ballots=ballots,
            margin=margin.get("ballots"),
            unreachable="ballots" in margin and margin["ballots"] is None,
            same_without=None if without is None else not left_out,
            repetitions=facts.get("resampling_percent"),
            same_by_methods=all(order.agrees for order in others) if others else None,
        )
    )
    winner = source.facts.get("condorcet_winner")
    return Firmness(
        trials=trials,
        firm=firmness.is_firm(trials),
        margin=margin.get("ballots"),
        margin_asked=firmness.margin_asked(ballots),
        rival=source.by_key.get(margin.get("rival") or ""),
        left_out=left_out,
        resampling=facts.get("resampling_percent"),
        methods=others,
        unweighted=orders.get("unweighted"),
        country_equal=orders.get("country_equal"),
        condorcet=source.by_key[winner] if winner else None,
    )


# -- who took part, and what the weights did


def _lines(dimension: str, facts: Facts) -> tuple[CategoryLine, ...]:
    """Every category of a dimension: its share of the ballots, and what those counted for by weight."""
    targets = {
        line["category"]: line["target"]
        for line in facts["weights"]["margins"]
        if line["dimension"] == dimension
    }
    lines = [
        CategoryLine(
            dimension=dimension,
            key=voice["category"],
            name=name_of(dimension, voice["category"]),
            seats=voice["seats"],
            ballots=voice["ballots"],
            share=_share(voice["share"]),
            weighted=_share(voice["weighted"]),
            target=targets.get(voice["category"]),
            silent=voice["ballots"] == 0,
        )
        for voice in facts.get("voices", ())
        if voice["dimension"] == dimension
    ]
    return tuple(sorted(lines, key=lambda line: (-line.weighted, line.key)))


def _balance(source: _Source) -> BalanceFacts:
    weights = source.facts["weights"]
    balanced = tuple(d for d in DIMENSIONS if any(line.target is not None for line in source.lines[d]))
    missed = [
        line
        for d in balanced
        for line in source.shown[d]
        if line.target is not None and abs(line.weighted - line.target) > MISSED
    ]
    return BalanceFacts(
        balanced=balanced,
        met=weights["met"],
        largest_miss=float(weights["largest_miss"]),
        missed=tuple(missed),
        smallest=_relative(weights.get("smallest")),
        largest=_relative(weights.get("largest")),
        at_bounds=weights.get("at_bounds", 0),
        cells=len(weights["cells"]) if "cells" in weights else None,
        design_effect=float(weights["design_effect"]),
        effective_ballots=float(weights["effective_ballots"]),
        silent=tuple(line.name for d in balanced for line in source.lines[d] if line.silent),
    )


def _relative(micro: int | None) -> float | None:
    return None if micro is None else micro / 1_000_000
