"""No published line tells of a handful of organisations, nor lets one be worked out from the total."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.disclosure.blocks import Categories, joined


def blocks(counts: list[int], least: int) -> dict[Categories, int]:
    """Return the blocks made of one category for each count, with the ballots of each."""
    by_key = {f"c{number}": count for number, count in enumerate(counts)}

    def ballots(block: Categories) -> int:
        return sum(by_key[key] for key in block)

    found = joined([frozenset({key}) for key in by_key], ballots, lambda block: ballots(block) >= least)
    return {block: ballots(block) for block in found}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 10))
def test_every_block_has_enough_and_nothing_is_lost(counts: list[int], least: int) -> None:
    shown = blocks(counts, least)
    assert sorted(key for block in shown for key in block) == sorted(f"c{n}" for n in range(len(counts)))
    assert sum(shown.values()) == sum(counts)
    assert all(ballots >= least for ballots in shown.values()) or len(shown) == 1


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12), st.integers(1, 10))
def test_what_is_joined_cannot_be_told_apart(counts: list[int], least: int) -> None:
    """A joined block always stands for two categories or more: the total gives none of them away."""
    shown = blocks(counts, least)
    assert all(len(block) > 1 for block, ballots in shown.items() if ballots < least)
    assert sum(len(block) > 1 for block in shown) <= 1


def test_large_categories_stay_as_they_are() -> None:
    assert blocks([9, 7], 5) == {frozenset({"c0"}): 9, frozenset({"c1"}): 7}
