"""The panel's rules as values (section 5.1), how they are written as JSON, and which make no sense.

It decides the shape of the rows and what they may name. How a panel is chosen under them: `panel`.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.ranges import check_range
from consulta.core.reading import Node
from consulta.core.typed import from_plain, in_full
from consulta.core.values import OWN_FIELDS, PanelRules

if TYPE_CHECKING:
    from consulta.core.values import Nominee


def parse_panel_rules(mapping: Mapping[str, object], path: str = "rules.panel") -> PanelRules:
    """Return the panel's rules from their JSON form, or the problem of the first thing wrong with them."""
    rules = from_plain(PanelRules, Node(mapping, path, "bundle.json"))
    check_panel_rules(rules, path)
    return rules


def panel_rules_to_dict(rules: PanelRules) -> dict[str, object]:
    """Return the JSON form of the panel's rules, with every field written out."""
    return in_full(rules)


def check_panel_rules(rules: PanelRules, path: str = "rules.panel") -> None:
    """Raise a Problem if panel rules are inconsistent for any set of nominees.

    Problems: `rules.range` for a figure outside its range, `panel.rule` for limits, names or shares that
    contradict one another.
    """
    for name in ("size", "memory", "reserves"):
        check_range(getattr(rules, name), name, f"{path}.{name}")
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
