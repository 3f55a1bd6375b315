"""The rules of a round as values, how they are written as JSON, and which of them make no sense on their own.

It decides the defaults and the form. It does not know the roll, the themes or the nominees: what depends on
those is refused in `refusals`.
"""

import math
from collections.abc import Mapping
from dataclasses import fields

from consulta.core.counting.second.values import NUMBER, SecondRules
from consulta.core.panel.rules import check_panel_rules
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES, check_range
from consulta.core.reading import Node
from consulta.core.typed import from_plain, in_full
from consulta.core.values import Rules

LATER: Mapping[int, type[SecondRules]] = {NUMBER: SecondRules}
"""The rules of each version after the first; their JSON form says its number."""

SUM_TOLERANCE = 1e-9
"""How far given shares may be from a sum of one."""


def parse_rules(mapping: Mapping[str, object], path: str = "rules") -> Rules:
    """Return rules from their JSON form, or the problem of the first thing wrong with them.

    They are of the version that they say, and of the first where they say none.
    """
    node = Node(mapping, path, "bundle.json")
    said = mapping.get("version") if isinstance(mapping, Mapping) else None
    later = next((kind for number, kind in LATER.items() if number == said), None)
    rules = from_plain(later, node) if later else read_first(node)
    check_rules(rules, path)
    return rules


def read_first(node: Node) -> Rules:
    """Return rules of version 1 from their JSON form; they may say so."""
    said = node.value
    if isinstance(said, Mapping) and type(said.get("version")) is int and said["version"] == 1:
        node = Node({name: value for name, value in said.items() if name != "version"}, node.path, node.code)
    return from_plain(Rules, node)


def rules_to_dict(rules: Rules) -> dict[str, object]:
    """Return the JSON form of rules, with every field written out; `panel` is absent when there is none."""
    fields = in_full(rules)
    if rules.panel is None:
        del fields["panel"]
    return fields


def ballots_for_support(rules: Rules) -> int:
    """Return how many ballots a category must have to be counted in support."""
    return rules.support_min if isinstance(rules, SecondRules) else 1


def check_rules(rules: Rules, path: str = "rules") -> None:
    """Raise a Problem if rules are inconsistent for any roll.

    Problems: `rules.targets`, `rules.bounds`, `rules.range`, `panel.rule`.
    """
    for dimension, target in rules.balance.items():
        if not isinstance(target, str):
            _check_shares(target, f"{path}.balance.{dimension}")
    lower, upper = rules.weight_bounds
    if not 0 < lower <= 1 <= upper:
        raise Problem("rules.bounds", path=f"{path}.weight_bounds")
    for part in fields(rules):
        figure = getattr(rules, part.name)
        if part.name in RANGES and isinstance(figure, int):
            check_range(figure, part.name, f"{path}.{part.name}")
    for dimension, figure in rules.spread.items():
        check_range(figure, "spread", f"{path}.spread.{dimension}")
    if rules.panel is not None:
        check_panel_rules(rules.panel, f"{path}.panel")


def _check_shares(shares: Mapping[str, float], path: str) -> None:
    adds_up = abs(math.fsum(shares.values()) - 1) <= SUM_TOLERANCE
    if not adds_up or any(share < 0 for share in shares.values()):
        raise Problem("rules.targets", path=path)
