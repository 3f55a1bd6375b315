"""From a kept result to the page that tells it; nothing is counted here and no ballot is read.

One builder serves the secretariat, the public and the archive's letter, and costs the same for a hundred
ballots and for a million. What the public may know is decided elsewhere: where the ballots are public the
page is the secretariat's own, elsewhere it is read from `public.json`.

The verdict of three levels is given here too, with its thresholds. It judges figures that the count has
found; it changes no order and no topic. Why these thresholds: `docs/methods/firmness.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.counting.result import Result
from consulta.core.counting.robustness import Robustness
from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue, dimensions
from consulta.platform.labels import name_of
from consulta.results import public_figures, tallying
from consulta.results import reading as result_reading
from consulta.results.reading import METHODS
from consulta.results.service import closed_round
from consulta.results.values import (
    Depends,
    Duel,
    Firmness,
    Heard,
    LeftOut,
    ObjectiveLine,
    Order,
    Repeated,
    ResultView,
    Several,
    ThemeResult,
    Tie,
    Topic,
    WorstCase,
)
from consulta.rounds import public_rounds
from consulta.rounds.ending import ending_of
from consulta.rounds.queries import rounds
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from consulta.core.counting.result import FiveFigures
    from consulta.core.counting.summary import Summary
    from consulta.core.values import Rules
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work
    from consulta.results.reading import Told
    from consulta.results.values import Level


CLOSE_BELOW = 60
"""Of every hundred repetitions: if the topics are the same in fewer, the result is close."""

FIRM_FROM = 80
"""Of every hundred repetitions: only if the topics are the same in so many or more, the result is firm."""


def level(
    percent: int | None, *, methods_agree: bool | None, without_repetitions: bool = False
) -> Level | None:
    """Return the verdict; None if neither of the figures is told.

    `percent` is of every hundred repetitions how many gave the same topics (the lowest of ten will do),
    `methods_agree` whether all three methods choose the same topics. Of very many ballots no repetitions are
    made (`without_repetitions`): chance of who answered plays no part, and the methods alone decide.
    """
    if without_repetitions:
        return None if methods_agree is None else "firm" if methods_agree else "reservations"
    if percent is None:
        return None
    if percent < CLOSE_BELOW:
        return "close"
    if percent < FIRM_FROM or methods_agree is False:
        return "reservations"
    return "firm" if methods_agree else "untold"


def staff_page(work: Work, key: str) -> ResultView | None:
    """Return the result for the secretariat; None if the round is closed and not counted yet.

    Problems: `round.unknown`, `round.not_closed`.
    """
    require(work, "result.read")
    return kept_page(work, closed_round(work, key))


def kept_page(work: Work, found: Round) -> ResultView | None:
    """Return a stored result in full; None if the round is not counted yet.

    The caller has checked who may read it.
    """
    result = documents.find(work.session, found.id, "result")
    if result is None:
        return None
    seen.note(work, found)
    return _page(work, found, result, _in_full(work, found, result), exact=True)


def published_page(work: Work, key: str) -> ResultView:
    """Return the result for the public. Raise Problem `result.unknown` if there is no published result."""
    require(work, "published.read")
    found = rounds.find(work.session, key)
    result = documents.find(work.session, found.id, "result") if found else None
    if found is None or result is None or found.state != State.PUBLISHED.value:
        raise Problem("result.unknown", key=key)
    exact = "result" in what_is_public(found.secrecy)
    return _page(work, found, result, _for_the_public(work, found, result, exact=exact), exact=exact)


def _in_full(work: Work, found: Round, result: Document) -> Told:
    beside = or_problem(documents.find(work.session, found.id, "robustness"), "result.uncounted")
    return result_reading.of_result(
        found,
        parse_rules(found.rules),
        Result.parse(result.content.encode()),
        Robustness.parse(beside.content.encode()),
        tallying.kept_summary(work, found),
    )


def _for_the_public(work: Work, found: Round, result: Document, *, exact: bool) -> Told:
    if exact:
        return _in_full(work, found, result)
    figures = public_figures.kept(work, found)
    if figures is not None:
        return result_reading.of_public(found, figures)
    ballots = rounds.sized(work.session, found.key, work.now)
    return result_reading.topics_alone(
        found, ballots[1].ballots if ballots else 0, tallying.topics_of(work, found)
    )


def _page(work: Work, found: Round, result: Document, told: Told, *, exact: bool) -> ResultView:
    summary = tallying.kept_summary(work, found)
    if found.closed_at is None:
        raise Problem("result.unknown", key=found.key)
    rules = parse_rules(found.rules)
    earlier = _topics_before(work, found)
    topics = tuple(_topic(topic, told) for topic in told.topics)
    orders = _orders(told)
    plain = orders.get("unweighted")
    official = [theme.key for theme in told.themes]
    return copied(
        ResultView,
        told,
        found,
        card=public_rounds.card_of(work, found),
        rules=rules,
        topics=topics,
        firmness=_firmness(told, rules, orders),
        objectives=_objectives(told, earlier),
        rounds_before=len(earlier),
        categories=tuple(told.lines.items()),
        pairs=tuple(tuple(told.shares.get((x, y)) for y in official) for x in official),
        order_changed=None if plain is None else not plain.same,
        topics_changed=None if plain is None or plain.agrees is None else not plain.agrees,
        bundle_sha256=summary.bundle_sha256,
        seed=summary.seed,
        result_sha256=result.sha256 if exact else None,
        ending=ending_of(work, found),
        **_beside(told, rules, summary),
    )


def _topics_before(work: Work, found: Round) -> list[set[int]]:
    """Return the objectives of the topics of each round published and closed before this one."""
    earlier = tallying.of_published(work, example=found.example, until=found.closed_at)
    return [
        {number for topic in summary.topics for number in topic.focus}
        for round_id, summary in earlier
        if round_id != found.id
    ]


def _topic(topic: tuple[str, bool | None, tuple[int, ...]], told: Told) -> Topic:
    key, spread_met, focus = topic
    short = catalogue.objectives_by_number()
    theme = _by_key(told)[key]
    chosen = {other for other, *_ in told.topics}
    others = [each for each in told.themes if each.key != key]
    duels = [Duel(each, told.shares[key, each.key]) for each in others if (key, each.key) in told.shares]
    place = theme.place
    return Topic(
        key=key,
        title=theme.title,
        focus=tuple((n, short[n].short) for n in focus),
        spread_met=spread_met,
        theme=theme,
        passed_over=tuple(t for t in told.themes[: (place or 1) - 1] if t.key not in chosen),
        duels=tuple(sorted(duels, key=lambda duel: abs(duel.share - 1 / 2))),
        all_told=len(duels) == len(others),
        next=None if place is None else next((t for t in told.themes[place:] if t.key not in chosen), None),
    )


def _beside(told: Told, rules: Rules, summary: Summary) -> dict[str, Any]:
    """Return what the topic depends on, with the themes; none of it where figures are not told."""
    result = told.result
    if result is None:
        return {"depends": None, "alike": None, "several": None, "too_few": ()}
    by_key, topics, firm = _by_key(told), {key for key, *_ in told.topics}, result.firmness
    others = [(line.targets, line.topics) for line in firm.other_targets if line.targets != rules.balance]
    rule, alone = rules.topics_rule, firm.points_alone
    other = "order" if rule == "shared" else "shared"
    chosen_instead = getattr(result.topics_by, other)

    def changed(lines: Iterable[tuple[Any, Sequence[str]]]) -> Iterator[tuple[Any, tuple[ThemeResult, ...]]]:
        return ((what, _named(by_key, keys)) for what, keys in lines if set(keys) != topics)

    return {
        "depends": Depends(
            themes=tuple(
                (by_key[theme], then)
                for theme, then in changed((line.theme, line.topics) for line in firm.without_theme)
            ),
            themes_tried=len(firm.without_theme),
            targets=tuple(changed(others)),
            targets_tried=len(others),
            alone=_named(by_key, alone) if alone and set(alone) != topics else None,
            alone_tried=alone is not None and bool(rules.objective_share),
            ties=tuple(
                Tie(by_key[line.theme], line.objective, added, _named(by_key, line.topics))
                for added, lines in ((False, firm.without_tie), (True, firm.with_tie))
                for line in lines
            ),
        ),
        "alike": tuple((by_key[x], by_key[y], float(part)) for x, y, part in result.alike),
        "several": Several(
            rule=rule,
            heard=float(getattr(result.heard, rule)),
            other=_named(by_key, chosen_instead),
            other_heard=float(getattr(result.heard, other)),
            same=set(chosen_instead) == set(getattr(result.topics_by, rule)),
            by=_heard(summary),
        )
        if len(told.topics) > 1
        else None,
        "too_few": tuple(
            (dimension, tuple(name_of(dimension, key) for key in keys))
            for dimension, keys in result.support.too_few.items()
            if keys
        ),
    }


def _heard(summary: Summary) -> tuple[tuple[str, tuple[Heard, ...]], ...]:
    """Return who has one of the topics among its first three themes, by dimension, the largest part first."""
    lines: dict[str, list[Heard]] = {}
    for each in summary.heard or ():
        name = name_of(each.dimension, each.category)
        lines.setdefault(each.dimension, []).append(
            Heard(each.category, name, each.ballots, float(each.share))
        )
    return tuple(
        (dimension, tuple(sorted(lines[dimension], key=lambda line: (-line.share, line.key))))
        for dimension in dimensions.in_order(lines.keys())
    )


def _by_key(told: Told) -> Mapping[str, ThemeResult]:
    return {theme.key: theme for theme in told.themes}


def _objectives(told: Told, earlier: Sequence[set[int]]) -> tuple[ObjectiveLine, ...]:
    named = catalogue.objectives_by_number()
    here = {number for _key, _met, focus in told.topics for number in focus}
    touched = here.union(*earlier)
    lines = [
        ObjectiveLine(number, named[number].short, share, number in here, number in touched)
        for number, share in (told.objectives or [(number, None) for number in named])
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.share or 0), line.number)))


# -- how firm it is


def _orders(told: Told) -> dict[str, Order]:
    """Return every order that is told, with the topics by it where these are told too."""
    official = [theme.key for theme in told.themes]
    by_key, chosen = _by_key(told), {key for key, *_ in told.topics}
    found: dict[str, Order] = {}
    for name, keys in told.orders.items():
        topics = told.topics_by.get(name)
        found[name] = Order(
            name,
            _named(by_key, keys),
            None if topics is None else _named(by_key, topics),
            same=list(keys) == official,
            agrees=None if topics is None else set(topics) == chosen,
        )
    return found


def _named(by_key: Mapping[str, ThemeResult], keys: Iterable[str]) -> tuple[ThemeResult, ...]:
    return tuple(by_key[key] for key in keys)


def _firmness(told: Told, rules: Rules, orders: Mapping[str, Order]) -> Firmness:
    by_key = _by_key(told)
    others = tuple(orders[name] for name in METHODS if name in orders and name != rules.method)
    agree = [order.agrees for order in others]
    return copied(
        Firmness,
        told,
        verdict=level(
            told.percent,
            methods_agree=False if False in agree else None if None in agree or not agree else True,
            without_repetitions=told.without_repetitions,
        ),
        repeated=_repeated(told.result, by_key),
        methods=others,
        left_out=tuple(
            LeftOut(
                dimension,
                name_of(dimension, category),
                _named(by_key, instead),
            )
            for dimension, category, instead in told.left_out
        ),
        worst=_worst(told.result.firmness.margin if told.result else None, by_key),
        unweighted=orders.get("unweighted"),
        country_equal=orders.get("country_equal"),
        condorcet=by_key.get(told.condorcet or ""),
    )


def _repeated(result: Result | None, by_key: Mapping[str, ThemeResult]) -> Repeated | None:
    """Return what the repetitions gave; None if there were none or they are not told."""
    drawn = result.firmness.resampling if result else None
    if result is None or drawn is None:
        return None
    chosen = tuple((by_key[key], times) for key, times in drawn.topics)
    first = tuple((by_key[key], times) for key, times in result.firmness.could_be_first or ())
    return Repeated(drawn.made, chosen, first)


def _worst(margin: FiveFigures | None, by_key: Mapping[str, ThemeResult]) -> WorstCase | None:
    """Return how few ballots could have changed the topic; None if that is not worked out or not told."""
    if margin is None:
        return None
    choosable, support, enough = margin.choosable, margin.support, margin.enough
    by_rival = choosable is not None and choosable.ballots == enough
    return WorstCase(
        margin.at_least,
        enough,
        rival=by_key[choosable.rival] if choosable and by_rival else None,
        dimension=support.dimension if support and enough is not None and not by_rival else None,
    )
