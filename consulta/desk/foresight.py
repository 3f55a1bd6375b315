"""What the rules of a draft mean for the organisations that can vote, before it opens.

This module decides nothing. It computes weights as the count does, on ballots that only say that a seat
votes: if every organisation votes, and if as many vote as is likely. What is likely follows from the round
that closed last, and where there is none, from an assumption that the page states.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from consulta.core.counting import count
from consulta.core.values import Ballot, Bundle, Round, Seat, Seed, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.core.counting.result import CellWeight
    from consulta.core.texts import Text
    from consulta.core.values import Rules

_THEMES = tuple(Theme(key, {"und": key}, (1,)) for key in ("a", "b"))
_CLOSED_AT = "2000-01-01T00:00:00Z"

ASSUMED = Fraction(3, 5)
"""The part of the organisations that is taken to vote where no round has closed yet."""

MISSED = 1e-4
"""A share further from its target than this is missed, as the count says it aloud."""


@dataclass(frozen=True, slots=True)
class Voter:
    """An organisation of the roll: its number, country, other categories and base, and if it can vote."""

    number: int
    country: str
    categories: Mapping[str, str]
    base: int
    can_vote: bool = True

    def category(self, dimension: str) -> str:
        """Return its category in any dimension; empty where it has none."""
        return self.country if dimension == "country" else self.categories.get(dimension, "")


@dataclass(frozen=True, slots=True)
class Group:
    """A category of a balanced dimension: its votes, its target, and by how much they are weighted.

    `weight` is the factor of its votes on average, None where it has none; `share` is the part of the whole
    that they get with it, and `missed` by how much that misses the target, 0 where it does not. `needed` is
    how many votes of base 1 could carry `meant`, its share if every category of the roll were heard;
    `has_larger` says whether any of its organisations has a larger base.
    """

    dimension: str
    category: str
    seats: int
    ballots: int
    target: float
    weight: Fraction | None
    share: Fraction
    missed: float
    meant: float
    needed: int
    has_larger: bool

    @property
    def is_short(self) -> bool:
        """Return whether it gets less than it is meant to have and has fewer votes than that takes."""
        return self.ballots < self.needed and float(self.share) < self.meant - MISSED


@dataclass(frozen=True, slots=True)
class Heaviest:
    """Whose votes are the heaviest: their categories in the balanced dimensions, their base, and how many."""

    categories: Mapping[str, str]
    base: int
    votes: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the weights are if these ballots are cast.

    `heaviest` is the part of the whole that the heaviest ballot is worth, `times` how often it holds the
    lightest, and `whose` says who casts such ballots; `cap` and `limit` are as in the result, and `reduced`
    says whether that limit makes any vote lighter. `counted` has, for each dimension in which a topic needs
    support, the categories with ballots enough, and of how many of them it needs the support; `too_few` those
    with ballots, but too few.
    """

    ballots: int
    heaviest: Fraction
    times: Fraction
    whose: tuple[Heaviest, ...]
    cap: str
    limit: Fraction | None
    reduced: bool
    groups: tuple[Group, ...]
    too_few: Mapping[str, tuple[str, ...]]
    counted: Mapping[str, tuple[int, int]]

    @property
    def missed(self) -> tuple[Group, ...]:
        """Return the groups whose share of the whole misses its target."""
        return tuple(group for group in self.groups if group.missed)

    @property
    def silent(self) -> tuple[Group, ...]:
        """Return the groups from which no vote comes, so that their share goes to the others."""
        return tuple(group for group in self.groups if not group.ballots)


@dataclass(frozen=True, slots=True)
class Turnout:
    """The round that closed last: its title, and which organisations of its roll have a counted ballot."""

    title: Text
    voted: Mapping[int, bool]

    @property
    def part(self) -> Fraction:
        """Return the part of its organisations that voted."""
        return Fraction(sum(self.voted.values()), len(self.voted) or 1)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What the rules mean for a roll: if all vote, and if as many do as is likely.

    `before` is the round from which that is taken, None where it is assumed; `new` counts the organisations
    that were not on its roll, `new_likely` those of them that are taken to vote. `alike` are the pairs of
    themes that share most of their objectives.
    """

    full: Foreseen
    likely: Foreseen | None
    before: Turnout | None
    new: int
    new_likely: int
    alike: tuple[tuple[Text, Text, int], ...]


def prospect(
    rules: Rules,
    roll: Sequence[Voter],
    before: Turnout | None,
    themes: Iterable[tuple[Text, Sequence[int]]] = (),
) -> Prospect | None:
    """Return what rules mean for these organisations; themes are their titles and objectives.

    None where no organisation can vote, where one lacks a category that the rules name or a share in
    negotiated ones, and where the targets leave nothing to any.
    """
    needed = {**rules.balance, **rules.spread}
    if any(not voter.category(d) for voter in roll for d in needed):
        return None
    if any(voter.category(d) not in shares for d, shares in _negotiated(rules) for voter in roll):
        return None
    full = foreseen(rules, roll, [voter for voter in roll if voter.can_vote])
    if full is None:
        return None
    known = before.voted if before else {}
    voting = likely_voters(roll, before)
    return Prospect(
        full=full,
        likely=foreseen(rules, roll, voting),
        before=before,
        new=sum(voter.can_vote and voter.number not in known for voter in roll),
        new_likely=sum(voter.number not in known for voter in voting),
        alike=likely_clones(themes),
    )


def likely_voters(roll: Iterable[Voter], before: Turnout | None) -> list[Voter]:
    """Return which organisations are likely to vote, of those that can.

    Those on the roll of the round before vote as they did then. Of the others the same part votes, evenly
    over subregions and sectors; without a round before, of all the part that is assumed.
    """
    voted = before.voted if before else {}
    part = before.part if before else ASSUMED
    voters = [voter for voter in roll if voter.can_vote]
    found = [voter for voter in voters if voted.get(voter.number)]
    others = sorted(
        (voter for voter in voters if voter.number not in voted),
        key=lambda voter: (sorted(voter.categories.items()), voter.country, voter.number),
    )
    # The n-th one votes where the part of the first n grows by a whole one, half of one being enough.
    steps = [(part * place + Fraction(1, 2)) // 1 for place in range(len(others) + 1)]
    found += [voter for place, voter in enumerate(others) if steps[place + 1] > steps[place]]
    return sorted(found, key=lambda voter: voter.number)


def likely_clones(themes: Iterable[tuple[Text, Sequence[int]]]) -> tuple[tuple[Text, Text, int], ...]:
    """Return the pairs of themes that share more than half of the objectives of each, and how many."""
    listed = [(title, set(objectives)) for title, objectives in themes]
    return tuple(
        (title, other, len(own & theirs))
        for place, (title, own) in enumerate(listed)
        for other, theirs in listed[place + 1 :]
        if 2 * len(own & theirs) > max(len(own), len(theirs))
    )


def foreseen(rules: Rules, roll: Sequence[Voter], voting: Sequence[Voter]) -> Foreseen | None:
    """Return the weights where these of the roll vote; None if none do or can be weighed."""
    seats = {
        voter.number: Seat(f"s{voter.number}", voter.country, voter.categories, voter.base) for voter in roll
    }
    cast = tuple(Ballot(seats[voter.number].seat, (("a",),)) for voter in voting)
    if not cast:
        return None
    bundle = _bundle(rules, tuple(seats.values()), cast)
    try:
        weighed, support = count.weighing(bundle)
    except ValueError:
        return None
    there = {dimension: _ballots_by(dimension, voting) for dimension in rules.spread}
    larger = {(d, voter.category(d)) for voter in roll if voter.base > 1 for d in rules.balance}
    reach = {(line.dimension, line.category): line for line in weighed.reach}
    return Foreseen(
        ballots=len(cast),
        heaviest=weighed.heaviest.share,
        times=weighed.heaviest.times,
        whose=_heaviest(weighed.cells),
        cap=weighed.cap,
        limit=weighed.ballot_limit,
        reduced=any(cell.at_bound == "cap" for cell in weighed.cells),
        groups=tuple(
            Group(
                dimension=line.dimension,
                category=line.category,
                seats=line.seats,
                ballots=line.ballots,
                target=line.target,
                weight=line.weighted / line.share if line.share else None,
                share=Fraction(line.weighted),
                missed=float(line.miss) if line.miss > MISSED else 0.0,
                meant=reach[line.dimension, line.category].target,
                needed=reach[line.dimension, line.category].needed,
                has_larger=(line.dimension, line.category) in larger,
            )
            for line in weighed.margins
        ),
        too_few=support.too_few,
        counted={
            dimension: (
                sum(ballots >= rules.support_min for ballots in found.values()),
                support.required[dimension],
            )
            for dimension, found in there.items()
        },
    )


def _heaviest(cells: Sequence[CellWeight]) -> tuple[Heaviest, ...]:
    """Return whose votes are worth most."""
    most = max(cell.each * cell.micro for cell in cells)
    return tuple(
        Heaviest(cell.categories, cell.each, cell.ballots) for cell in cells if cell.each * cell.micro == most
    )


def _ballots_by(dimension: str, voting: Iterable[Voter]) -> Mapping[str, int]:
    return Counter(voter.category(dimension) for voter in voting)


def unmet(rules: Rules, seats: Iterable[tuple[str, Mapping[str, str], int]]) -> float | None:
    """Return the largest miss of a target if every seat votes, as a share from 0 to 1.

    Return None if all targets are met, if there is no roll, if the rules have no balance or negotiated shares
    leave a category out, or if no weights can be found. A seat is its country, its other categories and its
    base.
    """
    roll = tuple(
        Seat(f"s{number}", country, categories, base)
        for number, (country, categories, base) in enumerate(seats)
    )
    if not roll or not rules.balance:
        return None
    kinds = [{**seat.categories, "country": seat.country} for seat in roll]
    if any(kind.get(d) not in shares for d, shares in _negotiated(rules) for kind in kinds):
        return None
    try:
        weighed, _support = count.weighing(
            _bundle(rules, roll, tuple(Ballot(seat.seat, (("a",),)) for seat in roll))
        )
    except ValueError:
        return None
    return None if weighed.met else float(weighed.largest_miss)


def _negotiated(rules: Rules) -> list[tuple[str, Mapping[str, float]]]:
    """Return the dimensions that are balanced by negotiated shares, each with these."""
    return [(d, target) for d, target in rules.balance.items() if not isinstance(target, str)]


def _bundle(rules: Rules, seats: tuple[Seat, ...], ballots: tuple[Ballot, ...]) -> Bundle:
    """Return a round of which only the weights are asked."""
    return Bundle(
        round=Round("foresight", {"und": "foresight"}, _CLOSED_AT),
        rules=replace(rules, topics=1, method="points"),
        themes=_THEMES,
        seats=seats,
        ballots=ballots,
        nominees=(),
        seed=Seed("", ""),
    )
