"""Whose voters see somebody on a panel whom they named: worked out when it is kept, small groups untold.

It decides which groups are told to the secretariat and which to everybody. The figures are those of
`core.panel.endorsed`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from consulta.core.counting.result import EndorsedBy, Result
from consulta.core.counting.rules import parse_rules
from consulta.core.counting.summary import worth_by
from consulta.core.panel import endorsed as core
from consulta.panel.values import NINE_TENTHS, TENTH, Group, Seen
from consulta.platform import documents
from consulta.platform.data import dimensions
from consulta.platform.labels import name_of
from consulta.results import tallying
from consulta.rounds.secrecy import what_is_public

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from consulta.platform.models import Round
    from consulta.platform.work import Work

HALF = Fraction(1, 2)


def seen_by(work: Work, found: Round, members: Collection[str]) -> tuple[Seen, ...]:
    """Return whose voters see somebody they named; nothing where nobody could be named, or votes are gone."""
    rules, kept = parse_rules(found.rules), documents.find(work.session, found.id, "result")
    if kept is None or not rules.max_endorsements:
        return ()
    worth, sitting = worth_by(Result.parse(kept.content.encode())), {*members}
    alike = [
        core.Alike(
            each.categories,
            worth(each.categories, each.base),
            each.ballots,
            names_a_member=not sitting.isdisjoint(each.endorsements),
        )
        for each in tallying.endorsed(work, found)
    ]
    if sum(each.ballots for each in alike) != tallying.kept_summary(work, found).ballots:
        return ()
    return tuple(
        Seen(each.dimension, each.category, each.ballots, each.share, _heaviest(each, alike))
        for each in core.endorsed_by(rules, alike)
    )


def as_result(seen: Iterable[Seen]) -> tuple[EndorsedBy, ...]:
    """Return the same as a result of a count says it."""
    return tuple(EndorsedBy(each.dimension, each.category, each.ballots, each.share) for each in seen)


def _heaviest(told: EndorsedBy, ballots: Iterable[core.Alike]) -> Fraction:
    here = [each for each in ballots if each.categories[told.dimension] == told.category]
    return Fraction(max(each.value for each in here), sum(each.value * each.ballots for each in here))


def for_desk(seen: Iterable[Seen], small_cell: int) -> tuple[Group, ...]:
    """Return the groups for the secretariat: exact to the whole, without those below the small cell."""
    return _in_order(
        _group(each, round(100 * each.share)) for each in seen if each.ballots >= max(small_cell, 1)
    )


def for_everybody(seen: Iterable[Seen], small_cell: int) -> tuple[Group, ...]:
    """Return the groups for everybody, in steps of ten from 10 to 90.

    No group is told in which fewer than the small cell could have named somebody, or fewer could not, nor one
    in which a single ballot has more than half of the vote.
    """
    return _in_order(
        _group(each, min(max(10 * round(10 * each.share), TENTH), NINE_TENTHS))
        for each in seen
        if each.ballots >= 2 * max(small_cell, 1) and each.heaviest <= HALF
    )


def are_told(secrecy: str, *, all_named: bool) -> bool:
    """Return whether everybody may read these groups.

    Not where only rounded totals are public, and not while someone on the panel is not named: who that is
    would change the figures.
    """
    return all_named and "panel_support" in what_is_public(secrecy)


def _group(seen: Seen, percent: int) -> Group:
    name = name_of(seen.dimension, seen.category)
    return Group(seen.dimension, seen.category, name, seen.ballots, percent)


def _in_order(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return groups by dimension, the largest part first."""
    found = list(groups)
    order = dimensions.in_order({each.dimension for each in found})
    place: Mapping[str, int] = {dimension: number for number, dimension in enumerate(order)}
    return tuple(sorted(found, key=lambda each: (place[each.dimension], -each.percent, each.key)))
