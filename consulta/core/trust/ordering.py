"""The order in which a seat's ballot shows the themes and the people; none gains by standing first.

The order follows from the seat's place on the roll and from what the round committed to before opening:
the same seat sees the same order on every visit and device, and any reader can compute it afterwards.
The module does not know which organisation a seat belongs to.

Seats are taken in blocks of as many as there are themes. Each block has a cyclic order of its own,
settled by hashes of the commitment and the block's number, and each of its seats begins the cycle at
another theme: a Latin square, in which every theme stands once in every place. The themes that begin
follow one another in the same way in every block; so among any m consecutive seats, also across two
blocks, each theme begins exactly once.
"""

from collections.abc import Iterable, Mapping

from consulta.core.trust import chance


def theme_order(keys: Iterable[str], position: int, commitment: str) -> tuple[str, ...]:
    """Return the themes in the order of the seat at `position` (1 for the first of the roll)."""
    return _order(keys, position, commitment, "ballot")


def people_order(groups: Mapping[str, Iterable[str]], position: int, commitment: str) -> tuple[str, ...]:
    """Return the people on the ballot of the seat at `position`, group by group, such as role by role.

    Groups, and people inside of each, stand in orders of this seat, each made like that of the themes.
    """
    return tuple(
        key
        for group in (_order(groups, position, commitment, "roles on the ballot") if groups else ())
        for key in _order(groups[group], position, commitment, f"people on the ballot, {group}")
    )


def _order(keys: Iterable[str], position: int, commitment: str, label: str) -> tuple[str, ...]:
    first = chance.tie_order(keys, commitment, f"{label} begins with")
    block, row = divmod(position - 1, len(first))
    cycle = chance.tie_order(first, commitment, f"{label} order {block}")
    start = cycle.index(first[row])
    return tuple(cycle[start:] + cycle[:start])
