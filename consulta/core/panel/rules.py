"""The panel's rules as values (section 5.1), how they are written as JSON, and which make no sense.

It decides the shape of the rows and what they may name. How a panel is chosen under them: `panel`.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.ranges import check_range
from consulta.core.reading import Node
from consulta.core.values import PanelRules, Quota, Share

if TYPE_CHECKING:
    from consulta.core.values import Nominee

OWN_FIELDS = ("role", "organisation", "country")
"""Attributes of a nominee that are fields of their own, not categories."""


def parse_panel_rules(mapping: Mapping[str, object], path: str = "rules.panel") -> PanelRules:
    """Return the panel's rules from their JSON form, or the problem of the first thing wrong with them."""
    rules = read_panel_rules(Node(mapping, path, "bundle.json"))
    check_panel_rules(rules, path)
    return rules


def panel_rules_to_dict(rules: PanelRules) -> dict[str, object]:
    """Return the JSON form of the panel's rules, with every field written out."""
    return {
        "size": rules.size,
        "roles": {role: list(limits) for role, limits in rules.roles.items()},
        "quotas": [
            {"attribute": row.attribute, "value": row.value, "min": row.min, "max": row.max, "hard": row.hard}
            for row in rules.quotas
        ],
        "shares": [
            {
                "attribute": row.attribute,
                "value": row.value,
                "min": row.min,
                "of": list(row.of),
                "hard": row.hard,
            }
            for row in rules.shares
        ],
        "at_most": dict(rules.at_most),
        "mixed": list(rules.mixed),
        "locked": list(rules.locked),
        "barred": list(rules.barred),
    }


def read_panel_rules(node: Node) -> PanelRules:
    """Return panel rules whose form is right; whether they make sense is for `check_panel_rules`."""
    fields = node.fields(("size",), ("roles", "quotas", "shares", "at_most", "mixed", "locked", "barred"))

    def rows(name: str) -> Iterable[Node]:
        return fields[name].items() if name in fields else ()

    def entries(name: str) -> dict[str, Node]:
        return fields[name].entries() if name in fields else {}

    def names(name: str) -> tuple[str, ...]:
        return fields[name].names() if name in fields else ()

    return PanelRules(
        size=fields["size"].whole(),
        roles={role: _read_limits(limits) for role, limits in entries("roles").items()},
        quotas=tuple(map(_read_quota, rows("quotas"))),
        shares=tuple(map(_read_share, rows("shares"))),
        at_most={attribute: most.whole() for attribute, most in entries("at_most").items()},
        mixed=names("mixed"),
        locked=names("locked"),
        barred=names("barred"),
    )


def _read_limits(node: Node) -> tuple[int, int]:
    least, most = node.pair()
    return least.whole(), most.whole()


def _read_quota(node: Node) -> Quota:
    fields = node.fields(("attribute", "value"), ("min", "max", "hard"))
    most = fields.get("max")
    return Quota(
        attribute=fields["attribute"].name(),
        value=fields["value"].name(),
        min=fields["min"].whole() if "min" in fields else 0,
        max=None if most is None or most.is_null() else most.whole(),
        hard=fields["hard"].flag() if "hard" in fields else True,
    )


def _read_share(node: Node) -> Share:
    fields = node.fields(("attribute", "value", "min", "of"), ("hard",))
    return Share(
        attribute=fields["attribute"].name(),
        value=fields["value"].name(),
        min=fields["min"].whole(),
        of=fields["of"].names(),
        hard=fields["hard"].flag() if "hard" in fields else True,
    )


def check_panel_rules(rules: PanelRules, path: str = "rules.panel") -> None:
    """Raise a Problem if panel rules are inconsistent for any set of nominees.

    Problems: `rules.range` for a figure outside its range, `panel.rule` for limits, names or shares that
    contradict one another.
    """
    check_range(rules.size, "size", f"{path}.size")
    for role, (least, most) in rules.roles.items():
        _check_limits(least, most, f"{path}.roles.{role}")
    for index, quota in enumerate(rules.quotas):
        _check_limits(quota.min, quota.max, f"{path}.quotas[{index}]")
    for index, share in enumerate(rules.shares):
        check_range(share.min, "share", f"{path}.shares[{index}].min")
        _check_once(share.of, f"{path}.shares[{index}].of")
        if share.value not in share.of:
            raise Problem("panel.rule", path=f"{path}.shares[{index}].of")
    for attribute, most in rules.at_most.items():
        check_range(most, "at_most", f"{path}.at_most.{attribute}")
    _check_once(rules.mixed, f"{path}.mixed")
    _check_once(rules.locked, f"{path}.locked")
    _check_once((*rules.locked, *rules.barred), f"{path}.barred")


def check_panel_names(
    rules: PanelRules,
    nominees: Iterable["Nominee"],
    path: str = "rules.panel",
    *,
    known_roles: Iterable[str] = (),
) -> None:
    """Raise Problem `panel.rule` if the rules name an unknown attribute, role or nominee.

    `known_roles` exist even where no nominee has one.
    """
    nominees = tuple(nominees)
    keys = {nominee.key for nominee in nominees}
    roles = {*known_roles, *(nominee.role for nominee in nominees)}
    attributes = {*OWN_FIELDS, *(name for nominee in nominees for name in nominee.categories)}
    named = [
        *((role, roles, f"roles.{role}") for role in rules.roles),
        *(
            (row.attribute, attributes, f"quotas[{index}].attribute")
            for index, row in enumerate(rules.quotas)
        ),
        *(
            (row.attribute, attributes, f"shares[{index}].attribute")
            for index, row in enumerate(rules.shares)
        ),
        *((attribute, attributes, f"at_most.{attribute}") for attribute in rules.at_most),
        *((attribute, attributes, f"mixed[{index}]") for index, attribute in enumerate(rules.mixed)),
        *((key, keys, f"locked[{index}]") for index, key in enumerate(rules.locked)),
        *((key, keys, f"barred[{index}]") for index, key in enumerate(rules.barred)),
    ]
    for name, known, place in named:
        if name not in known:
            raise Problem("panel.rule", path=f"{path}.{place}")


def _check_limits(least: int, most: int | None, path: str) -> None:
    check_range(least, "people", path)
    if most is not None:
        check_range(most, "people", path)
        if least > most:
            raise Problem("panel.rule", path=path)


def _check_once(names: tuple[str, ...], path: str) -> None:
    if len(set(names)) != len(names):
        raise Problem("panel.rule", path=path)
