"""A public panel in its parts: who counts for which rule, and what that may say of people who are not named.

Role and subregion are public of everybody on a panel; sector and country only of people who are named. What
this module works out of a rule is made of these alone, so that it does not depend on who the others are. Of a
rule about anything else, such as country, it is told whether it is met. No support of a person is public
(decision 34), so that no place is explained by one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.core.texts import Text
    from consulta.panel.values import PublicPlace, RuleRow

OF_EVERYBODY = ("role", "subregion")
"""The categories that are public of everybody on a panel."""

OF_NAMED = ("sector",)
"""The categories that are shown as a picture, of people who are named alone."""

COUNTED = frozenset({"role", "quota"})
"""Kinds of rules that ask for so many people of a category."""


class Reason(NamedTuple):
    """A rule that a person helps to meet.

    `have` people of the panel count for it, the person included, or of those who are named. `needed`: without
    the person the rule would be missed.
    """

    rule: RuleRow
    value: Text
    have: int
    needed: bool
    of_named: bool


class Group(NamedTuple):
    """The places of a panel that have one category; without `value` those of whom it is not public.

    `free` more people could sit here by its rule, and `missing` are fewer than it asks for; of people who are
    named alone neither is known.
    """

    value: Text | None
    places: tuple[PublicPlace, ...]
    rule: RuleRow | None
    free: int
    missing: int


class Balance(NamedTuple):
    """A panel by one dimension: its groups in the order of the places, those that rules ask for included."""

    dimension: str
    groups: tuple[Group, ...]


def public_rows(
    rows: Iterable[RuleRow], places: Sequence[PublicPlace], *, free: int = 0
) -> tuple[RuleRow, ...]:
    """Return the rules as the public may read them.

    A count is left out (`have` is None) where it would say something of a person who is not named. Where
    places of the panel are free, rules about what is public of everybody are counted anew, without them; all
    others stay as they were decided, since a change would tell of the person who declined.
    """
    whole = not free and all(place.name for place in places)
    return tuple(
        replace(_counted(row, places) if free and _open(row) else row, who=())
        if whole or _open(row)
        else replace(row, who=(), have=None, pool=0)
        for row in rows
    )


def _counted(row: RuleRow, places: Sequence[PublicPlace]) -> RuleRow:
    """Return a rule about what is public of everybody, counted over these places alone."""
    have = sum(row.kind == "size" or place.codes.get(row.attribute) == row.code for place in places)
    return replace(row, have=have, ok=row.low <= have and (row.high is None or have <= row.high))


def _open(row: RuleRow) -> bool:
    return row.kind == "size" or (row.kind not in {"at_most", "mixed"} and row.attribute in OF_EVERYBODY)


def reasons_of(
    place: PublicPlace, places: Sequence[PublicPlace], rows: Iterable[RuleRow]
) -> tuple[Reason, ...]:
    """Return the rules that a person helps to meet, as far as the categories of the panel are public."""
    whole = all(each.name for each in places)
    told = []
    for row in rows:
        value = place.category(row.attribute)
        if value is None or not row.low:
            continue
        of_named = row.attribute in OF_NAMED and not whole
        same = sum(each.codes.get(row.attribute) == place.codes[row.attribute] for each in places)
        if row.kind in COUNTED and row.code == place.codes[row.attribute]:
            needed = row.ok and same == row.low and not of_named
            told.append(Reason(row, value, same, needed, of_named))
        elif row.kind == "mixed" and same == 1:
            told.append(Reason(row, value, same, needed=False, of_named=of_named))
    return tuple(told)


def balances(places: Sequence[PublicPlace], rows: Sequence[RuleRow]) -> tuple[Balance, ...]:
    """Return the panel by role, by subregion and by sector."""
    return tuple(_balance(each, places, rows) for each in (*OF_EVERYBODY, *OF_NAMED))


def _balance(dimension: str, places: Sequence[PublicPlace], rows: Sequence[RuleRow]) -> Balance:
    rules = {row.code: row for row in rows if row.kind in COUNTED and row.attribute == dimension}
    told = [place for place in places if dimension in place.codes]
    codes = dict.fromkeys((*rules, *(place.codes[dimension] for place in told)))
    whole, groups = len(told) == len(places), []
    for code in codes:
        here = tuple(place for place in told if place.codes[dimension] == code)
        rule = rules.get(code)
        if not here and (rule is None or not whole or not (rule.low or rule.high)):
            continue
        value = rule.value if rule else here[0].category(dimension)
        free = rule.high - len(here) if whole and rule and rule.high is not None else 0
        missing = rule.low - len(here) if whole and rule else 0
        groups.append(Group(value, here, rule, max(0, free), max(0, missing)))
    rest = tuple(place for place in places if dimension not in place.codes)
    return Balance(dimension, (*groups, *([Group(None, rest, None, 0, 0)] if rest else [])))
