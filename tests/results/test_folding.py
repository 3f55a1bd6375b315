"""No published line tells of a handful of organisations, nor lets one be worked out from the total."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.results.folding import CategoryLine, fold
from tests.texts import both


def line(key: str, ballots: int) -> CategoryLine:
    return CategoryLine(
        dimension="sector",
        key=key,
        name=both(key, key),
        seats=ballots + 1,
        ballots=ballots,
        share=ballots / 100,
        weighted=ballots / 100,
        target=None,
        silent=ballots == 0,
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 10))
def test_every_line_has_enough_and_nothing_is_lost(counts: list[int], least: int) -> None:
    lines = [line(f"c{number}", count) for number, count in enumerate(counts)]
    shown = fold(lines, least)
    assert sum(each.ballots for each in shown) == sum(counts)
    assert sum(each.seats for each in shown) == sum(each.seats for each in lines)
    assert all(each.ballots >= least for each in shown) or len(shown) == 1


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12), st.integers(1, 10))
def test_what_is_folded_cannot_be_told_apart(counts: list[int], least: int) -> None:
    """The folded line always stands for two categories or more: the total gives none of them away."""
    shown = fold([line(f"c{number}", count) for number, count in enumerate(counts)], least)
    assert all(each.folded != 1 for each in shown)


def test_large_categories_stay_as_they_are() -> None:
    lines = [line("a", 9), line("b", 7)]
    assert fold(lines, 5) == tuple(lines)
