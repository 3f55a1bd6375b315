"""The order in which a seat's ballot shows the themes; no theme gains by standing first.

The order follows from the seat's place on the roll and from what the round committed to before opening:
the same seat sees the same order on every visit and device, and any reader can compute it afterwards.
The module does not know which organisation a seat belongs to.

Seats are taken in blocks of as many as there are themes. Each block has a cyclic order of its own,
settled by hashes of the commitment and the block's number, and each of its seats begins the cycle at
another theme: a Latin square, in which every theme stands once in every place. The themes that begin
follow one another in the same way in every block; so among any m consecutive seats, also across two
blocks, each theme begins exactly once.
"""

from collections.abc import Iterable

from consulta.core.trust import chance


def theme_order(keys: Iterable[str], position: int, commitment: str) -> tuple[str, ...]:
    """Return the themes in the order of the seat at `position` (1 for the first of the roll)."""
    first = chance.tie_order(keys, commitment, "ballot begins with")
    block, row = divmod(position - 1, len(first))
    cycle = chance.tie_order(first, commitment, f"ballot order {block}")
    start = cycle.index(first[row])
    return tuple(cycle[start:] + cycle[:start])
