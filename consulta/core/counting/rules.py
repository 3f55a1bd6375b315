"""The rules of a round as values, how they are written as JSON, and which of them make no sense on their own.

It decides the defaults and the form. It does not know the roll, the themes or the nominees: what depends on
those is refused in `refusals`.
"""

import math
from collections.abc import Mapping
from dataclasses import fields

from consulta.core.panel.rules import check_panel_rules
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES, check_range
from consulta.core.reading import Node
from consulta.core.typed import from_plain, in_full
from consulta.core.values import VERSION, Rules

SUM_TOLERANCE = 1e-9
"""How far given shares may be from a sum of one."""


def parse_rules(mapping: Mapping[str, object], path: str = "rules") -> Rules:
    """Return rules from their JSON form, or the problem of the first thing wrong with them."""
    rules = from_plain(Rules, Node(mapping, path, "bundle.json"))
    check_rules(rules, path)
    return rules


def rules_to_dict(rules: Rules) -> dict[str, object]:
    """Return the JSON form of rules, with every field written out; `panel` is absent when there is none."""
    fields = in_full(rules)
    if rules.panel is None:
        del fields["panel"]
    return fields


def check_rules(rules: Rules, path: str = "rules") -> None:
    """Raise a Problem if rules are inconsistent for any roll.

    Problems: `bundle.json` (another version), `rules.targets`, `rules.bounds`, `rules.range`, `panel.rule`.
    """
    if rules.version != VERSION:
        Node(rules.version, f"{path}.version", "bundle.json").refuse("version")
    for dimension, target in rules.balance.items():
        if not isinstance(target, str):
            _check_shares(target, f"{path}.balance.{dimension}")
    lower, upper = rules.weight_bounds
    if not 0 < lower <= 1 <= upper:
        raise Problem("rules.bounds", path=f"{path}.weight_bounds")
    _check_figures(rules, path)
    for dimension, figure in rules.spread.items():
        check_range(figure, "spread", f"{path}.spread.{dimension}")
    if rules.panel is not None:
        check_panel_rules(rules.panel, f"{path}.panel")


def _check_figures(rules: Rules, path: str) -> None:
    for part in fields(rules):
        figure = getattr(rules, part.name)
        if part.name in RANGES and isinstance(figure, int):
            check_range(figure, part.name, f"{path}.{part.name}")


def _check_shares(shares: Mapping[str, float], path: str) -> None:
    adds_up = abs(math.fsum(shares.values()) - 1) <= SUM_TOLERANCE
    if not adds_up or any(share < 0 for share in shares.values()):
        raise Problem("rules.targets", path=path)
