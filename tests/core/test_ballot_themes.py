"""Which proposals go on the ballot by their support, against a slow second way of saying the rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.ballot_themes import Candidate, most_supported

CANDIDATES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3)), min_size=0, max_size=12).map(
    lambda pairs: [Candidate(number, *pair) for number, pair in enumerate(pairs, start=1)]
)


def _goes_before(one: Candidate, other: Candidate) -> bool:
    """Say the rule for two alone."""
    if one.organisations != other.organisations:
        return one.organisations > other.organisations
    if one.subregions != other.subregions:
        return one.subregions > other.subregions
    return one.number < other.number


@given(CANDIDATES, st.integers(1, 12), st.integers(1, 3))
def test_what_is_taken_is_what_fewer_than_so_many_go_before(
    candidates: list[Candidate], themes: int, subregions: int
) -> None:
    placed = {each.number: each for each in most_supported(candidates, themes, subregions)}
    assert set(placed) == {each.number for each in candidates}
    wide = [each for each in candidates if each.subregions >= subregions]
    for each in candidates:
        before = sum(_goes_before(other, each) for other in wide if other is not each)
        why = placed[each.number].why
        assert placed[each.number][:3] == tuple(each)
        if each.subregions < subregions:
            assert why == "spread"
        elif before < themes:
            assert why == "taken"
        else:
            last = next(one for one in wide if sum(_goes_before(o, one) for o in wide) == themes - 1)
            equal = (last.organisations, last.subregions) == (each.organisations, each.subregions)
            assert why == ("tie" if equal else "room")


@given(CANDIDATES, st.integers(1, 12), st.integers(1, 3), st.randoms())
def test_the_order_in_which_they_are_given_changes_nothing(
    candidates: list[Candidate], themes: int, subregions: int, chance: object
) -> None:
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # of `random.Random`
    assert most_supported(shuffled, themes, subregions) == most_supported(candidates, themes, subregions)


def test_an_example_by_hand() -> None:
    """Four candidates, two places, two subregions: the most supported one has too little spread."""
    placed = most_supported(
        [Candidate(1, 9, 1), Candidate(2, 5, 2), Candidate(3, 7, 3), Candidate(4, 5, 2)], 2, 2
    )
    assert [(each.number, each.why) for each in placed] == [
        (3, "taken"),
        (2, "taken"),
        (4, "tie"),
        (1, "spread"),
    ]


def test_of_equal_support_more_subregions_go_first_and_then_what_was_proposed_first() -> None:
    """Given in another order; the last of three places is that of the third, with whom two are equal."""
    given_so = [
        Candidate(5, 4, 2),
        Candidate(3, 4, 2),
        Candidate(1, 4, 3),
        Candidate(2, 6, 2),
        Candidate(4, 4, 2),
    ]
    placed = most_supported(given_so, 3, 2)
    assert [(each.number, each.why) for each in placed] == [
        (2, "taken"),
        (1, "taken"),
        (3, "taken"),
        (4, "tie"),
        (5, "tie"),
    ]
