"""Recommendations in figures: how many, which of them have answers, where the two sides differ. Values alone.

What was withdrawn is counted apart: no figure of the others includes it.
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

    from consulta.sessions.follow_up.values import Followed

BEGUN = STEPS.index("under_way")


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of some recommendations together."""

    followed: int  # that are not withdrawn
    answered: int  # of which a government or agency reports
    begun: int  # of these, where one reports that it is under way or further
    seen: int  # of which organisations say what they see
    differ: int  # where organisations see another step than is reported, at one addressee at least
    silent: int  # of which no one says anything
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """Recommendations of earlier sessions on the objectives of a theme."""

    followed: int
    answered: int
    begun: int


@dataclass(frozen=True, slots=True)
class CountryLine:
    """What became, in one State, of the recommendations that are addressed to it."""

    country: str
    addressed: int
    reported: int
    seen: int
    differ: int
    steps: Mapping[str, int]  # as reported

    @property
    def waiting(self) -> int:
        """How many have no report."""
        return self.addressed - self.reported


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """What became of the recommendations on one objective."""

    number: int
    totals: Totals


def totals(found: Iterable[Followed]) -> Totals:
    """Return the figures of some recommendations together."""
    whole = list(found)
    kept = [each for each in whole if each.recommendation.withdrawn_at is None]
    return Totals(
        followed=len(kept),
        answered=sum(bool(each.reported) for each in kept),
        begun=sum(_is_begun(each) for each in kept),
        seen=sum(bool(each.seen) for each in kept),
        differ=sum(any(one.disagree for one in each.standings) for each in kept),
        silent=sum(not each.reported and not each.seen for each in kept),
        withdrawn=len(whole) - len(kept),
    )


def _is_begun(each: Followed) -> bool:
    return any(one.reported is not None and STEPS.index(one.reported.step) >= BEGUN for one in each.standings)


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


def on_objectives(found: Iterable[Followed], objectives: Collection[int]) -> tuple[Followed, ...]:
    """Return those that are about one of these objectives."""
    wanted = set(objectives)
    return tuple(each for each in found if wanted & set(each.recommendation.objectives))


def by_country(found: Iterable[Followed]) -> tuple[CountryLine, ...]:
    """Return a line for each State that is addressed, in the order of the list of States."""
    kept = [each for each in found if each.recommendation.withdrawn_at is None]
    lines = []
    for code in catalogue.countries_by_code():
        here = [
            next((one for one in each.standings if one.addressee == code), None)
            for each in kept
            if code in each.recommendation.states()
        ]
        if here:
            reports = [one.reported for one in here if one is not None and one.reported is not None]
            lines.append(
                CountryLine(
                    country=code,
                    addressed=len(here),
                    reported=len(reports),
                    seen=sum(one is not None and bool(one.seen) for one in here),
                    differ=sum(one is not None and one.disagree for one in here),
                    steps=dict(Counter(each.step for each in reports)),
                )
            )
    return tuple(lines)


def by_objective(found: Iterable[Followed]) -> tuple[ObjectiveLine, ...]:
    """Return a line for each objective that is touched, in order."""
    whole = list(found)
    lines = ((each.number, on_objectives(whole, (each.number,))) for each in catalogue.objectives())
    return tuple(ObjectiveLine(number, totals(here)) for number, here in lines if here)


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
