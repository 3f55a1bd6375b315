"""Ballots in blocks: each ballot in its own, in their order, however many there are."""

import numpy as np

from consulta.core.counting import asking, profile, tally
from tests.cases import for_each


def columns(codes, objectives=None, number=None):
    """Return ballots of two themes, the first best, in the blocks that these codes say."""
    names = [f"{number:05}" for number in range(max(codes) + 1)]
    return profile.from_columns(
        np.ones((len(codes), 2), dtype=np.int16) * [1, 0],
        {"place": np.array(codes)},
        {"place": names},
        objectives=objectives,
        number=None if number is None else np.array(number),
    )


@for_each("number", [256, 257, 65_536, 65_537])
def test_so_many_blocks_of_one_ballot_stay_apart(number):
    """Numbers of blocks are kept in one byte up to 256, in two up to 65,536."""
    found = columns(range(number)[::-1])
    assert np.array_equal(found.codes["place"], np.arange(number))
    assert np.array_equal(found.ballots, np.ones(number))


def test_the_ballots_of_a_block_stand_together_in_the_order_of_the_file():
    for numbers, told in ((None, [[0, 1, 3], [2, 4]]), ([4, 1, 2, 3, 0], [[4, 1, 3], [2, 0]])):
        found = columns([0, 0, 1, 0, 1], number=numbers)
        assert [found.number[found.rows(block)].tolist() for block in (0, 1)] == told
    assert (found.ballots.tolist(), found.total, int(found.real.sum())) == ([3, 2], 5, 5)
    assert found.categories == {"place": ("00000", "00001")}


def test_what_is_not_given_is_no_objective():
    found = columns([0, 0, 2])
    assert found.ballots.tolist() == [2, 1]
    assert not found.objectives.any()
    assert found.categories == {"place": ("00000", "00002")}, "a category without ballots is left out"
    assert found.places[:, found.rows(0)].tolist() == [[0, 0], [found.unranked, found.unranked]]


@for_each("longest", [0, 3, 90])
def test_many_themes_say_what_few_would(longest, monkeypatch):
    """Of ninety themes nets, comparisons won and what single ballots say are as by comparing pair by pair."""
    chance = np.random.default_rng(7 + longest)
    ranks = np.zeros((40, 90), dtype=np.int16)
    for row in ranks:
        named = chance.permutation(90)[: chance.integers(longest + 1)]
        row[named] = chance.integers(1, longest + 2, len(named))  # with ties, and with empty tiers
    found = profile.from_columns(
        np.array([_tiers(row) for row in ranks], dtype=np.int16),
        {"place": chance.integers(0, 5, 40)},
        {"place": [*"abcde"]},
        objectives=chance.integers(0, 1 << 23, 40).astype(np.uint32),
    )
    some = np.flatnonzero(found.real)[[3, 1]]
    many = profile.Nets(found), asking.at_hand(found).survey().counts, tally.features(found, some)
    monkeypatch.setattr(profile.Nets, "FEW", 90)
    few = profile.Nets(found), asking.at_hand(found).survey().counts, tally.features(found, some)
    for theme in range(90):
        assert np.array_equal(many[0].of(theme), few[0].of(theme))
        below = (found.places[theme] < found.places).sum(axis=0)
        above = (found.places[theme] > found.places).sum(axis=0)
        assert np.array_equal(few[0].of(theme), below - above)
    assert np.array_equal(many[1], few[1])
    assert np.array_equal(many[2], few[2])


def _tiers(row):
    """The same order without empty tiers."""
    known = sorted({*row.tolist()} - {0})
    return [known.index(tier) + 1 if tier else 0 for tier in row.tolist()]
