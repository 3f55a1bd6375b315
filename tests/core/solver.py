"""The panel by a solver of integer programs, for pools too large to be tried through: another program, that
shares nothing with the core but the solver's makers.

One matrix over people and what rows miss; each stage is one call, and a stage's value becomes a row. The
solver works in floating point; sums of support stay far below where that matters, and every panel that it
gives is counted again here in whole numbers.
"""

import math

import numpy as np
from scipy import optimize, sparse

from tests.core import counted


def trait_column(nominees, attribute):
    return [counted.trait(nominee, attribute) for nominee in nominees]


def told_apart(nominees, attribute):
    """The values by which people are told apart: an organisation is its name and its country."""
    if attribute != "organisation":
        return trait_column(nominees, attribute)
    return [f"{nominee['organisation']}|{nominee['country']}" for nominee in nominees]


def marks(column, *values):
    return [int(value in values) for value in column]


def rows_of(nominees, rules):
    """Every row as (name, hard, [(coefficients, low, high, unit), …], whether missed as one)."""
    out = []
    for role, (low, high) in rules.get("roles", {}).items():
        line = (marks(trait_column(nominees, "role"), role), low, high, 1)
        out.append((f"roles.{role}", True, [line], False))
    for i, row in enumerate(rules.get("quotas", [])):
        column = trait_column(nominees, row["attribute"])
        line = (marks(column, row["value"]), row.get("min", 0), row.get("max"), 1)
        out.append((f"quotas[{i}]", row["hard"], [line], False))
    for i, row in enumerate(rules.get("shares", [])):
        column = trait_column(nominees, row["attribute"])
        coefficients = [
            (1000 if value == row["value"] else 0) - row["min"] if value in row["of"] else 0
            for value in column
        ]
        out.append((f"shares[{i}]", row["hard"], [(coefficients, 0, None, 1000)], False))
    for attribute, most in rules.get("at_most", {}).items():
        column = told_apart(nominees, attribute)
        lines = [(marks(column, value), None, most, 1) for value in sorted({*column} - {None})]
        out.append((f"at_most.{attribute}", True, lines, False))
    for i, attribute in enumerate(rules.get("mixed", [])):
        column = told_apart(nominees, attribute)
        values = sorted({*column} - {None, "no_answer"})
        lines = [(marks(column, *(v for v in values if v != value)), 1, None, 1) for value in values]
        out.append((f"mixed[{i}]", True, lines or [([0] * len(column), 1, None, 1)], True))
    return out


class Model:
    """People and misses as columns, rows as written; asked for one goal after another."""

    def __init__(self, nominees, rules, missable):
        self.people = len(nominees)
        self.columns = self.people
        self.most = [1] * self.people
        self.rows, self.low, self.high = [], [], []
        self.misses = {}
        self.add(dict.fromkeys(range(self.people), 1), rules["size"], rules["size"])
        for j, nominee in enumerate(nominees):
            if nominee["key"] in rules.get("locked", []):
                self.add({j: 1}, 1, 1)
        for name, hard, lines, as_one in rows_of(nominees, rules):
            may = missable(name, hard)
            columns = []
            for coefficients, low, high, unit in lines:
                if may and not (as_one and columns):
                    columns.append(self.columns)
                    self.columns += 1
                    self.most.append(10**4)
                slack = {columns[-1]: unit} if may else {}
                line = {j: c for j, c in enumerate(coefficients) if c}
                if low is not None:
                    self.add(line | slack, low, np.inf)
                if high is not None:
                    self.add(line | {c: -v for c, v in slack.items()}, -np.inf, high)
            self.misses[name] = columns

    def add(self, line, low, high):
        self.rows.append(line)
        self.low.append(low)
        self.high.append(high)

    def least(self, line):
        """The least value of a sum, which then stays; and the point, or nothing where there is none."""
        cost = np.zeros(self.columns)
        cost[list(line)] = list(line.values())
        entries = [(i, j, c) for i, row in enumerate(self.rows) for j, c in row.items()]
        at, column, value = zip(*entries, strict=True)
        found = optimize.milp(
            cost,
            constraints=optimize.LinearConstraint(
                sparse.csr_array((value, (at, column)), shape=(len(self.rows), self.columns)),
                self.low,
                self.high,
            ),
            integrality=np.ones(self.columns),
            bounds=optimize.Bounds(0, self.most),
            options={"mip_rel_gap": 0},
        )
        if found.x is None:
            assert found.status == 2, found.message
            return None
        self.point = [round(z) for z in found.x]
        value = sum(c * self.point[j] for j, c in line.items())
        self.add(line, -np.inf, value)
        return value


def panel(nominees, rules, seed):
    """The values of the stages of the best panel and who sits; or how many people each row gives way."""
    nominees = sorted(nominees, key=lambda nominee: nominee["key"])
    model = Model(nominees, rules, lambda name, hard: not hard)
    soft = [column for columns in model.misses.values() for column in columns]
    luck = [int(counted.tie_hash(nominee["key"], "panel", seed)[:5], 16) for nominee in nominees]
    support = {j: -nominee["support"] for j, nominee in enumerate(nominees)}
    goals = [
        dict.fromkeys(soft, 1),
        support,
        {j: nominee["recent"] for j, nominee in enumerate(nominees)},
        support,
        {j: -number for j, number in enumerate(luck)},
    ]
    values = []
    for stage, goal in enumerate(goals):
        value = model.least(goal)
        if value is None:
            return None, relaxation(nominees, rules)
        if stage == 1:
            # Least is the most support, turned round: a part of it may be given up from here on.
            model.high[-1] = -math.ceil(-value * (1000 - rules.get("memory", 50)) / 1000)
        values.append(value)
    return [values[0], -values[1], values[2], -values[3]], [
        nominee["key"] for nominee, z in zip(nominees, model.point, strict=False) if z
    ]


def relaxation(nominees, rules):
    """By how many people each row gives way, the least sum, then the earlier rows least."""
    hard = {name for name, is_hard, _, _ in rows_of(nominees, rules) if is_hard}
    model = Model(nominees, rules, lambda name, hard: True)
    if model.least({column: 1 for name in hard for column in model.misses[name]}) is None:
        return None
    given = {}
    for name, columns in model.misses.items():
        if name in hard and (amount := model.least(dict.fromkeys(columns, 1))):
            given[name] = amount
    return given
