"""When no panel keeps every hard row (5.4): the fewest people by which rows must give way, and which rows.

Every row but size and locked may give way, one person at a time: a row of limits by people short or over, a
share as in its soft form, `at_most` by people over in all its values together, `mixed` by one. Among equally
small sums the rows that stand earlier give way least, one row after another.

It decides how much each row gives way. Which panel comes of it is for `panel`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from consulta.core import exact
from consulta.core.panel_rows import Row
from consulta.core.panel_search import hint, plan

FIRM = frozenset({"size", "locked"})
"""Kinds of rows that never give way."""


def smallest(rows: Sequence[Row], leaning: Sequence[int], seats: int) -> Mapping[str, int] | None:
    """Return by how many people each row gives way, in their order; nothing where no giving way helps.

    That is so where the pool is smaller than the panel, and where more are locked than the panel has seats.
    `leaning` is any goal that tells people apart.
    """
    giving = [row.name for row in rows if row.hard and row.kind not in FIRM]
    asked = plan(rows, len(leaning), {row.name: None for row in rows if row.kind not in FIRM})
    lean = hint([asked.counting(leaning)], seats)
    found = exact.best(asked.program, asked.sparing(giving), lean)
    if found is None:
        return None
    gives = {}
    for row in giving:
        columns = list(asked.misses[row])
        if found.point[columns].any():
            found = exact.best(found.equals, asked.sparing([row]), lean, found.point) or found
        else:
            most = found.equals.most.copy()
            most[columns] = 0
            found = replace(found, equals=found.equals.within(found.equals.least, most))
        gives[row] = asked.missed(row, found.point)
    return gives
