"""Which proposed themes go on the ballot by their support: the rule that a phase of proposing freezes.

A theme can go on with support from enough subregions. Of those the ones with most organisations behind them
go on, as many as there is room for; where two have as many, the one from more subregions, and then the one
that was proposed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Why = Literal["taken", "spread", "room", "tie", "chosen", "declined"]


class Candidate(NamedTuple):
    """A proposal that was admitted, and who stands behind it; numbers are in the order of proposing."""

    number: int
    organisations: int
    subregions: int


class Placed(NamedTuple):
    """A candidate with what the rule says of it.

    `spread`: it has support from too few subregions; `room`: others have more support; `tie`: the last one
    that goes on has as much, and was proposed earlier. `chosen`, `declined`: the secretariat chose.
    """

    number: int
    organisations: int
    subregions: int
    why: Why


def most_supported(candidates: Iterable[Candidate], themes: int, subregions: int) -> tuple[Placed, ...]:
    """Return all candidates in the order of the rule: those that go on, those without room, the others."""
    ordered = sorted(candidates, key=lambda each: (-each.organisations, -each.subregions, each.number))
    wide = [each for each in ordered if each.subregions >= subregions]
    narrow = [each for each in ordered if each.subregions < subregions]
    taken, rest = wide[:themes], wide[themes:]
    least = taken[-1][1:] if taken else None
    return (
        *(Placed(*each, "taken") for each in taken),
        *(Placed(*each, "tie" if each[1:] == least else "room") for each in rest),
        *(Placed(*each, "spread") for each in narrow),
    )
