"""The count as the result tells it: themes, categories, weights."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction

from consulta.data.verify.program.bundle import OBJECTIVES, UNRANKED
from consulta.data.verify.program.tally import Count, Worth, tie_places
from consulta.data.verify.program.values import ALWAYS_THERE, others, same
from consulta.data.verify.program.weights import PRECISION, Balance, rounded_fraction


def fraction(value):
    return f"{value.numerator}/{value.denominator}"


def with_percent(name, value):
    return {name: fraction(value), name + "_percent": float(round(100 * value, 2))}


def six(value):
    return float(round(Fraction(value), 6))


def check_count(box):
    """Everything of the result but how firm it is and the panel."""
    a_round, result = box.round, box.json("result.json")
    ties = tie_places(a_round)
    ballots, numbers = a_round.ballots, a_round.ballots.numbers
    worth = Worth(ballots, box.balance.values(box.micro, numbers))
    box.worth, box.ties = worth, ties
    box.count = count = Count(a_round, ties, worth)
    plain = Count(a_round, ties, Worth(ballots, {kind: ballots.kinds[kind][1] for kind in numbers}))
    box.plain = plain
    level = Balance(a_round, {"country": "equal"}, (Decimal(0), None))
    by_country = level.micro(numbers)
    box.level = Count(a_round, ties, Worth(ballots, level.values(by_country, numbers)))
    orders = {method: count.order(method) for method in ("points", "schulze", "runoff")}
    box.order = orders[a_round.rules["method"]]
    box.topics, supported, have = count.topics(box.order)
    more = topics_part(box)
    pairs = count.pairs()
    keys = a_round.keys

    def named(themes):
        return [keys[x] for x in themes]

    winner = [x for x in count.themes if all(pairs[x][y] > pairs[y][x] for y in count.themes if y != x)]
    expected = {
        "format": "consulta-result/2",
        "bundle_sha256": box.files.digest("bundle.json"),
        "seed": a_round.seed,
        **more,
        "weights": weights_report(box, worth),
        "themes": [theme_report(box, x, plain, supported[x], have[x]) for x in count.themes],
        "pairs": pairs,
        "order": {
            **{method: named(order) for method, order in orders.items()},
            "unweighted": named(plain.order()),
            "country_equal": named(box.level.order()),
        },
        "condorcet_winner": keys[winner[0]] if winner else None,
        "topics": [
            {
                "key": keys[x],
                "spread_met": have[x],
                "focus": sorted(a_round.objectives[x], key=lambda n: (-count.marks[n - 1], n)),
            }
            for x in box.topics
        ],
        "objectives": [
            {"number": n, **with_percent("share", count.objective(n))} for n in range(1, OBJECTIVES + 1)
        ],
        "voices": voices(a_round, worth, count),
        "runoff": [
            {
                "totals": [
                    {"key": keys[x], **with_percent("share", part / count.value)}
                    for x, part in totals.items()
                ],
                **with_percent("exhausted", Fraction(exhausted, count.value)),
                "out": keys[out],
            }
            for totals, exhausted, out in count.runoff()
        ],
    }
    given = {name: value for name, value in result.items() if name not in ("firmness", "panel")}
    # Where a theme stood in the replicates is held against them with the rest of how firm it is.
    given["themes"] = [
        {name: value for name, value in theme.items() if name != "places"} for theme in given["themes"]
    ]
    same(expected, given, "result.json")
    return "topic", {"key": ", ".join(named(box.topics))}


def topics_part(box):
    """Support and topics (section 9), by the rule for several topics."""
    count, a_round, keys = box.count, box.round, box.round.keys
    _, required = count.spread()
    chosen = {"shared": count.shared_topics(), "order": count.topics(box.order)[0]}
    box.topics = chosen[a_round.rules["topics_rule"]]
    too_few = {
        dimension: sorted(a_round.ballots.categories(dimension) - {*count.counted[dimension]})
        for dimension in required
    }
    alone = None
    if a_round.rules["method"] == "points" and count.named:
        points = Count(a_round, box.ties, box.worth)
        points.share = 0
        alone = keys[points.topics()[0][0]]
    heard = {}
    for rule, topics in chosen.items():
        heard.update(with_percent(rule, count.heard(topics)))
    return {
        "rules_version": 2,
        "support": {"required": required, "too_few": too_few},
        "topics_by": {rule: [keys[x] for x in topics] for rule, topics in chosen.items()},
        "heard": heard,
        "alike": alike(count, keys),
        "points_alone": alone,
    }


def alike(count, keys):
    """9.5: the pairs that most of those who name one of them hold together."""
    found = []
    for x in count.themes:
        for y in count.themes[x + 1 :]:
            either = near = 0
            for tiers, value in count.tiers():
                one, other = tiers[x], tiers[y]
                if one != UNRANKED or other != UNRANKED:
                    either += value
                    near += value if abs(one - other) <= 1 else 0
            if 2 * near > either:
                found.append([keys[x], keys[y], fraction(Fraction(near, either))])
    return found


def theme_report(box, x, plain, supported, has_spread):
    count, a_round = box.count, box.round
    places, rankings = Counter(), a_round.ballots.rankings
    for ranking, times in a_round.ballots.times.items():
        places[rankings.tiers[ranking * rankings.size + x]] += times
    del places[UNRANKED]
    mentions = sum(places.values())
    mean = Fraction(sum(tier * times for tier, times in places.items()), mentions) if mentions else None
    return {
        "key": a_round.keys[x],
        **with_percent("points", count.points(x)),
        **with_percent("relevance", count.relevance(x)),
        **with_percent("score", count.score(x)),
        "place": box.order.index(x) + 1,
        "first": places[1],
        "mentions": mentions,
        "mean_place": fraction(mean) if mentions else None,
        **with_percent("unweighted", plain.score(x)),
        "supported": supported,
        "spread_met": has_spread,
    }


def by_category(a_round, worth, dimension):
    """category -> (seats, ballots, value) of one dimension, over the categories of the roll."""
    found = {}
    for kind, number in a_round.seats.numbers.items():
        held = a_round.seats.kinds[kind][0]
        if dimension in held:
            line = found.setdefault(held[dimension], [0, 0, 0])
            line[0] += number
            line[1] += worth.numbers.get(kind, 0)
            line[2] += worth.numbers.get(kind, 0) * worth.values.get(kind, 0)
    return {name: found[name] for name in sorted(found)}


def added_dimensions(a_round):
    """The dimensions of seats that are not always there; of a round of before there were any, none."""
    return others(name for held, _ in a_round.seats.kinds for name in held)


def voices(a_round, worth, count):
    known = {name for held, _ in a_round.seats.kinds for name in held} & set(ALWAYS_THERE)
    return voices_in(a_round, worth, count, known | {*a_round.rules["balance"], *a_round.rules["spread"]})


def voices_in(a_round, worth, count, known):
    return [
        {
            "dimension": dimension,
            "category": category,
            "seats": seats,
            "ballots": ballots,
            **with_percent("share", Fraction(ballots, len(worth))),
            **with_percent("weighted", Fraction(value, count.value)),
        }
        for dimension in sorted(known)
        for category, (seats, ballots, value) in by_category(a_round, worth, dimension).items()
    ]


def weights_report(box, worth):
    """2.4, all of it exact in the micro-weights."""
    a_round, balance = box.round, box.balance
    total = worth.total()
    with localcontext(PRECISION):
        aims = balance.targets(sorted(box.micro))
    margins, misses = [], []
    for dimension in balance.dimensions:
        for category, (seats, ballots, value) in by_category(a_round, worth, dimension).items():
            aim = Fraction(aims[dimension][category])
            misses.append(abs(Fraction(value, total) - aim))
            margins.append(
                {
                    "dimension": dimension,
                    "category": category,
                    "seats": seats,
                    "ballots": ballots,
                    **with_percent("turnout", Fraction(ballots, seats)),
                    **with_percent("share", Fraction(ballots, len(worth))),
                    **with_percent("weighted", Fraction(value, total)),
                    "target": six(aim),
                    "miss": six(misses[-1]),
                    "silent": ballots == 0,
                }
            )
    bases = balance.bases(a_round.ballots.numbers)
    cells, more = capped_cells(box, worth, bases)
    squares = sum(worth.values[kind] ** 2 * number for kind, number in worth.numbers.items())
    effect = Fraction(len(worth) * squares, total**2)
    largest = max(misses, default=Fraction(0))
    return {
        "met": largest <= Fraction(1, 10**4),
        "largest_miss": six(largest),
        "at_bounds": sum(cell["at_bound"] is not None for cell in cells),
        "smallest": min(box.micro.values()),
        "largest": max(box.micro.values()),
        **more,
        "cells": cells,
        "margins": margins,
        "design_effect": six(effect),
        "effective_ballots": six(len(worth) / effect),
    }


def capped_cells(box, worth, bases):
    """9.2: the cells by base, and how heavy a ballot may be and is."""
    balance = box.balance
    word, part, upper = balance.cap(bases)
    low, high = (Fraction(bound) for bound in balance.bounds)

    def rests_on(each, micro):
        if upper[each] < high and micro >= rounded_fraction(upper[each]):
            return "cap"
        if micro >= rounded_fraction(high):
            return "upper"
        return "lower" if micro <= rounded_fraction(low) else None

    cells = [
        {
            "categories": dict(zip(balance.dimensions, cell)),
            "each": cell[-1],
            "ballots": bases[cell] // cell[-1],
            "base": bases[cell],
            "micro": micro,
            "at_bound": rests_on(cell[-1], micro),
        }
        for cell, micro in sorted(box.micro.items())
    ]
    values = [worth.values[kind] for kind in worth.numbers]
    return cells, {
        "cap": word,
        "ballot_limit": fraction(part) if word == "held" else None,
        "heaviest": {
            **with_percent("share", Fraction(max(values), worth.total())),
            "times": fraction(Fraction(max(values), min(values))),
        },
    }
