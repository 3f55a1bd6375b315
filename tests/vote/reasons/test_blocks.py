"""The marks that stand beside reasons: each is that of enough possible authors, in any round."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from consulta.vote.reasons import Mark, block_marks, themes_told

SUBREGIONS, SECTORS = ("caribbean", "central", "south"), ("ngo", "faith", "union", "academy")
cells = st.dictionaries(
    st.integers(1, 60),
    st.builds(Mark, st.sampled_from(SUBREGIONS), st.sampled_from(SECTORS)),
    max_size=45,
)


@given(cells=cells, least=st.integers(2, 6))
def test_each_mark_is_that_of_enough_authors_or_of_all(cells: dict[int, Mark], least: int) -> None:
    shown = block_marks(cells, least)
    assert set(shown) == set(cells)
    for mark, count in Counter(shown.values()).items():
        assert count >= least or count == len(cells), mark


@given(cells=cells, least=st.integers(2, 6))
def test_a_mark_is_true_and_says_no_more_than_its_cell(cells: dict[int, Mark], least: int) -> None:
    for author, mark in block_marks(cells, least).items():
        assert mark.subregion in {"", cells[author].subregion}
        assert mark.sector in {"", cells[author].sector}
        assert mark.subregion or not mark.sector


@given(cells=cells, least=st.integers(2, 6))
def test_a_large_cell_is_told_where_its_neighbours_need_nobody(cells: dict[int, Mark], least: int) -> None:
    counts = Counter(cells.values())
    if all(count >= least for count in counts.values()):
        assert block_marks(cells, least) == cells


@given(
    authors=st.dictionaries(st.integers(1, 8), st.sets(st.integers(1, 20), max_size=12), max_size=8),
    least=st.integers(2, 6),
)
def test_themes_that_are_not_told_have_enough_authors_together(
    authors: dict[int, set[int]], least: int
) -> None:
    told = themes_told(authors, least)
    assert all(len(authors[theme]) >= least for theme in told)
    together = {who for theme in set(authors) - told for who in authors[theme]}
    assert not together or len(together) >= least or not told


def test_small_sectors_of_a_subregion_stand_together() -> None:
    cells = {number: Mark("south", "ngo") for number in range(1, 8)}
    cells |= {8: Mark("south", "faith"), 9: Mark("caribbean", "ngo")}
    shown = block_marks(cells, 5)
    # The one of faith would be alone in the south: with that of the Caribbean there are still too few.
    assert set(shown.values()) == {Mark()}
    cells |= {number: Mark("south", "union") for number in range(10, 14)}
    cells |= {number: Mark("caribbean", "ngo") for number in range(20, 25)}
    shown = block_marks(cells, 5)
    assert shown[1] == Mark("south", "ngo")
    assert shown[8] == shown[10] == Mark("south")
    assert shown[9] == Mark("caribbean", "ngo")


def people(*groups: tuple[str, str, int]) -> dict[int, Mark]:
    """Possible authors, numbered from 1: of each subregion and sector so many."""
    cells = [Mark(subregion, sector) for subregion, sector, number in groups for _ in range(number)]
    return dict(enumerate(cells, 1))


def shown_of(cells: dict[int, Mark], least: int) -> list[tuple[str, str, int]]:
    """How many authors have each mark, by subregion and sector."""
    return sorted((*mark, number) for mark, number in Counter(block_marks(cells, least).values()).items())


def test_exactly_so_many_authors_are_enough_and_one_fewer_is_not() -> None:
    enough = people(("south", "ngo", 5), ("south", "faith", 5))
    assert shown_of(enough, 5) == [("south", "faith", 5), ("south", "ngo", 5)]
    # Four of faith take the sector beside them, though that has enough by itself.
    assert shown_of(people(("south", "ngo", 5), ("south", "faith", 4)), 5) == [("south", "", 9)]


def test_small_sectors_take_the_smallest_of_the_large_and_of_equal_ones_the_first_by_name() -> None:
    cells = people(("south", "faith", 7), ("south", "union", 5), ("south", "ngo", 6), ("south", "academy", 1))
    assert shown_of(cells, 5) == [("south", "", 6), ("south", "faith", 7), ("south", "ngo", 6)]
    cells = people(("south", "union", 5), ("south", "ngo", 5), ("south", "academy", 1))
    assert shown_of(cells, 5) == [("south", "", 6), ("south", "union", 5)]
    # Small sectors that are enough together take nothing.
    cells = people(("south", "ngo", 5), ("south", "faith", 3), ("south", "academy", 2))
    assert shown_of(cells, 5) == [("south", "", 5), ("south", "ngo", 5)]


def test_small_subregions_take_the_smallest_of_the_large_whole() -> None:
    cells = people(
        ("central", "ngo", 2), ("caribbean", "ngo", 6), ("caribbean", "faith", 5), ("south", "ngo", 7)
    )
    assert shown_of(cells, 5) == [
        ("", "", 9),
        ("caribbean", "faith", 5),
        ("caribbean", "ngo", 6),
    ]
    # Of equal ones the first by name.
    cells = people(("central", "ngo", 2), ("south", "ngo", 5), ("caribbean", "ngo", 5))
    assert shown_of(cells, 5) == [("", "", 7), ("south", "ngo", 5)]
    # Two small subregions that are enough together take nobody.
    cells = people(("central", "ngo", 2), ("caribbean", "ngo", 3), ("south", "ngo", 5))
    assert shown_of(cells, 5) == [("", "", 5), ("south", "ngo", 5)]


def test_too_few_authors_stand_together_without_a_mark() -> None:
    assert shown_of(people(("south", "ngo", 2), ("central", "ngo", 2)), 5) == [("", "", 4)]
    assert block_marks({}, 5) == {}


def test_a_theme_is_told_that_has_enough_authors_and_the_others_stand_together() -> None:
    five, six, seven = set(range(1, 6)), set(range(11, 17)), set(range(21, 28))
    assert themes_told({1: five, 2: six}, 5) == {1, 2}
    assert themes_told({1: five, 2: {1, 2, 3, 4}}, 5) == frozenset()
    # One author alone takes the smallest theme; of equal ones the first.
    assert themes_told({1: seven, 2: five, 3: six, 4: {30}}, 5) == {1, 3}
    assert themes_told({3: five, 2: set(range(31, 36)), 4: {40}}, 5) == {3}
    assert themes_told({8: five, 1: set(range(31, 36)), 4: {40}}, 5) == {8}
    # Themes that have enough authors together take none, and an author of two of them is one.
    assert themes_told({1: six, 2: {1, 2, 3}, 3: {4, 5}}, 5) == {1}
    assert themes_told({1: six, 2: {1, 2, 3}, 3: {3, 4}}, 5) == frozenset()
    # An author named twice by a theme is one.
    assert themes_told({1: [1, 1, 2, 3, 4]}, 5) == frozenset()
