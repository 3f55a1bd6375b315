"""The marks that stand beside reasons: each is that of enough possible authors, in any round."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from consulta.reasons.blocks import Mark, marks, themes_told

SUBREGIONS, SECTORS = ("caribbean", "central", "south"), ("ngo", "faith", "union", "academy")
cells = st.dictionaries(
    st.integers(1, 60),
    st.builds(Mark, st.sampled_from(SUBREGIONS), st.sampled_from(SECTORS)),
    max_size=45,
)


@given(cells=cells, least=st.integers(2, 6))
def test_each_mark_is_that_of_enough_authors_or_of_all(cells: dict[int, Mark], least: int) -> None:
    shown = marks(cells, least)
    assert set(shown) == set(cells)
    for mark, count in Counter(shown.values()).items():
        assert count >= least or count == len(cells), mark


@given(cells=cells, least=st.integers(2, 6))
def test_a_mark_is_true_and_says_no_more_than_its_cell(cells: dict[int, Mark], least: int) -> None:
    for author, mark in marks(cells, least).items():
        assert mark.subregion in {"", cells[author].subregion}
        assert mark.sector in {"", cells[author].sector}
        assert mark.subregion or not mark.sector


@given(cells=cells, least=st.integers(2, 6))
def test_a_large_cell_is_told_where_its_neighbours_need_nobody(cells: dict[int, Mark], least: int) -> None:
    counts = Counter(cells.values())
    if all(count >= least for count in counts.values()):
        assert marks(cells, least) == cells


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
    shown = marks(cells, 5)
    # The one of faith would be alone in the south: with that of the Caribbean there are still too few.
    assert set(shown.values()) == {Mark()}
    cells |= {number: Mark("south", "union") for number in range(10, 14)}
    cells |= {number: Mark("caribbean", "ngo") for number in range(20, 25)}
    shown = marks(cells, 5)
    assert shown[1] == Mark("south", "ngo")
    assert shown[8] == shown[10] == Mark("south")
    assert shown[9] == Mark("caribbean", "ngo")
