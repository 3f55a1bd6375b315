"""The rules of a round as values, how they are written as JSON, and which of them make no sense on their own.

It decides the defaults and the form. It does not know the roll, the themes or the nominees: what depends on
those is refused in `refusals`.
"""

import math
from collections.abc import Mapping
from typing import cast, get_args

from consulta.core.panel.rules import check_panel_rules, panel_rules_to_dict, read_panel_rules
from consulta.core.problems import Problem
from consulta.core.ranges import check_range
from consulta.core.reading import Node
from consulta.core.values import Method, Rules, Target, TargetName

METHODS: tuple[Method, ...] = get_args(Method)
TARGETS: tuple[TargetName, ...] = get_args(TargetName)

SUM_TOLERANCE = 1e-9
"""How far given shares may be from a sum of one."""


def parse_rules(mapping: Mapping[str, object], path: str = "rules") -> Rules:
    """Return rules from their JSON form, or the problem of the first thing wrong with them."""
    rules = read_rules(Node(mapping, path, "bundle.json"))
    check_rules(rules, path)
    return rules


def rules_to_dict(rules: Rules) -> dict[str, object]:
    """Return the JSON form of rules, with every field written out; `panel` is absent when there is none."""
    fields: dict[str, object] = {
        "max_ranks": rules.max_ranks,
        "max_objectives": rules.max_objectives,
        "max_endorsements": rules.max_endorsements,
        "balance": {
            dimension: target if isinstance(target, str) else dict(target)
            for dimension, target in rules.balance.items()
        },
        "weight_bounds": list(rules.weight_bounds),
        "method": rules.method,
        "objective_share": rules.objective_share,
        "spread": dict(rules.spread),
        "topics": rules.topics,
    }
    if rules.panel is not None:
        fields["panel"] = panel_rules_to_dict(rules.panel)
    return fields


def read_rules(node: Node) -> Rules:
    """Return rules whose form is right; whether their figures make sense is for `check_rules`."""
    usual = Rules()
    fields = node.fields((), Rules.__dataclass_fields__)

    def whole(name: str, default: int) -> int:
        return fields[name].whole() if name in fields else default

    return Rules(
        max_ranks=whole("max_ranks", usual.max_ranks),
        max_objectives=whole("max_objectives", usual.max_objectives),
        max_endorsements=whole("max_endorsements", usual.max_endorsements),
        balance=_read_balance(fields["balance"]) if "balance" in fields else usual.balance,
        weight_bounds=_read_bounds(fields["weight_bounds"])
        if "weight_bounds" in fields
        else usual.weight_bounds,
        method=cast("Method", fields["method"].word(*METHODS)) if "method" in fields else usual.method,
        objective_share=whole("objective_share", usual.objective_share),
        spread=_read_spread(fields["spread"]) if "spread" in fields else usual.spread,
        topics=whole("topics", usual.topics),
        panel=read_panel_rules(fields["panel"])
        if "panel" in fields and not fields["panel"].is_null()
        else None,
    )


def _read_balance(node: Node) -> dict[str, Target]:
    return {dimension: _read_target(target) for dimension, target in node.entries().items()}


def _read_target(node: Node) -> Target:
    if isinstance(node.value, Mapping):
        return {category: share.number() for category, share in node.entries().items()}
    return cast("TargetName", node.word(*TARGETS))


def _read_bounds(node: Node) -> tuple[float, float]:
    lower, upper = node.pair()
    return lower.number(), upper.number()


def _read_spread(node: Node) -> dict[str, int]:
    return {dimension: figure.whole() for dimension, figure in node.entries().items()}


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
    for name in ("max_ranks", "max_objectives", "max_endorsements", "objective_share", "topics"):
        check_range(getattr(rules, name), name, f"{path}.{name}")
    for dimension, figure in rules.spread.items():
        check_range(figure, "spread", f"{path}.spread.{dimension}")
    if rules.panel is not None:
        check_panel_rules(rules.panel, f"{path}.panel")


def _check_shares(shares: Mapping[str, float], path: str) -> None:
    adds_up = abs(math.fsum(shares.values()) - 1) <= SUM_TOLERANCE
    if not adds_up or any(share < 0 for share in shares.values()):
        raise Problem("rules.targets", path=path)
