"""Who took part, in blocks of categories laid so that no small group can be worked out of them.

It decides which categories stand in a published table by themselves and which only together. What the
reader is taken to know already: the roll, that is how many organisations each country has in each sector,
and how many voted in all. A block with fewer than `least` ballots is never shown. Then the table is
attacked, with all its blocks at once: for every cell (a country in a sector, and in a category of every other
dimension) and every category that is not shown, the smallest and the largest number of ballots that fit what
is shown must lie two apart, or as far as they did before anything was shown. Where they do not, blocks are
joined and the table is attacked again.

Countries are joined inside their subregion, so that blocks are nested: then the extremes of the linear
programme are whole numbers, and its bounds are exact. With the dimensions that an installation adds, more
than two ways of cutting the roll are shown at once: then whole numbers are asked for, and a number that is
not seen to vary within a stated number of steps counts as told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from consulta.core.disclosure.blocks import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

Dimension = str
APART = 2
STEPS = 2000
"""Of the search of one table of whole numbers: the same on every machine."""

ROUGHLY = 0.5
"""How far from the least a table of whole numbers may be that is only to show that numbers can vary."""

Categories = frozenset[str]
Places = frozenset[int]


class Cell(NamedTuple):
    """The organisations of one country in one sector, and how many of them voted.

    `others` are their categories in the other dimensions, in the order of these.
    """

    subregion: str
    country: str
    sector: str
    seats: int
    ballots: int
    others: tuple[tuple[Dimension, str], ...] = ()

    def category(self, dimension: Dimension) -> str:
        """Return the category in any dimension."""
        match dimension:
            case "subregion":
                return self.subregion
            case "country":
                return self.country
            case "sector":
                return self.sector
            case _:
                return dict(self.others)[dimension]


@dataclass(frozen=True, slots=True)
class Block:
    """Categories of a dimension that are shown as one line: one category, or several together."""

    dimension: Dimension
    categories: tuple[str, ...]
    seats: int
    ballots: int


@dataclass(frozen=True, slots=True)
class _Partition:
    """How each dimension is cut into blocks; every block of countries lies inside one of subregions."""

    of: Mapping[Dimension, tuple[Categories, ...]]

    def blocks(self) -> Iterator[tuple[Dimension, Categories]]:
        for dimension, blocks in self.of.items():
            yield from ((dimension, block) for block in blocks)

    def cut(self, dimension: Dimension, blocks: tuple[Categories, ...]) -> _Partition:
        """Return this partition with a dimension cut in another way."""
        return _Partition({**self.of, dimension: blocks})


class _Hidden(NamedTuple):
    """A number that is not shown: a category of a dimension, or a cell (then the dimension is None)."""

    dimension: Dimension | None
    places: Places


def blocks(cells: Sequence[Cell], least: int) -> tuple[Block, ...]:
    """Return the blocks that may be shown of these cells.

    They are ordered by dimension; single categories come first, those with most ballots first.
    """
    partition = _folded(cells, least)
    while (told := _told(cells, partition)) is not None:
        partition = _coarser(cells, partition, told)
    found = [_block(cells, dimension, block) for dimension, block in partition.blocks()]
    order = {dimension: place for place, dimension in enumerate(partition.of)}
    return tuple(sorted(found, key=lambda block: (order[block.dimension], *_rank(block))))


def _rank(block: Block) -> tuple[bool, int, tuple[str, ...]]:
    return len(block.categories) > 1, -block.ballots, block.categories


def _others(cells: Sequence[Cell]) -> tuple[Dimension, ...]:
    return tuple(dimension for dimension, _category in cells[0].others)


def _block(cells: Sequence[Cell], dimension: Dimension, categories: Categories) -> Block:
    inside = [cells[place] for place in _places(cells, dimension, categories)]
    return Block(
        dimension,
        tuple(sorted(categories)),
        sum(cell.seats for cell in inside),
        sum(cell.ballots for cell in inside),
    )


def _places(cells: Sequence[Cell], dimension: Dimension, categories: Categories) -> Places:
    return frozenset(place for place, cell in enumerate(cells) if cell.category(dimension) in categories)


def _ballots(cells: Sequence[Cell], dimension: Dimension, categories: Categories) -> int:
    return sum(cell.ballots for cell in cells if cell.category(dimension) in categories)


# -- how blocks are joined


def _folded(cells: Sequence[Cell], least: int) -> _Partition:
    """Return the partition with small categories joined in each dimension by itself.

    A table without protection against the attack would stop here.
    """
    # A block in which all voted, or all but one, gives nearly every cell of it away.
    waiting = min(APART, sum(cell.seats - cell.ballots for cell in cells))

    def fold(dimension: Dimension, categories: Iterable[str]) -> tuple[Categories, ...]:
        singles = [frozenset({category}) for category in sorted(set(categories))]

        def is_enough(block: Categories) -> bool:
            found = _block(cells, dimension, block)
            return found.ballots >= least and found.seats - found.ballots >= waiting

        return joined(singles, lambda block: _ballots(cells, dimension, block), is_enough)

    subregions = fold("subregion", (cell.subregion for cell in cells))
    countries = tuple(
        block
        for subregion in subregions
        for block in fold("country", (cell.country for cell in cells if cell.subregion in subregion))
    )
    freely = {
        dimension: fold(dimension, (cell.category(dimension) for cell in cells))
        for dimension in ("sector", *_others(cells))
    }
    return _Partition({"subregion": subregions, **freely, "country": countries})


def _coarser(cells: Sequence[Cell], partition: _Partition, told: _Hidden) -> _Partition:
    """Return the partition with two blocks joined, so that `told` is less exposed.

    The dimension in which `told` lies is tried first.
    """
    cell = cells[min(told.places)]
    subregion = _holding(partition.of["subregion"], cell.subregion)
    inside = frozenset(other.country for other in cells if other.subregion in subregion)
    ways = {dimension: list(blocks) for dimension, blocks in partition.of.items()}
    ways["country"] = [block for block in partition.of["country"] if block <= inside]
    order: list[Dimension] = ["country", "sector", *_others(cells), "subregion"]
    if told.dimension not in {None, "country", "subregion"}:
        order.sort(key=lambda dimension: dimension != told.dimension)
    dimension = next(d for d in order if len(ways[d]) > 1)
    mine = _holding(ways[dimension], cell.category(dimension))
    others = [block for block in ways[dimension] if block != mine]
    other = min(others, key=lambda block: (_ballots(cells, dimension, block), sorted(block)))
    rest = [block for block in partition.of[dimension] if block not in {mine, other}]
    return partition.cut(dimension, (*rest, mine | other))


def _holding(blocks: Iterable[Categories], category: str) -> Categories:
    return next(block for block in blocks if category in block)


# -- the attack


def _told(cells: Sequence[Cell], partition: _Partition) -> _Hidden | None:
    """Return the first hidden number that the shown blocks give away, or None."""
    shown = {_places(cells, *block) for block in partition.blocks()}
    rows = sorted({*shown, frozenset(range(len(cells)))}, key=sorted)
    table = _Table(cells, [_row(cells, places) for places in rows])
    hidden = [
        (each, asked)
        for each in _hidden(cells, partition)
        if each.places not in shown and (asked := min(APART, _before(cells, each.places)))
    ]
    seen = _Seen(cells, [each.places for each, _ in hidden])
    for objective in _first_directions(cells, hidden):
        seen.note(table.least(objective, roughly=True))
    for number, (each, asked) in enumerate(hidden):
        if seen.width(number) < asked:
            objective = _row(cells, each.places)
            seen.note(table.least(objective))
            seen.note(table.least(-objective))
        if seen.width(number) < asked:
            return each
    return None


def _hidden(cells: Sequence[Cell], partition: _Partition) -> Iterator[_Hidden]:
    for dimension, block in partition.blocks():
        if len(block) > 1:
            for category in sorted(block):
                yield _Hidden(dimension, _places(cells, dimension, frozenset({category})))
    for place in range(len(cells)):
        yield _Hidden(None, frozenset({place}))


def _before(cells: Sequence[Cell], places: Places) -> int:
    """Return how far a number can vary for a reader who knows only the roll and the turnout."""
    here = sum(cells[place].seats for place in places)
    seats, ballots = sum(cell.seats for cell in cells), sum(cell.ballots for cell in cells)
    return min(here, ballots) - max(0, ballots - (seats - here))


def _row(cells: Sequence[Cell], places: Iterable[int]) -> npt.NDArray[np.float64]:
    row = np.zeros(len(cells))
    row[list(places)] = 1.0
    return row


def _first_directions(
    cells: Sequence[Cell], hidden: Sequence[tuple[_Hidden, int]]
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield a few directions to try first: most numbers prove variable in them.

    Each is an array with one value per cell.
    """
    for bit in range(max(len(hidden) - 1, 1).bit_length()):
        row = np.zeros(len(cells))
        for number, (each, _) in enumerate(hidden):
            row[list(each.places)] += 1.0 if number >> bit & 1 else -1.0
        yield row
        yield -row


class _Seen:
    """The smallest and the largest that each hidden number was in the tables seen so far."""

    def __init__(self, cells: Sequence[Cell], hidden: Sequence[Places]) -> None:
        self.hidden = [list(places) for places in hidden]
        truth = np.array([cell.ballots for cell in cells], dtype=float)
        self.low = [truth[places].sum() for places in self.hidden]
        self.high = list(self.low)

    def note(self, table: npt.NDArray[np.float64]) -> None:
        for number, places in enumerate(self.hidden):
            found = table[places].sum()
            self.low[number] = min(self.low[number], found)
            self.high[number] = max(self.high[number], found)

    def width(self, number: int) -> int:
        return round(float(self.high[number] - self.low[number]))


class _Table:
    """Every table of ballots that fits the roll and the sums that are shown, in whole numbers."""

    def __init__(self, cells: Sequence[Cell], rows: Sequence[npt.NDArray[np.float64]]) -> None:
        truth = np.array([cell.ballots for cell in cells], dtype=float)
        self.sums = np.array(rows)
        self.shown = self.sums @ truth
        self.truth = truth
        self.bounds = [(0, cell.seats) for cell in cells]
        self.is_nested = not _others(cells)  # then the corners of the linear programme are whole numbers

    def least(self, objective: npt.NDArray[np.float64], *, roughly: bool = False) -> npt.NDArray[np.float64]:
        """Return the table of ballots, in whole numbers, for which objective times ballots is smallest.

        The array has one number per cell. Where the dimensions are not nested, it is the best table that
        is found within `STEPS` nodes, with `roughly` within the gap `ROUGHLY`. The true table fits: where no
        table is found, nothing more is known to fit.
        """
        found = self._nested(objective) if self.is_nested else self._whole(objective, roughly * ROUGHLY)
        return self.truth if found is None else np.round(found)

    def _nested(self, objective: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
        from scipy.optimize import linprog  # noqa: PLC0415 - slow to import, needed at a publication only

        answer = linprog(objective, A_eq=self.sums, b_eq=self.shown, bounds=self.bounds, method="highs")
        found: npt.NDArray[np.float64] | None = answer.x
        return found

    def _whole(self, objective: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64] | None:
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - as above

        answer = milp(
            objective,
            constraints=LinearConstraint(self.sums, self.shown, self.shown),
            integrality=np.ones(len(objective), dtype=np.int64),
            bounds=Bounds(0, [most for _least, most in self.bounds]),
            options={"node_limit": STEPS, "mip_rel_gap": gap},
        )
        found: npt.NDArray[np.float64] | None = answer.x
        return found
