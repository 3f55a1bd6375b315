"""Joining of countries in what is counted and published of a round whose ballots have no names.

Each ballot of such a round is public with the base of its organisation and its category in every
dimension, such as subregion and sector: together its cell. Every dimension that is shown makes cells
smaller. The bundle shows a country only where at least `least` ballots of its cell are from it. The
other countries of the cell appear under one code. If together they have fewer than `least` ballots, the
country with the next fewest joins them, until they have enough or the whole cell is joined.

The module decides these codes and nothing else of a count: weights, topics and support use the other
dimensions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from consulta.platform.data.dimensions import SUBREGION
from consulta.platform.data.joined import CODES
from consulta.rounds.ballots.queries import counting as queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.core.values import Rules
    from consulta.platform.models import Round
    from consulta.platform.work import Work


class Group(NamedTuple):
    """Seats of the same categories, base and country."""

    categories: tuple[tuple[str, str], ...]  # dimension and category, by dimension
    base: int
    country: str

    @property
    def subregion(self) -> str:
        """Return the key of the subregion, which every seat has."""
        return dict(self.categories)[SUBREGION]


Codes = dict[Group, str]


def group_of(categories: Mapping[str, str], base: int, country: str) -> Group:
    """Return the group of a seat with these categories, this base and this country."""
    return Group(tuple(sorted(categories.items())), base, country)


def asks_for_country(rules: Rules) -> bool:
    """Return whether the rules count by country, which joined countries would change."""
    return "country" in rules.balance or "country" in rules.spread


def codes_of(work: Work, found: Round, *, at_closing: bool = False) -> Codes:
    """Return the code of each group of the roll whose country is joined; empty where none is.

    What was joined when the round was first counted stays joined in a second count, after ballots were taken
    out: from two bundles that join differently, smaller groups could be worked out. With `at_closing` the
    codes are those of the first count.
    """
    if found.joined_below is None:
        return {}
    seats, first = _counted(work, found.id, at_closing=True)
    codes = joined(seats, first, found.joined_below)
    if at_closing:
        return codes
    _, now = _counted(work, found.id, at_closing=False)
    return codes if now == first else joined(seats, now, found.joined_below, codes)


def _counted(work: Work, round_id: int, *, at_closing: bool) -> tuple[list[Group], Counter[Group]]:
    """Return the groups of the roll, and how many ballots each has."""
    seats = [group_of(*row) for row in queries.kinds(work.session, round_id)]
    found = queries.ballots_by_kind(work.session, round_id, at_closing=at_closing)
    return seats, Counter({group_of(*kind): ballots for kind, ballots in found})


def joined(
    seats: Iterable[Group], ballots: Mapping[Group, int], least: int, already: Iterable[Group] = ()
) -> Codes:
    """Return the code of each group whose country is joined, with those that were joined already."""
    cells: defaultdict[tuple[object, int], list[Group]] = defaultdict(list)
    for group in sorted(set(seats)):
        cells[group.categories, group.base].append(group)
    before = frozenset(already)
    return {
        group: CODES[group.subregion]
        for cell in cells.values()
        for group in _together(cell, ballots, least, before)
    }


def _together(
    cell: list[Group], ballots: Mapping[Group, int], least: int, before: frozenset[Group]
) -> set[Group]:
    """Return the groups of one cell whose countries are joined."""
    together = {group for group in cell if group in before or ballots.get(group, 0) < least}
    rest = sorted(set(cell) - together, key=lambda group: (ballots.get(group, 0), group))
    while together and rest and sum(ballots.get(group, 0) for group in together) < least:
        together.add(rest.pop(0))
    return together
