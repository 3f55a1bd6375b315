"""Whose voters see somebody on the panel whom they named (5.6).

It decides how the parts are counted of groups of equal ballots, not where these come from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from consulta.core.counting.result import EndorsedBy
from consulta.core.values import Rules


class Alike(NamedTuple):
    """Ballots of seats with the same categories, with the country, which name members alike or none.

    `value` is that of each of them.
    """

    categories: Mapping[str, str]
    value: int
    ballots: int
    names_a_member: bool


def dimensions_of(rules: Rules) -> list[str]:
    """Return the dimensions of which it is told: those that the rules balance or ask for spread."""
    return sorted({*rules.balance, *rules.spread})


def endorsed_by(rules: Rules, ballots: Iterable[Alike]) -> tuple[EndorsedBy, ...]:
    """Return the part of the value of each category's ballots that endorse at least one member."""
    dimensions = dimensions_of(rules)
    number, whole, named = (Counter[tuple[str, str]]() for _ in range(3))
    for alike in ballots:
        for dimension in dimensions:
            place = dimension, alike.categories[dimension]
            number[place] += alike.ballots
            whole[place] += alike.ballots * alike.value
            named[place] += alike.ballots * alike.value * alike.names_a_member
    return tuple(
        EndorsedBy(*place, number[place], Fraction(named[place], whole[place])) for place in sorted(number)
    )
