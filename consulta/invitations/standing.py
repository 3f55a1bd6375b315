"""The panel as it stands against its rules: who has accepted, and who may still.

Each rule is looked at twice: with those alone who hold their seat, and with those too who have not said no.
What a rule means for a set of people is decided in `core.panel_rows`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.panel.rows import Row, attribute_of, rows_of
from consulta.core.texts import Text
from consulta.infra.labels import name_of
from consulta.invitations.values import Standing
from consulta.panel.values import RuleRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from consulta.core.values import Nominee, PanelRules

THOUSAND, HUNDREDTH = 1000, 10


def standing(
    rules: PanelRules, people: Sequence[Nominee], coming: Collection[str], open_to: Collection[str]
) -> tuple[Standing, ...]:
    """Return each rule with how many of `coming` keep it, and how many more of `open_to` would."""
    places = {nominee.key: place for place, nominee in enumerate(people)}
    sure = frozenset(places[key] for key in coming if key in places)
    possible = sure | {places[key] for key in open_to if key in places}
    seated = [people[place] for place in sorted(possible)]
    return tuple(
        Standing(_rule(row, rules, seated, sure), max(row.counts(possible) - row.counts(sure), 0))
        for row in rows_of(rules, people)
        if row.kind != "locked"
    )


def changes(
    rules: PanelRules, people: Sequence[Nominee], before: Collection[str], after: Collection[str]
) -> tuple[RuleRow, ...]:
    """Return the rules whose count of people, or fulfilment, differs between two panels.

    `before` and `after` are the keys of the people on them.
    """
    places = {nominee.key: place for place, nominee in enumerate(people)}
    was = frozenset(places[key] for key in before if key in places)
    now = frozenset(places[key] for key in after if key in places)
    seated = [people[place] for place in sorted(now)]
    return tuple(
        replace(_rule(row, rules, seated, now), was=row.counts(was))
        for row in rows_of(rules, people)
        if row.kind not in {"size", "locked"}
        and (row.counts(was) != row.counts(now) or bool(row.missing(was)) != bool(row.missing(now)))
    )


def _rule(row: Row, rules: PanelRules, seated: Sequence[Nominee], sure: frozenset[int]) -> RuleRow:
    low, high, percent = _limits(row, rules, seated)
    attribute = row.attribute or ""
    return RuleRow(
        kind=row.kind,
        attribute=attribute,
        value=name_of(attribute, row.value or "") if row.kind != "size" else Text(),
        have=row.counts(sure),
        low=low,
        high=high,
        percent=percent,
        hard=row.hard,
        ok=row.missing(sure) == 0,
        pool=row.pool,
    )


def _limits(row: Row, rules: PanelRules, seated: Sequence[Nominee]) -> tuple[int, int | None, int | None]:
    """Return the least and the most people for a rule, and its share in per cent if it is a share.

    The most is None if there is no limit. A share is taken of those who may sit and have a value in the
    categories of the rule.
    """
    if row.kind == "size":
        return rules.size, rules.size, None
    if row.kind == "share":
        share = next(s for s in rules.shares if (s.attribute, s.value) == (row.attribute, row.value))
        among = sum(attribute_of(person, share.attribute) in share.of for person in seated)
        return -(-share.min * among // THOUSAND), None, share.min // HUNDREDTH
    low, _, high = row.asked.rstrip("+").partition("-")
    return int(low), int(high) if high and int(high) < rules.size else None, None
