"""The choice of the panel (section 5): the exact best set of people under the rules, stage by stage.

Each stage keeps the earlier ones at their best value: (1) fewest people missing or over in soft rows;
(2) most support, of which the later stages may give up the thousandths that the rules name (`memory`);
(3) fewest recent seats; (4) most support; (5) the largest sum of tie numbers. A stage ends when it is
proven that no panel is better. If two panels are still equal, which requires a coincidence of hashes,
the one whose sorted keys come first is chosen.

The module decides who is on the panel and what is reported about it. The meaning of each rule is in
`rows`, the search for panels in `search`, the relaxation of rows in `relaxation`, who can replace a member
in `alternates`, and who is asked to hold the date in `reserves`. Support comes from the count, or from
outside.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from consulta.core.counting.result import GivesWay, Obstacle, PanelResult, PanelRow, Reserves
from consulta.core.panel import alternates as panel_alternates
from consulta.core.panel import exact, reserves
from consulta.core.panel.exact import Effort, Open
from consulta.core.panel.relaxation import FIRM, Relaxation, smallest
from consulta.core.panel.rows import THOUSAND, Row, rows_of
from consulta.core.panel.rules import check_panel_names, check_panel_rules
from consulta.core.panel.search import Chosen, Goal, Groups, Members, alike, can_hold, plan, through
from consulta.core.trust import chance
from consulta.core.values import Bundle, Nominee, PanelRules

MOST_SUPPORT = 10_000

STAGES = {"shortfall": -1, "most_support": 1, "recent": -1, "support": 1, "lots": 1}
"""The stages in order, and whether more or less of each is better."""

SECOND_EFFORT, ROWS_EFFORT = 1_000, 500
"""Where no panel keeps the hard rows: how much is spent on the best one of relaxed rules, and on whether each
row could hold alone (`exact.Effort`)."""


def support(bundle: Bundle, values: Mapping[str, int]) -> dict[str, int]:
    """Return each nominee's support: the figure given, or the part of all value that endorses it, of 10,000.

    `values` holds the value of each seat's ballot. Rounded to the nearest, of two to the even one.
    """
    total = sum(values.values())
    endorsed = dict.fromkeys((nominee.key for nominee in bundle.nominees), 0)
    for ballot in bundle.ballots:
        for key in ballot.endorsements:
            endorsed[key] += values[ballot.seat]
    return support_of(bundle.nominees, endorsed, total)


def support_of(nominees: Iterable[Nominee], endorsed: Mapping[str, int], total: int) -> dict[str, int]:
    """Return each nominee's support, as `support`: from the value that endorses it, of all value."""
    return {
        nominee.key: round(Fraction(MOST_SUPPORT * endorsed[nominee.key], total))
        if nominee.support is None
        else nominee.support
        for nominee in nominees
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

    Who endorsed whom is not known here: `endorsed_by` is empty.
    The rules may ask for a role among `known_roles` that no nominee has: that is a row which cannot hold.
    """
    check_panel_rules(rules)
    check_panel_names(rules, nominees, known_roles=known_roles)
    table = _Table.of(rules, pool_of(rules, nominees, topics), support, seed)
    chosen = table.best({})
    return table.told(chosen.members, chosen) if isinstance(chosen, Chosen) else table.impossible()


def report_on_members(
    rules: PanelRules,
    nominees: Sequence[Nominee],
    support: Mapping[str, int],
    topics: Sequence[str],
    seed: str,
    members: Collection[str],
) -> PanelResult:
    """Return the report on given members of the pool, chosen in any way: rows met or missed, support.

    `feasible` says whether they keep every hard row. Alternates are those with whom every hard row would
    hold, reserves those who keep the hard rows that these members keep. `most_support` is their own.
    """
    table = _Table.of(rules, pool_of(rules, nominees, topics), support, seed)
    return table.told(table.places(members))


def as_claimed(
    rules: PanelRules,
    nominees: Sequence[Nominee],
    support: Mapping[str, int],
    topics: Sequence[str],
    seed: str,
    own: PanelResult,
    given: PanelResult,
) -> tuple[PanelResult, str | None]:
    """Return what must be told of a panel that is not proven best, and which of its bounds fails, if any.

    `own` is the panel that a search of the same rules found, not proven best either. Another search may have
    found others, so that the same panel is not asked for; rows and figures are those of its people. A bound
    fails where the panel itself or `own` passes it, or where it says more than what was proven here.
    """
    table = _Table.of(rules, pool_of(rules, nominees, topics), support, seed)
    if not given.feasible:
        members = table.places(given.relaxed_members)
        if any(row.missing(members) for row in table.rows if row.kind in FIRM):
            members = frozenset()
        told = replace(
            own,
            relaxation=tuple(
                _giving(row, row.missing(members), members)
                for row in table.rows
                if members and row.hard and row.missing(members)
            ),
            relaxed_members=table.keys(sorted(members)),
            proven=False,
            bounds=given.bounds,
        )
        least = (given.bounds or {}).get("giving_way", -1)
        most = sum(each.by for each in told.relaxation) if members else least
        fails = set(given.bounds or ()) != {"giving_way"} or not 0 <= least <= most
        fails = fails or least > (own.bounds or {}).get("giving_way", 0)
        return told, "giving_way" if fails else None
    told = table.told(table.places(given.members), most_support=given.most_support)
    return replace(told, proven=False, bounds=given.bounds), table.passed(own, given)


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
    rules: PanelRules
    support: Sequence[int]
    recent: Sequence[int]
    lots: Sequence[int]

    @property
    def seats(self) -> int:
        return self.rules.size

    @staticmethod
    def of(rules: PanelRules, pool: Sequence[Nominee], support: Mapping[str, int], seed: str) -> "_Table":
        return _Table(
            people=pool,
            rows=rows_of(rules, pool),
            rules=rules,
            support=[support[nominee.key] for nominee in pool],
            recent=[nominee.recent for nominee in pool],
            lots=[chance.tie_number(seed, "panel", nominee.key) for nominee in pool],
        )

    def best(
        self, gives: Mapping[str, int], effort: int | None = None, known: Members | None = None
    ) -> Chosen | Open | None:
        """Return the best panel, rows giving way by so many people; nothing where there is none.

        `effort` is the limit of the search. `known` is a panel that is possible.
        """
        soft: dict[str, int | None] = {row.name: None for row in self.rows if not row.hard}
        asked = plan(self.rows, self._groups(), {**soft, **gives})
        limit = Effort(exact.EFFORT if effort is None else effort)
        support = asked.counting(self.support)
        goals = [
            Goal(asked.sparing(soft)),
            Goal(support, yields=self.rules.memory),
            Goal(-asked.counting(self.recent)),
            Goal(support),
        ]
        return through(asked, goals, self.lots, self.seats, effort=limit, known=known)

    def _groups(self) -> Groups:
        """Return who differs from others in nothing but the tie number, the largest number first."""
        order = sorted(range(len(self.people)), key=lambda place: -self.lots[place])
        return alike(self.rows, order, self.support, self.recent)

    def places(self, keys: Collection[str]) -> Members:
        """Return the places of people of the pool."""
        return frozenset(place for place, each in enumerate(self.people) if each.key in keys)

    def _figures(self, result: PanelResult) -> list[int]:
        """Return what a panel reaches in each stage, more being better."""
        members = self.places(result.members)
        shortfall = sum(row.missing(members) for row in self.rows if not row.hard)
        return [
            -shortfall,
            result.most_support,
            -sum(self.recent[place] for place in members),
            sum(self.support[place] for place in members),
            sum(self.lots[place] for place in members),
        ]

    def passed(self, own: PanelResult, given: PanelResult) -> str | None:
        """Return the first bound of a given panel that fails, looking at one found here."""
        bounds, proven = given.bounds or {}, own.bounds or {}
        if set(bounds) != set(STAGES):
            return next((stage for stage in STAGES if stage not in bounds), "")
        reached, here = self._figures(given), self._figures(own)
        most, support = given.most_support, reached[3]
        # No panel has more than was proven here; this one gives up no more of it than the rules allow.
        limit = proven["most_support"] if own.feasible and reached[0] >= here[0] else most
        if (
            not most * (THOUSAND - self.rules.memory)
            <= support * THOUSAND
            <= most * THOUSAND
            <= limit * THOUSAND
        ):
            return "most_support"
        before = list(zip(reached, STAGES.items(), strict=True))
        for at, (stage, sign) in enumerate(STAGES.items()):
            bound = sign * bounds[stage]
            # Once a stage falls short of its bound, later bounds speak of better panels than this.
            least = [reached[at]] if all(a == s * bounds[b] for a, (b, s) in before[:at]) else []
            if own.feasible and all(map(int.__ge__, here[:at], reached[:at])):
                least.append(here[at])
            if own.feasible and here[:at] == reached[:at]:
                least.append(sign * proven[stage])
            if bound < max(least, default=bound):
                return stage
        return None

    def keys(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.people[place].key for place in places)

    def told(self, members: Members, chosen: Chosen | None = None, *, most_support: int = 0) -> PanelResult:
        """Return the report on members; if the search chose them, also whether they are proven best.

        `most_support` is told of others.
        """
        proven = chosen is None or chosen.proven
        sitting = sorted(members)
        support = sum(self.support[place] for place in sitting)
        # A search that reached its limit may come upon more support later.
        most_support = max(most_support, chosen.reached[1] if chosen else 0, support)
        rows = tuple(
            _told(row, met=row.counts(members), missing=row.missing(members), ok=not row.missing(members))
            for row in self.rows
        )
        others = panel_alternates.of_each(self.rows, len(self.people), members, self._by_merit())
        return PanelResult(
            proven=proven,
            bounds=None if proven or chosen is None else _bounds(chosen),
            feasible=not any(row.hard and row.missing(members) for row in self.rows),
            obstacle=None,
            pool=len(self.people),
            members=self.keys(sitting),
            support=support,
            most_support=most_support,
            shortfall=sum(row.missing(members) for row in self.rows),
            recent=sum(self.recent[place] for place in sitting),
            rows=rows,
            helps={
                self.people[place].key: tuple(row.name for row in self.rows if place in row.helpers)
                for place in sitting
            },
            alternates={self.people[place].key: self.keys(others[place]) for place in sitting},
            reserves=self._reserves(members),
            endorsed_by=(),
            relaxation=(),
            relaxed_members=(),
        )

    def _reserves(self, members: Members) -> Reserves | None:
        """Return who is asked to hold the date; None where the rules ask for nobody or nobody sits."""
        if not (self.rules.reserves and members):
            return None
        kept = [row for row in self.rows if row.hard and row.kind not in FIRM and not row.missing(members)]
        lines = [line for row in kept for line in row.lines]
        found = reserves.best(lines, members, self._by_merit(), self.support, self.lots, self.rules.reserves)
        return Reserves(self.keys(found.people), found.one, found.two, found.of)

    def _by_merit(self) -> list[int]:
        """Return all places in the order of the stages; soft rows, which depend on the others, left out."""
        return sorted(
            range(len(self.people)),
            key=lambda place: (-self.support[place], self.recent[place], -self.lots[place]),
        )

    def impossible(self) -> PanelResult:
        """Return the hard rows with what the pool has, and how the least of them could give way.

        A row is `ok` where it could hold by itself, or where that could not be settled. A panel that is found
        after all, with no row giving way, is returned.
        """
        relaxed = smallest(self.rows, self.lots, self.seats)
        if isinstance(relaxed, Relaxation) and not any(relaxed.gives.values()):
            found = self.best({}, SECOND_EFFORT, relaxed.members)
            if isinstance(found, Chosen):
                return self.told(found.members, found)
        gives, members, bounds = None, None, None
        proven = relaxed is None
        if isinstance(relaxed, Relaxation):
            found = self.best(relaxed.gives, SECOND_EFFORT, relaxed.members)
            gives, members, proven = relaxed.gives, relaxed.members, False
            if isinstance(found, Chosen):
                members, proven = found.members, relaxed.proven and found.proven
        always, effort = [row for row in self.rows if row.kind in FIRM], Effort(ROWS_EFFORT)
        hold = {row.name: can_hold([*always, row], len(self.people), effort) for row in self.rows if row.hard}
        proven = proven and None not in hold.values()
        if not proven:
            least = relaxed.least if isinstance(relaxed, Relaxation) else -relaxed.bound if relaxed else 0
            bounds = {"giving_way": max(0, least)}
        rows = tuple(
            _told(row, met=None, missing=None, ok=hold[row.name] is not False)
            for row in self.rows
            if row.hard
        )
        return PanelResult(
            proven=proven,
            bounds=bounds,
            feasible=False,
            obstacle=self._obstacle(),
            pool=len(self.people),
            members=(),
            support=0,
            most_support=0,
            shortfall=0,
            recent=0,
            rows=rows,
            helps={},
            alternates={},
            reserves=None,
            endorsed_by=(),
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


def _bounds(chosen: Chosen) -> Mapping[str, int]:
    """Return what no panel passes: the fewest people missing and recent seats, the most of the rest.

    A later stage's bound of the most support is of panels that give up no more of it than the rules allow.
    """
    return {stage: sign * bound for (stage, sign), bound in zip(STAGES.items(), chosen.bounds, strict=True)}


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
