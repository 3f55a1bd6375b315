"""The panel's rules as rows, and each row as lines of whole numbers that a set of people keeps or misses.

A **line** is `low ≤ Σ_j coefficient_j x_j ≤ high` over the nominees of the pool, x_j being 1 for members.
It is short by the smallest whole s ≥ 0 with Σ + unit·s ≥ low, and over by the smallest with Σ - unit·s ≤
high. A **row** is a rule as people read it, and holds when its lines do.

| row | lines |
| --- | --- |
| size | all members = size |
| locked | all locked are in |
| role, quota | members with the value: from min to max |
| share | 1000 · in - min · of ≥ 0, in units of 1000 (one more person in) |
| at_most | for each value: members with it ≤ the cap |
| mixed | known ≥ 2, and for each value: known members without it ≥ 1 |

It decides what each rule means for a given set of people. Which set is best is decided in `panel`.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from consulta.core.bundle import Nominee
from consulta.core.panel_rules import PanelRules, Quota, Share
from consulta.core.result import RowKind

NO_ANSWER = "no_answer"
"""The category of people who prefer not to say: it counts as not known in `mixed`."""

THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One inequality over the pool; a soft one may be missed."""

    coefficients: tuple[int, ...]
    low: int | None = None
    high: int | None = None
    unit: int = 1
    hard: bool = True

    def missing(self, members: AbstractSet[int]) -> int:
        """Return how many people (units) these members are short or over."""
        found = sum(self.coefficients[j] for j in members)
        short = 0 if self.low is None else -((found - self.low) // self.unit)
        over = 0 if self.high is None else -((self.high - found) // self.unit)
        return max(0, short, over)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its lines, what it counts among members, how much of that the pool has, and whom it needs."""

    name: str
    kind: RowKind
    asked: str
    lines: tuple[Line, ...]
    counts: Callable[[AbstractSet[int]], int]
    pool: int
    helpers: frozenset[int] = frozenset()
    attribute: str | None = None
    value: str | None = None
    hard: bool = True

    def missing(self, members: AbstractSet[int]) -> int:
        """Return how many people the row is short or over."""
        return sum(line.missing(members) for line in self.lines)


def attribute_of(nominee: Nominee, attribute: str) -> str | None:
    """Return a nominee's value for an attribute: a field of its own, or a category, if it has that."""
    match attribute:
        case "role":
            return nominee.role
        case "organisation":
            return nominee.organisation
        case "country":
            return nominee.country
        case _:
            return nominee.categories.get(attribute)


def rows_of(rules: PanelRules, pool: Sequence[Nominee]) -> list[Row]:
    """Return every row of the rules, in their order, over this pool."""
    return [
        _size(rules, pool),
        *_locked(rules, pool),
        *(
            _counted(f"roles.{role}", "role", Quota("role", role, least, most), pool)
            for role, (least, most) in rules.roles.items()
        ),
        *(_counted(f"quotas[{i}]", "quota", quota, pool) for i, quota in enumerate(rules.quotas)),
        *(_share(f"shares[{i}]", share, pool) for i, share in enumerate(rules.shares)),
        *(_at_most(attribute, most, pool) for attribute, most in rules.at_most.items()),
        *(_mixed(f"mixed[{i}]", attribute, pool) for i, attribute in enumerate(rules.mixed)),
    ]


def _size(rules: PanelRules, pool: Sequence[Nominee]) -> Row:
    line = Line((1,) * len(pool), low=rules.size, high=rules.size)
    return Row("size", "size", str(rules.size), (line,), len, len(pool))


def _locked(rules: PanelRules, pool: Sequence[Nominee]) -> list[Row]:
    if not rules.locked:
        return []
    who = {j for j, nominee in enumerate(pool) if nominee.key in rules.locked}
    line = Line(_marks(who, pool), low=len(rules.locked))
    return [
        Row("locked", "locked", str(len(rules.locked)), (line,), _counting(who), len(who), frozenset(who))
    ]


def _counted(name: str, kind: RowKind, quota: Quota, pool: Sequence[Nominee]) -> Row:
    who = _holders(quota.attribute, {quota.value}, pool)
    return Row(
        name=name,
        kind=kind,
        asked=f"{quota.min}+" if quota.max is None else f"{quota.min}-{quota.max}",
        lines=(Line(_marks(who, pool), low=quota.min, high=quota.max, hard=quota.hard),),
        counts=_counting(who),
        pool=len(who),
        helpers=frozenset(who if quota.min else ()),
        attribute=quota.attribute,
        value=quota.value,
        hard=quota.hard,
    )


def _share(name: str, share: Share, pool: Sequence[Nominee]) -> Row:
    inside = _holders(share.attribute, {share.value}, pool)
    base = _holders(share.attribute, set(share.of), pool)
    coefficients = tuple(THOUSAND * (j in inside) - share.min * (j in base) for j in range(len(pool)))
    return Row(
        name=name,
        kind="share",
        asked=f"{share.min}/{THOUSAND}",
        lines=(Line(coefficients, low=0, unit=THOUSAND, hard=share.hard),),
        counts=_counting(inside),
        pool=len(inside),
        helpers=frozenset(inside if share.min else ()),
        attribute=share.attribute,
        value=share.value,
        hard=share.hard,
    )


def _at_most(attribute: str, most: int, pool: Sequence[Nominee]) -> Row:
    """Cap the people of each value; `counts`: the most of any one; `pool`: how many may sit at once."""
    holders = [_holders(attribute, {value}, pool) for value in _values(attribute, pool)]
    capped = [who for who in holders if len(who) > most]
    return Row(
        name=f"at_most.{attribute}",
        kind="at_most",
        asked=f"0-{most}",
        lines=tuple(Line(_marks(who, pool), high=most) for who in capped),
        counts=lambda members: max((len(who & members) for who in holders), default=0),
        pool=len(pool) - sum(len(who) - most for who in capped),
        attribute=attribute,
    )


def _mixed(name: str, attribute: str, pool: Sequence[Nominee]) -> Row:
    """Ask for two different known values; `counts` is how many there are."""
    holders = [_holders(attribute, {value}, pool) for value in _values(attribute, pool) if value != NO_ANSWER]
    known = set().union(*holders)
    return Row(
        name=name,
        kind="mixed",
        asked="2+",
        lines=(
            Line(_marks(known, pool), low=2),
            *(Line(_marks(known - who, pool), low=1) for who in holders),
        ),
        counts=lambda members: sum(bool(who & members) for who in holders),
        pool=len(holders),
        helpers=frozenset(known),
        attribute=attribute,
    )


def _values(attribute: str, pool: Iterable[Nominee]) -> list[str]:
    found = {attribute_of(nominee, attribute) for nominee in pool}
    return sorted(value for value in found if value is not None)


def _holders(attribute: str, values: AbstractSet[str], pool: Sequence[Nominee]) -> set[int]:
    return {j for j, nominee in enumerate(pool) if attribute_of(nominee, attribute) in values}


def _marks(who: AbstractSet[int], pool: Sequence[Nominee]) -> tuple[int, ...]:
    return tuple(int(j in who) for j in range(len(pool)))


def _counting(who: AbstractSet[int]) -> Callable[[AbstractSet[int]], int]:
    return lambda members: len(who & members)
