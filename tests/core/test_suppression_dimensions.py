"""The attack on tables of more than two dimensions, against every table that there can be."""

from __future__ import annotations

import itertools
from hashlib import sha256
from typing import TYPE_CHECKING

from consulta.core.disclosure import suppression
from consulta.core.disclosure.suppression import Block, Cell
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = (("caribbean", "JM"), ("caribbean", "BB"), ("south_america", "PE"))
KINDS = tuple(itertools.product(PLACES, ("ngo", "union"), ("small", "large"), ("es", "en")))
CELLS = 9
DIMENSIONS = ["subregion", "sector", "language", "size", "country"]


def roll(seed: int) -> list[Cell]:
    """A few cells of one or two organisations in three dimensions that cut across one another."""
    kinds = sorted(KINDS, key=lambda kind: _draw(seed, kind))
    found = []
    for place, sector, size, language in kinds[:CELLS]:
        luck = _draw(seed, size, place, sector, language)
        seats = 1 + (luck % 3 == 0)
        others = (("language", language), ("size", size))
        found.append(Cell(*place, sector, seats, luck // 3 % (seats + 1), others))
    return sorted(found)


def _draw(*what: object) -> int:
    """A number that looks like chance and is the same on every machine."""
    return int(sha256(repr(what).encode()).hexdigest()[:8], 16)


def inside(cells: list[Cell], dimension: str, categories: Sequence[str]) -> list[int]:
    """The places of the cells of some categories."""
    return [place for place, cell in enumerate(cells) if cell.category(dimension) in categories]


def fitting(cells: list[Cell], blocks: tuple[Block, ...]) -> list[tuple[int, ...]]:
    """Every table of ballots that fits the roll, the turnout and the blocks that are shown."""
    sums = [(inside(cells, block.dimension, block.categories), block) for block in blocks]
    ballots = sum(cell.ballots for cell in cells)
    return [
        table
        for table in itertools.product(*(range(cell.seats + 1) for cell in cells))
        if sum(table) == ballots
        and all(sum(table[place] for place in places) == block.ballots for places, block in sums)
    ]


def width(tables: list[tuple[int, ...]], places: list[int]) -> int:
    sums = [sum(table[place] for place in places) for table in tables]
    return max(sums) - min(sums)


@for_each("seed", range(12))
def test_no_hidden_number_follows_from_what_is_shown(seed: int) -> None:
    cells = roll(seed)
    shown = suppression.blocks(cells, 2)
    assert {block.dimension for block in shown} == set(DIMENSIONS)
    before, after = fitting(cells, ()), fitting(cells, shown)
    blocks = {frozenset(inside(cells, each.dimension, each.categories)) for each in shown}
    hidden = [[place] for place in range(len(cells))]
    for each in shown:
        hidden += [
            inside(cells, each.dimension, [one]) for one in each.categories if len(each.categories) > 1
        ]
    for places in hidden:
        if frozenset(places) not in blocks:
            assert width(after, places) >= min(suppression.APART, width(before, places))


def test_something_is_shown_where_groups_are_large() -> None:
    cells = [
        Cell(*place, sector, 12, 6, (("language", language), ("size", size)))
        for place, sector, size, language in KINDS
    ]
    shown = suppression.blocks(cells, 5)
    assert all(len(block.categories) == 1 for block in shown)
    assert list(dict.fromkeys(block.dimension for block in shown)) == DIMENSIONS
