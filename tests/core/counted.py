"""A count written a second time, slowly: loops, exact fractions, 50-digit decimals, every panel tried.

It follows the text of the counting rules section by section and shares nothing with `consulta.core`, so that
agreement between the two says something. It trusts its input: refusals are the core's business alone.
"""

import hashlib
import itertools
import json
import math
from decimal import Decimal, localcontext
from fractions import Fraction

METHODS = ("points", "schulze", "runoff")
DEFAULT_RULES = {
    "balance": {"subregion": "equal", "sector": "sqrt"},
    "weight_bounds": [0.2, 5.0],
    "max_ballot": 50,
    "method": "points",
    "objective_share": 250,
    "spread": {"subregion": 500, "sector": 500},
    "support_min": 3,
    "topics": 1,
    "topics_rule": "shared",
}


def count(bundle, resamples=1000):
    """The result of a bundle (both plain dicts)."""
    rules = DEFAULT_RULES | bundle["rules"]
    seed = seed_of(bundle)
    keys = [theme["key"] for theme in bundle["themes"]]
    tie_order = in_tie_order(keys, "theme", seed)
    micro = micro_weights(bundle, rules, bundle["ballots"])
    votes = weighted(bundle, rules, bundle["ballots"], micro)
    table = Table(bundle, rules, votes, tie_order)
    plain, level = table.unweighted(), table.country_equal()
    chosen = {rule: topics_of(table, rule) for rule in ("shared", "order")}
    topics = chosen[rules["topics_rule"]]
    drawn = list(repeated(table, seed, resamples))
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
        for x in topics
    ]
    firmness = {
        "margin": margin(table),
        "methods": {method: topics_of(table.asked(method=method)) for method in METHODS},
        "unweighted": topics_of(plain),
        "country_equal": topics_of(level),
        "points_alone": topics_of(table.asked(objective_share=0)) if table.reads_objectives() else None,
        "other_targets": other_targets(bundle, rules, tie_order),
        "leave_one_out": leave_one_out(bundle, rules, tie_order),
        "without_theme": [
            {"theme": x, "topics": topics_of(without(table, x))}
            for x in keys
            if x not in topics and len(keys) > 2
        ],
        "without_tie": other_ties(table, topics, fewer(table)),
        "with_tie": other_ties(table, topics, more(table)),
        **resampling(table, drawn, topics),
    }
    result = {
        "format": "consulta-result/3",
        "rules_version": 3,
        "ballots_root": ballots_root(bundle).hex(),
        "seed": seed,
        "weights": weight_report(bundle, rules, micro, votes),
        "support": support_report(table),
        **report,
        "topics_by": chosen,
        "heard": {rule: text(heard(table, found)) for rule, found in chosen.items()},
        "alike": alike(table),
        "firmness": firmness,
        "voices": voices(bundle, rules, votes),
        "panel": None,
    }
    panel = rules.get("panel")
    if panel:
        result["panel"] = panel_report(bundle, panel, topics, votes, seed)
    return result


def table_of(bundle):
    """The table of a bundle, with weights of its own."""
    rules = DEFAULT_RULES | bundle["rules"]
    votes = weighted(bundle, rules, bundle["ballots"], micro_weights(bundle, rules, bundle["ballots"]))
    return Table(bundle, rules, votes, tie_order_of(bundle))


def tie_order_of(bundle):
    return in_tie_order([theme["key"] for theme in bundle["themes"]], "theme", seed_of(bundle))


# --- 1. what a bundle says -------------------------------------------------------------------------


def category_of(seat, dimension):
    """The seat's category, or None where it has none; only what no rule names may be missing."""
    return seat["country"] if dimension == "country" else seat["categories"].get(dimension)


def seats_by_name(bundle):
    return {seat["seat"]: seat for seat in bundle["seats"]}


def seats_of(bundle, ballots):
    seats = seats_by_name(bundle)
    return [seats[ballot["seat"]] for ballot in ballots]


def voting_seats(bundle):
    """The seat of each ballot, in the order of the ballots."""
    seats = seats_by_name(bundle)
    return [seats[ballot["seat"]] for ballot in bundle["ballots"]]


def base_of(seat):
    return seat.get("base", 1)


def exact(number):
    """A number of the file as it is written there, not as a machine rounds it."""
    return Fraction(str(number))


def text(fraction):
    return f"{fraction.numerator}/{fraction.denominator}"


# --- 2. weights ------------------------------------------------------------------------------------


def cell_of(seat, dimensions):
    """The categories over the balanced dimensions, and the base."""
    return tuple((d, category_of(seat, d)) for d in dimensions), base_of(seat)


def cap_of(rules, voters):
    """q, what N is, and how each base is bounded: (L, U) by base; with the word for it."""
    low, high = map(exact, rules["weight_bounds"])
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
    rest = {**bundle, "ballots": ballots}
    if not ballots or any(no_share_left(rest, d, rule) for d, rule in balance.items()):
        return None
    _, _, bounds = cap_of(rules, seats_of(bundle, ballots))
    return calibrated(rest, balance, bounds)


def calibrated(bundle, balance, bounds):
    """Cell -> weight under these targets; `bounds` are those of each base."""
    dimensions = sorted(balance)
    cells = {}
    for seat in voting_seats(bundle):
        cell = cell_of(seat, dimensions)
        cells[cell] = cells.get(cell, 0) + base_of(seat)
    order = sorted(cells)
    total = sum(cells.values())
    for side in (0, 1):
        if sum(cells[cell] * bounds[cell[1]][side] for cell in order) == total:
            return {cell: bounds[cell[1]][side] for cell in order}
    with localcontext() as context:
        context.prec = 50
        weights = Calibration(
            dimensions,
            [cell for cell, _ in order],
            [cells[cell] for cell in order],
            {d: targets_of(bundle, d, rule) for d, rule in balance.items()},
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


def targets_of(bundle, dimension, rule):
    """Category -> share, over the categories with seats; silent ones at 0 and the others scaled up."""
    sums = {}
    for seat in bundle["seats"]:
        category = category_of(seat, dimension)
        sums[category] = sums.get(category, 0) + base_of(seat)
    with localcontext() as context:
        context.prec = 50
        if rule == "equal":
            raw = dict.fromkeys(sums, Decimal(1))
        elif rule == "roll":
            raw = {g: Decimal(total) for g, total in sums.items()}
        elif rule == "sqrt":
            raw = {g: Decimal(total).sqrt() for g, total in sums.items()}
        else:
            raw = {g: Decimal(str(rule[g])) for g in sums}
        heard = {category_of(seat, dimension) for seat in voting_seats(bundle)}
        total = sum(raw[g] for g in heard)
        return {g: raw[g] / total if g in heard else Decimal(0) for g in sorted(sums)}


def no_share_left(bundle, dimension, rule):
    """Whether those who voted were all given nothing: then nothing can be scaled up."""
    if isinstance(rule, str):
        return False
    return not any(rule[g] for g in categories_with(voting_seats(bundle), dimension))


class Calibration:
    """The weights of 2.3 by springs: forces found by Newton, the springs stiffened step by step.

    A force f_g pulls category g. Given forces, w_c = clip(exp(level + sum of forces), L_c, U_c); the level
    follows from the sum of weights alone. The forces are right when f_g = -kappa * (m_g - T_g).
    """

    def __init__(self, dimensions, cells, bases, targets, lows, highs):
        self.lows = [Decimal(low.numerator) / low.denominator for low in lows]
        self.highs = [Decimal(high.numerator) / high.denominator for high in highs]
        self.bottoms, self.tops = [low.ln() for low in self.lows], [high.ln() for high in self.highs]
        total = sum(bases)
        self.shares = [Decimal(base) / total for base in bases]
        self.groups = [(d, g) for d in dimensions for g in sorted({dict(cell)[d] for cell in cells})]
        self.targets = [targets[d][g] for d, g in self.groups]
        self.members = [[self.groups.index(label) for label in cell] for cell in cells]

    def solve(self):
        forces = [Decimal(0)] * len(self.groups)
        for power in range(7):
            forces = self.settle(forces, Decimal(10) ** power)
        return self.weights(forces)

    def settle(self, forces, kappa):
        for _ in range(500):
            weights = self.weights(forces)
            gap = self.gap(forces, weights, kappa)
            if max(map(abs, gap), default=0) < Decimal("1e-32"):
                return forces
            step = solve_linear(self.stiffness(weights, kappa), [-x for x in gap])
            forces = self.along(forces, step, gap, kappa)
        raise AssertionError("calibration does not settle")

    def along(self, forces, step, gap, kappa):
        """The point along the step where the slope has nearly gone: bisection, for the function is convex."""
        slope = dot(gap, step)
        low, high = Decimal(0), None
        size = Decimal(1)
        for _ in range(200):
            there = [f + size * s for f, s in zip(forces, step, strict=True)]
            now = dot(self.gap(there, self.weights(there), kappa), step)
            if abs(now) <= abs(slope) / 10:
                break
            low, high = (size, high) if now < 0 else (low, size)
            size = (low + high) / 2 if high is not None else size * 2
        return there

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
        """The level at which shares times weights sum to 1, found between two neighbouring kinks."""
        kinks = {bottom - p for bottom, p in zip(self.bottoms, pulls, strict=True)}
        kinks |= {top - p for top, p in zip(self.tops, pulls, strict=True)}
        kinks = sorted(kinks)
        for left, right in itertools.pairwise(kinks):
            if dot(self.shares, self.at(right, pulls)) < 1:
                continue
            middle = (left + right) / 2  # here a cell is at the bottom, at the top, or moves with the level
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

    def gap(self, forces, weights, kappa):
        met = [Decimal(0)] * len(self.groups)
        for share, weight, groups in zip(self.shares, weights, self.members, strict=True):
            for g in groups:
                met[g] += share * weight
        return [m - t + f / kappa for m, t, f in zip(met, self.targets, forces, strict=True)]

    def stiffness(self, weights, kappa):
        """How the gap answers to the forces, the level following them."""
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


def dot(xs, ys):
    return sum((x * y for x, y in zip(xs, ys, strict=True)), Decimal(0))


def solve_linear(matrix, right):
    """Gauss's elimination with the largest pivot first."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        best = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for r in range(i + 1, size):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i], strict=True)]
    solution = [Decimal(0)] * size
    for i in reversed(range(size)):
        known = dot(rows[i][i + 1 : size], solution[i + 1 :])
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution


def weight_report(bundle, rules, micro, votes):
    voters, values = voting_seats(bundle), [value for _, _, value in votes]
    word, q, _ = cap_of(rules, voters)
    margins = margins_of(bundle, rules, votes)
    largest = max((row["miss"] for row in margins), default=0.0)
    effect = Fraction(len(values) * sum(v * v for v in values), sum(values) ** 2)
    cells = {}
    for seat in voters:
        cells.setdefault(cell_of(seat, sorted(rules["balance"])), []).append(base_of(seat))
    told = [
        {
            "categories": dict(cell[0]),
            "each": cell[1],
            "ballots": len(cells[cell]),
            "base": sum(cells[cell]),
            "micro": micro[cell],
            "at_bound": side(rules, word, q, voters, cell[1], micro[cell]),
        }
        for cell in sorted(cells)
    ]
    return {
        "met": largest <= 1e-4,
        "largest_miss": largest,
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
        "margins": margins,
        "reach": reach(bundle, rules, word, q),
        "design_effect": float(effect),
        "effective_ballots": float(len(values) / effect),
    }


def reach(bundle, rules, word, q):
    """How many ballots of base 1 each category needs."""
    everyone = {**bundle, "ballots": [{"seat": seat["seat"]} for seat in bundle["seats"]]}
    voters = voting_seats(bundle)
    upper = exact(rules["weight_bounds"][1]) / sum(map(base_of, voters))
    u = upper if word == "lifted" else min(q, upper)
    return [
        {
            "dimension": d,
            "category": g,
            "seats": sum(category_of(seat, d) == g for seat in bundle["seats"]),
            "ballots": sum(category_of(seat, d) == g for seat in voters),
            "target": float(round(Fraction(target), 6)),
            "needed": math.ceil(round(Fraction(target) / u, 12)),
        }
        for d in sorted(rules["balance"])
        for g, target in targets_of(everyone, d, rules["balance"][d]).items()
    ]


def margins_of(bundle, rules, votes):
    everything = sum(value for _, _, value in votes)
    margins = []
    for d in sorted(rules["balance"]):
        targets = targets_of(bundle, d, rules["balance"][d])
        for g in sorted(targets):
            here = [value for _, seat, value in votes if category_of(seat, d) == g]
            seats = sum(category_of(seat, d) == g for seat in bundle["seats"])
            weighted = Fraction(sum(here), everything)
            margins.append(
                {
                    "dimension": d,
                    "category": g,
                    "seats": seats,
                    "ballots": len(here),
                    "turnout": text(Fraction(len(here), seats)),
                    "share": text(Fraction(len(here), len(votes))),
                    "weighted": text(weighted),
                    "target": float(targets[g]),
                    "miss": abs(float(weighted - Fraction(targets[g]))),
                    "silent": not here,
                }
            )
    return margins


def side(rules, word, q, voters, base, micro):
    low, high = map(exact, rules["weight_bounds"])
    everything = sum(map(base_of, voters))
    top = min(high, q * everything / base) if word == "held" else high
    if top < high and micro >= rounded(top):
        return "cap"
    if micro >= rounded(high):
        return "upper"
    return "lower" if micro <= rounded(min(low, top)) else None


# --- 3. the topics ---------------------------------------------------------------------------------


def place_of(ballot, theme):
    """The number of the tier that holds the theme, from 1; those not named share one last tier."""
    for place, tier in enumerate(tiers_of(ballot), 1):
        if theme in tier:
            return place
    return len(ballot["ranking"]) + 1


def tiers_of(ballot):
    """The tiers that hold a theme."""
    return [tier for tier in ballot["ranking"] if tier]


def names(ballot, theme):
    return any(theme in tier for tier in ballot["ranking"])


def pair_points(votes, x, y):
    """P[x][y]."""
    total = 0
    for ballot, _, value in votes:
        here, there = place_of(ballot, x), place_of(ballot, y)
        total += value * (2 if here < there else 1 if here == there else 0)
    return total


def points_of(votes, themes, x):
    everything = sum(value for _, _, value in votes)
    won = sum(pair_points(votes, x, y) for y in themes if y != x)
    return Fraction(won, 2 * (len(themes) - 1) * everything)


class Table:
    """All figures of all themes, and the orders that follow."""

    def __init__(self, bundle, rules, votes, tie_order):
        self.bundle, self.rules, self.votes, self.tie_order = bundle, rules, votes, tie_order
        self.themes = [theme["key"] for theme in bundle["themes"]]
        self.objectives = {theme["key"]: theme["objectives"] for theme in bundle["themes"]}
        self.shares = self.objective_shares()
        self.pairs = {(x, y): pair_points(votes, x, y) for x in self.themes for y in self.themes if x != y}
        self.points = {x: points_of(votes, self.themes, x) for x in self.themes}
        self.relevance = {x: sum(self.shares[o] for o in os) / len(os) for x, os in self.objectives.items()}
        self.score = {x: self.score_of(x) for x in self.themes}
        self.supported = {x: {d: self.supporting(x, d) for d in rules["spread"]} for x in self.themes}
        self.order = self.order_by(rules["method"])

    def order_by(self, method):
        return {"points": self.by_points, "schulze": self.by_schulze, "runoff": self.by_runoff}[method]()

    def objective_shares(self):
        naming = [(ballot, value) for ballot, _, value in self.votes if ballot["objectives"]]
        total = sum(value for _, value in naming)
        if total == 0:
            return {o: Fraction(0) for o in range(1, 24)}
        return {
            o: Fraction(sum(value for ballot, value in naming if o in ballot["objectives"]), total)
            for o in range(1, 24)
        }

    def objective_share(self):
        nobody = not any(ballot["objectives"] for ballot, _, _ in self.votes)
        return 0 if nobody else self.rules["objective_share"]

    def score_of(self, x):
        a = self.objective_share()
        return ((1000 - a) * self.points[x] + a * self.relevance[x]) / 1000

    def tie(self, x):
        return self.tie_order.index(x)

    def supporting(self, x, dimension):
        """The categories whose own ballots give the theme at least half of the points."""
        found = []
        for g in self.heard(dimension):
            inside = [vote for vote in self.votes if category_of(vote[1], dimension) == g]
            if points_of(inside, self.themes, x) >= Fraction(1, 2):
                found.append(g)
        return found

    def heard(self, dimension):
        """The categories that are counted in support: those with ballots enough."""
        return [g for g in self.voting(dimension) if g not in self.too_few(dimension)]

    def too_few(self, dimension):
        least = self.rules["support_min"]
        return [g for g in self.voting(dimension) if len(ballots_in(self, dimension, g)) < least]

    def voting(self, dimension):
        return sorted({category_of(seat, dimension) for _, seat, _ in self.votes})

    def required(self, dimension):
        return -(-self.rules["spread"][dimension] * len(self.heard(dimension)) // 1000)

    def has_spread(self, x):
        return all(len(self.supported[x][d]) >= self.required(d) for d in self.rules["spread"])

    def smallest_ratio(self, x):
        return min(
            Fraction(len(self.supported[x][d]), self.required(d))
            for d in self.rules["spread"]
            if self.required(d) > 0
        )

    def by_points(self):
        return sorted(
            self.themes, key=lambda x: (-self.score[x], -self.points[x], -self.relevance[x], self.tie(x))
        )

    def by_schulze(self):
        """Widest paths by trying to lengthen them until nothing grows."""
        width = {(x, y): max(0, self.pairs[x, y] - self.pairs[y, x]) for x, y in self.pairs}
        grown = True
        while grown:
            grown = False
            for x, y, z in itertools.permutations(self.themes, 3):
                through = min(width[x, y], width[y, z])
                if through > width[x, z]:
                    width[x, z] = through
                    grown = True
        beaten = {x: sum(width[x, y] > width[y, x] for y in self.themes if y != x) for x in self.themes}
        return sorted(self.themes, key=lambda x: (-beaten[x], -self.points[x], self.tie(x)))

    def by_runoff(self):
        return [step["out"] for step in self.runoff_steps()][::-1]

    def runoff_steps(self):
        """What each theme holds, as a share of all, before the one with least goes, until nobody is left."""
        everything = sum(value for _, _, value in self.votes)
        continuing, steps = list(self.themes), []
        while continuing:
            held = {x: Fraction(0) for x in continuing}
            for ballot, _, value in self.votes:
                tiers = [[x for x in tier if x in continuing] for tier in ballot["ranking"]]
                best = next((tier for tier in tiers if tier), [])
                for x in best:
                    held[x] += Fraction(value, len(best)) / everything
            least = min(held.values())
            last = max((x for x in continuing if held[x] == least), key=self.tie)
            steps.append(
                {
                    "totals": [{"key": x, "share": text(held[x])} for x in continuing],
                    "exhausted": text(1 - sum(held.values())),
                    "out": last,
                }
            )
            continuing.remove(last)
        return steps

    def topics(self):
        wanted = self.rules["topics"]
        chosen = [x for x in self.order if self.has_spread(x)][:wanted]
        others = [x for x in self.order if not self.has_spread(x)]
        others.sort(key=self.smallest_ratio, reverse=True)  # a stable sort: equals stay in the order above
        return chosen + others[: wanted - len(chosen)]

    def asked(self, **changed):
        """The same table under other rules."""
        return Table(self.bundle, {**self.rules, **changed}, self.votes, self.tie_order)

    def reads_objectives(self):
        return self.rules["method"] == "points" and any(ballot["objectives"] for ballot, _, _ in self.votes)

    def with_values(self, votes):
        """The same table over other ballots and values."""
        return Table(self.bundle, self.rules, votes, self.tie_order)

    def unweighted(self):
        return self.with_values([(ballot, seat, base_of(seat)) for ballot, seat, _ in self.votes])

    def country_equal(self):
        """Every country counts the same, whatever the weights that takes."""
        balance = {"country": "equal"}
        no_bounds = (Fraction(1, 10**100), Fraction(10**100))
        bounds = {base_of(seat): no_bounds for _, seat, _ in self.votes}
        weights = calibrated(self.bundle, balance, bounds)
        micro = {cell: rounded(weight) for cell, weight in weights.items()}
        return self.with_values(weighted(self.bundle, self.rules, self.bundle["ballots"], micro, balance))

    def condorcet_winner(self):
        for x in self.themes:
            if all(self.pairs[x, y] > self.pairs[y, x] for y in self.themes if y != x):
                return x
        return None

    def ballots_naming(self, x):
        return [ballot for ballot, _, _ in self.votes if names(ballot, x)]

    def mean_place(self, x):
        naming = self.ballots_naming(x)
        return text(Fraction(sum(place_of(b, x) for b in naming), len(naming))) if naming else None

    def report(self):
        unweighted = self.unweighted()
        return {
            "themes": [
                {
                    "key": x,
                    "points": text(self.points[x]),
                    "relevance": text(self.relevance[x]),
                    "score": text(self.score[x]),
                    "unweighted": text(unweighted.score[x]),
                    "place": self.order.index(x) + 1,
                    "first": sum(x in tiers_of(ballot)[0] for ballot, _, _ in self.votes),
                    "mentions": len(self.ballots_naming(x)),
                    "mean_place": self.mean_place(x),
                    "supported": self.supported[x],
                    "spread_met": self.has_spread(x),
                }
                for x in self.themes
            ],
            "pairs": [[self.pairs.get((x, y), 0) for y in self.themes] for x in self.themes],
            "order": {method: self.order_by(method) for method in ("points", "schulze", "runoff")},
            "condorcet_winner": self.condorcet_winner(),
            "runoff": self.runoff_steps(),
            "objectives": [{"number": o, "share": text(self.shares[o])} for o in range(1, 24)],
        }


def support_report(table):
    dimensions = sorted(table.rules["spread"])
    return {
        "required": {d: table.required(d) for d in dimensions},
        "too_few": {d: table.too_few(d) for d in dimensions},
    }


def first_topic(table):
    return table.topics()[0]


def in_first_three(ballot, x):
    return any(x in tier for tier in tiers_of(ballot)[:3])


def topics_of(table, rule=None):
    """The topics by a rule, or by that of the round."""
    if (rule or table.rules["topics_rule"]) == "order":
        return table.topics()
    chosen = [first_topic(table)]
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
            for tier in tiers_of(ballot):
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


# --- 4. how firm that is ----------------------------------------------------------------------------


def margin(table):
    """The five figures of the margin: ballots are re-cast one more at a time, and all is counted again."""
    if table.rules["method"] != "points" or table.rules["topics"] > 1:
        return None
    topic = first_topic(table)
    passing = {r: ballots_to_pass(table, topic, r) for r in table.order if r != topic}
    if not table.has_spread(topic):
        nearest = [r for r in passing if table.smallest_ratio(r) == table.smallest_ratio(topic)]
        choosable = nearest_rival({r: passing[r] for r in nearest})
        return {
            "level": None,
            "support": None,
            "choosable": choosable,
            "at_least": 1,
            "enough": choosable and choosable["ballots"],
        }
    level = nearest_rival(
        {r: None if n is None else max(n, ballots_to_spread(table, r)) for r, n in passing.items()}
    )
    able = {r: n for r, n in passing.items() if table.has_spread(r)}
    choosable, support = nearest_rival(able), ballots_to_lose_spread(table, topic)
    return {
        "level": level,
        "choosable": choosable,
        "support": support,
        "at_least": smaller(level, support),
        "enough": smaller(choosable, support if able else None),
    }


def nearest_rival(costs):
    known = {r: ballots for r, ballots in costs.items() if ballots is not None}
    if not known:
        return None
    rival = min(known, key=known.get)  # of equal ones the first in the order
    return {"ballots": known[rival], "rival": rival}


def smaller(*figures):
    return min((figure["ballots"] for figure in figures if figure is not None), default=None)


def recast(table, ballots, first=None, last=None):
    """The table after these votes (by number) say `first` alone first, `last` alone last, all else equal."""
    between = [x for x in table.themes if x not in (first, last)]
    ranking = [tier for tier in ([first] if first else [], between, [last] if last else []) if tier]
    votes = [
        ({**ballot, "ranking": ranking} if number in ballots else ballot, seat, value)
        for number, (ballot, seat, value) in enumerate(table.votes)
    ]
    return table.with_values(votes)


def won_by(table, vote, x):
    return sum(pair_points([vote], x, y) for y in table.themes if y != x)


def ballots_to_pass(table, topic, rival):
    """How many ballots put the rival before the topic, those first that bring it most."""

    def gain(number):
        return to_gain(table, number, rival) + won_by(table, table.votes[number], topic)

    numbers = sorted(range(len(table.votes)), key=gain, reverse=True)
    for ballots in range(len(numbers) + 1):
        order = recast(table, numbers[:ballots], rival, topic).by_points()
        if order.index(rival) < order.index(topic):
            return ballots
    return None


def ballots_in(table, dimension, category):
    return [n for n, (_, seat, _) in enumerate(table.votes) if category_of(seat, dimension) == category]


def ballots_to_spread(table, rival):
    """How many ballots give the rival the categories that it lacks, in the dimension that takes most.

    In a category ballots are tried from the largest gain on, and no other choice of them: none of the same
    number gives more. Where support hung on more than a sum of values, this would not be so.
    """
    most = 0
    for dimension in table.rules["spread"]:
        supported = table.supported[rival][dimension]
        costs = []
        for category in table.heard(dimension):
            numbers = ballots_in(table, dimension, category)
            numbers.sort(key=lambda n: to_gain(table, n, rival), reverse=True)
            if category not in supported:
                costs.append(
                    next(
                        n
                        for n in range(len(numbers) + 1)
                        if supports(table, numbers[:n], rival, None, dimension, category)
                    )
                )
        missing = max(0, table.required(dimension) - len(supported))
        most = max(most, sum(sorted(costs)[:missing]))
    return most


def to_gain(table, number, rival):
    """What a ballot that puts the theme alone first brings it."""
    vote = table.votes[number]
    return 2 * (len(table.themes) - 1) * vote[2] - won_by(table, vote, rival)


def supports(table, ballots, first, last, dimension, category):
    x = first or last
    return category in recast(table, ballots, first, last).supporting(x, dimension)


def ballots_to_lose_spread(table, topic):
    """How many ballots that put the topic last leave it without the support that some dimension asks for.

    They are tried from the largest loss on, as in `ballots_to_spread`.
    """
    best = None
    for dimension in sorted(table.rules["spread"]):
        supported, required = table.supported[topic][dimension], table.required(dimension)
        if not required:
            continue
        costs = []
        for category in supported:
            numbers = ballots_in(table, dimension, category)
            numbers.sort(key=lambda n: won_by(table, table.votes[n], topic), reverse=True)
            costs.append(
                next(
                    n
                    for n in range(len(numbers) + 1)
                    if not supports(table, numbers[:n], None, topic, dimension, category)
                )
            )
        ballots = sum(sorted(costs)[: len(supported) - required + 1])
        if best is None or ballots < best["ballots"]:
            best = {"ballots": ballots, "dimension": dimension}
    return best


def without(table, theme):
    """The table when a theme is taken off every ballot."""
    bundle = {**table.bundle, "themes": [t for t in table.bundle["themes"] if t["key"] != theme]}
    votes = [
        ({**ballot, "ranking": [[x for x in tier if x != theme] for tier in ballot["ranking"]]}, seat, value)
        for ballot, seat, value in table.votes
    ]
    return Table(bundle, table.rules, votes, table.tie_order)


def fewer(table):
    """Each objective of a theme with several, and what it has without it."""
    for x in table.themes:
        for o in sorted(table.objectives[x]) if len(table.objectives[x]) >= 2 else []:
            yield x, o, [other for other in table.objectives[x] if other != o]


def more(table):
    """Each objective that another theme has, and what a theme with fewer than five has with it."""
    for x in table.themes:
        others = {o for y in table.themes if y != x for o in table.objectives[y]}
        for o in sorted(others - {*table.objectives[x]}) if len(table.objectives[x]) < 5 else []:
            yield x, o, [*table.objectives[x], o]


def other_ties(table, topics, ties):
    if not (table.rules["objective_share"] and table.reads_objectives()):
        return []
    found = []
    for x, o, objectives in ties:
        themes = [
            {**t, "objectives": objectives if t["key"] == x else t["objectives"]}
            for t in table.bundle["themes"]
        ]
        other = topics_of(
            Table({**table.bundle, "themes": themes}, table.rules, table.votes, table.tie_order)
        )
        if set(other) != set(topics):
            found.append({"theme": x, "objective": o, "topics": other})
    return found


def topics_among(bundle, rules, tie_order, ballots, balance=None):
    """The topics of some of the ballots, with weights of their own."""
    micro = micro_weights(bundle, rules, ballots, balance)
    if micro is None:
        return None
    votes = weighted(bundle, rules, ballots, micro, balance)
    return topics_of(Table({**bundle, "ballots": ballots}, rules, votes, tie_order))


def leave_one_out(bundle, rules, tie_order):
    seats = seats_by_name(bundle)
    return [
        {
            "dimension": d,
            "category": g,
            "topics": topics_among(
                bundle,
                rules,
                tie_order,
                [b for b in bundle["ballots"] if category_of(seats[b["seat"]], d) != g],
            ),
        }
        for d in ("country", "sector", "subregion")
        for g in categories_with(voting_seats(bundle), d)
    ]


def other_targets(bundle, rules, tie_order):
    dimensions = sorted(rules["balance"])
    if not 1 <= len(dimensions) <= 4:
        return []
    found = []
    for words in itertools.product(["equal", "roll", "sqrt"], repeat=len(dimensions)):
        targets = dict(zip(dimensions, words, strict=True))
        topics = topics_among(bundle, rules, tie_order, bundle["ballots"], targets)
        found.append({"targets": targets, "topics": topics})
    return found


def alike(table):
    found = []
    for x, y in itertools.combinations(table.themes, 2):
        either = near = 0
        for ballot, _, value in table.votes:
            tiers = tiers_of(ballot)
            at = {key: number for number, tier in enumerate(tiers) for key in tier}
            either += value if x in at or y in at else 0
            near += value if x in at and y in at and abs(at[x] - at[y]) <= 1 else 0
        if either and 1000 * near > 500 * either:
            found.append([x, y, text(Fraction(near, either))])
    return found


def drawn_numbers(seed, replicate, n):
    """Which ballots a repetition draws, as numbers in the order of the names of seats."""
    stream = hashlib.shake_128(f"{seed}|resample|{replicate}".encode()).digest(8 * n)
    return [int.from_bytes(stream[8 * j : 8 * j + 8], "big") * n // 2**64 for j in range(n)]


def repeated(table, seed, resamples):
    """The tables of so many repetitions."""
    votes = sorted(table.votes, key=lambda vote: vote[1]["seat"])
    for replicate in range(1, resamples + 1):
        yield table.with_values([votes[number] for number in drawn_numbers(seed, replicate, len(votes))])


def resampling(table, drawn, topics):
    if not drawn:
        return {"resampling": None, "could_be_first": None}
    found = [topics_of(each) for each in drawn]
    same = sum(set(each) == set(topics) for each in found)
    among = {x: sum(x in each for each in found) for x in table.themes}
    first = {x: sum(each[0] == x for each in found) for x in table.themes}
    return {
        "resampling": {
            "made": len(drawn),
            "same": same,
            "percent": round(Fraction(100 * same, len(drawn))),
            "topics": [[x, among[x]] for x in sorted(among, key=lambda x: -among[x]) if among[x]],
        },
        "could_be_first": [
            [x, first[x]] for x in sorted(first, key=lambda x: -first[x]) if 20 * first[x] >= len(drawn)
        ],
    }


def places(drawn, theme):
    if not drawn:
        return None
    found = sorted(each.order.index(theme) + 1 for each in drawn)
    return [found[-(-part * len(drawn) // 100) - 1] for part in (5, 95)]


def voices(bundle, rules, votes):
    """Who could take part, who did, and what that counts."""
    everything = sum(value for _, _, value in votes)
    rows = []
    for d in sorted({*rules["balance"], *rules["spread"], "country", "sector", "subregion"}):
        for g in categories_with(bundle["seats"], d):
            values = [value for _, seat, value in votes if category_of(seat, d) == g]
            rows.append(
                {
                    "dimension": d,
                    "category": g,
                    "seats": sum(category_of(seat, d) == g for seat in bundle["seats"]),
                    "ballots": len(values),
                    "share": text(Fraction(len(values), len(votes))),
                    "weighted": text(Fraction(sum(values), everything)),
                }
            )
    return rows


def categories_with(seats, dimension):
    found = {category_of(seat, dimension) for seat in seats}
    return sorted(found - {None})


# --- 4. chance -------------------------------------------------------------------------------------


def digest(data):
    return hashlib.sha256(data).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def by_seat(ballots):
    return sorted(ballots, key=lambda ballot: ballot["seat"])


def seed_of(bundle):
    chance = bundle["seed"]
    secret = bytes.fromhex(chance["secret"])
    return digest(secret + ballots_root(bundle) + chance["public"].encode("utf-8")).hex()


def ballots_root(bundle):
    """The hash of the tree over the lines of the ballots, each with all its fields."""
    nothing = {"objectives": [], "endorsements": []}
    lines = [canonical(nothing | ballot) for ballot in by_seat(bundle["ballots"])]
    return tree([digest(b"\x00" + line) for line in lines])


def tree(hashes):
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while 2 * left < len(hashes):
        left *= 2
    return digest(b"\x01" + tree(hashes[:left]) + tree(hashes[left:]))


def tie_hash(key, label, seed):
    return digest(f"{seed}|{label}|{key}".encode()).hex()


def in_tie_order(keys, label, seed):
    return sorted(keys, key=lambda key: tie_hash(key, label, seed))


# --- 5. the panel ---------------------------------------------------------------------------------


def panel_report(bundle, rules, topics, votes, seed):
    """The panel, or why there is none: every set of people of the right size is looked at.

    `votes` are ballots with their seat and value. Who is endorsed by whom is said where the bundle has rules.
    """
    pool = pool_of(bundle, rules, topics)
    support = {nominee["key"]: support_of(nominee, votes) for nominee in pool}

    def merit(panel):
        luck = sum(int(tie_hash(nominee["key"], "panel", seed)[:5], 16) for nominee in panel)
        total = sum(support[nominee["key"]] for nominee in panel)
        recent = sum(nominee["recent"] for nominee in panel)
        return (-soft_shortfall(panel, rules), total, -recent, luck)

    panels = panels_with_the_locked(pool, rules)
    holding = [panel for panel in panels if holds(panel, rules)]
    report = {"feasible": bool(holding), "obstacle": None, "pool": len(pool), "members": []}
    report |= {"support": 0, "most_support": 0, "shortfall": 0, "recent": 0, "reserves": None}
    report |= {"alternates": {}, "relaxation": [], "relaxed_members": []}
    if "rules" in bundle:
        report["endorsed_by"] = endorsed_by(bundle, [], votes)
    if holding:
        best, most = first_of_the_best(holding, merit, rules.get("memory", 50))
        shortfall, total, recent, _ = merit(best)
        report |= {"members": keys_of(best), "support": total, "shortfall": -shortfall, "recent": -recent}
        report |= {"most_support": most, "reserves": reserves(best, pool, rules, merit)}
        if "rules" in bundle:
            report["endorsed_by"] = endorsed_by(bundle, keys_of(best), votes)
        return report | {"alternates": alternates(best, pool, rules, merit)}
    if panels:
        relaxed, amounts = smallest_relaxation(panels, rules, merit)
        given = {row: amount for row, amount in zip(row_names(rules), amounts, strict=True) if amount}
        report |= {"relaxation": possible_rows(relaxed, rules, given), "relaxed_members": keys_of(relaxed)}
    too_few = len(pool) < rules["size"]
    return report | {"obstacle": "pool" if too_few else "rows" if panels else "locked"}


def keys_of(panel):
    return [nominee["key"] for nominee in panel]


def panels_with_the_locked(pool, rules):
    """Every set of people of the right size, in the order of their keys."""
    ordered = sorted(pool, key=lambda nominee: nominee["key"])
    panels = itertools.combinations(ordered, rules["size"])
    return [panel for panel in panels if set(rules.get("locked", [])) <= set(keys_of(panel))]


def first_of_the_best(panels, merit, memory):
    """The best in five stages, and the most support; of equals the first, whose keys come first."""
    left = [(merit(panel), panel) for panel in panels]
    left = [each for each in left if each[0][0] == max(figures[0] for figures, _ in left)]
    most = max(figures[1] for figures, _ in left)
    left = [each for each in left if 1000 * each[0][1] >= most * (1000 - memory)]
    for stage in (2, 1, 3):
        best = max(figures[stage] for figures, _ in left)
        left = [each for each in left if each[0][stage] == best]
    return left[0][1], most


def reserves(best, pool, rules, merit):
    """Every set of reserves from the shortlist, every drop-out, every way to mend it."""
    if not rules.get("reserves", 3):
        return None
    others = [nominee for nominee in pool if nominee["key"] not in keys_of(best)]
    others.sort(key=lambda nominee: nominee["key"])
    others.sort(key=lambda nominee: merit([nominee])[1:], reverse=True)
    shortlist = sorted(others[:30], key=lambda nominee: nominee["key"])
    free = {name: value for name, value in rules.items() if name != "locked"}
    tried = {}

    def mends(chosen, gone):
        stay = [nominee for nominee in best if nominee not in gone]
        for come in itertools.combinations(chosen, len(gone)):
            swap = tuple(keys_of(gone)), tuple(keys_of(come))
            if swap not in tried:
                tried[swap] = holds([*stay, *come], free)
            if tried[swap]:
                return True
        return False

    sizes = [1, 2] if len(best) <= 40 else [1]
    gone = {size: list(itertools.combinations(best, size)) for size in sizes}
    ranked = []
    for chosen in itertools.combinations(shortlist, min(rules.get("reserves", 3), len(shortlist))):
        mended = {size: sum(mends(chosen, each) for each in gone[size]) for size in sizes}
        _, support, _, luck = merit(chosen)
        ranked.append((sum(mended.values()), support, luck, mended, keys_of(chosen)))
    first = max(ranked, key=lambda each: each[:3])  # of equals the first
    return {
        "people": first[4],
        "one": first[3][1],
        "two": first[3].get(2),
        "of": sum(map(len, gone.values())),
    }


def endorsed_by(bundle, members, votes):
    """Of each category: the part of its value that names at least one member."""
    rules = DEFAULT_RULES | bundle["rules"]
    found = []
    for dimension in sorted({*rules["balance"], *rules["spread"]}):
        told = {}
        for ballot, seat, value in votes:
            category = seat["country"] if dimension == "country" else seat["categories"][dimension]
            told.setdefault(category, []).append((value, not {*members}.isdisjoint(ballot["endorsements"])))
        for category in sorted(told):
            whole = sum(value for value, _ in told[category])
            share = Fraction(sum(value for value, names in told[category] if names), whole)
            found.append(
                {
                    "dimension": dimension,
                    "category": category,
                    "ballots": len(told[category]),
                    "share": f"{share.numerator}/{share.denominator}",
                    "share_percent": float(round(100 * share, 2)),
                }
            )
    return found


def alternates(best, pool, rules, merit):
    """Who else could sit in a member's place, the best three."""
    found = {}
    for member in best:
        others = [nominee for nominee in best if nominee is not member]
        swaps = [
            (sorted([*others, nominee], key=lambda n: n["key"]), nominee)
            for nominee in pool
            if nominee["key"] not in keys_of(best)
        ]
        swaps = [swap for swap in swaps if holds(swap[0], rules)]
        swaps.sort(key=lambda swap: keys_of(swap[0]))
        swaps.sort(key=lambda swap: merit(swap[0]), reverse=True)  # a stable sort: equals stay by key
        found[member["key"]] = [nominee["key"] for _, nominee in swaps[:3]]
    return found


def row_names(rules):
    """Every row that may give way, in the order of the rules."""
    return [
        *(f"roles.{role}" for role in rules.get("roles", {})),
        *(f"quotas[{i}]" for i, row in enumerate(rules.get("quotas", [])) if row["hard"]),
        *(f"shares[{i}]" for i, row in enumerate(rules.get("shares", [])) if row["hard"]),
        *(f"at_most.{attribute}" for attribute in rules.get("at_most", {})),
        *(f"mixed[{i}]" for i in range(len(rules.get("mixed", [])))),
    ]


def amounts_given(panel, rules):
    """By how many people this panel misses each of those rows."""
    return [
        *(
            quota_misses(panel, {"attribute": "role", "value": role, "min": low, "max": high})
            for role, (low, high) in rules.get("roles", {}).items()
        ),
        *(quota_misses(panel, row) for row in rules.get("quotas", []) if row["hard"]),
        *(share_misses(panel, row) for row in rules.get("shares", []) if row["hard"]),
        *(cap_misses(panel, attribute, most) for attribute, most in rules.get("at_most", {}).items()),
        *(int(not is_mixed(panel, attribute)) for attribute in rules.get("mixed", [])),
    ]


def smallest_relaxation(panels, rules, merit):
    """The least sum, then the earlier rows least; and the best panel that needs no more than that."""
    amounts = min((amounts_given(panel, rules) for panel in panels), key=lambda given: (sum(given), given))
    allowed = [panel for panel in panels if amounts_given(panel, rules) == amounts]
    return first_of_the_best(allowed, merit, rules.get("memory", 50))[0], amounts


def possible_rows(panel, rules, given):
    """What each row that gives way then comes to."""
    figures = {}
    for role, (low, high) in rules.get("roles", {}).items():
        figures[f"roles.{role}"] = (f"{low}-{high}", with_value(panel, "role", role))
    for i, row in enumerate(rules.get("quotas", [])):
        asked = f"{row.get('min', 0)}-{row['max']}" if row.get("max") is not None else f"{row.get('min', 0)}+"
        figures[f"quotas[{i}]"] = (asked, with_value(panel, row["attribute"], row["value"]))
    for i, row in enumerate(rules.get("shares", [])):
        figures[f"shares[{i}]"] = (f"{row['min']}/1000", with_value(panel, row["attribute"], row["value"]))
    for attribute, most in rules.get("at_most", {}).items():
        figures[f"at_most.{attribute}"] = (f"0-{most}", max(of_each_value(panel, attribute).values()))
    for i, attribute in enumerate(rules.get("mixed", [])):
        known = {value for value in of_each_value(panel, attribute) if value[0] != "no_answer"}
        figures[f"mixed[{i}]"] = ("2+", len(known))
    return [
        {"row": row, "asked": figures[row][0], "possible": figures[row][1], "by": amount}
        for row, amount in given.items()
    ]


def pool_of(bundle, rules, topics):
    """Who may be chosen. A locked nominee belongs whatever the topics; a barred one never."""
    locked, barred = rules.get("locked", []), rules.get("barred", [])
    return [
        nominee
        for nominee in bundle["nominees"]
        if nominee["key"] not in barred
        and (nominee["key"] in locked or not nominee["topics"] or set(nominee["topics"]) & set(topics))
    ]


def support_of(nominee, votes):
    if nominee["support"] is not None:
        return nominee["support"]
    endorsing = sum(value for ballot, _, value in votes if nominee["key"] in ballot["endorsements"])
    return round(Fraction(10000 * endorsing, sum(value for _, _, value in votes)))


def trait(nominee, attribute):
    if attribute in {"country", "organisation", "role"}:
        return nominee[attribute]
    return nominee["categories"].get(attribute)


def holds(panel, rules):
    keys = [nominee["key"] for nominee in panel]
    return (
        set(rules.get("locked", [])) <= set(keys)
        and roles_hold(panel, rules.get("roles", {}))
        and caps_hold(panel, rules.get("at_most", {}))
        and all(is_mixed(panel, attribute) for attribute in rules.get("mixed", []))
        and all(quota_misses(panel, row) == 0 for row in rules.get("quotas", []) if row["hard"])
        and all(share_misses(panel, row) == 0 for row in rules.get("shares", []) if row["hard"])
    )


def roles_hold(panel, roles):
    return all(low <= with_value(panel, "role", role) <= high for role, (low, high) in roles.items())


def caps_hold(panel, caps):
    return all(cap_misses(panel, attribute, most) == 0 for attribute, most in caps.items())


def cap_misses(panel, attribute, most):
    return sum(max(0, number - most) for number in of_each_value(panel, attribute).values())


def of_each_value(panel, attribute):
    """How many have each value; an organisation is its name and its country."""
    apart = "country" if attribute == "organisation" else attribute
    values = [(trait(nominee, attribute), trait(nominee, apart)) for nominee in panel]
    return {value: values.count(value) for value in values if value[0] is not None}


def with_value(panel, attribute, value):
    return sum(trait(nominee, attribute) == value for nominee in panel)


def is_mixed(panel, attribute):
    return sum(value[0] != "no_answer" for value in of_each_value(panel, attribute)) > 1


def quota_misses(panel, row):
    counted = with_value(panel, row["attribute"], row["value"])
    most = row.get("max")
    return max(0, row.get("min", 0) - counted) + (0 if most is None else max(0, counted - most))


def share_misses(panel, row):
    counted = with_value(panel, row["attribute"], row["value"])
    base = sum(trait(nominee, row["attribute"]) in row["of"] for nominee in panel)
    missing = 0
    while 1000 * (counted + missing) < row["min"] * base:
        missing += 1
    return missing


def soft_shortfall(panel, rules):
    quotas = sum(quota_misses(panel, row) for row in rules.get("quotas", []) if not row["hard"])
    shares = sum(share_misses(panel, row) for row in rules.get("shares", []) if not row["hard"])
    return quotas + shares
