"""Whether standing early on the page helped a theme: in which third of it the theme stood that came first.

It decides what the public may read of that. Where ballots have names, everything: the order on a page follows
from the seat's place on the roll. Elsewhere that order would tell whose ballot it is: only three numbers of
ballots are told, and only where they tell of no small group who in it voted how.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from consulta.results.public_figures import MANY
from consulta.rounds import ballots as ballots_acts
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consulta.platform.models import Ballot, Round, Seat

THIRDS = 3
ENOUGH = 12
"""Of a larger group so many ballots are looked at, to find exchanges that make up for one elsewhere."""

FAR = 4
"""Changes further than this from none are not followed up."""

Change = tuple[int, ...]
"""What exchanging two ballots would add to each of the numbers."""


def first_stood(
    found: Round, counted: Sequence[tuple[Seat, Ballot]], least: int, codes: ballots_acts.Codes | None = None
) -> list[int] | None:
    """Return how many ballots put first a theme from the first, second and last third of their page.

    Return None if that may not be told, for fewer than three themes, and if a ballot's page is not
    known. A group below `least` is small; `codes` are those of countries that are published as one.
    """
    if len(found.themes) < THIRDS or not counted:
        return None
    if any(not set(ballot.ranking[0]) <= set(ballot.shown) for _seat, ballot in counted):
        return None  # kept by other means than a ballot's page
    told, public = _numbers(counted), what_is_public(found.secrecy)
    if "seats" in public:
        return told
    many = len(counted) >= MANY and min(told) >= least
    return (
        told
        if many and ("bundle" not in public or _stays_open(_groups(counted, codes or {}), least))
        else None
    )


def expected(themes: int, ballots: int) -> list[int]:
    """Return the same three numbers, rounded, as expected if the order on the page has no effect."""
    places = Counter(_third(place, themes) for place in range(themes))
    return [round(ballots * places[third] / themes) for third in range(THIRDS)]


def _third(place: int, themes: int) -> int:
    return place * THIRDS // themes


def _stood(shown: Sequence[str], ballot: Ballot) -> int:
    """Return the third of a page (0 to 2) on which the first theme of a ballot stands."""
    return _third(min(shown.index(theme) for theme in ballot.ranking[0]), len(shown))


def _numbers(counted: Iterable[tuple[Seat, Ballot]]) -> list[int]:
    thirds = Counter(_stood(ballot.shown, ballot) for _seat, ballot in counted)
    return [thirds[third] for third in range(THIRDS)]


def _groups(counted: Iterable[tuple[Seat, Ballot]], codes: ballots_acts.Codes) -> list[list[Ballot]]:
    """Return the ballots in groups of equal published data of their seats.

    Ballots of one group cannot be told apart by that data.
    """
    groups = defaultdict(list)
    for seat, ballot in counted:
        group = ballots_acts.group_of(seat.categories, seat.base, seat.country)
        groups[group._replace(country=codes.get(group, seat.country))].append(ballot)
    return list(groups.values())


def _stays_open(groups: list[list[Ballot]], least: int) -> bool:
    """Return whether any two ballots of a small group could be exchanged, given the numbers.

    They could if the exchange changes nothing, or if exchanges in other groups make up for it.
    """
    changes = [_changes(group[:ENOUGH]) for group in groups]
    return all(
        _can_be_undone(each, [*changes[:at], *changes[at + 1 :]])
        for at, each in enumerate(changes)
        if len(groups[at]) < least
    )


def _can_be_undone(changes: set[Change], elsewhere: Iterable[set[Change]]) -> bool:
    """Return whether each change is made up for by exchanges elsewhere, at most one in a group."""
    needed = {tuple(-part for part in change) for change in changes}
    reached: set[Change] = {(0,) * THIRDS}
    for group in elsewhere:
        if needed <= reached:
            return True
        sums = (tuple(map(sum, zip(start, change, strict=True))) for start in reached for change in group)
        reached |= {total for total in sums if max(map(abs, total)) <= FAR}
    return needed <= reached


def _changes(group: Sequence[Ballot]) -> set[Change]:
    return {change for pair in combinations(group, 2) if any(change := _exchanged(*pair))}


def _exchanged(one: Ballot, other: Ballot) -> Change:
    change = [0] * THIRDS
    for shown, mine, given in ((one.shown, one, other), (other.shown, other, one)):
        change[_stood(shown, mine)] -= 1
        change[_stood(shown, given)] += 1
    return tuple(change)
