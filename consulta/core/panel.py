"""The panel (section 5): the exact best set of people under the rules, stage after stage.

Stages, each holding the earlier ones at their best value: (1) fewest people missing or over in soft rows;
(2) most support; (3) fewest recent seats; (4) the largest sum of tie numbers. A stage ends when no panel is
better by one. Should two panels still be equal, which takes a coincidence of hashes, the one whose sorted
keys come first is chosen.

It decides who sits. What each rule means is in `panel_rows`, how panels are found in `panel_search`; support
comes from the count, or from outside.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from consulta.core import chance
from consulta.core.bundle import Bundle, Nominee
from consulta.core.panel_rows import Row, rows_of
from consulta.core.panel_rules import PanelRules, check_panel_names, check_panel_rules
from consulta.core.panel_search import Goal, Members, Search, can_hold, first_by_key
from consulta.core.result import PanelResult, PanelRow

MOST_SUPPORT = 10_000


def support(bundle: Bundle, values: Mapping[str, int]) -> dict[str, int]:
    """Return each nominee's support: the figure given, or the part of all value that endorses it, of 10,000.

    `values` holds the value of each seat's ballot. Rounded to the nearest, of two to the even one.
    """
    total = sum(values.values())
    endorsed = dict.fromkeys((nominee.key for nominee in bundle.nominees), 0)
    for ballot in bundle.ballots:
        for key in ballot.endorsements:
            endorsed[key] += values[ballot.seat]
    return {
        nominee.key: round(Fraction(MOST_SUPPORT * endorsed[nominee.key], total))
        if nominee.support is None
        else nominee.support
        for nominee in bundle.nominees
    }


def pool_of(rules: PanelRules, nominees: Sequence[Nominee], topics: Sequence[str]) -> list[Nominee]:
    """Return who may sit, by key: not barred, and either locked or free for one of the topics."""
    return sorted(
        (
            nominee
            for nominee in nominees
            if nominee.key not in rules.barred
            and (nominee.key in rules.locked or not nominee.topics or set(nominee.topics) & set(topics))
        ),
        key=lambda nominee: nominee.key,
    )


def choose(
    rules: PanelRules,
    nominees: Sequence[Nominee],
    support: Mapping[str, int],
    topics: Sequence[str],
    seed: str,
) -> PanelResult:
    """Return the panel, or that there can be none; rules that make no sense are a `panel.rule`."""
    check_panel_rules(rules)
    check_panel_names(rules, nominees)
    pool = pool_of(rules, nominees, topics)
    rows = rows_of(rules, pool)
    members = _best(pool, rows, support, seed)
    return _impossible(pool, rows) if members is None else _chosen(pool, rows, support, members)


def _best(
    pool: Sequence[Nominee], rows: Sequence[Row], support: Mapping[str, int], seed: str
) -> Members | None:
    lines = [line for row in rows for line in row.lines]
    search = Search(
        size=len(pool),
        hard=tuple(line for line in lines if line.hard),
        soft=tuple(line for line in lines if not line.hard),
    )
    goals = _goals(pool, support, seed)
    best = search.find(goals[0])
    if best is None:
        return None
    for goal in goals:
        while (better := search.holding(goal, search.reached(goal, best) + 1).find(goal)) is not None:
            best = better
        search = search.holding(goal, search.reached(goal, best))
    return first_by_key(search, best)


def _goals(pool: Sequence[Nominee], support: Mapping[str, int], seed: str) -> list[Goal]:
    """Return what the stages make as large as can be, in their order."""
    return [
        Goal((0,) * len(pool), minds_soft=True),
        Goal(tuple(support[nominee.key] for nominee in pool)),
        Goal(tuple(-nominee.recent for nominee in pool)),
        Goal(tuple(chance.tie_number(seed, "panel", nominee.key) for nominee in pool)),
    ]


def _chosen(
    pool: Sequence[Nominee], rows: Sequence[Row], support: Mapping[str, int], members: Members
) -> PanelResult:
    sitting = [pool[place] for place in sorted(members)]
    return PanelResult(
        feasible=True,
        pool=len(pool),
        members=tuple(nominee.key for nominee in sitting),
        support=sum(support[nominee.key] for nominee in sitting),
        shortfall=sum(row.missing(members) for row in rows),
        recent=sum(nominee.recent for nominee in sitting),
        rows=tuple(
            _told(row, met=row.counts(members), missing=row.missing(members), ok=not row.missing(members))
            for row in rows
        ),
        helps={
            pool[place].key: tuple(row.name for row in rows if place in row.helpers)
            for place in sorted(members)
        },
    )


def _impossible(pool: Sequence[Nominee], rows: Sequence[Row]) -> PanelResult:
    """Return the hard rows, each with what the pool has; `ok` where the row could hold by itself."""
    always = [line for row in rows if row.kind in {"size", "locked"} for line in row.lines]
    return PanelResult(
        feasible=False,
        pool=len(pool),
        members=(),
        support=0,
        shortfall=0,
        recent=0,
        rows=tuple(
            _told(row, met=None, missing=None, ok=can_hold(len(pool), [*always, *row.lines]))
            for row in rows
            if row.hard
        ),
        helps={},
    )


def _told(row: Row, *, met: int | None, missing: int | None, ok: bool) -> PanelRow:
    return PanelRow(
        row=row.name,
        kind=row.kind,
        attribute=row.attribute,
        value=row.value,
        asked=row.asked,
        pool=row.pool,
        met=met,
        missing=missing,
        hard=row.hard,
        ok=ok,
    )
