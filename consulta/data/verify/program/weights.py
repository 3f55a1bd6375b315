"""Weights (section 2)."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction

from consulta.data.verify.program.values import Differs, need, same

KAPPA = Decimal(10) ** 6
PRECISION = Context(prec=70, rounding=ROUND_HALF_EVEN)
RESIDUAL = Decimal("1e-30")
INSIDE = Decimal("1e-6")
MICRO = 10**6


class Balance:
    """Cells, targets and the weights that solve the conditions of 2.3."""

    def __init__(self, a_round, rule, bounds):
        self.dimensions = sorted(rule)
        self.rule, self.bounds = rule, bounds
        self.roll, self.kinds = {}, a_round.seats.kinds
        for dimension in self.dimensions:
            sums = defaultdict(int)
            for kind, number in a_round.seats.numbers.items():
                held, base = self.kinds[kind]
                sums[held[dimension]] += base * number
            self.roll[dimension] = dict(sums)
        self.start, self.known = None, {}

    def cell(self, kind):
        """The cell of the ballots of a kind."""
        return self.cell_of(self.kinds[kind][0])

    def cell_of(self, held):
        return tuple(held[dimension] for dimension in self.dimensions)

    def limits(self, cells, bases):
        """The bounds of the weight of each cell; the same for all."""
        return [self.bounds for _ in cells]

    def targets(self, cells):
        """2.2, by dimension and category; None where what is left has no share at all."""
        found = {}
        for place, dimension in enumerate(self.dimensions):
            heard = {cell[place] for cell in cells}
            rule = self.rule[dimension]
            shares = {}
            for name, base in self.roll[dimension].items():
                if name not in heard:
                    shares[name] = Decimal(0)
                elif isinstance(rule, dict):
                    shares[name] = Decimal(repr(rule[name]))
                else:
                    shares[name] = {"equal": Decimal(1), "roll": Decimal(base), "sqrt": Decimal(base).sqrt()}[
                        rule
                    ]
            whole = sum(shares.values())
            if not whole:
                return None
            found[dimension] = {name: share / whole for name, share in shares.items()}
        return found

    def bases(self, numbers):
        """The sum of base of each cell, of so many ballots of each kind."""
        found = defaultdict(int)
        for kind, number in numbers.items():
            found[self.cell(kind)] += self.kinds[kind][1] * number
        return dict(found)

    def micro(self, numbers):
        """Micro-weight of each cell of so many ballots of each kind; None where nothing can be counted."""
        return self.micro_of(self.bases(numbers))

    def values(self, micro, numbers):
        """What a ballot of each of these kinds is worth."""
        return {kind: self.kinds[kind][1] * micro[self.cell(kind)] for kind in numbers}

    def micro_of(self, bases):
        question = tuple(sorted(bases.items()))
        if question not in self.known:
            self.known[question] = self._solved(bases)
        return self.known[question]

    def _solved(self, bases):
        with localcontext(PRECISION):
            cells = sorted(bases)
            aims = self.targets(cells) if cells else None
            if aims is None:
                return None
            limits = self.limits(cells, bases)
            only = self.only_way(cells, bases, limits)
            if only is not None:
                return only
            problem = Dual(self, cells, bases, aims, limits)
            weights = problem.solve()
            return {cell: rounded_weight(weight) for cell, weight in zip(cells, weights)}

    def only_way(self, cells, bases, limits):
        """The micro-weights where bounds leave one way alone to a mean of one; else None."""
        return dict.fromkeys(cells, MICRO) if 1 in self.bounds else None


class Capped(Balance):
    """9.2: a cell is categories and a base, and no ballot is worth more than a part of the whole."""

    def __init__(self, a_round, rule, bounds):
        super().__init__(a_round, rule, bounds)
        self.most = Fraction(a_round.rules["max_ballot"], 1000)

    def cell(self, kind):
        return (*super().cell(kind), self.kinds[kind][1])

    def cap(self, bases):
        """The word for it, q, and U_c by the base of a cell's ballots; `bases` are sums of base by cell."""
        high, total = Fraction(self.bounds[1]), sum(bases.values())
        part = max(self.most, Fraction(3, sum(base // cell[-1] for cell, base in bases.items())))
        upper = {each: min(high, part * total / each) for each in {cell[-1] for cell in bases}}
        if min(upper.values()) == high:
            return "idle", part, upper
        if sum(base * upper[cell[-1]] for cell, base in bases.items()) < total:
            return "lifted", part, dict.fromkeys(upper, high)
        return "held", part, upper

    def bounds_of(self, cells, bases):
        """L_c and U_c of each cell, as fractions."""
        low, upper = Fraction(self.bounds[0]), self.cap(bases)[2]
        return [(min(low, upper[cell[-1]]), upper[cell[-1]]) for cell in cells]

    def limits(self, cells, bases):
        return [
            tuple(Decimal(bound.numerator) / bound.denominator for bound in both)
            for both in self.bounds_of(cells, bases)
        ]

    def only_way(self, cells, bases, limits):
        both = self.bounds_of(cells, bases)
        for side in (0, 1):
            if sum(bases[cell] * bounds[side] for cell, bounds in zip(cells, both)) == sum(bases.values()):
                return {cell: rounded_fraction(bounds[side]) for cell, bounds in zip(cells, both)}
        return None


def rounded_fraction(weight):
    return max(1, round(round(weight, 15) * MICRO))


def rounded_weight(weight):
    sure = weight.quantize(Decimal("1e-15")) * MICRO
    return max(1, int(sure.to_integral_value(ROUND_HALF_EVEN)))


class Dual:
    """The conditions of the optimum, as a root: one unknown for each category and one for the level.

    With s_c = level + the sum of its categories' unknowns and w_c = clip(exp(s_c), L, U):
    m_g(w) - T_g + u_g / kappa = 0 for each category, and the weighted sum of w is one. The root is the lowest
    point of a convex function, which Newton's steps, shortened where needed, go down to.
    """

    def __init__(self, balance, cells, bases, aims, limits):
        width = len(balance.dimensions)
        self.names = sorted(
            {(place, name) for cell in cells for place, name in enumerate(cell[:width])},
            key=lambda pair: pair,
        )
        index = {pair: number for number, pair in enumerate(self.names)}
        self.groups = [
            [index[pair] for pair in enumerate(cell[:width])] + [len(self.names)] for cell in cells
        ]
        total = Decimal(sum(bases.values()))
        self.part = [bases[cell] / total for cell in cells]
        self.aim = [aims[balance.dimensions[place]][name] for place, name in self.names] + [Decimal(1)]
        logs = {}
        for bound in {bound for both in limits for bound in both}:
            logs[bound] = bound.ln() if bound else None  # None: there is no such bound
        # Of each cell: the bounds, and their logarithms.
        self.limits = [(low, high, logs[low], logs[high]) for low, high in limits]
        self.balance = balance

    def look(self, unknowns, kappa):
        """Height, gradient, weights and which of them are free at a point."""
        height, weights, free = Decimal(0), [], []
        gradient = [-aim for aim in self.aim]
        for groups, part, (low, high, low_log, high_log) in zip(self.groups, self.part, self.limits):
            s = sum(unknowns[g] for g in groups)
            if low_log is not None and s <= low_log:
                weight, lift, moves = low, low * (1 + s - low_log), False
            elif high_log is not None and s >= high_log:
                weight, lift, moves = high, high * (1 + s - high_log), False
            else:
                weight = s.exp()
                lift, moves = weight, True
            height += part * lift
            weights.append(weight)
            free.append(moves)
            for g in groups:
                gradient[g] += part * weight
        for g, unknown in enumerate(unknowns):
            height -= unknown * self.aim[g]
            if g < len(self.names):
                height += unknown * unknown / (2 * kappa)
                gradient[g] += unknown / kappa
        return height, gradient, weights, free

    def step(self, gradient, weights, free, kappa):
        size = len(gradient)
        matrix = [[Decimal(0)] * size + [-slope] for slope in gradient]
        for groups, part, weight, moves in zip(self.groups, self.part, weights, free):
            if moves:
                for g in groups:
                    for k in groups:
                        matrix[g][k] += part * weight
        for g in range(size - 1):
            matrix[g][g] += 1 / kappa
        matrix[size - 1][size - 1] += Decimal("1e-25")
        return eliminate(matrix)

    def descend(self, unknowns, kappa, residual, most):
        """Newton's steps until the conditions hold to `residual`; None where `most` steps are not enough."""
        height, gradient, weights, free = self.look(unknowns, kappa)
        for _ in range(most):
            worst = max(abs(slope) for slope in gradient)
            if worst <= residual:
                return unknowns, weights
            if not any(free) and gradient[-1]:
                # Every weight rests on a bound: nothing bends the level until one of them leaves it.
                unknowns = [
                    *unknowns[:-1],
                    unknowns[-1] + self.to_the_next_bend(unknowns, up=gradient[-1] < 0),
                ]
                height, gradient, weights, free = self.look(unknowns, kappa)
                continue
            step = self.step(gradient, weights, free, kappa)
            slope = sum(a * b for a, b in zip(gradient, step))
            length = Decimal(1)
            while True:
                trial = [a + length * b for a, b in zip(unknowns, step)]
                seen = self.look(trial, kappa)
                if seen[0] <= height + length * slope / 10000:
                    break
                # Where heights differ only in digits that are rounded away, the conditions decide.
                if worst < Decimal("1e-9") and 2 * max(map(abs, seen[1])) <= worst:
                    break
                length /= 2
                if length < Decimal("1e-30"):
                    return None
            unknowns = trial
            height, gradient, weights, free = seen
        return None

    def to_the_next_bend(self, unknowns, up):
        """How far the level goes until the first weight is free, and a little farther."""
        sums = [sum(unknowns[g] for g in groups) for groups in self.groups]
        logs = [(low_log, high_log) for _, _, low_log, high_log in self.limits]
        if up:
            ways = (low - s for s, (low, _) in zip(sums, logs) if low is not None and s <= low)
            return min(ways, default=Decimal(0)) + INSIDE
        ways = (s - high for s, (_, high) in zip(sums, logs) if high is not None and s >= high)
        return -min(ways, default=Decimal(0)) - INSIDE

    def solve(self):
        start = self.balance.start or {}
        near = [start.get(name, Decimal(0)) for name in self.names] + [start.get("level", Decimal(0))]
        found = self.descend(near, KAPPA, RESIDUAL, 25) if start else None
        if found is None:
            # From afar: softer springs first, each answer the start of the next.
            unknowns = [Decimal(0)] * (len(self.names) + 1)
            for power in range(7):
                kappa = Decimal(10) ** power
                found = self.descend(unknowns, kappa, RESIDUAL if kappa == KAPPA else Decimal("1e-6"), 2000)
                if found is None:
                    raise Differs("result.json", "weights", "a solution of 2.3", "none found")
                unknowns = found[0]
        unknowns, weights = found
        if self.balance.start is None:
            self.balance.start = dict(zip([*self.names, "level"], unknowns))
        return weights


def eliminate(rows):
    """Solve a symmetric positive definite system written as rows with the right side last."""
    size = len(rows)
    for i in range(size):
        pivot = rows[i]
        for j in range(i + 1, size):
            ratio = rows[j][i] / pivot[i]
            if ratio:
                rows[j] = [a - ratio * b if k >= i else a for k, (a, b) in enumerate(zip(rows[j], pivot))]
    found = [Decimal(0)] * size
    for i in range(size - 1, -1, -1):
        rest = sum((rows[i][k] * found[k] for k in range(i + 1, size)), Decimal(0))
        found[i] = (rows[i][size] - rest) / rows[i][i]
    return found


def check_weights(box):
    """Each published micro-weight is the one that the conditions determine."""
    a_round, result = box.round, box.json("result.json")
    low, high = (Decimal(repr(bound)) for bound in a_round.rules["weight_bounds"])
    box.balance = Capped(a_round, a_round.rules["balance"], (low, high))
    own = box.balance.micro(a_round.ballots.numbers)
    need(own is not None, "bundle.json", "rules.balance", "targets for those that voted", "none")
    given = result["weights"]["cells"]
    need(len(given) == len(own), "result.json", "weights.cells", f"{len(own)} cells", f"{len(given)}")
    box.micro = {}
    for number, (cell, weight) in enumerate(sorted(own.items())):
        place = f"weights.cells[{number}]"
        named = dict(zip(box.balance.dimensions, cell))
        same(named, given[number]["categories"], "result.json", place + ".categories")
        found = given[number]["micro"]
        need(type(found) is int and found == weight, "result.json", place + ".micro", weight, found)
        box.micro[cell] = found
    return "n_cells", {"n": len(own)}
