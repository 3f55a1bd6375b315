"""What may be told of small groups: the table against a second, slow way to it, and a figure by weight."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from consulta.core.disclosure import blur, sums, suppression
from consulta.core.disclosure.blocks import joined
from consulta.core.disclosure.suppression import Block, Cell
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Ways = dict[str, list[frozenset[str]]]

# -- blocks of one dimension


def folded(ballots: Mapping[str, int], least: int) -> list[str]:
    found = joined(
        [frozenset({name}) for name in ballots],
        lambda block: sum(ballots[name] for name in block),
        lambda block: sum(ballots[name] for name in block) >= least,
    )
    return ["".join(sorted(block)) for block in found]


@for_each(
    "ballots, blocks",
    [
        ({"a": 7, "b": 9, "c": 8}, ["b", "c", "a"]),
        ({"a": 9, "b": 6, "c": 3}, ["a", "bc"]),  # one small block alone would be told by the rest
        ({"a": 9, "b": 6, "c": 3, "d": 2}, ["a", "b", "cd"]),  # two that are enough together
        ({"a": 9, "b": 6, "c": 3, "d": 1}, ["a", "bcd"]),  # and two that are not
        ({"c": 6, "b": 6, "a": 6, "d": 3}, ["a", "b", "cd"]),
        ({"a": 2, "b": 1}, ["ab"]),
        ({"a": 5, "b": 0}, ["ab"]),
        ({"a": 3}, ["a"]),
        ({}, []),
    ],
)
def test_small_blocks_are_joined_with_the_next_smallest(ballots: dict[str, int], blocks: list[str]) -> None:
    assert folded(ballots, 5) == blocks


# -- the table, a second time: every table of ballots is written down


ROLL = (("car", "BB"), ("car", "JM"), ("mes", "MX"), ("mes", "SV"), ("sud", "CL"), ("sud", "PE"))


def roll(seed: int) -> list[Cell]:
    """Return six cells of up to four organisations, drawn in the same way on every machine."""

    def draw(*what: object) -> int:
        return int(sha256(repr((seed, what)).encode()).hexdigest()[:8], 16)

    kinds = sorted(((*place, sector) for place in ROLL for sector in ("ngo", "union", "faith")), key=draw)
    return [
        Cell(*kind, most, draw(kind, "ballots") % (most + 1))
        for kind, most in zip(kinds, [1, 1, 2, 3, 3, 4], strict=False)
    ]


def slowly(cells: Sequence[Cell], least: int) -> list[Block]:
    """Return the blocks of these cells, with every table of ballots that there can be."""
    tables = np.indices([cell.seats + 1 for cell in cells]).reshape(len(cells), -1)
    tables = tables[:, tables.sum(axis=0) == sum(cell.ballots for cell in cells)]
    ways = by_themselves(cells, least)
    while (told := given_away(cells, ways, tables)) is not None:
        coarsen(cells, ways, *told)
    order = ("subregion", "sector", "country")
    found = [one(cells, name, block) for name in order for block in ways[name]]
    key = lambda block: (order.index(block.dimension), len(block.categories) > 1, -block.ballots)  # noqa: E731
    return sorted(found, key=lambda block: (*key(block), block.categories))


def one(cells: Sequence[Cell], name: str, block: frozenset[str]) -> Block:
    inside = [cell for cell in cells if getattr(cell, name) in block]
    return Block(
        name, (*sorted(block),), sum(each.seats for each in inside), sum(each.ballots for each in inside)
    )


def by_themselves(cells: Sequence[Cell], least: int) -> Ways:
    silent = sum(cell.seats - cell.ballots for cell in cells)

    def is_enough(found: Block) -> bool:
        return found.ballots >= least and found.seats - found.ballots >= min(2, silent)

    def fold(name: str, names: set[str]) -> list[frozenset[str]]:
        lines = sorted((one(cells, name, frozenset({each})) for each in names), key=size)
        large = [line for line in lines if is_enough(line)]
        small = [line for line in lines if not is_enough(line)]
        together = frozenset(category for line in small for category in line.categories)
        while small and large and (len(together) == 1 or not is_enough(one(cells, name, together))):
            together |= {*large.pop(0).categories}
        return [*(frozenset(line.categories) for line in reversed(large)), *([together] if small else [])]

    def size(line: Block) -> tuple[int, tuple[int, ...]]:
        return line.ballots, tuple(-ord(sign) for sign in line.categories[0])

    subregions = fold("subregion", {cell.subregion for cell in cells})
    inside = [{cell.country for cell in cells if cell.subregion in block} for block in subregions]
    return {
        "subregion": subregions,
        "sector": fold("sector", {cell.sector for cell in cells}),
        "country": [block for names in inside for block in fold("country", names)],
    }


def places(cells: Sequence[Cell], name: str, block: frozenset[str]) -> tuple[int, ...]:
    return tuple(place for place, cell in enumerate(cells) if getattr(cell, name) in block)


def given_away(
    cells: Sequence[Cell], ways: Ways, tables: npt.NDArray[np.int64]
) -> tuple[str, tuple[int, ...]] | None:
    """Return the first hidden number that the shown ones give away: its dimension and places."""
    fitting = tables
    shown = {places(cells, name, block) for name in ways for block in ways[name]} | {(*range(len(cells)),)}
    for row in shown:
        here = sum(cells[place].ballots for place in row)
        fitting = fitting[:, fitting[[*row]].sum(axis=0) == here]
    hidden = [
        (name, places(cells, name, frozenset({category})))
        for name in ("subregion", "sector", "country")
        for block in ways[name]
        for category in sorted(block)
        if len(block) > 1
    ]
    hidden += [("", (place,)) for place in range(len(cells))]
    for name, row in hidden:
        widths = [np.ptp(some[[*row]].sum(axis=0)) for some in (fitting, tables)]
        if row not in shown and widths[0] < min(2, widths[1]):
            return name, row
    return None


def coarsen(cells: Sequence[Cell], ways: Ways, name: str, row: tuple[int, ...]) -> None:
    """Join two blocks: of countries inside the subregion, else of sectors, else of subregions."""
    cell = cells[row[0]]
    mine = {each: next(block for block in ways[each] if getattr(cell, each) in block) for each in ways}
    home = {each.country for each in cells if each.subregion in mine["subregion"]}
    near = {**ways, "country": [block for block in ways["country"] if block <= home]}
    order = ["sector", "country", "subregion"] if name == "sector" else ["country", "sector", "subregion"]
    chosen = next(each for each in order if len(near[each]) > 1)
    others = [block for block in near[chosen] if block != mine[chosen]]
    other = min(others, key=lambda block: (one(cells, chosen, block).ballots, sorted(block)))
    kept = [block for block in ways[chosen] if block not in (mine[chosen], other)]
    ways[chosen] = [*kept, mine[chosen] | other]


@for_each("seed", range(30))
def test_the_table_is_that_of_a_second_slow_way(seed: int) -> None:
    cells = roll(seed)
    least = 2 + seed % 2
    assert list(suppression.blocks(cells, least)) == slowly(cells, least)


def test_where_all_voted_or_all_but_one_there_is_less_to_hide() -> None:
    mexico, peru = Cell("mes", "MX", "ngo", 30, 30), Cell("sud", "PE", "ngo", 20, 20)

    def shown(jamaica: int) -> list[str]:
        found = suppression.blocks([mexico, peru, Cell("car", "JM", "ngo", jamaica, 9)], 5)
        return [" ".join(block.categories) for block in found]

    assert shown(9) == ["mes", "sud", "car", "ngo", "MX", "PE", "JM"]
    assert shown(10) == ["car mes sud", "ngo", "JM MX PE"]


def test_the_smallest_that_is_large_enough_is_joined_with_what_is_small() -> None:
    votes = [("mes", "MX", 30), ("sud", "PE", 20), ("car", "JM", 3)]
    shown = suppression.blocks([Cell(*place, "ngo", 60, number) for *place, number in votes], 5)
    assert [" ".join(block.categories) for block in shown] == ["mes", "car sud", "ngo", "MX", "JM PE"]
    (one,) = suppression.blocks([Cell("mes", "MX", "ngo", 60, 30)], 5)[:1]
    assert one == Block("subregion", ("mes",), 60, 30)


# -- a figure by weight


def test_the_shares_of_a_figure_are_parts_of_all_weight() -> None:
    found = blur.of([1, 3], [1, 0.5], [0, 4])
    assert (found.shares.tolist(), found.part.tolist()) == ([0.25, 0.75], [1, 0.5])
    assert found.cell.tolist() == [0, 4]


def blurred(small: Sequence[float], light: int, heavy: int = 0, *, step: int = 16, each: float = 1) -> bool:
    """Whether a figure hides one small cell, whose ballots count for it, among others half of which do.

    Of the others `light` on each side weigh `each`, and `heavy` twice as much, of 64, so that sums are exact.
    """
    half = [each] * light + [2 * each] * heavy
    shares = np.array([*small, *half, *half]) / 64
    part = np.array([1.0] * len(small) + [1.0] * len(half) + [0.0] * len(half))
    cells = np.array([0] * len(small) + [1] * (2 * len(half)))
    return blur.Figure(shares, part, cells).is_blurred(step, 5)


def test_two_ballots_of_a_small_cell_need_their_weight_elsewhere() -> None:
    """Two of 5 can be made up for by ten ballots of 1, and not by nine: on each side."""
    assert blurred([5] * 4, 10)
    assert not blurred([5] * 4, 9)
    assert not blurred([5] * 4, 9, 9, step=2), "a ballot above a step could jump over it"
    assert blurred([5] * 4, 9, 9, step=4)
    assert blurred([5], 5), "where there is one, one changes sides"
    assert not blurred([6], 5)
    assert blurred([4, 5, 1], 10)
    assert not blurred([4, 5.25, 1], 10), "the heaviest is taken twice"
    assert blurred([5] * 5, 5), "five are no small cell"


def test_a_ballot_as_heavy_as_the_step_is_no_jump() -> None:
    assert blurred([64], 5, step=25, each=16)
    assert not blurred([64], 5, step=25, each=16.0625)
    assert not blurred([64], 5, step=24, each=16)


def test_a_figure_needs_ballots_on_both_sides() -> None:
    def told(for_it: int, against: int) -> bool:
        part = np.array([1.0] * for_it + [0.0] * against)
        return blur.of([1] * len(part), part.tolist(), [0] * len(part)).is_blurred(100, 5)

    assert told(5, 5)
    assert not told(4, 6)
    assert not told(6, 4)


@for_each("side", [1.0, 0.0])
def test_a_ballot_that_counts_for_a_half_makes_room_of_a_half(side: float) -> None:
    """Two of 2 are made up for by eight halves of 1, and not by seven; the other four are on their side."""

    def told(halves: int) -> bool:
        part = [side] * 2 + [0.5] * halves + [side] * (12 - halves)
        return blur.of([2, 2, *[1] * 12], part, [0, 0, *[1] * 12]).is_blurred(13, 3)

    assert told(8)
    assert not told(7)


@for_each("side", [1.0, 0.0])
def test_a_small_cell_does_not_make_up_for_itself(side: float) -> None:
    part = [side] * 4 + [side] * 5 + [1 - side] * 10
    assert not blur.of([4] * 4 + [1] * 5 + [4] * 10, part, [0] * 4 + [1] * 15).is_blurred(100, 5)


# -- numbers that make a whole


@for_each(
    "counts, told",
    [
        ((7, 6, 5), (7, 6, 5)),
        ((7, 6, 4), (7, None, None)),  # 4 alone would follow from 17
        ((6, 6, 4), (None, 6, None)),  # of two alike the first is hidden with it
        ((9, 0, 0), (None, None, None)),  # all said the same
        ((4, 3, 2), (None, None, None)),
        ((30, 5, 3), (30, None, None)),
        ((30, 3, 3), (30, None, None)),
        ((30, 3, 1), (None, None, None)),  # fewer than five are not in the first
        ((5, 5), (5, 5)),
        ((6, 4), (None, None)),
        ((), ()),
    ],
)
def test_a_number_is_told_where_neither_it_nor_the_rest_is_small(
    counts: tuple[int, ...], told: tuple[int | None, ...]
) -> None:
    assert tuple(sums.told(dict(enumerate(counts)), 5).values()) == told


def test_where_votes_have_names_every_number_is_told() -> None:
    assert sums.told({"yes": 0, "no": 1}, 0) == {"yes": 0, "no": 1}


def test_a_second_number_is_hidden_only_with_a_single_one() -> None:
    counts = {"a": 9, "b": 8, "c": 7}
    for shown in ({"a": True, "b": True, "c": True}, {"a": False, "b": False, "c": True}):
        assert sums.second_hidden(shown, counts) == shown
    assert sums.second_hidden({"a": False, "b": True, "c": True}, counts) == {
        "a": False,
        "b": True,
        "c": False,
    }
    assert sums.second_hidden({"a": False}, counts) == {"a": False}, "nothing is left to hide"
