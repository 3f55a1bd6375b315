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

In `at_most` and `mixed` an organisation is its name and its country.

Only nominees with a coefficient are named in a line: of two thousand, most lines are about a few dozen.

It decides what each rule means for a given set of people. Which set is best is decided in `panel`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from consulta.core.counting.result import RowKind
from consulta.core.values import Nominee, PanelRules, Quota, Share

NO_ANSWER = "no_answer"
"""The category of people who prefer not to say: it counts as not known in `mixed`."""

THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One inequality over the pool: coefficients by place, limits, and what one person more is worth.

    Of a share, `inside` are those whom it counts; its coefficients name those of whom it is a part.
    """

    coefficients: Mapping[int, int]
    low: int | None = None
    high: int | None = None
    unit: int = 1
    inside: frozenset[int] | None = field(default=None, compare=False)

    def missing(self, members: AbstractSet[int]) -> int:
        """Return how many people (units) these members are short or over."""
        found = sum(self.coefficients.get(place, 0) for place in members)
        short = 0 if self.low is None else -((found - self.low) // self.unit)
        over = 0 if self.high is None else -((self.high - found) // self.unit)
        return max(0, short, over)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its lines, its count among members, its figure for the pool, and who helps to meet it.

    A row that is not `hard` may be missed. A `whole` row is missed by one, however many of its lines are
    missed; for any other row the people missing in its lines are added up.
    """

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
    whole: bool = False

    def missing(self, members: AbstractSet[int]) -> int:
        """Return how many people the row is short or over."""
        missing = [line.missing(members) for line in self.lines]
        return int(any(missing)) if self.whole else sum(missing)


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


def told_apart(nominee: Nominee, attribute: str) -> tuple[str | None, str]:
    """Return that by which people are told apart in `at_most` and `mixed`: organisations by country, too."""
    return attribute_of(nominee, attribute), nominee.country if attribute == "organisation" else ""


@dataclass(frozen=True, slots=True)
class Pool:
    """The people who may sit, and who has which value of an attribute, by place."""

    people: Sequence[Nominee]
    found: dict[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.people)

    def values(self, attribute: str) -> Mapping[str, frozenset[int]]:
        """Return who has which value, values in order."""
        if attribute not in self.found:
            places: dict[str, list[int]] = defaultdict(list)
            for place, nominee in enumerate(self.people):
                value = attribute_of(nominee, attribute)
                if value is not None:
                    places[value].append(place)
            self.found[attribute] = {value: frozenset(places[value]) for value in sorted(places)}
        return self.found[attribute]

    def different(self, attribute: str) -> list[tuple[str, frozenset[int]]]:
        """Return the values by which people are told apart and who has each, in order."""
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, nominee in enumerate(self.people):
            value, country = told_apart(nominee, attribute)
            if value is not None:
                places[value, country].append(place)
        return [(value, frozenset(places[value, country])) for value, country in sorted(places)]

    def holders(self, attribute: str, *values: str) -> frozenset[int]:
        """Return who has one of these values."""
        return frozenset().union(*(self.values(attribute).get(value, frozenset()) for value in values))


def rows_of(rules: PanelRules, people: Sequence[Nominee]) -> list[Row]:
    """Return every row of the rules, in their order, over these people."""
    pool = Pool(people)
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


def _size(rules: PanelRules, pool: Pool) -> Row:
    line = Line(_marks(range(len(pool))), low=rules.size, high=rules.size)
    return Row("size", "size", str(rules.size), (line,), len, len(pool))


def _locked(rules: PanelRules, pool: Pool) -> list[Row]:
    if not rules.locked:
        return []
    locked = set(rules.locked)
    who = frozenset(place for place, nominee in enumerate(pool.people) if nominee.key in locked)
    line = Line(_marks(who), low=len(locked))
    return [Row("locked", "locked", str(len(locked)), (line,), _counting(who), len(who), who)]


def _counted(name: str, kind: RowKind, quota: Quota, pool: Pool) -> Row:
    who = pool.holders(quota.attribute, quota.value)
    return Row(
        name=name,
        kind=kind,
        asked=f"{quota.min}+" if quota.max is None else f"{quota.min}-{quota.max}",
        lines=(Line(_marks(who), low=quota.min, high=quota.max),),
        counts=_counting(who),
        pool=len(who),
        helpers=who if quota.min else frozenset(),
        attribute=quota.attribute,
        value=quota.value,
        hard=quota.hard,
    )


def _share(name: str, share: Share, pool: Pool) -> Row:
    inside = pool.holders(share.attribute, share.value)
    base = pool.holders(share.attribute, *share.of)
    coefficients = {place: THOUSAND * (place in inside) - share.min for place in base}
    return Row(
        name=name,
        kind="share",
        asked=f"{share.min}/{THOUSAND}",
        lines=(Line(coefficients, low=0, unit=THOUSAND, inside=inside & base),),
        counts=_counting(inside),
        pool=len(inside),
        helpers=inside if share.min else frozenset(),
        attribute=share.attribute,
        value=share.value,
        hard=share.hard,
    )


def _at_most(attribute: str, most: int, pool: Pool) -> Row:
    """Return the row that caps the people of each value of an attribute.

    Its `counts` is the largest number of any one value; its `pool` is how many may sit at once.
    """
    holders = [who for _value, who in pool.different(attribute)]
    capped = [who for who in holders if len(who) > most]
    return Row(
        name=f"at_most.{attribute}",
        kind="at_most",
        asked=f"0-{most}",
        lines=tuple(Line(_marks(who), high=most) for who in capped),
        counts=lambda members: max((len(who & members) for who in holders), default=0),
        pool=len(pool) - sum(len(who) - most for who in capped),
        attribute=attribute,
    )


def _mixed(name: str, attribute: str, pool: Pool) -> Row:
    """Ask for two different known values; `counts` is how many there are."""
    holders = [who for value, who in pool.different(attribute) if value != NO_ANSWER]
    known = frozenset().union(*holders)
    return Row(
        name=name,
        kind="mixed",
        asked="2+",
        lines=(
            Line(_marks(known), low=2, unit=2),
            *(Line(_marks(known - who), low=1) for who in holders),
        ),
        counts=lambda members: sum(bool(who & members) for who in holders),
        pool=len(holders),
        helpers=known,
        attribute=attribute,
        whole=True,
    )


def _marks(who: Iterable[int]) -> Mapping[int, int]:
    return dict.fromkeys(who, 1)


def _counting(who: AbstractSet[int]) -> Callable[[AbstractSet[int]], int]:
    return lambda members: len(who & members)
