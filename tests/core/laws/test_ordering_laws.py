"""The order of themes on the ballots: fixed for a seat, fair over seats (VB-10)."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.trust.ordering import people_order, theme_order

KEYS = st.lists(st.text("abcdefgh_", min_size=1, max_size=8), min_size=1, max_size=14, unique=True)
COMMITMENT = st.integers(0, 2**64).map(lambda number: f"{number:064x}")
PLACE = st.integers(1, 500)


@given(KEYS, PLACE, COMMITMENT)
def test_the_same_seat_has_the_same_order_however_the_themes_come(
    keys: list[str], place: int, commitment: str
) -> None:
    order = theme_order(keys, place, commitment)
    assert sorted(order) == sorted(keys)
    assert theme_order(reversed(keys), place, commitment) == order


@given(KEYS, st.integers(0, 40), COMMITMENT)
def test_a_block_is_a_latin_square(keys: list[str], block: int, commitment: str) -> None:
    size = len(keys)
    orders = [theme_order(keys, block * size + seat, commitment) for seat in range(1, size + 1)]
    for column in zip(*orders, strict=True):
        assert sorted(column) == sorted(keys)


@given(KEYS, PLACE, COMMITMENT)
def test_over_any_m_seats_each_theme_is_first_once(keys: list[str], start: int, commitment: str) -> None:
    firsts = Counter(theme_order(keys, start + step, commitment)[0] for step in range(len(keys)))
    assert firsts == Counter(keys)


def test_commitments_and_blocks_have_orders_of_their_own() -> None:
    keys = [f"t{number}" for number in range(10)]
    assert theme_order(keys, 1, "a" * 64) != theme_order(keys, 1, "b" * 64)
    following = {
        tuple(order[1:]) for block in range(6) if (order := theme_order(keys, 1 + 10 * block, "a" * 64))
    }
    assert len(following) == 6


def test_the_order_is_the_same_for_ever() -> None:
    """Written down once: ballots that were shown can be compared with it years later."""
    keys = ["agua", "bosque", "costa", "desierto"]
    assert [theme_order(keys, place, "0" * 64) for place in (1, 2, 5)] == [
        ("costa", "agua", "desierto", "bosque"),
        ("agua", "desierto", "bosque", "costa"),
        ("costa", "agua", "bosque", "desierto"),
    ]
    people = {"gov": ["ana", "beto", "carla"], "civil": ["dora", "eva"]}
    assert [people_order(people, place, "0" * 64) for place in (1, 2, 3)] == [
        ("beto", "ana", "carla", "eva", "dora"),
        ("dora", "eva", "ana", "carla", "beto"),
        ("carla", "beto", "ana", "eva", "dora"),
    ]
    assert people_order({}, 1, "0" * 64) == ()
