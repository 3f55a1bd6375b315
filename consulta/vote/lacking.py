"""How many more votes a category of the roll needs before it can carry its share, while voting is open.

By the rules no vote weighs more than their limits allow, so few votes cannot carry a large share. This module
decides nothing: it works with the limits of the count (section 2.3) on how many organisations have voted, not
on what they voted. Organisations that abstained count as having voted, since how many did is not told yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from consulta.core.counting import weights
from consulta.core.counting.balance import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.core.values import Rules
    from consulta.rounds.queries.rounds import KindTurnout


@dataclass(frozen=True, slots=True)
class Lacking:
    """A category whose votes cannot carry its share yet.

    `share` is what the rules mean it to have, from 0 to 1; `more` how many further votes can carry it: of
    its organisations, those of the least base first, and where they are too few, others of base 1; `left` how
    many of its organisations have not voted.
    """

    dimension: str
    category: str
    share: float
    more: int
    left: int


def lacking(rules: Rules, kinds: Iterable[KindTurnout]) -> tuple[Lacking, ...]:
    """Return the categories of the balanced dimensions that cannot carry their share with the votes so far.

    Those that have organisations left to vote and lack the fewest votes come first.
    """
    kinds = tuple(kinds)
    found = [line for dimension in rules.balance for line in _lacking(rules, kinds, dimension)]
    return tuple(sorted(found, key=lambda line: (line.more > line.left, line.more, line.category)))


def _lacking(rules: Rules, kinds: Sequence[KindTurnout], dimension: str) -> Iterable[Lacking]:
    groups: dict[str, list[KindTurnout]] = {}
    for kind in kinds:
        groups.setdefault(kind.categories.get(dimension, ""), []).append(kind)
    roll = {
        name: weights.Standing(sum(k.seats for k in own), sum(k.seats * k.base for k in own))
        for name, own in groups.items()
        if name
    }
    everybody = _by_base(kinds)
    for name, share in weights.targets(rules.balance[dimension], roll, roll.keys()).items():
        votes = _by_base(groups[name])
        left = sorted(kind.base for kind in groups[name] for _ in range(kind.seats - kind.voted))
        # Each further vote makes the whole larger: with as many as all others together it carries any share.
        more = next(
            more
            for more in range(10 * everybody.total() + 1000)
            for further in [Counter(left[:more]) + Counter({1: max(0, more - len(left))})]
            if _can_carry(rules, votes + further, everybody + further, Fraction(share))
        )
        if more:
            yield Lacking(dimension, name, float(share), more, len(left))


def _by_base(kinds: Iterable[KindTurnout]) -> Counter[int]:
    """Return how many votes there are of each base value."""
    found: Counter[int] = Counter()
    for kind in kinds:
        found[kind.base] += kind.voted
    return found


def _can_carry(rules: Rules, votes: Counter[int], everybody: Counter[int], share: Fraction) -> bool:
    """Return whether these votes, each as heavy as the limits allow, are worth a share of the whole."""
    total = sum(base * number for base, number in everybody.items())
    if not total:
        return False
    upper = Fraction(repr(rules.weight_bounds[1]))
    limit = weights.largest_ballot(rules, everybody.total())

    def worth(of: Counter[int], most: Fraction | None) -> Fraction:
        parts = ((number, upper * base / total) for base, number in of.items())
        return sum(
            (number * (part if most is None else min(part, most)) for number, part in parts), Fraction(0)
        )

    is_lifted = worth(everybody, limit) < 1
    return round(worth(votes, None if is_lifted else limit), CERTAIN) >= round(share, CERTAIN)
