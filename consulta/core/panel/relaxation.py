"""When no panel keeps every hard row (5.4): the fewest people by which rows must give way, and which rows.

Every row but size and locked may give way, one person at a time: a row of limits by people short or over, a
share as in its soft form, `at_most` by people over in all its values together, `mixed` by one. Among equally
small sums the rows that stand earlier give way least, one row after another.

It decides how much each row gives way. Which panel comes of it is for `panel`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from consulta.core.panel import exact
from consulta.core.panel.exact import Best, Effort, Open
from consulta.core.panel.rows import Row
from consulta.core.panel.search import Members, alike, hint, plan

FIRM = frozenset({"size", "locked"})
"""Kinds of rows that never give way."""

EFFORT, NEXT_ROW = 1_000, 50
"""How much the search for the least may do, and what there is for each row after it, whatever was spent."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """By how many people each row is relaxed, in the order of the rows, and a panel that this allows.

    `least` is the sum that is proven to be needed. `proven` is true if no sum is smaller and if, among
    the relaxations with this sum, this is the one that section 5.4 requires.
    """

    gives: Mapping[str, int]
    members: Members
    least: int
    proven: bool


def smallest(rows: Sequence[Row], leaning: Sequence[int], seats: int) -> Relaxation | Open | None:
    """Return by how many people each row gives way; nothing where no giving way helps.

    That is so where the pool is smaller than the panel, and where more are locked than the panel has seats.
    `leaning` is any goal that tells people apart.
    """
    giving = [row.name for row in rows if row.hard and row.kind not in FIRM]
    order = sorted(range(len(leaning)), key=lambda place: (-leaning[place], place))
    asked = plan(rows, alike(rows, order), {row.name: None for row in rows if row.kind not in FIRM})
    lean = hint([asked.counting(leaning)], seats)
    effort = Effort(EFFORT)
    found = exact.best(asked.program, asked.sparing(giving), lean, effort=effort)
    if not isinstance(found, Best):
        return found
    least, proven = -found.bound, found.proven
    for row in giving:
        columns = list(asked.misses[row])
        if found.point[columns].any():
            effort.renew(NEXT_ROW)
            fewer = exact.best(found.equals, asked.sparing([row]), lean, found.point, effort)
            found = fewer if isinstance(fewer, Best) else found
            proven = proven and found.proven
        else:
            most = found.equals.most.copy()
            most[columns] = 0
            found = replace(found, equals=found.equals.within(found.equals.least, most))
    gives = {row: asked.missed(row, found.point) for row in giving}
    return Relaxation(gives, asked.members(found.point), least, proven)
