"""What one more person would change on a panel: the best place to take, and each rule before and after.

For pages that show a few dozen candidates: every place is tried for each of them, and no program is solved.
A place is the better, the fewer people are missing in hard rows, then in soft rows, and the more support is
kept.
It decides nothing, and says nothing of panels that differ in more than one person.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from consulta.core.panel.choose import pool_of
from consulta.core.panel.rows import Row, rows_of
from consulta.core.values import Nominee, PanelRules


class RowEffect(NamedTuple):
    """A row under a swap: its count before and after, and whether it would hold then."""

    row: Row
    before: int
    after: int
    ok: bool


class Effect(NamedTuple):
    """What a candidate changes: who leaves (None: a free place is taken), the rows changed, support then.

    `broken` are the hard rows that would not hold.
    """

    leaves: str | None
    rows: tuple[RowEffect, ...]
    broken: tuple[RowEffect, ...]
    support: int


def of_candidates(
    rules: PanelRules,
    nominees: Sequence[Nominee],
    support: Mapping[str, int],
    topics: Sequence[str],
    members: Collection[str],
    places: Iterable[str],
    candidates: Iterable[str],
) -> dict[str, Effect]:
    """Return what each candidate of the pool would change who does not sit already.

    `places` are the members who may leave; where the panel has fewer members than seats, a free one is tried
    too. Candidates for whom there is no place are left out.
    """
    people = pool_of(rules, nominees, topics)
    place_of = {nominee.key: place for place, nominee in enumerate(people)}
    sitting = frozenset(place_of[key] for key in members if key in place_of)
    leaving = [key for key in places if place_of.get(key) in sitting]
    free: list[str | None] = [None] if len(sitting) < rules.size else []
    rows = rows_of(rules, people)
    found = {}
    for key in candidates:
        comes = place_of.get(key)
        ways = [*free, *leaving]
        if comes is None or comes in sitting or not ways:
            continue
        tried = {
            leaves: sitting - {place_of[leaves]} | {comes} if leaves else sitting | {comes} for leaves in ways
        }
        best = min(
            tried,
            key=lambda leaves: (
                *_missing(rows, tried[leaves]),
                support[leaves] if leaves else 0,
                leaves or "",
            ),
        )
        found[key] = _effect(rows, sitting, tried[best], best, people, support)
    return found


def _missing(rows: Iterable[Row], members: frozenset[int]) -> tuple[int, int]:
    """Return how many people are missing in hard rows and in soft ones."""
    hard = soft = 0
    for row in rows:
        if row.hard:
            hard += row.missing(members)
        else:
            soft += row.missing(members)
    return hard, soft


def _effect(
    rows: Iterable[Row],
    before: frozenset[int],
    after: frozenset[int],
    leaves: str | None,
    people: Sequence[Nominee],
    support: Mapping[str, int],
) -> Effect:
    told = [RowEffect(row, row.counts(before), row.counts(after), row.missing(after) == 0) for row in rows]
    return Effect(
        leaves=leaves,
        rows=tuple(
            each for each in told if each.before != each.after or each.ok != (each.row.missing(before) == 0)
        ),
        broken=tuple(each for each in told if each.row.hard and not each.ok),
        support=sum(support[people[place].key] for place in after),
    )
