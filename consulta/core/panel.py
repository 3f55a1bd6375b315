"""The panel (section 5): the exact best set of people under the rules, stage after stage.

Stages, each holding the earlier ones at their best value: (1) fewest people missing or over in soft rows;
(2) most support; (3) fewest recent seats; (4) the largest sum of tie numbers. A stage ends when it is proven
that no panel is better. Should two panels still be equal, which takes a coincidence of hashes, the one whose
sorted keys come first is chosen.

It decides who sits, and what is told of it. What each rule means is in `panel_rows`, how panels are found in
`panel_search`, how rows give way in `panel_relaxation`, who stands in for whom in `panel_alternates`; support
comes from the count, or from outside.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from consulta.core import chance, panel_alternates
from consulta.core.bundle import Bundle, Nominee
from consulta.core.panel_relaxation import FIRM, smallest
from consulta.core.panel_rows import Row, rows_of
from consulta.core.panel_rules import PanelRules, check_panel_names, check_panel_rules
from consulta.core.panel_search import Members, can_hold, first_by_key, plan, through
from consulta.core.result import GivesWay, Obstacle, PanelResult, PanelRow

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
    *,
    known_roles: Collection[str] = (),
) -> PanelResult:
    """Return the panel, or that there can be none and why; rules that make no sense are a `panel.rule`.

    The rules may ask for a role among `known_roles` that no nominee has: that is a row which cannot hold.
    """
    check_panel_rules(rules)
    check_panel_names(rules, nominees, known_roles=known_roles)
    table = _Table.of(rules, pool_of(rules, nominees, topics), support, seed)
    members = table.best({})
    return table.impossible() if members is None else table.told(members)


def as_they_sit(
    rules: PanelRules,
    nominees: Sequence[Nominee],
    support: Mapping[str, int],
    topics: Sequence[str],
    seed: str,
    members: Collection[str],
) -> PanelResult:
    """Return what is told of these people of the pool, whoever chose them: rows met or missed, support.

    `feasible` is whether they keep every hard row. Alternates are those with whom every hard row would hold.
    """
    table = _Table.of(rules, pool_of(rules, nominees, topics), support, seed)
    return table.told(frozenset(place for place, each in enumerate(table.people) if each.key in members))


def after_declining(rules: PanelRules, declined: Collection[str], held: Collection[str]) -> PanelRules:
    """Return the rules for choosing again (5.5): who declined is barred, who accepted or was invited locked.

    Who declined is not held, even where an earlier rule locked them.
    """
    return replace(
        rules,
        locked=tuple(sorted({*rules.locked, *held} - {*declined})),
        barred=tuple(sorted({*rules.barred, *declined})),
    )


def changes(before: Collection[str], after: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who left and who came, by key."""
    return tuple(sorted({*before} - {*after})), tuple(sorted({*after} - {*before}))


@dataclass(frozen=True, slots=True)
class _Table:
    """All that a choice looks at: people by place, rows, and what the stages compare, by place."""

    people: Sequence[Nominee]
    rows: Sequence[Row]
    seats: int
    support: Sequence[int]
    recent: Sequence[int]
    lots: Sequence[int]

    @staticmethod
    def of(rules: PanelRules, pool: Sequence[Nominee], support: Mapping[str, int], seed: str) -> "_Table":
        return _Table(
            people=pool,
            rows=rows_of(rules, pool),
            seats=rules.size,
            support=[support[nominee.key] for nominee in pool],
            recent=[nominee.recent for nominee in pool],
            lots=[chance.tie_number(seed, "panel", nominee.key) for nominee in pool],
        )

    def best(self, gives: Mapping[str, int]) -> Members | None:
        """Return the best panel, rows giving way by so many people; nothing where there is none."""
        soft: dict[str, int | None] = {row.name: None for row in self.rows if not row.hard}
        asked = plan(self.rows, len(self.people), {**soft, **gives})
        goals = [
            *([asked.sparing(soft)] if soft else []),
            asked.counting(self.support),
            -asked.counting(self.recent),
            asked.counting(self.lots),
        ]
        found = through(asked.program, goals, self.seats)
        return None if found is None else first_by_key(asked, found, goals[-1])

    def keys(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.people[place].key for place in places)

    def told(self, members: Members) -> PanelResult:
        sitting = sorted(members)
        rows = tuple(
            _told(row, met=row.counts(members), missing=row.missing(members), ok=not row.missing(members))
            for row in self.rows
        )
        others = panel_alternates.of_each(self.rows, len(self.people), members, self._by_merit())
        return PanelResult(
            feasible=not any(row.hard and row.missing(members) for row in self.rows),
            obstacle=None,
            pool=len(self.people),
            members=self.keys(sitting),
            support=sum(self.support[place] for place in sitting),
            shortfall=sum(row.missing(members) for row in self.rows),
            recent=sum(self.recent[place] for place in sitting),
            rows=rows,
            helps={
                self.people[place].key: tuple(row.name for row in self.rows if place in row.helpers)
                for place in sitting
            },
            alternates={self.people[place].key: self.keys(others[place]) for place in sitting},
            relaxation=(),
            relaxed_members=(),
        )

    def _by_merit(self) -> list[int]:
        """Return all places in the order of the stages; soft rows, which depend on the others, left out."""
        return sorted(
            range(len(self.people)),
            key=lambda place: (-self.support[place], self.recent[place], -self.lots[place], place),
        )

    def impossible(self) -> PanelResult:
        """Return the hard rows with what the pool has, and how the least of them could give way.

        A row is `ok` where it could hold by itself.
        """
        always = [row for row in self.rows if row.kind in FIRM]
        rows = tuple(
            _told(row, met=None, missing=None, ok=can_hold([*always, row], len(self.people)))
            for row in self.rows
            if row.hard
        )
        gives = smallest(self.rows, self.lots, self.seats)
        members = None if gives is None else self.best(gives)
        return PanelResult(
            feasible=False,
            obstacle=self._obstacle(),
            pool=len(self.people),
            members=(),
            support=0,
            shortfall=0,
            recent=0,
            rows=rows,
            helps={},
            alternates={},
            relaxation=()
            if gives is None or members is None
            else tuple(_giving(row, gives[row.name], members) for row in self.rows if gives.get(row.name)),
            relaxed_members=self.keys(sorted(members or ())),
        )

    def _obstacle(self) -> Obstacle:
        if len(self.people) < self.seats:
            return "pool"
        locked = any(row.kind == "locked" and row.pool > self.seats for row in self.rows)
        return "locked" if locked else "rows"


def _giving(row: Row, by: int, members: Members) -> GivesWay:
    return GivesWay(
        row=row.name,
        kind=row.kind,
        attribute=row.attribute,
        value=row.value,
        asked=row.asked,
        possible=row.counts(members),
        by=by,
        pool=row.pool,
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
