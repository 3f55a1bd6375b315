"""Version 2 of the rules counted a second time, slowly, from the text of section 9.

What section 9 leaves as it is comes from `tests.core.naive`; nothing is shared with `consulta.core`.
"""

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction

from tests.core import naive
from tests.core.naive import base_of, category_of, text, voting_seats

DEFAULT_RULES = naive.DEFAULT_RULES | {"max_ballot": 30, "support_min": 3, "topics_rule": "shared"}


def count(bundle, resamples=1000):
    """The result of a bundle (both plain dicts)."""
    rules = DEFAULT_RULES | bundle["rules"]
    seed = naive.seed_of(bundle)
    keys = [theme["key"] for theme in bundle["themes"]]
    tie_order = naive.in_tie_order(keys, "theme", seed)
    micro = micro_weights(bundle, rules, bundle["ballots"])
    votes = weighted(bundle, rules, bundle["ballots"], micro)
    table = Table(bundle, rules, votes, tie_order)
    plain, level = table.unweighted(), table.country_equal()
    chosen = {"shared": shared(table), "order": [x for x, _ in table.topics()]}
    drawn = list(redrawn(bundle, rules, table, seed, micro, resamples))
    report = table.report()
    report["order"] |= {"unweighted": plain.order, "country_equal": level.order}
    for theme in report["themes"]:
        theme["places"] = places(drawn, theme["key"])
    report["topics"] = [
        {
            "key": x,
            "spread_met": table.has_spread(x),
            "focus": sorted(table.objectives[x], key=lambda o: (-table.shares[o], o)),
        }
        for x in chosen[rules["topics_rule"]]
    ]
    topic = naive.first_topic(table)
    firmness = {
        "margin": naive.robustness(table),
        "leave_one_out": leave_one_out(bundle, rules, tie_order),
        "without_theme": [
            {"theme": x, "topic": without(table, x)} for x in keys if x != topic and len(keys) > 2
        ],
        "other_targets": other_targets(bundle, rules, tie_order),
        "resampling_percent": resampling(drawn, topic),
        "unweighted": naive.first_topic(plain),
        "country_equal": naive.first_topic(level),
    }
    result = {
        "format": "consulta-result/2",
        "rules_version": 2,
        "seed": seed,
        "weights": weight_report(bundle, rules, micro, votes),
        "support": support_report(table),
        **report,
        "topics_by": chosen,
        "heard": {rule: text(heard(table, topics)) for rule, topics in chosen.items()},
        "alike": alike(table),
        "points_alone": points_alone(table),
        "firmness": firmness,
        "voices": naive.voices(bundle, rules, votes),
        "panel": None,
    }
    panel = rules.get("panel")
    if panel:
        topics = [topic["key"] for topic in result["topics"]]
        result["panel"] = naive.panel_report(bundle, panel, topics, votes, seed)
    return result


# --- 9.2 no ballot too heavy ----------------------------------------------------------------------


def cell_of(seat, dimensions):
    """The categories over the balanced dimensions, and the base."""
    return naive.cell_of(seat, dimensions), base_of(seat)


def seats_of(bundle, ballots):
    seats = naive.seats_by_name(bundle)
    return [seats[ballot["seat"]] for ballot in ballots]


def cap_of(rules, voters):
    """q, what N is, and how each base is bounded: (L, U) by base; with the word for it."""
    low, high = map(naive.exact, rules["weight_bounds"])
    n, everything = len(voters), sum(base_of(seat) for seat in voters)
    q = max(Fraction(rules["max_ballot"], 1000), Fraction(3, n))
    bases = {base_of(seat) for seat in voters}
    tops = {base: min(high, q * everything / base) for base in bases}
    if all(top == high for top in tops.values()):
        word = "idle"
    elif sum(base_of(seat) * tops[base_of(seat)] for seat in voters) < everything:
        word = "lifted"
    else:
        return "held", q, {base: (min(low, top), top) for base, top in tops.items()}
    return word, q, dict.fromkeys(bases, (low, high))


def exact_weights(bundle, rules, ballots, balance=None):
    """Cell -> weight, to some forty digits; None where targets leave nothing."""
    balance = rules["balance"] if balance is None else balance
    voters, dimensions = seats_of(bundle, ballots), sorted(balance)
    rest = {**bundle, "ballots": ballots}
    if not ballots or any(naive.no_share_left(rest, d, rule) for d, rule in balance.items()):
        return None
    cells = {}
    for seat in voters:
        cell = cell_of(seat, dimensions)
        cells[cell] = cells.get(cell, 0) + base_of(seat)
    _, _, bounds = cap_of(rules, voters)
    order = sorted(cells)
    total = sum(cells.values())
    for side in (0, 1):
        if sum(cells[cell] * bounds[cell[1]][side] for cell in order) == total:
            return {cell: bounds[cell[1]][side] for cell in order}
    with localcontext() as context:
        context.prec = 50
        targets = {d: naive.targets_of(rest, d, rule) for d, rule in balance.items()}
        weights = Calibration(
            dimensions,
            [cell for cell, _ in order],
            [cells[cell] for cell in order],
            targets,
            [bounds[base][0] for _, base in order],
            [bounds[base][1] for _, base in order],
        ).solve()
    return dict(zip(order, weights, strict=True))


def rounded(weight):
    """Half to even at fifteen decimals, then at six."""
    return max(1, round(round(Fraction(weight), 15) * 10**6))


def micro_weights(bundle, rules, ballots, balance=None):
    weights = exact_weights(bundle, rules, ballots, balance)
    return weights and {cell: rounded(weight) for cell, weight in weights.items()}


def weighted(bundle, rules, ballots, micro, balance=None):
    dimensions = sorted(rules["balance"] if balance is None else balance)
    return [
        (ballot, seat, base_of(seat) * micro[cell_of(seat, dimensions)])
        for ballot, seat in zip(ballots, seats_of(bundle, ballots), strict=True)
    ]


class Calibration(naive.Calibration):
    """The same springs, each cell between bounds of its own."""

    def __init__(self, dimensions, cells, bases, targets, lows, highs):
        super().__init__(dimensions, cells, bases, targets, None, None)
        self.lows = [Decimal(low.numerator) / low.denominator for low in lows]
        self.highs = [Decimal(high.numerator) / high.denominator for high in highs]
        self.bottoms, self.tops = [low.ln() for low in self.lows], [high.ln() for high in self.highs]

    def weights(self, forces):
        pulls = [sum((forces[g] for g in groups), Decimal(0)) for groups in self.members]
        return self.at(self.level(pulls), pulls)

    def at(self, level, pulls):
        found = []
        for pull, low, high, bottom, top in zip(
            pulls, self.lows, self.highs, self.bottoms, self.tops, strict=True
        ):
            there = level + pull
            found.append(low if there <= bottom else high if there >= top else there.exp())
        return found

    def level(self, pulls):
        kinks = {bottom - p for bottom, p in zip(self.bottoms, pulls, strict=True)}
        kinks |= {top - p for top, p in zip(self.tops, pulls, strict=True)}
        kinks = sorted(kinks)
        for left, right in itertools.pairwise(kinks):
            if naive.dot(self.shares, self.at(right, pulls)) < 1:
                continue
            middle = (left + right) / 2
            fixed = moving = Decimal(0)
            for c, (share, pull) in enumerate(zip(self.shares, pulls, strict=True)):
                if middle + pull <= self.bottoms[c]:
                    fixed += share * self.lows[c]
                elif middle + pull >= self.tops[c]:
                    fixed += share * self.highs[c]
                else:
                    moving += share * (middle + pull).exp()
            if moving == 0:
                return right
            return min(max(middle + ((1 - fixed) / moving).ln(), left), right)
        return kinks[-1]

    def stiffness(self, weights, kappa):
        size = len(self.groups)
        matrix = [[Decimal(0)] * size for _ in range(size)]
        row, free = [Decimal(0)] * size, Decimal(0)
        for c, (share, weight, groups) in enumerate(zip(self.shares, weights, self.members, strict=True)):
            if self.lows[c] < weight < self.highs[c]:
                free += share * weight
                for g in groups:
                    row[g] += share * weight
                    for h in groups:
                        matrix[g][h] += share * weight
        for g in range(size):
            for h in range(size):
                if free:
                    matrix[g][h] -= row[g] * row[h] / free
            matrix[g][g] += 1 / kappa
        return matrix


def weight_report(bundle, rules, micro, votes):
    values = [value for _, _, value in votes]
    word, q, _ = cap_of(rules, voting_seats(bundle))
    dimensions = sorted(rules["balance"])
    # Weights of one cell differ where a network is held to less: version 1 knows but one weight a cell.
    effect = Fraction(len(values) * sum(v * v for v in values), sum(values) ** 2)
    # Margins and misses are as in version 1: asked of it with the cells of this version.
    table = naive.weight_report(
        bundle,
        {**rules, "weight_bounds": [1, 1]},
        OfVotes(votes, dimensions),
    )
    cells = {}
    for seat in voting_seats(bundle):
        cells.setdefault(cell_of(seat, dimensions), []).append(base_of(seat))
    told = [
        {
            "categories": dict(cell[0]),
            "each": cell[1],
            "ballots": len(cells[cell]),
            "base": sum(cells[cell]),
            "micro": micro[cell],
            "at_bound": side(rules, word, q, voting_seats(bundle), cell[1], micro[cell]),
        }
        for cell in sorted(cells)
    ]
    return {
        "met": table["met"],
        "largest_miss": table["largest_miss"],
        "at_bounds": sum(cell["at_bound"] is not None for cell in told),
        "smallest": min(micro.values()),
        "largest": max(micro.values()),
        "cap": word,
        "ballot_limit": text(q) if word == "held" else None,
        "heaviest": {
            "share": text(Fraction(max(values), sum(values))),
            "times": text(Fraction(max(values), min(values))),
        },
        "cells": told,
        "margins": table["margins"],
        "design_effect": float(effect),
        "effective_ballots": float(len(values) / effect),
    }


class OfVotes(dict):
    """Cell of version 1 -> micro-weight: the mean of its ballots by base, so that sums are the same."""

    def __init__(self, votes, dimensions):
        sums = {}
        for _, seat, value in votes:
            cell = naive.cell_of(seat, dimensions)
            base, whole = sums.get(cell, (0, 0))
            sums[cell] = base + base_of(seat), whole + value
        super().__init__({cell: Fraction(whole, base) for cell, (base, whole) in sums.items()})


def side(rules, word, q, voters, base, micro):
    low, high = map(naive.exact, rules["weight_bounds"])
    everything = sum(map(base_of, voters))
    top = min(high, q * everything / base) if word == "held" else high
    if top < high and micro >= rounded(top):
        return "cap"
    if micro >= rounded(high):
        return "upper"
    return "lower" if micro <= rounded(min(low, top)) else None


# --- 9.3 support where there are enough ballots ---------------------------------------------------


class Table(naive.Table):
    """The figures of all themes; only categories with ballots enough are counted in support."""

    def ballots_in(self, dimension, category):
        return sum(category_of(seat, dimension) == category for _, seat, _ in self.votes)

    def heard(self, dimension):
        there = super().heard(dimension)
        return [g for g in there if self.ballots_in(dimension, g) >= self.rules["support_min"]]

    def with_values(self, votes):
        return Table(self.bundle, self.rules, votes, self.tie_order)

    def country_equal(self):
        rule = {"balance": {"country": "equal"}, "weight_bounds": naive.NO_BOUNDS}
        micro = naive.micro_weights(self.bundle, rule)
        return self.with_values(naive.weighted_votes(self.bundle, micro))


def support_report(table):
    dimensions = sorted(table.rules["spread"])
    return {
        "required": {d: table.required(d) for d in dimensions},
        "too_few": {
            d: [
                g
                for g in sorted({category_of(seat, d) for _, seat, _ in table.votes})
                if table.ballots_in(d, g) < table.rules["support_min"]
            ]
            for d in dimensions
        },
    }


# --- 9.4 several topics ---------------------------------------------------------------------------


def in_first_three(ballot, x):
    return any(x in tier for tier in naive.tiers_of(ballot)[:3])


def shared(table):
    chosen = [naive.first_topic(table)]
    while len(chosen) < table.rules["topics"]:
        votes = [
            (ballot, seat, Fraction(value) / (1 + sum(in_first_three(ballot, x) for x in chosen)))
            for ballot, seat, value in table.votes
        ]
        step = table.with_values(votes)
        order = runoff_among(step, chosen) if table.rules["method"] == "runoff" else step.order
        left = [x for x in order if x not in chosen]
        able = [x for x in left if step.has_spread(x)]
        best = max(map(step.smallest_ratio, left)) if not able else None
        chosen.append(able[0] if able else next(x for x in left if step.smallest_ratio(x) == best))
    return chosen


def runoff_among(table, passed_over):
    """An instant run-off that knows nothing of some themes."""
    left, gone = [x for x in table.themes if x not in passed_over], []
    while left:
        held = dict.fromkeys(left, Fraction(0))
        for ballot, _, value in table.votes:
            for tier in naive.tiers_of(ballot):
                there = [x for x in tier if x in left]
                if there:
                    for x in there:
                        held[x] += Fraction(value) / len(there)
                    break
        least = min(held.values())
        gone.append(max((x for x in left if held[x] == least), key=table.tie))
        left.remove(gone[-1])
    return gone[::-1]


def heard(table, topics):
    there = sum(value for ballot, _, value in table.votes if any(in_first_three(ballot, x) for x in topics))
    return Fraction(there, sum(value for _, _, value in table.votes))


# --- 9.5 robustness -------------------------------------------------------------------------------


def without(table, theme):
    """The topic when a theme is taken off every ballot."""
    bundle = {**table.bundle, "themes": [t for t in table.bundle["themes"] if t["key"] != theme]}
    votes = [
        ({**ballot, "ranking": [[x for x in tier if x != theme] for tier in ballot["ranking"]]}, seat, value)
        for ballot, seat, value in table.votes
    ]
    return naive.first_topic(Table(bundle, table.rules, votes, table.tie_order))


def topic_of(bundle, rules, tie_order, ballots, balance=None):
    """The topic of some of the ballots, with weights of their own."""
    micro = micro_weights(bundle, rules, ballots, balance)
    if micro is None:
        return None
    votes = weighted(bundle, rules, ballots, micro, balance)
    return naive.first_topic(Table({**bundle, "ballots": ballots}, rules, votes, tie_order))


def leave_one_out(bundle, rules, tie_order):
    seats = naive.seats_by_name(bundle)
    return [
        {
            "dimension": d,
            "category": g,
            "topic": topic_of(
                bundle,
                rules,
                tie_order,
                [b for b in bundle["ballots"] if category_of(seats[b["seat"]], d) != g],
            ),
        }
        for d in ("country", "sector", "subregion")
        for g in naive.categories_with(voting_seats(bundle), d)
    ]


def other_targets(bundle, rules, tie_order):
    dimensions = sorted(rules["balance"])
    if not 1 <= len(dimensions) <= 4:
        return []
    found = []
    for words in itertools.product(["equal", "roll", "sqrt"], repeat=len(dimensions)):
        targets = dict(zip(dimensions, words, strict=True))
        topic = topic_of(bundle, rules, tie_order, bundle["ballots"], targets)
        found.append({"targets": targets, "topic": topic})
    return found


def points_alone(table):
    if table.rules["method"] != "points" or not any(ballot["objectives"] for ballot, _, _ in table.votes):
        return None
    rules = {**table.rules, "objective_share": 0}
    return naive.first_topic(Table(table.bundle, rules, table.votes, table.tie_order))


def alike(table):
    found = []
    for x, y in itertools.combinations(table.themes, 2):
        either = near = 0
        for ballot, _, value in table.votes:
            tiers = naive.tiers_of(ballot)
            at = {key: number for number, tier in enumerate(tiers) for key in tier}
            either += value if x in at or y in at else 0
            near += value if x in at and y in at and abs(at[x] - at[y]) <= 1 else 0
        if either and 1000 * near > 500 * either:
            found.append([x, y, text(Fraction(near, either))])
    return found


def redrawn(bundle, rules, table, seed, micro, resamples):
    """The tables of so many draws: a cell gives as many ballots of its base as it has, so weights stay."""
    dimensions, spread = sorted(rules["balance"]), sorted(rules["spread"])
    cells = {}
    for ballot, seat in zip(bundle["ballots"], voting_seats(bundle), strict=True):
        cells.setdefault(cell_of(seat, dimensions), []).append((ballot, seat))

    def rank(drawable):
        ballot, seat = drawable
        return (
            [naive.place_of(ballot, x) if naive.names(ballot, x) else naive.UNRANKED for x in table.themes],
            sum(2 ** (o - 1) for o in ballot["objectives"]),
            base_of(seat),
            [category_of(seat, d) for d in spread],
        )

    urn = [sorted(cells[cell], key=rank) for cell in sorted(cells)]
    for replicate in range(resamples):
        yield table.with_values(
            [
                (ballot, seat, base_of(seat) * micro[cell_of(seat, dimensions)])
                for ballot, seat in naive.draw(urn, f"{seed}|resample|{replicate}")
            ]
        )


def resampling(drawn, topic):
    if not drawn:
        return None
    return round(Fraction(100 * sum(naive.first_topic(each) == topic for each in drawn), len(drawn)))


def places(drawn, theme):
    if not drawn:
        return None
    found = sorted(each.order.index(theme) + 1 for each in drawn)
    return [found[-(-part * len(drawn) // 100) - 1] for part in (5, 95)]
