"""What became of recommendations in figures: State by State, and by objective. Values alone.

No figure includes what was withdrawn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.sessions.follow_up.values import STEPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from consulta.sessions.follow_up.values import Followed, RecommendationView, Sides

BEGUN = STEPS.index("under_way")


@dataclass(frozen=True, slots=True)
class Earlier:
    """Recommendations of earlier sessions on the objectives of a theme."""

    followed: int
    answered: int
    begun: int


@dataclass(frozen=True, slots=True)
class StateLine:
    """What became, in one State, of all that is addressed to it."""

    country: str
    addressed: int
    sides: Mapping[Sides, int]  # how many stand how, of those with news
    not_begun: tuple[RecommendationView, ...]  # of which nothing is reported, and organisations see no start

    @property
    def reported(self) -> int:
        """On how many its government reports."""
        return sum(self.sides.get(each, 0) for each in ("less", "other", "same", "unseen"))

    @property
    def differ(self) -> int:
        """On how many of these organisations see something else."""
        return self.sides.get("less", 0) + self.sides.get("other", 0)

    @property
    def only_seen(self) -> int:
        """On how many only organisations say something."""
        return self.sides.get("not_begun", 0) + self.sides.get("unreported", 0)

    @property
    def silent(self) -> int:
        """On how many no one says anything."""
        return self.addressed - self.reported - self.only_seen

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the list: first where only organisations speak, then where the two sides differ."""
        first = (not self.reported and self.only_seen > 0, self.differ > 0, self.reported > 0)
        return first.index(True) if True in first else len(first), self.silent - self.addressed


@dataclass(frozen=True, slots=True)
class News:
    """What became of recommendations State by State: a line for each that is addressed."""

    states: tuple[StateLine, ...]

    @property
    def reported(self) -> tuple[str, ...]:
        """The States whose governments report."""
        return tuple(each.country for each in self.states if each.reported)

    @property
    def not_begun(self) -> tuple[str, ...]:
        """The States whose governments do not report, and whose organisations see no progress on an item."""
        return tuple(each.country for each in self.states if not each.reported and each.not_begun)

    def having(self, sides: Sides) -> tuple[str, ...]:
        """Return the States of which this is the first of "less", "other" and "same" that they have."""
        return tuple(
            each.country
            for each in self.states
            if next((one for one in ("less", "other", "same") if each.sides.get(one)), "") == sides
        )

    @property
    def told(self) -> tuple[StateLine, ...]:
        """The lines of States of which there is any news."""
        return tuple(each for each in self.states if each.silent < each.addressed)

    @property
    def silent(self) -> tuple[StateLine, ...]:
        """The lines of all other States."""
        return tuple(each for each in self.states if each.silent == each.addressed)


@dataclass(frozen=True, slots=True)
class Brief:
    """A recommendation in force, as far as a line about a theme needs it."""

    objectives: frozenset[int]
    example: bool
    held_at: datetime  # of its session
    answered: bool
    begun: bool


def of_theme(
    found: Iterable[Brief], objectives: Collection[int], *, example: bool, before: datetime | None = None
) -> Earlier:
    """Return what became of recommendations on these objectives, of sessions held before a moment.

    Examples are told of in rounds that are examples, and in no other.
    """
    wanted = set(objectives)
    here = [
        each
        for each in found
        if wanted & each.objectives and each.example == example and (before is None or each.held_at < before)
    ]
    return Earlier(len(here), sum(each.answered for each in here), sum(each.begun for each in here))


def news(found: Iterable[Followed]) -> News:
    """Return a line for each State that is addressed, in the order of the list of States."""
    kept = [each for each in found if each.recommendation.withdrawn_at is None]
    lines = []
    for code in catalogue.countries_by_code():
        here = [each for each in kept if code in each.recommendation.states()]
        sides = [next((one.sides for one in each.standings if one.addressee == code), None) for each in here]
        if here:
            lines.append(
                StateLine(
                    country=code,
                    addressed=len(here),
                    sides=Counter(each for each in sides if each is not None),
                    not_begun=tuple(
                        each.recommendation
                        for each, side in zip(here, sides, strict=True)
                        if side == "not_begun"
                    ),
                )
            )
    return News(tuple(lines))


def strip(found: Iterable[Followed]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return of each year how many were made on each of the 23 objectives, the newest year first."""
    years: dict[int, Counter[int]] = {}
    for each in found:
        one = each.recommendation
        if one.withdrawn_at is None:
            years.setdefault(one.session.year, Counter()).update(one.objectives)
    numbers = [each.number for each in catalogue.objectives()]
    return tuple(
        (year, tuple(years[year][number] for number in numbers)) for year in sorted(years, reverse=True)
    )
