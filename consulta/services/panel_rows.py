"""Each rule of a panel beside what the panel and the pool have: the figures that its page shows as rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from consulta.core.bundle import LocalText
from consulta.services.labels import name_of
from consulta.services.views import RuleRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consulta.core.bundle import Nominee, PanelRules

UNKNOWN = (None, "", "no_answer")
OWN = ("role", "organisation", "country")


def rows_of(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> tuple[RuleRow, ...]:
    """Every rule in the order in which they are written: roles, quotas, shares, caps, mixed."""
    return (
        *_roles(rules, members, pool),
        *_quotas(rules, members, pool),
        *_shares(rules, members, pool),
        *_caps(rules, members, pool),
        *_mixed(rules, members, pool),
    )


def category(nominee: Nominee, attribute: str) -> str | None:
    """What a nominee is in an attribute; None where that is not known."""
    if attribute in OWN:
        value: str = getattr(nominee, attribute)
        return value
    return nominee.categories.get(attribute)


def _count(nominees: Sequence[Nominee], attribute: str, value: str) -> int:
    return sum(category(nominee, attribute) == value for nominee in nominees)


def _roles(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> Iterator[RuleRow]:
    for role, (low, high) in rules.roles.items():
        have = _count(members, "role", role)
        yield RuleRow(
            kind="role",
            attribute="role",
            value=name_of("role", role),
            have=have,
            low=low,
            high=high,
            percent=None,
            hard=True,
            ok=low <= have <= high,
            pool=_count(pool, "role", role),
        )


def _quotas(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> Iterator[RuleRow]:
    for row in rules.quotas:
        have = _count(members, row.attribute, row.value)
        # A ceiling as high as the whole panel limits nothing: the row reads better without it.
        high = row.max if row.max is not None and row.max < rules.size else None
        yield RuleRow(
            kind="quota",
            attribute=row.attribute,
            value=name_of(row.attribute, row.value),
            have=have,
            low=row.min,
            high=high,
            percent=None,
            hard=row.hard,
            ok=have >= row.min and (high is None or have <= high),
            pool=_count(pool, row.attribute, row.value),
        )


def _shares(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> Iterator[RuleRow]:
    for row in rules.shares:
        among = sum(category(member, row.attribute) in row.of for member in members)
        have = _count(members, row.attribute, row.value)
        low = -(-row.min * among // 1000)
        yield RuleRow(
            kind="share",
            attribute=row.attribute,
            value=name_of(row.attribute, row.value),
            have=have,
            low=low,
            high=None,
            percent=row.min // 10,
            hard=row.hard,
            ok=have >= low,
            pool=_count(pool, row.attribute, row.value),
        )


def _caps(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> Iterator[RuleRow]:
    for attribute, most in rules.at_most.items():
        counts = Counter(filter(None, (category(member, attribute) for member in members)))
        have = max(counts.values(), default=0)
        yield RuleRow(
            kind="at_most",
            attribute=attribute,
            value=LocalText("", ""),
            have=have,
            low=0,
            high=most,
            percent=None,
            hard=True,
            ok=have <= most,
            pool=len({category(nominee, attribute) for nominee in pool}),
        )


def _mixed(rules: PanelRules, members: Sequence[Nominee], pool: Sequence[Nominee]) -> Iterator[RuleRow]:
    for attribute in rules.mixed:
        known = [value for member in members if (value := category(member, attribute)) not in UNKNOWN]
        yield RuleRow(
            kind="mixed",
            attribute=attribute,
            value=LocalText("", ""),
            have=len(set(known)),
            low=2 if known else 0,
            high=None,
            percent=None,
            hard=True,
            ok=not known or len(set(known)) > 1,
            pool=len({category(nominee, attribute) for nominee in pool} - set(UNKNOWN)),
        )
